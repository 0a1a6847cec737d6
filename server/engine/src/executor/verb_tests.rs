//! What people do to a run under way, on both databases: once is once, and the journal, the list and the audit log agree.

use std::sync::Arc;

use model::event::{Doubt, EventKind, How, Outcome};
use model::id::StepId;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::run::{Phase, RunState, Status};
use model::verb::{Verb, Verdict};

use super::tests::{Bench, Silence, TinyWorld};
use crate::store::journal::{self, Author};
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

/// Records that nobody knows how the first step ended.
async fn first_step_is_unknown(bench: &Bench) {
    let step = || id("open");
    let question = "how far did it come?".to_owned();
    let events = [
        EventKind::StepStarted { step: step(), attempt: 1, spool: None, expires: None },
        EventKind::StepUnknown { step: step(), question, doubt: Doubt::HowFar },
    ];
    let mut tx = bench.engine.store().write().await.unwrap();
    let events = events.map(Into::into);
    journal::append(&mut tx, &bench.run, Author::Person, bench.engine.now(), &events).await.unwrap();
    tx.commit().await.unwrap();
}

on_both! {
    async fn a_run_whose_step_is_unknown_is_ended_by_two_and_never_by_one(fresh: Fresh) {
        let bench = Bench::of(fresh).await;
        let (olaf, anna) = people(&bench.fresh).await;
        let say = async |by: &Person, verb: &Verb, reason: &str| bench.engine.intervene(by, &bench.run, verb, reason).await;
        first_step_is_unknown(&bench).await;
        let refused = say(&olaf, &Verb::Abort, " ").await.unwrap_err();
        assert!(matches!(refused, EngineError::Refused(Refusal::Invalid { field, .. }) if field == "reason"));
        assert!(say(&olaf, &Verb::AgreeAbort, "").await.is_err(), "nobody has asked");
        let effect = say(&olaf, &Verb::Abort, "it hangs").await.unwrap();
        assert!(effect.contains("as soon as a second person agrees"), "{effect}");
        // Asking again is asking once, and one person is one person.
        say(&olaf, &Verb::Abort, "it hangs").await.unwrap();
        assert!(say(&olaf, &Verb::AgreeAbort, "").await.is_err(), "one person has ended the run");
        assert_eq!(bench.engine.state(&bench.run).await.unwrap().abort, None);
        say(&anna, &Verb::DropAbort, "wait").await.unwrap();
        assert!(say(&anna, &Verb::AgreeAbort, "").await.is_err(), "agreed to what was refused");
        say(&olaf, &Verb::Abort, "it hangs still").await.unwrap();
        say(&anna, &Verb::AgreeAbort, "").await.unwrap();
        say(&anna, &Verb::AgreeAbort, "").await.unwrap();
        let state = bench.engine.state(&bench.run).await.unwrap();
        let abort = state.abort.unwrap();
        assert_eq!((abort.by.as_str(), abort.reason.as_str()), ("olaf", "it hangs still"));
        assert_eq!(state.abort_agreed_by.as_deref(), Some("anna"));
        let audit = bench.engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        let deeds: Vec<(&str, &str)> = audit
            .iter()
            .rev()
            .filter(|entry| entry.what.starts_with("run.abort"))
            .map(|entry| (entry.who.as_str(), entry.what.as_str()))
            .collect();
        let expected = [
            ("olaf", "run.abort_asked"),
            ("anna", "run.abort_dropped"),
            ("olaf", "run.abort_asked"),
            ("anna", "run.abort_agreed"),
        ];
        assert_eq!(deeds, expected);
    }
}

on_both! {
    async fn what_was_asked_while_a_step_was_unknown_can_be_done_by_one_when_it_is_known(fresh: Fresh) {
        let bench = Bench::of(fresh).await;
        let (olaf, anna) = people(&bench.fresh).await;
        first_step_is_unknown(&bench).await;
        bench.engine.abort(&olaf, &bench.run, "it hangs").await.unwrap();
        let found = EventKind::StepDone { step: id("open"), how: How::Acted, evidence: "seen".into() };
        let mut tx = bench.engine.store().write().await.unwrap();
        journal::append(&mut tx, &bench.run, Author::Person, bench.engine.now(), &[found.into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(bench.engine.state(&bench.run).await.unwrap().abort, None, "it was ended by one");
        bench.engine.abort(&anna_operator(&bench, &anna).await, &bench.run, "now").await.unwrap();
        let state = bench.engine.state(&bench.run).await.unwrap();
        assert_eq!(state.abort.map(|wish| wish.by), Some("anna".to_owned()));
        assert_eq!(state.abort_asked, None);
    }
}

async fn anna_operator(bench: &Bench, anna: &Person) -> Person {
    bench.engine.set_roles(None, &anna.id, [Role::Operator].into()).await.unwrap();
    Person { roles: [Role::Operator].into(), ..anna.clone() }
}

on_both! {
    async fn a_run_is_handed_to_who_accepts_and_to_nobody_who_could_do_nothing(fresh: Fresh) {
        let bench = Bench::of(fresh).await;
        let (olaf, anna) = people(&bench.fresh).await;
        let everybody = bench.engine.people().await.unwrap();
        let rita = everybody.into_iter().find(|person| person.name == "rita").unwrap();
        let say = async |by: &Person, verb: Verb, reason: &str| {
            bench.engine.intervene(by, &bench.run, &verb, reason).await.map_err(|error| error.to_string())
        };
        let to = |name: &str| Verb::HandOver { to: name.to_owned() };
        assert!(say(&rita, to("nobody-here"), "").await.unwrap_err().contains("nobody is called"));
        assert!(say(&rita, to("anna"), "").await.unwrap_err().contains("the role operator"));
        assert!(say(&olaf, to("olaf"), "").await.unwrap_err().contains("in the hands of rita"));
        let view = bench.engine.run(&rita, &bench.run).await.unwrap();
        assert_eq!(view.could_take, ["olaf"]);
        assert!(bench.engine.run(&olaf, &bench.run).await.unwrap().could_take.is_empty(), "it is not his to give");
        for _ in 0..2 {
            say(&rita, to("olaf"), "r-4 is slow").await.unwrap();
        }
        assert!(say(&anna, Verb::AcceptHandOver, "").await.is_err(), "an approver has taken a run");
        let offers = bench.engine.duties(&olaf).await.unwrap().offers;
        assert_eq!(offers.iter().map(|(line, offer)| (&line.id, offer.note.as_str())).collect::<Vec<_>>(), [(&bench.run, "r-4 is slow")]);
        assert_eq!(bench.engine.duties(&rita).await.unwrap().offers, []);
        say(&olaf, Verb::AcceptHandOver, "").await.unwrap();
        say(&olaf, Verb::AcceptHandOver, "").await.unwrap();
        let state = bench.engine.state(&bench.run).await.unwrap();
        assert_eq!((state.responsible.as_str(), state.started_by.as_str()), ("olaf", "rita"));
        assert!(say(&olaf, Verb::TakeInHand, "mine").await.unwrap_err().contains("the role admin"));
        say(&rita, Verb::TakeInHand, "olaf is asleep").await.unwrap();
        assert_eq!(bench.engine.state(&bench.run).await.unwrap().responsible, "rita");
        let audit = bench.engine.audit(&model::audit::AuditFilter::default()).await.unwrap();
        let deeds: Vec<(&str, &str, &str)> = audit
            .iter()
            .rev()
            .filter(|entry| entry.what.contains("hand"))
            .map(|entry| (entry.who.as_str(), entry.what.as_str(), entry.detail.as_str()))
            .collect();
        let expected = [
            ("rita", "run.hand_over_offered", "to olaf r-4 is slow"),
            ("olaf", "run.hand_over_accepted", ""),
            ("rita", "run.taken_in_hand", "olaf is asleep"),
        ];
        assert_eq!(deeds, expected);
    }
}
