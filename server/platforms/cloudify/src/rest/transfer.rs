//! Archives of snapshots on their way, piece by piece.

use std::time::Duration;

use model::id::SnapshotId;
use remote::http::{Download, HttpError, Method, Moved};
use tokio::fs::File;

use super::{Of, Session, reply};
use crate::CloudifyError;

/// When nothing moves for that long, it has stopped.
const QUIET: Duration = Duration::from_secs(300);
/// Of a refusal.
const LONGEST_REFUSAL: usize = 1 << 20;

impl Session<'_> {
    fn archive(&self, snapshot: &SnapshotId) -> String {
        format!("api/{}/snapshots/{snapshot}/archive", self.version.api_prefix())
    }

    pub(crate) fn in_tenant(&self) -> Of<'_> {
        if self.version.has_tenants() { Of::Tenant(self.tenant()) } else { Of::Manager }
    }

    /// The archive from that byte on. Managers that know no ranges send all of it, and say so by their status.
    pub(crate) async fn download(&self, snapshot: &SnapshotId, from: u64) -> Result<Download, CloudifyError> {
        self.download_of(snapshot, self.in_tenant(), from).await
    }

    /// The same, of a snapshot of any tenant.
    pub(crate) async fn download_of(
        &self,
        snapshot: &SnapshotId,
        of: Of<'_>,
        from: u64,
    ) -> Result<Download, CloudifyError> {
        let path = self.archive(snapshot);
        let shown = || format!("/{path}");
        let request = self.door.wire.request(Method::Get, &path, &self.door.basic, of);
        let request = if from > 0 { request.header("range", format!("bytes={from}-")) } else { request };
        let silent = |error: HttpError| CloudifyError::unanswered(shown(), &error);
        let answer = self.door.wire.http.open(&request, QUIET).await.map_err(silent)?;
        let status = answer.status();
        if matches!(status, 200 | 206) {
            return Ok(answer);
        }
        let body = answer.text(LONGEST_REFUSAL).await;
        match reply::read::<serde_json::Value>(status, &body, shown) {
            Err(error) => Err(error),
            Ok(_) => Err(CloudifyError::Foreign { path: shown(), status }),
        }
    }

    /// Brings a file. In pieces without a length, as the vendor's client does.
    pub(crate) async fn upload(&self, snapshot: &SnapshotId, file: File, moved: &Moved) -> Result<(), CloudifyError> {
        let path = self.archive(snapshot);
        let shown = || format!("/{path}");
        let request = self.door.wire.request(Method::Put, &path, &self.door.basic, self.in_tenant());
        let request = request.header("content-type", "application/octet-stream");
        let silent = |error: HttpError| CloudifyError::unanswered(shown(), &error);
        let answer = self.door.wire.http.send_file(&request, file, moved, QUIET).await.map_err(silent)?;
        reply::read::<serde_json::Value>(answer.status, &answer.body, shown).map(drop)
    }
}
