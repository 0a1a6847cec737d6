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
        | Probe::VmRunning { .. }
        | Probe::Setting { .. }
        | Probe::ApiReady
        | Probe::IntegrationOpen { .. }
        | Probe::IntegrationClosed { .. }
        | Probe::NoPendingJobs
        | Probe::OvsApiReady
        | Probe::OvsVolumesUnused { .. }
        | Probe::OvsUpdater { .. }
        | Probe::CopiesSealed { .. }
        | Probe::Cloudify(_)
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

#[cfg(test)]
mod tests {
    use model::cloudstack::{PendingJob, VmKind};
    use model::id::JobId;
    use model::plan::Plan;
    use model::procedure::RestartSystemVms;

    use super::super::plan;
    use super::*;
    use crate::fixture::{environment, inventory, known, rebuilt, settings, system_vms, unknown, vm};

    fn planned() -> Plan {
        plan(&environment(), &settings(), &inventory(), &RestartSystemVms::default()).unwrap()
    }

    /// What a look says after `change`, of the steps that `to_come` keeps.
    fn look(change: impl FnOnce(&mut CloudStackInventory), to_come: impl Fn(&Step) -> bool) -> Fit {
        let (plan, mut now) = (planned(), inventory());
        change(&mut now);
        let rest: Vec<&Step> = plan.steps().filter(|step| to_come(step)).collect();
        fit(&now, &rest)
    }

    #[track_caller]
    fn differs(change: impl FnOnce(&mut CloudStackInventory), wanted: &str) {
        match look(change, |_| true) {
            Fit::Differs { differences } => {
                assert!(differences.iter().any(|words| words.contains(wanted)), "{differences:?}");
            }
            other => panic!("{other:?}"),
        }
    }

    fn change_vm(number: usize, change: impl Fn(&mut SystemVm)) -> impl FnOnce(&mut CloudStackInventory) {
        move |inventory| {
            let mut vms = system_vms();
            change(&mut vms[number]);
            inventory.system_vms = known(vms);
        }
    }

    #[test]
    fn an_environment_as_it_was_fits() {
        assert!(matches!(look(|_| {}, |_| true), Fit::Fits { .. }));
    }

    #[test]
    fn what_the_rest_depends_on_is_named_when_it_has_changed() {
        differs(|inventory| inventory.system_vms = known(system_vms()[1..].to_vec()), "is gone");
        differs(change_vm(2, |vm| vm.state = VmState::Stopped), "is Stopped");
        differs(|inventory| inventory.version = known("4.21.0.0".into()), "runs 4.21.0.0");
        differs(
            |inventory| {
                let mut templates = inventory.templates.value().unwrap().clone();
                templates[0].ready = false;
                inventory.templates = known(templates);
            },
            "no longer ready",
        );
    }

    #[test]
    fn a_pair_that_has_failed_over_is_a_difference_while_both_are_to_come() {
        let swap = |inventory: &mut CloudStackInventory| {
            let mut vms = system_vms();
            vms[3].redundancy = Redundancy::Backup;
            vms[4].redundancy = Redundancy::Primary;
            inventory.system_vms = known(vms);
        };
        differs(swap, "would go before");
        let only_one_left = |step: &Step| !step.title.contains(&system_vms()[4].name);
        assert!(matches!(look(swap, only_one_left), Fit::Fits { .. }));
    }

    #[test]
    fn what_nothing_depends_on_any_more_is_no_difference() {
        // Rebuilt by somebody else: its step will find itself done.
        assert!(matches!(look(change_vm(2, |vm| *vm = rebuilt(vm.clone())), |_| true), Fit::Fits { .. }));
        // A new VM is not in the plan.
        let more = |inventory: &mut CloudStackInventory| {
            let mut vms = system_vms();
            vms.push(vm(17, VmKind::ConsoleProxy));
            inventory.system_vms = known(vms);
        };
        assert!(matches!(look(more, |_| true), Fit::Fits { .. }));
        // Gone, but its steps are over.
        let gone = |inventory: &mut CloudStackInventory| inventory.system_vms = known(system_vms()[1..].to_vec());
        let name = system_vms()[0].name.clone();
        assert!(matches!(look(gone, |step| !step.title.contains(&name)), Fit::Fits { .. }));
    }

    #[test]
    fn the_job_of_somebody_else_is_named_and_what_cannot_be_seen_is_no_fit() {
        let busy = |inventory: &mut CloudStackInventory| {
            inventory.pending_jobs = known(vec![PendingJob {
                id: JobId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
                command: "DeployVMCmd".into(),
                instance: None,
                created: String::new(),
            }]);
        };
        assert!(matches!(look(busy, |_| true), Fit::Busy { by } if by.contains("DeployVMCmd")));
        let unseen = |inventory: &mut CloudStackInventory| inventory.system_vms = unknown("timed out");
        assert!(matches!(look(unseen, |_| true), Fit::Unseen { error } if error.contains("timed out")));
    }
}
