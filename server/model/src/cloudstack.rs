//! What is observed of a CloudStack installation. Field meanings: dossier "CloudStack system-VM restart", 3.8 and 4.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CloudId, HostName, JobId};
use crate::observed::Observed;
use crate::time::Timestamp;

/// Everything Drydock knows of one CloudStack at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudStackInventory {
    /// `listCapabilities`: the version that proves what runs.
    pub version: Observed<String>,
    /// Server clock minus ours, milliseconds, from the HTTP `Date` header.
    pub clock_skew_ms: Observed<i64>,
    /// Commands we need and the key's role does not allow (or the version does not have).
    pub missing_rights: Observed<BTreeSet<String>>,
    /// `listManagementServers`.
    pub management_servers: Observed<Vec<ManagementServer>>,
    /// `listHosts type=Routing`.
    pub hypervisors: Observed<Vec<Hypervisor>>,
    /// `listZones`.
    pub zones: Observed<Vec<Zone>>,
    /// Secondary storage VMs, console proxies and routers with their ROOT volumes.
    pub system_vms: Observed<Vec<SystemVm>>,
    /// System templates per zone.
    pub templates: Observed<Vec<SystemTemplate>>,
    /// Setting `integration.api.port`; 0 is off.
    pub integration_port: Observed<u32>,
    /// Setting `minreq.sysvmtemplate.version`.
    pub minimum_template_version: Observed<String>,
    /// `listAsyncJobs`: what is running now.
    pub pending_jobs: Observed<Vec<PendingJob>>,
    /// What was seen over SSH.
    pub management_hosts: BTreeMap<HostName, Observed<ManagementHost>>,
}

/// One row of `listManagementServers`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManagementServer {
    /// Host name as the server reports it.
    pub name: String,
    /// `Up`, `Down`, `PreparingToShutDown`, `Maintenance` …, as reported.
    pub state: String,
    /// Code version.
    pub version: String,
}

/// One hypervisor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hypervisor {
    /// Host name.
    pub name: String,
    /// `Up`, `Down`, `Disconnected` …, as reported.
    pub state: String,
    /// Agent version, which becomes the version of the system VMs that start there (dossier 4.2).
    pub version: Option<String>,
    /// Zone it belongs to.
    pub zone: CloudId,
}

/// One zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Zone {
    /// Its UUID.
    pub id: CloudId,
    /// Its name.
    pub name: String,
}

/// The kinds of system VMs in the order in which they are restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VmKind {
    /// SSVM: templates, snapshots, uploads.
    SecondaryStorage,
    /// CPVM: consoles.
    ConsoleProxy,
    /// VR: network services of one network or VPC.
    Router,
}

impl VmKind {
    /// All kinds, in restart order.
    pub const ALL: [Self; 3] = [Self::SecondaryStorage, Self::ConsoleProxy, Self::Router];
}

impl fmt::Display for VmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecondaryStorage => "secondary storage VM",
            Self::ConsoleProxy => "console proxy",
            Self::Router => "router",
        })
    }
}

/// State of a VM as CloudStack reports it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VmState {
    /// On.
    Running,
    /// On its way down.
    Stopping,
    /// Off.
    Stopped,
    /// On its way up.
    Starting,
    /// Anything else, as reported.
    Other(String),
}

impl fmt::Display for VmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "Running",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Starting => "Starting",
            Self::Other(word) => word,
        })
    }
}

/// State of the agent inside an SSVM or CPVM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Connected.
    Up,
    /// Anything else, as reported.
    NotUp(String),
}

/// Which half of a redundant pair a router is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redundancy {
    /// Not part of a pair.
    Single,
    /// Carries the traffic; `MASTER` in older releases (dossier 4.3).
    Primary,
    /// Stands by.
    Backup,
    /// `FAULT` or `UNKNOWN`, as reported.
    Unclear(String),
}

/// What a router VM is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouterRole {
    /// DHCP, NAT, VPN: what the script and Drydock restart.
    #[default]
    VirtualRouter,
    /// Balances load inside a VPC; neither the script nor Drydock restarts it (dossier 1.3).
    InternalLoadBalancer,
}

/// What a router serves. Two routers with the same one are never down together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serves {
    /// A guest network.
    Network {
        /// Its UUID.
        id: CloudId,
        /// Its name.
        name: String,
    },
    /// A VPC.
    Vpc {
        /// Its UUID.
        id: CloudId,
        /// Its name.
        name: String,
    },
}

impl Serves {
    /// `network net1` or `VPC vpc1`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Network { name, .. } => format!("network {name}"),
            Self::Vpc { name, .. } => format!("VPC {name}"),
        }
    }
}

/// The disk a VM runs from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RootVolume {
    /// Changes when the VM is rebuilt: the strongest proof there is (dossier 4.2).
    pub id: CloudId,
    /// What the disk was made from.
    pub template: Option<CloudId>,
    /// When the disk was made, as the server wrote it.
    pub created: String,
    /// The same, read.
    pub created_at: Option<Timestamp>,
}

/// One SSVM, CPVM or router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemVm {
    /// Its UUID.
    pub id: CloudId,
    /// For example `s-1-VM`.
    pub name: String,
    /// See [`VmKind`].
    pub kind: VmKind,
    /// The zone it is in.
    pub zone: CloudId,
    /// See [`VmState`].
    pub state: VmState,
    /// SSVM and CPVM only.
    pub agent: Option<AgentState>,
    /// SSVM, CPVM: agent code version. Router: version of the running template.
    pub version: Option<String>,
    /// Routers: code version of a live-patched router (dossier 4.2).
    pub software_version: Option<String>,
    /// Routers: what the server thinks.
    pub requires_upgrade: Option<bool>,
    /// Routers: see [`Redundancy`].
    pub redundancy: Redundancy,
    /// Routers: see [`RouterRole`].
    #[serde(default)]
    pub role: RouterRole,
    /// Routers: see [`Serves`].
    pub serves: Option<Serves>,
    /// The template the *record* names. Never proof (dossier 4.1).
    pub template: Option<CloudId>,
    /// Its name.
    pub template_name: Option<String>,
    /// The disk, which is proof.
    pub root: Observed<RootVolume>,
    /// The hypervisor it runs on.
    pub hypervisor: Option<String>,
    /// People with an open console (CPVM).
    pub active_sessions: Option<u32>,
    /// A job that is working on it right now.
    pub pending_job: Option<JobId>,
}

/// Why a system VM should be restarted, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Its disk was made from another template than its record names.
    OldDisk,
    /// The server says the router requires an upgrade.
    RequiresUpgrade,
    /// Its version differs from the management server's.
    OldVersion {
        /// What it reports.
        found: String,
        /// What the management server runs.
        wanted: String,
    },
    /// Nothing points to it.
    None,
    /// Could not be found out, for this reason.
    Unknown(String),
}

impl SystemVm {
    /// Whether this VM is still what it was before the upgrade (dossier 4.2). `server` is the management server's version.
    #[must_use]
    pub fn need(&self, server: Option<&str>) -> Need {
        match (self.root.value(), &self.template) {
            (Some(root), Some(template)) if root.template.as_ref() != Some(template) => return Need::OldDisk,
            (None, _) => return Need::Unknown(self.root.reason().unwrap_or("ROOT volume not seen").to_owned()),
            _ => {}
        }
        match self.kind {
            VmKind::Router => match self.requires_upgrade {
                Some(true) => Need::RequiresUpgrade,
                Some(false) => Need::None,
                None => Need::Unknown("the server does not say whether it requires an upgrade".to_owned()),
            },
            VmKind::SecondaryStorage | VmKind::ConsoleProxy => match (&self.version, server) {
                (Some(found), Some(wanted)) if !same_version(found, wanted) => {
                    Need::OldVersion { found: found.clone(), wanted: wanted.to_owned() }
                }
                (Some(_), Some(_)) => Need::None,
                (None, _) => Need::Unknown("its agent reports no version".to_owned()),
                (_, None) => Need::Unknown("the management server's version is unknown".to_owned()),
            },
        }
    }
}

/// Compares versions number by number; a missing last part counts as 0 (`4.20.1` is `4.20.1.0`), a suffix is ignored.
#[must_use]
pub fn same_version(a: &str, b: &str) -> bool {
    version_numbers(a) == version_numbers(b)
}

/// The numbers of a version without trailing zeros, for comparison (dossier 5.2: three or four parts).
#[must_use]
pub fn version_numbers(version: &str) -> Vec<u32> {
    let core = version.split(['-', '+', ' ']).next().unwrap_or("");
    let mut numbers: Vec<u32> = core.split('.').map_while(|part| part.parse().ok()).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

/// One system template in one zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SystemTemplate {
    /// Its UUID.
    pub id: CloudId,
    /// Its exact name matters: `systemvm-kvm-4.20.1-x86_64`.
    pub name: String,
    /// The zone this row is about.
    pub zone: CloudId,
    /// Whether it can be used there.
    pub ready: bool,
}

/// A job that is running now: ours after a restart, or somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PendingJob {
    /// Its UUID.
    pub id: JobId,
    /// Class name of the command, last part only, for example `RebootRouterCmd`.
    pub command: String,
    /// What it works on, where that is said.
    pub instance: Option<CloudId>,
    /// When it was submitted, as the server wrote it.
    pub created: String,
}

/// What was seen on a management host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagementHost {
    /// `systemctl is-active cloudstack-management`.
    pub service: String,
    /// `cloudstack-sysvmadm`, if it is there.
    pub script: Option<SysvmadmScript>,
    /// Free bytes where Drydock keeps its spool.
    pub free_bytes: u64,
    /// Host clock minus ours, milliseconds.
    pub clock_skew_ms: i64,
    /// Whether something listens on 8096.
    pub integration_listening: bool,
    /// Whether 8096 answers from the machine Drydock runs on: then from others, too (dossier 2.4).
    pub integration_reachable: bool,
    /// How the database password stands in `db.properties`.
    pub database: DatabaseAccess,
    /// Programs the script needs and the host lacks.
    pub missing_programs: BTreeSet<String>,
}

/// How the database can be reached with what `db.properties` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseAccess {
    /// `select 1` worked.
    Works {
        /// `db.cloud.host`.
        host: String,
        /// `db.cloud.username`.
        user: String,
    },
    /// The password is `ENC(…)` and none was configured here.
    Encrypted,
    /// It did not work, for this reason.
    Fails(String),
}

/// The script as found on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SysvmadmScript {
    /// Absolute path.
    pub path: String,
    /// See [`ScriptGeneration`].
    pub generation: ScriptGeneration,
    /// SHA-256 of the file: the plan names the very script that was looked at.
    pub sha256: String,
}

/// Generations of `cloudstack-sysvmadm` (dossier 1.1), told apart on the host (1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptGeneration {
    /// Up to 4.17: positional status parser, no `-i`.
    G0,
    /// 4.18.0 to 4.19.1: `-i` and `-j` added.
    G1,
    /// 4.19.2 and 4.20.0 onward: parses by name; the router chunk can still hang.
    G2,
    /// 2026: the hang is gone.
    G3,
}

impl ScriptGeneration {
    /// Reads the job status from the fourth comma-separated field, whatever that is (dossier 1.5).
    #[must_use]
    pub const fn parses_by_position(self) -> bool {
        matches!(self, Self::G0 | Self::G1)
    }

    /// Knows `-i`. Only its first id is honoured, so it is given one at a time (dossier 1.7, bug 3).
    #[must_use]
    pub const fn takes_ids(self) -> bool {
        !matches!(self, Self::G0)
    }

    /// Never ends when the number of routers is above and no multiple of `-t` (dossier 1.7, bug 1).
    #[must_use]
    pub const fn can_hang(self) -> bool {
        !matches!(self, Self::G3)
    }
}

impl fmt::Display for ScriptGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(same_version("4.20.1", "4.20.1.0"));
        assert!(same_version("4.20.1.0-SNAPSHOT", "4.20.1"));
        assert!(!same_version("4.9.0", "4.19.0"));
        assert!(!same_version("24.0.0", "4.22.0"));
    }

    fn vm(disk: &str, record: &str) -> SystemVm {
        let id = |last: &str| CloudId::new(format!("2e7293a0-d168-46f3-bc29-262ddbf224{last}")).unwrap();
        let root = RootVolume { id: id("01"), template: Some(id(disk)), created: String::new(), created_at: None };
        SystemVm {
            id: id("02"),
            name: "s-1-VM".into(),
            kind: VmKind::SecondaryStorage,
            zone: id("03"),
            state: VmState::Running,
            agent: Some(AgentState::Up),
            version: Some("4.20.1.0".into()),
            software_version: None,
            requires_upgrade: None,
            redundancy: Redundancy::Single,
            role: RouterRole::VirtualRouter,
            serves: None,
            template: Some(id(record)),
            template_name: None,
            root: Observed::known(root, "test", Timestamp(0)),
            hypervisor: None,
            active_sessions: None,
            pending_job: None,
        }
    }

    #[test]
    fn a_new_template_in_the_record_over_an_old_disk_needs_a_restart() {
        assert_eq!(vm("10", "11").need(Some("4.20.1.0")), Need::OldDisk);
        assert_eq!(vm("11", "11").need(Some("4.20.1.0")), Need::None);
    }

    #[test]
    fn what_was_not_seen_is_unknown_and_not_fine() {
        let mut unseen = vm("11", "11");
        unseen.root = Observed::unknown("timed out", "listVolumes", Timestamp(0));
        assert_eq!(unseen.need(Some("4.20.1.0")), Need::Unknown("timed out".into()));
        assert!(matches!(vm("11", "11").need(None), Need::Unknown(_)));
    }
}
