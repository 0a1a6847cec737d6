//! What all calls and all workflows of one manager share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::distr::{Alphanumeric, SampleString as _};
use serde::{Deserialize, Serialize};
use time::macros::format_description;
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::archive::Archive;
use super::config::{ManagerConfig, furnish};
use super::data::Data;
use super::estate::Estate;
use super::fault::Faults;
use super::maintenance::Maintenance;

/// One manager.
pub(super) struct Shared {
    pub(super) config: ManagerConfig,
    /// Where it really serves.
    pub(super) address: SocketAddr,
    pub(super) estate: Estate,
    pub(super) stop: CancellationToken,
    state: Mutex<State>,
}

/// What changes.
pub(super) struct State {
    pub(super) data: Data,
    pub(super) snapshots: Vec<Snapshot>,
    /// What REST has read at its last start.
    pub(super) security: Security,
    /// What `rest-security.conf` says now.
    pub(super) saved_security: Security,
    pub(super) maintenance: Maintenance,
    pub(super) front: Front,
    /// The schema of the database is being changed: REST answers 500 (4.3).
    pub(super) schema_moves: bool,
    /// The restore that is under way.
    pub(super) restoring: Option<Restoring>,
    pub(super) boot_id: String,
    pub(super) rest_starts: usize,
    pub(super) faults: Faults,
    pub(super) received: Vec<Received>,
}

/// `rest-security.conf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Security {
    pub(super) hash_salt: String,
    pub(super) secret_key: String,
}

/// What stands before REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    Serving,
    /// nginx runs, REST does not.
    BadGateway,
    /// The machine boots.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Restoring {
    /// When the database phase began.
    pub(super) database_since: Option<std::time::Instant>,
}

#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) created_at: String,
    pub(super) status: SnapshotStatus,
    pub(super) error: String,
    pub(super) tenant: String,
    pub(super) created_by: String,
    pub(super) private: bool,
    pub(super) archive: Option<Archive>,
}

/// Words for the state of a snapshot (1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SnapshotStatus {
    Creating,
    Created,
    Failed,
    Uploaded,
}

impl SnapshotStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Failed => "failed",
            Self::Uploaded => "uploaded",
        }
    }
}

/// A call that came in and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who it was, if that was told truly.
    pub user: Option<String>,
    pub tenant: Option<String>,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub status: u16,
}

impl Security {
    pub(super) fn new() -> Self {
        let text = || Alphanumeric.sample_string(&mut rand::rng(), 32);
        Self { hash_salt: text(), secret_key: text() }
    }
}

impl Shared {
    pub(super) fn new(mut config: ManagerConfig, address: SocketAddr, estate: Estate) -> Arc<Self> {
        config.address = address;
        let security = Security::new();
        let data = furnish(&config, &estate, &security.hash_salt, &told(&config, OffsetDateTime::now_utc()));
        let state = State {
            data,
            snapshots: Vec::new(),
            saved_security: security.clone(),
            security,
            maintenance: Maintenance::default(),
            front: Front::Serving,
            schema_moves: false,
            restoring: None,
            boot_id: Uuid::new_v4().to_string(),
            rest_starts: 1,
            faults: Faults::default(),
            received: Vec::new(),
        };
        estate.open(&config.name, address);
        Arc::new(Self { config, address, estate, stop: CancellationToken::new(), state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as this manager tells it.
    pub(super) fn now(&self) -> String {
        told(&self.config, OffsetDateTime::now_utc())
    }

    /// One phase of a workflow.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.config.pace.transition() / 3).await;
    }
}

impl State {
    pub(super) fn snapshot(&self, id: &str) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.id == id)
    }

    pub(super) fn snapshot_mut(&mut self, id: &str) -> Option<&mut Snapshot> {
        self.snapshots.iter_mut().find(|snapshot| snapshot.id == id)
    }
}

fn told(config: &ManagerConfig, at: OffsetDateTime) -> String {
    let ahead = if config.release.lies_about_utc() { config.minutes_from_utc } else { 0 };
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    (at + Duration::minutes(ahead)).format(format).unwrap_or_default()
}
