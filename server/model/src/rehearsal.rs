//! A plan played through by the real executor in a world that is only played: nothing outside is touched.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Outcome};
use crate::id::{RehearsalId, RequestId, StepId};
use crate::time::Timestamp;

/// What goes wrong in a rehearsal, by a person's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "trouble")]
pub enum Trouble {
    /// The platform's job or the script of this step fails.
    Fails {
        /// Which.
        step: StepId,
    },
    /// The action of this step says that it has worked, and nothing has changed.
    OnlySaysSo {
        /// Which.
        step: StepId,
    },
    /// The answer to this step's request gets lost.
    ReplyLost {
        /// Which.
        step: StepId,
    },
    /// The host of this step restarts in the middle of it.
    HostRestarts {
        /// Which.
        step: StepId,
    },
    /// The host of this step cannot be reached for ten minutes.
    HostGone {
        /// Which.
        step: StepId,
    },
    /// Drydock itself is killed right after this step has begun, and started again.
    ServerDies {
        /// Which.
        step: StepId,
    },
    /// At the first gate, the environment is not what the plan was made for.
    Drift,
}

impl Trouble {
    /// The trouble of that word, which is how a form names it. All but `drift` befall the step.
    #[must_use]
    pub fn named(word: &str, step: Option<StepId>) -> Option<Self> {
        if word == "drift" {
            return Some(Self::Drift);
        }
        let step = step?;
        Some(match word {
            "fails" => Self::Fails { step },
            "only_says_so" => Self::OnlySaysSo { step },
            "reply_lost" => Self::ReplyLost { step },
            "host_restarts" => Self::HostRestarts { step },
            "host_gone" => Self::HostGone { step },
            "server_dies" => Self::ServerDies { step },
            _ => return None,
        })
    }

    /// Every word that [`Trouble::named`] knows, and what it means, for a choice.
    pub const CHOICES: [(&str, &str); 7] = [
        ("fails", "the step fails"),
        ("only_says_so", "the step says that it has worked, and nothing has changed"),
        ("reply_lost", "the answer to the step gets lost"),
        ("host_restarts", "the host restarts in the middle of the step"),
        ("host_gone", "the host cannot be reached for ten minutes"),
        ("server_dies", "Drydock is killed right after the step has begun"),
        ("drift", "the environment changes before the first gate"),
    ];

    /// The step it befalls.
    #[must_use]
    pub const fn step(&self) -> Option<&StepId> {
        match self {
            Self::Fails { step }
            | Self::OnlySaysSo { step }
            | Self::ReplyLost { step }
            | Self::HostRestarts { step }
            | Self::HostGone { step }
            | Self::ServerDies { step } => Some(step),
            Self::Drift => None,
        }
    }

    /// For a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Fails { step } => format!("{step} fails"),
            Self::OnlySaysSo { step } => format!("{step} says that it has worked, and nothing has changed"),
            Self::ReplyLost { step } => format!("the answer to {step} gets lost"),
            Self::HostRestarts { step } => format!("the host restarts in the middle of {step}"),
            Self::HostGone { step } => format!("the host cannot be reached for ten minutes at {step}"),
            Self::ServerDies { step } => format!("Drydock is killed right after {step} has begun"),
            Self::Drift => "the environment changes before the first gate".to_owned(),
        }
    }
}

/// A rehearsal and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// Never reused.
    pub id: RehearsalId,
    /// Whose plan was played.
    pub request: RequestId,
    /// Login name of who wanted it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What went wrong on purpose.
    pub trouble: Option<Trouble>,
    /// Everything that happened, as it would stand in the journal of a run. Times are those of the play.
    pub events: Vec<Event>,
    /// How it ended; `None` when it would have stayed open.
    pub outcome: Option<Outcome>,
    /// What somebody would have been told loudly at the end.
    pub alarm: Option<String>,
}

/// A rehearsal in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalLine {
    /// Which.
    pub id: RehearsalId,
    /// Whose plan was played.
    pub request: RequestId,
    /// Login name of who wanted it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What went wrong on purpose.
    pub trouble: Option<Trouble>,
    /// How it ended; `None` when it would have stayed open.
    pub outcome: Option<Outcome>,
    /// What somebody would have been told loudly at the end.
    pub alarm: Option<String>,
}

impl From<Rehearsal> for RehearsalLine {
    fn from(rehearsal: Rehearsal) -> Self {
        let Rehearsal { id, request, by, at, trouble, outcome, alarm, .. } = rehearsal;
        Self { id, request, by, at, trouble, outcome, alarm }
    }
}

/// The rehearsals of a request, for who looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalsView {
    /// Oldest first.
    pub lines: Vec<RehearsalLine>,
    /// Whether the viewer may add one; otherwise why not, in words.
    pub may_rehearse: Result<(), String>,
}
