//! What the browser has to know of a plan to follow its run: names and order, not commands and proofs.
//!
//! The whole plan is for the server to render; it would make the page many times heavier than what is shown of it.

use model::gate::batches;
use model::id::StepId;
use model::plan::{Plan, Stage, Step, StepKind, Target};
use model::procedure::Procedure;
use model::run::{Phase, RunState, StepState};
use model::verb::{Ruling, StepFacts, Verb, ruling_with};
use serde::{Deserialize, Serialize};

/// A plan without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub procedure: Procedure,
    pub stages: Vec<StageOutline>,
    pub finally: Vec<StepOutline>,
    /// Seconds that people have to decide after a failure.
    pub hold: u32,
    /// What stops for whom; many steps have the same words, so they only name them.
    pub impacts: Vec<String>,
}

/// A stage without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOutline {
    pub title: String,
    pub unit: String,
    /// Whether there are gates between its batches.
    pub is_rolling: bool,
    pub steps: Vec<StepOutline>,
}

/// A step without its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutline {
    pub id: StepId,
    pub title: String,
    pub target: String,
    /// It acts on a system VM itself, so that is what is down meanwhile.
    pub is_on_vm: bool,
    pub kind: StepKind,
    /// Seconds for one attempt.
    pub deadline: u32,
    /// Which batch of its stage it belongs to, from 0.
    pub batch: usize,
    /// Which of [`Outline::impacts`], if it stops anything.
    pub impact: Option<usize>,
}

impl Outline {
    /// Of this plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut impacts = Vec::new();
        let stages = plan.stages.iter().map(|stage| StageOutline::of(stage, &mut impacts)).collect();
        let finally = plan.finally.iter().map(|step| StepOutline::of(step, 0, &mut impacts)).collect();
        Self { procedure: plan.inputs.procedure(), stages, finally, hold: plan.hold, impacts }
    }

    /// All steps, in order, `finally` last.
    pub fn all(&self) -> impl Iterator<Item = &StepOutline> {
        self.stages.iter().flat_map(|stage| &stage.steps).chain(&self.finally)
    }

    /// The title of that step; its id if the plan does not have it.
    #[must_use]
    pub fn title(&self, id: &StepId) -> String {
        self.all().find(|step| &step.id == id).map_or_else(|| id.to_string(), |step| step.title.clone())
    }

    /// What that step stops, and for whom.
    #[must_use]
    pub fn impact(&self, id: &StepId) -> Option<&str> {
        let index = self.all().find(|step| &step.id == id)?.impact?;
        self.impacts.get(index).map(String::as_str)
    }

    /// What [`model::verb::ruling`] says with the whole plan at hand.
    #[must_use]
    pub fn ruling(&self, verb: &Verb, by: &str, state: &RunState) -> Ruling {
        ruling_with(verb, by, state, |id| {
            let in_finally = self.finally.iter().any(|step| &step.id == id);
            self.all().find(|step| &step.id == id).map(|step| StepFacts { kind: step.kind, in_finally })
        })
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
    fn of(stage: &Stage, impacts: &mut Vec<String>) -> Self {
        let batches = batches(stage);
        let batch = |step: &Step| batches.iter().position(|batch| batch.contains(&&step.target)).unwrap_or(0);
        Self {
            title: stage.title.clone(),
            unit: stage.unit.clone(),
            is_rolling: batches.len() > 1,
            steps: stage.steps.iter().map(|step| StepOutline::of(step, batch(step), impacts)).collect(),
        }
    }
}

impl StepOutline {
    fn of(step: &Step, batch: usize, impacts: &mut Vec<String>) -> Self {
        Self {
            id: step.id.clone(),
            title: step.title.clone(),
            target: step.target.words(),
            is_on_vm: matches!(step.target, Target::SystemVm(_)),
            kind: step.kind,
            deadline: step.deadline,
            batch,
            impact: (!step.impact.is_empty()).then(|| index_of(&step.impact, impacts)),
        }
    }
}

/// Where those words stand; they are added if they are new.
fn index_of(words: &str, all: &mut Vec<String>) -> usize {
    all.iter().position(|known| known == words).unwrap_or_else(|| {
        all.push(words.to_owned());
        all.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, failed, id, plan, state};
    use model::event::{Doubt, EventKind};
    use model::verb::{Verdict, ruling};

    #[track_caller]
    fn check(kinds: Vec<EventKind>) {
        let state = state(kinds);
        let outline = Outline::of(&plan());
        assert_eq!(outline.alarm(&state), state.alarm(&plan()));
        let on = |step: &str| {
            let step = id(step);
            let ask = |verdict| Verb::Ask { step: step.clone(), verdict };
            vec![Verb::Retry { step: step.clone() }, Verb::Agree { step: step.clone() }]
                .into_iter()
                .chain(Verdict::ALL.map(ask))
        };
        let verbs = ["stop", "once", "close", "nowhere"].into_iter().flat_map(on).chain([Verb::Pause, Verb::Abort]);
        for verb in verbs {
            let expected = ruling(&verb, "olaf", &state, &plan());
            assert_eq!(outline.ruling(&verb, "olaf", &state), expected, "{verb:?}");
        }
    }

    #[test]
    fn alarm_and_rulings_are_those_that_the_whole_plan_gives() {
        check(vec![]);
        check(vec![begun("stop")]);
        check(vec![
            begun("stop"),
            EventKind::StepUnknown { step: id("stop"), question: "is it up?".into(), doubt: Doubt::HowFar },
        ]);
        check(vec![begun("once"), failed("once", false)]);
        check(vec![EventKind::FinallyBegun, begun("close")]);
        check(vec![EventKind::FinallyBegun, begun("close"), failed("close", true)]);
    }

    #[test]
    fn every_step_knows_its_batch_and_what_it_stops() {
        let outline = Outline::of(&plan());
        let batches: Vec<usize> = outline.stages[1].steps.iter().map(|step| step.batch).collect();
        assert_eq!(batches, [0, 1, 1], "the first one goes alone");
        assert_eq!(
            outline.impacts,
            ["uploads wait", "the network stands still", "consoles are cut"],
            "the same words are kept once"
        );
        assert_eq!(outline.stages[0].steps.iter().map(|step| step.impact).collect::<Vec<_>>(), [Some(0), Some(0)]);
        assert_eq!(outline.impact(&id("close")), None);
        assert_eq!(outline.impact(&id("thrice")), Some("the network stands still"));
    }
}
