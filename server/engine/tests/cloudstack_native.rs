//! Restart System VMs by signed requests, on every release, against the lab.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::{Cloud, LabConfig, Path, Version};
use model::cloudstack::VmKind;
use model::event::Outcome;
use model::id::CloudId;
use model::procedure::{RestartSystemVms, Which};
use model::request::Decision;
use support::{Story, assert_outcome, assert_safe, native};

async fn everything_is_rebuilt_once(version: Version, cloud: Cloud) {
    let story = Story::begin(LabConfig { version, cloud, ..LabConfig::default() }).await;
    let run = story.run(native()).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert_safe(&truth);
    assert!(truth.all_rebuilt(), "{:#?}", truth.vms);
    for vm in truth.vms.values() {
        assert_eq!((vm.stops.len(), vm.starts.len()), (1, 1), "{}", vm.name);
        assert!(vm.stops.iter().all(|act| act.by == Path::Signed), "{}", vm.name);
    }
    assert_eq!(truth.port_8096_intervals, [], "native mode needs no open port");
    assert_eq!(view.line.steps_done, view.line.steps_total);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_4_15_every_system_vm_is_rebuilt_once() {
    everything_is_rebuilt_once(Version::V4_15, Cloud::Small).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_4_19_every_system_vm_is_rebuilt_once() {
    everything_is_rebuilt_once(Version::V4_19, Cloud::Small).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_4_20_every_system_vm_of_a_large_cloud_is_rebuilt_once() {
    everything_is_rebuilt_once(Version::V4_20, Cloud::Large).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_4_22_every_system_vm_is_rebuilt_once() {
    everything_is_rebuilt_once(Version::V4_22, Cloud::Small).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_scope_is_touched() {
    let story = Story::begin(LabConfig { cloud: Cloud::Large, ..LabConfig::default() }).await;
    let before = story.lab.truth().await;
    let chosen = before.vms.values().find(|vm| vm.name.starts_with("r-")).unwrap();
    let inputs = RestartSystemVms { vms: [CloudId::new(chosen.id.clone()).unwrap()].into(), ..native() };
    let run = story.run(inputs).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    let touched: Vec<&str> = truth.vms.values().filter(|vm| !vm.stops.is_empty()).map(|vm| vm.name.as_str()).collect();
    assert_eq!(touched, [chosen.name.as_str()]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_can_be_chosen_and_what_is_up_to_date_can_be_included() {
    let story = Story::begin(LabConfig::default()).await;
    let proxies = RestartSystemVms { kinds: [VmKind::ConsoleProxy].into(), ..native() };
    let run = story.run(proxies.clone()).await;
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    assert!(story.prepare(proxies.clone()).await.is_err(), "there is nothing left to do");
    let again = story.run(RestartSystemVms { which: Which::All, ..proxies }).await;
    assert_outcome(&story.end(&again).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    let counts: Vec<(&str, usize)> = truth.vms.values().map(|vm| (vm.name.as_str(), vm.starts.len())).collect();
    assert!(counts.iter().all(|(name, starts)| *starts == if name.starts_with("v-") { 2 } else { 0 }), "{counts:?}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_request_and_nothing_starts_unapproved() {
    let story = Story::begin(LabConfig::default()).await;
    let request = story.prepare(native()).await.unwrap();
    let digest = story.request(&request).await.request.digest;
    assert!(story.start(&request).await.is_err(), "started without approval");
    assert!(story.engine.decide(&story.rita, &request, &digest, Decision::Approve, "").await.is_err());
    let other = model::id::PlanDigest::new("0".repeat(64)).unwrap();
    assert!(story.engine.decide(&story.paul, &request, &other, Decision::Approve, "").await.is_err());
    story.approve(&request).await;
    // Approving twice is approving once, starting twice is starting once.
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    assert_eq!(story.start(&request).await.unwrap(), run);
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert!(truth.vms.values().all(|vm| vm.stops.len() == 1), "{:#?}", truth.vms);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_no_longer_fits_is_not_started_and_says_why() {
    let story = Story::begin(LabConfig::default()).await;
    let first = story.prepare(native()).await.unwrap();
    let second = story.prepare(RestartSystemVms { kinds: [VmKind::ConsoleProxy].into(), ..native() }).await.unwrap();
    story.approve(&first).await;
    story.approve(&second).await;
    let run = story.start(&second).await.unwrap();
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let refused = story.start(&first).await.unwrap_err().to_string();
    assert!(refused.contains("v-2-VM"), "{refused}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_in_one_environment_are_refused() {
    let story = Story::begin(LabConfig::default()).await;
    let (a, b) = (story.prepare(native()).await.unwrap(), story.prepare(native()).await.unwrap());
    story.approve(&a).await;
    story.approve(&b).await;
    let run = story.start(&a).await.unwrap();
    let refused = story.start(&b).await.unwrap_err().to_string();
    assert!(!refused.is_empty());
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    assert!(story.lab.truth().await.vms.values().all(|vm| vm.stops.len() == 1));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_after_the_server_was_restarted() {
    let mut story = Story::begin(LabConfig::default()).await;
    let run = story.run(native()).await;
    for _ in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        story.restart_server().await;
    }
    assert_outcome(&story.end(&run).await, Outcome::Succeeded);
    let truth = story.lab.truth().await;
    assert_safe(&truth);
    assert!(truth.all_rebuilt());
    for router in truth.vms.values().filter(|vm| vm.name.starts_with("r-")) {
        assert_eq!(router.reboots.len(), 1, "{} was rebooted twice", router.name);
    }
    story.finish().await;
}
