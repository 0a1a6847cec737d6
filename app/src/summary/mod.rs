//! What an inventory means for people: what is pending, and what doing it would stop. One room per platform.

pub mod cloudify;
pub mod cloudstack;
pub mod open_vstorage;

use std::collections::BTreeSet;

use model::inventory::{Facts, Inventory};
use model::observed::Observed;
use model::open_vstorage::OpenVstorageInventory;

use crate::look::{Look, Tone};

/// The colour of an environment: what matters most about it.
#[must_use]
pub fn tone(inventory: &Inventory) -> Tone {
    match &inventory.facts {
        Facts::CloudStack(cloud) => cloudstack::tone(cloud),
        Facts::OpenVstorage(cluster) => open_vstorage::tone(cluster),
        Facts::Cloudify(managers) => cloudify::tone(managers),
    }
}

/// What is known of an environment, in a few lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Product and version.
    pub what: String,
    /// Each with its look, and what stands below it.
    pub lines: Vec<(Look, String, Option<String>)>,
    /// What one asks before one does it.
    pub question: &'static str,
    /// The answers.
    pub impacts: Vec<String>,
}

/// What an inventory tells.
#[must_use]
pub fn told(inventory: &Inventory) -> Told {
    match &inventory.facts {
        Facts::CloudStack(cloud) => {
            let (lines, impacts) = match cloudstack::by_kind(cloud) {
                Ok(kinds) => (
                    kinds.iter().map(|kind| (kind.look(), kind.words(), None)).collect(),
                    kinds.iter().filter_map(cloudstack::KindSummary::impact).map(str::to_owned).collect(),
                ),
                Err(reason) => (vec![(Look::unknown("Unknown"), format!("System VMs: {reason}"), None)], Vec::new()),
            };
            let what = version_words("CloudStack", &cloud.version);
            Told { what, lines, question: "What a restart would stop", impacts }
        }
        Facts::OpenVstorage(cluster) => of_cluster(cluster),
        Facts::Cloudify(managers) => Told {
            what: cloudify::versions(managers),
            lines: cloudify::managers(managers).iter().map(|one| (one.look(), one.words(), one.below())).collect(),
            question: "What a migration would stop",
            impacts: vec![cloudify::IMPACT.to_owned()],
        },
    }
}

/// What is known of a cluster, by component: how many nodes, to which versions, and what an update would stop.
#[must_use]
pub fn of_cluster(cluster: &OpenVstorageInventory) -> Told {
    let all = open_vstorage::by_component(cluster);
    let impacts: BTreeSet<String> = all.iter().filter_map(|one| one.impact(cluster)).collect();
    Told {
        what: version_words("Open vStorage", &cluster.release),
        lines: all.iter().map(|one| (one.look(), one.words(), one.candidates())).collect(),
        question: "What an update would stop",
        impacts: impacts.into_iter().collect(),
    }
}

fn version_words(product: &str, version: &Observed<String>) -> String {
    match version.value() {
        Some(version) => format!("{product} {version}"),
        None => format!("Version unknown: {}", version.reason().unwrap_or_default()),
    }
}

/// What an inventory comes to, for lists of many environments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Something could be updated or restarted. Managers are migrated when people want it: of them nothing is pending.
    pub is_pending: bool,
    /// Something could not be found out.
    pub is_unknown: bool,
    /// Something is not as it should be, whatever is pending.
    pub is_bad: bool,
}

/// See [`Verdict`].
#[must_use]
pub fn verdict(inventory: &Inventory) -> Verdict {
    match &inventory.facts {
        Facts::CloudStack(cloud) => match cloudstack::by_kind(cloud) {
            Ok(kinds) => Verdict {
                is_pending: kinds.iter().any(|kind| kind.needed > 0),
                is_unknown: kinds.iter().any(|kind| kind.unknown > 0),
                is_bad: kinds.iter().any(|kind| kind.down > 0),
            },
            Err(_) => Verdict { is_unknown: true, ..Verdict::default() },
        },
        Facts::OpenVstorage(cluster) => {
            let all = open_vstorage::by_component(cluster);
            Verdict {
                is_pending: all.iter().any(|one| one.state.pending > 0),
                is_unknown: all.iter().any(|one| one.unseen > 0 || one.state.unclear > 0),
                is_bad: all.iter().any(|one| one.state.steps_back > 0),
            }
        }
        Facts::Cloudify(managers) => {
            let tones: Vec<Tone> = cloudify::managers(managers).iter().map(|one| one.look().tone).collect();
            Verdict {
                is_pending: false,
                is_unknown: tones.contains(&Tone::Unknown),
                is_bad: tones.contains(&Tone::Warning) || tones.contains(&Tone::Failed),
            }
        }
    }
}
