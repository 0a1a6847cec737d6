//! Fetching an archive for somebody: piece by piece, from any byte on, never kept.

use model::cloudify::{Snapshot, SnapshotStatus};
use model::id::{SnapshotId, TenantName};
use model::plan::Side;
use remote::http::Download;
use sha2::{Digest as _, Sha256};

use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::rows::SnapshotRow;
use crate::rest::{Of, Session};

/// Why an archive is not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// There is no such snapshot.
    #[error("{on} has no snapshot {snapshot}")]
    NotThere {
        /// Which manager.
        on: Side,
        /// Which.
        snapshot: String,
    },
    /// It is being made, or has failed.
    #[error("{snapshot} is {status}: only a snapshot that is created or uploaded has an archive")]
    NoArchive {
        /// Which.
        snapshot: String,
        /// How it stands.
        status: SnapshotStatus,
    },
    /// Nothing of it is behind that byte.
    #[error("the archive ends after {total} bytes")]
    Beyond {
        /// Its length.
        total: u64,
    },
    /// The manager does not give it.
    #[error(transparent)]
    Manager(#[from] CloudifyError),
}

/// An archive on its way out.
#[derive(Debug)]
pub struct Outgoing {
    answer: Download,
    /// Bytes that come from the manager and were not asked for.
    skip: u64,
    /// The first byte that [`Self::piece`] gives.
    pub from: u64,
    /// The length of the whole archive, where the manager tells.
    pub total: Option<u64>,
    /// Another one for another archive, so that nobody goes on in the middle of something else.
    pub tag: String,
}

impl Outgoing {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// The manager has stopped before the end.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, CloudifyError> {
        loop {
            let piece = self
                .answer
                .piece()
                .await
                .map_err(|error| CloudifyError::unanswered("/snapshots/…/archive".to_owned(), &error))?;
            let Some(piece) = piece else { return Ok(None) };
            let piece: &[u8] = piece.as_ref();
            let skipped = piece.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            if skipped < piece.len() {
                return Ok(Some(piece[skipped..].to_vec()));
            }
        }
    }
}

pub(crate) async fn open(
    inner: &Inner,
    on: Side,
    tenant: Option<&TenantName>,
    snapshot: &SnapshotId,
    from: u64,
    tag: Option<&str>,
) -> Result<Outgoing, FetchError> {
    let rest = inner.rest(on);
    let session = rest.session().await?;
    let of = tenant.filter(|_| session.version.has_tenants()).map_or_else(|| session.in_tenant(), Of::Tenant);
    let found = match session.ask::<SnapshotRow>(&format!("snapshots/{snapshot}"), of).await {
        Ok(row) => row.read(None),
        Err(error) if error.is_missing() => {
            return Err(FetchError::NotThere { on, snapshot: snapshot.to_string() });
        }
        Err(error) => return Err(error.into()),
    };
    if !found.has_archive() {
        return Err(FetchError::NoArchive { snapshot: snapshot.to_string(), status: found.status });
    }
    let this = tag_of(inner, on, &found);
    let from = if tag.is_none_or(|wanted| wanted == this) { from } else { 0 };
    let answer = answered(&session, snapshot, of, from).await?;
    let length = header(&answer, "content-length");
    // The dossier knows of no ranges (2.2), so most often all of it comes, and its beginning is thrown away.
    let skip = if answer.status() == 206 { 0 } else { from };
    let total = if answer.status() == 206 { length.map(|rest| from + rest) } else { length };
    match total {
        Some(total) if from > 0 && from >= total => Err(FetchError::Beyond { total }),
        _ => Ok(Outgoing { answer, skip, from, total, tag: this }),
    }
}

/// What a manager says to a range that it does not like is no refusal of the archive.
async fn answered(
    session: &Session<'_>,
    snapshot: &SnapshotId,
    of: Of<'_>,
    from: u64,
) -> Result<Download, CloudifyError> {
    match session.download_of(snapshot, of, from).await {
        Err(error) if from > 0 && error.refusal().is_none() => session.download_of(snapshot, of, 0).await,
        other => other,
    }
}

fn header(answer: &Download, name: &str) -> Option<u64> {
    answer.header(name)?.parse().ok()
}

fn tag_of(inner: &Inner, on: Side, snapshot: &Snapshot) -> String {
    let endpoint = match on {
        Side::Old => &inner.settings.old.rest.endpoint,
        Side::New => &inner.settings.new.rest().endpoint,
    };
    let known = format!("{endpoint}\n{:?}\n{}\n{}", snapshot.tenant, snapshot.id, snapshot.created_at);
    hex::encode(&Sha256::digest(known)[..16])
}
