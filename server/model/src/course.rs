//! How the time of a run went by: how long each step took, and how long the run stood still for people.
//!
//! A run that waits for somebody to decide overnight has not become slower. So there are two clocks: the one on the wall, and
//! one that stands still while nothing is done because people have to do or say something. Durations that are compared, and
//! estimates of what is left, go by the second.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};
use crate::id::StepId;
use crate::run::{IllegalEvent, Phase, RunState, Status, StepState};
use crate::time::Timestamp;
use crate::wait::WaitReason;

/// How a run went, as far as its events tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// The state after the last event.
    pub state: RunState,
    /// Milliseconds in which something was done, or in which it waited for the world.
    pub worked: i64,
    /// Milliseconds in which it waited for people and for nothing else.
    pub waited: i64,
    /// What became of each step that has begun.
    pub steps: BTreeMap<StepId, StepCourse>,
    /// How much had been worked when the first step was done, and when the second was, and so on.
    pub done: Vec<i64>,
    /// Up to when this tells.
    pub until: Timestamp,
}

/// How the time of a step went by. All in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCourse {
    /// How much the run had worked when the first try began.
    pub begun_at: i64,
    /// How much it had worked when the last try came to rest; so far, if it has not.
    pub ended_at: i64,
    /// All tries together, without waits for people.
    pub took: i64,
    /// How long it waited for people.
    pub waited: i64,
}

impl Course {
    /// What these events tell, which are in order and without output.
    ///
    /// # Errors
    /// The first event that cannot follow.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Result<Self, IllegalEvent> {
        let mut course = Self::default();
        for event in events {
            // Before its first event there was no run.
            if course.state.seq == 0 {
                course.until = event.at;
            }
            course.go_on(event.at);
            course.take(event)?;
        }
        Ok(course)
    }

    /// The same at a later time at which nothing else has happened yet.
    #[must_use]
    pub fn up_to(mut self, now: Timestamp) -> Self {
        if !matches!(self.state.phase, Phase::Over(_)) {
            self.go_on(now);
        }
        self
    }

    /// Clocks of servers may differ by a little: time does not go back.
    fn go_on(&mut self, at: Timestamp) {
        self.pass(at.since(self.until).max(0));
        self.until = self.until.max(at);
    }

    /// So much time goes by in the state that it is in.
    fn pass(&mut self, time: i64) {
        if stands_for_people(&self.state) {
            self.waited += time;
        } else {
            self.worked += time;
        }
        for (id, step) in self.state.in_flight() {
            let course = self.steps.entry(id.clone()).or_default();
            if waits_for_people(step) {
                course.waited += time
            } else {
                course.took += time
            }
            course.ended_at = self.worked;
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        let before = self.state.steps_done();
        self.state.apply(event)?;
        if let EventKind::StepStarted { step, .. } = &event.kind {
            let worked = self.worked;
            let begun = StepCourse { begun_at: worked, ended_at: worked, ..StepCourse::default() };
            self.steps.entry(step.clone()).or_insert(begun);
        }
        // A step that is done anew was not done: what it took then counts.
        let now = self.state.steps_done();
        self.done.truncate(before.min(now));
        self.done.resize(now, self.worked);
        Ok(())
    }

    /// How much has been worked since the last step was done.
    #[must_use]
    pub fn since_done(&self) -> i64 {
        self.worked - self.done.last().copied().unwrap_or(0)
    }
}

/// Nothing is being done, and only people can change that.
fn stands_for_people(state: &RunState) -> bool {
    let mut in_flight = state.in_flight().map(|(_, step)| waits_for_people(step)).peekable();
    if in_flight.peek().is_some() {
        return in_flight.all(|waits| waits);
    }
    let reason = state.wait().map(|wait| wait.reason);
    matches!(reason, Some(WaitReason::Decision { .. } | WaitReason::Paused { .. } | WaitReason::Drift { .. }))
}

fn waits_for_people(step: &StepState) -> bool {
    let reason = step.wait.as_ref().map(|wait| &wait.reason);
    matches!(step.status, Status::Unknown { .. })
        || matches!(reason, Some(WaitReason::ByHand { .. } | WaitReason::Person { .. }))
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::event::{How, Outcome};
    use crate::id::{PlanDigest, RequestId};
    use crate::wait::Wait;

    pub(crate) fn id(step: &str) -> StepId {
        StepId::new(step).unwrap()
    }

    /// Events at these seconds.
    pub(crate) fn at(kinds: Vec<(i64, EventKind)>) -> Vec<Event> {
        let request = RequestId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap();
        let digest = PlanDigest::new("0".repeat(64)).unwrap();
        let created = (0, EventKind::Created { request, digest, by: "olaf".into() });
        let all = std::iter::once(created).chain(kinds);
        (1..).zip(all).map(|(seq, (at, kind))| Event { seq, at: Timestamp(at * 1000), kind }).collect()
    }

    pub(crate) fn begun(step: &str, attempt: u32) -> EventKind {
        EventKind::StepStarted { step: id(step), attempt, spool: None, expires: None }
    }

    pub(crate) fn done(step: &str) -> EventKind {
        EventKind::StepDone { step: id(step), how: How::Acted, evidence: "seen".into() }
    }

    pub(crate) fn failed(step: &str, again: bool) -> EventKind {
        EventKind::StepFailed { step: id(step), reason: "refused".into(), again }
    }

    pub(crate) fn over(outcome: Outcome) -> EventKind {
        EventKind::Finished { outcome }
    }

    fn waits(step: &str, reason: WaitReason, since: i64) -> EventKind {
        EventKind::Waiting { step: id(step), wait: Wait { reason, since: Timestamp(since * 1000), until: None } }
    }

    #[test]
    fn a_run_that_is_paused_or_held_does_not_work() {
        let events = at(vec![
            (1, begun("a", 1)),
            (3, failed("a", false)),
            (3, EventKind::Held { until: Timestamp(99_000) }),
            (63, EventKind::RetryRequested { step: id("a"), by: "olaf".into(), reason: String::new(), renews: vec![] }),
            (64, begun("a", 2)),
            (70, done("a")),
            (70, EventKind::PauseRequested { by: "olaf".into(), reason: String::new() }),
            (100, EventKind::ResumeRequested { by: "olaf".into() }),
            (101, over(Outcome::Succeeded)),
        ]);
        let course = Course::of(&events).unwrap();
        assert_eq!((course.worked, course.waited), (11_000, 90_000));
        let expected = StepCourse { begun_at: 1_000, ended_at: 10_000, took: 8_000, waited: 0 };
        assert_eq!(course.steps[&id("a")], expected, "both tries, without the wait between them");
        assert_eq!(course.done, [10_000]);
        assert_eq!(course.since_done(), 1_000);
    }

    #[test]
    fn a_step_that_a_person_does_stands_still_unless_another_one_works() {
        let by_hand = || WaitReason::ByHand { seen: "still up".into() };
        let events = at(vec![
            (0, begun("a", 1)),
            (0, waits("a", by_hand(), 0)),
            (10, begun("b", 1)),
            (15, done("b")),
            (25, done("a")),
            (25, over(Outcome::Succeeded)),
        ]);
        let course = Course::of(&events).unwrap();
        assert_eq!((course.worked, course.waited), (5_000, 20_000));
        assert_eq!((course.steps[&id("a")].took, course.steps[&id("a")].waited), (0, 25_000));
        assert_eq!(course.steps[&id("b")].took, 5_000);
    }

    #[test]
    fn time_goes_on_after_the_last_event_until_the_run_is_over() {
        let events = at(vec![(0, begun("a", 1)), (5, done("a"))]);
        let course = Course::of(&events).unwrap().up_to(Timestamp(12_000));
        assert_eq!((course.worked, course.since_done()), (12_000, 7_000));
        let events = at(vec![(0, begun("a", 1)), (5, done("a")), (6, over(Outcome::Succeeded))]);
        assert_eq!(Course::of(&events).unwrap().up_to(Timestamp(12_000)).worked, 6_000);
    }

    #[test]
    fn a_wait_for_the_world_is_work() {
        let job = || WaitReason::Proof { seen: "Stopping".into() };
        let events = at(vec![(0, begun("a", 1)), (0, waits("a", job(), 0)), (30, done("a"))]);
        assert_eq!(Course::of(&events).unwrap().worked, 30_000);
    }

    #[test]
    fn a_step_that_is_done_anew_counts_when_it_was_done_last() {
        let retry =
            EventKind::RetryRequested { step: id("b"), by: "o".into(), reason: String::new(), renews: vec![id("a")] };
        let events = at(vec![
            (0, begun("a", 1)),
            (1, done("a")),
            (1, begun("b", 1)),
            (2, failed("b", false)),
            (2, retry),
            (3, begun("b", 2)),
            (5, done("b")),
            (5, begun("a", 2)),
            (9, done("a")),
        ]);
        let course = Course::of(&events).unwrap();
        assert_eq!(course.done, [5_000, 9_000]);
    }

    #[test]
    fn a_clock_that_goes_back_takes_no_time_away() {
        let events = at(vec![(10, begun("a", 1)), (4, done("a")), (12, over(Outcome::Succeeded))]);
        let course = Course::of(&events).unwrap();
        assert_eq!((course.worked, course.waited), (12_000, 0));
    }
}
