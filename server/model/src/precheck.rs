//! What has to be true before a plan may start, looked at when it is prepared and again when it is started.

use serde::{Deserialize, Serialize};

use crate::observed::Observed;

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

/// As it should be.
pub fn good(title: impl Into<String>, evidence: impl Into<String>) -> Precheck {
    Precheck { title: title.into(), verdict: Verdict::Good, evidence: evidence.into(), resolution: String::new() }
}

/// Not as it should be, and what to do then.
pub fn bad(
    verdict: Verdict,
    title: impl Into<String>,
    evidence: impl Into<String>,
    resolution: impl Into<String>,
) -> Precheck {
    Precheck { title: title.into(), verdict, evidence: evidence.into(), resolution: resolution.into() }
}

/// A question that what is unknown leaves open; otherwise what `check` makes of the value.
pub fn about<T>(title: &str, observed: &Observed<T>, check: impl FnOnce(&T) -> Precheck) -> Precheck {
    match (observed.value(), observed.reason()) {
        (Some(value), _) => check(value),
        (None, reason) => bad(
            Verdict::Unknown,
            title,
            format!("{}: {}", observed.source, reason.unwrap_or_default()),
            "Cure what stands in the evidence, then look again.",
        ),
    }
}

/// Whether a plan may be started with these answers.
#[must_use]
pub fn allow_start(prechecks: &[Precheck]) -> bool {
    prechecks.iter().all(|precheck| precheck.verdict.allows_start())
}
