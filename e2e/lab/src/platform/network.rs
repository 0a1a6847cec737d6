//! `restartNetwork` and `restartVPC` (dossier 4.3).

use super::Platform;
use super::work::{Failed, Work};
use crate::truth::Path;
use crate::world::records::{Redundancy, Router, VmKind, VmState};

impl Platform {
    /// Without cleanup rules are applied again and nothing is rebuilt; with it every router is replaced.
    pub(super) async fn restart_group(&self, group: &str, work: &Work) -> Result<(), Failed> {
        let mut routers = self.world().router_group(group);
        if !work.cleanup {
            self.wait(self.pace().transition()).await;
            if work.live_patch {
                for router in routers {
                    self.patch_vm(router).await?;
                }
            }
            self.clear_restart_required(group);
            return Ok(());
        }
        // The backup is expendable, so it goes first.
        routers.sort_by_key(|id| {
            let world = self.world();
            let role = world.vms[id].router().and_then(|router| router.redundancy);
            role == Some(Redundancy::Primary)
        });
        for router in routers {
            self.replace_router(router, work.by).await?;
        }
        self.clear_restart_required(group);
        Ok(())
    }

    /// The new router comes up before the old one goes; it has another id and name.
    async fn replace_router(&self, old: u64, by: Path) -> Result<(), Failed> {
        let (router, zone, template) = {
            let world = self.world();
            let vm = &world.vms[&old];
            let Some(router) = vm.router().cloned() else {
                return Ok(());
            };
            (router, vm.zone, vm.template)
        };
        let fresh = Router { redundancy: router.redundancy.map(|_| Redundancy::Unknown), ..router };
        let new = self.create_vm(VmKind::Router(fresh), zone, template);
        self.start_vm(new, by).await?;
        if self.world().vms[&old].state == VmState::Running {
            self.stop_vm(old, by).await?;
        }
        let mut world = self.world();
        world.set_state(old, VmState::Destroyed);
        if let Some(vm) = world.vms.get_mut(&old) {
            vm.removed = true;
        }
        Ok(())
    }

    fn clear_restart_required(&self, group: &str) {
        let mut world = self.world();
        for network in &mut world.networks {
            if network.uuid == group {
                network.restart_required = false;
            }
        }
        for vpc in &mut world.vpcs {
            if vpc.uuid == group {
                vpc.restart_required = false;
            }
        }
    }
}
