//! What kind of cluster is wanted.

use serde::{Deserialize, Serialize};

use super::api::Generation;
use crate::config::Pace;

/// Everything that is decided before a cluster starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OvsLabConfig {
    /// Which updater, names and files it has.
    pub generation: OvsGeneration,
    /// What starts and stops its services.
    pub init: OvsInit,
    /// How many nodes, and which.
    pub shape: OvsShape,
    /// How long things take.
    pub pace: Pace,
}

impl Default for OvsLabConfig {
    fn default() -> Self {
        Self {
            generation: OvsGeneration::A,
            init: OvsInit::Upstart,
            shape: OvsShape::ThreeMastersOneExtra,
            pace: Pace::Fast,
        }
    }
}

/// The three generations of the updater (0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OvsGeneration {
    /// Framework 2.6.1: two buttons, `/etc/upgrade_ongoing`.
    A,
    /// Framework 2.9.2.
    B,
    /// Framework 2.11.3.
    C,
}

impl From<OvsGeneration> for Generation {
    fn from(generation: OvsGeneration) -> Self {
        match generation {
            OvsGeneration::A => Self::A,
            OvsGeneration::B => Self::B,
            OvsGeneration::C => Self::C,
        }
    }
}

impl OvsGeneration {
    /// The file that shows an update as under way (0).
    pub fn ongoing_flag(self) -> &'static str {
        match self {
            Self::A => "/etc/upgrade_ongoing",
            Self::B | Self::C => "/etc/update_ongoing",
        }
    }
}

/// What starts and stops services (4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OvsInit {
    /// Ubuntu 14.04.
    Upstart,
    /// Ubuntu 16.04.
    Systemd,
}

/// Which nodes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OvsShape {
    /// One master: no Arakoon cluster survives a restart of its only member.
    Single,
    /// Three masters.
    ThreeMasters,
    /// Three masters and a StorageRouter that is none.
    ThreeMastersOneExtra,
    /// That, a node that has disks only, and a second vPool on the masters.
    ThreeMastersOneExtraOneStorage,
    /// Three masters and 97 extras with 40 services each: for measurements.
    Hundred,
}

/// What a node is for (4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// API, memcached, Arakoon.
    Master,
    /// A StorageRouter without these.
    Extra,
    /// Disks only.
    Storage,
}

impl OvsShape {
    /// The roles of the nodes, in the order of their addresses.
    pub(crate) fn roles(self) -> Vec<Role> {
        use Role::{Extra, Master, Storage};
        match self {
            Self::Single => vec![Master],
            Self::ThreeMasters => vec![Master; 3],
            Self::ThreeMastersOneExtra => vec![Master, Master, Master, Extra],
            Self::ThreeMastersOneExtraOneStorage => vec![Master, Master, Master, Extra, Storage],
            Self::Hundred => [vec![Master; 3], vec![Extra; 97]].concat(),
        }
    }

    /// Whether the masters have a second vPool, which the others have not.
    pub(crate) const fn has_second_vpool(self) -> bool {
        matches!(self, Self::ThreeMastersOneExtraOneStorage)
    }

    /// ASDs of each node.
    pub(crate) fn disks(self) -> usize {
        match self {
            Self::Hundred => 26,
            Self::Single | Self::ThreeMasters | Self::ThreeMastersOneExtra | Self::ThreeMastersOneExtraOneStorage => 2,
        }
    }
}
