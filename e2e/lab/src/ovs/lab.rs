//! One running cluster, from outside.

use std::io;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::api::{ApiConfig, OvsApi};
use super::cluster::Cluster;
use super::config::OvsLabConfig;
use super::fault::OvsFault;
use super::node::Node;
use super::truth::OvsTruth;
use super::{commands, repository, topology};
use crate::lab::{LabError, LabHost};
use crate::machine::make_key;
use crate::slot::Slot;

/// A simulated Open vStorage cluster.
#[derive(Debug)]
pub struct OvsLab {
    cluster: Cluster,
    api: OvsApi,
    access: Vec<LabHost>,
    /// After the nodes, which live in it.
    _dir: TempDir,
    _slot: Slot,
}

impl OvsLab {
    /// Starts everything and waits until all services run. Needs root.
    pub async fn start(config: OvsLabConfig) -> Result<Self, LabError> {
        if !is_root().map_err(directory)? {
            return Err(LabError::NeedsRoot);
        }
        let slot = Slot::take()?;
        let dir = tempfile::Builder::new().prefix("lab-ovs-").tempdir().map_err(directory)?;
        make_key(&dir.path().join("id_ed25519")).await.map_err(directory)?;
        repository::build(config.generation, &dir.path().join("repo")).map_err(directory)?;
        let plans = Arc::new(topology::nodes(&config, |last| slot.numbered(last)));
        let mut starting = JoinSet::new();
        for number in 0..plans.len() {
            let (plans, dir) = (Arc::clone(&plans), dir.path().to_owned());
            starting.spawn(async move {
                let started = Node::start(&config, &dir, &plans, &plans[number]).await;
                (number, started)
            });
        }
        let mut started = Vec::new();
        for (number, node) in starting.join_all().await {
            started.push((number, node?));
        }
        started.sort_by_key(|(number, _)| *number);
        let (nodes, listeners): (Vec<Node>, Vec<_>) = started.into_iter().map(|(_, node)| node).unzip();
        let access = nodes.iter().map(|node| node.access.clone()).collect();
        let cluster = Cluster::new(config, &plans, nodes);
        for (number, listener) in listeners.into_iter().enumerate() {
            commands::serve(&cluster, number, listener);
        }
        match boot(&cluster).await {
            Ok(api) => Ok(Self { cluster, api, access, _dir: dir, _slot: slot }),
            Err(error) => {
                // What runs in the background would keep the nodes.
                cluster.abandon();
                Err(error)
            }
        }
    }

    /// The API on the masters.
    pub fn api(&self) -> &OvsApi {
        &self.api
    }

    /// The nodes: masters, then the extra one, then the one with disks only.
    pub fn nodes(&self) -> &[LabHost] {
        &self.access
    }

    /// Names of the nodes that are masters.
    pub fn masters(&self) -> Vec<&str> {
        self.cluster.masters().into_iter().map(|node| self.access[node].name.as_str()).collect()
    }

    /// Names of the nodes that are StorageRouters, masters among them.
    pub fn routers(&self) -> Vec<&str> {
        self.cluster.routers().into_iter().map(|node| self.access[node].name.as_str()).collect()
    }

    pub fn config(&self) -> &OvsLabConfig {
        self.cluster.config()
    }

    /// What really happened so far.
    pub fn truth(&self) -> OvsTruth {
        self.cluster.truth()
    }

    /// What really stands in a file of a node.
    pub fn read_file(&self, node: &str, path: &str) -> io::Result<String> {
        let number = self.cluster.named(node).ok_or_else(|| io::Error::other(format!("there is no node {node}")))?;
        self.cluster.node(number).read(path)
    }

    /// Switches a fault on.
    pub async fn set_fault(&self, fault: OvsFault) -> Result<(), LabError> {
        self.cluster.set_fault(fault).await
    }

    /// Switches all faults off. What they did to files and packages stays done.
    pub async fn clear_faults(&self) -> Result<(), LabError> {
        self.cluster.clear_faults().await
    }

    /// Ends the cluster and removes all it made.
    pub async fn stop(self) -> Result<(), LabError> {
        self.shut_down().await
    }

    /// [`OvsLab::stop`] for a lab that is shared.
    pub async fn shut_down(&self) -> Result<(), LabError> {
        self.cluster.end();
        let mut ended = Ok(());
        for node in self.cluster.nodes() {
            // The others are ended too if one does not.
            ended = ended.and(node.stop().await);
        }
        ended
    }
}

impl Drop for OvsLab {
    fn drop(&mut self) {
        self.cluster.abandon();
    }
}

async fn boot(cluster: &Cluster) -> Result<OvsApi, LabError> {
    let mut booting = JoinSet::new();
    for number in 0..cluster.nodes().len() {
        let cluster = cluster.clone();
        booting.spawn(async move { cluster.start_all(number).await });
    }
    booting.join_all().await;
    cluster.keep_watching();
    let up = cluster.until(|world| {
        let units = world.nodes.iter().flat_map(|node| node.units.values());
        units.into_iter().all(super::unit::Unit::is_running).then_some(())
    });
    tokio::time::timeout(UP_WITHIN, up).await.map_err(|_| LabError::NotUp { seconds: UP_WITHIN.as_secs() })?;
    for node in cluster.nodes() {
        node.booted().map_err(directory)?;
        node.open_ssh().await?;
    }
    cluster.refresh_packages();
    cluster.world().recording = true;
    cluster.keep_looking_at_flags();
    cluster.changed();
    let api = OvsApi::start(Arc::new(cluster.clone()), ApiConfig::new(API_PORT)).await;
    api.map_err(|error| LabError::Api { reason: error.to_string() })
}

/// nginx's.
const API_PORT: u16 = 443;
const UP_WITHIN: std::time::Duration = std::time::Duration::from_secs(120);

fn directory(error: io::Error) -> LabError {
    LabError::Directory { reason: error.to_string() }
}

fn is_root() -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}
