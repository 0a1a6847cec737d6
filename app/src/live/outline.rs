//! What the browser has to know of a plan to follow its run: names and order, not commands and proofs.
//!
//! The whole plan is for the server to render; it would make the page many times heavier than what is shown of it.

use model::id::StepId;
use model::plan::{Plan, Stage, Step};
use model::run::{Phase, RunState, StepState};
use serde::{Deserialize, Serialize};

/// A plan without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub stages: Vec<StageOutline>,
    pub finally: Vec<StepOutline>,
}

/// A stage without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOutline {
    pub title: String,
    pub unit: String,
    pub steps: Vec<StepOutline>,
}

/// A step without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutline {
    pub id: StepId,
    pub title: String,
    pub target: String,
}

impl Outline {
    /// Of this plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            stages: plan.stages.iter().map(StageOutline::of).collect(),
            finally: plan.finally.iter().map(StepOutline::of).collect(),
        }
    }

    /// How many steps there are in all.
    #[must_use]
    pub fn steps(&self) -> u32 {
        let in_stages: usize = self.stages.iter().map(|stage| stage.steps.len()).sum();
        u32::try_from(in_stages + self.finally.len()).unwrap_or(u32::MAX)
    }

    /// What somebody must be told loudly; the same as [`RunState::alarm`] says with the whole plan at hand.
    #[must_use]
    pub fn alarm(&self, state: &RunState) -> Option<String> {
        let in_vain = |step: &&StepOutline| state.steps.get(&step.id).is_some_and(StepState::was_tried_in_vain);
        let debt = self.finally.iter().find(in_vain).filter(|_| state.phase == Phase::Finally);
        state.alarm_with(debt.map(|step| step.title.as_str()))
    }
}

impl StageOutline {
    fn of(stage: &Stage) -> Self {
        Self {
            title: stage.title.clone(),
            unit: stage.unit.clone(),
            steps: stage.steps.iter().map(StepOutline::of).collect(),
        }
    }
}

impl StepOutline {
    fn of(step: &Step) -> Self {
        Self { id: step.id.clone(), title: step.title.clone(), target: step.target.words() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::event::{Doubt, Event, EventKind};
    use model::id::EnvironmentId;
    use model::plan::{Action, Already, PLAN_FORMAT, Probe, StepKind, Target, Undo};
    use model::procedure::{Inputs, RestartSystemVms};
    use model::time::Timestamp;

    fn step(id: &str) -> Step {
        Step {
            id: StepId::new(id).unwrap(),
            title: format!("Do {id}"),
            target: Target::Platform,
            kind: StepKind::Idempotent,
            after: vec![],
            action: Action::Observe,
            proof: Probe::ApiReady,
            already: Already::IsDone,
            untouched: None,
            deadline: 10,
            attempts: 2,
            impact: String::new(),
            hazard: None,
            undo: Undo::NotNeeded,
            vendor: None,
            completes: None,
        }
    }

    fn plan() -> Plan {
        Plan {
            format: PLAN_FORMAT,
            environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
            summary: String::new(),
            stages: vec![Stage {
                title: "One".into(),
                limit: 1,
                unit: "steps".into(),
                steps: vec![step("a")],
                rolling: None,
            }],
            finally: vec![step("close")],
            hazards: vec![],
            left_out: vec![],
            hold: 0,
        }
    }

    #[track_caller]
    fn check(kinds: Vec<EventKind>) {
        let event = |(at, kind)| Event { seq: at as i64 + 1, at: Timestamp(0), kind };
        let state = RunState::fold(&kinds.into_iter().enumerate().map(event).collect::<Vec<_>>()).unwrap();
        assert_eq!(Outline::of(&plan()).alarm(&state), state.alarm(&plan()));
    }

    #[test]
    fn the_alarm_is_the_one_the_whole_plan_gives() {
        let id = |id: &str| StepId::new(id).unwrap();
        let begun = |step: &str| EventKind::StepStarted { step: id(step), attempt: 1, spool: None, expires: None };
        check(vec![]);
        check(vec![begun("a")]);
        check(vec![
            begun("a"),
            EventKind::StepUnknown { step: id("a"), question: "is it up?".into(), doubt: Doubt::HowFar },
        ]);
        let failed = EventKind::StepFailed { step: id("close"), reason: "refused".into(), again: true };
        check(vec![EventKind::FinallyBegun, begun("close")]);
        check(vec![EventKind::FinallyBegun, begun("close"), failed]);
    }
}
