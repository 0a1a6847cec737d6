//! Arakoon: a cluster has a master while most of its members run (3.5).

use super::{Cluster, World};
use crate::ovs::fault::OvsFault;
use crate::ovs::unit::Duty;

/// One member, on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) node: usize,
    pub(crate) is_up: bool,
}

impl World {
    /// The members of a cluster.
    pub(crate) fn members(&self, cluster: &str) -> Vec<Member> {
        let unit = format!("ovs-arakoon-{cluster}");
        let found = self.nodes.iter().enumerate();
        found.filter_map(|(node, world)| Some(Member { node, is_up: world.units.get(&unit)?.is_running() })).collect()
    }

    /// All clusters that have a member somewhere.
    pub(crate) fn clusters(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .nodes
            .iter()
            .flat_map(|node| node.units.values())
            .filter_map(|unit| match &unit.duty {
                Duty::Arakoon { cluster } => Some(cluster.clone()),
                _ => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    pub(crate) fn has_master(&self, cluster: &str) -> bool {
        self.masters.contains_key(cluster)
    }

    /// A master stays as long as it runs and most of the others do.
    pub(super) fn elect(&mut self) {
        for cluster in self.clusters() {
            let members = self.members(&cluster);
            let up: Vec<usize> = members.iter().filter(|member| member.is_up).map(|member| member.node).collect();
            let quorum = 2 * up.len() > members.len() && !self.masterless.contains(&cluster);
            let stays = self.masters.get(&cluster).is_some_and(|master| up.contains(master));
            match up.first() {
                Some(first) if quorum && !stays => {
                    self.masters.insert(cluster, *first);
                }
                Some(_) if quorum => {}
                _ => {
                    self.masters.remove(&cluster);
                }
            }
        }
    }
}

impl Cluster {
    /// The master gives way to another member, if there is one.
    pub(crate) fn drop_master(&self, cluster: &str) {
        {
            let mut world = self.world();
            let Some(master) = world.masters.get(cluster).copied() else { return };
            let up = world.members(cluster).into_iter().filter(|member| member.is_up);
            let others: Vec<usize> = up.map(|member| member.node).filter(|node| *node != master).collect();
            if let Some(next) = others.iter().find(|node| **node > master).or(others.first()) {
                world.masters.insert(cluster.to_owned(), *next);
            }
        }
        self.changed();
    }

    /// A member has come back; with the fault, the cluster finds no master from now on.
    pub(super) fn lose_master(&self, cluster: &str) {
        let loses = OvsFault::ArakoonLosesMaster { cluster: cluster.to_owned() };
        if self.has_fault(|fault| *fault == loses) {
            self.world().masterless.insert(cluster.to_owned());
            self.changed();
        }
    }
}
