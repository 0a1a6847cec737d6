//! Who did what, when, to which thing.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Counts up without gaps.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The login name, or `drydock` for what the program did by itself.
    pub who: String,
    /// What was done, as `noun.verb`, for example `request.approved`.
    pub what: String,
    /// The id of the thing it was done to, or empty.
    pub subject: String,
    /// The rest in words. Never holds a secret.
    pub detail: String,
}
