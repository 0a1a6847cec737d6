//! What can be done about one step, and by whom. Asks the rules of the model; knows none of its own.

use model::id::StepId;
use model::run::{Asked, Phase, RunState, Status};
use model::verb::{Ruling, Verb, Verdict};

use super::Outline;

/// Who looks at the run, and what they may do; why not, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub name: String,
    pub may_intervene: Result<(), String>,
    pub may_agree: Result<(), String>,
}

/// One step as a matter for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// It cannot go on by itself.
    Open {
        /// It may be tried again on one person's word.
        may_retry: bool,
        /// What a second person has to agree to.
        asks: Vec<Verdict>,
    },
    /// Somebody has asked for something.
    Asked {
        asked: Asked,
        /// The viewer is who asked.
        is_mine: bool,
        /// Whether the viewer can agree; why not, in words.
        may_agree: Result<(), String>,
    },
}

impl Matter {
    /// What there is to decide about this step, if anything.
    #[must_use]
    pub fn of(outline: &Outline, state: &RunState, step: &StepId, viewer: &Viewer) -> Option<Self> {
        let begun = state.steps.get(step)?;
        let ruling = |verb| outline.ruling(&verb, &viewer.name, state);
        if let Some(asked) = begun.asked.clone() {
            let may_agree = match ruling(Verb::Agree { step: step.clone() }) {
                Ruling::Possible { .. } | Ruling::AlreadySo => viewer.may_agree.clone(),
                Ruling::Refused { why } => Err(why),
            };
            return Some(Self::Asked { is_mine: asked.by == viewer.name, asked, may_agree });
        }
        if !begun.needs_a_verdict() {
            return None;
        }
        // Only what closes may go on failing for ever, and be signed for. Of the stages, what is tried again moves by
        // itself, and nothing is to be won any more once the run closes.
        let in_finally = outline.finally.iter().any(|other| &other.id == step);
        let moves_by_itself = matches!(begun.status, Status::Failed { again: true, .. });
        if !in_finally && (moves_by_itself || state.phase == Phase::Finally) {
            return None;
        }
        let is_possible = |verb| matches!(ruling(verb), Ruling::Possible { .. });
        let may_retry = is_possible(Verb::Retry { step: step.clone() });
        let can_be_asked = |verdict: &Verdict| is_possible(Verb::Ask { step: step.clone(), verdict: *verdict });
        // Nobody needs a second person for what the first may do.
        let is_needed = |verdict: &Verdict| !(may_retry && *verdict == Verdict::Retry);
        let asks: Vec<Verdict> = Verdict::ALL.into_iter().filter(is_needed).filter(can_be_asked).collect();
        (may_retry || !asks.is_empty()).then_some(Self::Open { may_retry, asks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, failed, id, plan, state};
    use model::event::EventKind;

    fn viewer(name: &str) -> Viewer {
        Viewer { name: name.into(), may_intervene: Ok(()), may_agree: Ok(()) }
    }

    #[track_caller]
    fn check(kinds: Vec<EventKind>, step: &str, by: &str, expected: &str) {
        let words = match Matter::of(&Outline::of(&plan()), &state(kinds), &id(step), &viewer(by)) {
            None => "nothing".to_owned(),
            Some(Matter::Open { may_retry, asks }) => {
                let asks: Vec<_> = asks.iter().map(|verdict| verdict.word()).collect();
                format!("retry {may_retry}, ask {}", asks.join(" "))
            }
            Some(Matter::Asked { is_mine, may_agree, .. }) => format!("asked, mine {is_mine}, agree {may_agree:?}"),
        };
        assert_eq!(words, expected);
    }

    fn asked(step: &str) -> EventKind {
        EventKind::VerdictAsked { step: id(step), verdict: Verdict::Skip, by: "olaf".into(), reason: "why".into() }
    }

    #[test]
    fn what_may_be_repeated_needs_one_person_and_what_must_not_start_twice_needs_two() {
        check(vec![begun("stop"), failed("stop", false)], "stop", "olaf", "retry true, ask skip mark_done");
        check(vec![begun("once"), failed("once", false)], "once", "olaf", "retry false, ask retry skip mark_done");
    }

    #[test]
    fn there_is_nothing_to_decide_about_what_moves_by_itself() {
        check(vec![], "stop", "olaf", "nothing");
        check(vec![begun("stop")], "stop", "olaf", "nothing");
        check(vec![begun("stop"), failed("stop", true)], "stop", "olaf", "nothing");
        check(vec![begun("stop"), failed("stop", false), EventKind::FinallyBegun], "stop", "olaf", "nothing");
    }

    #[test]
    fn what_closes_can_be_signed_for_but_not_skipped() {
        let tried = vec![EventKind::FinallyBegun, begun("close"), failed("close", true)];
        check(tried, "close", "olaf", "retry false, ask mark_done");
    }

    #[test]
    fn who_asked_cannot_agree_and_another_can() {
        let kinds = || vec![begun("once"), failed("once", false), asked("once")];
        check(kinds(), "once", "olaf", "asked, mine true, agree Err(\"a second person has to agree\")");
        check(kinds(), "once", "ada", "asked, mine false, agree Ok(())");
    }
}
