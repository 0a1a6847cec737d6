//! What is done in the wrong order is noticed (5.1, 5.3).

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{
    Migrated, Outcome, OvsAct, OvsFault, OvsGeneration, OvsInit, OvsLab, OvsShape, OvsTruth, UnitPhase, ViolationKind,
};
use support::ovs::{ok, on, single, start, until_truth};

const FRAMEWORK: &str =
    "stop ovs-watcher-framework; touch /etc/ready_for_upgrade; apt-get install -y openvstorage openvstorage-backend";
const MODEL: &str =
    "cd /opt/OpenvStorage && PYTHONPATH=. python -c 'from ovs.dal.helpers import Migration; Migration.migrate()'";
const EXTENSIONS: &str = "cd /opt/OpenvStorage && PYTHONPATH=. python -c \
    'from ovs.extensions.migration.migrator import Migrator; Migrator.migrate([\"1\"], [])'";

async fn three() -> OvsLab {
    start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMasters).await
}

/// Runs it on the first node; the kinds of what was wrong, each once.
async fn wrong(lab: &OvsLab, command: &str) -> Vec<ViolationKind> {
    on(lab, 0, command).await;
    kinds(&lab.truth())
}

fn kinds(truth: &OvsTruth) -> Vec<ViolationKind> {
    let mut kinds: Vec<ViolationKind> = truth.violations.iter().map(|violation| violation.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn a_volume_driver_without_its_dtl_writes_without_log_as_long_as_that_lasts() {
    let lab = single().await;
    assert_eq!(wrong(&lab, "stop ovs-dtl_vpool1").await, [ViolationKind::VolumedriverWithoutWriteLog]);
    assert!(lab.truth().violations[0].lasts);
    ok(on(&lab, 0, "start ovs-dtl_vpool1").await);
    let over = lab.truth().violations;
    assert!(!over[0].lasts && over[0].duration_ms.is_some() && over.len() == 1, "{over:?}");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_stops_before_its_volume_driver_is_noticed() {
    let lab = single().await;
    assert_eq!(wrong(&lab, "stop ovs-albaproxy_vpool1").await, [ViolationKind::VolumedriverWithoutProxy]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn disks_that_stop_under_volume_drivers_are_noticed() {
    let lab = single().await;
    let stop = "for file in /etc/init/alba-asd-*; do stop $(basename $file .conf); done";
    assert_eq!(wrong(&lab, stop).await, [ViolationKind::VolumedriverWithoutAsds]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_volume_driver_that_starts_before_its_backend_ends_again() {
    let lab = single().await;
    ok(on(&lab, 0, "stop ovs-watcher-volumedriver; stop ovs-volumedriver_vpool1; stop ovs-arakoon-mybackend-abm")
        .await);
    assert_eq!(lab.truth().violations, []);
    ok(on(&lab, 0, "start ovs-volumedriver_vpool1").await);
    let truth =
        until_truth(&lab, |truth| truth.nodes["ovs-node1"].units["ovs-volumedriver_vpool1"] == UnitPhase::Stopped)
            .await;
    assert_eq!(kinds(&truth), [ViolationKind::VolumedriverWithoutArakoon]);
    assert!(truth.nodes["ovs-node1"].mounted.is_empty());
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_volume_driver_that_stops_under_a_client_is_noticed() {
    let lab = single().await;
    lab.set_fault(OvsFault::VolumeInUse { vdisk: "ovs-node1-disk".into(), clients: 2 }).await.unwrap();
    assert_eq!(wrong(&lab, "stop ovs-volumedriver_vpool1").await, [ViolationKind::VolumeInUse]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn one_member_may_be_down_and_two_may_not() {
    let lab = three().await;
    ok(on(&lab, 0, "stop ovs-arakoon-mybackend-nsm_0").await);
    assert_eq!(lab.truth().violations, []);
    ok(on(&lab, 1, "stop ovs-arakoon-mybackend-nsm_0").await);
    let truth = lab.truth();
    assert_eq!(kinds(&truth), [ViolationKind::VolumedriverWithoutArakoon, ViolationKind::TwoMembersDown]);
    assert_eq!(truth.masters["mybackend-nsm_0"], None);
    assert_eq!(
        truth.violations.iter().find(|found| found.kind == ViolationKind::TwoMembersDown).unwrap().place,
        "mybackend-nsm_0"
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_model_may_go_only_when_the_framework_has_gone() {
    let lab = single().await;
    let kinds = wrong(&lab, "stop ovs-arakoon-ovsdb").await;
    assert_eq!(kinds, [ViolationKind::FrameworkWithoutModel]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_framework_that_starts_before_its_migrations_and_with_the_gate_open_is_noticed() {
    let lab = single().await;
    let kinds = wrong(&lab, &format!("{FRAMEWORK}; start ovs-watcher-framework")).await;
    assert_eq!(kinds, [ViolationKind::FrameworkBeforeMigration, ViolationKind::GateLeftOpen]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_framework_that_starts_while_another_node_is_old_is_noticed() {
    let lab = three().await;
    let all = format!(
        "{FRAMEWORK}; rm /etc/ready_for_upgrade; {EXTENSIONS}; {MODEL}; service memcached restart; start ovs-watcher-framework"
    );
    // The others, which were left running, start again when this node's memcached does, and are wrong too.
    assert!(wrong(&lab, &all).await.contains(&ViolationKind::FrameworkOnMixedCode));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn memcached_must_be_restarted_after_the_migration() {
    let lab = single().await;
    let all = format!("{FRAMEWORK}; rm /etc/ready_for_upgrade; {EXTENSIONS}; {MODEL}; start ovs-watcher-framework");
    assert_eq!(wrong(&lab, &all).await, [ViolationKind::StaleMemcached]);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn migrations_run_once_with_addresses_and_with_the_model() {
    let lab = single().await;
    ok(on(&lab, 0, FRAMEWORK).await);
    assert_eq!(lab.truth().violations, []);
    ok(on(&lab, 0, &EXTENSIONS.replace("[\"1\"], []", "")).await);
    assert_eq!(kinds(&lab.truth()), [ViolationKind::MigrationSkipped]);
    ok(on(&lab, 0, MODEL).await);
    assert_eq!(wrong(&lab, MODEL).await, [ViolationKind::MigrationTwice, ViolationKind::MigrationSkipped]);
    ok(on(&lab, 0, "stop ovs-arakoon-ovsdb").await);
    let failed = on(&lab, 0, MODEL).await;
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("Traceback") && failed.stderr.contains("ArakoonNoMaster"), "{}", failed.stderr);
    assert_eq!(lab.truth().count(ViolationKind::MigrationWithoutArakoon), 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn migrations_at_the_same_time_are_noticed() {
    let lab = single().await;
    ok(on(&lab, 0, FRAMEWORK).await);
    // One may be over before the other has come to begin; so pairs are started until two of them meet.
    for _ in 0..20 {
        on(&lab, 0, &format!("({MODEL}) & ({MODEL}); wait")).await;
        if lab.truth().count(ViolationKind::MigrationsInParallel) > 0 {
            break;
        }
    }
    assert_eq!(lab.truth().count(ViolationKind::MigrationsInParallel), 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_fails_is_written_down_with_its_arguments() {
    let lab = single().await;
    ok(on(&lab, 0, FRAMEWORK).await);
    let node = lab.nodes()[0].name.clone();
    lab.set_fault(OvsFault::MigrationFails { node, kind: Migrated::Extensions }).await.unwrap();
    assert_eq!(on(&lab, 0, EXTENSIONS).await.code, 1);
    let acts: Vec<OvsAct> = lab.truth().events.into_iter().map(|event| event.act).collect();
    let arguments = vec!["[1]".to_owned(), "[]".to_owned()];
    assert!(acts.contains(&OvsAct::MigrationStarted { kind: Migrated::Extensions, arguments }), "{acts:?}");
    assert!(acts.contains(&OvsAct::MigrationEnded { kind: Migrated::Extensions, outcome: Outcome::Failed }));
    // The next one works, and counts in the node's own file.
    ok(on(&lab, 0, EXTENSIONS).await);
    assert!(ok(on(&lab, 0, "cat /opt/OpenvStorage/config/ovs.json").await).contains("\"ovs\": 2"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_may_lose_its_master_during_a_rolling_restart() {
    let lab = three().await;
    let ask = "arakoon --who-master -config /opt/OpenvStorage/config/arakoon/mybackend-abm/mybackend-abm.cfg";
    lab.set_fault(OvsFault::ArakoonLosesMaster { cluster: "mybackend-abm".into() }).await.unwrap();
    ok(on(&lab, 0, ask).await);
    ok(on(&lab, 1, "stop ovs-arakoon-mybackend-abm; start ovs-arakoon-mybackend-abm").await);
    assert_eq!(on(&lab, 0, ask).await.code, 1);
    lab.clear_faults().await.unwrap();
    ok(on(&lab, 0, ask).await);
    lab.stop().await.unwrap();
}
