//! Notices when VMs that should cover for each other are down together.

use super::records::{VmKind, VmState};
use super::{World, now, truth_time};
use crate::truth::Overlap;

impl World {
    /// Called after each state change of a VM.
    pub(super) fn look_for_overlap(&mut self, id: u64) {
        let Some(vm) = self.vms.get(&id) else { return };
        let zone = vm.zone;
        match &vm.kind {
            VmKind::Router(router) => {
                let group = router.serves.clone();
                let down = self.down(|other| other.group() == Some(group.as_str()));
                let name = self.group_name(&group);
                add(&mut self.recorder.router_overlaps, name, down);
            }
            VmKind::SecondaryStorage => {
                let down = self.down(|other| other.zone == zone && matches!(other.kind, VmKind::SecondaryStorage));
                let name = self.zones[zone].name.clone();
                add(&mut self.recorder.ssvm_overlaps, name, down);
            }
            VmKind::ConsoleProxy { .. } => {}
        }
    }

    fn down(&self, same: impl Fn(&super::records::Vm) -> bool) -> Vec<String> {
        self.vms
            .values()
            .filter(|vm| !vm.removed && vm.was_up && vm.state != VmState::Running && same(vm))
            .map(|vm| vm.name.clone())
            .collect()
    }

    fn group_name(&self, uuid: &str) -> String {
        let network = self.network_named(uuid).map(|network| network.name.clone());
        network.or_else(|| self.vpc_named(uuid).map(|vpc| vpc.name.clone())).unwrap_or_default()
    }
}

fn add(overlaps: &mut Vec<Overlap>, group: String, vms: Vec<String>) {
    // Each state of an overlap would be reported again: once per set of VMs is enough.
    let known = overlaps.last().is_some_and(|last| last.group == group && last.vms == vms);
    if vms.len() > 1 && !known {
        overlaps.push(Overlap { at: truth_time(now()), group, vms });
    }
}
