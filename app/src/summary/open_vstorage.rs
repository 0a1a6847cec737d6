//! What is pending in an Open vStorage cluster, and what doing it would stop.

use model::open_vstorage::pending::{ComponentState, components};
use model::open_vstorage::{Component, OpenVstorageInventory};
use model::procedure::Procedure;

use crate::look::{Look, Tone};

/// One component over the whole cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentSummary {
    pub component: Component,
    pub state: ComponentState,
    /// Nodes that could not be looked at.
    pub unseen: usize,
}

/// All components, in the order in which the page shows them.
#[must_use]
pub fn by_component(cluster: &OpenVstorageInventory) -> Vec<ComponentSummary> {
    let unseen = cluster.nodes.values().filter(|node| node.value().is_none()).count();
    components(cluster).into_iter().map(|(component, state)| ComponentSummary { component, state, unseen }).collect()
}

/// What matters most about it.
#[must_use]
pub fn tone(cluster: &OpenVstorageInventory) -> Tone {
    let all = by_component(cluster);
    let any = |tone: Tone| all.iter().any(|one| one.look().tone == tone);
    [Tone::Failed, Tone::Warning, Tone::Unknown].into_iter().find(|tone| any(*tone)).unwrap_or(Tone::Ok)
}

/// Why a procedure has nothing to do; only when that is certain.
#[must_use]
pub fn nothing_to_do(cluster: &OpenVstorageInventory, procedure: Procedure) -> Option<String> {
    let mine = Component::of_procedure(procedure);
    let all = by_component(cluster);
    let mut mine = all.iter().filter(|one| mine.contains(&one.component));
    let is_certain = |one: &ComponentSummary| one.unseen == 0 && one.state.unclear == 0;
    let is_done = |one: &ComponentSummary| one.state.pending == 0 && one.state.steps_back == 0;
    mine.all(|one| is_certain(one) && is_done(one))
        .then(|| "Nothing is pending: every node has and runs what it would get.".to_owned())
}

impl ComponentSummary {
    /// Its sign and colour. What could not be looked at is never told as up to date.
    #[must_use]
    pub fn look(&self) -> Look {
        let Self { state, unseen, .. } = self;
        if state.steps_back > 0 {
            return Look::failed("Step back");
        }
        match (state.nodes, state.pending, state.unclear + unseen) {
            (_, 1.., _) => Look::warning("Pending"),
            (_, 0, 1..) => Look::unknown("Unknown"),
            (0, 0, 0) => Look::quiet("None"),
            (_, 0, 0) => Look::ok("Up to date"),
        }
    }

    /// For example `Framework: 3 of 4 nodes, to 2.6.2; 1 node unknown`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { component, state, unseen } = self;
        let nodes = state.nodes;
        let of = match (state.pending, nodes) {
            (0, 0) => "not installed on any node that could be looked at".to_owned(),
            (0, _) => format!("nothing pending on {}", counted(nodes)),
            (pending, nodes) => format!("{pending} of {} pending", counted(nodes)),
        };
        let restarts = (state.restarts > 0)
            .then(|| format!("services on {} still run the version before", counted(state.restarts)));
        let back = (state.steps_back > 0).then(|| format!("the candidate is older on {}", counted(state.steps_back)));
        let unclear = (state.unclear > 0).then(|| format!("no candidate known on {}", counted(state.unclear)));
        let unseen = (*unseen > 0).then(|| format!("{} could not be looked at", counted(*unseen)));
        let parts: Vec<String> = [Some(of), restarts, back, unclear, unseen].into_iter().flatten().collect();
        format!("{component}: {}", parts.join("; "))
    }

    /// Packages and what they would become, the first few.
    #[must_use]
    pub fn candidates(&self) -> Option<String> {
        const SHOWN: usize = 3;
        let all = &self.state.candidates;
        let mut words: Vec<String> =
            all.iter().take(SHOWN).map(|(package, version)| format!("{package} {version}")).collect();
        if all.len() > SHOWN {
            words.push(format!("and {} more", all.len() - SHOWN));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// What stops for whom while it is updated (dossier 3.3, 5.3).
    #[must_use]
    pub fn impact(&self, cluster: &OpenVstorageInventory) -> Option<String> {
        if self.state.pending == 0 {
            return None;
        }
        Some(match self.component {
            Component::Framework => {
                "Open vStorage's own GUI and API are gone until the framework is up again; volumes go on.".to_owned()
            }
            Component::StorageDriver | Component::Alba => {
                let pools: Vec<String> = cluster
                    .vpools
                    .value()
                    .into_iter()
                    .flatten()
                    .map(|vpool| format!("vPool {}: all {} vDisks offline", vpool.name, vpool.vdisks))
                    .collect();
                if pools.is_empty() {
                    "All vDisks of the cluster are offline meanwhile; every VM that uses one has to be stopped before."
                        .to_owned()
                } else {
                    format!("{}. Every VM that uses one has to be stopped before.", pools.join("; "))
                }
            }
        })
    }
}

fn counted(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(nodes: usize, pending: usize, unclear: usize, unseen: usize) -> ComponentSummary {
        let state = ComponentState { nodes, pending, unclear, ..ComponentState::default() };
        ComponentSummary { component: Component::Framework, state, unseen }
    }

    #[test]
    fn a_node_that_could_not_be_looked_at_is_never_told_as_up_to_date() {
        assert_eq!(summary(4, 0, 0, 0).look(), Look::ok("Up to date"));
        assert_eq!(summary(3, 0, 0, 1).look(), Look::unknown("Unknown"));
        assert_eq!(summary(3, 0, 1, 0).look(), Look::unknown("Unknown"));
        assert_eq!(summary(3, 2, 0, 1).look(), Look::warning("Pending"));
        let words = summary(3, 2, 0, 1).words();
        assert_eq!(words, "Framework: 2 of 3 nodes pending; 1 node could not be looked at");
    }
}
