//! What people do to a run under way, on both databases: once is once, and the journal, the list and the audit log agree.

use std::sync::Arc;

use model::event::{EventKind, Outcome};
use model::id::StepId;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::run::{Phase, RunState, Status};
use model::verb::{Verb, Verdict};

use super::tests::{Bench, Silence, TinyWorld};
use crate::testing::{Fresh, on_both};
use crate::{Engine, EngineError};

fn id(step: &str) -> StepId {
    StepId::new(step).unwrap()
}

async fn people(fresh: &Fresh) -> (Person, Person) {
    (fresh.person("olaf", &[Role::Operator]).await, fresh.person("anna", &[Role::Approver]).await)
}

/// Drives the run in the background until the test is over.
fn in_background(bench: &Bench, world: &Arc<TinyWorld>) -> tokio::task::JoinHandle<()> {
    let (bench, world) = (bench.clone(), world.clone());
    tokio::spawn(async move { drop(bench.drive(&world).await) })
}

async fn until(engine: &Engine, bench: &Bench, what: impl Fn(&RunState) -> bool) -> RunState {
    let looking = async {
        loop {
            let state = engine.state(&bench.run).await.unwrap();
            if what(&state) {
                return state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), looking).await.expect("it never came to that")
}

async fn count(bench: &Bench, is_it: impl Fn(&EventKind) -> bool) -> usize {
    bench.engine.store().events(&bench.run, 0).await.unwrap().iter().filter(|event| is_it(&event.kind)).count()
}

on_both! {
    async fn a_hundred_clicks_are_one(fresh: Fresh) {
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        let (olaf, _) = people(&bench.fresh).await;
        let clicks = |verb: Verb| {
            let (engine, run, olaf) = (bench.engine.clone(), bench.run.clone(), olaf.clone());
            async move {
                let one = || async { engine.intervene(&olaf, &run, &verb, "because").await.map(drop) };
                for result in futures::future::join_all((0..100).map(|_| one())).await {
                    result.unwrap();
                }
            }
        };
        clicks(Verb::Pause).await;
        assert_eq!(count(&bench, |kind| matches!(kind, EventKind::PauseRequested { .. })).await, 1);
        clicks(Verb::Resume).await;
        assert_eq!(count(&bench, |kind| matches!(kind, EventKind::ResumeRequested { .. })).await, 1);
        clicks(Verb::Abort).await;
        assert_eq!(count(&bench, |kind| matches!(kind, EventKind::AbortRequested { .. })).await, 1);
        let state = bench.drive(&world).await;
        assert_eq!(state.phase, Phase::Over(Outcome::Aborted));
        let audit = bench.engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        let deeds: Vec<&str> = audit.iter().map(|entry| entry.what.as_str()).filter(|what| what.starts_with("run.")).collect();
        assert_eq!(deeds, ["run.aborted", "run.resumed", "run.paused"]);
    }
}

on_both! {
    async fn a_paused_run_begins_nothing_until_somebody_resumes(fresh: Fresh) {
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        let (olaf, _) = people(&bench.fresh).await;
        bench.engine.intervene(&olaf, &bench.run, &Verb::Pause, "lunch").await.unwrap();
        let driving = in_background(&bench, &world);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert_eq!(world.times("set 8096"), 0, "a paused run has begun a step");
        bench.engine.intervene(&olaf, &bench.run, &Verb::Resume, "").await.unwrap();
        driving.await.unwrap();
        assert_eq!(world.times("set 0"), 1);
        let line = bench.engine.store().run_line(&bench.run).await.unwrap().unwrap();
        assert_eq!(line.outcome, Some(Outcome::Succeeded));
    }
}

on_both! {
    async fn a_failed_once_step_is_skipped_by_two_and_the_rest_goes_on(fresh: Fresh) {
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.hold(600);
        let (olaf, anna) = people(&bench.fresh).await;
        world.refuse(Some("rebootRouter"));
        let driving = in_background(&bench, &world);
        let state = until(&bench.engine, &bench, |state| state.hold.is_some()).await;
        let failed = state.failures().next().map(|(id, _)| id.clone()).unwrap();
        let line = bench.engine.store().run_line(&bench.run).await.unwrap().unwrap();
        assert!(line.alarm.unwrap().contains("somebody has to decide"));
        let ask = Verb::Ask { step: failed.clone(), verdict: Verdict::Skip };
        let agree = Verb::Agree { step: failed.clone() };
        let without_reason = bench.engine.intervene(&olaf, &bench.run, &ask, " ").await.unwrap_err();
        assert!(matches!(without_reason, EngineError::Refused(Refusal::Invalid { field, .. }) if field == "reason"));
        bench.engine.intervene(&olaf, &bench.run, &ask, "nobody uses it").await.unwrap();
        assert!(bench.engine.intervene(&olaf, &bench.run, &agree, "").await.is_err(), "one person has skipped a step");
        world.refuse(None);
        for failed in until(&bench.engine, &bench, |_| true).await.failures().map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            let ask = Verb::Ask { step: failed.clone(), verdict: Verdict::Skip };
            bench.engine.intervene(&olaf, &bench.run, &ask, "nobody uses it").await.unwrap();
            bench.engine.intervene(&anna, &bench.run, &Verb::Agree { step: failed }, "").await.unwrap();
        }
        driving.await.unwrap();
        let state = bench.engine.state(&bench.run).await.unwrap();
        assert_eq!(state.phase, Phase::Over(Outcome::Incomplete));
        assert!(matches!(&state.steps[&failed].status, Status::Skipped { evidence } if evidence.contains("anna agreed")));
        assert_eq!(world.port(), "0");
    }
}

on_both! {
    async fn a_retry_of_what_may_be_repeated_needs_one_person(fresh: Fresh) {
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.hold(600);
        let (olaf, _) = people(&bench.fresh).await;
        world.refuse(Some("stopSystemVm"));
        let driving = in_background(&bench, &world);
        until(&bench.engine, &bench, |state| state.hold.is_some()).await;
        world.refuse(None);
        bench.engine.intervene(&olaf, &bench.run, &Verb::Retry { step: id("stop") }, "").await.unwrap();
        driving.await.unwrap();
        let state = bench.engine.state(&bench.run).await.unwrap();
        assert_eq!(state.phase, Phase::Over(Outcome::Succeeded));
        assert_eq!(world.times("start vm-1"), 1);
    }
}

on_both! {
    async fn when_nobody_decides_what_was_opened_is_closed(fresh: Fresh) {
        let (mut bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        bench.hold(1);
        world.refuse(Some("rebootRouter"));
        let state = bench.drive(&world).await;
        assert_eq!(state.phase, Phase::Over(Outcome::Failed));
        assert_eq!(count(&bench, |kind| matches!(kind, EventKind::HoldEnded)).await, 1);
        assert_eq!(world.port(), "0");
    }
}

on_both! {
    async fn a_difference_stops_the_run_at_the_gate_and_goes_away_by_itself(fresh: Fresh) {
        let (bench, world) = (Bench::of(fresh).await, TinyWorld::new(Silence::Never));
        world.differ(Some("vm-2 is gone"));
        let driving = in_background(&bench, &world);
        until(&bench.engine, &bench, |state| state.wait().is_some()).await;
        let line = bench.engine.store().run_line(&bench.run).await.unwrap().unwrap();
        assert!(line.alarm.unwrap().contains("vm-2 is gone"));
        assert_eq!(world.times("stop vm-1"), 0, "a step was begun behind a closed gate");
        world.differ(None);
        driving.await.unwrap();
        assert_eq!(world.times("stop vm-1"), 1);
    }
}

on_both! {
    async fn nobody_without_the_role_does_anything(fresh: Fresh) {
        let bench = Bench::of(fresh).await;
        let vera = bench.fresh.person("vera", &[Role::Viewer, Role::Requester]).await;
        for verb in [Verb::Pause, Verb::Resume, Verb::Abort, Verb::Agree { step: id("stop") }] {
            assert!(bench.engine.intervene(&vera, &bench.run, &verb, "").await.is_err(), "{verb:?}");
        }
        assert_eq!(bench.engine.state(&bench.run).await.unwrap().seq, 1);
    }
}
