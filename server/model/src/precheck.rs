//! What has to be true before a plan may start, looked at when it is prepared and again when it is started.

use serde::{Deserialize, Serialize};

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precheck {
    /// The question in words, for example `Management servers run one version`.
    pub title: String,
    /// The answer.
    pub verdict: Verdict,
    /// What was seen, with its source.
    pub evidence: String,
    /// What to do when the answer is bad; empty when it is good.
    pub resolution: String,
}

/// How a precheck came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Not as it should be, but the procedure can be run.
    Warning,
    /// The procedure must not be started.
    Blocking,
    /// Could not be found out; the procedure must not be started.
    Unknown,
}

impl Verdict {
    /// Whether a plan may be started with this answer.
    #[must_use]
    pub const fn allows_start(self) -> bool {
        match self {
            Self::Good | Self::Warning => true,
            Self::Blocking | Self::Unknown => false,
        }
    }
}

/// Whether a plan may be started with these answers.
#[must_use]
pub fn allow_start(prechecks: &[Precheck]) -> bool {
    prechecks.iter().all(|precheck| precheck.verdict.allows_start())
}
