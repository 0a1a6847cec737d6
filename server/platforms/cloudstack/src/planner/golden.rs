//! What whole plans look like. `UPDATE_EXPECT=1 cargo test -p cloudstack` rewrites them; read the difference.

use expect_test::{Expect, expect};
use model::cloudstack::{RouterRole, VmKind, VmState};
use model::plan::Plan;
use model::procedure::RestartSystemVms;

use super::tests::{made, scripted, with, with_host};
use crate::fixture::{inventory, known, rebuilt, system_vms, vm};

/// The plan as an operator would note it down.
fn outline(plan: &Plan) -> String {
    let mut lines = vec![plan.summary.clone()];
    let line = |step: &model::plan::Step| {
        let after: Vec<&str> = step.after.iter().map(model::id::StepId::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!("  <- {}", after.join(", ")) };
        format!("    {} [{:?} x{}] {}{after}", step.id, step.kind, step.attempts, step.title)
    };
    for stage in &plan.stages {
        let rolling = stage.rolling.as_ref().map_or(String::new(), |rolling| {
            format!(", {} first, batches of {}, {} may fail", rolling.canary, rolling.batch, rolling.budget)
        });
        lines.push(format!("  {} (limit {}{rolling})", stage.title, stage.limit));
        lines.extend(stage.steps.iter().map(line));
    }
    if !plan.finally.is_empty() {
        lines.push("  finally".to_owned());
        lines.extend(plan.finally.iter().map(line));
    }
    lines.push(format!("  held after a failure: {} s", plan.hold));
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
              Routers in zone1 (limit 2, 1 first, batches of 10, 0 may fail)
                zone1/r-13-VM/reboot [Once x1] Reboot router r-13-VM
                zone1/r-15-VM/reboot [Once x1] Reboot router r-15-VM
                zone1/r-14-VM/reboot [Once x1] Reboot router r-14-VM  <- zone1/r-15-VM/reboot
                zone1/r-16-VM/reboot [Once x1] Reboot router r-16-VM
              held after a failure: 1800 s
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
                close/run/s-11-VM [Idempotent x3] Start secondary storage VM s-11-VM if the script has left it down
                close/run/v-12-VM [Idempotent x3] Start console proxy v-12-VM if the script has left it down
                close/run/r-13-VM [Idempotent x3] Start router r-13-VM if the script has left it down
                close/run/r-14-VM [Idempotent x3] Start router r-14-VM if the script has left it down
                close/run/r-15-VM [Idempotent x3] Start router r-15-VM if the script has left it down
                close/run/r-16-VM [Idempotent x3] Start router r-16-VM if the script has left it down
              held after a failure: 0 s
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
                zone1/s-10-VM/start [Idempotent x2] Start secondary storage VM s-10-VM  <- zone1/s-10-VM/stop
              held after a failure: 1800 s"#]],
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
                close/run/v-12-VM [Idempotent x3] Start console proxy v-12-VM if the script has left it down
                close/run/r-15-VM [Idempotent x3] Start router r-15-VM if the script has left it down
                close/run/r-14-VM [Idempotent x3] Start router r-14-VM if the script has left it down
                close/run/r-16-VM [Idempotent x3] Start router r-16-VM if the script has left it down
              held after a failure: 0 s
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
                close/run/s-11-VM [Idempotent x3] Start secondary storage VM s-11-VM if the script has left it down
                close/run/v-12-VM [Idempotent x3] Start console proxy v-12-VM if the script has left it down
                close/run/r-13-VM [Idempotent x3] Start router r-13-VM if the script has left it down
                close/run/r-14-VM [Idempotent x3] Start router r-14-VM if the script has left it down
                close/run/r-15-VM [Idempotent x3] Start router r-15-VM if the script has left it down
                close/run/r-16-VM [Idempotent x3] Start router r-16-VM if the script has left it down
              held after a failure: 1800 s
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
              Routers in zone1 (limit 2, 1 first, batches of 10, 0 may fail)
                zone1/r-15-VM/reboot [Once x1] Reboot router r-15-VM
              held after a failure: 1800 s
              left out: v-12-VM is up to date: its disk was made from systemvm-kvm-4.20.1-x86_64, its version is 4.20.1.0
              left out: r-13-VM is Stopped: it gets the new disk when it is started next
              left out: r-14-VM is Starting: that start gives it the new disk if it needs one; look again when it runs
              left out: r-16-VM is an internal load balancer; those are not restarted
              Caution: r-15-VM is redundant, but no other router of network net202 is running: network net202 is down while it is rebuilt.
              Caution: While a router is down its network takes no new instances or rule changes."#]],
    );
}
