//! Archives of snapshots that Drydock keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ManagerVersion;
use crate::id::{DeploymentId, NodeInstanceId, SnapshotId, TenantName};

/// An archive that came whole. What is in it was read when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptArchive {
    /// The snapshot it is of.
    pub snapshot: SnapshotId,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 as 64 hexadecimal digits.
    pub sha256: String,
    /// `snapshot_version` of its `metadata.json`.
    pub version: ManagerVersion,
    /// The networks of agents that it needs (`networks.json`, 4.2 and later).
    pub networks: BTreeSet<String>,
    /// The agents whose brokers it knows (`agents.json`). Agents that are not in it cannot be moved.
    pub agents: BTreeMap<TenantName, BTreeMap<DeploymentId, BTreeSet<NodeInstanceId>>>,
}
