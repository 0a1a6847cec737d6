//! What of the log is asked for.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Which entries; an empty text and `None` are all. Capital letters do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Who contains this.
    pub who: String,
    /// What contains this: `run.` is everything done to runs.
    pub what: String,
    /// The id of the thing contains this.
    pub subject: String,
    /// The detail contains these words, next to each other.
    pub text: String,
    /// Recorded at or after this moment.
    pub from: Option<Timestamp>,
    /// Recorded before this moment.
    pub until: Option<Timestamp>,
    /// With a smaller number: for the next page.
    pub before: Option<i64>,
}

impl AuditFilter {
    /// Whether it leaves something out, apart from what other pages show.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        *self != Self { before: self.before, ..Self::default() }
    }
}
