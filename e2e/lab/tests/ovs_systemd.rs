//! Commands of a systemd node print and end as the dossier says (5.1, 7.2).

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{OvsFault, OvsGeneration, OvsInit, OvsLab, OvsShape, StopCause, ViolationKind};
use support::ovs::{ok, on, start, until_truth};
use support::until;

async fn check(lab: &OvsLab, command: &str, code: i32, stdout: &str) {
    let out = on(lab, 0, command).await;
    assert_eq!((out.stdout.as_str(), out.code), (stdout, code), "{command}: {}", out.stderr);
}

async fn new() -> OvsLab {
    start(OvsGeneration::C, OvsInit::Systemd, OvsShape::Single).await
}

#[tokio::test]
async fn units_tell_their_state() {
    let lab = new().await;
    check(&lab, "systemctl is-active ovs-arakoon-ovsdb", 0, "active\n").await;
    check(&lab, "systemctl stop ovs-dtl_vpool1", 0, "").await;
    check(&lab, "systemctl stop ovs-dtl_vpool1", 0, "").await;
    check(&lab, "systemctl is-active ovs-dtl_vpool1", 3, "inactive\n").await;
    check(&lab, "systemctl is-active nonsense", 3, "inactive\n").await;
    check(&lab, "systemctl is-enabled ovs-dtl_vpool1", 0, "enabled\n").await;
    check(&lab, "systemctl disable ovs-dtl_vpool1; systemctl is-enabled ovs-dtl_vpool1", 1, "disabled\n").await;
    check(&lab, "systemctl show ovs-dtl_vpool1 --property=MainPID", 0, "MainPID=0\n").await;
    check(&lab, "systemctl show ovs-dtl_vpool1 -p ActiveState,SubState", 0, "ActiveState=inactive\nSubState=dead\n")
        .await;
    let stop = on(&lab, 0, "systemctl stop nonsense").await;
    assert_eq!(stop.stderr, "Failed to stop nonsense.service: Unit nonsense.service not loaded.\n");
    assert_eq!(stop.code, 5);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn unit_files_are_listed_by_pattern() {
    let lab = new().await;
    let files = "systemctl list-unit-files 'ovs-albaproxy_*' --no-legend | awk '{print $1, $2}'";
    check(&lab, files, 0, "ovs-albaproxy_vpool1_0.service enabled\novs-albaproxy_vpool1_1.service enabled\n").await;
    ok(on(&lab, 0, "systemctl stop ovs-albaproxy_vpool1_1").await);
    let units = "systemctl list-units 'ovs-albaproxy_*' --no-legend | wc -l";
    check(&lab, units, 0, "1\n").await;
    check(&lab, &units.replace("list-units", "list-units --all"), 0, "2\n").await;
    check(&lab, "ls /lib/systemd/system/ovs-albaproxy_* | wc -l", 0, "2\n").await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_pattern_stops_what_runs_and_starts_nothing_that_is_stopped() {
    let lab = new().await;
    let running = "systemctl list-units 'alba-asd-*' --no-legend --state=running | wc -l";
    check(&lab, running, 0, "2\n").await;
    ok(on(&lab, 0, "systemctl stop 'alba-asd-*'").await);
    check(&lab, running, 0, "0\n").await;
    ok(on(&lab, 0, "systemctl start 'alba-asd-*'").await);
    check(&lab, running, 0, "0\n").await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_is_told_to_end_stays_down_and_one_that_is_killed_comes_back() {
    let lab = new().await;
    let (unit, main) = ("ovs-albaproxy_vpool1_0", "systemctl show -p MainPID --value ovs-albaproxy_vpool1_0");
    ok(on(&lab, 0, &format!("kill -9 $({main})")).await);
    until(async || {
        (on(&lab, 0, &format!("systemctl show -p NRestarts {unit}")).await.stdout == "NRestarts=1\n").then_some(())
    })
    .await;
    until_truth(&lab, |truth| truth.nodes["ovs-node1"].running.contains_key(unit)).await;
    ok(on(&lab, 0, &format!("kill $({main})")).await);
    until_truth(&lab, |truth| !truth.nodes["ovs-node1"].running.contains_key(unit)).await;
    check(&lab, &format!("systemctl is-active {unit}"), 3, "inactive\n").await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_watcher_is_activating_while_it_waits_and_start_can_be_told_not_to() {
    let lab = new().await;
    ok(on(&lab, 0, "systemctl stop ovs-watcher-framework memcached").await);
    ok(on(&lab, 0, "systemctl start --no-block ovs-watcher-framework").await);
    check(&lab, "systemctl is-active ovs-watcher-framework", 3, "activating\n").await;
    assert!(ok(on(&lab, 0, "ovs monitor services").await).contains("ovs-watcher-framework        activating\n"));
    ok(on(&lab, 0, "systemctl start memcached && systemctl start ovs-watcher-framework").await);
    check(&lab, "systemctl is-active ovs-workers", 0, "active\n").await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn old_units_tie_the_volume_driver_to_its_proxy_and_kill_all_when_the_mount_is_busy() {
    let lab = start(OvsGeneration::A, OvsInit::Systemd, OvsShape::Single).await;
    let node = lab.nodes()[0].name.clone();
    check(&lab, "systemctl show -p RequiredBy ovs-albaproxy_vpool1", 0, "RequiredBy=ovs-volumedriver_vpool1.service\n")
        .await;
    assert!(
        ok(on(&lab, 0, "systemctl show -p ExecStopPost ovs-volumedriver_vpool1").await)
            .contains("pkill -9 volumedriver_fs")
    );
    assert!(ok(on(&lab, 0, "systemctl cat ovs-volumedriver_vpool1").await).contains("\nExecStopPost="));
    ok(on(&lab, 0, "systemctl stop ovs-albaproxy_vpool1").await);
    let truth = lab.truth();
    assert!(!truth.nodes[&node].running.contains_key("ovs-volumedriver_vpool1"));
    assert!(
        truth.events.iter().any(|event| event.act
            == lab::OvsAct::Stopped { unit: "ovs-volumedriver_vpool1".into(), cause: StopCause::Follows })
    );
    assert_eq!(truth.count(ViolationKind::VolumedriverWithoutProxy), 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn memcached_that_does_not_come_back_started_well_and_is_failed() {
    let lab = new().await;
    lab.set_fault(OvsFault::MemcachedStaysDown { node: lab.nodes()[0].name.clone() }).await.unwrap();
    ok(on(&lab, 0, "systemctl restart memcached").await);
    until_truth(&lab, |truth| truth.nodes["ovs-node1"].units["memcached"] == lab::UnitPhase::Failed).await;
    check(&lab, "systemctl is-active memcached", 3, "failed\n").await;
    assert!(ok(on(&lab, 0, "journalctl -u memcached -n 5 --no-pager").await).contains("memcached"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn configurations_are_in_the_cluster_of_their_own() {
    let lab = new().await;
    let url = "arakoon://config/ovs/arakoon/ovsdb/config?ini=%2Fopt%2FOpenvStorage%2Fconfig%2Farakoon_cacc.ini";
    let id = ok(on(&lab, 0, "cat /etc/openvstorage_id").await);
    assert_eq!(ok(on(&lab, 0, &format!("arakoon --who-master -config '{url}'")).await), id);
    assert_eq!(ok(on(&lab, 0, "arakoon --who-master -config /opt/OpenvStorage/config/arakoon_cacc.ini").await), id);
    assert!(ok(on(&lab, 0, "ovs config get ovs/arakoon/voldrv/config").await).contains(&format!("cluster = {id}")));
    ok(on(&lab, 0, "systemctl stop ovs-arakoon-config").await);
    assert_eq!(on(&lab, 0, &format!("arakoon --who-master -config '{url}'")).await.code, 1);
    let of_driver = ok(on(&lab, 0, "cat /opt/OpenvStorage/run/volumedriver_vpool1.version").await);
    assert_eq!(of_driver, "volumedriver-no-dedup-server=6.16.5\n");
    assert_eq!(
        ok(on(&lab, 0, "cat /opt/OpenvStorage/run/arakoon-mybackend-abm.version").await),
        "arakoon=1.9.22;alba=1.5.22\n"
    );
    lab.stop().await.unwrap();
}
