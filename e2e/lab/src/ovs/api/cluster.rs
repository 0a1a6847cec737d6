//! What the API knows of the cluster it belongs to.
//!
//! The API keeps nothing of the cluster itself: every answer is made from what [`Cluster`] says at that moment.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::release::Release;

/// The cluster behind the API.
pub trait Cluster: Send + Sync + 'static {
    /// Which framework the API is part of. An update changes it. Must be quick.
    fn release(&self) -> Release;

    /// What answers on port 443 of this master. Must be quick: it is asked many times a second.
    fn front(&self, master: IpAddr) -> Front;

    /// The stores on which tokens, counters and objects live. Must be quick.
    fn stores(&self) -> Stores;

    /// Everything the model holds, and the state of the nodes. Must be quick.
    fn model(&self) -> Model;

    /// Looks for updates on one node, now, as generation A does at every question (2.4). The error is the exception's
    /// text. May block.
    fn check(&self, node: IpAddr) -> Result<Pending, String>;

    /// Looks for updates on all nodes and stores what is found in the model (B, C). What fails leaves that node with
    /// nothing pending, as the real one does (1.3, P1). May block.
    fn refresh(&self) -> Vec<CheckFailure>;

    /// Hands `ovs update …` to `at`. The error is the exception's text. May block, but not until the update ends.
    fn launch(&self, launch: &Launch) -> Result<(), String>;
}

/// What answers on a master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// nginx and the API behind it.
    Serving,
    /// nginx runs, `ovs-webapp-api` does not.
    BadGateway,
    /// Nothing listens.
    Refused,
}

/// The stores on which the API depends (2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stores {
    /// Whether memcached can be asked.
    pub memcached: bool,
    /// Another number whenever memcached has lost what it held.
    pub memcached_life: u64,
    /// Whether arakoon-ovsdb has a master.
    pub model: bool,
}

/// What the model holds.
#[derive(Debug, Clone)]
pub struct Model {
    pub cluster_id: String,
    pub storage_routers: Vec<StorageRouter>,
    pub vpools: Vec<VPool>,
    pub storage_drivers: Vec<StorageDriver>,
    pub vdisks: Vec<VDisk>,
    /// `None` without the ALBA plugin.
    pub alba: Option<Alba>,
    /// Members of each arakoon cluster by its name: `ovsdb`, `voldrv`, `<backend>-abm`, `<backend>-nsm_<n>`.
    pub arakoon: BTreeMap<String, usize>,
}

/// A `StorageRouter`.
#[derive(Debug, Clone)]
pub struct StorageRouter {
    pub guid: String,
    pub name: String,
    /// `/etc/openvstorage_id`.
    pub machine_id: String,
    pub ip: IpAddr,
    pub role: NodeType,
    /// How long ago its processes gave a sign of life.
    pub process_heartbeat: Duration,
    /// How long ago its workers did.
    pub celery_heartbeat: Duration,
    /// What the last refresh found (B, C).
    pub package_information: Pending,
    /// Errors the last refresh left beside it (B may have some, 2.6).
    pub package_errors: Vec<String>,
    pub live: Live,
}

/// See [`StorageRouter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeType {
    Master,
    Extra,
}

/// What is true of a node now, whatever the model says.
#[derive(Debug, Clone)]
pub struct Live {
    /// Whether it can be reached over SSH by the others.
    pub reachable: bool,
    /// Whether its `ovs-workers` take tasks.
    pub workers: bool,
    /// Whether `at` works there.
    pub at_works: bool,
    /// Whether its `/etc/upgrade_ongoing` (A) or `/etc/update_ongoing` is there.
    pub update_ongoing: bool,
    /// Installed packages.
    pub versions: BTreeMap<String, String>,
}

/// A vPool.
#[derive(Debug, Clone)]
pub struct VPool {
    pub guid: String,
    pub name: String,
}

/// A vPool on a node.
#[derive(Debug, Clone)]
pub struct StorageDriver {
    pub guid: String,
    pub name: String,
    pub storagedriver_id: String,
    /// For example `/mnt/vpool1`.
    pub mountpoint: String,
    pub vpool: String,
    /// Guid of its node.
    pub storage_router: String,
}

/// A volume.
#[derive(Debug, Clone)]
pub struct VDisk {
    pub guid: String,
    pub name: String,
    pub volume_id: String,
    pub size: u64,
    /// Guid of its vPool.
    pub vpool: String,
    /// Guid of the storage driver that serves it.
    pub storage_driver: String,
    /// `RUNNING`, `HALTED`, `NON-RUNNING` …
    pub live_status: String,
    pub clients: Vec<EdgeClient>,
}

/// Somebody who has a volume open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeClient {
    pub ip: IpAddr,
    pub port: u16,
}

/// What the ALBA plugin adds.
#[derive(Debug, Clone, Default)]
pub struct Alba {
    pub nodes: Vec<AlbaNode>,
    pub backends: Vec<AlbaBackend>,
}

/// A node with disks; a storage node only, if it is no `StorageRouter`.
#[derive(Debug, Clone)]
pub struct AlbaNode {
    pub guid: String,
    pub node_id: String,
    pub ip: IpAddr,
    pub port: u16,
    /// Guid of the `StorageRouter` it is.
    pub storage_router: Option<String>,
    /// Whether its ASD manager answers.
    pub responds: bool,
    /// What the last refresh found (B, C).
    pub package_information: Pending,
}

/// A backend.
#[derive(Debug, Clone)]
pub struct AlbaBackend {
    pub guid: String,
    pub alba_id: String,
    pub name: String,
}

/// What is pending on one node. A package may belong to several components.
pub type Pending = BTreeMap<Component, Vec<PendingPackage>>;

/// What the updater divides its work into. Generation A knows the first two only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    Framework,
    StorageDriver,
    Alba,
    Iscsi,
}

impl Component {
    /// Its word in B and C.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Framework => "framework",
            Self::StorageDriver => "storagedriver",
            Self::Alba => "alba",
            Self::Iscsi => "iscsi",
        }
    }
}

/// One pending update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPackage {
    pub name: String,
    pub installed: Installed,
    /// In generation A, `Remote ASD` where an ASD manager answered nonsense (2.4).
    pub candidate: String,
}

/// What stands in `installed` (1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    Version(String),
    /// The package is new, its migration code still has to run.
    Migrations,
    /// The program is new, the service still runs the old one.
    ServiceRestart,
}

/// A node whose check failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure {
    pub node: IpAddr,
    pub reason: String,
}

/// An update that somebody started over the API: `ovs update <components, joined by commas>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Where the command runs. In B and C whichever node's worker took the task (2.2).
    pub node: IpAddr,
    /// As the command gets them, not checked by anybody.
    pub components: Vec<String>,
}
