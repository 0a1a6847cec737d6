//! What follows from a plan and a state. Pure: the executor does what this says and decides nothing itself.

use crate::event::{How, Outcome};
use crate::gate::{GateId, batches, is_canary};
use crate::id::StepId;
use crate::plan::{Plan, Stage, Step, Target};
use crate::run::{Phase, RunState, Status, StepState};
use crate::time::Timestamp;

/// What the executor should do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<'p> {
    /// Begin these steps; others may be under way.
    Begin(Vec<&'p Step>),
    /// Look whether this gate opens.
    Look(GateId),
    /// Nothing new: wait for what is under way, or for a person.
    Wait,
    /// Record that a person may decide, for as long as the plan says.
    Hold,
    /// Wait for a decision until then.
    Decide(Timestamp),
    /// Record that only `finally` steps follow.
    BeginFinally,
    /// Record that the run is over.
    Finish(Outcome),
    /// The run is over and recorded.
    Over,
}

/// What follows. `finally` steps are tried again for ever: a run that cannot close what it opened stays open (invariant 7).
#[must_use]
pub fn next<'p>(plan: &'p Plan, state: &RunState) -> Next<'p> {
    match state.phase {
        Phase::Over(_) => Next::Over,
        Phase::Stages => in_stages(plan, state),
        Phase::Finally => in_finally(plan, state),
    }
}

fn in_stages<'p>(plan: &'p Plan, state: &RunState) -> Next<'p> {
    let under_way = state.in_flight().next().is_some();
    let failed = must_stop(plan, state);
    if state.abort.is_some() || state.pause.is_some() || failed {
        // Whatever stops the run, nothing is left half done.
        let completing = completing(plan, state);
        if !completing.is_empty() {
            return Next::Begin(completing);
        }
        if under_way {
            return Next::Wait;
        }
    }
    if state.abort.is_some() {
        return Next::BeginFinally;
    }
    if failed {
        return match state.hold {
            None if plan.hold == 0 => Next::BeginFinally,
            None => Next::Hold,
            Some(hold) if hold.is_over => Next::BeginFinally,
            Some(hold) => Next::Decide(hold.until),
        };
    }
    if state.pause.is_some() {
        return Next::Wait;
    }
    let current = plan.stages.iter().enumerate().find(|(_, stage)| !stage_is_over(stage, state));
    match current {
        Some((index, stage)) => in_stage(plan, index, stage, state),
        None if must_confirm(plan, state, GateId::END) => Next::Look(GateId::END),
        None => Next::BeginFinally,
    }
}

/// Whether somebody has to confirm at that gate and has not.
fn must_confirm(plan: &Plan, state: &RunState, gate: GateId) -> bool {
    plan.confirmations_at(gate).any(|(number, _)| !state.confirmed.contains_key(&number))
}

fn in_stage<'p>(plan: &'p Plan, index: usize, stage: &'p Stage, state: &RunState) -> Next<'p> {
    let batches = batches(stage);
    let is_over = |batch: &[&Target]| {
        stage.steps.iter().filter(|step| batch.contains(&&step.target)).all(|step| is_over(stage, step, state))
    };
    let Some(number) = batches.iter().position(|batch| !is_over(batch)) else { return Next::Wait };
    let gate = GateId::before(index, number);
    let ready = ready(stage, &batches[number], state);
    if ready.is_empty() {
        Next::Wait
    } else if state.cleared.is_some_and(|cleared| cleared >= gate) && !must_confirm(plan, state, gate) {
        Next::Begin(ready)
    } else {
        Next::Look(gate)
    }
}

fn in_finally<'p>(plan: &'p Plan, state: &RunState) -> Next<'p> {
    match plan.finally.iter().find(|step| !is_settled(state, &step.id)) {
        None => Next::Finish(outcome(plan, state)),
        Some(step) if state.steps.get(&step.id).is_some_and(StepState::is_in_flight) => Next::Wait,
        Some(step) => Next::Begin(vec![step]),
    }
}

/// Steps of that batch that may begin now.
fn ready<'p>(stage: &'p Stage, batch: &[&Target], state: &RunState) -> Vec<&'p Step> {
    let running: Vec<&Step> =
        stage.steps.iter().filter(|step| state.steps.get(&step.id).is_some_and(StepState::is_in_flight)).collect();
    let room = usize::from(stage.limit.max(1)).saturating_sub(running.len());
    let mut chosen: Vec<&'p Step> = Vec::new();
    for step in &stage.steps {
        if chosen.len() == room {
            break;
        }
        let target_is_busy = running.iter().chain(&chosen).any(|other| other.target == step.target);
        let is_free = !target_is_busy
            && batch.contains(&&step.target)
            && may_begin(state, step)
            && before(stage, step).all(|earlier| is_settled(state, &earlier.id));
        if is_free {
            chosen.push(step);
        }
    }
    chosen
}

/// The steps of the same stage that come before this one.
fn before<'p>(stage: &'p Stage, step: &Step) -> impl Iterator<Item = &'p Step> {
    step.after.iter().filter_map(|id| stage.steps.iter().find(|other| &other.id == id))
}

/// Steps that must still run so that nothing is left half done.
fn completing<'p>(plan: &'p Plan, state: &RunState) -> Vec<&'p Step> {
    let has_had_effect = |id: &StepId| {
        let begun = state.steps.get(id);
        begun.is_some_and(|begun| !begun.is_in_flight() && begun.status != Status::NotBegun)
    };
    plan.stages
        .iter()
        .flat_map(|stage| &stage.steps)
        .filter(|step| may_begin(state, step) && step.completes.as_ref().is_some_and(has_had_effect))
        .collect()
}

fn may_begin(state: &RunState, step: &Step) -> bool {
    state.steps.get(&step.id).is_none_or(StepState::may_begin_again)
}

fn is_settled(state: &RunState, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(StepState::is_settled)
}

fn has_failed(state: &RunState, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(StepState::has_failed)
}

/// Nothing more is to be done for it: it is settled, has failed for good, or waits for something that has.
fn is_over(stage: &Stage, step: &Step, state: &RunState) -> bool {
    match state.steps.get(&step.id) {
        Some(begun) if begun.is_settled() || begun.has_failed() => true,
        Some(begun) if begun.is_in_flight() => false,
        // Orders within a stage have no circles: the planner's property test sees to that.
        Some(_) | None => before(stage, step)
            .any(|earlier| !is_settled(state, &earlier.id) && earlier.id != step.id && is_over(stage, earlier, state)),
    }
}

fn stage_is_over(stage: &Stage, state: &RunState) -> bool {
    stage.steps.iter().all(|step| is_over(stage, step, state))
}

/// Whether a failure is one that stops the run.
fn must_stop(plan: &Plan, state: &RunState) -> bool {
    plan.stages.iter().any(|stage| stops_at(stage, state))
}

fn stops_at(stage: &Stage, state: &RunState) -> bool {
    let is_stopped =
        |step: &Step| matches!(state.steps.get(&step.id).map(|begun| &begun.status), Some(Status::Stopped { .. }));
    if stage.steps.iter().any(is_stopped) {
        return true;
    }
    let failed: Vec<&Step> = stage.steps.iter().filter(|step| has_failed(state, &step.id)).collect();
    if failed.iter().any(|step| is_canary(stage, step)) {
        return true;
    }
    let mut targets: Vec<&Target> = failed.iter().map(|step| &step.target).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.len() > stage.rolling.as_ref().map_or(0, |rolling| usize::from(rolling.budget))
}

fn outcome(plan: &Plan, state: &RunState) -> Outcome {
    let steps = || plan.steps().map(|step| state.steps.get(&step.id).map(|begun| &begun.status));
    let is_observed = |status: Option<&Status>| {
        matches!(status, Some(Status::Done { how: How::Acted | How::AlreadySo | How::WithErrors, .. }))
    };
    let has_errors = |status: Option<&Status>| matches!(status, Some(Status::Done { how: How::WithErrors, .. }));
    let is_settled = plan.stages.iter().flat_map(|stage| &stage.steps).all(|step| is_settled(state, &step.id));
    if state.abort.is_some() && !is_settled {
        Outcome::Aborted
    } else if !is_settled {
        Outcome::Failed
    } else if !steps().all(is_observed) {
        Outcome::Incomplete
    } else if steps().any(has_errors) {
        Outcome::WithErrors
    } else {
        Outcome::Succeeded
    }
}
