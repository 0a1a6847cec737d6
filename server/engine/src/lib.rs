//! Requests, approvals, runs: everything Drydock decides and remembers.
//!
//! [`Engine`] is the one handle that pages and the server call: one verb, one call. The database is the truth; a
//! wake-up only says "look again". Rooms: verbs by noun ([`people`], [`environments`], [`requests`], [`runs`]), the
//! executor that carries runs out, the store (all SQL), and `world`, through which anything outside is touched.

mod access;
mod audit;
mod comments;
#[cfg(test)]
mod comments_tests;
mod connection;
mod copies;
mod drift;
mod environment_file;
mod environment_rules;
mod environments;
mod error;
mod evidence;
mod executor;
mod export;
mod glass;
#[cfg(test)]
mod glass_tests;
mod handover;
mod historian;
mod history;
mod import;
#[cfg(test)]
mod import_tests;
#[cfg(feature = "lab")]
mod lab;
mod landmarks;
mod leases;
mod local;
mod log;
mod notify;
mod people;
mod platform;
mod policies;
#[cfg(test)]
mod policies_tests;
mod provider;
#[cfg(test)]
mod provider_tests;
mod records;
mod rehearsal;
mod request_rules;
mod requests;
mod rules;
#[cfg(test)]
mod rules_tests;
mod runs;
mod second_factor;
mod secrets;
mod sessions;
mod settings;
mod snapshots;
mod ssh;
mod store;
#[cfg(test)]
mod testing;
mod tokens;
mod wake;
mod webhook;
mod world;

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use model::time::Timestamp;
use remote::{Remote, Ssh};

pub use cloudify::Outgoing;

pub use access::Place;
pub use audit::{AuditLog, AuditProblem, CheckpointPlace, Checkpoints, InvalidPlace, Verified, verify_file};
pub use environment_file::{read_environment, write_environment};
pub use environments::EnvironmentDraft;
pub use error::EngineError;
pub use evidence::{EvidenceProblem, Intact, verify_evidence};
pub use import::{ImportConsent, ImportError};
#[cfg(feature = "lab")]
pub use lab::{Past, Timed};
pub use notify::DeliveryPace;
pub use people::{Entrant, NewPerson, SHORTEST_PASSWORD};
pub use policies::new_policy_id;
pub use provider::{Entered, Provider, ProviderSettings};
pub use records::LARGEST_REPLAY;
pub use remote::oidc::{Begun, SignIn};
pub use runs::{Followed, Tail};
pub use second_factor::AppKey;
pub use sessions::{StoredSession, Visit};
pub use settings::{AuditSettings, Pace, Settings};
pub use snapshots::{Bringing, Fetched};
pub use tokens::{NewToken, TokenHolder};

use crate::executor::Executors;
use crate::secrets::Vault;
use crate::store::Store;
use crate::store::audit::{Deed, record};
use crate::wake::Wakes;

/// What verbs return.
pub type Result<T> = std::result::Result<T, EngineError>;

/// The handle. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    remote: Arc<dyn Remote>,
    ssh: Ssh,
    /// To the APIs of Open vStorage clusters.
    logins: open_vstorage::Logins,
    wakes: Wakes,
    executors: Executors,
    audit: audit::Watch,
    /// Signs decisions.
    keys: audit::key::KeyRing,
    post: notify::Post,
    historian: historian::Historian,
    setup_secret: String,
    settings: Settings,
    pace: Pace,
}

impl Engine {
    /// Connects to the database, brings its tables up to date, and prepares the SSH side.
    pub async fn open(settings: Settings) -> Result<Self> {
        Self::open_with(settings, Pace::default()).await
    }

    /// As [`Engine::open`], asking the world as often as `pace` says.
    pub async fn open_with(settings: Settings, pace: Pace) -> Result<Self> {
        let store = Store::connect(&settings.database_url).await?;
        store.migrate().await?;
        webhook::client(webhook::PATIENCE, settings.webhook_ca_file.as_deref())
            .map_err(|error| error::conflict(format!("the configuration key `webhook_ca_file`: {error}")))?;
        let vault = Vault::open(&settings)?;
        let ssh = ssh::open(&settings).await?;
        Ok(Self(Arc::new(Inner {
            store,
            vault,
            remote: Arc::new(ssh.clone()),
            ssh,
            logins: open_vstorage::Logins::default(),
            wakes: Wakes::default(),
            executors: Executors::default(),
            audit: audit::Watch::new(&settings.audit),
            keys: audit::key::KeyRing::new(&settings.audit),
            post: notify::Post::default(),
            historian: historian::Historian::default(),
            setup_secret: secrets::random_token(),
            settings,
            pace,
        })))
    }

    /// Brings the tables up to date and returns how many migrations were applied.
    pub async fn migrate(settings: &Settings) -> Result<usize> {
        Store::connect(&settings.database_url).await?.migrate().await
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<()> {
        self.0.store.ping().await
    }

    /// Lets go of runs and connections. What runs on a host goes on there, and is taken up again by the next server.
    pub async fn shutdown(&self) {
        tokio::join!(self.0.executors.stop_all(), self.0.post.stop(), self.0.historian.stop());
        self.0.audit.stop(self).await;
        self.0.ssh.close().await;
        self.0.vault.forget();
        self.0.store.close().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn setup_secret(&self) -> &str {
        &self.0.setup_secret
    }

    #[expect(clippy::unused_self, reason = "the simulation's clock belongs to the engine")]
    pub(crate) fn now(&self) -> Timestamp {
        now()
    }

    /// Records a deed that changes nothing else.
    pub(crate) async fn record(&self, deed: Deed<'_>) -> Result<()> {
        let mut tx = self.store().write().await?;
        record(&mut tx, self.now(), deed).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The clock of this machine.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("instance", &self.0.settings.instance).finish_non_exhaustive()
    }
}
