//! The cluster as it is, for tests and for whoever serves its API.

use std::collections::{BTreeMap, BTreeSet};

use super::Cluster;
use crate::ovs::config::Role;
use crate::ovs::fault::OvsFault;
use crate::ovs::packages::packages_of;
use crate::ovs::truth::{OvsNodeTruth, OvsTruth};

/// A package that is not at its candidate, or is and has left something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) package: &'static str,
    pub(crate) installed: String,
    pub(crate) candidate: &'static str,
    pub(crate) why: Why,
}

/// Why a package is pending (1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its version.
    Version,
    /// The program is new, a service still runs the old one.
    ServiceRestart,
    /// The code is new, its migrations have not run.
    Migrations,
}

impl Cluster {
    /// All nodes that the model knows as StorageRouters, by number.
    pub(crate) fn routers(&self) -> Vec<usize> {
        self.with_role(|role| role != Role::Storage)
    }

    pub(crate) fn masters(&self) -> Vec<usize> {
        self.with_role(|role| role == Role::Master)
    }

    fn with_role(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        let world = self.world();
        let all = world.nodes.iter().enumerate();
        all.filter(|(_, node)| wanted(node.plan.role)).map(|(number, _)| number).collect()
    }

    /// What the cluster's own check finds on a node; the reason where it fails.
    pub(crate) fn pending(&self, node: usize) -> Result<Vec<Pending>, String> {
        let name = self.node(node).access.name.clone();
        let fails = OvsFault::VersionCheckFails { node: name.clone() };
        if self.world().nodes[node].is_down {
            return Err(format!("Could not connect to {name}"));
        }
        if self.has_fault(|fault| *fault == fails) {
            return Err(format!("Could not load package information of {name}"));
        }
        let generation = self.config().generation;
        let role = self.world().nodes[node].plan.role;
        let mut found = Vec::new();
        for package in packages_of(generation, role) {
            let installed = self.code(node, package.name).unwrap_or_default();
            let why = if installed == package.new {
                self.left_to_do(node, package.name, &installed)
            } else {
                Some(Why::Version)
            };
            found.extend(why.map(|why| Pending { package: package.name, installed, candidate: package.new, why }));
        }
        Ok(found)
    }

    /// What a package whose files are new has left to do.
    fn left_to_do(&self, node: usize, package: &str, version: &str) -> Option<Why> {
        let world = self.world();
        let own = &world.nodes[node];
        if package == "openvstorage-core" {
            return (world.model != version || own.extensions != version).then_some(Why::Migrations);
        }
        let mut running = own.units.values().filter(|unit| unit.is_running());
        let old = running.any(|unit| unit.code.get(package).is_some_and(|runs| runs != version));
        old.then_some(Why::ServiceRestart)
    }

    /// Ground truth.
    pub(crate) fn truth(&self) -> OvsTruth {
        self.look_at_flags();
        self.changed();
        let generation = self.config().generation;
        let mut nodes = BTreeMap::new();
        for number in 0..self.nodes().len() {
            let role = self.world().nodes[number].plan.role;
            let packages: BTreeMap<String, String> = packages_of(generation, role)
                .into_iter()
                .filter_map(|package| Some((package.name.to_owned(), self.code(number, package.name)?)))
                .collect();
            let world = self.world();
            let node = &world.nodes[number];
            let truth = OvsNodeTruth {
                packages,
                units: node.units.iter().map(|(name, unit)| (name.clone(), unit.phase)).collect(),
                running: node
                    .units
                    .iter()
                    .filter(|(_, unit)| unit.is_running())
                    .map(|(name, unit)| (name.clone(), unit.code.clone()))
                    .collect(),
                flags: node.flags.clone(),
                mounted: node.mounted.clone(),
                extensions_migrated_to: node.extensions.clone(),
                is_down: node.is_down,
            };
            nodes.insert(node.plan.name.clone(), truth);
        }
        let world = self.world();
        let updaters: BTreeSet<String> =
            world.nodes.iter().filter(|node| node.updating).map(|node| node.plan.name.clone()).collect();
        let masters = world.clusters().into_iter().map(|cluster| {
            let master = world.masters.get(&cluster).map(|node| world.nodes[*node].plan.id.clone());
            (cluster, master)
        });
        OvsTruth {
            events: world.events.clone(),
            violations: world.violations.clone(),
            model_migrated_to: world.model.clone(),
            updaters,
            masters: masters.collect(),
            nodes,
        }
    }
}
