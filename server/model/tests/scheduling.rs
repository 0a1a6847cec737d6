//! What follows from a plan and a state, told as short stories of events.

#![allow(clippy::unwrap_used, reason = "a story that cannot be told fails its test")]

use model::event::{Event, EventKind, How, Outcome};
use model::gate::{GateId, batches};
use model::id::{EnvironmentId, HostName, StepId};
use model::next::{Next, next};
use model::plan::{
    Action, Already, Confirmation, PLAN_FORMAT, Plan, Probe, Rolling, Stage, Step, StepKind, Target, Undo,
};
use model::procedure::{Inputs, RestartSystemVms};
use model::run::{RunState, Status};
use model::time::Timestamp;
use model::verb::{Extension, InvalidExtension, Ruling, Verb, Verdict, ruling};
use model::wait::{Wait, WaitReason};

fn id(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

/// A step on a host of the same name.
fn step(name: &str) -> Step {
    on(name, name)
}

fn on(name: &str, host: &str) -> Step {
    Step {
        id: id(name),
        title: name.to_owned(),
        target: Target::Host { host: HostName::new(host).unwrap() },
        kind: StepKind::Idempotent,
        after: vec![],
        completes: None,
        action: Action::Observe,
        proof: Probe::ApiReady,
        already: Already::IsDone,
        untouched: None,
        deadline: 10,
        attempts: 1,
        impact: String::new(),
        hazard: None,
        undo: Undo::NotNeeded,
        vendor: None,
    }
}

fn stage(limit: u16, steps: Vec<Step>, rolling: Option<Rolling>) -> Stage {
    Stage { title: "Stage".into(), limit, unit: "hosts".into(), steps, rolling }
}

fn plan(stages: Vec<Stage>, hold: u32) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
        inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
        summary: String::new(),
        stages,
        finally: vec![step("close")],
        hazards: vec![],
        left_out: vec![],
        hold,
        confirmations: vec![],
    }
}

/// A run of a plan, told event by event.
struct Story {
    plan: Plan,
    state: RunState,
}

impl Story {
    fn of(plan: Plan) -> Self {
        let mut story = Self { plan, state: RunState::default() };
        story.tell(EventKind::Created {
            request: model::id::RequestId::new("2e7293a0-d168-46f3-bc29-262ddbf22475").unwrap(),
            digest: story.plan.digest(),
            by: "rita".into(),
        });
        story
    }

    #[track_caller]
    fn tell(&mut self, kind: EventKind) -> &mut Self {
        self.try_to_tell(kind).unwrap();
        self
    }

    fn try_to_tell(&mut self, kind: EventKind) -> Result<(), model::run::IllegalEvent> {
        let seq = self.state.seq + 1;
        self.state.apply(&Event { seq, at: Timestamp(seq * 1000), kind })
    }

    #[track_caller]
    fn begins(&mut self, step: &str) -> &mut Self {
        let attempt = self.state.steps.get(&id(step)).map_or(0, |step| step.attempt) + 1;
        self.tell(EventKind::StepStarted { step: id(step), attempt, spool: None, expires: None })
    }

    #[track_caller]
    fn done(&mut self, step: &str) -> &mut Self {
        self.begins(step).tell(EventKind::StepDone { step: id(step), how: How::Acted, evidence: "seen".into() })
    }

    #[track_caller]
    fn fails(&mut self, step: &str) -> &mut Self {
        self.begins(step).tell(EventKind::StepFailed { step: id(step), reason: "no".into(), again: false })
    }

    #[track_caller]
    fn passes(&mut self, gate: GateId) -> &mut Self {
        self.tell(EventKind::GateReached { gate }).tell(EventKind::GatePassed { gate, evidence: "fits".into() })
    }

    /// What follows, in one word and the names of the steps.
    fn follows(&self) -> String {
        match next(&self.plan, &self.state) {
            Next::Begin(steps) => steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(" "),
            Next::Look(gate) => format!("look {}", gate.words()),
            Next::Wait => "wait".into(),
            Next::Hold => "hold".into(),
            Next::Decide(until) => format!("decide until {}", until.0),
            Next::BeginFinally => "finally".into(),
            Next::Finish(outcome) => outcome.word().into(),
            Next::Over => "over".into(),
        }
    }

    fn rule(&self, by: &str, verb: &Verb) -> Ruling {
        ruling(verb, by, &self.state, &self.plan)
    }
}

fn two_stages(hold: u32) -> Story {
    Story::of(plan(vec![stage(1, vec![step("a")], None), stage(2, vec![step("b"), step("c")], None)], hold))
}

fn rolling(canary: u16, batch: u16, budget: u16) -> Story {
    let steps = ["a", "b", "c", "d", "e"].map(step).to_vec();
    let rolling = Rolling { canary, batch, health: vec![], budget };
    Story::of(plan(vec![stage(2, steps, Some(rolling))], 60))
}

#[test]
fn between_two_stages_there_is_a_gate() {
    let mut story = two_stages(0);
    assert_eq!(story.follows(), "a");
    story.done("a");
    assert_eq!(story.follows(), "look before stage 2");
    story.passes(GateId::before(1, 0));
    assert_eq!(story.follows(), "b c");
}

#[test]
fn a_closed_gate_lets_nothing_begin_and_says_why() {
    let mut story = two_stages(0);
    let gate = GateId::before(1, 0);
    story.done("a").tell(EventKind::GateReached { gate });
    let reason = WaitReason::Drift { differences: vec!["b is gone".into()] };
    let wait = Wait { reason, since: Timestamp(9), until: None };
    story.tell(EventKind::GateWaiting { gate, wait: wait.clone() });
    assert_eq!(story.follows(), "look before stage 2");
    assert_eq!(story.state.wait(), Some(wait));
    assert!(story.state.alarm(&story.plan).unwrap().contains("b is gone"));
}

#[test]
fn a_pause_lets_the_step_under_way_come_to_rest_and_begins_nothing() {
    let mut story = two_stages(0);
    story.begins("a");
    assert_eq!(story.rule("olaf", &Verb::Pause), Ruling::Possible { effect: "after the step under way".into() });
    story.tell(EventKind::PauseRequested { by: "olaf".into(), reason: "lunch".into() });
    assert_eq!(story.rule("olaf", &Verb::Pause), Ruling::AlreadySo);
    story.tell(EventKind::StepDone { step: id("a"), how: How::Acted, evidence: "seen".into() });
    assert_eq!(story.follows(), "wait");
    assert!(matches!(story.state.wait().unwrap().reason, WaitReason::Paused { .. }));
    story.tell(EventKind::ResumeRequested { by: "olaf".into() });
    assert_eq!(story.follows(), "look before stage 2");
}

#[test]
fn who_resumes_in_the_middle_of_a_stage_has_it_looked_at_again() {
    let mut story = two_stages(0);
    story.done("a").passes(GateId::before(1, 0)).done("b");
    story.tell(EventKind::PauseRequested { by: "olaf".into(), reason: String::new() });
    story.tell(EventKind::ResumeRequested { by: "olaf".into() });
    assert_eq!(story.follows(), "look before stage 2");
    story.passes(GateId::before(1, 0));
    assert_eq!(story.follows(), "c");
}

#[test]
fn neither_a_pause_nor_a_failure_nor_an_abort_leaves_a_step_half_done() {
    let start = Step { after: vec![id("stop")], completes: Some(id("stop")), ..on("start", "vm") };
    let other = Step { attempts: 1, ..step("other") };
    let make = || Story::of(plan(vec![stage(2, vec![on("stop", "vm"), start.clone(), other.clone()], None)], 60));
    let mut paused = make();
    paused.done("stop").tell(EventKind::PauseRequested { by: "olaf".into(), reason: String::new() });
    assert_eq!(paused.follows(), "start");
    let mut failed = make();
    failed.done("stop").fails("other");
    assert_eq!(failed.follows(), "start");
    let mut aborted = make();
    aborted.done("stop").tell(EventKind::AbortRequested { by: "olaf".into(), reason: String::new() });
    assert_eq!(aborted.follows(), "start");
}

#[test]
fn a_failure_waits_for_a_decision_and_then_closes_what_was_opened() {
    let mut story = two_stages(60);
    story.fails("a");
    assert_eq!(story.follows(), "hold");
    story.tell(EventKind::Held { until: Timestamp(90_000) });
    assert_eq!(story.follows(), "decide until 90000");
    assert!(story.state.alarm(&story.plan).is_some());
    story.tell(EventKind::HoldExtended { by: "olaf".into(), until: Timestamp(99_000) });
    assert_eq!(story.follows(), "decide until 99000");
    story.tell(EventKind::HoldEnded);
    assert_eq!(story.follows(), "finally");
}

#[test]
fn a_plan_that_does_not_hold_closes_at_once() {
    let mut story = two_stages(0);
    story.fails("a");
    assert_eq!(story.follows(), "finally");
}

#[test]
fn a_retry_looks_again_and_then_tries_once_more() {
    let mut story = two_stages(60);
    story.fails("a").tell(EventKind::Held { until: Timestamp(90_000) });
    story.tell(EventKind::RetryRequested { step: id("a"), by: "olaf".into(), reason: String::new(), renews: vec![] });
    assert_eq!(story.follows(), "look before stage 1");
    story.passes(GateId::before(0, 0));
    assert_eq!(story.follows(), "a");
    story.done("a");
    assert_eq!(story.follows(), "look before stage 2");
    assert_eq!(story.state.hold, None);
}

#[test]
fn what_completes_a_step_is_done_anew_when_that_is_tried_again() {
    let start = Step { after: vec![id("stop")], completes: Some(id("stop")), ..on("start", "vm") };
    let mut story = Story::of(plan(vec![stage(1, vec![on("stop", "vm"), start], None)], 60));
    story.fails("stop");
    assert_eq!(story.follows(), "start", "who knows whether the VM was stopped");
    story.done("start");
    let renews = model::verb::renewed_with(&id("stop"), &story.plan, &story.state);
    let reason = String::new();
    story.tell(EventKind::RetryRequested { step: id("stop"), by: "olaf".into(), reason, renews });
    story.passes(GateId::before(0, 0)).done("stop");
    assert_eq!(story.follows(), "start", "the VM would stay stopped");
}

#[test]
fn a_step_that_must_not_start_twice_is_freed_by_two_people_only() {
    let once = Step { kind: StepKind::Once, ..step("a") };
    let mut story = Story::of(plan(vec![stage(1, vec![once], None)], 60));
    story.fails("a");
    let retry = Verb::Retry { step: id("a") };
    assert!(matches!(story.rule("olaf", &retry), Ruling::Refused { .. }));
    let ask = Verb::Ask { step: id("a"), verdict: Verdict::Retry };
    assert!(matches!(story.rule("olaf", &ask), Ruling::Possible { .. }));
    story.tell(EventKind::VerdictAsked {
        step: id("a"),
        verdict: Verdict::Retry,
        by: "olaf".into(),
        reason: "the cable was out".into(),
    });
    assert_eq!(story.rule("olaf", &ask), Ruling::AlreadySo);
    let agree = Verb::Agree { step: id("a") };
    assert!(matches!(story.rule("olaf", &agree), Ruling::Refused { .. }));
    let by_oneself = EventKind::VerdictAgreed { step: id("a"), by: "olaf".into(), renews: vec![] };
    assert!(story.try_to_tell(by_oneself).is_err(), "one person has agreed with himself");
    assert!(matches!(story.rule("ada", &agree), Ruling::Possible { .. }));
    story.tell(EventKind::VerdictAgreed { step: id("a"), by: "ada".into(), renews: vec![] });
    assert!(matches!(story.state.steps[&id("a")].status, Status::Freed { .. }));
}

#[test]
fn what_was_skipped_lets_the_next_begin_but_is_no_success() {
    let mut story = two_stages(60);
    story.fails("a");
    story.tell(EventKind::VerdictAsked {
        step: id("a"),
        verdict: Verdict::Skip,
        by: "olaf".into(),
        reason: "not needed tonight".into(),
    });
    story.tell(EventKind::VerdictAgreed { step: id("a"), by: "ada".into(), renews: vec![] });
    assert_eq!(story.follows(), "look before stage 2");
    story.passes(GateId::before(1, 0)).done("b").done("c");
    assert_eq!(story.follows(), "finally");
    story.tell(EventKind::FinallyBegun).done("close");
    assert_eq!(story.follows(), Outcome::Incomplete.word());
}

#[test]
fn a_refused_verdict_leaves_everything_as_it_was() {
    let mut story = two_stages(60);
    story.fails("a");
    let before = story.state.clone();
    story.tell(EventKind::VerdictAsked {
        step: id("a"),
        verdict: Verdict::MarkDone,
        by: "olaf".into(),
        reason: "I saw it".into(),
    });
    story.tell(EventKind::VerdictDropped { step: id("a"), by: "ada".into(), reason: "I did not".into() });
    assert_eq!(RunState { seq: before.seq, ..story.state }, before);
}

#[test]
fn what_was_opened_can_be_signed_for_as_closed_but_not_skipped() {
    let mut story = two_stages(0);
    story.fails("a").tell(EventKind::FinallyBegun).begins("close");
    story.tell(EventKind::StepFailed { step: id("close"), reason: "no".into(), again: true });
    assert_eq!(story.follows(), "close", "it is tried for ever");
    let ask = |verdict| Verb::Ask { step: id("close"), verdict };
    assert!(matches!(story.rule("olaf", &ask(Verdict::Skip)), Ruling::Refused { .. }));
    assert!(matches!(story.rule("olaf", &ask(Verdict::MarkDone)), Ruling::Possible { .. }));
    story.tell(EventKind::VerdictAsked {
        step: id("close"),
        verdict: Verdict::MarkDone,
        by: "olaf".into(),
        reason: "closed by hand".into(),
    });
    // It goes on trying while the question stands.
    story.begins("close");
    let agreed = EventKind::VerdictAgreed { step: id("close"), by: "ada".into(), renews: vec![] };
    assert!(story.try_to_tell(agreed.clone()).is_err(), "settled while it was being tried");
    story.tell(EventKind::StepFailed { step: id("close"), reason: "no".into(), again: true });
    story.tell(agreed);
    assert_eq!(story.follows(), Outcome::Failed.word());
}

#[test]
fn a_rolling_stage_goes_canary_first_then_batch_by_batch() {
    let mut story = rolling(1, 2, 0);
    assert_eq!(batches(&story.plan.stages[0]).iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!(story.follows(), "a");
    story.begins("a");
    assert_eq!(story.follows(), "wait", "the canary goes alone");
    story.tell(EventKind::StepDone { step: id("a"), how: How::Acted, evidence: "seen".into() });
    assert_eq!(story.follows(), "look before batch 2 of stage 1");
    story.passes(GateId::before(0, 1));
    assert_eq!(story.follows(), "b c");
    story.done("b");
    assert_eq!(story.follows(), "c", "the next batch waits for the whole one before");
    story.done("c");
    assert_eq!(story.follows(), "look before batch 3 of stage 1");
}

#[test]
fn the_batch_before_is_looked_at_again_at_the_gate() {
    let mut story = rolling(1, 2, 0);
    story.done("a").passes(GateId::before(0, 1)).done("b").done("c");
    let looked_at = |gate| model::gate::health_before(&story.plan, &story.state, gate).len();
    assert_eq!(looked_at(GateId::before(0, 1)), 1);
    assert_eq!(looked_at(GateId::before(0, 2)), 2);
    assert_eq!(looked_at(GateId::before(1, 0)), 0);
}

#[test]
fn failures_within_the_budget_do_not_stop_the_others_but_the_run_counts_as_failed() {
    let mut story = rolling(0, 5, 1);
    story.fails("a");
    assert_eq!(story.follows(), "b c");
    for rest in ["b", "c", "d", "e"] {
        story.done(rest);
    }
    assert_eq!(story.follows(), "finally");
    story.tell(EventKind::FinallyBegun).done("close");
    assert_eq!(story.follows(), Outcome::Failed.word());
}

#[test]
fn one_failure_above_the_budget_stops_the_run() {
    let mut story = rolling(0, 5, 1);
    story.fails("a").fails("b");
    assert_eq!(story.follows(), "hold");
}

#[test]
fn the_budget_does_not_cover_the_canary() {
    let mut story = rolling(1, 2, 3);
    story.fails("a");
    assert_eq!(story.follows(), "hold");
}

#[test]
fn what_waits_for_a_failed_step_of_the_budget_is_left_and_the_stage_goes_on() {
    let second = Step { after: vec![id("a")], ..on("a2", "a") };
    let rolling = Rolling { canary: 0, batch: 1, health: vec![], budget: 1 };
    let mut story = Story::of(plan(vec![stage(1, vec![step("a"), second, step("b")], Some(rolling))], 60));
    story.fails("a");
    assert_eq!(story.follows(), "look before batch 2 of stage 1");
    story.passes(GateId::before(0, 1)).done("b");
    assert_eq!(story.follows(), "finally");
}

#[test]
fn no_step_that_completes_a_begun_one_is_held_against_the_plan_at_a_gate() {
    let start = Step { after: vec![id("stop")], completes: Some(id("stop")), ..on("start", "vm") };
    let mut story = Story::of(plan(vec![stage(1, vec![on("stop", "vm"), start, step("b")], None)], 60));
    story.done("stop").fails("start");
    story.tell(EventKind::RetryRequested {
        step: id("start"),
        by: "olaf".into(),
        reason: String::new(),
        renews: vec![],
    });
    let rest = model::gate::still_to_come(&story.plan, &story.state);
    assert_eq!(rest.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn more_time_is_given_within_reason_and_only_to_what_is_under_way() {
    let mut story = two_stages(60);
    let extend = |seconds| Verb::ExtendStep { step: id("a"), seconds };
    assert!(matches!(story.rule("olaf", &extend(60)), Ruling::Refused { .. }), "it has not begun");
    story.begins("a");
    assert!(matches!(story.rule("olaf", &extend(0)), Ruling::Refused { .. }));
    assert!(matches!(story.rule("olaf", &extend(u32::MAX)), Ruling::Refused { .. }));
    assert!(matches!(story.rule("olaf", &extend(60)), Ruling::Possible { .. }));
    story.tell(EventKind::DeadlineExtended { step: id("a"), by: "olaf".into(), seconds: 60 });
    assert_eq!(story.state.steps[&id("a")].granted, 60);
}

#[test]
fn nothing_of_the_stages_begins_again_while_the_run_closes_what_it_opened() {
    let mut story = two_stages(0);
    story.fails("a").tell(EventKind::FinallyBegun).begins("close");
    let ask = |step, verdict| Verb::Ask { step: id(step), verdict };
    assert!(matches!(story.rule("olaf", &Verb::Retry { step: id("a") }), Ruling::Refused { .. }));
    assert!(matches!(story.rule("olaf", &ask("a", Verdict::Retry)), Ruling::Refused { .. }));
    assert!(matches!(story.rule("olaf", &ask("a", Verdict::MarkDone)), Ruling::Possible { .. }));
}

#[test]
fn a_verdict_is_read_by_its_word_and_by_no_other() {
    for verdict in Verdict::ALL {
        assert_eq!(verdict.word().parse(), Ok(verdict));
    }
    let refused = "forget".parse::<Verdict>().unwrap_err().to_string();
    assert_eq!(refused, "\"forget\" is no verdict: retry, skip and mark_done are");
}

#[test]
fn more_time_is_read_within_its_bounds() {
    assert_eq!("600".parse(), Ok(Extension { seconds: 600 }));
    for text in ["", "0", "-1", "86401", "soon", "1e3"] {
        assert_eq!(text.parse::<Extension>(), Err(InvalidExtension), "{text:?}");
    }
}

#[test]
fn nothing_can_be_done_to_a_run_that_is_over() {
    let mut story = two_stages(0);
    story.fails("a").tell(EventKind::FinallyBegun).done("close").tell(EventKind::Finished { outcome: Outcome::Failed });
    for verb in [Verb::Pause, Verb::Resume, Verb::Abort, Verb::Retry { step: id("a") }, Verb::ExtendHold { seconds: 9 }]
    {
        assert!(matches!(story.rule("olaf", &verb), Ruling::Refused { .. }), "{verb:?}");
    }
}

#[test]
fn nobody_ends_a_run_alone_while_the_outcome_of_a_step_is_unknown() {
    let mut story = two_stages(0);
    assert!(matches!(story.rule("olaf", &Verb::AgreeAbort), Ruling::Refused { .. }), "nobody has asked");
    story.begins("a");
    let effect = |ruling| match ruling {
        Ruling::Possible { effect } => effect,
        other => panic!("{other:?}"),
    };
    assert!(effect(story.rule("olaf", &Verb::Abort)).starts_with("at once"));
    let question = "is it up?".to_owned();
    story.tell(EventKind::StepUnknown { step: id("a"), question, doubt: model::event::Doubt::OutOfReach });
    assert!(effect(story.rule("olaf", &Verb::Abort)).contains("a second person"));
    let asked = EventKind::AbortAsked { by: "olaf".into(), reason: "it hangs".into() };
    story.tell(asked.clone());
    assert!(story.try_to_tell(asked).is_err(), "asked twice");
    assert!(matches!(story.rule("olaf", &Verb::Abort), Ruling::AlreadySo));
    assert!(matches!(story.rule("ada", &Verb::Abort), Ruling::Refused { .. }), "she agrees or refuses");
    assert!(matches!(story.rule("olaf", &Verb::AgreeAbort), Ruling::Refused { .. }));
    assert!(story.try_to_tell(EventKind::AbortAgreed { by: "olaf".into() }).is_err(), "agreed with themselves");
    assert!(story.state.abort.is_none() && story.state.abort_asked.is_some());
    assert!(effect(story.rule("ada", &Verb::AgreeAbort)).starts_with("at once"));
    story.tell(EventKind::AbortAgreed { by: "ada".into() });
    assert!(matches!(story.rule("ada", &Verb::AgreeAbort), Ruling::AlreadySo));
    assert_eq!(story.state.abort.as_ref().map(|wish| wish.by.as_str()), Some("olaf"));
}

#[test]
fn a_run_is_in_one_person_s_hands_until_another_takes_it() {
    let mut story = two_stages(0);
    let hand_over = |to: &str| Verb::HandOver { to: to.into() };
    assert_eq!(story.state.responsible, "rita", "who starts it is responsible");
    assert!(matches!(story.rule("olaf", &hand_over("ada")), Ruling::Refused { .. }), "it is not his");
    assert!(matches!(story.rule("rita", &hand_over("rita")), Ruling::AlreadySo));
    assert!(matches!(story.rule("rita", &hand_over("olaf")), Ruling::Possible { .. }));
    assert!(matches!(story.rule("olaf", &Verb::AcceptHandOver), Ruling::Refused { .. }), "nobody has offered it");
    let offered = |by: &str, to: &str| EventKind::HandOverOffered { by: by.into(), to: to.into(), note: String::new() };
    assert!(story.try_to_tell(offered("olaf", "ada")).is_err());
    story.tell(offered("rita", "olaf"));
    assert_eq!(story.state.responsible, "rita", "an offer alone changes nothing");
    assert!(matches!(story.rule("rita", &hand_over("ada")), Ruling::Refused { .. }), "one at a time");
    assert!(matches!(story.rule("ada", &Verb::AcceptHandOver), Ruling::Refused { .. }));
    assert!(matches!(story.rule("ada", &Verb::DropHandOver), Ruling::Refused { .. }));
    assert!(matches!(story.rule("rita", &Verb::DropHandOver), Ruling::Possible { .. }));
    assert!(story.try_to_tell(EventKind::HandOverAccepted { by: "ada".into() }).is_err());
    story.tell(EventKind::HandOverAccepted { by: "olaf".into() });
    assert_eq!((story.state.responsible.as_str(), &story.state.offer), ("olaf", &None));
    assert_eq!(story.state.started_by, "rita", "who started it stays who started it");
    story.tell(offered("olaf", "rita"));
    assert!(matches!(story.rule("ada", &Verb::TakeInHand), Ruling::Possible { .. }));
    story.tell(EventKind::TakenInHand { by: "ada".into(), reason: "olaf is asleep".into() });
    assert_eq!((story.state.responsible.as_str(), &story.state.offer), ("ada", &None));
    assert!(matches!(story.rule("ada", &Verb::TakeInHand), Ruling::AlreadySo));
}

#[test]
fn a_run_looks_where_somebody_has_to_confirm_and_begins_nothing_before() {
    let from = || model::id::GroupName::new("storage").unwrap();
    let at =
        |before| Confirmation { before, from: from(), text: "look".into(), starter: model::policy::Starter::default() };
    let mut plan = two_stages(0).plan;
    plan.confirmations = vec![at(0), at(1), at(1), at(2)];
    let mut story = Story::of(plan);
    // The start has looked at everything else that the first gate looks at.
    assert_eq!(story.follows(), "look before stage 1");
    let (first, second) = (GateId::before(0, 0), GateId::before(1, 0));
    let yes = |number| EventKind::GateConfirmed { number, by: "stan".into(), note: String::new() };
    let waits = |gate, number| EventKind::GateWaiting {
        gate,
        wait: Wait {
            reason: WaitReason::Confirmation { number, from: from(), text: "look".into() },
            since: Timestamp(9),
            until: None,
        },
    };
    story.tell(EventKind::GateReached { gate: first }).tell(waits(first, 0));
    assert_eq!(story.state.asked_to_confirm(), Some(0));
    assert_eq!(
        story.rule("stan", &Verb::Confirm { number: 1 }),
        Ruling::Refused { why: "nobody is asked to confirm that now".into() }
    );
    assert!(matches!(story.rule("stan", &Verb::Confirm { number: 0 }), Ruling::Possible { .. }));
    story.tell(yes(0));
    assert_eq!(story.rule("stan", &Verb::Confirm { number: 0 }), Ruling::AlreadySo);
    assert!(story.try_to_tell(yes(0)).is_err(), "confirmed twice");
    story.tell(EventKind::GatePassed { gate: first, evidence: "fits".into() });
    assert_eq!(story.follows(), "a");
    story.done("a").tell(yes(1));
    assert_eq!(story.follows(), "look before stage 2", "one of two is enough");
    story.tell(yes(2)).passes(second);
    assert_eq!(story.follows(), "b c");
    story.done("b").done("c");
    assert_eq!(story.follows(), "look after the last stage");
    story.tell(EventKind::GateReached { gate: GateId::END }).tell(waits(GateId::END, 3));
    story.tell(EventKind::GateRefused { number: 3, by: "stan".into(), reason: "a disk is missing".into() });
    assert_eq!(story.follows(), "wait");
    assert_eq!(story.state.asked_to_confirm(), None, "a paused run asks nobody");
    story.tell(EventKind::ResumeRequested { by: "olaf".into() });
    assert_eq!(story.follows(), "look after the last stage");
    story.tell(EventKind::GateReached { gate: GateId::END }).tell(yes(3));
    story.tell(EventKind::GatePassed { gate: GateId::END, evidence: "fits".into() });
    assert_eq!(story.follows(), "finally");
}
