//! What somebody has to know at once about the run as a whole: a failure that waits for a decision, a gate that stays
//! closed, what cannot be closed, who has ended the run, and what is left when it is over.

use model::environment::Platform;
use model::event::Outcome;
use model::gate::GateId;
use model::id::StepId;
use model::run::{Hold, RunState, Wish};
use model::time::Timestamp;
use model::wait::{Wait, WaitReason};

use super::{Outline, Situation, down};
use crate::look::Look;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    pub look: Look,
    /// Until when somebody may decide.
    pub until: Option<Timestamp>,
    pub words: String,
    pub lines: Vec<Line>,
    /// Behind the lines.
    pub hint: String,
    /// When it began.
    pub since: Option<Timestamp>,
    /// The environment should be looked at.
    pub look_there: bool,
}

/// One line of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub words: String,
}

impl Attention {
    fn new(look: Look, words: impl Into<String>) -> Self {
        let (lines, hint) = (Vec::new(), String::new());
        Self { look, until: None, words: words.into(), lines, hint, since: None, look_there: false }
    }

    /// What to say now; nothing as long as all is well.
    #[must_use]
    pub fn of(situation: &Situation, state: &RunState, outline: &Outline) -> Vec<Self> {
        let now = match situation {
            Situation::Held(hold) => Some(held(hold, state, outline)),
            Situation::Closed { gate, wait } => Some(closed(*gate, wait)),
            Situation::Closing => outline.alarm(state).map(|words| Self::new(Look::failed("Needs a person:"), words)),
            Situation::Over(outcome) => afterwards(*outcome, state, outline),
            Situation::Aborting { .. }
            | Situation::Pausing { .. }
            | Situation::Paused(_)
            | Situation::Looking(_)
            | Situation::Asking
            | Situation::Working => None,
        };
        now.into_iter().chain(state.abort.as_ref().map(|abort| ended_by(abort, state))).collect()
    }
}

fn ended_by(abort: &Wish, state: &RunState) -> Attention {
    let reason = if abort.reason.is_empty() { String::new() } else { format!("“{}”", abort.reason) };
    let since = Some(abort.at);
    let agreed = state.abort_agreed_by.as_ref().map(|by| format!(", {by} agreed")).unwrap_or_default();
    Attention { since, ..Attention::new(Look::stopped(format!("{} ended this run{agreed}", abort.by)), reason) }
}

/// What failed, until when to decide, and what happens then. The reasons stand with the decisions.
fn held(hold: &Hold, state: &RunState, outline: &Outline) -> Attention {
    let failed: Vec<&StepId> = state.failures().map(|(id, _)| id).collect();
    let what = match failed.as_slice() {
        [only] => format!("{} failed.", outline.title(only)),
        several => format!("{} steps failed.", several.len()),
    };
    let then = if outline.finally.is_empty() {
        "the run ends as failed"
    } else {
        "what was opened is closed, and the run ends as failed"
    };
    let words = format!(
        "Nothing new begins meanwhile. Try again, have it skipped, or abort the run; if nobody decides, {then}."
    );
    Attention { until: Some(hold.until), ..Attention::new(Look::failed(what), words) }
}

fn failures(state: &RunState, outline: &Outline) -> Vec<Line> {
    let line = |(id, reason): (&StepId, &str)| Line { name: outline.title(id), words: reason.to_owned() };
    state.failures().map(line).collect()
}

/// What is different, since when, and who ends it.
fn closed(gate: GateId, wait: &Wait) -> Attention {
    let (look, lines) = match &wait.reason {
        WaitReason::Drift { differences } => (Look::failed("The plan no longer fits."), differences.clone()),
        WaitReason::Health { seen } => (Look::failed("What was done is not healthy."), vec![seen.clone()]),
        WaitReason::Foreign { by } => (Look::waiting("Somebody else is at work."), vec![by.clone()]),
        WaitReason::Unseen { error } => {
            (Look::unknown("Whether the plan still fits cannot be seen."), vec![error.clone()])
        }
        other => (Look::waiting("Stands still."), vec![other.words()]),
    };
    let lines = lines.into_iter().map(|words| Line { name: String::new(), words }).collect();
    let hint = format!(
        "It looks again by itself and goes on when this is over. What unblocks it: {}. Closed",
        wait.reason.unblocked_by()
    );
    let words = format!("The run stands still {}, and nothing new begins.", gate.words());
    Attention { lines, hint, since: Some(wait.since), ..Attention::new(look, words) }
}

/// When it is over and not all is well: what failed, what may be down, and how to go on.
fn afterwards(outcome: Outcome, state: &RunState, outline: &Outline) -> Option<Attention> {
    let (failed, down) = (failures(state, outline), down(outline, state));
    if outcome == Outcome::Succeeded || (failed.is_empty() && down.is_empty()) {
        return None;
    }
    let look = match outcome {
        Outcome::Failed => Look::failed("What failed, and what now."),
        Outcome::Succeeded | Outcome::WithErrors | Outcome::Incomplete | Outcome::Aborted => {
            Look::warning("What is left to do.")
        }
    };
    let words = match (down.is_empty(), outline.procedure.platform()) {
        (true, _) => "Nothing is left down.",
        (false, Platform::OpenVstorage) => {
            "Some of it may be down. What this run has stopped is known on every node, and can be started in the right \
             order when the cause is gone."
        }
        (false, Platform::CloudStack | Platform::Cloudify) => {
            "Some of it may be down; look, and ask for a new restart when the cause is gone: it covers what still needs it."
        }
    };
    let down = down.into_iter().map(|one| {
        let name = one.vm.map_or_else(|| "May be so still".to_owned(), |vm| format!("{vm} may be down"));
        Line { name, words: one.impact }
    });
    let lines = failed.into_iter().chain(down).collect();
    Some(Attention { lines, look_there: true, ..Attention::new(look, words) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{begun, done, failed, plan, state};
    use crate::look::Tone;
    use model::event::{EventKind, How};
    use model::procedure::Procedure;

    fn notices(kinds: Vec<EventKind>) -> Vec<Attention> {
        let state = state(kinds);
        Attention::of(&Situation::of(&state), &state, &Outline::of(&plan()))
    }

    fn text(notice: &Attention) -> String {
        let lines = notice.lines.iter().map(|line| format!("{}: {}", line.name, line.words));
        let all = [notice.look.word.clone(), notice.words.clone()].into_iter().chain(lines);
        all.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_run_in_which_all_is_well_has_nothing_to_say() {
        assert_eq!(notices(vec![begun("stop")]), []);
        assert_eq!(notices(vec![begun("stop"), done("stop", How::Acted)]), []);
    }

    #[test]
    fn after_a_cluster_s_run_what_it_stopped_can_be_started() {
        let state = state(vec![
            begun("once"),
            failed("once", false),
            EventKind::FinallyBegun,
            EventKind::Finished { outcome: Outcome::Failed },
        ]);
        let outline = Outline { procedure: Procedure::UpdateStorageDriver, ..Outline::of(&plan()) };
        let notices = Attention::of(&Situation::of(&state), &state, &outline);
        assert!(
            notices.iter().any(|notice| notice.look_there && notice.words.contains("can be started")),
            "{notices:?}"
        );
    }

    #[test]
    fn a_failure_says_what_until_when_and_what_then() {
        let until = Timestamp(90_000);
        let notices = notices(vec![begun("once"), failed("once", false), EventKind::Held { until }]);
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].until, Some(until));
        assert_eq!(notices[0].look.tone, Tone::Failed);
        let text = text(&notices[0]);
        assert!(text.starts_with("Do once failed.") && text.contains("what was opened is closed"), "{text}");
    }

    #[test]
    fn a_closed_gate_lists_the_differences_and_who_ends_them() {
        let gate = GateId::before(1, 0);
        let differences = vec!["r-5 is gone".to_owned(), "r-6 has another disk".to_owned()];
        let wait = Wait { reason: WaitReason::Drift { differences }, since: Timestamp(7), until: None };
        let notices = notices(vec![EventKind::GateReached { gate }, EventKind::GateWaiting { gate, wait }]);
        let words: Vec<&str> = notices[0].lines.iter().map(|line| line.words.as_str()).collect();
        assert_eq!(words, ["r-5 is gone", "r-6 has another disk"]);
        assert!(notices[0].words.contains("before stage 2"), "{}", notices[0].words);
        assert!(notices[0].hint.contains("whoever changed it"), "{}", notices[0].hint);
        assert_eq!(notices[0].since, Some(Timestamp(7)));
    }

    #[test]
    fn a_failed_run_says_what_may_be_down_and_for_whom() {
        let over = EventKind::Finished { outcome: Outcome::Failed };
        let notices = notices(vec![begun("once"), failed("once", false), EventKind::FinallyBegun, over]);
        assert_eq!(
            text(&notices[0]).lines().skip(2).collect::<Vec<_>>(),
            ["Do once: refused", "r-4 may be down: the network stands still"]
        );
        assert!(notices[0].look_there);
    }

    #[test]
    fn who_ended_a_run_is_said_until_the_end() {
        let abort = EventKind::AbortRequested { by: "olaf".into(), reason: "wrong night".into() };
        let over = EventKind::Finished { outcome: Outcome::Aborted };
        let notices = notices(vec![begun("stop"), abort, failed("stop", true), EventKind::FinallyBegun, over]);
        let all: Vec<String> = notices.iter().map(text).collect();
        assert!(all.iter().any(|text| text.contains("olaf ended this run") && text.contains("wrong night")), "{all:?}");
        assert!(all.iter().any(|text| text.contains("s-1 may be down")), "{all:?}");
    }
}
