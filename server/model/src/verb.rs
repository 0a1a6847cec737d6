//! What a person may do to a run under way, when that is possible, and when it takes effect. Pure; page and engine ask
//! the same rules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::StepId;
use crate::plan::{Plan, StepKind};
use crate::run::{Phase, RunState, Status, StepState};

/// How people settle a step that cannot go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is started again, although it must not start twice by itself.
    Retry,
    /// It is left out.
    Skip,
    /// It counts as done without proof.
    MarkDone,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Retry, Self::Skip, Self::MarkDone];

    /// The word for it in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::MarkDone => "mark_done",
        }
    }
}

/// A word that is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no verdict: retry, skip and mark_done are")]
pub struct NoSuchVerdict(pub String);

impl FromStr for Verdict {
    type Err = NoSuchVerdict;
    fn from_str(word: &str) -> Result<Self, NoSuchVerdict> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word).ok_or_else(|| NoSuchVerdict(word.to_owned()))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retry => "start it again",
            Self::Skip => "skip it",
            Self::MarkDone => "mark it as done",
        })
    }
}

/// Something a person does to a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb")]
pub enum Verb {
    /// Nothing new begins.
    Pause,
    /// A paused run goes on.
    Resume,
    /// What is under way is stopped, then what was opened is closed. While the outcome of a step is unknown this only asks
    /// for it, and a second person has to agree.
    Abort,
    /// Agrees to the abort that another person asked for.
    AgreeAbort,
    /// Refuses the abort that another person asked for, or takes back one's own.
    DropAbort,
    /// A failed step is tried once more.
    Retry {
        /// Which.
        step: StepId,
    },
    /// Settles a step by word, once a second person agrees.
    Ask {
        /// Which.
        step: StepId,
        /// How.
        verdict: Verdict,
    },
    /// Agrees to what another person asked for.
    Agree {
        /// Which step.
        step: StepId,
    },
    /// Refuses what another person asked for, or takes back what one has asked for oneself.
    Drop {
        /// Which step.
        step: StepId,
    },
    /// Gives a step more time.
    ExtendStep {
        /// Which.
        step: StepId,
        /// So many seconds.
        seconds: u32,
    },
    /// Gives the people more time to decide.
    ExtendHold {
        /// So many seconds.
        seconds: u32,
    },
    /// Whoever is responsible for the run asks somebody else to be.
    HandOver {
        /// Login name.
        to: String,
    },
    /// Becomes responsible, as one was asked.
    AcceptHandOver,
    /// Does not become responsible, or takes back that one has asked.
    DropHandOver,
    /// Becomes responsible without being asked: for admins.
    TakeInHand,
    /// Lets the run go on at a gate where somebody of a group has to.
    Confirm {
        /// Which of the plan's confirmations, from 0.
        number: u16,
    },
    /// Does not, and pauses the run there.
    RefuseGate {
        /// Which of the plan's confirmations, from 0.
        number: u16,
    },
}

/// The most time that can be given at once: longer than that, somebody should look again.
pub const LONGEST_EXTENSION: u32 = 24 * 3600;

/// More time, as people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// From 1 to [`LONGEST_EXTENSION`].
    pub seconds: u32,
}

/// A text that is no [`Extension`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("between 1 and {LONGEST_EXTENSION} seconds can be given")]
pub struct InvalidExtension;

impl FromStr for Extension {
    type Err = InvalidExtension;
    fn from_str(text: &str) -> Result<Self, InvalidExtension> {
        let seconds = text.parse().map_err(|_| InvalidExtension)?;
        if in_bounds(seconds) { Ok(Self { seconds }) } else { Err(InvalidExtension) }
    }
}

/// Where a verb leads as things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It can be done; when it takes effect, in words.
    Possible {
        /// For example `after the 2 steps under way`.
        effect: String,
    },
    /// It was done before, and doing it again changes nothing.
    AlreadySo,
    /// It cannot be done; why, in words.
    Refused {
        /// For a sentence.
        why: String,
    },
}

fn possible(effect: impl Into<String>) -> Ruling {
    Ruling::Possible { effect: effect.into() }
}

fn refused(why: impl Into<String>) -> Ruling {
    Ruling::Refused { why: why.into() }
}

/// What the rules have to know of a step besides its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepFacts {
    /// What repeating it would do.
    pub kind: StepKind,
    /// It closes what was opened.
    pub in_finally: bool,
}

impl StepFacts {
    /// Those of the step of that id, if the plan has it.
    #[must_use]
    pub fn of(plan: &Plan, id: &StepId) -> Option<Self> {
        let in_finally = plan.finally.iter().any(|step| &step.id == id);
        plan.step(id).map(|step| Self { kind: step.kind, in_finally })
    }
}

/// Whether `by` (a login name) may do that to a run of this plan in this state. Roles are looked at elsewhere.
#[must_use]
pub fn ruling(verb: &Verb, by: &str, state: &RunState, plan: &Plan) -> Ruling {
    ruling_with(verb, by, state, |id| StepFacts::of(plan, id))
}

/// As [`ruling`], for who knows the steps but not the plan.
#[must_use]
pub fn ruling_with(
    verb: &Verb,
    by: &str,
    state: &RunState,
    facts: impl FnOnce(&StepId) -> Option<StepFacts>,
) -> Ruling {
    if let Phase::Over(outcome) = state.phase {
        return refused(format!("the run is over ({})", outcome.word()));
    }
    match verb {
        Verb::Pause => pause(state),
        Verb::Resume => match &state.pause {
            Some(_) => possible("at once, after another look at the environment"),
            None => Ruling::AlreadySo,
        },
        Verb::Abort => abort(by, state),
        Verb::AgreeAbort => agree_abort(by, state),
        Verb::DropAbort => match state.abort_asked {
            Some(_) => possible("at once"),
            None => Ruling::AlreadySo,
        },
        Verb::ExtendHold { seconds } => match (state.hold, in_bounds(*seconds)) {
            (Some(hold), true) if !hold.is_over => possible("at once"),
            (_, false) => refused(InvalidExtension.to_string()),
            (_, true) => refused("the run does not wait for a decision"),
        },
        Verb::HandOver { to } => hand_over(to, by, state),
        Verb::AcceptHandOver => match &state.offer {
            Some(offer) if offer.to == by => possible("at once"),
            _ if state.responsible == by => Ruling::AlreadySo,
            Some(offer) => refused(format!("it was offered to {}", offer.to)),
            None => refused("it was not offered to you, or the offer was taken back"),
        },
        Verb::DropHandOver => match &state.offer {
            None => Ruling::AlreadySo,
            Some(offer) if offer.to == by || offer.by == by => possible("at once"),
            Some(offer) => refused(format!("it was offered to {}", offer.to)),
        },
        Verb::TakeInHand if state.responsible == by => Ruling::AlreadySo,
        Verb::TakeInHand => possible("at once"),
        Verb::Confirm { number } if state.confirmed.contains_key(number) => Ruling::AlreadySo,
        Verb::Confirm { number } => match state.asked_to_confirm() {
            Some(asked) if asked == *number => possible("at once, after another look at the environment"),
            _ => refused("nobody is asked to confirm that now"),
        },
        Verb::RefuseGate { number } => match state.asked_to_confirm() {
            Some(asked) if asked == *number => {
                possible("at once: the run is paused there, and asks again after a resume")
            }
            _ => refused("nobody is asked to confirm that now"),
        },
        Verb::Retry { step } => with_step(step, state, facts, |facts, begun| match closes_instead(facts, state) {
            Some(refused) => refused,
            None => retry(facts.kind, begun),
        }),
        Verb::Ask { step, verdict } => with_step(step, state, facts, |facts, begun| {
            let closes_instead = closes_instead(facts, state).filter(|_| *verdict == Verdict::Retry);
            closes_instead.unwrap_or_else(|| ask(*verdict, by, facts.in_finally, begun))
        }),
        Verb::Agree { step } => with_step(step, state, facts, |_, begun| agree(by, begun)),
        Verb::Drop { step } => with_step(step, state, facts, |_, begun| match begun.asked {
            Some(_) => possible("at once"),
            None => Ruling::AlreadySo,
        }),
        Verb::ExtendStep { step, seconds } => with_step(step, state, facts, |_, begun| match begun.status {
            _ if !in_bounds(*seconds) => refused(InvalidExtension.to_string()),
            Status::Running => possible("at once"),
            _ => refused("the step is not under way"),
        }),
    }
}

fn hand_over(to: &str, by: &str, state: &RunState) -> Ruling {
    match &state.offer {
        _ if state.responsible != by => refused(format!("it is in the hands of {}", state.responsible)),
        _ if to == by => Ruling::AlreadySo,
        Some(offer) if offer.to == to => Ruling::AlreadySo,
        Some(offer) => refused(format!("it was offered to {}: take that back first", offer.to)),
        None => possible(format!("as soon as {to} accepts")),
    }
}

const fn in_bounds(seconds: u32) -> bool {
    seconds >= 1 && seconds <= LONGEST_EXTENSION
}

fn with_step(
    id: &StepId,
    state: &RunState,
    facts: impl FnOnce(&StepId) -> Option<StepFacts>,
    rule: impl FnOnce(StepFacts, &StepState) -> Ruling,
) -> Ruling {
    match (facts(id), state.steps.get(id)) {
        (None, _) => refused(format!("the plan has no step {id}")),
        (Some(_), None) => refused("the step has not begun"),
        (Some(facts), Some(begun)) => rule(facts, begun),
    }
}

/// Once a run closes what it opened, no step of the stages begins again, whatever people say.
fn closes_instead(facts: StepFacts, state: &RunState) -> Option<Ruling> {
    let too_late = state.phase == Phase::Finally && !facts.in_finally;
    too_late.then(|| refused("the run is closing what it opened: nothing of its stages begins any more"))
}

fn pause(state: &RunState) -> Ruling {
    if state.pause.is_some() {
        return Ruling::AlreadySo;
    }
    if state.phase == Phase::Finally || state.abort.is_some() {
        return refused("the run is on its way to close what it opened; that is not held up");
    }
    let under_way = state.in_flight().count();
    possible(match under_way {
        0 => "at once".to_owned(),
        1 => "after the step under way".to_owned(),
        many => format!("after the {many} steps under way"),
    })
}

fn abort(by: &str, state: &RunState) -> Ruling {
    if state.abort.is_some() {
        return Ruling::AlreadySo;
    }
    if state.phase == Phase::Finally {
        return refused("the run is closing what it opened; that is not cut short");
    }
    if !state.has_unknown() {
        return possible(ENDS);
    }
    // Whoever ends such a run says that nobody will find out any more: that is a word for a fact, as a skip is.
    match &state.abort_asked {
        None => possible("as soon as a second person agrees, because the outcome of a step is unknown"),
        Some(asked) if asked.by == by => Ruling::AlreadySo,
        Some(asked) => refused(format!("{} has asked to end the run before: agree or refuse", asked.by)),
    }
}

/// What an abort does.
const ENDS: &str = "at once: scripts are ended, jobs of the platform are waited for, then what was opened is closed";

fn agree_abort(by: &str, state: &RunState) -> Ruling {
    match &state.abort_asked {
        _ if state.abort.is_some() => Ruling::AlreadySo,
        _ if state.phase == Phase::Finally => refused("the run is closing what it opened; that is not cut short"),
        None => refused("nobody has asked to end the run"),
        Some(asked) if asked.by == by => refused("a second person has to agree"),
        Some(_) => possible(ENDS),
    }
}

fn retry(kind: StepKind, begun: &StepState) -> Ruling {
    match (&begun.status, kind) {
        (Status::Freed { .. }, _) => Ruling::AlreadySo,
        (Status::Failed { again: false, .. }, StepKind::Once) => {
            refused("it must not start twice by itself: ask for it, and let a second person agree")
        }
        (Status::Failed { again: false, .. }, _) => possible("at once, after another look at the environment"),
        (Status::Failed { again: true, .. }, _) => refused("it is tried again by itself"),
        (Status::Running, _) => refused("it is under way"),
        (Status::Unknown { .. }, _) => refused("nobody knows whether it is done: a second person has to agree"),
        (Status::Done { .. } | Status::NotBegun | Status::Stopped { .. } | Status::Skipped { .. }, _) => {
            refused("it has not failed")
        }
    }
}

fn ask(verdict: Verdict, by: &str, in_finally: bool, begun: &StepState) -> Ruling {
    if let Some(asked) = &begun.asked {
        return if asked.by == by && asked.verdict == verdict {
            Ruling::AlreadySo
        } else {
            refused(format!("{} has asked to {} before: agree or refuse", asked.by, asked.verdict))
        };
    }
    if !begun.needs_a_verdict() {
        return refused("it has neither failed nor is its outcome unknown");
    }
    if in_finally && verdict != Verdict::MarkDone {
        return refused(
            "what was opened has to be closed: it is tried until it works, or signed for as closed by hand",
        );
    }
    possible("as soon as a second person agrees")
}

fn agree(by: &str, begun: &StepState) -> Ruling {
    match &begun.asked {
        None => refused("nobody has asked for anything here"),
        Some(asked) if asked.by == by => refused("a second person has to agree"),
        Some(_) if !begun.needs_a_verdict() => refused("the step is being tried: its outcome comes first"),
        Some(_) => possible("at once"),
    }
}

/// The steps that complete this one: when it is started again they are done anew, or a VM that is stopped once more would
/// stay so.
#[must_use]
pub fn renewed_with(step: &StepId, plan: &Plan, state: &RunState) -> Vec<StepId> {
    let completes = plan.steps().filter(|other| other.completes.as_ref() == Some(step));
    completes.map(|other| other.id.clone()).filter(|id| state.steps.contains_key(id)).collect()
}
