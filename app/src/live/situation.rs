//! What a run as a whole is at: the first thing that somebody who looks at it wants to know.

use model::event::Outcome;
use model::gate::GateId;
use model::run::{Hold, Phase, RunState, Status, Wish};
use model::wait::Wait;

/// One of these, the most pressing first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Situation {
    /// It is over.
    Over(Outcome),
    /// Only what was opened is closed.
    Closing,
    /// A person has ended it; so many steps come to rest first.
    Aborting { under_way: usize },
    /// Something failed, and people may decide.
    Held(Hold),
    /// Nothing new begins; so many steps come to rest first.
    Pausing { wish: Wish, under_way: usize },
    /// It stands still until somebody lets it go on.
    Paused(Wish),
    /// It looks whether the plan still fits.
    Looking(GateId),
    /// It may not go on, and says why.
    Closed { gate: GateId, wait: Wait },
    /// Nothing moves but what waits for a person.
    Asking,
    /// Steps are carried out.
    Working,
}

impl Situation {
    /// The one this run is in.
    #[must_use]
    pub fn of(state: &RunState) -> Self {
        let under_way = state.in_flight().count();
        match (state.phase, &state.abort, state.hold.filter(|hold| !hold.is_over), &state.pause, &state.gate) {
            (Phase::Over(outcome), ..) => Self::Over(outcome),
            (Phase::Finally, ..) => Self::Closing,
            (Phase::Stages, Some(_), ..) => Self::Aborting { under_way },
            (Phase::Stages, None, Some(hold), ..) => Self::Held(hold),
            (Phase::Stages, None, None, Some(wish), _) if under_way > 0 => {
                Self::Pausing { wish: wish.clone(), under_way }
            }
            (Phase::Stages, None, None, Some(wish), _) => Self::Paused(wish.clone()),
            (Phase::Stages, None, None, None, Some(gate)) => match &gate.wait {
                Some(wait) => Self::Closed { gate: gate.id, wait: wait.clone() },
                None => Self::Looking(gate.id),
            },
            (Phase::Stages, None, None, None, None) if under_way > 0 && all_unknown(state) => Self::Asking,
            (Phase::Stages, None, None, None, None) => Self::Working,
        }
    }
}

fn all_unknown(state: &RunState) -> bool {
    state.in_flight().all(|(_, step)| matches!(step.status, Status::Unknown { .. }))
}

/// `the step under way`, `the 2 steps under way`.
#[must_use]
pub fn under_way_words(count: usize) -> String {
    if count == 1 { "the step under way".to_owned() } else { format!("the {count} steps under way") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, failed, id, state};
    use model::event::EventKind;
    use model::time::Timestamp;
    use model::wait::WaitReason;

    #[track_caller]
    fn check(kinds: Vec<EventKind>, expected: impl Fn(&Situation) -> bool) {
        let situation = Situation::of(&state(kinds));
        assert!(expected(&situation), "{situation:?}");
    }

    fn pause() -> EventKind {
        EventKind::PauseRequested { by: "olaf".into(), reason: String::new() }
    }

    fn held() -> EventKind {
        EventKind::Held { until: Timestamp(90_000) }
    }

    #[test]
    fn a_pause_is_told_from_one_that_has_yet_to_take_effect() {
        check(vec![begun("stop"), pause()], |now| matches!(now, Situation::Pausing { under_way: 1, .. }));
        check(vec![begun("stop"), pause(), failed("stop", true)], |now| matches!(now, Situation::Paused(_)));
        let resume = EventKind::ResumeRequested { by: "olaf".into() };
        check(vec![begun("stop"), pause(), resume], |now| *now == Situation::Working);
    }

    #[test]
    fn what_presses_most_comes_first() {
        check(vec![begun("stop"), failed("stop", false), held(), pause()], |now| matches!(now, Situation::Held(_)));
        let abort = EventKind::AbortRequested { by: "olaf".into(), reason: String::new() };
        check(vec![begun("stop"), failed("stop", false), held(), abort], |now| {
            *now == Situation::Aborting { under_way: 0 }
        });
        check(
            vec![begun("stop"), failed("stop", false), held(), EventKind::HoldEnded, EventKind::FinallyBegun],
            |now| *now == Situation::Closing,
        );
    }

    #[test]
    fn a_gate_is_looked_at_before_it_is_closed() {
        let gate = GateId::before(1, 0);
        let reason = WaitReason::Drift { differences: vec!["r-5 is gone".into()] };
        let wait = Wait { reason, since: Timestamp(0), until: None };
        check(vec![EventKind::GateReached { gate }], |now| *now == Situation::Looking(gate));
        check(vec![EventKind::GateReached { gate }, EventKind::GateWaiting { gate, wait }], |now| {
            matches!(now, Situation::Closed { .. })
        });
    }

    #[test]
    fn a_run_that_only_waits_for_an_answer_does_not_count_as_at_work() {
        let unknown = EventKind::StepUnknown {
            step: id("once"),
            question: "is it up?".into(),
            doubt: model::event::Doubt::HowFar,
        };
        check(vec![begun("once"), unknown.clone()], |now| *now == Situation::Asking);
        check(vec![begun("once"), unknown, begun("twice")], |now| *now == Situation::Working);
    }
}
