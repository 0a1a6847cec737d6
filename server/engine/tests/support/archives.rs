//! Archives of snapshots, as people fetch and bring them.

use std::time::Duration;

use engine::Fetched;
use model::cloudify::UploadState;
use model::id::SnapshotId;
use model::plan::Side;

use super::desk::Desk;

/// All of it, from a manager.
pub async fn archive_of(desk: &Desk, side: Side, snapshot: &SnapshotId) -> Vec<u8> {
    let fetched = desk.engine.fetch_archive(&desk.rita, &desk.environment, side, None, snapshot, 0, None).await;
    let Fetched::Open(mut archive) = fetched.unwrap() else { panic!("it is not there") };
    let mut bytes = Vec::new();
    while let Some(piece) = archive.piece().await.unwrap() {
        bytes.extend(piece);
    }
    bytes
}

/// Sends a file to Drydock and waits until it was looked at.
pub async fn bring(desk: &Desk, snapshot: &SnapshotId, bytes: &[u8]) -> UploadState {
    let of = bytes.len() as u64;
    let mut coming = desk.engine.bring_archive(&desk.rita, &desk.environment, snapshot, of, Some(0)).await.unwrap();
    coming.take(bytes).await.unwrap();
    coming.end().await.unwrap();
    loop {
        let upload = desk.engine.upload(&desk.environment, snapshot).await.unwrap();
        if upload.state != UploadState::Checking {
            return upload.state;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
