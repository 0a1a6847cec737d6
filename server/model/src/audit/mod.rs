//! Who did what, when, to which thing; and how anybody can tell later that it still says so.
//!
//! Every entry carries a hash over itself and over the hash before it ([`link`]), so one that is changed, moved or taken
//! out breaks the chain behind it. What a chain cannot show, an end that is cut off or a log that was written anew as a whole,
//! is shown by [`Checkpoint`]s: signed statements of how far the log had come, kept where who can change the log cannot
//! change them. [`Verifier`] puts both together.

mod chain;
mod checkpoint;
mod file;
mod filter;
mod verify;
mod view;

use serde::{Deserialize, Serialize};

pub use chain::{Break, Chain, Content, link};
pub use checkpoint::{CHECKPOINT_FORMAT, Checkpoint, CheckpointError, Statement};
pub use file::{AUDIT_FORMAT, AuditFileError, AuditFormat, AuditHead, AuditRange, CSV_HEAD, NoSuchFormat};
pub use filter::AuditFilter;
pub use verify::{Checked, Flaw, Verifier};
pub use view::{AuditView, ChainState, Delivered, Failing, PlaceState};

use crate::id::AuditHash;
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
    /// Over all of it and the hash of the entry before: see [`link`].
    pub hash: AuditHash,
}

impl AuditEntry {
    /// What the hash is over.
    #[must_use]
    pub fn content(&self) -> Content<'_> {
        Content {
            seq: self.seq,
            at: self.at,
            who: &self.who,
            what: &self.what,
            subject: &self.subject,
            detail: &self.detail,
        }
    }
}
