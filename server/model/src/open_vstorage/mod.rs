//! What is observed of an Open vStorage cluster. Numbers in comments are sections of the dossier "Open vStorage updates".

mod kept;
pub mod pending;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{HostName, PackageName, UnitName};
use crate::observed::Observed;
use crate::procedure::Procedure;
use crate::time::Timestamp;
pub use kept::{CopyPlace, CopyStore, FileRights, KeptFile, LARGEST_COPY, SealedCopy, StoredCopy};
pub use unit::{Duty, Service, UnitState};

/// Everything Drydock knows of one cluster at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenVstorageInventory {
    /// `GET /api/`, `release.name`.
    pub release: Observed<String>,
    /// Which updater the cluster has (dossier 0).
    pub generation: Observed<Generation>,
    /// `GET /api/storagerouters/`: every node that the model knows as one.
    pub storage_routers: Observed<Vec<StorageRouter>>,
    /// `GET /api/alba/nodes/`; without the plugin an empty list.
    pub alba_nodes: Observed<Vec<AlbaNode>>,
    /// `GET /api/storagedrivers/` and `/api/vdisks/`: volumes and who has them open.
    pub vpools: Observed<Vec<VPool>>,
    /// What the cluster's own check says is pending (2.4, 2.6). Beside what is seen on the nodes, never instead of it.
    pub told: Observed<Vec<ToldUpdate>>,
    /// What was seen over SSH, one entry per host of the environment.
    pub nodes: BTreeMap<HostName, Observed<Node>>,
    /// Put together from what the nodes say (3.5).
    pub clusters: Observed<Vec<ArakoonCluster>>,
    /// Why copies of files that were changed by hand stay on their nodes; `None` when Drydock's own store takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies_stay: Option<String>,
}

/// The three generations of the updater (dossier 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Generation {
    /// Up to 2.7.6: two buttons, `/etc/upgrade_ongoing`.
    A,
    /// 2.7.7 to 2.11.0 and the whole 2.9 line: components, `/etc/update_ongoing`.
    B,
    /// 2.11.1 and later.
    C,
}

impl Generation {
    /// The generation a framework version belongs to; `None` where the text is no version.
    ///
    /// The 2.9 line lived on beside C and stayed B (dossier 0).
    #[must_use]
    pub fn of(framework: &str) -> Option<Self> {
        let numbers = numbers(framework);
        let at_least = |wanted: &[u64]| numbers.as_slice() >= wanted;
        match numbers.as_slice() {
            [] | [_] => None,
            [2, 9, ..] => Some(Self::B),
            _ if at_least(&[2, 11, 1]) => Some(Self::C),
            _ if at_least(&[2, 7, 7]) => Some(Self::B),
            _ => Some(Self::A),
        }
    }

    /// The file that shows an update as under way on the stock page.
    #[must_use]
    pub const fn ongoing_flag(self) -> &'static str {
        match self {
            Self::A => "/etc/upgrade_ongoing",
            Self::B | Self::C => "/etc/update_ongoing",
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The file that opens the gate in the packages' pre-installation scripts (3.1).
pub const READY_FLAG: &str = "/etc/ready_for_upgrade";

/// A version without what packages and programs write differently around it: `ee-6.16.6`, `1:6.16.6-0` and `6.16.6` are
/// one (4.3).
#[must_use]
pub fn plain_version(version: &str) -> &str {
    let version = version.strip_prefix("ee-").unwrap_or(version);
    let version = match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    };
    version.split('-').next().unwrap_or(version)
}

/// The leading numbers of a version such as `2.7.4-rev.4161.5f26491-1` or `ee-6.16.6`.
#[must_use]
pub fn numbers(version: &str) -> Vec<u64> {
    let version = version.strip_prefix("ee-").unwrap_or(version);
    let core = version.split(['-', '+', '~', ' ']).next().unwrap_or("");
    core.split('.').map_while(|part| part.parse().ok()).collect()
}

/// In which order the two kinds of migrations run (5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationOrder {
    /// The data model on one node, then the extensions on all: the vendor's text, right up to 2.6.0-eugene.30.
    ModelFirst,
    /// The extensions on all nodes, then the data model on one: what the code does since.
    ExtensionsFirst,
}

impl MigrationOrder {
    /// The order in which the target version's own updater does it.
    #[must_use]
    pub fn of(target: &str) -> Self {
        // Only 2.6.0-eugene has builds on both sides; its build number follows the name.
        let build = target.strip_prefix("2.6.0-eugene.").map(|rest| rest.split(['.', '-']).next().unwrap_or(""));
        match build.map(str::parse::<u32>) {
            Some(Ok(build)) if build <= 30 => Self::ModelFirst,
            Some(_) => Self::ExtensionsFirst,
            None if numbers(target).as_slice() < [2, 6].as_slice() => Self::ModelFirst,
            None => Self::ExtensionsFirst,
        }
    }
}

/// What a node is for (4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// Runs API, memcached and the model.
    Master,
    /// A StorageRouter without these.
    Extra,
    /// Disks only: an ALBA node that is no StorageRouter.
    Storage,
}

impl fmt::Display for NodeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Extra => "extra",
            Self::Storage => "storage",
        })
    }
}

/// A StorageRouter as the API lists it (2.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StorageRouter {
    /// Names it in calls.
    pub guid: String,
    /// Its name.
    pub name: String,
    /// Its address. Compared as an address, not as text.
    pub ip: String,
    /// `MASTER` or `EXTRA`.
    pub role: NodeRole,
    /// `OK`, `WARNING` or `FAILURE`, as reported.
    pub status: String,
    /// A master: why its own API does not answer, where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_problem: Option<String>,
}

/// An ALBA node as the API lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlbaNode {
    /// Its id.
    pub node_id: String,
    /// Its address.
    pub ip: String,
}

/// A vPool and who uses its volumes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VPool {
    /// Its name.
    pub name: String,
    /// Addresses of the StorageRouters that serve it.
    pub routers: BTreeSet<String>,
    /// How many vDisks there are.
    pub vdisks: u32,
    /// vDisks with at least one edge client, and how many clients.
    pub in_use: BTreeMap<String, u32>,
}

/// One pending update in the words of the cluster itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ToldUpdate {
    /// Address of the node.
    pub ip: String,
    /// `framework`, `storagedriver`, `volumedriver`, `alba` …, as reported.
    pub component: String,
    /// The package or part.
    pub name: String,
    /// Installed version; `None` in generation A, which does not tell it.
    pub installed: Option<String>,
    /// Candidate version.
    pub candidate: String,
    /// Special marks: migrations, service restart (1.2).
    pub mark: Option<Mark>,
}

/// Why something is pending although the package is new (1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Migration code still has to run.
    Migrations,
    /// The service still runs the old program.
    ServiceRestart,
}

/// What was seen on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// See [`NodeRole`].
    pub role: NodeRole,
    /// `/etc/openvstorage_id` or, on storage nodes, `/etc/openvstorage_sdm_id`.
    pub id: String,
    /// Its addresses.
    pub addresses: BTreeSet<String>,
    /// See [`Init`].
    pub init: Init,
    /// See [`Distribution`].
    pub distribution: Distribution,
    /// Units of Open vStorage, by name.
    pub services: BTreeMap<UnitName, Service>,
    /// Packages that play a part here: installed ones, and those their update would bring.
    pub packages: BTreeMap<PackageName, Package>,
    /// What the candidates of these packages say about the arakoon they need, for example `arakoon (>= 1.9.0)` (5.3, 11).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arakoon_needs: BTreeMap<PackageName, Vec<String>>,
    /// What the package manager would do, per component.
    pub simulations: BTreeMap<Component, Observed<Simulation>>,
    /// `dpkg --audit` and packages that are not fully installed: their lines.
    pub broken_packages: Vec<String>,
    /// Files of our packages that differ from what the package brought (`dpkg --verify`, `rpm -V`).
    pub changed_files: Vec<ChangedFile>,
    /// Files that were changed by hand, and of which a run of Drydock has kept a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_files: Vec<KeptFile>,
    /// Flag files that are there: gate and "ongoing".
    pub flags: BTreeSet<String>,
    /// `atq`: jobs that wait for their time, an updater perhaps.
    pub at_jobs: Vec<String>,
    /// An updater that runs: its command lines.
    pub updaters: Vec<String>,
    /// Who holds the package manager's lock.
    pub package_lock: Option<String>,
    /// Free bytes by directory: `/`, `/var`, `/opt`.
    pub free_bytes: BTreeMap<String, u64>,
    /// Running guests (`virsh list --name`); `None` where there is no hypervisor.
    pub guests: Option<Vec<String>>,
    /// Mounts of vPools.
    pub mounts: Vec<Mount>,
    /// Arakoon clusters with a member here.
    pub arakoon: Vec<ArakoonMember>,
    /// Counters of the migrations (4.4), as found; empty where they cannot be read here.
    pub migration_counters: BTreeMap<String, String>,
    /// Host clock minus ours, milliseconds.
    pub clock_skew_ms: i64,
    /// When the package lists were refreshed last.
    pub lists_refreshed_at: Option<Timestamp>,
}

/// What starts and stops services (4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Ubuntu 14.04.
    Upstart,
    /// Ubuntu 16.04, CentOS 7.
    Systemd,
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Upstart => "upstart",
            Self::Systemd => "systemd",
        })
    }
}

/// What starts and stops one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    /// A job of upstart.
    Upstart,
    /// A script in `/etc/init.d`, unknown to upstart's own commands.
    Sysv,
    /// A unit of systemd.
    Systemd,
}

impl Manager {
    /// The word for it in scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Upstart => "upstart",
            Self::Sysv => "sysv",
            Self::Systemd => "systemd",
        }
    }
}

/// How packages are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// `apt-get` and `dpkg`.
    Apt,
    /// `yum` and `rpm`.
    Yum,
}

impl Distribution {
    /// The word for it in scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Yum => "yum",
        }
    }
}

/// What an update is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// `openvstorage*` (4.3).
    Framework,
    /// `volumedriver-*`, `libovsvolumedriver*`.
    StorageDriver,
    /// `alba`, `arakoon`.
    Alba,
}

impl Component {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Framework, Self::StorageDriver, Self::Alba];

    /// What a button brings up to date: the second covers volume driver and backend, as the vendor's text says.
    #[must_use]
    pub const fn of_procedure(procedure: Procedure) -> &'static [Self] {
        match procedure {
            Procedure::UpdateFramework => &[Self::Framework],
            Procedure::UpdateStorageDriver => &[Self::StorageDriver, Self::Alba],
            Procedure::RestartSystemVms
            | Procedure::MigrateManager
            | Procedure::CreateSnapshot
            | Procedure::UploadSnapshot => &[],
        }
    }

    /// The component a package belongs to; `None` for one that is not ours (4.3).
    #[must_use]
    pub fn of(package: &str) -> Option<Self> {
        match package {
            "alba" | "alba-ee" | "arakoon" => Some(Self::Alba),
            name if name.starts_with("volumedriver-") || name.starts_with("libovsvolumedriver") => {
                Some(Self::StorageDriver)
            }
            name if name == "openvstorage" || name.starts_with("openvstorage-") => Some(Self::Framework),
            _ => None,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Framework => "Framework",
            Self::StorageDriver => "Storage Driver",
            Self::Alba => "Open vStorage Backend",
        })
    }
}

/// One package on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Installed version, if it is installed.
    pub installed: Option<String>,
    /// The version an update would bring, where one is known.
    pub candidate: Option<String>,
    /// What the package manager says about the candidate against the installed version.
    pub order: VersionOrder,
}

/// How the candidate stands to the installed version, as `dpkg --compare-versions` or `rpm` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionOrder {
    /// Nothing to do.
    Same,
    /// An update.
    Newer,
    /// A step back: never done silently (5.2, P5).
    Older,
    /// Not installed, or no candidate.
    Incomparable,
}

/// What the package manager would do (5.2, P6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// `Inst` lines: package and version.
    pub installs: BTreeMap<PackageName, String>,
    /// `Remv` lines.
    pub removes: BTreeSet<PackageName>,
    /// Packages that nobody has signed: the package manager asks before it installs them (4.3).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsigned: BTreeSet<PackageName>,
}

/// A file of a package that is not as the package brought it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Where.
    pub path: String,
    /// The package it belongs to.
    pub package: PackageName,
    /// The package manager asks before it overwrites it (5.5).
    pub is_config: bool,
    /// SHA-256 of what is there; `None` when the file is missing.
    pub sha256: Option<String>,
    /// How large it is, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// A vPool's mount on a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mount {
    /// For example `/mnt/vpool1`.
    pub path: String,
    /// Processes that have files open in it, as `lsof` names them: command and pid.
    pub users: Vec<String>,
}

/// One member of a cluster as seen on its own node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArakoonMember {
    /// Which cluster.
    pub cluster: String,
    /// What `arakoon` takes after `-config`.
    pub config: String,
    /// Node ids of all members, from the configuration.
    pub members: Vec<String>,
    /// What `arakoon --who-master` says here; why not, if it does not.
    pub master: Result<String, String>,
}

/// One cluster, put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArakoonCluster {
    /// `ovsdb`, `voldrv`, `config`, `<backend>-abm`, `<backend>-nsm_<n>`.
    pub name: String,
    /// The backend it belongs to, if it does.
    pub backend: Option<String>,
    /// Node id and the host of the environment it is on, if it is one.
    pub members: BTreeMap<String, Option<HostName>>,
    /// Node id of the master all members agree on; why not, if they do not.
    pub master: Result<String, String>,
    /// Members that are down.
    pub down: BTreeSet<String>,
}

impl ArakoonCluster {
    /// Whether one member at a time can be restarted without losing the majority (3.5: the members of *this* cluster count).
    #[must_use]
    pub fn can_roll(&self) -> bool {
        self.members.len() >= 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_follow_the_framework_version() {
        for (version, generation) in [
            ("2.5.0-denver.1", Some(Generation::A)),
            ("2.6.1-rev.3402.4d1e2aa-1", Some(Generation::A)),
            ("2.7.6-fargo.4", Some(Generation::A)),
            ("2.7.7-rev.4386.67fe8ae-1", Some(Generation::B)),
            ("2.11.0-1", Some(Generation::B)),
            ("2.9.30-1", Some(Generation::B)),
            ("2.11.1-1", Some(Generation::C)),
            ("2.13.5-1", Some(Generation::C)),
            ("unstable", None),
        ] {
            assert_eq!(Generation::of(version), generation, "{version}");
        }
    }

    #[test]
    fn the_order_of_migrations_changes_within_eugene() {
        for (version, order) in [
            ("2.5.0-denver.1", MigrationOrder::ModelFirst),
            ("2.6.0-eugene.30", MigrationOrder::ModelFirst),
            ("2.6.0-eugene.35", MigrationOrder::ExtensionsFirst),
            ("2.6.1-rev.3402.4d1e2aa-1", MigrationOrder::ExtensionsFirst),
            ("2.11.4-1", MigrationOrder::ExtensionsFirst),
        ] {
            assert_eq!(MigrationOrder::of(version), order, "{version}");
        }
    }

    #[test]
    fn packages_belong_to_components() {
        assert_eq!(Component::of("openvstorage-sdm"), Some(Component::Framework));
        assert_eq!(Component::of("volumedriver-no-dedup-server"), Some(Component::StorageDriver));
        assert_eq!(Component::of("alba-ee"), Some(Component::Alba));
        assert_eq!(Component::of("nginx"), None);
    }
}
