//! One running lab, from outside.

use std::path::PathBuf;
use std::time::Duration;

use rand::Rng as _;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::api::signature::Keys;
use crate::config::{Cloud, LabConfig};
use crate::control::Details;
use crate::fault::Fault;
use crate::host::{self, Host, Site};
use crate::platform::{Platform, ServiceSlot};
use crate::slot::Slot;
use crate::truth::Truth;
use crate::world::records::Phase;

/// Why a lab cannot run here.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error("no free loopback address for the lab; the last one tried: {reason}")]
    NoFreeAddress { reason: String },
    #[error("the management service did not come up within {seconds} s")]
    NotUp { seconds: u64 },
    #[error("cannot make a directory for the lab: {reason}")]
    Directory { reason: String },
    #[error("cannot serve the control interface: {reason}")]
    Control { reason: String },
    #[error("a simulated Open vStorage cluster needs root: its nodes install real packages in private roots")]
    NeedsRoot,
    #[error("cannot serve the API: {reason}")]
    Api { reason: String },
    #[error("host {name}: {reason}")]
    Host { name: String, reason: String },
}

/// How to reach a management host over SSH.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabHost {
    pub name: String,
    pub address: String,
    pub port: u16,
    pub user: String,
    pub private_key: PathBuf,
    /// Type and key, as in a `known_hosts` line.
    pub host_key: String,
    /// `SHA256:…`
    pub fingerprint: String,
}

/// A simulated CloudStack installation.
#[derive(Debug)]
pub struct Lab {
    platform: Platform,
    access: Vec<LabHost>,
    hosts: Mutex<Vec<Host>>,
    /// After the hosts, which live in it.
    _dir: TempDir,
    _slot: Slot,
}

impl Lab {
    /// Starts everything and waits until the API answers.
    pub async fn start(config: LabConfig) -> Result<Self, LabError> {
        let slot = Slot::take()?;
        let servers = match config.cloud {
            Cloud::Large => 2,
            Cloud::Small | Cloud::Many { .. } => 1,
        };
        let dir = tempfile::Builder::new().prefix("lab-").tempdir();
        let dir = dir.map_err(|error| LabError::Directory { reason: error.to_string() })?;
        let services = (0..servers)
            .map(|server| {
                let log = host::log_file(dir.path(), server);
                ServiceSlot::new(slot.addresses(server), Some(log))
            })
            .collect();
        let platform = Platform::new(&config, keys(), services);
        let site = Site { dir: dir.path(), script: config.script, database_password: &random_text(20) };
        let mut hosts = Vec::new();
        for server in 0..servers {
            hosts.push(Host::start(&site, &platform, server).await?);
        }
        let lab = Self {
            platform,
            access: hosts.iter().map(|host| host.access.clone()).collect(),
            hosts: Mutex::new(hosts),
            _dir: dir,
            _slot: slot,
        };
        for server in 0..servers {
            lab.platform.start_service(server).await;
        }
        lab.until_up().await?;
        Ok(lab)
    }

    /// The signed API of the first management server.
    pub fn api_url(&self) -> String {
        format!("http://{}:8080/client/api", self.integration_address())
    }

    pub fn api_key(&self) -> &str {
        &self.platform.keys().api
    }

    pub fn secret_key(&self) -> &str {
        &self.platform.keys().secret
    }

    /// The management hosts, the first one first.
    pub fn management(&self) -> &[LabHost] {
        &self.access
    }

    /// What the script's `-m` must be on the first management host.
    ///
    /// On a real host that is `localhost`. Labs share the loopback device, so here it is an address.
    pub fn integration_address(&self) -> String {
        self.platform.service(0).addresses[0].clone()
    }

    /// Another address of the first management server; port 8096 is open there too when it is open.
    pub fn other_address(&self) -> String {
        self.platform.service(0).addresses[1].clone()
    }

    /// What really happened so far.
    pub async fn truth(&self) -> Truth {
        self.platform.truth()
    }

    /// Restarts the management service of a server, as `systemctl restart` on its host does. Answers when the
    /// new process was started, not when it is up.
    pub async fn restart_service(&self, server: usize) {
        self.platform.restart_service(server).await;
    }

    /// Switches a fault on.
    pub async fn set_fault(&self, fault: Fault) {
        if fault == Fault::DiskFull {
            for host in self.hosts.lock().await.iter_mut() {
                if let Err(error) = host.fill_disks().await {
                    tracing::error!("the disks were not filled: {error}");
                }
            }
        }
        self.platform.set_fault(fault);
    }

    /// Switches all faults off.
    pub async fn clear_faults(&self) {
        if self.platform.has_fault(&Fault::DiskFull) {
            for host in self.hosts.lock().await.iter_mut() {
                if let Err(error) = host.free_disks().await {
                    tracing::error!("the disks were not freed: {error}");
                }
            }
        }
        self.platform.clear_faults();
    }

    /// How to connect to this lab, given where its control interface is served (or nothing).
    pub fn details(&self, control_url: &str) -> Details {
        Details {
            api_url: self.api_url(),
            api_key: self.api_key().to_owned(),
            secret_key: self.secret_key().to_owned(),
            integration_address: self.integration_address(),
            other_address: self.other_address(),
            management: self.access.clone(),
            control_url: control_url.to_owned(),
        }
    }

    /// Ends the lab and removes all it made.
    pub async fn stop(self) -> Result<(), LabError> {
        self.shut_down().await
    }

    /// [`Lab::stop`] for a lab that is shared.
    pub async fn shut_down(&self) -> Result<(), LabError> {
        let hosts = std::mem::take(&mut *self.hosts.lock().await);
        let mut ended = Ok(());
        for host in hosts {
            // The others are ended too if one does not.
            ended = ended.and(host.stop().await);
        }
        self.platform.end().await;
        ended
    }

    async fn until_up(&self) -> Result<(), LabError> {
        let limit = Duration::from_secs(60);
        let up = async {
            while self.platform.world().servers.iter().any(|server| server.phase != Phase::Up) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(limit, up).await.map_err(|_| LabError::NotUp { seconds: limit.as_secs() })
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.platform.abandon();
    }
}

/// Keys of the form CloudStack makes: 86 characters.
fn keys() -> Keys {
    Keys { api: random_text(86), secret: random_text(86) }
}

fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
