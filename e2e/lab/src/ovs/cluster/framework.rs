//! What must be so when a framework service starts (framework#1401; 5.3, steps 21 to 29).

use std::collections::BTreeSet;

use super::packages::GATE;
use super::{Cluster, World};
use crate::ovs::config::Role;
use crate::ovs::truth::ViolationKind;
use crate::ovs::unit::Duty;

const CORE: &str = "openvstorage-core";

impl Cluster {
    /// Called right after one has started.
    pub(super) fn check_framework_start(&self, node: usize, name: &str, duty: &Duty) {
        if !duty.is_framework() {
            return;
        }
        let codes: Vec<Option<String>> = (0..self.nodes().len()).map(|node| self.code(node, CORE)).collect();
        let gate_is_open = self.node(node).exists(GATE);
        let mut world = self.world();
        let place = world.nodes[node].plan.name.clone();
        let routers = world.nodes.iter().zip(&codes).filter(|(node, _)| node.plan.role != Role::Storage);
        let versions: BTreeSet<&str> = routers.filter_map(|(_, code)| code.as_deref()).collect();
        if versions.len() > 1 {
            let versions = versions.into_iter().collect::<Vec<_>>().join(" and ");
            let text = format!("{name} started while nodes had {versions}");
            world.violated_once(ViolationKind::FrameworkOnMixedCode, &place, text);
        }
        let own = codes[node].clone().unwrap_or_default();
        if world.model != own || world.nodes[node].extensions != own {
            let text = format!(
                "{name} started with {own}; the model was at {}, the node at {}",
                world.model, world.nodes[node].extensions
            );
            world.violated_once(ViolationKind::FrameworkBeforeMigration, &place, text);
        }
        if gate_is_open {
            let text = format!("{name} started and {GATE} was there");
            world.violated_once(ViolationKind::GateLeftOpen, &place, text);
        }
        world.check_memcached(name);
    }
}

impl World {
    /// The vendor's updaters drop the objects they cached instead.
    fn check_memcached(&mut self, name: &str) {
        let Some(migrated) = self.migrated_by_hand else { return };
        let stale: Vec<String> = self
            .nodes
            .iter()
            .filter(|node| {
                node.units.get("memcached").and_then(|unit| unit.since).is_some_and(|since| since < migrated)
            })
            .map(|node| node.plan.name.clone())
            .collect();
        for place in stale {
            let text = format!("{name} started and memcached ran since before the migration");
            self.violated_once(ViolationKind::StaleMemcached, &place, text);
        }
    }

    /// Many services start together; one of them is enough to tell.
    fn violated_once(&mut self, kind: ViolationKind, place: &str, text: String) {
        if !self.violations.iter().any(|known| known.kind == kind && known.place == place) {
            self.violated(kind, place, text);
        }
    }
}
