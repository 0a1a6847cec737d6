//! What plans do and refuse, case by case.

use model::cloudstack::{CloudStackInventory, ManagementHost, Redundancy, ScriptGeneration, SystemVm, VmKind};
use model::plan::{Action, Already, DiskProof, Plan, Probe, StepKind, Weight};
use model::procedure::{RestartMode, RestartSystemVms, Which};

use super::{PlanError, plan};
use crate::fixture::{
    environment, host_name, id, inventory, known, management_host, rebuilt, router, settings, system_vms, unknown, vm,
};

pub(super) fn made(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Plan {
    plan(&environment(), &settings(), inventory, inputs).unwrap()
}

pub(super) fn refused(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> PlanError {
    plan(&environment(), &settings(), inventory, inputs).unwrap_err()
}

pub(super) fn with(vms: Vec<SystemVm>) -> CloudStackInventory {
    CloudStackInventory { system_vms: known(vms), ..inventory() }
}

pub(super) fn with_host(change: impl FnOnce(&mut ManagementHost)) -> CloudStackInventory {
    let mut inventory = inventory();
    let mut host = management_host(ScriptGeneration::G2);
    change(&mut host);
    inventory.management_hosts.insert(host_name(), known(host));
    inventory
}

pub(super) fn scripted() -> RestartSystemVms {
    RestartSystemVms { mode: RestartMode::Script, parallel_routers: 4, ..RestartSystemVms::default() }
}

#[test]
fn a_vm_that_is_up_to_date_is_restarted_only_with_all_and_its_proof_is_honest() {
    let vms: Vec<SystemVm> = system_vms().into_iter().map(rebuilt).collect();
    let inventory = with(vms);
    assert!(matches!(refused(&inventory, &RestartSystemVms::default()), PlanError::NothingToDo(_)));
    let plan = made(&inventory, &RestartSystemVms { which: Which::All, ..RestartSystemVms::default() });
    for step in plan.steps() {
        assert!(step.untouched.is_none(), "{}: with the same disk, done would look untouched", step.id);
        if let Probe::VmRebuilt { disk, .. } = &step.proof {
            // A start comes after the proof of a stop, which tells before from after.
            let already = if step.kind == StepKind::Once { Already::ActAnyway } else { Already::IsDone };
            assert_eq!((disk, step.already), (&DiskProof::Current, already), "{}", step.id);
        }
    }
    assert!(plan.hazards.iter().any(|hazard| hazard.words.contains("not that they were rebuilt")));
}

#[test]
fn the_script_is_not_skipped_because_what_it_shall_restart_is_up_to_date() {
    let mut vms: Vec<SystemVm> = system_vms().into_iter().map(rebuilt).collect();
    let script = |vms: &[SystemVm]| {
        let mut inventory = with_host(|_| {});
        inventory.system_vms = known(vms.to_vec());
        let plan = made(&inventory, &RestartSystemVms { which: Which::All, ..scripted() });
        plan.steps().find(|step| step.kind == StepKind::Once).map(|step| step.already)
    };
    assert_eq!(script(&vms), Some(Already::ActAnyway), "all are up to date");
    vms[0] = system_vms().swap_remove(0);
    assert_eq!(script(&vms), Some(Already::ActAnyway), "some are up to date");
    assert_eq!(script(&system_vms()), Some(Already::IsDone), "none is up to date");
}

#[test]
fn an_old_agent_on_a_right_disk_is_proven_by_its_version() {
    let mut ssvm = rebuilt(vm(11, VmKind::SecondaryStorage));
    ssvm.version = Some("4.19.1.0".into());
    let plan = made(&with(vec![ssvm]), &RestartSystemVms::default());
    let start = &plan.stages[0].steps[1];
    let Probe::VmRebuilt { disk, agent_version, .. } = &start.proof else { panic!("{:?}", start.proof) };
    assert_eq!(
        (disk, agent_version.as_deref(), start.already),
        (&DiskProof::Current, Some("4.20.1.0"), Already::IsDone)
    );
}

#[test]
fn a_stopped_vm_is_always_started_again_even_when_the_run_ends() {
    let plan = made(&inventory(), &RestartSystemVms::default());
    for stop in plan.steps().filter(|step| step.id.as_str().ends_with("/stop")) {
        let start = plan.steps().find(|step| step.completes.as_ref() == Some(&stop.id));
        assert!(start.is_some_and(|start| start.after.contains(&stop.id)), "{}", stop.id);
    }
}

#[test]
fn what_cannot_be_told_is_refused_by_name() {
    let mut vms = system_vms();
    vms[2].root = unknown("listVolumes timed out");
    let error = refused(&with(vms), &RestartSystemVms::default()).to_string();
    assert!(error.contains("r-13-VM") && error.contains("timed out"), "{error}");
}

#[test]
fn choices_that_name_nothing_are_refused_with_their_field() {
    let choose = |change: fn(&mut RestartSystemVms)| {
        let mut inputs = RestartSystemVms::default();
        change(&mut inputs);
        refused(&inventory(), &inputs)
    };
    assert_eq!(choose(|inputs| inputs.zones = [id(77)].into()), PlanError::UnknownZone(id(77)));
    assert_eq!(choose(|inputs| inputs.vms = [id(77)].into()), PlanError::UnknownVm(id(77)));
    assert_eq!(choose(|inputs| inputs.parallel_routers = 0), PlanError::Parallel(0));
    let outside = choose(|inputs| {
        inputs.vms = [id(11)].into();
        inputs.kinds = [VmKind::Router].into();
    });
    assert_eq!((outside.field(), outside), ("vms", PlanError::OutsideOtherChoices("s-11-VM".into())));
}

#[test]
fn two_routers_that_both_carry_the_traffic_are_for_a_person_to_look_at() {
    let both = vec![router(4, 202, Redundancy::Primary), router(5, 202, Redundancy::Primary)];
    assert!(matches!(refused(&with(both.clone()), &RestartSystemVms::default()), PlanError::TwoPrimaries { .. }));
    let alone = RestartSystemVms { vms: [id(4)].into(), ..RestartSystemVms::default() };
    assert_eq!(made(&with(both), &alone).stages[0].steps.len(), 1);
}

#[test]
fn an_unclear_router_goes_before_the_one_that_carries_the_traffic() {
    let unclear = Redundancy::Unclear("UNKNOWN".into());
    let inventory = with(vec![router(4, 202, Redundancy::Primary), router(5, 202, unclear)]);
    let plan = made(&inventory, &RestartSystemVms::default());
    let order: Vec<&str> = plan.steps().map(|step| step.id.as_str()).collect();
    assert_eq!(order, ["zone1/r-5-VM/reboot", "zone1/r-4-VM/reboot"]);
    assert!(plan.hazards.iter().any(|hazard| hazard.weight == Weight::Caution && hazard.words.contains("UNKNOWN")));
}

#[test]
fn the_script_is_refused_where_it_is_known_to_stop_vms_and_start_none() {
    for (generation, version, fits) in [
        (ScriptGeneration::G1, "4.19.1.0", false),
        (ScriptGeneration::G0, "4.22.0.0", false),
        (ScriptGeneration::G0, "4.15.2.0", true),
        (ScriptGeneration::G2, "4.19.2.0", true),
    ] {
        let mut inventory = with_host(|host| *host = management_host(generation));
        inventory.version = known(version.to_owned());
        let made = plan(&environment(), &settings(), &inventory, &scripted());
        assert_eq!(made.is_ok(), fits, "{generation} with {version}: {made:?}");
    }
}

#[test]
fn a_script_without_ids_is_refused_for_less_than_everything() {
    let mut inventory = with_host(|host| *host = management_host(ScriptGeneration::G0));
    inventory.version = known("4.15.2.0".to_owned());
    let one = RestartSystemVms { vms: [id(13)].into(), ..scripted() };
    assert!(matches!(refused(&inventory, &one), PlanError::ScriptCannotBeLimited { .. }));
}

fn chunk(routers: u32, parallel: u16, generation: ScriptGeneration) -> String {
    let mut inventory = with_host(|host| *host = management_host(generation));
    let routers = (0..routers).map(|number| router(100 + number, 400 + number, Redundancy::Single));
    inventory.system_vms = known(routers.collect());
    let plan = made(&inventory, &RestartSystemVms { parallel_routers: parallel, ..scripted() });
    let step = plan.steps().find(|step| step.kind == StepKind::Once).unwrap();
    match &step.action {
        Action::Shell(shell) => shell.args[4..].join(" "),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_script_gets_a_number_of_routers_at_once_with_which_it_ends() {
    assert_eq!(chunk(15, 10, ScriptGeneration::G2), "-t 5 -r");
    assert_eq!(chunk(13, 10, ScriptGeneration::G2), "-t 1 -r");
    assert_eq!(chunk(4, 10, ScriptGeneration::G2), "-t 4 -r");
    assert_eq!(chunk(15, 10, ScriptGeneration::G3), "-t 10 -r");
}

#[test]
fn no_secret_and_no_wait_for_a_person_enters_a_plan() {
    let text = serde_json::to_string(&made(&inventory(), &scripted())).unwrap();
    assert!(!text.contains("-p \\\""), "the script gets no password as an argument");
    assert!(!text.contains("api_key") && !text.contains("API_KEY"));
}

#[test]
fn what_changes_by_itself_does_not_change_the_digest() {
    let before = made(&inventory(), &RestartSystemVms::default()).digest();
    let mut later = inventory();
    let mut vms = system_vms();
    for vm in &mut vms {
        vm.active_sessions = vm.active_sessions.map(|sessions| sessions + 1);
        vm.hypervisor = Some("kvm2".into());
        vm.root.at = model::time::Timestamp(99);
    }
    later.system_vms = known(vms);
    later.clock_skew_ms = known(-800);
    later.version.at = model::time::Timestamp(77);
    assert_eq!(made(&later, &RestartSystemVms::default()).digest(), before);
}
