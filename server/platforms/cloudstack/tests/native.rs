//! The API, asked and changed for real: against the lab, release by release.

// A helper that fails is a failed test.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use cloudstack::{JobStatus, SubmitError, Submitted, Trace};
use lab::{Aim, Cloud, Fault, ScriptGeneration, Version};
use model::cloudstack::{Need, SystemVm, VmKind, VmState};
use model::id::{CloudId, JobId};
use model::plan::{Answer, CloudStackCommand, DiskProof, Probe, VmRef};
use model::precheck::{Verdict, allow_start};
use model::procedure::RestartSystemVms;
use support::{Site, now, site, small, until};

async fn vms(site: &Site) -> Vec<SystemVm> {
    let inventory = site.cloud.inventory().await;
    inventory.system_vms.value().unwrap_or_else(|| panic!("{:?}", inventory.system_vms.reason())).clone()
}

async fn vm(site: &Site, kind: VmKind) -> (VmRef, CloudId) {
    let vm = vms(site).await.into_iter().find(|vm| vm.kind == kind).unwrap();
    (VmRef { id: vm.id, name: vm.name, kind }, vm.root.value().unwrap().id.clone())
}

#[tokio::test]
async fn every_release_is_seen_whole() {
    for version in [Version::V4_15, Version::V4_19, Version::V4_20, Version::V4_22] {
        let site = small(version).await;
        let seen = site.cloud.inventory().await;
        assert_eq!(seen.version.value().map(String::as_str), Some(version.release()));
        assert_eq!(seen.missing_rights.value(), Some(&BTreeSet::new()), "{version:?}");
        assert_eq!(seen.management_servers.value().is_some(), version > Version::V4_15, "{version:?}");
        assert_eq!((seen.integration_port.value(), seen.clock_skew_ms.value()), (Some(&0), Some(&0)));
        assert_eq!(seen.pending_jobs.value(), Some(&Vec::new()));
        assert!(seen.templates.value().is_some_and(|templates| !templates.is_empty()));
        assert!(seen.hypervisors.value().is_some_and(|hosts| !hosts.is_empty()));
        let vms = seen.system_vms.value().unwrap();
        assert_eq!(vms.len(), 6);
        for vm in vms {
            assert_eq!((vm.need(Some(version.release())), &vm.state), (Need::OldDisk, &VmState::Running), "{vm:?}");
        }
        let host = seen.management_hosts.values().next().unwrap();
        assert!(host.value().is_some(), "{:?}", host.reason());
        site.stop().await;
    }
}

#[tokio::test]
async fn a_native_plan_rebuilds_everything_and_never_two_of_a_kind_at_once() {
    for version in [Version::V4_15, Version::V4_22] {
        let site = small(version).await;
        let plan = site.plan(&RestartSystemVms::default()).await;
        site.carry_out(&plan).await;
        let truth = site.lab.truth().await;
        assert!(truth.all_rebuilt(), "{:#?}", truth.vms);
        assert!(truth.violations.is_empty() && truth.router_overlaps.is_empty(), "{:?}", truth.violations);
        assert!(!truth.port_8096_open && truth.port_8096_intervals.is_empty());
        assert!(truth.vms.values().all(|vm| vm.stops.len() == 1 && vm.starts.len() == 1), "{:#?}", truth.vms);
        let seen = site.cloud.inventory().await;
        let again = cloudstack::plan(&site.environment(), &site.settings, &seen, &RestartSystemVms::default());
        assert!(matches!(again, Err(cloudstack::PlanError::NothingToDo(_))), "{again:?}");
        site.stop().await;
    }
}

#[tokio::test]
async fn every_accepted_command_leaves_a_trace_even_when_its_job_fails() {
    for version in [Version::V4_15, Version::V4_20] {
        let site = small(version).await;
        let (router, _) = vm(&site, VmKind::Router).await;
        let (ssvm, _) = vm(&site, VmKind::SecondaryStorage).await;
        let (reboot, stop) = (CloudStackCommand::RebootRouter(router), CloudStackCommand::StopSystemVm(ssvm));
        let since = now();
        assert!(matches!(site.cloud.trace(&reboot, since).await, Trace::None { .. }), "{version:?}");
        site.lab.set_fault(Fault::JobFails { aim: Aim::command("rebootRouter"), code: 530 }).await;
        site.cloud.submit(&reboot, since.plus_seconds(60)).await.unwrap();
        let trace = site.cloud.trace(&reboot, since).await;
        assert!(matches!(trace, Trace::Found { .. }), "{version:?}: {trace:?}");
        assert!(matches!(site.cloud.trace(&reboot, since.plus_seconds(60)).await, Trace::None { .. }), "{version:?}");
        assert!(matches!(site.cloud.trace(&stop, since).await, Trace::None { .. }), "{version:?}");
        site.stop().await;
    }
}

#[tokio::test]
async fn a_scanner_that_starts_the_vm_first_is_no_trouble() {
    let site = small(Version::V4_20).await;
    let plan = site.plan(&RestartSystemVms::default()).await;
    site.lab.set_fault(Fault::Scanner { after_ms: 0 }).await;
    site.carry_out(&plan).await;
    let truth = site.lab.truth().await;
    assert!(truth.all_rebuilt() && truth.vms.values().all(|vm| vm.stops.len() == 1), "{:#?}", truth.vms);
    site.stop().await;
}

#[tokio::test]
async fn when_nothing_answers_everything_is_unknown_and_nothing_may_start() {
    let mut site = small(Version::V4_20).await;
    // The port of the script's API, which is closed.
    site.settings.endpoint = site.settings.endpoint.replace(":8080", ":8096");
    let cloud = site.with_secret_key("any");
    let seen = cloud.inventory().await;
    assert!(seen.version.reason().is_some_and(|why| why.contains("8096")) && seen.system_vms.value().is_none());
    let inputs = RestartSystemVms::default();
    assert!(!allow_start(&cloudstack::prechecks(&site.environment(), &site.settings, &seen, &inputs)));
    assert!(cloudstack::plan(&site.environment(), &site.settings, &seen, &inputs).is_err());
    assert_eq!(cloud.test_connection().await.len(), 1);
    site.stop().await;
}

#[tokio::test]
async fn a_cloud_of_many_zones_and_projects_is_planned_without_a_router_forgotten() {
    let site = site(Version::V4_20, ScriptGeneration::G2, Cloud::Large).await;
    let plan = site.plan(&RestartSystemVms::default()).await;
    let planned: BTreeSet<String> = plan.steps().map(|step| step.target.words()).collect();
    let all: BTreeSet<String> = site.lab.truth().await.vms.into_keys().collect();
    assert_eq!(planned, all);
    site.stop().await;
}

#[tokio::test]
async fn more_routers_than_a_page_holds_are_all_seen_with_their_disks() {
    let site = site(Version::V4_20, ScriptGeneration::G2, Cloud::Many { system_vms: 520 }).await;
    let vms = vms(&site).await;
    assert_eq!(vms.len(), 520);
    assert!(vms.iter().all(|vm| vm.root.value().is_some()));
    assert!(vms.iter().filter(|vm| vm.kind == VmKind::Router).count() > 500);
    site.stop().await;
}

#[tokio::test]
async fn a_lost_reply_is_told_as_maybe_sent_and_the_probe_tells_the_truth() {
    let site = small(Version::V4_20).await;
    let (vm, disk) = vm(&site, VmKind::Router).await;
    site.lab.set_fault(Fault::ReplyLost { aim: Aim::command("rebootRouter").times(1) }).await;
    let sent = site.cloud.submit(&CloudStackCommand::RebootRouter(vm.clone()), now().plus_seconds(60)).await;
    assert!(matches!(sent, Err(SubmitError::MaybeSent { .. })), "{sent:?}");
    let untouched = Probe::VmUntouched { vm: vm.clone(), disk: disk.clone() };
    assert!(!matches!(site.cloud.probe(&untouched).await, Answer::Holds { .. }), "it has begun");
    site.holds(&Probe::VmRebuilt { vm: vm.clone(), disk: DiskProof::New { not: disk }, agent_version: None }).await;
    assert_eq!(site.lab.truth().await.vms[&vm.name].reboots.len(), 1);
    site.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_has_certainly_not_received_anything() {
    let site = small(Version::V4_20).await;
    let (vm, _) = vm(&site, VmKind::Router).await;
    site.lab.restart_service(0).await;
    // Refused while the port is closed, 503 while the service starts, accepted when it is up.
    let mut told = Vec::new();
    until(async || {
        match site.cloud.submit(&CloudStackCommand::RebootRouter(vm.clone()), now().plus_seconds(60)).await {
            Err(SubmitError::NotSent { .. } | SubmitError::Refused { code: 503, transient: true, .. }) => None,
            other => {
                told.push(other);
                Some(())
            }
        }
    })
    .await;
    assert!(matches!(told.as_slice(), [Ok(Submitted::Job(_))]), "{told:?}");
    site.stop().await;
}

#[tokio::test]
async fn clocks_that_differ_are_corrected_for_and_told() {
    for seconds in [-900, 1200] {
        let site = small(Version::V4_20).await;
        site.lab.set_fault(Fault::ClockOffset { seconds }).await;
        let seen = site.cloud.inventory().await;
        let skew = *seen.clock_skew_ms.value().unwrap();
        assert!((skew / 1000 - seconds).abs() <= 3, "{skew} ms");
        let (vm, _) = vm(&site, VmKind::Router).await;
        let sent = site.cloud.submit(&CloudStackCommand::RebootRouter(vm), now().plus_seconds(60)).await;
        assert!(matches!(sent, Ok(Submitted::Job(_))), "{sent:?}");
        let inputs = RestartSystemVms::default();
        let checks = cloudstack::prechecks(&site.environment(), &site.settings, &seen, &inputs);
        assert!(checks.iter().any(|check| check.title.contains("clock") && check.verdict == Verdict::Blocking));
        site.stop().await;
    }
}

#[tokio::test]
async fn a_request_that_has_expired_is_refused_and_the_refusal_speaks_of_the_clocks() {
    let site = small(Version::V4_20).await;
    let (vm, _) = vm(&site, VmKind::Router).await;
    let command = CloudStackCommand::RebootRouter(vm.clone());
    let sent = site.cloud.submit(&command, now().plus_seconds(-60)).await;
    let Err(SubmitError::Refused { code: 401, text, transient: false }) = sent else { panic!("{sent:?}") };
    assert!(text.contains("clocks agree"), "{text}");
    site.lab.set_fault(Fault::ClockOffset { seconds: 300 }).await;
    let sent = site.with_secret_key("wrong").submit(&command, now().plus_seconds(60)).await;
    let Err(SubmitError::Refused { code: 401, text, .. }) = sent else { panic!("{sent:?}") };
    assert!(text.contains("ahead of this one"), "{text}");
    assert!(site.lab.truth().await.vms[&vm.name].reboots.is_empty());
    site.stop().await;
}

#[tokio::test]
async fn refusals_are_told_with_their_code_and_whether_time_may_help() {
    let site = small(Version::V4_20).await;
    let (vm, _) = vm(&site, VmKind::SecondaryStorage).await;
    for (code, may_pass) in [(431, false), (503, true)] {
        site.lab.set_fault(Fault::SubmitRefused { aim: Aim::command("stopSystemVm").times(1), code }).await;
        let sent = site.cloud.submit(&CloudStackCommand::StopSystemVm(vm.clone()), now().plus_seconds(60)).await;
        let Err(SubmitError::Refused { code: told, transient, .. }) = sent else { panic!("{sent:?}") };
        assert_eq!((told, transient), (code, may_pass));
        site.lab.clear_faults().await;
    }
    site.stop().await;
}

#[tokio::test]
async fn throttling_is_waited_out_by_questions_and_told_by_changes() {
    let site = small(Version::V4_20).await;
    let (vm, _) = vm(&site, VmKind::SecondaryStorage).await;
    site.lab.set_fault(Fault::Throttled { times: 1 }).await;
    let sent = site.cloud.submit(&CloudStackCommand::StopSystemVm(vm.clone()), now().plus_seconds(60)).await;
    assert!(matches!(sent, Err(SubmitError::Refused { code: 429, transient: true, .. })), "{sent:?}");
    site.lab.set_fault(Fault::Throttled { times: 3 }).await;
    assert!(site.cloud.inventory().await.zones.value().is_some());
    assert!(site.lab.truth().await.vms[&vm.name].stops.is_empty());
    site.stop().await;
}

#[tokio::test]
async fn jobs_are_told_by_what_became_of_them() {
    let site = small(Version::V4_19).await;
    let (vm, disk) = vm(&site, VmKind::SecondaryStorage).await;
    let stop = CloudStackCommand::StopSystemVm(vm.clone());
    let submit = async || match site.cloud.submit(&stop, now().plus_seconds(60)).await {
        Ok(Submitted::Job(job)) => job,
        other => panic!("{other:?}"),
    };
    let ended = async |job: &JobId| {
        until(async || match site.cloud.job(job).await.unwrap() {
            JobStatus::Pending => None,
            other => Some(other),
        })
        .await
    };
    site.lab.set_fault(Fault::JobFails { aim: Aim::command("stopSystemVm").times(1), code: 530 }).await;
    assert!(matches!(ended(&submit().await).await, JobStatus::Failed { code: 530, .. }));
    site.lab.set_fault(Fault::JobCancelled { aim: Aim::command("stopSystemVm").times(1) }).await;
    assert_eq!(ended(&submit().await).await, JobStatus::Cancelled);
    let unknown = JobId::new("00000000-0000-4000-8000-000000000001").unwrap();
    assert_eq!(site.cloud.job(&unknown).await.unwrap(), JobStatus::Forgotten);
    let probe = Probe::VmUntouched { vm: vm.clone(), disk: disk.clone() };
    assert!(matches!(site.cloud.probe(&probe).await, Answer::Holds { .. }));
    assert!(matches!(ended(&submit().await).await, JobStatus::Succeeded { .. }));
    site.holds(&Probe::VmStopped { vm, disk }).await;
    site.stop().await;
}

#[tokio::test]
async fn a_job_that_says_done_over_an_old_disk_proves_nothing() {
    let site = small(Version::V4_20).await;
    let (vm, disk) = vm(&site, VmKind::Router).await;
    site.lab.set_fault(Fault::KeepsOldDisk { vm: vm.name.clone() }).await;
    let sent = site.cloud.submit(&CloudStackCommand::RebootRouter(vm.clone()), now().plus_seconds(60)).await;
    let Ok(Submitted::Job(job)) = sent else { panic!("{sent:?}") };
    until(async || matches!(site.cloud.job(&job).await.unwrap(), JobStatus::Succeeded { .. }).then_some(())).await;
    let proof = Probe::VmRebuilt { vm, disk: DiskProof::New { not: disk }, agent_version: None };
    let answer = site.cloud.probe(&proof).await;
    assert!(matches!(&answer, Answer::NotYet { evidence } if evidence.contains("old disk")), "{answer:?}");
    site.stop().await;
}

#[tokio::test]
async fn a_connection_test_tells_good_from_bad_keys() {
    let site = small(Version::V4_20).await;
    let checks = site.cloud.test_connection().await;
    let bad: Vec<_> = checks.iter().filter(|check| !check.verdict.allows_start()).collect();
    assert!(bad.is_empty() && checks.len() == 5, "{checks:#?}");
    let checks = site.with_secret_key("wrong").test_connection().await;
    assert_eq!(checks[0].verdict, Verdict::Unknown);
    assert!(checks[0].evidence.contains("secret key"), "{}", checks[0].evidence);
    site.stop().await;
}

#[tokio::test]
async fn a_foreign_job_and_a_restart_of_the_server_are_seen() {
    let site = small(Version::V4_20).await;
    site.holds(&Probe::NoPendingJobs).await;
    site.holds(&Probe::ApiReady).await;
    site.lab.set_fault(Fault::ForeignJob).await;
    assert!(matches!(site.cloud.probe(&Probe::NoPendingJobs).await, Answer::Busy { .. }));
    site.lab.clear_faults().await;
    site.lab.restart_service(0).await;
    assert!(matches!(site.cloud.probe(&Probe::ApiReady).await, Answer::NotYet { .. }));
    site.holds(&Probe::ApiReady).await;
    site.stop().await;
}
