//! What is kept on the server, and whether it suits the new manager (P12, P13, N4).

use std::collections::BTreeSet;

use model::id::SnapshotId;
use model::plan::{Answer, Side};

use super::{holds, never, not_yet};
use crate::client::Inner;
use crate::discovery::{machine, manager};
use crate::{ArchiveError, CloudifyError};

/// Where a restore unpacks (P13).
const WORK: &str = "/tmp";

pub(super) async fn archive(inner: &Inner, snapshot: &SnapshotId, versions: &BTreeSet<String>) -> Answer {
    match inner.archives.prove(snapshot, versions).await {
        Ok(kept) => holds(format!("{} bytes, SHA-256 {}, made by {}", kept.bytes, kept.sha256, kept.version)),
        Err(ArchiveError::NotKept(name)) => not_yet(format!("no archive of {name} is kept")),
        Err(error @ (ArchiveError::OtherVersion { .. } | ArchiveError::Damaged { .. })) => never(error.to_string()),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}

pub(super) async fn networks_fit(inner: &Inner, archive: &SnapshotId) -> Result<Answer, CloudifyError> {
    let kept = match inner.archives.kept(archive) {
        Ok(kept) => kept,
        Err(error) => return Ok(never(error.to_string())),
    };
    let session = inner.rest(Side::New).session().await?;
    let there = manager::networks(&session).await?;
    let missing: Vec<&str> = kept.networks.difference(&there).map(String::as_str).collect();
    Ok(if missing.is_empty() {
        holds(format!("it has {}", there.into_iter().collect::<Vec<_>>().join(", ")))
    } else {
        never(format!("it has no network {}; set the new manager up anew, with them", missing.join(", ")))
    })
}

pub(super) async fn room(inner: &Inner, archive: &SnapshotId, times: u32) -> Answer {
    let kept = match inner.archives.kept(archive) {
        Ok(kept) => kept,
        Err(error) => return never(error.to_string()),
    };
    let wanted = kept.bytes.saturating_mul(u64::from(times));
    let seen = machine::manager(inner, inner.settings.new_host()).await;
    let Some(free) = seen.value().and_then(|machine| machine.free_bytes.get(WORK)) else {
        return Answer::Unknown {
            reason: format!("{}: {}", seen.source, seen.reason().unwrap_or("it tells nothing of /tmp")),
        };
    };
    let said = format!("{free} bytes are free in {WORK}, {wanted} are wanted");
    if *free >= wanted { holds(said) } else { not_yet(said) }
}

pub(super) fn security(inner: &Inner, snapshot: &SnapshotId) -> Answer {
    match inner.archives.has_security(snapshot) {
        Ok(true) => holds("it is kept sealed, and names a hash_salt"),
        Ok(false) => not_yet("it is not kept"),
        Err(error) => Answer::Unknown { reason: error.to_string() },
    }
}
