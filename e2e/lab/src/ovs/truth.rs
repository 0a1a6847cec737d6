//! What really happened in a simulated cluster, whatever anybody was told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::unit::UnitPhase;

/// Why a service went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// Somebody told the init system to.
    Asked,
    /// It goes with another service.
    Follows,
    /// Its process ended: killed, or by itself.
    Died,
    /// What it needs was not there (volumedriver#244).
    NotReady,
    /// The stop hook of another volume driver killed it (volumedriver#394).
    StopHook,
    /// The node went down.
    Power,
}

/// Which migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Migrated {
    /// `Migration.migrate()`: the data model, once per cluster.
    Model,
    /// `Migrator.migrate(…)`: extensions, once per node.
    Extensions,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Failed,
}

/// One thing that happened on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OvsAct {
    Started {
        unit: String,
        pid: u32,
        /// The versions it runs.
        code: BTreeMap<String, String>,
    },
    Stopped {
        unit: String,
        cause: StopCause,
    },
    /// A package's old files were about to be replaced.
    Unpacking {
        package: String,
        from: String,
        to: String,
    },
    Installed {
        package: String,
        from: String,
        to: String,
    },
    InstallFailed {
        package: String,
        to: String,
    },
    MigrationStarted {
        kind: Migrated,
        /// As given: master addresses, extra addresses; `-` where none were.
        arguments: Vec<String>,
    },
    MigrationEnded {
        kind: Migrated,
        outcome: Outcome,
    },
    FlagSet {
        path: String,
    },
    FlagRemoved {
        path: String,
    },
    UpdaterStarted {
        components: Vec<String>,
    },
    UpdaterEnded {
        outcome: Outcome,
    },
    SshRestarted,
    WentDown,
    CameUp,
}

/// An act, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsEvent {
    /// RFC 3339, milliseconds.
    pub at: String,
    pub node: String,
    pub act: OvsAct,
}

/// What must not happen (5.1, 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// A volume driver ran and could not reach its backend.
    VolumedriverWithoutProxy,
    /// A volume driver ran while more ASDs were down than redundancy covers.
    VolumedriverWithoutAsds,
    /// A volume driver ran without its DTL, that is, without write log.
    VolumedriverWithoutWriteLog,
    /// A volume driver ran while a cluster it needs had no master.
    VolumedriverWithoutArakoon,
    /// A volume driver was stopped under somebody who used its volumes.
    VolumeInUse,
    /// Two members of a cluster of three or more were down together; of the model's, under a running framework.
    TwoMembersDown,
    /// The framework ran without the model.
    FrameworkWithoutModel,
    /// A framework service started while nodes had different versions.
    FrameworkOnMixedCode,
    /// A framework service started before all migrations of its code had run.
    FrameworkBeforeMigration,
    /// A framework service started while memcached still had objects from before the migration.
    StaleMemcached,
    /// A framework service started while the packages' gate was open.
    GateLeftOpen,
    /// Framework code was replaced under running framework services.
    InstallUnderWorkers,
    /// The same migrations again, after they had succeeded.
    MigrationTwice,
    /// Two migrations at the same time.
    MigrationsInParallel,
    MigrationWithoutArakoon,
    /// Generation A: called without addresses, the work is counted as done and skipped for ever.
    MigrationSkipped,
    /// Two updaters worked at the same time.
    TwoUpdaters,
}

/// Something that must not happen, and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsViolation {
    pub at: String,
    /// A node; a cluster's name where it concerns no single one.
    pub place: String,
    pub kind: ViolationKind,
    pub text: String,
    /// For what lasts: how long so far.
    pub duration_ms: Option<u64>,
    /// For what lasts: it is so now.
    pub lasts: bool,
}

/// One node as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsNodeTruth {
    /// By package: what is unpacked on disk.
    pub packages: BTreeMap<String, String>,
    pub units: BTreeMap<String, UnitPhase>,
    /// Versions each running unit was started with.
    pub running: BTreeMap<String, BTreeMap<String, String>>,
    /// Gate and "in progress" files that are there.
    pub flags: BTreeSet<String>,
    /// vPools that are mounted.
    pub mounted: BTreeSet<String>,
    /// The version whose extension migrations have run.
    pub extensions_migrated_to: String,
    pub is_down: bool,
}

/// Ground truth of a cluster at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsTruth {
    /// In the order in which it happened.
    pub events: Vec<OvsEvent>,
    pub violations: Vec<OvsViolation>,
    pub nodes: BTreeMap<String, OvsNodeTruth>,
    /// The version whose data model migrations have run.
    pub model_migrated_to: String,
    /// Nodes on which an updater works.
    pub updaters: BTreeSet<String>,
    /// Arakoon cluster to the id of its master, if it has one.
    pub masters: BTreeMap<String, Option<String>>,
}

impl OvsTruth {
    /// How often something of this kind was wrong.
    pub fn count(&self, kind: ViolationKind) -> usize {
        self.violations.iter().filter(|violation| violation.kind == kind).count()
    }

    /// Starts of a unit on a node since the cluster was up.
    pub fn starts<'a>(&'a self, node: &'a str, unit: &'a str) -> impl Iterator<Item = &'a OvsEvent> {
        self.events.iter().filter(move |event| {
            event.node == node && matches!(&event.act, OvsAct::Started { unit: started, .. } if started == unit)
        })
    }
}
