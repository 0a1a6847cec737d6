//! The HTTP API of a simulated Open vStorage cluster (2).
//!
//! Each master serves it over HTTPS on its own address. The API decides everything that nginx, Django and celery
//! decide: tokens, versions, roles, rate limits, pages, tasks. What it tells of the cluster it asks of a [`Cluster`] at
//! every call, and an update that somebody launches is the cluster's to carry out. It is strict: an unknown path is
//! Django's 404; an unknown parameter is ignored, because Django ignores it.
//!
//! Not simulated, because nobody here calls them: `/api/relay/`, `/api/swagger.json`, the message channel and the DAL
//! queries of lists.

mod account;
mod call;
mod cluster;
mod door;
mod error;
mod fault;
mod impact;
mod limit;
mod list;
mod memory;
mod object;
mod package;
mod part;
mod release;
mod respond;
mod root;
mod route;
mod shared;
mod task;
mod token;
mod version;
mod work;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::DropGuard;

use door::Door;
use shared::Shared;

use crate::tls::Certificate;

pub use crate::tls::CertificateError;
pub use account::{Account, Grant, Role};
pub use cluster::{
    Alba, AlbaBackend, AlbaNode, CheckFailure, Cluster, Component, EdgeClient, Front, Installed, Launch, Live, Model,
    NodeType, Pending, PendingPackage, StorageDriver, StorageRouter, Stores, VDisk, VPool,
};
pub use fault::{ApiFault, Trouble};
pub use memory::{Memory, MemoryCluster};
pub use release::{Generation, Release};
pub use shared::Received;

/// The name in the certificates (2.1).
const CERTIFIED: &str = "openvstorage";

/// How the API is set up.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// The port on every master; 443 on real ones.
    pub port: u16,
    /// Who may log in.
    pub accounts: Vec<Account>,
    /// How long a task takes at least.
    pub pace: Duration,
    /// Whether calls are counted (2.1).
    pub limits: bool,
    pub certificates: Certificates,
}

/// Which certificates the masters show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificates {
    /// One for all. Real masters make one each, when the package is installed.
    pub shared: bool,
    /// They have run out, as real ones have after 356 days.
    pub expired: bool,
}

impl ApiConfig {
    /// As after an installation: admin/admin, and one client with all roles and a random secret.
    #[must_use]
    pub fn new(port: u16) -> Self {
        let id = uuid::Uuid::new_v4().to_string();
        let secret = Alphanumeric.sample_string(&mut rand::rng(), 64);
        Self {
            port,
            accounts: vec![
                Account::new(Grant::Password, "admin", "admin", &Role::ALL),
                Account::new(Grant::ClientCredentials, &id, &secret, &Role::ALL),
            ],
            pace: Duration::from_millis(20),
            limits: true,
            certificates: Certificates { shared: false, expired: false },
        }
    }
}

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("no certificate for {master}")]
    Certificate { master: IpAddr, source: CertificateError },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// A running API. It stops when this is dropped.
pub struct OvsApi {
    shared: Arc<Shared>,
    doors: JoinSet<()>,
    port: u16,
    fingerprints: BTreeMap<IpAddr, String>,
    _stop: DropGuard,
}

impl OvsApi {
    /// Serves the API on every address that is a master's now. When this returns, those that serve can be called.
    pub async fn start(cluster: Arc<dyn Cluster>, config: ApiConfig) -> Result<Self, ApiError> {
        let routers = cluster.model().storage_routers;
        let masters: Vec<IpAddr> =
            routers.iter().filter(|router| router.role == NodeType::Master).map(|router| router.ip).collect();
        let shared = Arc::new(Shared::new(cluster, config.accounts, config.limits, config.pace));
        let stop = shared.stop.clone().drop_guard();
        let mut api =
            Self { shared, doors: JoinSet::new(), port: config.port, fingerprints: BTreeMap::new(), _stop: stop };
        let make = |names: &[IpAddr], master: IpAddr| {
            let made = Certificate::make(CERTIFIED, names, config.certificates.expired);
            made.map_err(|source| ApiError::Certificate { master, source })
        };
        let common = match masters.first() {
            Some(master) if config.certificates.shared => Some(make(&masters, *master)?),
            _ => None,
        };
        for master in masters {
            let certificate = match &common {
                Some(certificate) => certificate.clone(),
                None => make(&[master], master)?,
            };
            api.open(master, &certificate).await?;
        }
        Ok(api)
    }

    async fn open(&mut self, master: IpAddr, certificate: &Certificate) -> Result<(), ApiError> {
        let address = SocketAddr::new(master, self.port);
        let first = if self.shared.cluster.front(master) == Front::Refused {
            None
        } else {
            Some(TcpListener::bind(address).await.map_err(|source| ApiError::Listen { address, source })?)
        };
        let door = Door { shared: Arc::clone(&self.shared), master, address, tls: Arc::clone(&certificate.tls) };
        self.fingerprints.insert(master, certificate.fingerprint.clone());
        self.doors.spawn(door.keep(first));
        Ok(())
    }

    /// `https://<master>:<port>/api/`
    #[must_use]
    pub fn url(&self, master: IpAddr) -> String {
        format!("https://{}/api/", SocketAddr::new(master, self.port))
    }

    /// SHA-256 of the certificate of this master, as `openssl x509 -fingerprint` prints it.
    #[must_use]
    pub fn fingerprint(&self, master: IpAddr) -> Option<&str> {
        self.fingerprints.get(&master).map(String::as_str)
    }

    /// The first account of this grant: name or id, and password or secret.
    #[must_use]
    pub fn credentials(&self, grant: Grant) -> Option<(String, String)> {
        let state = self.shared.state();
        let account = state.accounts.iter().find(|account| account.grant == grant)?;
        Some((account.name.clone(), account.secret.clone()))
    }

    /// Switches an account off or on.
    pub fn set_active(&self, name: &str, active: bool) {
        let mut state = self.shared.state();
        for account in state.accounts.iter_mut().filter(|account| account.name == name) {
            account.active = active;
        }
    }

    /// Whether calls are counted (2.1).
    pub fn set_limits(&self, on: bool) {
        self.shared.state().limits_on = on;
    }

    /// Puts the API's clock forward, so that tokens run out and rate limits end.
    pub fn advance(&self, by: Duration) {
        self.shared.state().advance(by);
    }

    pub fn set_fault(&self, fault: ApiFault) {
        self.shared.state().faults.add(fault);
    }

    /// Switches one off. The others stay.
    pub fn end_fault(&self, fault: &ApiFault) {
        self.shared.state().faults.end(fault);
    }

    /// Somebody else presses the stock page's button for the volumes on this node. Answers the id of the task; `None`
    /// when the node is no `StorageRouter`.
    #[must_use]
    pub fn press_update(&self, node: IpAddr) -> Option<String> {
        let routers = self.shared.cluster.model().storage_routers;
        let router = routers.into_iter().find(|router| router.ip == node)?;
        Some(work::press(&self.shared, &router))
    }

    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn open_tasks(&self) -> usize {
        self.shared.state().tasks.open()
    }

    /// All calls that were answered, in the order of their answers.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// Stops serving. When this returns, nothing listens any more.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        while self.doors.join_next().await.is_some() {}
    }
}

impl std::fmt::Debug for OvsApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OvsApi").field("fingerprints", &self.fingerprints).finish_non_exhaustive()
    }
}
