//! What goes wrong in a migration, one by one: each ends in the state and the words that fit it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use std::time::Duration;

use lab::cloudify::{
    CloudifyFault, CloudifyLabConfig, EstateViolation, Form, ManagerConfig, ManagerFault, NewDeployment, Place, Release,
};
use model::environment::CloudifyTuning;
use model::event::Outcome;
use model::id::StepId;
use model::run::Status;
use model::view::RunView;

use support::managers::{ManagersStory, TENANT, migrate, migration, tuning};
use support::migration::{MigrationStory, assert_whole};
use support::{assert_outcome, complaints, outcome};

#[track_caller]
fn assert_said(view: &RunView, words: &[&str]) {
    let said = complaints(view);
    for word in words {
        assert!(said.contains(word), "{word:?} is not said:\n{said}");
    }
}

fn was_begun(view: &RunView, step: &str) -> bool {
    view.state.steps.contains_key(&StepId::new(step).unwrap())
}

/// The run ends well in spite of it.
async fn is_survived(old: Release, new: Release, fault: ManagerFault) -> ManagersStory {
    let mut story = ManagersStory::begin(old, new).await;
    story.new.set_fault(fault);
    let run = story.carry_out(migrate(migration())).await;
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    story.assert_whole();
    story
}

/// 3.5: 500, 502, 401 and 404 in turn are how a restore looks from outside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_answers_badly_is_waited_for() {
    let fault = ManagerFault::RestoreAnswersBadly { lasts: Duration::from_secs(6) };
    let story = is_survived(Release::V4_2, Release::V5_0_5, fault).await;
    let answers: Vec<u16> = story.new.received().iter().map(|call| call.status).collect();
    assert!([500, 502, 401, 404].iter().all(|bad| answers.contains(bad)), "{answers:?}");
    assert_eq!(story.new.truth().executions_of("restore_snapshot").len(), 1, "it was asked for once");
    story.finish().await;
}

/// S8.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rest_service_that_restarts_late_is_waited_for() {
    let fault = ManagerFault::RestRestartsLate { lasts: Duration::from_secs(5) };
    is_survived(Release::V4_2, Release::V4_5, fault).await.finish().await;
}

/// CFY-7937: the vendor's client would wait for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_event_that_never_comes_is_not_missed() {
    is_survived(Release::V4_2, Release::V4_6, ManagerFault::EndEventMissing).await.finish().await;
}

/// Whether it was restored cannot be known then, so a person decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_whose_record_disappears_is_unknown_and_nothing_goes_on_by_itself() {
    let tuning = CloudifyTuning { restore_deadline: 6, ..tuning() };
    let story = ManagersStory::begin_with(Release::V4_2, Release::V5_0_5, tuning, |_, _| {}).await;
    story.new.set_fault(ManagerFault::ExecutionDisappears);
    let run = story.carry_out(migrate(migration())).await;
    let restore = StepId::new("restore/restore").unwrap();
    let is_unknown = |view: &RunView| {
        view.state.steps.get(&restore).is_some_and(|step| matches!(step.status, Status::Unknown { .. }))
    };
    let view = story.until(&run, "the restore is unknown", is_unknown).await;
    assert_said(&view, &["restore/restore unknown", "its execution is not listed"]);
    assert!(!was_begun(&view, "restore/settled"));
    assert!(story.estate.hosts().iter().all(|host| host.manager() == Some("old")));
    assert_eq!(story.new.received().iter().filter(|call| call.target.ends_with("/restore")).count(), 1);
    story.finish().await;
}

/// Somebody makes room, and it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_tmp_on_the_new_manager_holds_the_run_up_before_anything_is_brought_there() {
    let story = MigrationStory::begin(CloudifyLabConfig::small(Release::V4_2, Release::V5_0_5, Form::NewHost)).await;
    let request = story.ask(migrate(migration())).await.unwrap();
    story.approve(&request).await;
    story.lab.set_fault(CloudifyFault::TmpFull { place: Place::New }).await.unwrap();
    let run = story.start(&request).await.unwrap();
    let room = StepId::new("look/room").unwrap();
    let reason = |view: &RunView| Some(view.state.steps.get(&room)?.wait.as_ref()?.reason.words());
    let view = story.until(&run, "it waits for room", |view| reason(view).is_some()).await;
    let said = reason(&view).unwrap();
    assert!(said.contains("bytes are free in /tmp"), "{said}");
    let truth = story.truth().await;
    assert!(truth.managers["new"].snapshots.is_empty(), "nothing was brought there");
    story.lab.clear_faults().await.unwrap();
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    assert_whole(&story.truth().await, 4);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_tmp_on_the_old_manager_fails_the_snapshot_with_its_own_words() {
    let story = MigrationStory::begin(CloudifyLabConfig::small(Release::V4_2, Release::V5_0_5, Form::NewHost)).await;
    story.lab.set_fault(CloudifyFault::TmpFull { place: Place::Old }).await.unwrap();
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    assert_said(&view, &["snapshot/create failed", "No space left on device"]);
    assert!(!was_begun(&view, "restore/upload"));
    story.finish().await;
}

/// Fact 8: the vendor's client would leave out the tenants after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_fails_stops_no_other_and_the_old_manager_is_not_given_up() {
    let story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    story.new.set_fault(ManagerFault::TenantAgentsFail { tenant: TENANT.to_owned() });
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    assert_said(&view, &["verify/agents failed", "web", "shop", "New agent did not start and connect"]);
    assert!(!was_begun(&view, "old/shut-down"), "nobody was asked to shut it down");
    for host in story.estate.hosts() {
        assert_eq!(host.manager(), Some(if host.tenant == TENANT { "old" } else { "new" }), "{host:?}");
    }
    story.finish().await;
}

/// S4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_works_in_the_web_interface_is_named_and_no_snapshot_is_made() {
    let tuning = CloudifyTuning { idle_deadline: 3, ..tuning() };
    let story = ManagersStory::begin_with(Release::V4_2, Release::V4_6, tuning, |_, _| {}).await;
    story.old().set_fault(ManagerFault::SomebodyLogsIn { user: "erika".to_owned() });
    let run = story.carry_out(migrate(migration())).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Failed);
    assert_said(&view, &["look/nobody/old failed", "used by erika"]);
    assert!(story.old().truth().snapshots.is_empty());
    story.finish().await;
}

/// S12: somebody did not wait to be told. Nothing is begun any more, and the run says who has to answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_manager_that_is_switched_off_too_early_holds_the_run_up_and_is_named() {
    let mut story = ManagersStory::begin(Release::V4_2, Release::V4_6).await;
    let run = story.carry_out(migrate(migration())).await;
    story.until_step(&run, "agents/install/1/default_tenant/shop", |_| true).await;
    story.shut_down_old().await;
    let rests = |view: &RunView| outcome(view).is_some() || view.state.wait().is_some();
    let view = story.until(&run, "it goes no further", rests).await;
    assert_said(&view, &["Could not access tasks list for agent", "the run: ", "the old manager"]);
    assert!(!was_begun(&view, "old/shut-down"));
    assert!(!was_begun(&view, "agents/install/3/team/data"), "the next tenant is left alone");
    let violations = story.estate.violations();
    assert!(
        matches!(&violations[..], [EstateViolation::SwitchedOffEarly { manager, .. }] if manager == "old"),
        "{violations:?}"
    );
    story.finish().await;
}

/// Fact 10: lists of 4.2 are an error above 1000 rows, unless they are paged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_thousand_deployments_are_all_seen_and_all_there_afterwards() {
    let many = |old: &mut ManagerConfig, _: &mut ManagerConfig| {
        old.deployments.extend((0..1010).map(|number| NewDeployment::new("team", &format!("idle{number}"), 0)));
    };
    let mut story = ManagersStory::begin_with(Release::V4_2, Release::V4_6, tuning(), many).await;
    let before = story.old().truth().deployments;
    assert_eq!(before.len(), 1013);
    let request = story.ask(migrate(migration())).await.unwrap();
    let plan = story.request(&request).await.request.plan;
    assert_eq!(plan.left_out.len(), 1010, "what has no agent is listed, too");
    story.approve(&request).await;
    let run = story.start(&request).await.unwrap();
    let view = story.attended(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    story.assert_whole();
    assert_eq!(story.new.truth().deployments, before);
    story.finish().await;
}
