//! Two runs step by step: what became of each, and how long it took.
//!
//! Steps are the same when their ids are, and otherwise when they are called the same and act on the same: ids name what they act
//! on, and what was replaced has another. Durations are without the time in which a run only waited for people; that stands
//! apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::course::{Course, StepCourse};
use crate::event::How;
use crate::id::StepId;
use crate::plan::{Plan, Step};
use crate::run::{Status, StepState};
use crate::view::RunLine;

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What was carried out.
    pub plan: &'a Plan,
    /// How it went.
    pub course: &'a Course,
}

/// Something of the earlier run and of the later one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both<T> {
    /// Of the earlier one.
    pub before: T,
    /// Of the later one.
    pub after: T,
}

impl Both<Option<i64>> {
    /// How much longer the later one took, where both took any time.
    #[must_use]
    pub fn longer(&self) -> Option<i64> {
        Some(self.after? - self.before?)
    }
}

/// What a page shows of two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedRuns {
    /// Both, as lists show them.
    pub runs: Both<RunLine>,
    /// What of them differs.
    pub comparison: Comparison,
}

/// Two runs side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// All of it, without waits for people.
    pub took: Both<Option<i64>>,
    /// How long each only waited for people.
    pub waited: Both<i64>,
    /// In the order of the later one; stages that only the earlier one has come last.
    pub stages: Vec<StageCompared>,
    /// The first step that ended otherwise, or that only one has.
    pub first: Option<StepId>,
    /// How many ended otherwise, or are in one only.
    pub different: usize,
}

/// A stage in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCompared {
    /// Its title.
    pub title: String,
    /// From the beginning of its first step to the end of its last one.
    pub took: Both<Option<i64>>,
    /// Its steps; those that only the earlier one has come last.
    pub steps: Vec<StepCompared>,
}

/// A step in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCompared {
    /// Of the later one, where it has it.
    pub id: StepId,
    /// Its title.
    pub title: String,
    /// What it acts on.
    pub target: String,
    /// What became of it; `None` where the run does not have it.
    pub sides: Both<Option<StepSide>>,
}

/// A step in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSide {
    /// As it was at the end; `None` when it has not begun.
    pub state: Option<StepState>,
    /// How its time went by.
    pub course: StepCourse,
}

impl StepCompared {
    /// Whether it ended otherwise, or is in one only.
    #[must_use]
    pub fn is_different(&self) -> bool {
        match (&self.sides.before, &self.sides.after) {
            (Some(before), Some(after)) => !before.ended_as(after),
            _ => true,
        }
    }

    /// How long all tries took, where it began.
    #[must_use]
    pub fn took(&self) -> Both<Option<i64>> {
        let took = |side: &Option<StepSide>| side.as_ref().and_then(StepSide::took);
        Both { before: took(&self.sides.before), after: took(&self.sides.after) }
    }
}

impl StepSide {
    fn took(&self) -> Option<i64> {
        self.state.as_ref().map(|_| self.course.took)
    }

    /// What was seen may be told in other words: how it ended is what counts.
    fn ended_as(&self, other: &Self) -> bool {
        let ended = |side: &Self| {
            let status = side.state.as_ref().map(|state| &state.status);
            let how = status.and_then(|status| match status {
                Status::Done { how, .. } => Some(*how),
                _ => None,
            });
            // That it was so already, or had to be done, is no other end.
            let how = how.map(|how| if how == How::AlreadySo { How::Acted } else { how });
            (status.map(std::mem::discriminant), how)
        };
        ended(self) == ended(other)
    }
}

/// One stage of one side: its title, its steps, and `finally` as a stage of its own.
type StageOf<'a> = (&'a str, &'a [Step]);

/// What `finally` is called among the stages.
const FINALLY: &str = "At the end, whatever happened";

fn stages(plan: &Plan) -> Vec<StageOf<'_>> {
    let stages = plan.stages.iter().map(|stage| (stage.title.as_str(), stage.steps.as_slice()));
    let finally = Some((FINALLY, plan.finally.as_slice())).filter(|(_, steps)| !steps.is_empty());
    stages.chain(finally).collect()
}

/// The later run beside the earlier one.
#[must_use]
pub fn compare(before: Side<'_>, after: Side<'_>) -> Comparison {
    let pairs = Pairs::of(before.plan, after.plan);
    let mut compared: Vec<StageCompared> = Vec::new();
    for (title, steps) in stages(after.plan) {
        let steps = steps.iter().map(|step| row(step, pairs.earlier(step), Some(step), before, after)).collect();
        let took = Both { before: None, after: span(after, title) };
        compared.push(StageCompared { title: title.to_owned(), took, steps });
    }
    for (title, steps) in stages(before.plan) {
        let only: Vec<StepCompared> = steps
            .iter()
            .filter(|step| !pairs.has_later(step))
            .map(|step| row(step, Some(step), None, before, after))
            .collect();
        match compared.iter_mut().find(|stage| stage.title == title) {
            Some(stage) => {
                stage.took.before = span(before, title);
                stage.steps.extend(only);
            }
            None if only.is_empty() => {}
            None => {
                let took = Both { before: span(before, title), after: None };
                compared.push(StageCompared { title: title.to_owned(), took, steps: only });
            }
        }
    }
    let different: Vec<&StepCompared> =
        compared.iter().flat_map(|stage| &stage.steps).filter(|step| step.is_different()).collect();
    let worked = |side: Side<'_>| side.course.state.ended_at.map(|_| side.course.worked);
    Comparison {
        took: Both { before: worked(before), after: worked(after) },
        waited: Both { before: before.course.waited, after: after.course.waited },
        first: different.first().map(|step| step.id.clone()),
        different: different.len(),
        stages: compared,
    }
}

fn row(step: &Step, earlier: Option<&Step>, later: Option<&Step>, before: Side<'_>, after: Side<'_>) -> StepCompared {
    let side = |side: Side<'_>, step: &Step| StepSide {
        state: side.course.state.steps.get(&step.id).cloned(),
        course: side.course.steps.get(&step.id).cloned().unwrap_or_default(),
    };
    StepCompared {
        id: step.id.clone(),
        title: step.title.clone(),
        target: step.target.words(),
        sides: Both { before: earlier.map(|step| side(before, step)), after: later.map(|step| side(after, step)) },
    }
}

/// From the beginning of the first step of a stage to the end of the last one, by the clock that stands still for people.
fn span(side: Side<'_>, title: &str) -> Option<i64> {
    let steps = stages(side.plan).into_iter().filter(|(known, _)| *known == title).flat_map(|(_, steps)| steps);
    let courses: Vec<&StepCourse> = steps.filter_map(|step| side.course.steps.get(&step.id)).collect();
    let begun = courses.iter().map(|course| course.begun_at).min()?;
    let ended = courses.iter().map(|course| course.ended_at).max()?;
    Some(ended - begun)
}

/// Which step of the one plan is which of the other.
struct Pairs<'a> {
    pairs: Vec<(&'a Step, &'a Step)>,
}

impl<'a> Pairs<'a> {
    fn of(before: &'a Plan, after: &'a Plan) -> Self {
        let all = |plan: &'a Plan| plan.stages.iter().flat_map(|stage| &stage.steps).chain(&plan.finally);
        let by_id: BTreeMap<&StepId, &Step> = all(before).map(|step| (&step.id, step)).collect();
        let mut pairs: Vec<(&Step, &Step)> =
            all(after).filter_map(|later| Some((*by_id.get(&later.id)?, later))).collect();
        let paired: BTreeSet<&StepId> = pairs.iter().map(|(_, later)| &later.id).collect();
        let mut alone: Vec<&Step> = all(before).filter(|step| !paired.contains(&step.id)).collect();
        for later in all(after).filter(|step| !paired.contains(&step.id)) {
            let is_same = |step: &&Step| step.title == later.title && step.target.words() == later.target.words();
            if let Some(at) = alone.iter().position(is_same) {
                pairs.push((alone.remove(at), later));
            }
        }
        Self { pairs }
    }

    fn earlier(&self, later: &Step) -> Option<&'a Step> {
        self.pairs.iter().find(|(_, known)| known.id == later.id).map(|(earlier, _)| *earlier)
    }

    fn has_later(&self, earlier: &Step) -> bool {
        self.pairs.iter().any(|(known, _)| known.id == earlier.id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::course::tests::{at, begun, done, failed, id, over};
    use crate::event::{EventKind, Outcome};
    use crate::id::EnvironmentId;
    use crate::plan::{Action, PLAN_FORMAT, Probe, Stage, Target};
    use crate::procedure::{Inputs, RestartSystemVms};
    use crate::time::Timestamp;

    fn step(name: &str, title: &str) -> Step {
        let proof = Probe::Setting { name: "n".into(), value: "v".into() };
        Step::plain(id(name), title.to_owned(), Target::Platform, Action::Observe, proof, 60)
    }

    fn plan(stages: &[(&str, &[(&str, &str)])]) -> Plan {
        let stage = |(title, steps): &(&str, &[(&str, &str)])| Stage {
            title: (*title).to_owned(),
            limit: 1,
            unit: "steps".into(),
            steps: steps.iter().map(|(name, title)| step(name, title)).collect(),
            rolling: None,
        };
        Plan {
            format: PLAN_FORMAT,
            environment: EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
            summary: String::new(),
            hazards: vec![],
            stages: stages.iter().map(stage).collect(),
            finally: vec![],
            hold: 0,
            left_out: vec![],
            confirmations: vec![],
        }
    }

    /// So many seconds for each of these steps, one after the other.
    fn course(steps: &[(&str, i64)]) -> Course {
        let mut kinds: Vec<(i64, EventKind)> = Vec::new();
        let mut now = 0;
        for (step, seconds) in steps {
            kinds.push((now, begun(step, 1)));
            now += seconds;
            kinds.push((now, done(step)));
        }
        kinds.push((now, over(Outcome::Succeeded)));
        Course::of(&at(kinds)).unwrap()
    }

    #[test]
    fn a_step_is_known_by_its_id_and_otherwise_by_its_title_and_target() {
        let before = plan(&[("One", &[("a", "Stop"), ("b-1", "Start"), ("c", "Close")])]);
        let after = plan(&[("One", &[("a", "Stop it"), ("b-2", "Start"), ("d", "Look")])]);
        let (then, now) = (course(&[("a", 10), ("b-1", 20), ("c", 5)]), course(&[("a", 15), ("b-2", 10), ("d", 1)]));
        let compared = compare(Side { plan: &before, course: &then }, Side { plan: &after, course: &now });
        let stage = &compared.stages[0];
        let rows: Vec<_> =
            stage.steps.iter().map(|step| (step.id.as_str(), step.took().longer(), step.is_different())).collect();
        assert_eq!(
            rows,
            [("a", Some(5_000), false), ("b-2", Some(-10_000), false), ("d", None, true), ("c", None, true)]
        );
        assert_eq!((stage.took.before, stage.took.after), (Some(35_000), Some(26_000)));
        assert_eq!((compared.took.longer(), compared.different), (Some(-9_000), 2));
        assert_eq!(compared.first, Some(id("d")));
    }

    #[test]
    fn the_first_step_that_ended_otherwise_is_named_with_its_tries_and_waits() {
        let plan = plan(&[("One", &[("a", "Stop"), ("b", "Start")])]);
        let well = course(&[("a", 10), ("b", 10)]);
        let events = at(vec![
            (0, begun("a", 1)),
            (4, failed("a", true)),
            (5, begun("a", 2)),
            (9, done("a")),
            (9, begun("b", 1)),
            (10, failed("b", false)),
            (10, EventKind::Held { until: Timestamp(100_000) }),
            (100, EventKind::HoldEnded),
            (100, EventKind::FinallyBegun),
            (101, over(Outcome::Failed)),
        ]);
        let badly = Course::of(&events).unwrap();
        let compared = compare(Side { plan: &plan, course: &well }, Side { plan: &plan, course: &badly });
        assert_eq!((compared.first, compared.different), (Some(id("b")), 1));
        assert_eq!((compared.waited.before, compared.waited.after), (0, 90_000));
        assert_eq!(compared.took.after, Some(11_000), "what people took to decide is no work");
        let tries = compared.stages[0].steps[0].sides.after.as_ref().and_then(|side| side.state.as_ref());
        assert_eq!(tries.map(|state| state.attempt), Some(2));
        assert_eq!(compared.stages[0].steps[0].took().after, Some(8_000));
    }

    #[test]
    fn stages_and_steps_of_the_earlier_run_alone_are_not_lost() {
        let before = plan(&[("One", &[("a", "Stop")]), ("Two", &[("b", "Start")])]);
        let after = plan(&[("One", &[("a", "Stop")])]);
        let (then, now) = (course(&[("a", 1), ("b", 1)]), course(&[("a", 1)]));
        let compared = compare(Side { plan: &before, course: &then }, Side { plan: &after, course: &now });
        let titles: Vec<_> = compared.stages.iter().map(|stage| (stage.title.as_str(), stage.steps.len())).collect();
        assert_eq!(titles, [("One", 1), ("Two", 1)]);
        assert!(compared.stages[1].steps[0].sides.after.is_none());
    }

    #[test]
    fn a_run_beside_itself_has_no_difference() {
        let plan = plan(&[("One", &[("a", "Stop")]), ("Two", &[("b", "Start")])]);
        let course = course(&[("a", 1), ("b", 1)]);
        let side = Side { plan: &plan, course: &course };
        let compared = compare(side, side);
        assert_eq!((compared.different, compared.first, compared.took.longer()), (0, None, Some(0)));
    }
}
