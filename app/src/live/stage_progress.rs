//! How far a stage has come, in the units people count: VMs, not steps.

use std::collections::BTreeMap;

use model::run::{RunState, Status, StepState};

use super::StageOutline;

/// `done` of `of` in the stage's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageProgress {
    pub done: u32,
    pub of: u32,
    /// What a script says of itself, if it is one.
    pub note: String,
}

/// A target counts as done when all its steps are. A stage of one step that counts for itself is believed.
#[must_use]
pub fn stage_progress(stage: &StageOutline, state: &RunState) -> StageProgress {
    if let [only] = stage.steps.as_slice()
        && let Some((done, of, note)) = state.steps.get(&only.id).and_then(|step| step.progress.clone())
        && !is_done(state.steps.get(&only.id))
    {
        return StageProgress { done, of, note };
    }
    let mut targets: BTreeMap<&str, bool> = BTreeMap::new();
    for step in &stage.steps {
        let done = is_done(state.steps.get(&step.id));
        targets.entry(&step.target).and_modify(|all| *all &= done).or_insert(done);
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    StageProgress {
        done: count(targets.values().filter(|done| **done).count()),
        of: count(targets.len()),
        note: String::new(),
    }
}

fn is_done(step: Option<&StepState>) -> bool {
    step.is_some_and(|step| matches!(step.status, Status::Done { .. }))
}
