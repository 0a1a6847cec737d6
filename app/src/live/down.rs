//! What is out of service because of a run, or may be: what it has begun on and not finished.

use std::collections::BTreeMap;

use model::run::{RunState, Status, StepState};

use super::{Outline, StepOutline};

/// Something that people may miss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Down {
    /// The VM, if it is one; a host on which a script works is not down itself.
    pub vm: Option<String>,
    /// What stops, and for whom.
    pub impact: String,
    /// It is being worked on, so it comes back by itself if all goes well.
    pub is_under_way: bool,
}

/// In the order of the plan. Only steps that stop something count.
#[must_use]
pub fn down(outline: &Outline, state: &RunState) -> Vec<Down> {
    outline.stages.iter().flat_map(|stage| in_stage(outline, &stage.steps, state)).collect()
}

fn in_stage(outline: &Outline, steps: &[StepOutline], state: &RunState) -> Vec<Down> {
    let mut order: Vec<&str> = Vec::new();
    let mut targets: BTreeMap<&str, Vec<&StepOutline>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.impact.is_some()) {
        let of_target = targets.entry(&step.target).or_default();
        if of_target.is_empty() {
            order.push(&step.target);
        }
        of_target.push(step);
    }
    order.into_iter().filter_map(|target| target_is_down(outline, target, &targets[target], state)).collect()
}

fn target_is_down(outline: &Outline, target: &str, steps: &[&StepOutline], state: &RunState) -> Option<Down> {
    let begun: Vec<&StepState> = steps.iter().filter_map(|step| state.steps.get(&step.id)).collect();
    let has_had_effect = begun.iter().any(|step| step.status != Status::NotBegun);
    let is_done = begun.len() == steps.len() && begun.iter().all(|step| matches!(step.status, Status::Done { .. }));
    let first_open = steps
        .iter()
        .find(|step| state.steps.get(&step.id).is_none_or(|begun| !matches!(begun.status, Status::Done { .. })));
    let impact = first_open.and_then(|step| outline.impacts.get(step.impact?)).cloned().unwrap_or_default();
    let stands = |step: &StepState| !matches!(step.status, Status::Done { .. } | Status::Running);
    (has_had_effect && !is_done).then(|| Down {
        vm: steps.iter().any(|step| step.is_on_vm).then(|| target.to_owned()),
        impact,
        is_under_way: !begun.iter().any(|step| stands(step)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, done, failed, plan, state};
    use model::event::{EventKind, How};

    #[track_caller]
    fn check(kinds: Vec<EventKind>, expected: &[(&str, bool)]) {
        let found = down(&Outline::of(&plan()), &state(kinds));
        let found: Vec<(&str, bool)> =
            found.iter().map(|one| (one.vm.as_deref().unwrap_or(&one.impact), one.is_under_way)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_vm_is_down_from_its_stop_to_the_proof_of_its_start() {
        check(vec![], &[]);
        check(vec![begun("stop")], &[("s-1", true)]);
        check(vec![begun("stop"), done("stop", How::Acted)], &[("s-1", true)]);
        let both = vec![begun("stop"), done("stop", How::Acted), begun("start"), done("start", How::Acted)];
        check(both, &[]);
    }

    #[test]
    fn a_host_on_which_a_script_works_is_not_down_but_what_the_script_stops_is() {
        check(vec![begun("script")], &[("consoles are cut", true)]);
    }

    #[test]
    fn what_failed_may_be_down_for_good() {
        check(vec![begun("once"), failed("once", false), begun("twice")], &[("r-4", false), ("r-5", true)]);
        check(vec![begun("stop"), done("stop", How::Acted), begun("start"), failed("start", false)], &[("s-1", false)]);
    }

    #[test]
    fn what_two_people_vouch_for_is_believed_and_what_stops_nothing_does_not_count() {
        let signed = EventKind::VerdictAsked {
            step: crate::live::testing::id("once"),
            verdict: model::verb::Verdict::MarkDone,
            by: "olaf".into(),
            reason: "seen".into(),
        };
        let agreed =
            EventKind::VerdictAgreed { step: crate::live::testing::id("once"), by: "ada".into(), renews: vec![] };
        check(vec![begun("once"), failed("once", false), signed, agreed], &[]);
        check(vec![EventKind::FinallyBegun, begun("close")], &[]);
    }
}
