//! The roles of redundant routers.

use crate::world::World;
use crate::world::records::{Redundancy, Vm, VmState};

impl World {
    /// A router that came up is the backup, unless nobody else is active.
    pub(super) fn take_role(&mut self, id: u64) {
        let Some(group) = self.vms.get(&id).and_then(|vm| vm.group()).map(str::to_owned) else {
            return;
        };
        let active = self.router_group(&group).into_iter().any(|other| {
            other != id
                && self.vms[&other].state == VmState::Running
                && self.redundancy(other) == Some(Redundancy::Primary)
        });
        let role = if active { Redundancy::Backup } else { Redundancy::Primary };
        self.set_redundancy(id, role);
    }

    /// Makes a running backup active if nobody is.
    pub(super) fn elect(&mut self, group: &str) {
        let running: Vec<u64> =
            self.router_group(group).into_iter().filter(|id| self.vms[id].state == VmState::Running).collect();
        let has = |role| running.iter().find(|id| self.redundancy(**id) == Some(role)).copied();
        if has(Redundancy::Primary).is_none()
            && let Some(backup) = has(Redundancy::Backup)
        {
            self.set_redundancy(backup, Redundancy::Primary);
        }
    }

    fn redundancy(&self, id: u64) -> Option<Redundancy> {
        self.vms.get(&id)?.router()?.redundancy
    }

    fn set_redundancy(&mut self, id: u64, role: Redundancy) {
        if let Some(router) = self.vms.get_mut(&id).and_then(Vm::router_mut)
            && router.redundancy.is_some()
        {
            router.redundancy = Some(role);
        }
    }
}
