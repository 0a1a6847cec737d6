//! The vendor's own updater (3.2 to 3.4): started as a person would, it ends with all nodes new, or fails as it does.

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{Migrated, Outcome, OvsAct, OvsFault, OvsGeneration, OvsInit, OvsLab, OvsShape, OvsTruth, ViolationKind};
use support::ovs::{ok, on, single, start, until_all_run, until_truth};

/// Starts the updater and waits until it has ended; how it did.
async fn update(lab: &OvsLab, components: &str) -> (OvsTruth, Outcome) {
    let started = on(lab, 0, &format!("ovs update {components}")).await;
    assert_eq!(started.code, 0, "{}", started.stderr);
    assert!(started.stderr.contains("job "), "it is handed to at");
    let ended = |truth: &OvsTruth| {
        truth.events.iter().rev().find_map(|event| match event.act {
            OvsAct::UpdaterEnded { outcome } => Some(outcome),
            _ => None,
        })
    };
    let truth = until_truth(lab, |truth| ended(truth).is_some()).await;
    let outcome = ended(&truth).unwrap();
    (truth, outcome)
}

/// Everything runs, no flag is left, and no package has one of these versions.
async fn all_new(lab: &OvsLab, marks: &[&str]) {
    let truth = until_all_run(lab).await;
    for (name, node) in &truth.nodes {
        for (package, version) in &node.packages {
            assert!(!marks.contains(&version.as_str()), "{name}: {package} {version}");
        }
        assert_eq!(node.flags.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn generation_a_updates_the_framework_and_then_the_storage_driver() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtra).await;
    let (truth, outcome) = update(&lab, "framework").await;
    assert_eq!(outcome, Outcome::Done, "{:?}", on(&lab, 0, "tail -n 20 /var/log/ovs/lib.log").await);
    all_new(
        &lab,
        &["2.6.1-rev.3298.aaaaaaa-1", "1.6.1-rev.498.1b2c3d4-1", "1.6.3-rev.352.76af109-1", "0.7.3", "1.8.9"],
    )
    .await;
    assert_eq!(truth.nodes["ovs-node4"].packages["volumedriver-server"], "3.6.1-0");
    assert_eq!(
        truth.count(ViolationKind::FrameworkOnMixedCode) + truth.count(ViolationKind::FrameworkBeforeMigration),
        0
    );
    let order: Vec<Migrated> = truth
        .events
        .iter()
        .filter_map(|event| match &event.act {
            OvsAct::MigrationStarted { kind, .. } => Some(*kind),
            _ => None,
        })
        .collect();
    assert_eq!(
        order,
        [Migrated::Extensions, Migrated::Extensions, Migrated::Extensions, Migrated::Extensions, Migrated::Model]
    );
    until_truth(&lab, |truth| truth.updaters.is_empty()).await;
    let log = ok(on(
        &lab,
        0,
        "grep -o '+++.*+++' /var/log/ovs/lib.log; while ! grep -qx done /var/log/ovs/update.log; do :; done",
    )
    .await);
    assert_eq!(log, "+++ Starting update +++\n+++ Finished updating +++\n");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn generation_a_stops_all_volume_drivers_at_once() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    let (truth, outcome) = update(&lab, "volumedriver").await;
    assert_eq!(outcome, Outcome::Done, "{:?}", on(&lab, 0, "tail -n 20 /var/log/ovs/lib.log").await);
    all_new(&lab, &["3.6.1-0", "0.7.3", "1.8.9"]).await;
    let is_voldrv = |unit: &String| unit.starts_with("ovs-volumedriver_");
    let stops =
        truth.events.iter().rposition(|event| matches!(&event.act, OvsAct::Stopped { unit, .. } if is_voldrv(unit)));
    let starts =
        truth.events.iter().position(|event| matches!(&event.act, OvsAct::Started { unit, .. } if is_voldrv(unit)));
    assert!(stops < starts);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn generation_b_updates_all_components() {
    let lab = start(OvsGeneration::B, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    let (_, outcome) = update(&lab, "framework,storagedriver,alba").await;
    assert_eq!(outcome, Outcome::Done, "{:?}", on(&lab, 0, "tail -n 20 /var/log/ovs/update.log").await);
    all_new(&lab, &["2.9.2-1", "1.9.2-1", "1.8.1-1", "1.5.21", "1.9.22", "6.16.5-0", "0.4.0-1"]).await;
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn generation_c_updates_all_components_and_the_storage_node() {
    let lab = start(OvsGeneration::C, OvsInit::Systemd, OvsShape::ThreeMastersOneExtraOneStorage).await;
    let (truth, outcome) = update(&lab, "framework,storagedriver,alba").await;
    assert_eq!(outcome, Outcome::Done, "{:?}", on(&lab, 0, "tail -n 20 /var/log/ovs/update.log").await);
    all_new(&lab, &["2.11.3-1", "1.11.3-1", "1.10.0-1", "1.5.22", "1.9.22", "6.16.5-0", "0.4.0-1"]).await;
    assert_eq!(truth.nodes["ovs-disks5"].packages["openvstorage-sdm"], "1.10.1-1");
    let log = ok(on(&lab, 0, "cat /var/log/ovs/update.log").await);
    let line = log.lines().find(|line| line.contains("Creating lock files")).unwrap();
    assert!(line.contains(" - ovs-node1 - 10809/140546189371200 - lib/update - 1 - INFO - 127."), "{line}");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_failed_installation_leaves_generation_a_on_mixed_code() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    let fault = OvsFault::InstallFails { node: "ovs-node2".into(), package: "openvstorage-core".into() };
    lab.set_fault(fault).await.unwrap();
    let (truth, outcome) = update(&lab, "framework").await;
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(truth.nodes["ovs-node3"].packages["openvstorage-core"], "2.6.1-rev.3298.aaaaaaa-1");
    assert!(truth.count(ViolationKind::FrameworkOnMixedCode) > 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_failed_installation_leaves_the_framework_of_generation_c_down() {
    let lab = start(OvsGeneration::C, OvsInit::Systemd, OvsShape::Single).await;
    let fault = OvsFault::InstallFails { node: "ovs-node1".into(), package: "openvstorage-core".into() };
    lab.set_fault(fault).await.unwrap();
    let (truth, outcome) = update(&lab, "framework,alba").await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(!truth.nodes["ovs-node1"].running.contains_key("ovs-watcher-framework"));
    assert_eq!(truth.count(ViolationKind::FrameworkOnMixedCode), 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_hook_that_fails_is_logged_and_the_updater_says_finished() {
    let lab = single().await;
    lab.set_fault(OvsFault::HookFails { node: "ovs-node1".into() }).await.unwrap();
    let (truth, outcome) = update(&lab, "framework").await;
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(truth.nodes["ovs-node1"].packages["openvstorage-sdm"], "1.6.3-rev.352.76af109-1");
    assert!(ok(on(&lab, 0, "cat /var/log/ovs/lib.log").await).contains("Post upgrade hook failed"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_node_that_is_down_ends_it_before_anything_is_touched() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    lab.set_fault(OvsFault::NodeDown { node: "ovs-node3".into() }).await.unwrap();
    let (truth, outcome) = update(&lab, "framework").await;
    assert_eq!(outcome, Outcome::Failed);
    assert!(!truth.events.iter().any(|event| matches!(event.act, OvsAct::Unpacking { .. } | OvsAct::FlagSet { .. })));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn somebody_elses_updater_is_seen_and_holds_the_lock_of_its_node() {
    let lab = single().await;
    lab.set_fault(OvsFault::ForeignUpdate { node: "ovs-node1".into() }).await.unwrap();
    assert_eq!(ok(on(&lab, 0, "ls /etc/ready_for_upgrade /etc/upgrade_ongoing | wc -l; atq | wc -l").await), "2\n1\n");
    assert!(ok(on(&lab, 0, "ps ax | grep '[U]pdateController'").await).contains("update_framework()"));
    assert_eq!(on(&lab, 0, "flock -n /run/lock/ovs_flock_system_update true").await.code, 1);
    ok(on(&lab, 0, "ovs update framework; while [ $(atq | wc -l) != 1 ]; do :; done").await);
    assert!(ok(on(&lab, 0, "cat /var/log/ovs/lib.log").await).contains("Another update is in progress"));
    lab.clear_faults().await.unwrap();
    assert_eq!(ok(on(&lab, 0, "ls /etc/*_ongoing /etc/ready_for_upgrade 2>/dev/null | wc -l; atq").await), "0\n");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn two_updaters_on_two_nodes_are_noticed() {
    let lab = start(OvsGeneration::C, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    lab.set_fault(OvsFault::ForeignUpdate { node: "ovs-node2".into() }).await.unwrap();
    let (truth, _) = update(&lab, "alba").await;
    assert_eq!(truth.count(ViolationKind::TwoUpdaters), 1);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn an_updater_that_is_killed_stops_where_it_is() {
    let lab = start(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMasters).await;
    ok(on(&lab, 0, "ovs update framework").await);
    until_truth(&lab, |truth| truth.events.iter().any(|event| matches!(event.act, OvsAct::Unpacking { .. }))).await;
    ok(on(&lab, 0, "flock -n /var/lock/ovs_flock_system_update true || pkill -f '[U]pdateController'").await);
    let truth = until_truth(&lab, |truth| truth.updaters.is_empty()).await;
    assert!(truth.events.iter().any(|event| event.act == OvsAct::UpdaterEnded { outcome: Outcome::Failed }));
    assert!(truth.nodes["ovs-node1"].flags.contains("/etc/upgrade_ongoing"));
    lab.stop().await.unwrap();
}
