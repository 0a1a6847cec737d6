//! Snapshots of Cloudify managers: the list, and archives that pass through, out to people and in from them.
//!
//! Making a snapshot and bringing an archive to a manager change something there: that takes a request, as anything else.

use cloudify::{Archives, Cloudify, FetchError, Incoming, Outgoing, UploadError};
use model::cloudify::{SnapshotsView, Upload};
use model::environment::Environment;
use model::id::{EnvironmentId, SnapshotId, TenantName};
use model::people::Person;
use model::plan::Side;
use model::refusal::Refusal;
use tracing::warn;

use crate::error::{chain, conflict, invalid, not_found};
use crate::platform::Platform;
use crate::store::audit::Deed;
use crate::{Engine, EngineError, Result};

/// What comes of asking for an archive.
#[derive(Debug)]
pub enum Fetched {
    /// It comes.
    Open(Box<Outgoing>),
    /// It has only so many bytes, and what was asked for lies behind them.
    Beyond {
        /// So many.
        total: u64,
    },
}

/// A file on its way to Drydock: one part of it.
#[derive(Debug)]
pub struct Bringing {
    engine: Engine,
    environment: Environment,
    who: String,
    snapshot: SnapshotId,
    archives: Archives,
    incoming: Incoming,
}

impl Engine {
    /// What both managers tell of snapshots now, and what Drydock has of them.
    pub async fn snapshots(&self, id: &EnvironmentId) -> Result<SnapshotsView> {
        let (environment, managers) = self.managers(id).await?;
        let archives = managers.archives();
        let (seen, kept, uploads) = tokio::join!(managers.snapshots(), archives.list(), archives.uploads());
        let (active_run, _) = self.store().runs_of(id).await?;
        let mut open_requests = Vec::new();
        for request in self.store().open_requests(Some(id)).await? {
            open_requests.extend(self.request_line(&request).await?);
        }
        Ok(SnapshotsView {
            environment: environment.id,
            name: environment.name,
            labels: environment.labels,
            managers: seen,
            archives: kept.into_iter().map(Into::into).collect(),
            uploads,
            room: archives.room().map_err(|error| error.to_string()),
            active_run,
            open_requests,
        })
    }

    /// Opens the archive of a snapshot for somebody; see [`Cloudify::open_archive`].
    #[expect(clippy::too_many_arguments, reason = "each names one part of what is fetched")]
    pub async fn fetch_archive(
        &self,
        by: &Person,
        id: &EnvironmentId,
        side: Side,
        tenant: Option<&TenantName>,
        snapshot: &SnapshotId,
        from: u64,
        tag: Option<&str>,
    ) -> Result<Fetched> {
        let (environment, managers) = self.managers(id).await?;
        let opened = match managers.open_archive(side, tenant, snapshot, from, tag).await {
            Ok(opened) => opened,
            Err(FetchError::Beyond { total }) => return Ok(Fetched::Beyond { total }),
            Err(FetchError::NotThere { .. }) => {
                return Err(not_found(format!("a snapshot {snapshot} on {side}")));
            }
            Err(error @ FetchError::NoArchive { .. }) => return Err(conflict(error.to_string())),
            Err(FetchError::Manager(error)) => {
                return Err(Refusal::Unavailable { problem: format!("{side}: {}", chain(&error)) }.into());
            }
        };
        // It holds keys and salts: who has taken it is known before its first byte leaves.
        let detail = format!("{snapshot} from {side} of {}, from byte {} on", environment.name, opened.from);
        let deed = Deed { who: &by.name, what: "archive.downloaded", subject: id.as_str(), detail };
        self.record(deed).await?;
        Ok(Fetched::Open(Box::new(opened)))
    }

    /// Takes in a part of a file of `of` bytes. Without `from` nothing is taken, and it is only told how far it has come.
    pub async fn bring_archive(
        &self,
        by: &Person,
        id: &EnvironmentId,
        snapshot: &SnapshotId,
        of: u64,
        from: Option<u64>,
    ) -> Result<Bringing> {
        let (environment, managers) = self.managers(id).await?;
        let archives = managers.archives().clone();
        let incoming = archives.incoming(snapshot, of, &by.name, self.now()).map_err(refused)?;
        let there = incoming.there();
        if let Some(given) = from.filter(|from| *from != there) {
            return Err(refused(UploadError::NotNext { there, given }));
        }
        if there == 0 && from.is_some() {
            let detail = format!("{snapshot}, {of} bytes, to {}", environment.name);
            self.record(Deed { who: &by.name, what: "archive.coming", subject: id.as_str(), detail }).await?;
        }
        let (engine, who, snapshot) = (self.clone(), by.name.clone(), snapshot.clone());
        Ok(Bringing { engine, environment, who, snapshot, archives, incoming })
    }

    /// How far a file has come.
    pub async fn upload(&self, id: &EnvironmentId, snapshot: &SnapshotId) -> Result<Upload> {
        let (_, managers) = self.managers(id).await?;
        managers.archives().upload(snapshot).map_err(refused)
    }

    /// Removes what has come of a file.
    pub async fn discard_upload(&self, by: &Person, id: &EnvironmentId, snapshot: &SnapshotId) -> Result<()> {
        let (environment, managers) = self.managers(id).await?;
        managers.archives().discard(snapshot).map_err(refused)?;
        let detail = format!("{snapshot}, of {}", environment.name);
        self.record(Deed { who: &by.name, what: "archive.discarded", subject: id.as_str(), detail }).await
    }

    async fn managers(&self, id: &EnvironmentId) -> Result<(Environment, Cloudify)> {
        let environment = self.environment(id).await?;
        match self.platform(&environment).await? {
            Platform::Cloudify(managers) => Ok((environment, managers)),
            Platform::CloudStack(_) | Platform::OpenVstorage(_) => {
                Err(not_found(format!("a Cloudify manager of {}", environment.name)))
            }
        }
    }
}

impl Bringing {
    /// So many bytes are there.
    #[must_use]
    pub fn there(&self) -> u64 {
        self.incoming.there()
    }

    /// Takes the next bytes.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.incoming.take(bytes).await.map_err(refused)
    }

    /// Sees to it that what was taken stays. What is whole is then read from its beginning to its end, which takes as long
    /// as it is large: whoever asks meanwhile is told so.
    pub async fn end(mut self) -> Result<Upload> {
        self.incoming.settle().await.map_err(refused)?;
        let upload = self.archives.upload(&self.snapshot).map_err(refused)?;
        if self.incoming.is_whole() {
            tokio::spawn(self.check());
        }
        Ok(upload)
    }

    async fn check(self) {
        let Self { engine, environment, who, snapshot, archives, incoming } = self;
        let (what, detail) = match archives.complete(&snapshot, incoming).await {
            Ok(kept) => ("archive.kept", format!("{snapshot}, {} bytes, SHA-256 {}", kept.bytes, kept.sha256)),
            Err(error) => ("archive.refused", format!("{snapshot}: {error}")),
        };
        let deed = Deed { who: &who, what, subject: environment.id.as_str(), detail };
        if let Err(error) = engine.record(deed).await {
            warn!(error = chain(&error), "What became of an upload could not be recorded");
        }
    }
}

fn refused(error: UploadError) -> EngineError {
    let words = error.to_string();
    match error {
        UploadError::Kept(_) => invalid("snapshot", words),
        UploadError::AnotherFile { .. } | UploadError::NotNext { .. } => conflict(words),
        UploadError::Empty | UploadError::NoRoom { .. } | UploadError::TooMuch(_) => invalid("file", words),
        UploadError::NotBegun(snapshot) => not_found(format!("an upload of {snapshot}")),
        UploadError::Archive(cloudify::ArchiveError::InUse(_)) => {
            conflict("another request is at this file: it is being sent, or checked")
        }
        UploadError::Archive(_) => Refusal::Unavailable { problem: words }.into(),
    }
}
