//! What plans look like, and what they never do.

use expect_test::{Expect, expect};
use model::cloudstack::{
    CloudStackInventory, ManagementHost, Need, Redundancy, RouterRole, ScriptGeneration, SystemVm, VmKind, VmState,
};
use model::plan::{Action, Already, DiskProof, Plan, Probe, StepKind, Weight};
use model::procedure::{RestartMode, RestartSystemVms, Which};
use proptest::prelude::*;

use super::{PlanError, plan};
use crate::fixture::{
    environment, host_name, id, inventory, known, management_host, rebuilt, router, settings, system_vms, unknown, vm,
};

fn made(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Plan {
    plan(&environment(), &settings(), inventory, inputs).unwrap()
}

fn refused(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> PlanError {
    plan(&environment(), &settings(), inventory, inputs).unwrap_err()
}

fn with(vms: Vec<SystemVm>) -> CloudStackInventory {
    CloudStackInventory { system_vms: known(vms), ..inventory() }
}

fn with_host(change: impl FnOnce(&mut ManagementHost)) -> CloudStackInventory {
    let mut inventory = inventory();
    let mut host = management_host(ScriptGeneration::G2);
    change(&mut host);
    inventory.management_hosts.insert(host_name(), known(host));
    inventory
}

fn scripted() -> RestartSystemVms {
    RestartSystemVms { mode: RestartMode::Script, parallel_routers: 4, ..RestartSystemVms::default() }
}

/// The plan as an operator would note it down.
fn outline(plan: &Plan) -> String {
    let mut lines = vec![plan.summary.clone()];
    let line = |step: &model::plan::Step| {
        let after: Vec<&str> = step.after.iter().map(model::id::StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!("  <- {}", after.join(", ")) };
        format!("    {} [{:?} x{}] {}{after}", step.id, step.kind, step.attempts, step.title)
    };
    for stage in &plan.stages {
        lines.push(format!("  {} (limit {})", stage.title, stage.limit));
        lines.extend(stage.steps.iter().map(line));
    }
    if !plan.finally.is_empty() {
        lines.push("  finally".to_owned());
        lines.extend(plan.finally.iter().map(line));
    }
    lines.extend(plan.left_out.iter().map(|out| format!("  left out: {} {}", out.what, out.why)));
    lines.extend(plan.hazards.iter().map(|hazard| format!("  {:?}: {}", hazard.weight, hazard.words)));
    lines.join("\n")
}

fn check(plan: &Plan, expected: Expect) {
    expected.assert_eq(&outline(plan));
}

#[test]
fn a_native_plan_goes_zone_by_zone_and_kind_by_kind() {
    check(
        &made(&inventory(), &RestartSystemVms::default()),
        expect![[r#"
        Restarts 1 secondary storage VM, 1 console proxy and 4 routers in zone1 by signed API requests.
          Secondary storage VMs in zone1 (limit 1)
            zone1/s-11-VM/stop [Idempotent x2] Stop secondary storage VM s-11-VM
            zone1/s-11-VM/start [Idempotent x2] Start secondary storage VM s-11-VM  <- zone1/s-11-VM/stop
          Console proxies in zone1 (limit 1)
            zone1/v-12-VM/stop [Idempotent x2] Stop console proxy v-12-VM
            zone1/v-12-VM/start [Idempotent x2] Start console proxy v-12-VM  <- zone1/v-12-VM/stop
          Routers in zone1 (limit 2)
            zone1/r-13-VM/reboot [Once x1] Reboot router r-13-VM
            zone1/r-15-VM/reboot [Once x1] Reboot router r-15-VM
            zone1/r-14-VM/reboot [Once x1] Reboot router r-14-VM  <- zone1/r-15-VM/reboot
            zone1/r-16-VM/reboot [Once x1] Reboot router r-16-VM
          Caution: While a router is down its network takes no new instances or rule changes."#]],
    );
}

#[test]
fn a_script_plan_opens_the_port_and_closes_it_in_finally() {
    check(
        &made(&inventory(), &scripted()),
        expect![[r#"
        Restarts 1 secondary storage VM, 1 console proxy and 4 routers in zone1 with cloudstack-sysvmadm.
          Check (limit 1)
            check/script [ReadOnly x1] The script is the one that was looked at
            check/database [ReadOnly x1] The database takes the login of the script
          Open port (limit 1)
            open/setting [Idempotent x3] Set integration.api.port to 8096
            open/idle [ReadOnly x1] No job is pending  <- open/setting
            open/restart [Idempotent x1] Restart the management server on mgmt1  <- open/idle
          Restart by script (limit 1)
            run/all [Once x1] Restart 1 secondary storage VM, 1 console proxy and 4 routers: cloudstack-sysvmadm -t 1 -a
          finally
            close/setting [Idempotent x3] Set integration.api.port to 0
            close/work [Idempotent x3] Remove the working directory on mgmt1
            close/idle [ReadOnly x1] No job is pending
            close/restart [Idempotent x3] Close port 8096: restart the management server on mgmt1
          Danger: While the script runs, port 8096 of mgmt1 listens on all interfaces: anybody who reaches it rules the whole cloud without a password. Let a firewall admit the host itself only. Native mode does not need the port.
          Caution: While a router is down its network takes no new instances or rule changes.
          Caution: The management server on mgmt1 is restarted twice. Each time its API is away for some minutes, and jobs that are under way there are cut and leave VMs half way; Drydock waits for pending jobs first.
          Caution: The script does not wait for a redundant pair to settle between its two routers.
          Note: The script ends with exit code 0 and prints “Done” whatever happened. Drydock believes neither: each VM is looked at through the API."#]],
    );
}

#[test]
fn the_second_vm_of_a_kind_waits_until_the_first_is_back() {
    let inventory = with(vec![vm(10, VmKind::SecondaryStorage), vm(9, VmKind::SecondaryStorage)]);
    check(
        &made(&inventory, &RestartSystemVms::default()),
        expect![[r#"
        Restarts 2 secondary storage VMs in zone1 by signed API requests.
          Secondary storage VMs in zone1 (limit 1)
            zone1/s-9-VM/stop [Idempotent x2] Stop secondary storage VM s-9-VM
            zone1/s-9-VM/start [Idempotent x2] Start secondary storage VM s-9-VM  <- zone1/s-9-VM/stop
            zone1/s-10-VM/stop [Idempotent x2] Stop secondary storage VM s-10-VM  <- zone1/s-9-VM/start
            zone1/s-10-VM/start [Idempotent x2] Start secondary storage VM s-10-VM  <- zone1/s-10-VM/stop"#]],
    );
}

#[test]
fn a_script_run_for_some_vms_names_each_by_its_id() {
    let mut vms = system_vms();
    vms[0] = rebuilt(vms[0].clone());
    vms[2] = rebuilt(vms[2].clone());
    check(
        &made(&with(vms), &scripted()),
        expect![[r#"
            Restarts 1 console proxy and 3 routers in zone1 with cloudstack-sysvmadm.
              Check (limit 1)
                check/script [ReadOnly x1] The script is the one that was looked at
                check/database [ReadOnly x1] The database takes the login of the script
              Open port (limit 1)
                open/setting [Idempotent x3] Set integration.api.port to 8096
                open/idle [ReadOnly x1] No job is pending  <- open/setting
                open/restart [Idempotent x1] Restart the management server on mgmt1  <- open/idle
              Restart by script (limit 1)
                run/v-12-VM [Once x1] Restart console proxy v-12-VM: cloudstack-sysvmadm -t 1 -s -i 00000000-0000-4000-8000-000000000012
                run/r-15-VM [Once x1] Restart router r-15-VM: cloudstack-sysvmadm -t 1 -r -i 00000000-0000-4000-8000-000000000015  <- run/v-12-VM
                run/r-14-VM [Once x1] Restart router r-14-VM: cloudstack-sysvmadm -t 1 -r -i 00000000-0000-4000-8000-000000000014  <- run/r-15-VM
                run/r-16-VM [Once x1] Restart router r-16-VM: cloudstack-sysvmadm -t 1 -r -i 00000000-0000-4000-8000-000000000016  <- run/r-14-VM
              finally
                close/setting [Idempotent x3] Set integration.api.port to 0
                close/work [Idempotent x3] Remove the working directory on mgmt1
                close/idle [ReadOnly x1] No job is pending
                close/restart [Idempotent x3] Close port 8096: restart the management server on mgmt1
              left out: s-11-VM is up to date: its disk was made from systemvm-kvm-4.20.1-x86_64, its version is 4.20.1.0
              left out: r-13-VM is up to date: its disk was made from systemvm-kvm-4.20.1-x86_64, its version is 4.20.1.0
              Danger: While the script runs, port 8096 of mgmt1 listens on all interfaces: anybody who reaches it rules the whole cloud without a password. Let a firewall admit the host itself only. Native mode does not need the port.
              Caution: While a router is down its network takes no new instances or rule changes.
              Caution: The management server on mgmt1 is restarted twice. Each time its API is away for some minutes, and jobs that are under way there are cut and leave VMs half way; Drydock waits for pending jobs first.
              Note: The script ends with exit code 0 and prints “Done” whatever happened. Drydock believes neither: each VM is looked at through the API."#]],
    );
}

#[test]
fn a_port_that_was_open_before_is_left_as_found_and_that_is_said() {
    let mut inventory = with_host(|host| host.integration_listening = true);
    inventory.integration_port = known(8096);
    check(
        &made(&inventory, &scripted()),
        expect![[r#"
        Restarts 1 secondary storage VM, 1 console proxy and 4 routers in zone1 with cloudstack-sysvmadm.
          Check (limit 1)
            check/script [ReadOnly x1] The script is the one that was looked at
            check/database [ReadOnly x1] The database takes the login of the script
          Restart by script (limit 1)
            run/all [Once x1] Restart 1 secondary storage VM, 1 console proxy and 4 routers: cloudstack-sysvmadm -t 1 -a
          finally
            close/work [Idempotent x3] Remove the working directory on mgmt1
          Danger: Port 8096 of mgmt1 is open already, without Drydock. It is used and left open as it was found: anybody who reaches it rules the whole cloud without a password. Close it.
          Caution: While a router is down its network takes no new instances or rule changes.
          Caution: The script does not wait for a redundant pair to settle between its two routers.
          Note: The script ends with exit code 0 and prints “Done” whatever happened. Drydock believes neither: each VM is looked at through the API."#]],
    );
}

#[test]
fn what_has_its_new_disk_is_left_out_and_what_is_not_running_too() {
    let mut vms = system_vms();
    vms[1] = rebuilt(vms[1].clone());
    vms[2].state = VmState::Stopped;
    vms[3].state = VmState::Starting;
    vms[5].role = RouterRole::InternalLoadBalancer;
    check(
        &made(&with(vms), &RestartSystemVms::default()),
        expect![[r#"
        Restarts 1 secondary storage VM and 1 router in zone1 by signed API requests.
          Secondary storage VMs in zone1 (limit 1)
            zone1/s-11-VM/stop [Idempotent x2] Stop secondary storage VM s-11-VM
            zone1/s-11-VM/start [Idempotent x2] Start secondary storage VM s-11-VM  <- zone1/s-11-VM/stop
          Routers in zone1 (limit 2)
            zone1/r-15-VM/reboot [Once x1] Reboot router r-15-VM
          left out: v-12-VM is up to date: its disk was made from systemvm-kvm-4.20.1-x86_64, its version is 4.20.1.0
          left out: r-13-VM is Stopped: it gets the new disk when it is started next
          left out: r-14-VM is Starting: that start gives it the new disk if it needs one; look again when it runs
          left out: r-16-VM is an internal load balancer; those are not restarted
          Caution: r-15-VM is redundant, but no other router of network net202 is running: network net202 is down while it is rebuilt.
          Caution: While a router is down its network takes no new instances or rule changes."#]],
    );
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
            assert_eq!((disk, step.already), (&DiskProof::Current, Already::ActAnyway), "{}", step.id);
        }
    }
    assert!(plan.hazards.iter().any(|hazard| hazard.words.contains("not that they were rebuilt")));
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

/// Many small clouds: networks with one router or a pair, some VMs rebuilt already.
fn clouds() -> impl Strategy<Value = Vec<SystemVm>> {
    prop::collection::vec((0u32..6, any::<bool>(), 0u8..3), 1..20).prop_map(|rows| {
        let mut pairs = std::collections::BTreeMap::new();
        let make = |(number, (network, old, kind)): (usize, (u32, bool, u8))| {
            let number = 10 + u32::try_from(number).unwrap();
            let made = match kind {
                0 => vm(number, VmKind::SecondaryStorage),
                1 => vm(number, VmKind::ConsoleProxy),
                _ => {
                    let seen: &mut u32 = pairs.entry(network).or_default();
                    *seen += 1;
                    let state = if *seen == 1 { Redundancy::Primary } else { Redundancy::Backup };
                    router(number, 200 + network, state)
                }
            };
            if old { made } else { rebuilt(made) }
        };
        rows.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_order_in_which_things_were_listed_does_not_matter(
        (vms, shuffled) in clouds().prop_flat_map(|vms| (Just(vms.clone()), Just(vms).prop_shuffle())),
        mode in prop_oneof![Just(RestartMode::Native), Just(RestartMode::Script)],
    ) {
        let inputs = RestartSystemVms { mode, ..RestartSystemVms::default() };
        let a = plan(&environment(), &settings(), &with(vms), &inputs);
        let b = plan(&environment(), &settings(), &with(shuffled), &inputs);
        prop_assert_eq!(a.map(|plan| plan.digest()), b.map(|plan| plan.digest()));
    }

    #[test]
    fn only_what_needs_it_is_touched_and_routers_of_a_network_are_chained(vms in clouds()) {
        let Ok(plan) = plan(&environment(), &settings(), &with(vms.clone()), &RestartSystemVms::default()) else {
            return Ok(());
        };
        for step in plan.steps() {
            let Action::CloudStack(command) = &step.action else { continue };
            let id = &command.parameters()[0].1;
            let vm = vms.iter().find(|vm| vm.id.as_str() == id).unwrap();
            prop_assert_ne!(vm.need(Some("4.20.1.0")), Need::None, "{} is up to date", vm.name);
        }
        for stage in &plan.stages {
            for (at, step) in stage.steps.iter().enumerate() {
                let network = |step: &model::plan::Step| vms
                    .iter()
                    .find(|vm| step.title.ends_with(&vm.name))
                    .and_then(|vm| vm.serves.clone());
                let earlier = stage.steps[..at].iter().rev().find(|other| {
                    network(step).is_some() && network(other) == network(step)
                });
                prop_assert!(earlier.is_none_or(|other| step.after.contains(&other.id)), "{}", step.id);
            }
        }
    }
}
