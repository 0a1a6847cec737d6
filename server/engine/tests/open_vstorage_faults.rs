//! Everything that can go wrong with the two buttons of Open vStorage: the right state, the right words, and the cluster
//! agrees.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::Pace;
use lab::ovs::api::ApiFault;
use lab::ovs::{Migrated, OvsAct, OvsFault, OvsGeneration, OvsInit, OvsLabConfig, OvsShape, OvsTruth, UnitPhase};
use model::event::Outcome;
use model::open_vstorage::READY_FLAG;
use model::procedure::{Inputs, UpdateMode};
use model::view::RunView;

use support::cluster::{ClusterStory, assert_clean, framework, storage_driver};
use support::{assert_outcome, complaints};

const STEP: UpdateMode = UpdateMode::StepByStep;

fn config() -> OvsLabConfig {
    let (generation, init) = (OvsGeneration::A, OvsInit::Upstart);
    OvsLabConfig { generation, init, shape: OvsShape::ThreeMastersOneExtra, pace: Pace::Fast }
}

/// The fault is seen before anything is touched, when the approved plan is to be started.
async fn is_not_started(fault: OvsFault, inputs: Inputs, words: &[&str]) {
    let story = ClusterStory::begin(config()).await;
    let request = story.ask(inputs).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(fault).await.unwrap();
    let refused = story.start(&request).await.unwrap_err().to_string();
    assert!(words.iter().all(|word| refused.contains(word)), "{words:?} not in: {refused}");
    assert_untouched(&story.lab.truth());
    story.finish().await;
}

#[track_caller]
fn assert_untouched(truth: &OvsTruth) {
    assert_eq!(truth.violations, []);
    let asked = |act: &OvsAct| {
        matches!(act, OvsAct::Installed { .. } | OvsAct::MigrationStarted { .. } | OvsAct::UpdaterStarted { .. })
            || matches!(act, OvsAct::Stopped { cause: lab::ovs::StopCause::Asked, .. })
    };
    let touched: Vec<_> = truth.events.iter().filter(|event| asked(&event.act)).collect();
    assert!(touched.is_empty(), "{touched:#?}");
}

/// The fault shows in the middle; the run fails and says so.
async fn fails(fault: OvsFault, inputs: Inputs, words: &[&str]) -> (ClusterStory, RunView) {
    let story = ClusterStory::begin(config()).await;
    let request = story.ask(inputs).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(fault).await.unwrap();
    let run = story.start(&request).await.unwrap();
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} not in: {said}");
    assert_clean(&story.lab.truth());
    (story, view)
}

fn node(story: &ClusterStory, number: usize) -> String {
    story.lab.nodes()[number].name.clone()
}

const FIRST: &str = "ovs-node1";
const SECOND: &str = "ovs-node2";

/// No code of two versions runs, and nobody started it behind our back (framework#1401).
#[track_caller]
fn assert_framework_stays_down(truth: &OvsTruth) {
    for (name, node) in &truth.nodes {
        if let Some(phase) = node.units.get("ovs-watcher-framework") {
            assert_eq!(*phase, UnitPhase::Stopped, "the framework of {name} was started again");
        }
        assert!(!node.flags.contains(READY_FLAG), "the gate of {name} stays open");
    }
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_keeps_everything_from_being_started() {
    is_not_started(OvsFault::NodeDown { node: SECOND.into() }, framework(STEP), &[SECOND]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_package_lock_is_named() {
    is_not_started(OvsFault::AptLockHeld { node: SECOND.into() }, framework(STEP), &[SECOND, "lock"]).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_half_configured_package_is_named() {
    let fault = OvsFault::DpkgInterrupted { node: SECOND.into(), package: "alba".into() };
    is_not_started(fault, storage_driver(STEP), &[SECOND, "alba"]).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_somebody_else_is_waited_for_by_a_person() {
    is_not_started(OvsFault::ForeignUpdate { node: SECOND.into() }, framework(UpdateMode::Supervised), &[SECOND]).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named() {
    is_not_started(OvsFault::LowDisk { node: SECOND.into() }, framework(STEP), &[SECOND]).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_fails_on_one_node_is_unknown_and_nothing_is_started() {
    is_not_started(OvsFault::VersionCheckFails { node: SECOND.into() }, framework(STEP), &[SECOND]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_with_a_hostile_name_is_refused_and_never_run() {
    let fault = OvsFault::HostileUnit { node: SECOND.into(), unit: "ovs-volumedriver_x; reboot".into() };
    is_not_started(fault, storage_driver(STEP), &[SECOND]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_fails_on_the_second_node_leaves_the_framework_down_and_the_gate_closed() {
    let fault = OvsFault::InstallFails { node: SECOND.into(), package: "openvstorage-core".into() };
    let (story, _) = fails(fault, framework(STEP), &[SECOND]).await;
    assert_framework_stays_down(&story.lab.truth());
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_somebody_closes_again_ends_the_run_and_names_the_node() {
    let (story, _) = fails(OvsFault::GateClosesAgain { node: SECOND.into() }, framework(STEP), &[SECOND]).await;
    assert_framework_stays_down(&story.lab.truth());
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_is_not_repeated_and_the_framework_stays_down() {
    let fault = OvsFault::MigrationFails { node: SECOND.into(), kind: Migrated::Extensions };
    let (story, _) = fails(fault, framework(STEP), &[SECOND]).await;
    let truth = story.lab.truth();
    assert_framework_stays_down(&truth);
    let begun = truth.events.iter().filter(|event| {
        event.node == SECOND && matches!(event.act, OvsAct::MigrationStarted { kind: Migrated::Extensions, .. })
    });
    assert_eq!(begun.count(), 1, "a failed migration was started again");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_memcached_that_does_not_come_back_is_named_and_the_framework_is_not_started() {
    let (story, _) =
        fails(OvsFault::MemcachedStaysDown { node: FIRST.into() }, framework(STEP), &["memcached", FIRST]).await;
    assert_framework_stays_down(&story.lab.truth());
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_its_master_stops_the_rolling_restart_at_once() {
    let fault = OvsFault::ArakoonLosesMaster { cluster: "mybackend-abm".into() };
    let (story, _) = fails(fault, storage_driver(STEP), &["mybackend-abm"]).await;
    let truth = story.lab.truth();
    let restarted = truth
        .events
        .iter()
        .filter(|event| matches!(&event.act, OvsAct::Stopped { unit, .. } if unit == "ovs-arakoon-mybackend-abm"));
    assert_eq!(restarted.count(), 1, "a second member was stopped without a master");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn volumes_in_use_are_waited_for_and_nothing_is_stopped_under_them() {
    let mut tuning = support::cluster::tuning();
    tuning.idle_deadline = 5;
    let story = ClusterStory::begin_with(config(), tuning).await;
    let disk = format!("{}-disk", node(&story, 0));
    let request = story.ask(storage_driver(STEP)).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(OvsFault::VolumeInUse { vdisk: disk.clone(), clients: 1 }).await.unwrap();
    let run = match story.start(&request).await {
        Ok(run) => run,
        Err(refused) => {
            // Whoever has a volume open when the start is looked at is named there already.
            assert!(refused.to_string().contains(&disk), "{refused}");
            return story.finish().await;
        }
    };
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    assert!(complaints(&view).contains(&disk), "{}", complaints(&view));
    let truth = story.lab.truth();
    assert_clean(&truth);
    let stopped = truth
        .events
        .iter()
        .any(|event| matches!(&event.act, OvsAct::Stopped { unit, .. } if unit.starts_with("ovs-volumedriver_")));
    assert!(!stopped, "a volume driver was stopped under somebody");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn an_updater_that_says_finished_after_a_hook_failed_is_not_believed() {
    let fault = OvsFault::HookFails { node: SECOND.into() };
    let story = ClusterStory::begin(config()).await;
    let request = story.ask(framework(UpdateMode::Supervised)).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(fault).await.unwrap();
    let run = story.start(&request).await.unwrap();
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(said.contains("it has ended, but openvstorage-sdm is"), "{said}");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_launch_from_the_stock_page_is_shown_and_its_failure_does_not_end_the_updater_that_works() {
    let story = ClusterStory::begin(config()).await;
    let request = story.ask(storage_driver(UpdateMode::Supervised)).await.unwrap();
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    let api = story.lab.api();
    let reason = "Command 'ovs update' failed: garbled time".to_owned();
    api.set_fault(ApiFault::TaskFails { name: "update_volumedriver".into(), reason: reason.clone() });
    api.set_fault(ApiFault::TasksHang);
    let task = api.press_update(story.lab.nodes()[0].address.parse().unwrap()).unwrap();
    let watch = |view: &RunView, words: &str| {
        let step = view.state.steps.iter().find(|(id, _)| id.as_str() == "updater/watch");
        let wait = step.and_then(|(_, step)| step.wait.as_ref());
        wait.is_some_and(|wait| wait.reason.words().contains(words))
    };
    let under_way = format!("task update_volumedriver {task} is PENDING with celery@");
    story.until(&run, "the task beside the updater", |view| watch(view, &under_way)).await;
    api.end_fault(&ApiFault::TasksHang);
    story.until(&run, "the words of the failed task", |view| watch(view, &reason)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.lab.truth();
    let started = truth.events.iter().filter(|event| matches!(event.act, OvsAct::UpdaterStarted { .. }));
    assert_eq!(started.count(), 1, "another updater was started");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_locally_edited_configuration_file_does_not_hang_the_installation() {
    let story = ClusterStory::begin(config()).await;
    story.lab.set_fault(OvsFault::ConffileChanged { node: SECOND.into() }).await.unwrap();
    let run = story.carry_out(framework(STEP)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_clean(&story.lab.truth());
    story.finish().await;
}

const PATCHED: &str = "/opt/OpenvStorage/ovs/lib/update.py";

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_patched_file_comes_back_from_its_sealed_copy_when_its_node_has_lost_everything() {
    let story = ClusterStory::begin(config()).await;
    story.make_key();
    story.lab.set_fault(OvsFault::FilePatched { node: SECOND.into(), path: PATCHED.into() }).await.unwrap();
    let patched = story.lab.read_file(SECOND, PATCHED).unwrap();
    let run = story.carry_out(framework(STEP)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_ne!(story.lab.read_file(SECOND, PATCHED).unwrap(), patched, "the package has replaced it");

    story.lab.set_fault(OvsFault::KeptIsLost { node: SECOND.into() }).await.unwrap();
    let run = story.carry_out(framework(UpdateMode::PutFilesBack)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert!(view.state.steps.keys().any(|id| id.as_str().starts_with("bring/")), "{:#?}", view.state.steps);
    assert_eq!(story.lab.read_file(SECOND, PATCHED).unwrap(), patched);
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_patched_file_is_kept_shown_and_put_back_by_a_request_of_its_own() {
    let story = ClusterStory::begin(config()).await;
    let fault = OvsFault::FilePatched { node: SECOND.into(), path: PATCHED.into() };
    story.lab.set_fault(fault).await.unwrap();
    let request = story.ask(framework(STEP)).await.unwrap();
    // Nobody has made a key file: that copies stay on their node is said before, and what to do about it.
    let prechecks = story.request(&request).await.request.prechecks;
    let stays = prechecks.iter().find(|check| check.evidence.contains("kept on their nodes only")).unwrap();
    assert!(stays.evidence.contains(PATCHED) && stays.resolution.contains("key_file"), "{stays:?}");
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let printed = support::output(&story, &run).await;
    assert!(printed.contains(PATCHED) && printed.contains("@@"), "the difference is not shown: {printed}");

    let run = story.carry_out(framework(UpdateMode::PutFilesBack)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let again = story.ask(framework(UpdateMode::PutFilesBack)).await.unwrap_err().to_string();
    assert!(again.contains("nothing to do"), "{again}");
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_run_left_down_is_started_by_a_request_of_its_own() {
    let fault = OvsFault::ArakoonLosesMaster { cluster: "mybackend-abm".into() };
    let (story, _) = fails(fault, storage_driver(STEP), &["mybackend-abm"]).await;
    let down = |truth: &OvsTruth| {
        let units = truth.nodes.values().flat_map(|node| node.units.values());
        units.filter(|phase| **phase != UnitPhase::Running).count()
    };
    assert!(down(&story.lab.truth()) > 0, "nothing was left down");
    story.lab.clear_faults().await.unwrap();
    let run = story.carry_out(storage_driver(UpdateMode::StartStopped)).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.lab.truth();
    assert_clean(&truth);
    assert_eq!(down(&truth), 0, "something is still down: {:#?}", truth.nodes);
    story.finish().await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn half_an_installation_is_for_a_person_to_finish_before_anything_is_started() {
    let fault = OvsFault::InstallFails { node: SECOND.into(), package: "volumedriver-server".into() };
    let (story, _) = fails(fault, storage_driver(STEP), &[SECOND]).await;
    story.lab.clear_faults().await.unwrap();
    let request = story.ask(storage_driver(UpdateMode::StartStopped)).await.unwrap();
    story.approve(&request).await;
    let refused = story.start(&request).await.unwrap_err().to_string();
    assert!(refused.contains(SECOND) && refused.contains("dpkg --configure -a"), "{refused}");
    story.finish().await;
}
