//! A value somebody looked for: known or unknown, always with its age and source.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What came of looking for a value. Unknown is a value of its own, never "none" (invariant 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed<T> {
    /// When it was looked for.
    pub at: Timestamp,
    /// Where: an API command or a command on a host, in words.
    pub source: String,
    /// What was seen.
    pub seen: Seen<T>,
}

/// See [`Observed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen<T> {
    /// It is this.
    Known(T),
    /// It could not be found out, for this reason, in words.
    Unknown(String),
}

impl<T> Observed<T> {
    /// A value that was seen.
    pub fn known(value: T, source: impl Into<String>, at: Timestamp) -> Self {
        Self { at, source: source.into(), seen: Seen::Known(value) }
    }

    /// A value that could not be found out.
    pub fn unknown(reason: impl Into<String>, source: impl Into<String>, at: Timestamp) -> Self {
        Self { at, source: source.into(), seen: Seen::Unknown(reason.into()) }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match &self.seen {
            Seen::Known(value) => Some(value),
            Seen::Unknown(_) => None,
        }
    }

    /// Why it is not known, if so.
    pub fn reason(&self) -> Option<&str> {
        match &self.seen {
            Seen::Known(_) => None,
            Seen::Unknown(reason) => Some(reason),
        }
    }
}
