//! Snapshots as their page shows them: a look at both managers that is narrower than an inventory, and therefore newer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ExecutionStatus, KeptArchive, ManagerVersion, Snapshot};
use crate::grant::Labels;
use crate::id::{EnvironmentId, ExecutionId, SnapshotId};
use crate::observed::Observed;
use crate::plan::Side;
use crate::time::Timestamp;
use crate::view::{RequestLine, RunLine};

/// Everything the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotsView {
    /// Which environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// One or two: in place there is one.
    pub managers: Vec<ManagerSnapshots>,
    /// Archives that Drydock keeps, by snapshot.
    pub archives: Vec<ArchiveLine>,
    /// Files on their way to Drydock, by snapshot.
    pub uploads: Vec<Upload>,
    /// How many bytes a file may still have; why not known, if so.
    pub room: Result<u64, String>,
    /// The run that holds the environment now.
    pub active_run: Option<RunLine>,
    /// Requests that are still open.
    pub open_requests: Vec<RequestLine>,
}

/// What one manager tells of snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerSnapshots {
    /// Which.
    pub side: Side,
    /// Where it is reached.
    pub endpoint: String,
    /// What it runs.
    pub version: Observed<ManagerVersion>,
    /// Snapshots of all tenants, newest first.
    pub snapshots: Observed<Vec<Snapshot>>,
    /// Executions that make or restore snapshots: those under way, and the last restores, newest first.
    pub work: Observed<Vec<SnapshotWork>>,
    /// What the manager says without being asked for a password, from 5.0.5 on (2.2).
    pub restoring: Observed<bool>,
}

impl ManagerSnapshots {
    /// Whether a snapshot is being restored, as far as anybody can tell (3.5).
    #[must_use]
    pub fn restore(&self) -> Restore {
        let listed = self.work.value().into_iter().flatten();
        let running = listed.into_iter().find(|work| work.kind == WorkKind::Restore && !work.status.has_ended());
        match (running, self.restoring.value()) {
            (Some(work), _) => Restore::Listed(work.snapshot.clone()),
            // The record is gone with the database that is being replaced; it is put back at the end.
            (None, Some(true)) => Restore::Unlisted,
            (None, Some(false)) => Restore::None,
            (None, None) if self.work.value().is_some() => Restore::None,
            (None, None) => Restore::Unknown,
        }
    }
}

/// See [`ManagerSnapshots::restore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restore {
    /// None is under way.
    None,
    /// One is; of which snapshot, where that is told.
    Listed(Option<String>),
    /// One is, and no execution is listed for it.
    Unlisted,
    /// Nobody can tell.
    Unknown,
}

/// What an execution does with a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// `create_snapshot`.
    Create,
    /// `restore_snapshot`.
    Restore,
}

impl fmt::Display for WorkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "Create",
            Self::Restore => "Restore",
        })
    }
}

/// An execution that makes or restores a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotWork {
    /// Its id.
    pub id: ExecutionId,
    /// What it does.
    pub kind: WorkKind,
    /// With which snapshot, as it was told.
    pub snapshot: Option<String>,
    /// See [`ExecutionStatus`].
    pub status: ExecutionStatus,
    /// Why it failed; empty otherwise.
    pub error: String,
    /// As the manager wrote it.
    pub created_at: String,
    /// Of a restore: how many warnings and errors it has logged, and the first of them. A restore goes on after them.
    pub logged: Option<Result<Logged, String>>,
}

/// What a restore has complained of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// So often.
    pub count: u64,
    /// The first few, in its words.
    pub first: Vec<String>,
}

/// An archive that Drydock keeps, without the lists of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveLine {
    /// The snapshot it is of, or was uploaded as.
    pub snapshot: SnapshotId,
    /// Its length.
    pub bytes: u64,
    /// As 64 hexadecimal digits.
    pub sha256: String,
    /// What made it.
    pub version: ManagerVersion,
}

impl From<KeptArchive> for ArchiveLine {
    fn from(kept: KeptArchive) -> Self {
        Self { snapshot: kept.snapshot, bytes: kept.bytes, sha256: kept.sha256, version: kept.version }
    }
}

/// A file on its way to Drydock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// What the manager is to call it.
    pub snapshot: SnapshotId,
    /// So many bytes have come.
    pub there: u64,
    /// Of so many.
    pub of: u64,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How it stands.
    pub state: UploadState,
}

/// How a file on its way stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// More is to come; nobody knows when.
    Incomplete,
    /// All of it is there, and is being read.
    Checking,
    /// It is kept now.
    Kept,
    /// It was no good and is gone; why.
    Refused(String),
}
