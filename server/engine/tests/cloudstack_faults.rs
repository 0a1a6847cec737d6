//! Everything that can go wrong with Restart System VMs: the right state, the right words, and the lab agrees.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::{Aim, Fault, LabConfig};
use model::environment::Tuning;
use model::event::Outcome;
use model::procedure::RestartSystemVms;
use model::run::Status;
use model::verb::Verb;
use support::{Story, assert_outcome, assert_safe, complaints, native, outcome, script, tuning};

/// Runs with a fault from the beginning, to the end.
async fn run_with(fault: Fault, inputs: RestartSystemVms) -> (Story, model::view::RunView) {
    let story = Story::begin_with(LabConfig::default(), Tuning { vm_deadline: 6, ..tuning() }).await;
    let request = story.prepare(inputs).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(fault).await;
    let run = story.start(&request).await.unwrap();
    let view = story.end(&run).await;
    (story, view)
}

async fn succeeds_all_the_same(fault: Fault) -> Story {
    let (story, view) = run_with(fault, native()).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert_safe(&truth);
    assert!(truth.all_rebuilt());
    story
}

async fn fails_saying(fault: Fault, words: &[&str]) -> Story {
    let (story, view) = run_with(fault, native()).await;
    assert_outcome(&view, Outcome::Failed);
    let said = complaints(&view);
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} not in: {said}");
    assert_safe(&story.lab.truth().await);
    story
}

/// The fault is seen before anything is touched.
async fn is_not_started(fault: Fault, inputs: RestartSystemVms, words: &[&str]) {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(inputs).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(fault).await;
    let refused = story.start(&request).await.unwrap_err().to_string();
    assert!(words.iter().all(|word| refused.contains(word)), "{words:?} not in: {refused}");
    let truth = story.lab.truth().await;
    assert!(truth.vms.values().all(|vm| vm.stops.is_empty()), "something was touched");
    assert_safe(&truth);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_job_fails_once_is_tried_again() {
    succeeds_all_the_same(Fault::JobFails { aim: Aim::command("startSystemVm").times(1), code: 530 })
        .await
        .finish()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_whose_job_fails_ends_the_run_and_names_it() {
    let story = fails_saying(Fault::JobFails { aim: Aim::command("rebootRouter"), code: 534 }, &["r-", "534"]).await;
    let truth = story.lab.truth().await;
    assert!(truth.received("rebootRouter").count() <= 2, "a failed router was rebooted again and again");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_says_done_over_an_old_disk_is_no_success() {
    fails_saying(Fault::KeepsOldDisk { vm: "s-1-VM".into() }, &["s-1-VM", "old disk"]).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_never_comes_up_is_no_success() {
    fails_saying(Fault::AgentNeverUp { vm: "s-1-VM".into() }, &["s-1-VM", "agent"]).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_still_requires_an_upgrade_is_no_success() {
    let vm = router(0).await;
    fails_saying(Fault::RequiresUpgradeStays { vm: vm.clone() }, &[&vm, "upgrade"]).await.finish().await;
}

async fn router(number: usize) -> String {
    let story = Story::begin(LabConfig::default()).await;
    let truth = story.lab.truth().await;
    let name = truth.vms.keys().filter(|name| name.starts_with("r-")).nth(number).unwrap().clone();
    story.finish().await;
    name
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scanner_starting_the_vm_first_is_progress() {
    succeeds_all_the_same(Fault::Scanner { after_ms: 0 }).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_down_and_does_not_fail() {
    succeeds_all_the_same(Fault::Throttled { times: 4 }).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_jobs_for_a_moment_is_asked_again() {
    let aim = Aim::command("stopSystemVm").times(2);
    succeeds_all_the_same(Fault::SubmitRefused { aim, code: 503 }).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_ends_the_run_with_the_servers_words() {
    let aim = Aim::command("stopSystemVm");
    let story = fails_saying(Fault::SubmitRefused { aim, code: 431 }, &["stopSystemVm", "431"]).await;
    assert!(story.lab.truth().await.vms.values().all(|vm| vm.stops.is_empty()));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_never_reboots_a_router_twice() {
    let aim = Aim::command("rebootRouter").times(1);
    let story = succeeds_all_the_same(Fault::ReplyLost { aim }).await;
    for vm in story.lab.truth().await.vms.values().filter(|vm| vm.name.starts_with("r-")) {
        assert_eq!(vm.reboots.len(), 1, "{}", vm.name);
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_to_a_stop_is_settled_by_looking() {
    let aim = Aim::command("stopSystemVm").times(1);
    let story = succeeds_all_the_same(Fault::ReplyLost { aim }).await;
    assert!(story.lab.truth().await.vms.values().all(|vm| vm.stops.len() == 1));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_not_waited_for_for_ever() {
    let aim = Aim::command("startSystemVm").times(1);
    succeeds_all_the_same(Fault::JobCancelled { aim }).await.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_server_that_restarts_in_the_middle_does_not_confuse_us() {
    let aim = Aim::command("stopSystemVm").on("v-2-VM").times(1);
    let (story, view) = run_with(Fault::ServerRestarts { aim }, native()).await;
    let truth = story.lab.truth().await;
    assert!(!truth.port_8096_open);
    match outcome(&view) {
        Some(Outcome::Succeeded) => assert!(truth.all_rebuilt(), "a green light that lies: {:#?}", truth.vms),
        Some(Outcome::Failed) => assert!(complaints(&view).contains("v-2-VM"), "{}", complaints(&view)),
        other => panic!("{other:?}: {}", complaints(&view)),
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_never_ends_is_unknown_and_an_abort_ends_the_run() {
    let story = Story::begin_with(LabConfig::default(), Tuning { vm_deadline: 2, ..tuning() }).await;
    let request = story.prepare(native()).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(Fault::JobNeverEnds { aim: Aim::command("rebootRouter") }).await;
    let run = story.start(&request).await.unwrap();
    let unknown = |view: &model::view::RunView| {
        view.state.steps.values().any(|step| matches!(step.status, Status::Unknown { .. }))
    };
    // The line of the run is read before its events, so it may be one behind them.
    let told = |view: &model::view::RunView| unknown(view) && view.line.alarm.is_some();
    let view = story.until(&run, "a step is unknown, and somebody is told", told).await;
    assert_eq!(outcome(&view), None, "unknown is neither success nor failure");
    story.engine.abort(&story.paul, &run, "it hangs").await.unwrap();
    assert_eq!(story.engine.run(&story.paul, &run).await.unwrap().state.abort, None, "one person has ended it");
    story.engine.intervene(&story.rita, &run, &Verb::AgreeAbort, "").await.unwrap();
    assert_outcome(&story.end(&run).await, Outcome::Aborted);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_named_before_anything_is_touched() {
    is_not_started(Fault::ClockOffset { seconds: 3600 }, native(), &["clock"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn management_servers_of_different_versions_are_named() {
    is_not_started(Fault::MixedVersions, native(), &["version"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_not_ready_is_named() {
    let story = Story::begin(LabConfig::default()).await;
    let view = story.request(&story.prepare(native()).await.unwrap()).await;
    let zone = view.request.plan.stages[0].title.rsplit(' ').next().unwrap().to_owned();
    story.finish().await;
    is_not_started(Fault::TemplateNotReady { zone: zone.clone() }, native(), &["template", &zone]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_job_blocks_with_its_name() {
    is_not_started(Fault::ForeignJob, native(), &["job"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_with_its_host() {
    is_not_started(Fault::DiskFull, script(), &["mgmt1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_the_login_is_named() {
    is_not_started(Fault::DatabaseDenied, script(), &["database"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_never_ends_is_ended_and_the_disks_decide() {
    let (story, view) = run_with(Fault::EndlessSleep, script()).await;
    let truth = story.lab.truth().await;
    assert!(!truth.port_8096_open);
    match outcome(&view) {
        Some(Outcome::Succeeded) => assert!(truth.all_rebuilt()),
        Some(Outcome::Failed) => assert!(!truth.all_rebuilt(), "{}", complaints(&view)),
        other => panic!("{other:?}"),
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_script_is_unknown_until_a_person_decides_and_the_port_is_closed() {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(script()).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(Fault::ScriptKilled { at_sleep: 5 }).await;
    let run = story.start(&request).await.unwrap();
    let view = story
        .until(&run, "the run is over or waits for a person", |view| {
            outcome(view).is_some() || view.line.alarm.is_some()
        })
        .await;
    if outcome(&view).is_none() {
        story.engine.abort(&story.paul, &run, "the script was killed").await.unwrap();
        story.engine.intervene(&story.rita, &run, &Verb::AgreeAbort, "").await.unwrap();
    }
    let view = story.end(&run).await;
    assert_ne!(outcome(&view), Some(Outcome::Succeeded));
    assert!(!story.lab.truth().await.port_8096_open);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_stays_open_keeps_the_run_open_and_alarming() {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(script()).await.unwrap();
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    story.until_truth("the port is open", |truth| truth.port_8096_open).await;
    story.lab.set_fault(Fault::PortStaysOpen).await;
    let view = story.until(&run, "somebody is told", |view| view.line.alarm.is_some()).await;
    assert_eq!(outcome(&view), None, "the run is over although the port is open");
    assert!(story.lab.truth().await.port_8096_open);
    story.lab.clear_faults().await;
    story.end(&run).await;
    assert!(!story.lab.truth().await.port_8096_open);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_come_back_keeps_the_run_open_until_it_does() {
    let story = Story::begin_with(LabConfig::default(), Tuning { restart_deadline: 3, ..tuning() }).await;
    let request = story.prepare(script()).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(Fault::ServiceNeverReady).await;
    let run = story.start(&request).await.unwrap();
    let view = story.until(&run, "somebody is told", |view| view.line.alarm.is_some()).await;
    assert_eq!(outcome(&view), None);
    story.lab.clear_faults().await;
    story.lab.restart_service(0).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    let truth = story.lab.truth().await;
    assert!(!truth.port_8096_open);
    assert!(truth.vms.values().all(|vm| vm.stops.is_empty()), "the script ran without the API");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_leaves_no_vm_stopped_and_no_port_open() {
    for inputs in [native(), script()] {
        let story = Story::begin(LabConfig::default()).await;
        let run = story.run(inputs).await;
        story.until_truth("a VM is down", |truth| truth.vms.values().any(|vm| !vm.stops.is_empty())).await;
        story.engine.abort(&story.paul, &run, "wrong night").await.unwrap();
        let view = story.end(&run).await;
        assert_outcome(&view, Outcome::Aborted);
        let truth = story.lab.truth().await;
        assert!(!truth.port_8096_open);
        let down: Vec<&str> =
            truth.vms.values().filter(|vm| vm.state != "Running").map(|vm| vm.name.as_str()).collect();
        assert_eq!(down, [] as [&str; 0], "left down by an abort");
        assert!(truth.vms.values().any(|vm| vm.stops.is_empty()), "the abort came too late to show anything");
        story.finish().await;
    }
}
