//! Ground truth and fault switches.

use std::collections::BTreeMap;

use super::Platform;
use crate::fault::Fault;
use crate::truth::{RootVolume, Truth, VmTruth};
use crate::world::records::{Job, JobStatus, Vm, new_uuid};
use crate::world::{World, now, truth_time};

impl Platform {
    pub(crate) fn truth(&self) -> Truth {
        let world = self.world();
        let recorder = &world.recorder;
        let restarts = world.servers.iter().map(|server| (server.name.clone(), server.starts.saturating_sub(1)));
        let vms: BTreeMap<String, VmTruth> =
            world.vms.values().map(|vm| (vm.name.clone(), vm_truth(&world, vm))).collect();
        Truth {
            vms,
            router_overlaps: recorder.router_overlaps.clone(),
            ssvm_overlaps: recorder.ssvm_overlaps.clone(),
            port_8096_open: recorder.intervals.iter().any(|interval| interval.closed.is_none()),
            port_8096_intervals: recorder.intervals.clone(),
            service_restarts: restarts.collect(),
            jobs_cut: recorder.jobs_cut,
            commands: recorder.commands.clone(),
            violations: recorder.violations.clone(),
        }
    }

    pub(crate) fn set_fault(&self, fault: Fault) {
        let mut world = self.world();
        if fault == Fault::ForeignJob {
            add_foreign_job(&mut world);
        }
        world.faults.add(fault);
    }

    pub(crate) fn has_fault(&self, fault: &Fault) -> bool {
        self.world().faults.any(|other| other == fault)
    }

    pub(crate) fn clear_faults(&self) {
        let mut world = self.world();
        world.faults.clear();
        for job in &mut world.jobs {
            if job.is_pending() && job.instance.is_none() {
                job.status = JobStatus::Succeeded;
                job.completed = Some(now());
            }
        }
    }
}

fn vm_truth(world: &World, vm: &Vm) -> VmTruth {
    let volume = world.root_volume(vm.id);
    VmTruth {
        id: vm.uuid.clone(),
        name: vm.name.clone(),
        kind: vm.kind_word().to_owned(),
        state: vm.state.word().to_owned(),
        agent: vm.agent.word().to_owned(),
        version: vm.version.clone(),
        stops: vm.stops.clone(),
        starts: vm.starts.clone(),
        reboots: vm.reboots.clone(),
        root_volume: RootVolume {
            id: volume.uuid.clone(),
            template_version: world.templates[volume.template].version.to_owned(),
            created: truth_time(volume.created),
        },
        rebuilt: vm.first_root.as_ref() != Some(&volume.uuid),
        removed: vm.removed,
    }
}

/// A job of somebody else, on nothing this lab knows.
fn add_foreign_job(world: &mut World) {
    world.jobs.push(Job {
        uuid: new_uuid(),
        class: "org.apache.cloudstack.api.command.admin.volume.MigrateVolumeCmdByAdmin".to_owned(),
        status: JobStatus::InProgress,
        code: 0,
        result: None,
        instance_type: "Volume",
        instance: None,
        server: 0,
        created: now(),
        completed: None,
    });
}
