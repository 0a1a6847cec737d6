//! Points at which a run looks around before it goes on: between stages, between the batches of a rolling stage, and
//! after a person let a run go on that had stood still.

use serde::{Deserialize, Serialize};

use crate::event::How;
use crate::plan::{Plan, Probe, Stage, Step, Target};
use crate::run::{RunState, Status, StepState};

/// Names a gate by what lies behind it. Gates are passed in their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GateId {
    /// Index of the stage, from 0.
    pub stage: u16,
    /// Index of the batch within the stage, from 0.
    pub batch: u16,
}

impl GateId {
    /// Behind the last stage: only a person can make a run wait there.
    pub const END: Self = Self { stage: u16::MAX, batch: 0 };

    /// The gate before that batch of that stage.
    #[must_use]
    pub fn before(stage: usize, batch: usize) -> Self {
        let index = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Self { stage: index(stage), batch: index(batch) }
    }

    /// For a sentence: `before stage 2`.
    #[must_use]
    pub fn words(self) -> String {
        if self == Self::END {
            return "after the last stage".to_owned();
        }
        let stage = u32::from(self.stage) + 1;
        match self.batch {
            0 => format!("before stage {stage}"),
            batch => format!("before batch {} of stage {stage}", u32::from(batch) + 1),
        }
    }
}

/// What must hold at a gate between two batches, besides that the rest of the plan still fits: what the stage says, and
/// that what the batch before has done is still as it was proven.
#[must_use]
pub fn health_before<'p>(plan: &'p Plan, state: &RunState, gate: GateId) -> Vec<&'p Probe> {
    let stage = plan.stages.get(usize::from(gate.stage)).filter(|_| gate.batch > 0);
    let Some((stage, rolling)) = stage.and_then(|stage| Some((stage, stage.rolling.as_ref()?))) else {
        return Vec::new();
    };
    let batches = batches(stage);
    let before = batches.get(usize::from(gate.batch) - 1).map_or(&[][..], Vec::as_slice);
    let last_step = |target: &&Target| stage.steps.iter().rfind(|step| step.target == **target);
    let is_proven = |step: &&Step| {
        let how = state.steps.get(&step.id).map(|begun| &begun.status);
        matches!(how, Some(Status::Done { how: How::Acted | How::AlreadySo | How::WithErrors, .. }))
    };
    let proofs = before.iter().filter_map(last_step).filter(is_proven).map(|step| &step.proof);
    rolling.health.iter().chain(proofs).collect()
}

/// The steps that are still to come and depend on how the environment is now. One that completes what was begun is not
/// among them: its target is half way on purpose.
#[must_use]
pub fn still_to_come<'p>(plan: &'p Plan, state: &RunState) -> Vec<&'p Step> {
    let is_to_come = |step: &&Step| state.steps.get(&step.id).is_none_or(StepState::may_begin_again);
    let completes = |step: &Step| step.completes.as_ref().is_some_and(|id| state.steps.contains_key(id));
    plan.stages.iter().flat_map(|stage| &stage.steps).filter(is_to_come).filter(|step| !completes(step)).collect()
}

/// What a look at the environment says about the rest of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Nothing that the rest depends on has changed.
    Fits {
        /// What was looked at, in words.
        evidence: String,
    },
    /// What it was made for is no longer so.
    Differs {
        /// In words; never empty.
        differences: Vec<String>,
    },
    /// Somebody else is at work there.
    Busy {
        /// Who or what, by name.
        by: String,
    },
    /// It could not be seen.
    Unseen {
        /// Why.
        error: String,
    },
}

/// The targets of a stage, batch by batch; one batch where the stage is not rolling.
#[must_use]
pub fn batches(stage: &Stage) -> Vec<Vec<&Target>> {
    let mut targets: Vec<&Target> = Vec::new();
    for step in &stage.steps {
        if !targets.contains(&&step.target) {
            targets.push(&step.target);
        }
    }
    let Some(rolling) = &stage.rolling else { return vec![targets] };
    let (canary, rest) = targets.split_at(usize::from(rolling.canary).min(targets.len()));
    let first = (!canary.is_empty()).then(|| canary.to_vec());
    let others = rest.chunks(usize::from(rolling.batch.max(1))).map(<[&Target]>::to_vec);
    first.into_iter().chain(others).collect()
}

/// Whether a failure of this step stops the run whatever the budget says: the canary went first to be heeded.
#[must_use]
pub fn is_canary(stage: &Stage, step: &Step) -> bool {
    stage.rolling.as_ref().is_some_and(|rolling| rolling.canary > 0)
        && batches(stage).first().is_some_and(|canary| canary.contains(&&step.target))
}
