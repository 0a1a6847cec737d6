//! What follows from a plan and a state. Pure: the executor does what this says and decides nothing itself.

use crate::event::Outcome;
use crate::plan::{Plan, Stage, Step};
use crate::run::{Phase, RunState, Status, StepState};

/// What the executor should do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<'p> {
    /// Begin these steps; others may be under way.
    Begin(Vec<&'p Step>),
    /// Nothing new: wait for what is under way.
    Wait,
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
    if state.abort.is_some() || has_failed(plan, state) {
        let completing = completing(plan, state);
        return match (completing.is_empty(), under_way) {
            (false, _) => Next::Begin(completing),
            (true, true) => Next::Wait,
            (true, false) => Next::BeginFinally,
        };
    }
    match plan.stages.iter().find(|stage| !stage.steps.iter().all(|step| is_done(state, step))) {
        None => Next::BeginFinally,
        Some(stage) => {
            let ready = ready(stage, state);
            if ready.is_empty() { Next::Wait } else { Next::Begin(ready) }
        }
    }
}

fn in_finally<'p>(plan: &'p Plan, state: &RunState) -> Next<'p> {
    match plan.finally.iter().find(|step| !is_done(state, step)) {
        None => Next::Finish(outcome(plan, state)),
        Some(step) if state.steps.get(&step.id).is_some_and(StepState::is_in_flight) => Next::Wait,
        Some(step) => Next::Begin(vec![step]),
    }
}

/// Steps of the stage that may begin now.
fn ready<'p>(stage: &'p Stage, state: &RunState) -> Vec<&'p Step> {
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
            && may_begin(state, step)
            && step
                .after
                .iter()
                .all(|id| stage.steps.iter().find(|other| &other.id == id).is_none_or(|other| is_done(state, other)));
        if is_free {
            chosen.push(step);
        }
    }
    chosen
}

/// Steps that must still run so that nothing is left half done.
fn completing<'p>(plan: &'p Plan, state: &RunState) -> Vec<&'p Step> {
    let at_rest = |id| {
        let begun: Option<&StepState> = state.steps.get(id);
        begun.is_some_and(|begun| !begun.is_in_flight() && begun.status != Status::NotBegun)
    };
    plan.stages
        .iter()
        .flat_map(|stage| &stage.steps)
        .filter(|step| may_begin(state, step) && step.completes.as_ref().is_some_and(at_rest))
        .collect()
}

fn may_begin(state: &RunState, step: &Step) -> bool {
    match state.steps.get(&step.id).map(|step| &step.status) {
        None | Some(Status::NotBegun | Status::Failed { again: true, .. }) => true,
        Some(
            Status::Running
            | Status::Done { .. }
            | Status::Failed { again: false, .. }
            | Status::Unknown { .. }
            | Status::Stopped { .. },
        ) => false,
    }
}

fn is_done(state: &RunState, step: &Step) -> bool {
    matches!(state.steps.get(&step.id).map(|step| &step.status), Some(Status::Done { .. }))
}

fn has_failed(plan: &Plan, state: &RunState) -> bool {
    plan.stages.iter().flat_map(|stage| &stage.steps).any(|step| {
        matches!(
            state.steps.get(&step.id).map(|step| &step.status),
            Some(Status::Failed { again: false, .. } | Status::Stopped { .. })
        )
    })
}

fn outcome(plan: &Plan, state: &RunState) -> Outcome {
    if plan.stages.iter().flat_map(|stage| &stage.steps).all(|step| is_done(state, step)) {
        Outcome::Succeeded
    } else if state.abort.is_some() {
        Outcome::Aborted
    } else {
        Outcome::Failed
    }
}
