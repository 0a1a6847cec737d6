//! The life of a VM (dossier 4.3, 7.1).
//!
//! `Running → Stopping → Stopped → Starting → Running`. A start of a VM whose disk was made from another
//! template than the VM names makes a new disk; a plain reboot of a system VM does not. Agent, router
//! version and redundancy lag behind.

use super::Platform;
use super::work::{Failed, Work};
use crate::fault::Fault;
use crate::truth::{Act, Path};
use crate::world::records::{AgentState, Redundancy, Vm, VmKind, VmState};
use crate::world::{World, now};

impl Platform {
    pub(super) async fn stop_vm(&self, id: u64, by: Path) -> Result<(), Failed> {
        {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            match vm.state {
                VmState::Stopped => return Ok(()),
                VmState::Running => {}
                other => return Err(wrong_state("stop", vm, other)),
            }
            vm.agent = AgentState::Disconnected;
            vm.stops.push(Act::now(by));
            world.set_state(id, VmState::Stopping);
        }
        self.fail_over_later(id);
        self.wait(self.pace().transition()).await;
        {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            if let Some(router) = vm.router_mut() {
                router.redundancy = router.redundancy.map(|_| Redundancy::Unknown);
            }
            world.set_state(id, VmState::Stopped);
        }
        self.scan_later(id);
        Ok(())
    }

    pub(super) async fn start_vm(&self, id: u64, by: Path) -> Result<(), Failed> {
        {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            match vm.state {
                VmState::Running => return Ok(()),
                VmState::Stopped => {}
                other => return Err(wrong_state("start", vm, other)),
            }
            vm.starts.push(Act::now(by));
            vm.boots += 1;
            let template = vm.template;
            // Templates differ: the planner assigns a new pool, and the volume is switched.
            if world.root_volume(id).template != template && !keeps_disk(&world, id) {
                world.replace_root_volume(id);
            }
            world.set_state(id, VmState::Starting);
        }
        self.wait(self.pace().transition()).await;
        self.come_up(id);
        Ok(())
    }

    /// `RebootSystemVm`: the same disk, unless forced (4.16+), which is a stop and a start.
    pub(super) async fn reboot_system_vm(&self, id: u64, work: &Work) -> Result<(), Failed> {
        let state = {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            vm.reboots.push(Act::now(work.by));
            vm.state
        };
        if work.forced || state != VmState::Running {
            self.stop_vm(id, work.by).await?;
            return self.start_vm(id, work.by).await;
        }
        {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            vm.agent = AgentState::Disconnected;
            vm.boots += 1;
        }
        self.wait(self.pace().transition()).await;
        let boot = {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            vm.agent = AgentState::Connecting;
            vm.boots
        };
        self.settle_later(id, boot, false);
        Ok(())
    }

    /// `RebootRouter`: always a stop and a start, and only of a running router.
    pub(super) async fn reboot_router(&self, id: u64, by: Path) -> Result<(), Failed> {
        {
            let mut world = self.world();
            let vm = existing(&mut world, id)?;
            if vm.state != VmState::Running {
                let text = format!("Unable to reboot domR, it is not in right state {}", vm.state.word());
                return Err(Failed::internal(text));
            }
            vm.reboots.push(Act::now(by));
        }
        self.stop_vm(id, by).await?;
        self.start_vm(id, by).await
    }

    /// The VM goes; the scanner makes another one, with a new id, name and disk.
    pub(super) async fn destroy_vm(&self, id: u64, by: Path) -> Result<(), Failed> {
        if self.world().vms.get(&id).map(|vm| vm.state) == Some(VmState::Running) {
            self.stop_vm(id, by).await?;
        }
        let (kind, zone, template) = {
            let mut world = self.world();
            world.set_state(id, VmState::Destroyed);
            let vm = existing(&mut world, id)?;
            vm.removed = true;
            (vm.kind.clone(), vm.zone, vm.template)
        };
        let platform = self.clone();
        self.spawn(async move {
            platform.wait(platform.pace().lag()).await;
            let id = platform.create_vm(kind, zone, template);
            platform.start_by_itself(id).await;
        });
        Ok(())
    }

    /// Live patch (4.17+): newer code on the same disk.
    pub(super) async fn patch_vm(&self, id: u64) -> Result<(), Failed> {
        let state = existing(&mut self.world(), id)?.state;
        if state != VmState::Running {
            let text = "Unable to patch SystemVM as it is not in Running state";
            return Err(Failed::internal(text));
        }
        self.wait(self.pace().transition()).await;
        let mut world = self.world();
        let release = world.version.release();
        let vm = existing(&mut world, id)?;
        release.clone_into(&mut vm.version);
        if let Some(router) = vm.router_mut() {
            router.software_version = Some(release.to_owned());
        }
        Ok(())
    }

    /// A new, stopped VM.
    pub(super) fn create_vm(&self, kind: VmKind, zone: usize, template: usize) -> u64 {
        let mut world = self.world();
        let id = world.next_vm_id();
        world.add_vm(Vm::new(id, kind, zone, template, now()));
        id
    }

    /// A start is over: the router reports its version, everything else follows later.
    fn come_up(&self, id: u64) {
        let boot = {
            let mut world = self.world();
            world.set_state(id, VmState::Running);
            let template = world.templates[world.root_volume(id).template].version;
            let release = world.version.release();
            let old = world.faults.any(|fault| match fault {
                Fault::RequiresUpgradeStays { vm } => world.name_is(id, vm),
                _ => false,
            });
            let Some(vm) = world.vms.get_mut(&id) else {
                return;
            };
            vm.agent = AgentState::Connecting;
            if let Some(router) = vm.router_mut() {
                router.redundancy = router.redundancy.map(|_| Redundancy::Unknown);
                if !old {
                    template.clone_into(&mut router.template_version);
                    // A release that has the field fills it.
                    if let Some(software) = &mut router.software_version {
                        release.clone_into(software);
                    }
                }
            }
            vm.boots
        };
        self.settle_later(id, boot, true);
    }

    /// After a while the agent connects, and the router knows its role.
    fn settle_later(&self, id: u64, boot: u32, new_code: bool) {
        let platform = self.clone();
        self.spawn(async move {
            platform.wait(platform.pace().lag()).await;
            let mut world = platform.world();
            let never_up = world.faults.any(|fault| match fault {
                Fault::AgentNeverUp { vm } => world.name_is(id, vm),
                _ => false,
            });
            let release = world.version.release();
            let Some(vm) = world.vms.get_mut(&id) else {
                return;
            };
            if vm.boots != boot || vm.state != VmState::Running || never_up {
                return;
            }
            vm.agent = AgentState::Up;
            if new_code {
                release.clone_into(&mut vm.version);
            }
            world.take_role(id);
        });
    }

    /// When the active router of a pair goes down, the other one takes over after a while.
    fn fail_over_later(&self, id: u64) {
        let group = {
            let world = self.world();
            let vm = world.vms.get(&id);
            vm.and_then(|vm| vm.group().map(str::to_owned))
        };
        let Some(group) = group else { return };
        let platform = self.clone();
        self.spawn(async move {
            platform.wait(platform.pace().lag() / 2).await;
            platform.world().elect(&group);
        });
    }

    /// The capacity scanner, if it is switched on.
    fn scan_later(&self, id: u64) {
        let after = self.world().faults.find(|fault| match fault {
            Fault::Scanner { after_ms } => Some(*after_ms),
            _ => None,
        });
        let is_router = self.world().vms.get(&id).is_some_and(Vm::is_router);
        let Some(after) = after.filter(|_| !is_router) else {
            return;
        };
        let platform = self.clone();
        self.spawn(async move {
            if after > 0 {
                platform.wait(std::time::Duration::from_millis(after)).await;
            }
            platform.start_by_itself(id).await;
        });
    }

    /// A start nobody asked for and nobody waits for.
    async fn start_by_itself(&self, id: u64) {
        let gate = self.world().vms.get(&id).map(|vm| vm.gate.clone());
        let Some(gate) = gate else { return };
        let _turn = gate.lock().await;
        // If somebody was faster, this finds it running or gone; both are fine.
        let _ = self.start_vm(id, Path::Platform).await;
    }

    /// What was cut half way by a restart of the server comes to rest: state synchronisation.
    pub(super) async fn synchronise_states(&self) {
        self.wait(self.pace().transition()).await;
        let mut world = self.world();
        let stuck: Vec<u64> = world
            .vms
            .values()
            .filter(|vm| matches!(vm.state, VmState::Stopping | VmState::Starting))
            .filter(|vm| world.pending_job(&vm.uuid).is_none())
            .filter(|vm| vm.gate.try_lock().is_ok())
            .map(|vm| vm.id)
            .collect();
        for id in stuck {
            world.set_state(id, VmState::Stopped);
        }
    }
}

fn existing(world: &mut World, id: u64) -> Result<&mut Vm, Failed> {
    world
        .vms
        .get_mut(&id)
        .filter(|vm| !vm.removed)
        .ok_or_else(|| Failed::internal(format!("There is no VM with the id {id}")))
}

fn wrong_state(verb: &str, vm: &Vm, state: VmState) -> Failed {
    Failed::internal(format!("Unable to {verb} {} in state {}", vm.name, state.word()))
}

fn keeps_disk(world: &World, id: u64) -> bool {
    world.faults.any(|fault| match fault {
        Fault::KeepsOldDisk { vm } => world.name_is(id, vm),
        _ => false,
    })
}

impl World {
    fn name_is(&self, id: u64, name: &str) -> bool {
        self.vms.get(&id).is_some_and(|vm| vm.name == name)
    }
}
