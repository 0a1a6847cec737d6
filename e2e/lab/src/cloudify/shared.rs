//! What all calls and all workflows of one manager share.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

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
use super::site::Site;
use super::unit;

/// One manager.
pub(super) struct Shared {
    pub(super) config: ManagerConfig,
    /// Where it really serves.
    pub(super) address: SocketAddr,
    pub(super) estate: Estate,
    pub(super) stop: CancellationToken,
    /// The machine it runs on, if that is a host that people can log in to.
    pub(super) site: OnceLock<Weak<Site>>,
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
    /// What stands before REST, as far as it is up to the manager.
    pub(super) front: Front,
    /// Services that somebody has stopped.
    pub(super) stopped: BTreeSet<&'static str>,
    /// The machine has no power.
    pub(super) is_down: bool,
    /// Ends with the machine's power, and workflows with it.
    pub(super) life: CancellationToken,
    /// What its internal certificates say whose they are.
    pub(super) certificates: String,
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
        let stop = CancellationToken::new();
        let state = State {
            data,
            snapshots: Vec::new(),
            saved_security: security.clone(),
            security,
            maintenance: Maintenance::default(),
            front: Front::Serving,
            stopped: BTreeSet::new(),
            is_down: false,
            life: stop.child_token(),
            certificates: format!("internal certificates of {}, made {}", config.name, Uuid::new_v4()),
            schema_moves: false,
            restoring: None,
            boot_id: Uuid::new_v4().to_string(),
            rest_starts: 1,
            faults: Faults::default(),
            received: Vec::new(),
        };
        estate.open(&config.name, address);
        Arc::new(Self { config, address, estate, stop, site: OnceLock::new(), state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, as this manager tells it.
    pub(super) fn now(&self) -> String {
        told(&self.config, OffsetDateTime::now_utc())
    }

    pub(super) fn site(&self) -> Option<Arc<Site>> {
        self.site.get().and_then(Weak::upgrade)
    }

    /// Writes `rest-security.conf`. REST reads it when it starts.
    pub(super) fn save_security(&self, security: Security) {
        if let Some(site) = self.site() {
            site.write_security(&security, self.config.release);
        }
        self.state().saved_security = security;
    }

    /// Puts internal certificates in the place of those that are there.
    pub(super) fn save_certificates(&self, certificates: String) {
        if let Some(site) = self.site() {
            site.write_certificates(&certificates);
        }
        self.state().certificates = certificates;
    }

    /// REST starts.
    pub(super) fn start_rest(&self) {
        // On a host the file is what counts: somebody may have put another one there.
        let found = self.site().and_then(|site| site.read_security());
        let mut state = self.state();
        if let Some(found) = found {
            state.saved_security = found;
        }
        state.security = state.saved_security.clone();
        state.rest_starts += 1;
        state.front = Front::Serving;
    }

    /// Starts REST, as an init system does: it answers a while later.
    pub(super) async fn restart_rest(&self) {
        self.state().front = Front::BadGateway;
        tokio::time::sleep(self.config.pace.refused()).await;
        self.start_rest();
    }

    /// The machine loses its power: nothing listens, no agent finds its broker, and what was under way is never ended.
    pub(super) fn go_down(&self) {
        self.estate.close(&self.config.name);
        let mut state = self.state();
        state.is_down = true;
        state.restoring = None;
        state.schema_moves = false;
        state.life.cancel();
    }

    /// The machine has booted: nginx is first, then REST.
    pub(super) async fn come_up(&self, boot_id: String) {
        {
            let mut state = self.state();
            state.boot_id = boot_id;
            state.stopped.clear();
            state.life = self.stop.child_token();
            state.front = Front::BadGateway;
            state.is_down = false;
        }
        self.estate.open(&self.config.name, self.address);
        tokio::time::sleep(self.config.pace.refused()).await;
        self.start_rest();
    }

    /// One phase of a workflow.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.config.pace.transition() / 3).await;
    }
}

impl State {
    /// What a call meets.
    pub(super) fn front(&self) -> Front {
        if self.is_down || self.stopped.contains(unit::NGINX) {
            Front::Refused
        } else if self.stopped.contains(unit::REST) {
            Front::BadGateway
        } else {
            self.front
        }
    }

    /// Who works with the web interface: nobody, if that is stopped (P6).
    pub(super) fn visitors(&self) -> Vec<String> {
        if unit::CONSOLES.iter().any(|console| self.stopped.contains(console)) {
            return Vec::new();
        }
        self.faults.visitors()
    }

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
