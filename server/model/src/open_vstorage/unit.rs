//! Services of Open vStorage, and what each is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Manager;
use crate::id::{PackageName, UnitName};

/// One unit of Open vStorage on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// What it is.
    pub duty: Duty,
    /// What starts and stops it: with upstart, memcached is left to the old scripts (4.1).
    pub manager: Manager,
    /// See [`UnitState`].
    pub state: UnitState,
    /// Its main process.
    pub pid: Option<u32>,
    /// Package and version it was started with, from its run file (3.1), normalised; empty where there is none.
    pub running: BTreeMap<PackageName, String>,
    /// The run file says that a restart is needed.
    pub restart_needed: bool,
    /// Started at boot.
    pub enabled: bool,
    /// It is stopped because an earlier run of Drydock stopped it and has not come to start it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped_by_drydock: bool,
    /// systemd: its stop hook kills every volume driver of the host when the mount stays busy (5.3, 5).
    pub stop_kills_all: bool,
    /// systemd: units that would be restarted with it (5.1).
    pub required_by: BTreeSet<UnitName>,
}

/// State of a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// On.
    Running,
    /// Off.
    Stopped,
    /// Waits in its pre-start, for the masters' services perhaps (4.1).
    Starting,
    /// systemd: `failed`.
    Failed,
    /// Anything else, as reported.
    Other(String),
}

impl fmt::Display for UnitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Failed => "failed",
            Self::Other(word) => word,
        })
    }
}

/// What a unit is for (4.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "duty")]
pub enum Duty {
    /// `ovs-watcher-framework`.
    WatcherFramework,
    /// Comes and goes with the framework watcher: workers, API, scheduled tasks, consumer.
    FollowsWatcher,
    /// `ovs-watcher-volumedriver`.
    WatcherVolumedriver,
    /// `ovs-watcher-config`.
    WatcherConfig,
    /// `memcached`.
    Memcached,
    /// `ovs-arakoon-<cluster>`.
    Arakoon {
        /// `ovsdb`, `voldrv`, `config`, `<backend>-abm`, `<backend>-nsm_<n>`.
        cluster: String,
    },
    /// `ovs-volumedriver_<vpool>`.
    Volumedriver {
        /// Which.
        vpool: String,
    },
    /// `ovs-dtl_<vpool>`.
    Dtl {
        /// Which.
        vpool: String,
    },
    /// `ovs-albaproxy_<vpool>` or `ovs-albaproxy_<vpool>_<n>`.
    Proxy {
        /// Which.
        vpool: String,
    },
    /// `alba-asd-<id>`.
    Asd {
        /// 32 characters.
        id: String,
    },
    /// `alba-asdmanager`, `asd-manager`, `asd-watcher`.
    AsdManager,
    /// `ovs-alba-maintenance_<backend>` or `alba-maintenance_<backend>-…`.
    Maintenance {
        /// Which.
        backend: String,
    },
    /// `ovs-alba-rebalancer_<backend>`.
    Rebalancer {
        /// Which.
        backend: String,
    },
    /// `ovs-support-agent`.
    SupportAgent,
    /// Anything else; not touched.
    Other,
}
