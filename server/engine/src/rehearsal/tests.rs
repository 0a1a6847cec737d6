//! What a rehearsal promises: the steps of the real run, by the same executor, and nothing outside is touched.

use model::event::{EventKind, Outcome};
use model::id::StepId;
use model::people::Role;
use model::rehearsal::{Rehearsal, Trouble};
use model::run::{RunState, Status};

use crate::executor::testing::{request_for, started_run};
use crate::testing::{Fresh, On};

/// The rehearsal of the small plan of the executor's tests, whose environment cannot be reached at all.
async fn rehearsed(trouble: Option<Trouble>) -> (Rehearsal, RunState) {
    let fresh = Fresh::on(On::Sqlite).await.unwrap();
    let run = started_run(&fresh.engine).await;
    let line = fresh.engine.store().run_line(&run).await.unwrap().unwrap();
    let request = request_for(&fresh.engine, &line).await.id;
    let rita = fresh.person("olaf", &[Role::Operator]).await;
    let id = fresh.engine.rehearse(&rita, &request, trouble).await.unwrap();
    let (rehearsal, _) = fresh.engine.rehearsal(&id).await.unwrap();
    assert_eq!(fresh.engine.rehearsals(&request).await.unwrap(), std::slice::from_ref(&rehearsal));
    let state = RunState::fold(&rehearsal.events).unwrap();
    (rehearsal, state)
}

fn begun(rehearsal: &Rehearsal) -> Vec<String> {
    let step = |kind: &EventKind| match kind {
        EventKind::StepStarted { step, .. } => Some(step.to_string()),
        _ => None,
    };
    rehearsal.events.iter().filter_map(|event| step(&event.kind)).collect()
}

fn id(step: &str) -> StepId {
    StepId::new(step).unwrap()
}

#[tokio::test]
async fn a_rehearsal_goes_through_all_steps_in_order_although_nothing_can_be_reached() {
    let (rehearsal, _) = rehearsed(None).await;
    assert_eq!(rehearsal.outcome, Some(Outcome::Succeeded));
    assert_eq!(begun(&rehearsal), ["open", "stop", "start", "reboot-2", "reboot-3", "close"]);
}

#[tokio::test]
async fn a_failing_step_shows_what_is_closed_and_what_is_never_begun() {
    let (rehearsal, state) = rehearsed(Some(Trouble::Fails { step: id("reboot-2") })).await;
    assert_eq!(rehearsal.outcome, Some(Outcome::Failed));
    assert!(matches!(state.steps[&id("reboot-2")].status, Status::Failed { .. }));
    assert!(matches!(state.steps[&id("close")].status, Status::Done { .. }));
}

#[tokio::test]
async fn an_action_that_only_says_that_it_has_worked_is_found_out() {
    let (rehearsal, state) = rehearsed(Some(Trouble::OnlySaysSo { step: id("reboot-3") })).await;
    assert_eq!(rehearsal.outcome, Some(Outcome::Failed));
    assert!(
        matches!(&state.steps[&id("reboot-3")].status, Status::Failed { reason, .. } if reason.contains("no proof"))
    );
}

#[tokio::test]
async fn a_lost_answer_and_a_killed_server_are_survived_without_a_second_start() {
    for trouble in [Trouble::ReplyLost { step: id("reboot-2") }, Trouble::ServerDies { step: id("reboot-2") }] {
        let (rehearsal, state) = rehearsed(Some(trouble.clone())).await;
        assert_eq!(rehearsal.outcome, Some(Outcome::Succeeded), "{trouble:?}");
        assert_eq!(state.steps[&id("reboot-2")].attempt, 1, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_drift_keeps_the_run_at_the_gate_and_the_report_says_so() {
    let (rehearsal, _) = rehearsed(Some(Trouble::Drift)).await;
    assert_eq!(rehearsal.outcome, None);
    assert!(rehearsal.alarm.unwrap().contains("not what the plan was made for"));
}

#[tokio::test]
async fn trouble_with_a_step_that_is_not_there_is_refused_by_name() {
    let fresh = Fresh::on(On::Sqlite).await.unwrap();
    let run = started_run(&fresh.engine).await;
    let line = fresh.engine.store().run_line(&run).await.unwrap().unwrap();
    let request = request_for(&fresh.engine, &line).await.id;
    let olaf = fresh.person("olaf", &[Role::Operator]).await;
    let refused =
        fresh.engine.rehearse(&olaf, &request, Some(Trouble::Fails { step: id("nowhere") })).await.unwrap_err();
    assert!(refused.to_string().contains("nowhere"), "{refused}");
    let vera = fresh.person("vera", &[Role::Viewer]).await;
    assert!(fresh.engine.rehearse(&vera, &request, None).await.is_err(), "a viewer has rehearsed");
}
