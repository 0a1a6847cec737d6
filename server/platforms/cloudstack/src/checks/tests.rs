//! What stops a plan from being started, and what only warns.

use std::collections::BTreeSet;

use model::cloudstack::{CloudStackInventory, DatabaseAccess, ManagementServer, PendingJob, ScriptGeneration, VmState};
use model::id::JobId;
use model::precheck::{Precheck, Verdict, allow_start};
use model::procedure::{RestartMode, RestartSystemVms};

use crate::fixture::{environment, host_name, id, inventory, known, management_host, settings, unknown};

fn checks(inventory: &CloudStackInventory, mode: RestartMode) -> Vec<Precheck> {
    let inputs = RestartSystemVms { mode, ..RestartSystemVms::default() };
    crate::prechecks(&environment(), &settings(), inventory, &inputs)
}

/// What is not good after this change, as `verdict evidence`.
#[track_caller]
fn found(mode: RestartMode, change: impl FnOnce(&mut CloudStackInventory)) -> Vec<(Verdict, String)> {
    let mut changed = inventory();
    change(&mut changed);
    let is_bad = |check: &Precheck| check.verdict != Verdict::Good && !check.title.contains("console");
    let bad: Vec<Precheck> = checks(&changed, mode).into_iter().filter(is_bad).collect();
    for check in &bad {
        assert!(!check.resolution.is_empty() && !check.evidence.is_empty(), "{check:?}");
    }
    bad.into_iter().map(|check| (check.verdict, check.evidence)).collect()
}

#[track_caller]
fn one(mode: RestartMode, verdict: Verdict, word: &str, change: impl FnOnce(&mut CloudStackInventory)) {
    let found = found(mode, change);
    assert!(found.len() == 1 && found[0].0 == verdict && found[0].1.contains(word), "{found:?}");
}

#[test]
fn a_healthy_cloud_may_be_started_in_both_modes() {
    for mode in [RestartMode::Native, RestartMode::Script] {
        assert!(allow_start(&checks(&inventory(), mode)), "{mode:?}");
        assert!(found(mode, |_| {}).is_empty(), "{mode:?}");
    }
}

#[test]
fn open_consoles_are_told_with_their_number() {
    let told = checks(&inventory(), RestartMode::Native);
    let consoles = told.iter().find(|check| check.title.contains("console")).unwrap();
    assert_eq!((consoles.verdict, consoles.evidence.as_str()), (Verdict::Warning, "2 open through v-12-VM"));
}

#[test]
fn what_would_break_the_cloud_blocks_by_name() {
    let native = RestartMode::Native;
    one(native, Verdict::Blocking, "RebootRouterCmd", |cloud| {
        cloud.pending_jobs = known(vec![PendingJob {
            id: JobId::new(id(7).as_str()).unwrap(),
            command: "RebootRouterCmd".into(),
            instance: None,
            created: "2026-01-02T03:04:05+0000".into(),
        }]);
    });
    one(native, Verdict::Blocking, "systemvm-kvm-4.20.1-x86_64 is not ready in zone1", |cloud| {
        cloud.templates = known(Vec::new());
    });
    one(native, Verdict::Blocking, "5 min 0 s behind", |cloud| cloud.clock_skew_ms = known(-300_000));
    one(native, Verdict::Blocking, "rebootRouter", |cloud| {
        cloud.missing_rights = known(BTreeSet::from(["rebootRouter".to_owned()]));
    });
    one(native, Verdict::Blocking, "mgmt2 is Up with 4.19.1.0", |cloud| {
        let server = |name: &str, version: &str| ManagementServer {
            name: name.into(),
            state: "Up".into(),
            version: version.into(),
        };
        cloud.management_servers = known(vec![server("mgmt1", "4.20.1"), server("mgmt2", "4.19.1.0")]);
    });
    one(native, Verdict::Blocking, "PreparingToShutDown", |cloud| {
        let state = "PreparingToShutDown".to_owned();
        cloud.management_servers =
            known(vec![ManagementServer { name: "mgmt1".into(), state, version: "4.20.1.0".into() }]);
    });
}

#[test]
fn what_was_not_seen_does_not_count_as_good() {
    let native = RestartMode::Native;
    one(native, Verdict::Unknown, "timed out", |cloud| cloud.pending_jobs = unknown("timed out"));
    one(native, Verdict::Unknown, "timed out", |cloud| cloud.templates = unknown("timed out"));
    one(native, Verdict::Unknown, "r-13-VM", |cloud| {
        let mut vms = crate::fixture::system_vms();
        vms[2].root = unknown("listVolumes timed out");
        cloud.system_vms = known(vms);
    });
}

#[test]
fn an_old_release_that_cannot_list_its_servers_only_warns() {
    one(RestartMode::Native, Verdict::Warning, "no such command", |cloud| {
        cloud.version = known("4.15.2.0".into());
        cloud.hypervisors = known(Vec::new());
        cloud.management_servers = unknown("no such command");
    });
}

#[test]
fn hosts_are_needed_by_the_script_and_only_wished_for_otherwise() {
    let lose = |cloud: &mut CloudStackInventory| {
        cloud.management_hosts.insert(host_name(), unknown("no answer from mgmt1"));
    };
    one(RestartMode::Native, Verdict::Warning, "no answer", lose);
    assert!(found(RestartMode::Script, lose).iter().all(|(verdict, _)| *verdict == Verdict::Blocking));
}

#[test]
fn the_script_needs_its_programs_its_database_and_vms_at_rest() {
    let script = RestartMode::Script;
    let with = |change: fn(&mut model::cloudstack::ManagementHost)| {
        move |cloud: &mut CloudStackInventory| {
            let mut host = management_host(ScriptGeneration::G2);
            change(&mut host);
            cloud.management_hosts.insert(host_name(), known(host));
        }
    };
    one(script, Verdict::Blocking, "awk", with(|host| host.missing_programs = ["awk".to_owned()].into()));
    one(
        script,
        Verdict::Blocking,
        "Access denied",
        with(|host| {
            host.database = DatabaseAccess::Fails("ERROR 1045 (28000): Access denied".into());
        }),
    );
    one(script, Verdict::Blocking, "ENC", with(|host| host.database = DatabaseAccess::Encrypted));
    one(script, Verdict::Blocking, "by position", with(|host| *host = management_host(ScriptGeneration::G1)));
    one(script, Verdict::Blocking, "no such program", with(|host| host.script = None));
    one(script, Verdict::Blocking, "Starting", |cloud| {
        let mut vms = crate::fixture::system_vms();
        vms[0].state = VmState::Starting;
        cloud.system_vms = known(vms);
    });
}

#[test]
fn an_open_port_is_always_told() {
    for mode in [RestartMode::Native, RestartMode::Script] {
        one(mode, Verdict::Warning, "mgmt1 listens, also for this machine", |cloud| {
            let mut host = management_host(ScriptGeneration::G2);
            (host.integration_listening, host.integration_reachable) = (true, true);
            cloud.management_hosts.insert(host_name(), known(host));
        });
        one(mode, Verdict::Warning, "opens at the next restart", |cloud| cloud.integration_port = known(8096));
    }
}
