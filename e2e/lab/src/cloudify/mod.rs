//! Simulated Cloudify managers. Numbers in comments are sections of the dossier "Cloudify Manager: upgrade / migrate".
//!
//! A [`Manager`] is a real HTTP server with what a manager knows: users, tenants, deployments, executions, snapshots.
//! Snapshots are real zip files, and a restore uses nothing but what it finds in the one that was uploaded. What the
//! managers manage, machines and agents, is the [`Estate`]: it is shared by the managers of one lab, and is the ground
//! truth. A manager that is upgraded in place is a second one of the same name and address, in the same estate.
//!
//! It is strict: an unknown filter, field or parameter gets the error a real manager gives; an unknown field of a body
//! is ignored, because the real one ignores it.
//!
//! Not simulated, because nobody here calls them: plugins, secrets, blueprint uploads, the making of users and
//! tenants, `API-Authentication-Token`, `snapshot_archive_url`, clusters of more than one manager.

mod agents;
mod archive;
mod auth;
mod call;
mod config;
mod data;
mod door;
mod download;
mod error;
mod estate;
mod execution;
mod fault;
mod lab;
mod maintenance;
mod page;
mod release;
mod render;
mod respond;
mod restore;
mod route;
mod shared;
mod site;
mod snapshot;
mod system;
mod truth;
mod unit;
mod work;
mod zip;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::DropGuard;

use door::Door;
use shared::Shared;

use crate::tls::{Certificate, CertificateError};

pub use config::{Account, Edition, ManagerConfig, NewDeployment};
pub use data::Role;
pub use estate::{Agent, Estate, EstateViolation, Host, Machine};
pub use fault::{Forgery, ManagerFault, RestorePhase};
pub use lab::{
    CloudifyAct, CloudifyDetails, CloudifyFault, CloudifyLab, CloudifyLabConfig, CloudifyTruth, Form, MachineTruth,
    ManagerDetails, Place, serve_cloudify_control,
};
pub use release::Release;
pub use shared::Received;
pub use truth::{ExecutionTruth, ManagerTruth, SnapshotTruth};

/// How often a manager looks whether something is to happen by itself.
const LOOK: Duration = Duration::from_millis(20);

/// Why a manager cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("no certificate for {address}")]
    Certificate { address: SocketAddr, source: CertificateError },
}

/// A running manager. It stops when this is dropped.
pub struct Manager {
    shared: Arc<Shared>,
    /// If it serves HTTPS.
    certificate: Option<Certificate>,
    tasks: JoinSet<()>,
    _stop: DropGuard,
}

impl Manager {
    /// Serves on the configured address; port 0 is any. When this returns, the manager can be called.
    pub async fn start(estate: &Estate, config: ManagerConfig) -> Result<Self, ManagerError> {
        Self::start_as(estate, config, None).await
    }

    /// The same, with a certificate that was there before.
    async fn start_as(
        estate: &Estate,
        config: ManagerConfig,
        certificate: Option<Certificate>,
    ) -> Result<Self, ManagerError> {
        let wanted = config.address;
        let failed = |source| ManagerError::Listen { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let certificate = match (config.tls, certificate) {
            (false, _) => None,
            (true, Some(kept)) => Some(kept),
            (true, None) => Some(make_certificate(address)?),
        };
        let shared = Shared::new(config, address, estate.clone());
        let stop = shared.stop.clone().drop_guard();
        let mut tasks = JoinSet::new();
        let tls = certificate.as_ref().map(|certificate| Arc::clone(&certificate.tls));
        tasks.spawn(Door { shared: Arc::clone(&shared), address, tls }.keep(listener));
        tasks.spawn(live(Arc::clone(&shared)));
        Ok(Self { shared, certificate, tasks, _stop: stop })
    }

    /// Where it really serves.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// `http://<address>`, or `https`: what a client calls the manager.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.shared.address)
    }

    /// SHA-256 of its certificate, as `openssl x509 -fingerprint` prints it, if it serves HTTPS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.certificate.as_ref().map(|certificate| certificate.fingerprint.as_str())
    }

    /// The certificate itself, as `cfy profiles use --rest-certificate` takes it.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_ref().map(|certificate| certificate.pem.as_str())
    }

    /// The same with the newest prefix, as in `http://<address>/api/v3.1`.
    #[must_use]
    pub fn api(&self) -> String {
        format!("{}/api/{}", self.url(), self.shared.config.release.prefix())
    }

    pub fn set_fault(&self, fault: ManagerFault) {
        self.shared.state().faults.add(fault);
    }

    /// Switches everything off. What a fault held up goes on.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Heals a host of the deployment, as its policies would. The id of the execution, if there is such a host.
    #[must_use]
    pub fn heal(&self, tenant: &str, deployment: &str) -> Option<String> {
        execution::heal(&self.shared, tenant, deployment)
    }

    /// Whether somebody of this name is let in with this password at the moment.
    #[must_use]
    pub fn lets_in(&self, name: &str, password: &str) -> bool {
        let state = self.shared.state();
        let salt = &state.security.hash_salt;
        let mut known = state.data.users.iter();
        known.any(|user| user.active && user.name == name && user.password == password && user.salt == *salt)
    }

    /// What its own clock says (N12).
    #[must_use]
    pub fn clock(&self) -> String {
        self.shared.now()
    }

    /// `/proc/sys/kernel/random/boot_id` of its machine.
    #[must_use]
    pub fn boot_id(&self) -> String {
        self.shared.state().boot_id.clone()
    }

    /// All calls that were answered, in the order of their answers.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// What is really the case.
    #[must_use]
    pub fn truth(&self) -> ManagerTruth {
        truth::of(&self.shared)
    }

    /// Switches the machine off, as a person does. It is written down whom that hurts (S12).
    pub async fn switch_off(self) {
        self.shared.estate.switched_off(&self.shared.config.name);
        self.stop().await;
    }

    /// Ends it, and nothing is written down. When this returns, nothing listens any more and its broker is gone.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.shared.estate.close(&self.shared.config.name);
    }
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("name", &self.shared.config.name).finish_non_exhaustive()
    }
}

fn make_certificate(address: SocketAddr) -> Result<Certificate, ManagerError> {
    let made = Certificate::make("cloudify", &[address.ip()], false);
    made.map_err(|source| ManagerError::Certificate { address, source })
}

/// What happens on a manager without a call of ours.
async fn live(shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let work = async {
        let mut seen = Vec::new();
        loop {
            let due = {
                let mut state = shared.state();
                // Riemann is what notices that a host is gone (S11).
                let is_awake = !state.is_down && !state.stopped.contains(unit::RIEMANN);
                is_awake.then(|| state.faults.heal_due(&shared.estate)).flatten()
            };
            if let Some((tenant, deployment)) = due {
                execution::heal(&shared, &tenant, &deployment);
            }
            visit(&shared, &mut seen);
            tokio::time::sleep(LOOK).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

/// Somebody works with the web interface, which asks for the user again and again (S4).
fn visit(shared: &Shared, seen: &mut Vec<String>) {
    let now = shared.now();
    let mut state = shared.state();
    let visitors = state.visitors();
    for name in &visitors {
        let Some(user) = state.data.users.iter_mut().find(|user| user.name == *name) else {
            continue;
        };
        user.last_login_at = Some(now.clone());
        // One call stands for all of a visit.
        if !seen.contains(name) {
            let target = format!("/api/{}/user", shared.config.release.prefix());
            let (method, tenant) = ("GET".to_owned(), None);
            state.received.push(Received { user: Some(name.clone()), tenant, method, target, status: 200 });
        }
    }
    *seen = visitors;
}
