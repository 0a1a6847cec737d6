//! What goes wrong with a migration's machines, and what is really the case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Place;
use crate::cloudify::estate::{EstateViolation, Host};
use crate::cloudify::fault::ManagerFault;
use crate::cloudify::truth::ManagerTruth;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloudifyFault {
    /// With a manager. One that is not installed yet has it from its beginning.
    Manager { place: Place, fault: ManagerFault },
    /// `/tmp` has no room left, for nobody.
    TmpFull { place: Place },
    /// Whoever orders a boot is told that it is coming, and it never does.
    NeverReboots { place: Place },
    /// A boot is never finished.
    NeverComesBack { place: Place },
    /// Somebody sits at a terminal (S4).
    OnTerminal { place: Place, user: String },
}

/// What is really the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudifyTruth {
    /// The managers that are installed.
    pub managers: BTreeMap<String, ManagerTruth>,
    pub machines: Vec<MachineTruth>,
    /// The hosts that are managed, with their agents and machines.
    pub hosts: Vec<Host>,
    /// Those of them that exist twice (S10).
    pub duplicated: Vec<String>,
    /// Those that no manager can reach.
    pub lost: Vec<String>,
    pub violations: Vec<EstateViolation>,
}

/// A machine of the lab, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineTruth {
    pub name: String,
    pub boot_id: String,
    pub boots: usize,
    pub is_down: bool,
}
