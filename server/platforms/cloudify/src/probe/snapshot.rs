//! Snapshots on the managers (P11, I5).

use model::cloudify::{ExecutionStatus, Snapshot, SnapshotStatus};
use model::id::SnapshotId;
use model::plan::{Answer, Side};
use sha2::{Digest as _, Sha256};

use super::{busy, holds, never, not_yet, work};
use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::rows::SnapshotRow;
use crate::rest::{Of, Session};

pub(crate) async fn find(session: &Session<'_>, id: &SnapshotId) -> Result<Option<Snapshot>, CloudifyError> {
    match session.ask::<SnapshotRow>(&format!("snapshots/{id}"), Of::Tenant(session.tenant())).await {
        Ok(row) => Ok(Some(row.read(None))),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Both have to say so: up to 5.0.5 a failed one ends as `terminated` (fact 3).
pub(super) async fn created(inner: &Inner, side: Side, id: &SnapshotId) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let Some(snapshot) = find(&session, id).await? else {
        return Ok(not_yet(format!("{side} has no snapshot {id}")));
    };
    let execution = work::about(&session, "create_snapshot", id).await?;
    let Some(execution) = execution else {
        return Ok(not_yet(format!("{id} is {}, and no execution about it is listed", snapshot.status)));
    };
    let said = format!("{id} is {}, execution {} is {}", snapshot.status, execution.id, execution.status);
    Ok(match (&snapshot.status, &execution.status) {
        (SnapshotStatus::Failed, _) => never(format!("{said}: {}", words_of(&snapshot))),
        (_, ExecutionStatus::Failed | ExecutionStatus::Cancelled) => never(format!("{said}: {}", execution.why())),
        (SnapshotStatus::Created, ExecutionStatus::Terminated) if snapshot.error.is_empty() => holds(said),
        (SnapshotStatus::Created, ExecutionStatus::Terminated) => never(format!("{said}: {}", snapshot.error)),
        _ if !execution.status.has_ended() => busy(said),
        _ => not_yet(said),
    })
}

fn words_of(snapshot: &Snapshot) -> &str {
    if snapshot.error.is_empty() { "no reason given" } else { &snapshot.error }
}

pub(super) async fn unknown(inner: &Inner, side: Side, id: &SnapshotId) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    if let Some(snapshot) = find(&session, id).await? {
        return Ok(not_yet(format!("{side} has {id}, which is {}", snapshot.status)));
    }
    Ok(match work::about(&session, "create_snapshot", id).await? {
        Some(execution) => not_yet(format!("execution {} makes {id}, or has", execution.id)),
        None => holds(format!("{side} knows nothing of {id}")),
    })
}

/// The manager takes any bytes for an archive; what it gives back is compared.
pub(super) async fn uploaded(
    inner: &Inner,
    side: Side,
    archive: &SnapshotId,
    id: &SnapshotId,
) -> Result<Answer, CloudifyError> {
    let session = inner.rest(side).session().await?;
    let snapshot = match find(&session, id).await? {
        None => return Ok(not_yet(format!("{side} has no snapshot {id}"))),
        Some(snapshot) if snapshot.status == SnapshotStatus::Uploaded => snapshot,
        Some(snapshot) => return Ok(not_yet(format!("{id} is {}", snapshot.status))),
    };
    let kept = match inner.archives.kept(archive) {
        Ok(kept) => kept,
        Err(error) => return Ok(never(error.to_string())),
    };
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let silent = |error: remote::http::HttpError| CloudifyError::unanswered(format!("/snapshots/{id}/archive"), &error);
    let mut answer = session.download(id, 0).await?;
    while let Some(piece) = answer.piece().await.map_err(silent)? {
        bytes += piece.as_ref().len() as u64;
        hash.update(piece.as_ref());
    }
    let sha256 = hex::encode(hash.finalize());
    Ok(if (bytes, &sha256) == (kept.bytes, &kept.sha256) {
        holds(format!("{id} is {}; {bytes} bytes came back with SHA-256 {sha256}", snapshot.status))
    } else {
        not_yet(format!("{id} is not what is kept: {bytes} bytes with SHA-256 {sha256} came back"))
    })
}
