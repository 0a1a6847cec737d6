//! Runs as people see them.

use std::time::Duration;

use model::event::{Event, EventKind};
use model::grant::Labels;
use model::id::{RunId, StepId};
use model::people::{Person, Role};
use model::plan::Plan;
use model::policy::{BrokenGlass, Group, may_confirm};
use model::request::Request;
use model::run::{Phase, RunState};
use model::time::Timestamp;
use model::verb::{Ruling, Verb, Verdict, renewed_with, ruling};
use model::view::{AskedToConfirm, RunView};
use tokio::sync::watch;

use crate::error::{conflict, invalid, not_found};
use crate::notify::{Before, tell_of_run};
use crate::rules::{About, Rules};
use crate::store::audit::{Deed, record};
use crate::store::journal::{self, Author, Visible};
use crate::store::log::{Order, Size};
use crate::store::people;
use crate::{Engine, EngineError, Result};

/// How many chunks and bytes of output the run page gets at first: what somebody wants to see who comes to it, and no more, because
/// all of it travels before anything is shown.
const FIRST_OUTPUT: u32 = 400;
const FIRST_BYTES: i64 = 96 * 1024;

/// How many events a follower gets at once. Each may be output of some 64 kB.
const BATCH: u32 = 100;

/// How often a follower looks by itself: another server may have written, whose wake-ups do not reach this one.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Follows one run: what has a higher number than the last one seen, in order, as it is recorded.
#[derive(Debug)]
pub struct Tail {
    engine: Engine,
    run: RunId,
    after: i64,
    wake: watch::Receiver<u64>,
}

/// What [`Tail::next`] gives.
#[derive(Debug)]
pub enum Followed {
    /// These came next, in order; never empty.
    Events(Vec<Event>),
    /// The run is over and everything was given.
    End,
}

impl Tail {
    /// Waits for what comes next.
    pub async fn next(&mut self) -> Result<Followed> {
        loop {
            self.wake.mark_unchanged();
            // Asked before the events are read: what is written in between is not missed, only found a round later.
            let line = self.engine.store().run_line(&self.run).await?.ok_or_else(|| not_found("this run"))?;
            let events = self.engine.store().everything(&self.run, self.after, BATCH).await?;
            if let Some(last) = events.last() {
                self.after = last.seq;
                return Ok(Followed::Events(events));
            }
            if line.outcome.is_some() {
                return Ok(Followed::End);
            }
            let _ = tokio::time::timeout(LOOK_AGAIN, self.wake.changed()).await;
        }
    }
}

impl Engine {
    /// Everything the run page shows to `viewer` at first.
    pub async fn run(&self, viewer: &Person, id: &RunId) -> Result<RunView> {
        let mut line = self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        // Everything up to one number, so that the page can follow from there without gap or repeat.
        let until = self.store().last_event(id).await?;
        let course = self.course(id, until).await?;
        if line.outcome.is_none() {
            line.left = Some(self.left(&line, &course).await?);
        }
        let previous =
            self.store().run_before(&line.environment, line.procedure, &line.request, line.created_at).await?;
        let mut state = course.state;
        // Output changes nothing of it; but what was printed up to here is not to be sent once more.
        state.seq = until;
        let from = self.output_tail(id).await?;
        let mut output = self.store().output(id, None, from, FIRST_OUTPUT).await?;
        output.retain(|event| event.seq <= until);
        let labels = self.labels_seen(viewer, id).await?;
        let may_intervene = may_intervene(viewer, &labels);
        let may_agree = may_agree(viewer, &labels);
        let comments = self.store().comments(&line.request).await?;
        let glass = self.store().glass_of(id).await?;
        let rules = self.rules().await?;
        let (may_review, could_take) = for_people(viewer, &labels, &request, glass.as_ref(), &state, &rules);
        let asked = asked(viewer, &labels, &request, &state, &rules.groups);
        let may_take = viewer.may(Role::Admin) && line.outcome.is_none() && state.responsible != viewer.name;
        Ok(RunView {
            line,
            comments,
            glass,
            may_review,
            could_take,
            may_take,
            asked,
            previous,
            plan: request.plan,
            state,
            output_cut: from > 0,
            output,
            viewer: viewer.name.clone(),
            may_intervene,
            may_agree,
            now: self.now(),
        })
    }

    /// The number after which the last part of the output begins; 0 when that is all of it.
    async fn output_tail(&self, id: &RunId) -> Result<i64> {
        let sizes = self.store().sizes(id, None, (0, i64::MAX), (Order::NewestFirst, FIRST_OUTPUT + 1)).await?;
        let mut bytes = 0;
        let is_too_much = |(chunks, size): (u32, &Size)| {
            bytes += size.bytes;
            (chunks >= FIRST_OUTPUT || (chunks > 0 && bytes > FIRST_BYTES)).then_some(size.seq)
        };
        Ok((0..).zip(&sizes).find_map(is_too_much).unwrap_or(0))
    }

    pub(crate) async fn state(&self, id: &RunId) -> Result<RunState> {
        let events = self.store().events(id, 0).await?;
        RunState::fold(&events).map_err(|source| EngineError::Journal { run: id.to_string(), source })
    }

    /// Follows a run from after that event number.
    pub async fn follow(&self, id: &RunId, after: i64) -> Result<Tail> {
        let wake = self.0.wakes.subscribe(id);
        self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        Ok(Tail { engine: self.clone(), run: id.clone(), after, wake })
    }

    /// Output of one step, or of the run, from after that event number; at most `limit` chunks.
    pub async fn output(&self, id: &RunId, step: Option<&StepId>, after: i64, limit: u32) -> Result<Vec<Event>> {
        self.store().output(id, step, after, limit.min(5000)).await
    }

    /// Does something to a run under way. Doing it twice is doing it once. When it takes effect, in words.
    pub async fn intervene(&self, by: &Person, id: &RunId, verb: &Verb, reason: &str) -> Result<String> {
        check_reason(verb, reason)?;
        let labels = self.labels_seen(by, id).await?;
        needs_role(by, verb, &labels).map_err(conflict)?;
        let line = self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        let at = self.now();
        let mut tx = self.store().write().await?;
        if let Verb::Confirm { number } | Verb::RefuseGate { number } = verb {
            // Held until the commit, as at a start: whoever takes somebody out of the group comes before or after this.
            let rules = self.hold_rules(&mut tx).await?;
            let by = rules.person(&by.id).ok_or_else(|| not_found("this person"))?;
            let confirmation = request.plan.confirmations.get(usize::from(*number));
            let confirmation = confirmation.ok_or_else(|| not_found("this confirmation"))?;
            may_confirm(by, &labels, &request.makers, &line.by, confirmation, &rules.groups).map_err(conflict)?;
        }
        let plan = request.plan;
        if !journal::lock(&mut tx, id).await? {
            return Err(conflict("the run is over"));
        }
        if let Verb::HandOver { to } = verb {
            can_take(&people::all(&mut tx).await?, to, &labels)?;
        }
        let damaged = |source| EngineError::Journal { run: id.to_string(), source };
        let mut state = RunState::fold(&journal::events(&mut tx, id, 0).await?).map_err(damaged)?;
        let effect = match ruling(verb, &by.name, &state, &plan) {
            Ruling::Possible { effect } => effect,
            Ruling::AlreadySo => return Ok("nothing changes: it is so already".to_owned()),
            Ruling::Refused { why } => return Err(conflict(why)),
        };
        let kind = event_of(verb, &by.name, reason.trim(), at, &state, &plan);
        let is_only_asked = matches!(kind, EventKind::AbortAsked { .. });
        if is_only_asked && reason.trim().is_empty() {
            return Err(invalid("reason", "say why, so that a second person can agree"));
        }
        journal::append(&mut tx, id, Author::Person, at, &[kind.into()]).await?;
        let mut told = Vec::new();
        for event in journal::events(&mut tx, id, state.seq).await? {
            let before = Before::of(&state, &event, &plan);
            state.apply(&event).map_err(damaged)?;
            told.extend(before.told(&state, &event, &plan));
        }
        journal::show(&mut tx, id, at, &Visible::of(&state, &plan)).await?;
        let (what, step) = if is_only_asked { ("run.abort_asked", None) } else { deed(verb) };
        let about = match verb {
            Verb::HandOver { to } => format!("to {to}"),
            Verb::Confirm { number } | Verb::RefuseGate { number } => {
                let asked = plan.confirmations.get(usize::from(*number));
                asked.map(|asked| format!("{}: {}", plan.place_of(asked), asked.text)).unwrap_or_default()
            }
            _ => step.map_or_else(String::new, ToString::to_string),
        };
        let detail = [about.as_str(), reason.trim()].join(" ").trim().to_owned();
        record(&mut tx, at, Deed { who: &by.name, what, subject: id.as_str(), detail }).await?;
        tell_of_run(&mut tx, id, &told, at).await?;
        tx.commit().await?;
        self.0.wakes.wake(id);
        self.0.post.wake();
        Ok(effect)
    }

    /// Stops what is under way, then runs `finally`; while the outcome of a step is unknown, as soon as a second person
    /// agrees. Asking twice is asking once.
    pub async fn abort(&self, by: &Person, id: &RunId, reason: &str) -> Result<()> {
        self.intervene(by, id, &Verb::Abort, reason).await.map(drop)
    }
}

/// Whether this person may review the run, and whom they could hand it to.
fn for_people(
    viewer: &Person,
    labels: &Labels,
    request: &Request,
    glass: Option<&BrokenGlass>,
    state: &RunState,
    rules: &Rules,
) -> (std::result::Result<(), String>, Vec<String>) {
    let demand = rules.demand(&About::of(request));
    let may_review = match glass {
        Some(glass) => glass.may_review(viewer, labels, &request.makers, &demand, &rules.groups),
        None => Err("it was started with its approvals".to_owned()),
    };
    let is_mine = state.responsible == viewer.name && !matches!(state.phase, Phase::Over(_));
    let others =
        rules.people.iter().filter(|other| is_mine && other.id != viewer.id && other.may_at(Role::Operator, labels));
    (may_review, others.map(|other| other.name.clone()).collect())
}

/// What somebody is asked to confirm now, and whether this person may.
pub(crate) fn asked(
    viewer: &Person,
    labels: &Labels,
    request: &Request,
    state: &RunState,
    groups: &[Group],
) -> Option<AskedToConfirm> {
    let number = state.asked_to_confirm()?;
    let confirmation = request.plan.confirmations.get(usize::from(number))?;
    let may = may_confirm(viewer, labels, &request.makers, &state.started_by, confirmation, groups);
    let place = request.plan.place_of(confirmation);
    Some(AskedToConfirm { number, confirmation: confirmation.clone(), place, may })
}

/// A run is handed to somebody who can do something about it.
fn can_take(people: &[Person], to: &str, labels: &Labels) -> Result<()> {
    match people.iter().find(|person| person.name == to) {
        None => Err(invalid("to", format!("nobody is called {to:?}"))),
        Some(person) if !person.may_at(Role::Operator, labels) => {
            Err(invalid("to", format!("{to} cannot take it: this needs the role {}", Role::Operator)))
        }
        Some(_) => Ok(()),
    }
}

/// Who may do that at all; what the run itself allows is [`ruling`]'s to say.
fn needs_role(by: &Person, verb: &Verb, labels: &Labels) -> std::result::Result<(), String> {
    match verb {
        Verb::Agree { .. } | Verb::Drop { .. } | Verb::AgreeAbort | Verb::DropAbort => may_agree(by, labels),
        // Who it is for, the plan says: that is asked within the transaction.
        Verb::Confirm { .. } | Verb::RefuseGate { .. } => Ok(()),
        Verb::TakeInHand if !by.may(Role::Admin) => Err(format!("this needs the role {}", Role::Admin)),
        _ => may_intervene(by, labels),
    }
}

fn may_intervene(by: &Person, labels: &Labels) -> std::result::Result<(), String> {
    if by.may_at(Role::Operator, labels) { Ok(()) } else { Err(format!("this needs the role {}", Role::Operator)) }
}

/// A second pair of eyes need not be a second pair of hands.
fn may_agree(by: &Person, labels: &Labels) -> std::result::Result<(), String> {
    let may = by.may_at(Role::Operator, labels) || by.may_at(Role::Approver, labels);
    if may { Ok(()) } else { Err(format!("this needs the role {} or {}", Role::Operator, Role::Approver)) }
}

fn check_reason(verb: &Verb, reason: &str) -> Result<()> {
    if reason.len() > 4000 {
        return Err(invalid("reason", "at most 4000 characters are allowed"));
    }
    if matches!(verb, Verb::Ask { .. }) && reason.trim().is_empty() {
        return Err(invalid("reason", "say why, so that a second person can agree"));
    }
    if matches!(verb, Verb::RefuseGate { .. }) && reason.trim().is_empty() {
        return Err(invalid("reason", "say why, so that others know what has to change"));
    }
    Ok(())
}

fn event_of(verb: &Verb, by: &str, reason: &str, at: Timestamp, state: &RunState, plan: &Plan) -> EventKind {
    let (by, reason) = (by.to_owned(), reason.to_owned());
    match verb.clone() {
        Verb::Pause => EventKind::PauseRequested { by, reason },
        Verb::Resume => EventKind::ResumeRequested { by },
        Verb::Abort if state.has_unknown() => EventKind::AbortAsked { by, reason },
        Verb::Abort => EventKind::AbortRequested { by, reason },
        Verb::AgreeAbort => EventKind::AbortAgreed { by },
        Verb::DropAbort => EventKind::AbortDropped { by, reason },
        Verb::Retry { step } => {
            let renews = renewed_with(&step, plan, state);
            EventKind::RetryRequested { step, by, reason, renews }
        }
        Verb::Ask { step, verdict } => EventKind::VerdictAsked { step, verdict, by, reason },
        Verb::Agree { step } => {
            let asked = state.steps.get(&step).and_then(|begun| begun.asked.as_ref());
            let is_retry = asked.is_some_and(|asked| asked.verdict == Verdict::Retry);
            let renews = if is_retry { renewed_with(&step, plan, state) } else { Vec::new() };
            EventKind::VerdictAgreed { step, by, renews }
        }
        Verb::Drop { step } => EventKind::VerdictDropped { step, by, reason },
        Verb::HandOver { to } => EventKind::HandOverOffered { by, to, note: reason },
        Verb::AcceptHandOver => EventKind::HandOverAccepted { by },
        Verb::DropHandOver => EventKind::HandOverDropped { by },
        Verb::TakeInHand => EventKind::TakenInHand { by, reason },
        Verb::Confirm { number } => EventKind::GateConfirmed { number, by, note: reason },
        Verb::RefuseGate { number } => EventKind::GateRefused { number, by, reason },
        Verb::ExtendStep { step, seconds } => EventKind::DeadlineExtended { step, by, seconds },
        Verb::ExtendHold { seconds } => {
            let until = state.hold.map_or(at, |hold| hold.until).plus_seconds(i64::from(seconds));
            EventKind::HoldExtended { by, until }
        }
    }
}

/// For the audit log: what was done, and to which step.
const fn deed(verb: &Verb) -> (&'static str, Option<&StepId>) {
    match verb {
        Verb::Pause => ("run.paused", None),
        Verb::Resume => ("run.resumed", None),
        Verb::Abort => ("run.aborted", None),
        Verb::AgreeAbort => ("run.abort_agreed", None),
        Verb::DropAbort => ("run.abort_dropped", None),
        Verb::Retry { step } => ("run.step_retried", Some(step)),
        Verb::Ask { step, verdict: Verdict::Retry } => ("run.step_retry_asked", Some(step)),
        Verb::Ask { step, verdict: Verdict::Skip } => ("run.step_skip_asked", Some(step)),
        Verb::Ask { step, verdict: Verdict::MarkDone } => ("run.step_mark_done_asked", Some(step)),
        Verb::Agree { step } => ("run.verdict_agreed", Some(step)),
        Verb::Drop { step } => ("run.verdict_dropped", Some(step)),
        Verb::ExtendStep { step, .. } => ("run.deadline_extended", Some(step)),
        Verb::ExtendHold { .. } => ("run.hold_extended", None),
        Verb::HandOver { .. } => ("run.hand_over_offered", None),
        Verb::AcceptHandOver => ("run.hand_over_accepted", None),
        Verb::DropHandOver => ("run.hand_over_dropped", None),
        Verb::TakeInHand => ("run.taken_in_hand", None),
        Verb::Confirm { .. } => ("run.gate_confirmed", None),
        Verb::RefuseGate { .. } => ("run.gate_refused", None),
    }
}
