//! What the Audit page shows.

use serde::{Deserialize, Serialize};

use super::AuditEntry;
use crate::time::Timestamp;

/// Entries, and how the log itself is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// Those asked for, newest first.
    pub entries: Vec<AuditEntry>,
    /// The number of the newest entry of all.
    pub head: i64,
    /// Whether it holds together.
    pub chain: ChainState,
    /// Where checkpoints go.
    pub places: Vec<PlaceState>,
}

/// What this server knows of the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "chain")]
pub enum ChainState {
    /// It has not looked yet.
    #[default]
    Unchecked,
    /// Every entry up to this number fits the one before.
    Whole {
        /// The last one looked at.
        last: i64,
        /// When.
        at: Timestamp,
    },
    /// Somebody has to look.
    Broken {
        /// What is wrong, and where.
        flaw: String,
        /// Since when it is known.
        since: Timestamp,
    },
}

/// One of the places where checkpoints go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceState {
    /// Where, without anything secret.
    pub place: String,
    /// The last checkpoint it has.
    pub delivered: Option<Delivered>,
    /// Why it does not get newer ones, if so.
    pub failing: Option<Failing>,
}

/// A checkpoint that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Of which entry.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
}

/// A place that does not take checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words.
    pub why: String,
}
