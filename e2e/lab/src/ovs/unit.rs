//! One service of one node, and its state.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// What a unit is for (4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Duty {
    WatcherFramework,
    /// Comes and goes with the framework watcher.
    FollowsWatcher,
    WatcherVolumedriver,
    WatcherConfig,
    Memcached,
    Rabbitmq,
    Nginx,
    Arakoon {
        cluster: String,
    },
    Volumedriver {
        vpool: String,
    },
    Dtl {
        vpool: String,
    },
    Proxy {
        vpool: String,
    },
    Asd,
    AsdManager,
    AsdWatcher,
    Maintenance,
    SupportAgent,
}

impl Duty {
    /// Whether it first waits in its pre-start until what it watches works (4.2).
    pub(crate) fn is_watcher(&self) -> bool {
        matches!(self, Self::WatcherFramework | Self::WatcherVolumedriver | Self::WatcherConfig)
    }

    /// Whether it runs the framework's Python code against the model.
    pub(crate) fn is_framework(&self) -> bool {
        matches!(self, Self::WatcherFramework | Self::FollowsWatcher)
    }

    /// A script in `/etc/init.d` where upstart rules: unknown to `start` and `stop` (4.1).
    pub(crate) fn is_sysv(&self) -> bool {
        matches!(self, Self::Memcached | Self::Rabbitmq | Self::Nginx)
    }

    /// Packages whose version it notes in its run file (3.1).
    pub(crate) fn runs(&self) -> &'static [&'static str] {
        match self {
            Self::Arakoon { cluster } if cluster.ends_with("-abm") || cluster.contains("-nsm_") => &["arakoon", "alba"],
            Self::Arakoon { .. } => &["arakoon"],
            Self::Volumedriver { .. } | Self::Dtl { .. } => &["volumedriver-server"],
            Self::Proxy { .. } | Self::Asd | Self::Maintenance => &["alba"],
            Self::WatcherFramework
            | Self::FollowsWatcher
            | Self::WatcherVolumedriver
            | Self::WatcherConfig
            | Self::SupportAgent => &["openvstorage-core"],
            Self::AsdManager | Self::AsdWatcher => &["openvstorage-sdm"],
            Self::Memcached | Self::Rabbitmq | Self::Nginx => &[],
        }
    }
}

/// State of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitPhase {
    Stopped,
    /// In its pre-start, perhaps for ever.
    Starting,
    Running,
    Stopping,
    /// systemd: ended by itself, and not well.
    Failed,
}

/// One service of one node.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) duty: Duty,
    /// What `ps` shows, without the `ovs-` names of the jobs: program and arguments.
    pub(crate) command: String,
    pub(crate) phase: UnitPhase,
    /// On the node. Of the pre-start while starting.
    pub(crate) pid: Option<u32>,
    pub(crate) since: Option<Instant>,
    /// When it ran last, if it does not.
    pub(crate) ended: Option<Instant>,
    /// Versions of its packages when it started.
    pub(crate) code: BTreeMap<String, String>,
    /// Somebody started it and nobody stopped it: a watcher may wait for long.
    pub(crate) wanted: bool,
    /// Started at boot.
    pub(crate) enabled: bool,
    /// Recent deaths that nobody asked for.
    pub(crate) deaths: VecDeque<Instant>,
    /// Starts by the init system itself.
    pub(crate) restarts: u32,
    pub(crate) log: Vec<String>,
    /// One start or stop at a time.
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
}

impl Unit {
    pub(crate) fn new(duty: Duty, command: String) -> Self {
        Self {
            duty,
            command,
            phase: UnitPhase::Stopped,
            pid: None,
            since: None,
            ended: None,
            code: BTreeMap::new(),
            wanted: false,
            enabled: true,
            deaths: VecDeque::new(),
            restarts: 0,
            log: Vec::new(),
            gate: Arc::default(),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.phase == UnitPhase::Running
    }

    /// The name the kernel knows its process by.
    pub(crate) fn program(&self) -> &str {
        let program = self.command.split(' ').next().unwrap_or_default();
        program.rsplit('/').next().unwrap_or_default()
    }
}
