//! What an inventory means for people: what is pending, and what doing it would stop. One room per platform.

pub mod cloudify;
pub mod cloudstack;
pub mod open_vstorage;

use model::inventory::{Facts, Inventory};

use crate::look::Tone;

/// The colour of an environment: what matters most about it.
#[must_use]
pub fn tone(inventory: &Inventory) -> Tone {
    match &inventory.facts {
        Facts::CloudStack(cloud) => cloudstack::tone(cloud),
        Facts::OpenVstorage(cluster) => open_vstorage::tone(cluster),
        Facts::Cloudify(managers) => cloudify::tone(managers),
    }
}
