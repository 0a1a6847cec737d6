//! What is pending on a node of Open vStorage: a rule over what was seen there, not over what the cluster says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{PackageName, UnitName};
use crate::open_vstorage::{Component, Node, OpenVstorageInventory, VersionOrder};

/// Why a package of a node is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "pending")]
pub enum Pending {
    /// A newer version can be installed.
    Update {
        /// Installed.
        from: String,
        /// Candidate.
        to: String,
    },
    /// The candidate is older than what is installed: never done silently (dossier 5.2, P5).
    StepBack {
        /// Installed.
        from: String,
        /// Candidate.
        to: String,
    },
    /// It is new, and these services still run the old one.
    Restart {
        /// Installed.
        installed: String,
        /// Which services, and what they run.
        running: BTreeMap<UnitName, String>,
    },
    /// It is installed, and no candidate could be told.
    Unknown {
        /// Installed.
        installed: String,
    },
}

/// What is pending on a node, by component; packages of ours only.
#[must_use]
pub fn pending(node: &Node) -> BTreeMap<Component, BTreeMap<PackageName, Pending>> {
    let mut all: BTreeMap<Component, BTreeMap<PackageName, Pending>> = BTreeMap::new();
    for (name, package) in &node.packages {
        let (Some(component), Some(installed)) = (Component::of(name.as_str()), &package.installed) else { continue };
        let from = installed.clone();
        let pending = match (&package.candidate, package.order) {
            (None, _) => Some(Pending::Unknown { installed: from }),
            (Some(to), VersionOrder::Newer) => Some(Pending::Update { from, to: to.clone() }),
            (Some(to), VersionOrder::Older) => Some(Pending::StepBack { from, to: to.clone() }),
            (Some(_), VersionOrder::Same | VersionOrder::Incomparable) => still_running(node, name, installed),
        };
        if let Some(pending) = pending {
            all.entry(component).or_default().insert(name.clone(), pending);
        }
    }
    all
}

/// Services that run another version than the installed one.
fn still_running(node: &Node, package: &PackageName, installed: &str) -> Option<Pending> {
    let old = node.services.iter().filter_map(|(unit, service)| {
        let version = service.runs_other(package, installed)?;
        Some((unit.clone(), version.to_owned()))
    });
    let running: BTreeMap<_, _> = old.collect();
    (!running.is_empty()).then(|| Pending::Restart { installed: installed.to_owned(), running })
}

/// One component over all nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentState {
    /// Nodes that have something of it installed.
    pub nodes: usize,
    /// Of these, nodes with something pending.
    pub pending: usize,
    /// Of these, nodes on which that could not be told for some package.
    pub unclear: usize,
    /// Candidate versions by package.
    pub candidates: BTreeMap<PackageName, String>,
    /// Only services have to be restarted.
    pub restarts: usize,
    /// A candidate is older than what is installed.
    pub steps_back: usize,
}

/// All components over all nodes that could be looked at.
#[must_use]
pub fn components(inventory: &OpenVstorageInventory) -> BTreeMap<Component, ComponentState> {
    let mut all: BTreeMap<Component, ComponentState> =
        Component::ALL.into_iter().map(|component| (component, ComponentState::default())).collect();
    for node in inventory.nodes.values().filter_map(|node| node.value()) {
        let found = pending(node);
        for (component, state) in &mut all {
            let has = |name: &PackageName| Component::of(name.as_str()) == Some(*component);
            if !node.packages.iter().any(|(name, package)| has(name) && package.installed.is_some()) {
                continue;
            }
            state.nodes += 1;
            let Some(packages) = found.get(component) else { continue };
            count(state, packages);
        }
    }
    all
}

fn count(state: &mut ComponentState, packages: &BTreeMap<PackageName, Pending>) {
    let any = |is: fn(&Pending) -> bool| packages.values().any(is);
    state.pending += usize::from(any(|one| matches!(one, Pending::Update { .. } | Pending::Restart { .. })));
    state.unclear += usize::from(any(|one| matches!(one, Pending::Unknown { .. })));
    state.restarts += usize::from(any(|one| matches!(one, Pending::Restart { .. })));
    state.steps_back += usize::from(any(|one| matches!(one, Pending::StepBack { .. })));
    for (name, one) in packages {
        if let Pending::Update { to, .. } | Pending::StepBack { to, .. } = one {
            state.candidates.insert(name.clone(), to.clone());
        }
    }
}
