//! How a state looks: one sign, one word and one colour for each, the same on every page.
//!
//! Nothing is told by colour alone: the sign and the word carry it, the colour only helps to find it.

/// What the colours mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Running,
    Waiting,
    Unknown,
    Warning,
    Failed,
    Accent,
    Neutral,
}

impl Tone {
    /// A `badge` in this tone.
    #[must_use]
    pub const fn badge_classes(self) -> &'static str {
        match self {
            Self::Ok => "badge is-ok",
            Self::Running => "badge is-running",
            Self::Waiting => "badge is-waiting",
            Self::Unknown => "badge is-unknown",
            Self::Warning => "badge is-warning",
            Self::Failed => "badge is-failed",
            Self::Accent => "badge is-accent",
            Self::Neutral => "badge is-neutral",
        }
    }

    /// A `notice` in this tone.
    #[must_use]
    pub const fn notice_classes(self) -> &'static str {
        match self {
            Self::Ok => "notice is-ok",
            Self::Running => "notice is-running",
            Self::Waiting => "notice is-waiting",
            Self::Unknown => "notice is-unknown",
            Self::Warning => "notice is-warning",
            Self::Failed => "notice is-failed",
            Self::Accent => "notice is-accent",
            Self::Neutral => "notice is-neutral",
        }
    }

    /// A `meter` in this tone.
    #[must_use]
    pub const fn meter_classes(self) -> &'static str {
        match self {
            Self::Ok => "meter is-ok",
            Self::Running => "meter is-running",
            Self::Waiting => "meter is-waiting",
            Self::Unknown => "meter is-unknown",
            Self::Warning => "meter is-warning",
            Self::Failed => "meter is-failed",
            Self::Accent => "meter is-accent",
            Self::Neutral => "meter is-neutral",
        }
    }

    /// A `step` in this tone.
    #[must_use]
    pub const fn step_classes(self) -> &'static str {
        match self {
            Self::Ok => "step is-ok",
            Self::Running => "step is-running",
            Self::Waiting => "step is-waiting",
            Self::Unknown => "step is-unknown",
            Self::Warning => "step is-warning",
            Self::Failed => "step is-failed",
            Self::Accent => "step is-accent",
            Self::Neutral => "step is-neutral",
        }
    }

    /// A `sign` in this tone.
    #[must_use]
    pub const fn sign_classes(self) -> &'static str {
        match self {
            Self::Ok => "sign is-ok",
            Self::Running => "sign is-running",
            Self::Waiting => "sign is-waiting",
            Self::Unknown => "sign is-unknown",
            Self::Warning => "sign is-warning",
            Self::Failed => "sign is-failed",
            Self::Accent => "sign is-accent",
            Self::Neutral => "sign is-neutral",
        }
    }

    /// A `card` in this tone.
    #[must_use]
    pub const fn card_classes(self) -> &'static str {
        match self {
            Self::Ok => "card is-ok",
            Self::Running => "card is-running",
            Self::Waiting => "card is-waiting",
            Self::Unknown => "card is-unknown",
            Self::Warning => "card is-warning",
            Self::Failed => "card is-failed",
            Self::Accent => "card is-accent",
            Self::Neutral => "card is-neutral",
        }
    }
}

/// The signs beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Check,
    Play,
    Clock,
    Question,
    Exclaim,
    Cross,
    Stop,
    Dash,
    Circle,
}

impl Sign {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Check,
        Self::Play,
        Self::Clock,
        Self::Question,
        Self::Exclaim,
        Self::Cross,
        Self::Stop,
        Self::Dash,
        Self::Circle,
    ];

    /// Strokes in a 16 × 16 square.
    #[must_use]
    pub const fn strokes(self) -> &'static str {
        match self {
            Self::Check => "M3 8.5l3.2 3.2L13 4.8",
            Self::Play => "M5 3.5v9l7.5-4.5z",
            Self::Clock => "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5v3.2l2.2 1.6",
            Self::Question => "M5.6 6a2.4 2.4 0 1 1 3.6 2.1C8.4 8.6 8 9 8 10M8 12.6v.1",
            Self::Exclaim => "M8 2.2L14.5 13.5H1.5zM8 6.4v3.4M8 11.6v.1",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Stop => "M4.5 4.5h7v7h-7z",
            Self::Dash => "M4 8h8",
            Self::Circle => "M8 3.5a4.5 4.5 0 1 0 .01 0",
        }
    }
}

/// One state as it looks everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub tone: Tone,
    pub sign: Sign,
    pub word: String,
}

impl Look {
    fn new(tone: Tone, sign: Sign, word: impl Into<String>) -> Self {
        Self { tone, sign, word: word.into() }
    }

    /// As it should be.
    pub fn ok(word: impl Into<String>) -> Self {
        Self::new(Tone::Ok, Sign::Check, word)
    }

    /// Under way.
    pub fn running(word: impl Into<String>) -> Self {
        Self::new(Tone::Running, Sign::Play, word)
    }

    /// Waits for something or somebody.
    pub fn waiting(word: impl Into<String>) -> Self {
        Self::new(Tone::Waiting, Sign::Clock, word)
    }

    /// Could not be found out.
    pub fn unknown(word: impl Into<String>) -> Self {
        Self::new(Tone::Unknown, Sign::Question, word)
    }

    /// Somebody should look.
    pub fn warning(word: impl Into<String>) -> Self {
        Self::new(Tone::Warning, Sign::Exclaim, word)
    }

    /// Went wrong.
    pub fn failed(word: impl Into<String>) -> Self {
        Self::new(Tone::Failed, Sign::Cross, word)
    }

    /// Was ended by a person.
    pub fn stopped(word: impl Into<String>) -> Self {
        Self::new(Tone::Warning, Sign::Stop, word)
    }

    /// Nothing to say about it.
    pub fn quiet(word: impl Into<String>) -> Self {
        Self::new(Tone::Neutral, Sign::Dash, word)
    }

    /// Still to come.
    pub fn to_come(word: impl Into<String>) -> Self {
        Self::new(Tone::Neutral, Sign::Circle, word)
    }
}
