//! Services of Open vStorage, and what each is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Manager, plain_version};
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

impl Service {
    /// The version of that program that it says it runs.
    #[must_use]
    pub fn running_version(&self, package: &PackageName) -> Option<&str> {
        let found = self.running.iter().find(|(name, _)| plain_name(name) == plain_name(package));
        found.map(|(_, version)| version.as_str())
    }

    /// The same, where it is another one than `version`, or where it says itself that it has to be started anew.
    #[must_use]
    pub fn runs_other(&self, package: &PackageName, version: &str) -> Option<&str> {
        self.running_version(package).filter(|running| self.restart_needed || !same_program(running, version))
    }
}

/// A program without the name of its edition: `volumedriver-no-dedup-server` is a `volumedriver-server` (dossier 4.3).
fn plain_name(package: &PackageName) -> String {
    package.as_str().replace("-no-dedup", "").replace("-ee", "")
}

/// Whether a version that a program reports is that of a package: `ee-6.16.6` is `6.16.6-0`. Where both name their build,
/// as `2.7.4-rev.4161.5f26491-1` does, the builds count (dossier 4.3).
fn same_program(reported: &str, package: &str) -> bool {
    let names_its_build = reported.strip_prefix("ee-").unwrap_or(reported).contains('-');
    reported == package || (!names_its_build && plain_version(reported) == plain_version(package))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn service(package: &str, running: &str, restart_needed: bool) -> Service {
        Service {
            duty: Duty::Other,
            manager: Manager::Systemd,
            state: UnitState::Running,
            pid: None,
            running: [(PackageName::new(package).unwrap(), running.to_owned())].into(),
            restart_needed,
            enabled: true,
            stopped_by_drydock: false,
            stop_kills_all: false,
            required_by: BTreeSet::new(),
        }
    }

    #[track_caller]
    fn check(running: (&str, &str), package: (&str, &str), is_other: bool) {
        let name = PackageName::new(package.0).unwrap();
        let found = service(running.0, running.1, false).runs_other(&name, package.1).is_some();
        assert_eq!(found, is_other, "{running:?} {package:?}");
    }

    #[test]
    fn what_a_program_reports_is_compared_with_its_package_whatever_the_edition() {
        check(("volumedriver-server", "6.16.6"), ("volumedriver-server", "6.16.6-0"), false);
        check(("volumedriver-server", "ee-6.16.6"), ("volumedriver-ee-server", "6.16.6-0"), false);
        check(("volumedriver-server", "6.16.5"), ("volumedriver-no-dedup-server", "6.16.6-0"), true);
        check(
            ("openvstorage-core", "2.7.4-rev.4160.aaaaaaa-1"),
            ("openvstorage-core", "2.7.4-rev.4161.5f26491-1"),
            true,
        );
        check(("alba", "0.7.3"), ("arakoon", "1.8.9"), false);
    }

    #[test]
    fn a_service_that_asks_to_be_started_anew_counts_as_old() {
        let alba = PackageName::new("alba").unwrap();
        assert_eq!(service("alba", "0.7.5", false).runs_other(&alba, "0.7.5"), None);
        assert_eq!(service("alba", "0.7.5", true).runs_other(&alba, "0.7.5"), Some("0.7.5"));
    }
}
