//! The audit log as a whole: read, written to files, verified, and watched over.
//!
//! What records entries is [`crate::store::audit`]; what the chain is stands in [`model::audit`]. Here are [`AuditLog`], which
//! only reads, the key that signs checkpoints, the places they go to, and the task of the server that sends them.

pub(crate) mod key;
mod log;
mod place;
mod verify;
mod watch;

use model::audit::{AuditEntry, AuditFilter, AuditView};
use model::id::AuditKey;

pub use log::AuditLog;
pub use place::{CheckpointPlace, InvalidPlace};
pub use verify::{AuditProblem, Checkpoints, Verified, verify_file};
pub(crate) use watch::Watch;

use crate::settings::Settings;
use crate::{Engine, Result};

impl Engine {
    /// The audit entries that fit the filter, newest first, at most 200.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        self.store().audit(filter).await
    }

    /// The same, with how the log is and where its checkpoints go.
    pub async fn audit_view(&self, filter: &AuditFilter) -> Result<AuditView> {
        let head = self.store().audit_head(i64::MAX).await?;
        let (chain, places) = self.0.audit.state();
        Ok(AuditView { entries: self.audit(filter).await?, head: head.map_or(0, |(seq, _)| seq), chain, places })
    }

    /// The log as a whole.
    #[must_use]
    pub fn audit_log(&self) -> AuditLog {
        AuditLog::of(self.store().clone())
    }

    /// The public half of the key that signs checkpoints here; it is made if there is none.
    pub fn audit_key(settings: &Settings) -> Result<AuditKey> {
        Ok(key::SigningKey::open_or_make(&settings.audit.key_file)?.public().clone())
    }
}
