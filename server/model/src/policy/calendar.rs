//! When a run may begin. Only the clock on the wall of a named time zone counts, so that "22:00 to 04:00" means the same
//! in summer and in winter; what that clock shows is told by the engine.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::PolicyProblem;
use super::text::clock;

/// Windows and freezes, in one time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// For example `Europe/Berlin`.
    pub zone: String,
    /// A run may begin within any of these. Empty: at any time that is not frozen.
    pub windows: Vec<Window>,
    /// Nothing begins on these days.
    pub freezes: Vec<Freeze>,
}

/// Some hours of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The days on which it opens.
    pub days: BTreeSet<Weekday>,
    /// Minutes since midnight, 0 to 1439.
    pub from: u16,
    /// Minutes since midnight, 1 to 1440; the first one that is outside. Not later than `from`: it closes on the next day.
    pub to: u16,
}

/// Days on which nothing begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// The first.
    pub first: LocalDate,
    /// The last.
    pub last: LocalDate,
    /// Why, for example `year-end closing`.
    pub why: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days need no explanation")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// `Mon`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Monday => "Mon",
            Self::Tuesday => "Tue",
            Self::Wednesday => "Wed",
            Self::Thursday => "Thu",
            Self::Friday => "Fri",
            Self::Saturday => "Sat",
            Self::Sunday => "Sun",
        }
    }

    /// The day before.
    #[must_use]
    pub const fn before(self) -> Self {
        match self {
            Self::Monday => Self::Sunday,
            Self::Tuesday => Self::Monday,
            Self::Wednesday => Self::Tuesday,
            Self::Thursday => Self::Wednesday,
            Self::Friday => Self::Thursday,
            Self::Saturday => Self::Friday,
            Self::Sunday => Self::Saturday,
        }
    }
}

/// A day in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LocalDate {
    /// For example 2026.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What the clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalMoment {
    /// The date.
    pub date: LocalDate,
    /// Its day of the week.
    pub weekday: Weekday,
    /// Minutes since midnight as shown, 0 to 1439.
    pub minute: u16,
}

/// Why nothing may begin now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "closed")]
pub enum Closed {
    /// A freeze.
    Frozen {
        /// Its last day.
        until: LocalDate,
        /// Its reason.
        why: String,
    },
    /// No window is open.
    OutsideWindows {
        /// All of them, in words.
        windows: String,
    },
}

impl Closed {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Frozen { until, why } => format!("nothing begins until the end of {until}: {why}"),
            Self::OutsideWindows { windows } => format!("a run may begin {windows} only"),
        }
    }
}

impl Calendar {
    /// Whether a run may begin when the clock of this calendar's zone shows that.
    ///
    /// # Errors
    /// Says why not.
    pub fn allows(&self, moment: LocalMoment) -> Result<(), Closed> {
        let frozen = self.freezes.iter().find(|freeze| (freeze.first..=freeze.last).contains(&moment.date));
        if let Some(freeze) = frozen {
            return Err(Closed::Frozen { until: freeze.last, why: freeze.why.clone() });
        }
        if self.windows.is_empty() || self.windows.iter().any(|window| window.is_open(moment)) {
            return Ok(());
        }
        Err(Closed::OutsideWindows { windows: self.words() })
    }

    /// The windows in words: `Mon Tue 22:00 to 04:00 (Europe/Berlin)`.
    #[must_use]
    pub fn words(&self) -> String {
        let windows: Vec<String> = self.windows.iter().map(Window::words).collect();
        format!("{} ({})", windows.join(", or "), self.zone)
    }

    pub(super) fn check(&self) -> Result<(), PolicyProblem> {
        let problem = |problem: String| Err(PolicyProblem { field: "calendar", problem });
        for window in &self.windows {
            if window.days.is_empty() {
                return problem("a window needs at least one day".to_owned());
            }
            if window.from > 1439 || window.to == 0 || window.to > 1440 {
                return problem("a window lies between 00:00 and 24:00".to_owned());
            }
        }
        for freeze in &self.freezes {
            if freeze.first > freeze.last {
                return problem(format!("the freeze from {} ends before it begins", freeze.first));
            }
            if freeze.why.trim().is_empty() {
                return problem(format!("the freeze from {} needs a reason", freeze.first));
            }
        }
        Ok(())
    }
}

impl Window {
    /// Whether it is open at that moment. One that closes on the next day belongs to the day on which it opens.
    #[must_use]
    pub fn is_open(&self, moment: LocalMoment) -> bool {
        let opens = |day: Weekday| self.days.contains(&day);
        if self.from < self.to {
            return opens(moment.weekday) && (self.from..self.to).contains(&moment.minute);
        }
        (opens(moment.weekday) && moment.minute >= self.from)
            || (opens(moment.weekday.before()) && moment.minute < self.to)
    }

    fn words(&self) -> String {
        let days: Vec<&str> = self.days.iter().map(|day| day.short()).collect();
        format!("{} {} to {}", days.join(" "), clock(self.from), clock(self.to))
    }
}
