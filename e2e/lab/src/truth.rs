//! What really happened, whatever anybody was told.
//!
//! Tests assert on this and not on what the product sent or believes (design 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Who made something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// A signed call on port 8080.
    Signed,
    /// An unauthenticated call on port 8096.
    Integration,
    /// The platform's own scanner or state synchronisation.
    Platform,
}

/// One thing that was done to a VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// RFC 3339, milliseconds.
    pub at: String,
    pub by: Path,
}

/// The disk a VM runs from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootVolume {
    pub id: String,
    /// Version of the template it was made from.
    pub template_version: String,
    pub created: String,
}

/// One system VM or router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmTruth {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub agent: String,
    pub version: String,
    /// Times it really went down, and who caused it. A reboot that is a stop and a start counts in all three.
    pub stops: Vec<Act>,
    pub starts: Vec<Act>,
    /// Reboot commands carried out, plain and forced.
    pub reboots: Vec<Act>,
    pub root_volume: RootVolume,
    /// Whether the disk is another one than when the lab started.
    pub rebuilt: bool,
    /// Destroyed, or replaced by a network restart with cleanup.
    pub removed: bool,
}

/// VMs of one group that were not running at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    pub at: String,
    /// The network, the VPC, or the zone of the SSVMs.
    pub group: String,
    pub vms: Vec<String>,
}

/// A time during which port 8096 listened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInterval {
    pub server: String,
    pub opened: String,
    pub closed: Option<String>,
}

/// A call the platform received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub at: String,
    pub server: String,
    pub by: Path,
    pub method: String,
    pub command: String,
    /// Without key and signature.
    pub parameters: BTreeMap<String, String>,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// Ground truth of a lab at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// By name.
    pub vms: BTreeMap<String, VmTruth>,
    /// Routers of one network or VPC that were down together.
    pub router_overlaps: Vec<Overlap>,
    /// SSVMs of one zone that were down together.
    pub ssvm_overlaps: Vec<Overlap>,
    pub port_8096_open: bool,
    pub port_8096_intervals: Vec<OpenInterval>,
    /// Starts of the management service after the first, by server.
    pub service_restarts: BTreeMap<String, u32>,
    /// Jobs that were cut by a stop of their management server.
    pub jobs_cut: u32,
    pub commands: Vec<Received>,
    /// What a careful client does not do: unknown parameters, two mutating calls on one VM at once, a
    /// service restart that cut jobs.
    pub violations: Vec<String>,
}

impl Truth {
    /// Calls of one command.
    pub fn received(&self, command: &str) -> impl Iterator<Item = &Received> {
        self.commands.iter().filter(move |call| call.command.eq_ignore_ascii_case(command))
    }

    /// Whether every VM that still exists runs from a new disk.
    pub fn all_rebuilt(&self) -> bool {
        self.vms.values().all(|vm| vm.removed || vm.rebuilt)
    }
}

/// What is written down as it happens; the rest of [`Truth`] is read from the world.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) router_overlaps: Vec<Overlap>,
    pub(crate) ssvm_overlaps: Vec<Overlap>,
    pub(crate) intervals: Vec<OpenInterval>,
    pub(crate) commands: Vec<Received>,
    pub(crate) violations: Vec<String>,
    pub(crate) jobs_cut: u32,
}
