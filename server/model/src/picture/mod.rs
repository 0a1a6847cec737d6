//! A run as a picture: when each try of each step began and came to rest, and what it waited for meanwhile. [`sheet`] lays it
//! out as a matrix and as a timeline.

pub mod sheet;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind, How};
use crate::id::StepId;
use crate::record::RecordHead;
use crate::run::{IllegalEvent, Phase, RunState, Status, StepState};
use crate::time::Timestamp;
use crate::wait::WaitReason;

/// Everything the page of a run's picture shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureView {
    /// What ran where.
    pub head: RecordHead,
    /// The state after all events so far.
    pub state: RunState,
    /// How its time went by.
    pub picture: Picture,
}

/// How the time of a run went by, step by step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// When the run was created.
    pub began: Timestamp,
    /// Up to when this tells: its end, or now.
    pub until: Timestamp,
    /// Whether it is over.
    pub is_over: bool,
    /// The tries of each step that has begun, in order.
    pub tries: BTreeMap<StepId, Vec<Try>>,
    /// When the run as a whole did not go on.
    pub stands: Vec<Waited>,
}

/// One try of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// 1 for the first.
    pub number: u32,
    /// When it began.
    pub from: Timestamp,
    /// When it came to rest, if it has.
    pub to: Option<Timestamp>,
    /// How it stands, or stood at its end.
    pub ending: Ending,
    /// What it waited for, in order.
    pub waits: Vec<Waited>,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The proof was seen.
    Done,
    /// It was proven that it had never begun.
    NotBegun,
    /// People have settled it by their word.
    Settled,
    /// It goes on.
    UnderWay,
    /// It was stopped.
    Stopped,
    /// Nobody knows.
    Unknown,
    /// It failed.
    Failed,
}

impl Ending {
    /// All of them, the most pressing last.
    pub const ALL: [Self; 7] =
        [Self::Done, Self::NotBegun, Self::Settled, Self::UnderWay, Self::Stopped, Self::Unknown, Self::Failed];

    /// For a legend and a table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotBegun => "had not begun",
            Self::Settled => "settled by people",
            Self::UnderWay => "under way",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }

    const fn of(status: &Status) -> Self {
        match status {
            Status::Running => Self::UnderWay,
            Status::Done { how: How::Signed, .. } | Status::Freed { .. } | Status::Skipped { .. } => Self::Settled,
            Status::Done { how: How::Acted | How::AlreadySo | How::WithErrors, .. } => Self::Done,
            Status::Failed { .. } => Self::Failed,
            Status::NotBegun => Self::NotBegun,
            Status::Unknown { .. } => Self::Unknown,
            Status::Stopped { .. } => Self::Stopped,
        }
    }
}

/// A time in which something waited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Since when.
    pub from: Timestamp,
    /// Until when; it still waits without.
    pub to: Option<Timestamp>,
    /// For what kind of thing.
    pub idle: Idle,
    /// What for, in words, as it was told last.
    pub why: String,
}

/// What kinds of things are waited for. A command or a job that runs is work, and no wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// People.
    People,
    /// What proves that it is done.
    Proof,
    /// A host, a network, an API, somebody else's work.
    World,
}

impl Idle {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::People, Self::Proof, Self::World];

    /// For a legend and a table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::People => "waits for people",
            Self::Proof => "waits for the proof",
            Self::World => "waits for a host, a network or others",
        }
    }

    /// `None` where something is being done meanwhile.
    const fn of(reason: &WaitReason) -> Option<Self> {
        match reason {
            WaitReason::Job { .. } | WaitReason::Command { .. } => None,
            WaitReason::Proof { .. } => Some(Self::Proof),
            WaitReason::ByHand { .. }
            | WaitReason::Person { .. }
            | WaitReason::Paused { .. }
            | WaitReason::Decision { .. }
            | WaitReason::Drift { .. }
            | WaitReason::Confirmation { .. } => Some(Self::People),
            WaitReason::Host { .. }
            | WaitReason::Api { .. }
            | WaitReason::LostRequest { .. }
            | WaitReason::Retry { .. }
            | WaitReason::Health { .. }
            | WaitReason::Foreign { .. }
            | WaitReason::Unseen { .. } => Some(Self::World),
        }
    }
}

impl Picture {
    /// What these events tell, which are in order; and the state after them. `now` counts while the run goes on.
    ///
    /// # Errors
    /// The first event that cannot follow.
    pub fn of<'e>(
        events: impl IntoIterator<Item = &'e Event>,
        now: Timestamp,
    ) -> Result<(Self, RunState), IllegalEvent> {
        let mut picture = Self::default();
        let mut state = RunState::default();
        for event in events {
            let is_first = state.seq == 0;
            state.apply(event)?;
            if is_first {
                picture.began = event.at;
                picture.until = event.at;
            }
            // Clocks of servers may differ by a little: time does not go back.
            picture.until = picture.until.max(event.at);
            picture.take(&event.kind, &state);
        }
        picture.is_over = matches!(state.phase, Phase::Over(_));
        if !picture.is_over {
            picture.until = picture.until.max(now);
        }
        Ok((picture, state))
    }

    fn take(&mut self, kind: &EventKind, state: &RunState) {
        let at = self.until;
        if let EventKind::StepStarted { step, attempt, .. } = kind {
            let begun = Try { number: *attempt, from: at, to: None, ending: Ending::UnderWay, waits: Vec::new() };
            self.tries.entry(step.clone()).or_default().push(begun);
        }
        let of_step = kind.step().and_then(|id| Some((self.tries.get_mut(id)?.last_mut()?, state.steps.get(id)?)));
        if let Some((last, step)) = of_step {
            last.go_on(step, at);
        }
        let wait = state.wait().map(|wait| wait.reason);
        let idle = wait.and_then(|reason| Some((Idle::of(&reason)?, reason.words())));
        go_on(&mut self.stands, idle, at);
    }

    /// How long the run has taken, in milliseconds.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.until.since(self.began).max(0)
    }
}

impl Try {
    fn go_on(&mut self, step: &StepState, at: Timestamp) {
        // What comes after its end is about the step and not about this try: a person frees it, say.
        if self.to.is_some() {
            return;
        }
        self.ending = Ending::of(&step.status);
        let idle = match (&step.status, &step.wait) {
            (Status::Unknown { question, .. }, _) => Some((Idle::People, question.clone())),
            (_, Some(wait)) => Idle::of(&wait.reason).map(|idle| (idle, wait.reason.words())),
            (_, None) => None,
        };
        go_on(&mut self.waits, idle, at);
        self.to = (!step.is_in_flight()).then_some(at);
    }

    /// How long it took so far, in milliseconds.
    #[must_use]
    pub fn took(&self, until: Timestamp) -> i64 {
        self.to.unwrap_or(until).since(self.from).max(0)
    }
}

/// Goes on with the wait that is open, or ends it and begins another one. One that took no time was none.
fn go_on(waits: &mut Vec<Waited>, idle: Option<(Idle, String)>, at: Timestamp) {
    if let Some(open) = waits.last_mut().filter(|one| one.to.is_none()) {
        match idle {
            Some((idle, why)) if idle == open.idle => {
                open.why = why;
                return;
            }
            _ if open.from == at => {
                waits.pop();
            }
            _ => open.to = Some(at),
        }
    }
    if let Some((idle, why)) = idle {
        waits.push(Waited { from: at, to: None, idle, why });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::course::tests::{at, begun, done, failed, id, over};
    use crate::event::{Doubt, Outcome};
    use crate::wait::Wait;

    fn waits(step: &str, reason: WaitReason) -> EventKind {
        EventKind::Waiting { step: id(step), wait: Wait { reason, since: Timestamp(0), until: None } }
    }

    fn seconds(waited: &Waited) -> (i64, Option<i64>, Idle) {
        (waited.from.0 / 1000, waited.to.map(|to| to.0 / 1000), waited.idle)
    }

    #[test]
    fn each_try_has_its_time_its_end_and_its_waits() {
        let api = || WaitReason::Api { error: "refused".into() };
        let proof = |seen: &str| WaitReason::Proof { seen: seen.into() };
        let freed =
            EventKind::RetryRequested { step: id("a"), by: "olaf".into(), reason: String::new(), renews: vec![] };
        let events = at(vec![
            (1, begun("a", 1)),
            (2, waits("a", api())),
            (5, failed("a", false)),
            (5, EventKind::Held { until: Timestamp(99_000) }),
            (65, freed),
            (66, begun("a", 2)),
            (67, waits("a", proof("Stopping"))),
            (68, waits("a", proof("Starting"))),
            (70, done("a")),
            (71, over(Outcome::Succeeded)),
        ]);
        let (picture, state) = Picture::of(&events, Timestamp(999_000)).unwrap();
        assert_eq!(state.seq, 11);
        assert_eq!((picture.is_over, picture.length()), (true, 71_000), "what comes after its end is not in it");
        let [first, second] = picture.tries[&id("a")].as_slice() else { panic!("{:?}", picture.tries) };
        assert_eq!((first.ending, first.took(picture.until)), (Ending::Failed, 4_000));
        assert_eq!(first.waits.iter().map(seconds).collect::<Vec<_>>(), [(2, Some(5), Idle::World)]);
        assert_eq!((second.number, second.ending), (2, Ending::Done));
        assert_eq!(second.waits.iter().map(seconds).collect::<Vec<_>>(), [(67, Some(70), Idle::Proof)]);
        assert!(second.waits[0].why.contains("Starting"), "one wait, told as it was told last: {:?}", second.waits);
        assert_eq!(picture.stands.iter().map(seconds).collect::<Vec<_>>(), [(5, Some(65), Idle::People)]);
    }

    #[test]
    fn a_job_that_runs_is_work_and_a_step_nobody_knows_about_waits_for_people() {
        let job = WaitReason::Job { job: crate::id::JobId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap() };
        let unknown = EventKind::StepUnknown { step: id("a"), question: "is it up?".into(), doubt: Doubt::HowFar };
        let mut kinds = vec![(0, begun("a", 1)), (0, waits("a", job)), (10, unknown)];
        let (picture, _) = Picture::of(&at(kinds.clone()), Timestamp(30_000)).unwrap();
        let [only] = picture.tries[&id("a")].as_slice() else { panic!("{:?}", picture.tries) };
        assert_eq!((only.ending, only.to, only.took(picture.until)), (Ending::Unknown, None, 30_000));
        assert_eq!(only.waits.iter().map(seconds).collect::<Vec<_>>(), [(10, None, Idle::People)]);
        kinds.push((40, done("a")));
        let (picture, _) = Picture::of(&at(kinds), Timestamp(50_000)).unwrap();
        assert_eq!(picture.tries[&id("a")][0].ending, Ending::Done, "found out after all");
        assert_eq!(picture.length(), 50_000, "it goes on");
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_time() {
        let events = at(vec![(10, begun("a", 1)), (4, done("a")), (12, over(Outcome::Succeeded))]);
        let (picture, _) = Picture::of(&events, Timestamp(0)).unwrap();
        assert_eq!(picture.tries[&id("a")][0].took(picture.until), 0);
    }
}
