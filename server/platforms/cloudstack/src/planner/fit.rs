//! Whether the rest of a plan that is under way still fits what is there. Pure.
//!
//! Unlike before a start, much has changed on purpose by then. Only what the steps still to come depend on counts: that
//! their VMs are there, run, and have the disks they had; that the templates to rebuild from are ready; that the
//! management servers run what proofs are written for; that of a pair the one without traffic still goes first. A VM
//! that somebody else has rebuilt meanwhile is no difference: its step will find itself done.

use std::collections::BTreeMap;

use model::cloudstack::{CloudStackInventory, Need, Redundancy, SystemVm, VmState, same_version};
use model::gate::Fit;
use model::id::CloudId;
use model::observed::Observed;
use model::plan::{DiskProof, Probe, Step, VmRef};

use super::words::listed;

/// What the rest of a plan says about one VM.
struct Expected<'p> {
    vm: &'p VmRef,
    old_disk: Option<&'p CloudId>,
    version: Option<&'p str>,
}

/// Looks at the steps that have not begun yet.
#[must_use]
pub fn fit(inventory: &CloudStackInventory, rest: &[&Step]) -> Fit {
    let vms = match seen("the list of system VMs", &inventory.system_vms) {
        Ok(vms) => vms,
        Err(error) => return Fit::Unseen { error },
    };
    let jobs = match seen("the list of jobs", &inventory.pending_jobs) {
        Ok(jobs) => jobs,
        Err(error) => return Fit::Unseen { error },
    };
    let version = match seen("the version of the management server", &inventory.version) {
        Ok(version) => version,
        Err(error) => return Fit::Unseen { error },
    };
    let expected = expected(rest);
    let mut differences: Vec<String> = expected.values().filter_map(|one| vm_difference(one, vms, version)).collect();
    differences.extend(expected.values().filter_map(|one| template_difference(one, vms, inventory)));
    differences.extend(expected.values().find_map(|one| version_difference(one, version)));
    differences.extend(order_differences(rest, vms));
    if !differences.is_empty() {
        return Fit::Differs { differences };
    }
    if !jobs.is_empty() {
        let names: Vec<String> = jobs.iter().map(|job| format!("{} ({})", job.command, job.id)).collect();
        return Fit::Busy { by: listed(&names) };
    }
    Fit::Fits { evidence: evidence(expected.len(), version) }
}

fn evidence(number: usize, version: &str) -> String {
    match number {
        0 => format!("no job is pending; the management server runs {version}"),
        _ => format!("{number} VMs to come are as planned; no job is pending; the management server runs {version}"),
    }
}

fn seen<'o, T>(what: &str, observed: &'o Observed<T>) -> Result<&'o T, String> {
    observed.value().ok_or_else(|| format!("{what}: {}", observed.reason().unwrap_or_default()))
}

fn expected<'p>(rest: &[&'p Step]) -> BTreeMap<&'p CloudId, Expected<'p>> {
    let mut found = BTreeMap::new();
    for step in rest {
        collect(&step.proof, &mut found);
    }
    found
}

fn collect<'p>(probe: &'p Probe, found: &mut BTreeMap<&'p CloudId, Expected<'p>>) {
    match probe {
        Probe::All { of } => of.iter().for_each(|one| collect(one, found)),
        Probe::VmRebuilt { vm, disk, agent_version } => {
            let old_disk = match disk {
                DiskProof::New { not } => Some(not),
                DiskProof::Current => None,
            };
            found.insert(&vm.id, Expected { vm, old_disk, version: agent_version.as_deref() });
        }
        Probe::VmStopped { .. }
        | Probe::VmUntouched { .. }
        | Probe::Setting { .. }
        | Probe::ApiReady
        | Probe::IntegrationOpen { .. }
        | Probe::IntegrationClosed { .. }
        | Probe::NoPendingJobs
        | Probe::Shell { .. } => {}
    }
}

fn vm_difference(expected: &Expected<'_>, vms: &[SystemVm], version: &str) -> Option<String> {
    let name = &expected.vm.name;
    let Some(vm) = find(vms, expected.vm) else { return Some(format!("{name} is gone")) };
    if vm.state != VmState::Running {
        return Some(format!("{name} is {}", vm.state));
    }
    let (old, disk) = (expected.old_disk?, vm.root.value()?);
    let is_rebuilt = || matches!(vm.need(Some(version)), Need::None);
    (&disk.id != old && !is_rebuilt())
        .then(|| format!("{name} has another disk than when the plan was made, and it is no new one"))
}

fn template_difference(expected: &Expected<'_>, vms: &[SystemVm], inventory: &CloudStackInventory) -> Option<String> {
    let vm = find(vms, expected.vm)?;
    let templates = inventory.templates.value()?;
    let is_ready =
        templates.iter().any(|row| Some(&row.id) == vm.template.as_ref() && row.zone == vm.zone && row.ready);
    let template = vm.template_name.as_deref().unwrap_or("its template");
    (!is_ready).then(|| format!("{template}, which {} would be rebuilt from, is no longer ready", vm.name))
}

fn version_difference(expected: &Expected<'_>, version: &str) -> Option<String> {
    let planned = expected.version?;
    (!same_version(planned, version))
        .then(|| format!("the management server runs {version}, the plan was made for {planned}"))
}

/// Of a redundant pair of which both are still to come, the one that carries the traffic must not go first.
fn order_differences(rest: &[&Step], vms: &[SystemVm]) -> Vec<String> {
    let router = |step: &Step| match &step.proof {
        Probe::VmRebuilt { vm, .. } => find(vms, vm),
        _ => None,
    };
    let mut found = Vec::new();
    for later in rest {
        let earlier = rest.iter().filter(|other| later.after.contains(&other.id));
        for (first, second) in earlier.filter_map(|first| router(first).zip(router(later))) {
            let is_pair = first.serves.is_some() && first.serves == second.serves;
            if is_pair && first.redundancy == Redundancy::Primary && second.redundancy == Redundancy::Backup {
                found.push(format!(
                    "{} carries the traffic now and would go before {}, its stand-by",
                    first.name, second.name
                ));
            }
        }
    }
    found
}

fn find<'i>(vms: &'i [SystemVm], vm: &VmRef) -> Option<&'i SystemVm> {
    vms.iter().find(|seen| seen.id == vm.id)
}
