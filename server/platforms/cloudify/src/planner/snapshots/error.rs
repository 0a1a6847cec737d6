//! Why there is no plan, with the field of the form that is in the way.

use model::cloudify::ManagerVersion;
use model::plan::Side;
use model::procedure::SnapshotOption;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotPlanError {
    /// A part of the inventory is missing.
    #[error("{what} could not be seen: {reason}. Look again when that is cured")]
    NotSeen {
        /// Which part.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// In place there is no other one.
    #[error("there is one manager here: the new one comes in its place")]
    OneManager,
    /// Ids are unique, also those of failed snapshots.
    #[error("{on} has a snapshot {snapshot} already: choose another name")]
    Exists {
        /// Which manager.
        on: Side,
        /// Which.
        snapshot: String,
    },
    /// InfluxDB is gone from 5.0 on, and the option with it (1.2).
    #[error("a manager {0} keeps no metrics: leave them out")]
    NoMetrics(ManagerVersion),
    /// Not known to that release (1.2).
    #[error("a manager {version} makes no snapshot {option}: that takes 4.6 or later")]
    NotLeftOut {
        /// What it runs.
        version: ManagerVersion,
        /// What was chosen.
        option: SnapshotOption,
    },
    /// There is nothing to bring.
    #[error("no archive of {0} is kept: upload its file first, or choose from the list")]
    NoArchive(String),
}

impl SnapshotPlanError {
    /// The field of the form it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NotSeen { .. } => "inventory",
            Self::OneManager => "on",
            Self::Exists { .. } | Self::NoArchive(_) => "snapshot",
            Self::NoMetrics(_) | Self::NotLeftOut { .. } => "options",
        }
    }
}
