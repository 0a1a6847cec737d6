//! The vendor's script, run for real on a management host of the lab.

// A helper that fails is a failed test.
#![allow(clippy::unwrap_used)]

mod support;

use lab::{Cloud, Fault, Path, ScriptGeneration, Version};
use model::cloudstack::{DatabaseAccess, VmKind};
use model::plan::{Action, Answer, Plan, Probe, Shell};
use model::procedure::{RestartMode, RestartSystemVms};
use remote::End;
use support::{Site, site, small};

fn scripted() -> RestartSystemVms {
    RestartSystemVms { mode: RestartMode::Script, ..RestartSystemVms::default() }
}

fn script_step(plan: &Plan) -> &Shell {
    let shells = plan.steps().filter(|step| step.id.as_str().starts_with("run/"));
    match shells.map(|step| &step.action).next() {
        Some(Action::Shell(shell)) => shell,
        other => panic!("{other:?}"),
    }
}

async fn generation(site: &Site) -> String {
    let seen = site.cloud.inventory().await;
    let host = seen.management_hosts.values().next().unwrap();
    let host = host.value().unwrap_or_else(|| panic!("{:?}", host.reason()));
    assert!(matches!(&host.database, DatabaseAccess::Works { user, .. } if user == "cloud"), "{:?}", host.database);
    assert!(host.missing_programs.is_empty() && host.service == "active" && !host.integration_listening);
    host.script.as_ref().unwrap().generation.to_string()
}

#[tokio::test]
async fn each_generation_of_the_script_is_recognised() {
    for (version, script, expected) in [
        (Version::V4_15, ScriptGeneration::G0, "G0"),
        (Version::V4_19, ScriptGeneration::G1, "G1"),
        (Version::V4_20, ScriptGeneration::G2, "G2"),
        (Version::V4_22, ScriptGeneration::G3, "G3"),
    ] {
        let site = site(version, script, Cloud::Small).await;
        assert_eq!(generation(&site).await, expected);
        site.stop().await;
    }
}

#[tokio::test]
async fn a_script_plan_opens_the_port_restarts_all_and_closes_it_again() {
    for (version, script) in [(Version::V4_15, ScriptGeneration::G0), (Version::V4_20, ScriptGeneration::G2)] {
        let site = site(version, script, Cloud::Small).await;
        let plan = site.plan(&scripted()).await;
        site.carry_out(&plan).await;
        let truth = site.lab.truth().await;
        assert!(truth.all_rebuilt(), "{:#?}", truth.vms);
        assert!(truth.vms.values().all(|vm| vm.starts.iter().all(|act| act.by == Path::Integration)));
        assert!(!truth.port_8096_open && truth.port_8096_intervals.len() == 1);
        assert_eq!(truth.service_restarts["mgmt1"], 2);
        assert!(truth.violations.is_empty() && truth.jobs_cut == 0, "{:?}", truth.violations);
        site.stop().await;
    }
}

#[tokio::test]
async fn some_vms_are_restarted_by_id_and_no_other_is_touched() {
    let site = small(Version::V4_20).await;
    let inputs = RestartSystemVms { kinds: [VmKind::ConsoleProxy].into(), ..scripted() };
    let plan = site.plan(&inputs).await;
    assert!(script_step(&plan).args.contains(&"-i".to_owned()));
    site.carry_out(&plan).await;
    let truth = site.lab.truth().await;
    for (name, vm) in &truth.vms {
        assert_eq!((vm.rebuilt, vm.stops.len()), if name.starts_with('v') { (true, 1) } else { (false, 0) }, "{name}");
    }
    site.stop().await;
}

#[tokio::test]
async fn the_password_is_in_no_argument_and_nothing_is_left_behind() {
    let site = small(Version::V4_20).await;
    let plan = site.plan(&scripted()).await;
    // In place of the real script one that looks around; the plan is told of its checksum.
    let mut shell = script_step(&plan).clone();
    let look = r#"cat > "$HOME/spy" <<'SPY'
#!/bin/bash
mysql -h localhost --user=cloud --password= --skip-column-names -U cloud -e 'select 1'
echo "arguments: $*"
tr '\0' ' ' </proc/$PPID/cmdline; echo
grep -c password "$DRYDOCK_MYSQL_OPTIONS"
stat -c %a "$DRYDOCK_MYSQL_OPTIONS" "${DRYDOCK_MYSQL_OPTIONS%/*}"
env | grep -c DRYDOCK_DB_PASSWORD
echo "ERROR: to the log" >>"$PWD/detail.log"
SPY
chmod 0755 "$HOME/spy"; echo "$HOME/spy"; sha256sum "$HOME/spy" | cut -d ' ' -f 1"#;
    let prepared = Shell { script: look.into(), args: Vec::new(), ..shell.clone() };
    let (_, paths) = site.run("prepare", &prepared).await;
    let mut lines = paths.lines();
    shell.args[1] = lines.next().unwrap().to_owned();
    shell.args[2] = lines.next().unwrap().to_owned();
    let (end, output) = site.run("spy", &shell).await;
    assert_eq!(end, End::Exited(0), "{output}");
    assert!(output.contains("1\narguments: -d localhost -u cloud -m"), "{output}");
    assert!(output.contains("\n1\n600\n700\n0\n") && !output.contains("Warning"), "{output}");
    assert!(output.contains("ERROR: to the log"), "the detail log is kept: {output}");
    let gone = plan.finally.iter().find(|step| step.id.as_str() == "close/work").unwrap();
    assert!(matches!(site.cloud.probe(&gone.proof).await, Answer::Holds { .. }));
    site.stop().await;
}

#[tokio::test]
async fn a_script_that_was_changed_since_is_not_started() {
    let site = small(Version::V4_20).await;
    let plan = site.plan(&scripted()).await;
    let mut shell = script_step(&plan).clone();
    shell.args[2] = "0".repeat(64);
    let (end, output) = site.run("changed", &shell).await;
    assert_eq!(end, End::Exited(64), "{output}");
    assert!(output.contains("was changed"), "{output}");
    site.stop().await;
}

#[tokio::test]
async fn a_database_that_refuses_is_seen_before_anything_is_opened() {
    let site = small(Version::V4_20).await;
    site.lab.set_fault(Fault::DatabaseDenied).await;
    let seen = site.cloud.inventory().await;
    let host = seen.management_hosts.values().next().unwrap().value().unwrap();
    assert!(matches!(&host.database, DatabaseAccess::Fails(why) if why.contains("Access denied")), "{host:?}");
    site.stop().await;
}

#[tokio::test]
async fn a_port_that_stays_open_is_not_taken_for_closed() {
    let site = small(Version::V4_20).await;
    let plan = site.plan(&scripted()).await;
    let close = plan.finally.iter().find(|step| step.id.as_str() == "close/restart").unwrap();
    assert!(matches!(site.cloud.probe(&close.proof).await, Answer::Holds { .. }), "nothing was opened yet");
    site.lab.set_fault(Fault::PortStaysOpen).await;
    site.lab.restart_service(0).await;
    site.holds(&Probe::ApiReady).await;
    let answer = site.cloud.probe(&close.proof).await;
    assert!(matches!(&answer, Answer::NotYet { evidence } if evidence.contains("8096")), "{answer:?}");
    site.stop().await;
}

#[tokio::test]
async fn in_a_cluster_one_server_opens_its_port_and_all_are_closed_at_the_end() {
    let site = site(Version::V4_20, ScriptGeneration::G3, Cloud::Large).await;
    let plan = site.plan(&scripted()).await;
    site.carry_out(&plan).await;
    let truth = site.lab.truth().await;
    assert!(truth.all_rebuilt() && truth.violations.is_empty(), "{:?}", truth.violations);
    assert!(!truth.port_8096_open && truth.router_overlaps.is_empty(), "{:?}", truth.router_overlaps);
    let opened: Vec<&str> = truth.port_8096_intervals.iter().map(|interval| interval.server.as_str()).collect();
    assert_eq!(opened, ["mgmt1"]);
    site.stop().await;
}

#[tokio::test]
async fn an_encrypted_password_is_handed_over_and_the_plan_only_refers_to_it() {
    let mut site = small(Version::V4_20).await;
    let plan = site.plan(&scripted()).await;
    let encrypt = r#"cd /etc/cloudstack/management
sed -n 's/^db.cloud.password=//p' db.properties
sed -i 's/^db.cloud.password=.*/db.cloud.password=ENC(Zm9v)/' db.properties"#;
    let shell = Shell { script: encrypt.into(), args: Vec::new(), ..script_step(&plan).clone() };
    let (_, password) = site.run("encrypt", &shell).await;
    let seen = site.cloud.inventory().await;
    let database = |seen: &model::cloudstack::CloudStackInventory| {
        seen.management_hosts.values().next().unwrap().value().unwrap().database.clone()
    };
    assert_eq!(database(&seen), DatabaseAccess::Encrypted);
    site.use_database_password(password.trim());
    assert!(matches!(database(&site.cloud.inventory().await), DatabaseAccess::Works { .. }));
    let plan = site.plan(&scripted()).await;
    assert!(!serde_json::to_string(&plan).unwrap().contains(password.trim()));
    site.carry_out(&plan).await;
    assert!(site.lab.truth().await.all_rebuilt());
    site.stop().await;
}

#[tokio::test]
async fn a_script_that_hangs_can_be_ended_and_leaves_nothing_behind() {
    let site = small(Version::V4_20).await;
    let plan = site.plan(&scripted()).await;
    let opening = plan.steps().take_while(|step| !step.id.as_str().starts_with("run/"));
    for step in opening {
        site.carry_out_step(step).await;
    }
    site.lab.set_fault(Fault::EndlessSleep).await;
    let left = site.run_until_silent("hangs", script_step(&plan)).await;
    assert!(left.is_empty(), "{left:?}");
    for step in &plan.finally {
        if step.id.as_str() == "close/work" {
            let gone = site.cloud.probe(&step.proof).await;
            assert!(matches!(gone, Answer::Holds { .. }), "it was not removed by the script itself: {gone:?}");
        }
        site.carry_out_step(step).await;
    }
    assert!(!site.lab.truth().await.port_8096_open);
    site.stop().await;
}
