//! Inputs of **Create Snapshot** and **Upload Snapshot**.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::SnapshotId;
use crate::plan::Side;

/// What a person chooses for a snapshot that is made for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSnapshot {
    /// On which manager.
    pub on: Side,
    /// A name that this manager does not know yet.
    pub snapshot: SnapshotId,
    /// See [`SnapshotOption`].
    #[serde(default)]
    pub options: BTreeSet<SnapshotOption>,
}

/// What a person chooses for an archive that Drydock keeps and a manager is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSnapshot {
    /// To which manager.
    pub on: Side,
    /// Which archive; the manager calls it the same.
    pub snapshot: SnapshotId,
}

/// What a snapshot holds besides what it usually does, or leaves out (dossier 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotOption {
    /// With the metrics of InfluxDB, before 5.0.5.
    WithMetrics,
    /// Without the keys of agents.
    WithoutCredentials,
    /// Without logs of executions, from 4.6 on.
    WithoutLogs,
    /// Without events of executions, from 4.6 on.
    WithoutEvents,
}

impl SnapshotOption {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WithMetrics, Self::WithoutCredentials, Self::WithoutLogs, Self::WithoutEvents];

    /// What is asked of REST (2.2).
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::WithMetrics => "include_metrics=true",
            Self::WithoutCredentials => "include_credentials=false",
            Self::WithoutLogs => "include_logs=false",
            Self::WithoutEvents => "include_events=false",
        }
    }

    /// What `cfy` calls it (1.2).
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::WithMetrics => "--include-metrics",
            Self::WithoutCredentials => "--exclude-credentials",
            Self::WithoutLogs => "--exclude-logs",
            Self::WithoutEvents => "--exclude-events",
        }
    }
}

impl fmt::Display for SnapshotOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithMetrics => "with metrics",
            Self::WithoutCredentials => "without the keys of agents",
            Self::WithoutLogs => "without logs",
            Self::WithoutEvents => "without events",
        })
    }
}
