//! A recorded run, looked at as it was after its first events: a run, a rehearsal, or a file. All three are folded here.

use serde::{Deserialize, Serialize};

use crate::environment::RiskClass;
use crate::event::{Event, EventKind};
use crate::id::{EnvironmentId, ReplayId, RequestId, RunId};
use crate::plan::Plan;
use crate::run::{IllegalEvent, RunState};
use crate::time::Timestamp;

/// How many events a page lists at once.
const LISTED: usize = 100;

/// How many pieces of output a page shows: the last ones up to then.
pub const RECORD_OUTPUT: usize = 400;

/// What is known of a record besides its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordHead {
    /// Which run.
    pub run: RunId,
    /// The request it came from.
    pub request: RequestId,
    /// Where it ran.
    pub environment: EnvironmentId,
    /// What the environment was called.
    pub environment_name: String,
    /// How bad it would have been.
    pub risk: RiskClass,
    /// What was carried out.
    pub plan: Plan,
}

/// Everything a page shows of a record. What was printed is no event to step to: it comes with the event before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordView {
    /// See [`RecordHead`].
    pub head: RecordHead,
    /// The state after the event `until`.
    pub state: RunState,
    /// Number of the last event that was taken in.
    pub until: i64,
    /// Number of the last event there is.
    pub last: i64,
    /// When the first event was recorded.
    pub began: Timestamp,
    /// When the event `until` was recorded.
    pub at: Timestamp,
    /// The event before it.
    pub previous: Option<i64>,
    /// The event after it.
    pub next: Option<i64>,
    /// The events around it, in order.
    pub listed: Vec<Event>,
    /// The last event before those.
    pub earlier: Option<i64>,
    /// The first event after those.
    pub later: Option<i64>,
    /// What was printed up to then; the last part of it.
    pub output: Vec<Event>,
    /// Whether there was more.
    pub output_cut: bool,
}

/// An exported run that somebody has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayLine {
    /// Never reused.
    pub id: ReplayId,
    /// Login name of who opened it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What ran where.
    pub title: String,
}

impl RecordView {
    /// The record after all events up to that number; after all of them, if none is given. A number before the first is
    /// taken for the first, one after the last for the last.
    ///
    /// # Errors
    /// When the events do not make a run.
    pub fn of(head: RecordHead, events: &[Event], until: Option<i64>) -> Result<Self, IllegalEvent> {
        let told: Vec<&Event> = events.iter().filter(|event| !is_output(event)).collect();
        let asked = until.unwrap_or(i64::MAX);
        let taken = told.partition_point(|event| event.seq <= asked).max(1).min(told.len());
        let (past, coming) = told.split_at(taken);
        let state = RunState::fold(past.iter().copied())?;
        let number = |event: Option<&&Event>| event.map_or(0, |event| event.seq);
        let moment = |event: Option<&&Event>| event.map_or(Timestamp(0), |event| event.at);
        // What was printed after the event belongs to it, up to the next one.
        let bound = coming.first().map_or(i64::MAX, |event| event.seq);
        let printed: Vec<&Event> = events.iter().filter(|event| is_output(event) && event.seq < bound).collect();
        let cut = printed.len().saturating_sub(RECORD_OUTPUT);
        let first = taken.saturating_sub(1) / LISTED * LISTED;
        let end = (first + LISTED).min(told.len());
        Ok(Self {
            head,
            state,
            until: number(past.last()),
            last: number(told.last()),
            began: moment(told.first()),
            at: moment(past.last()),
            previous: past.iter().rev().nth(1).map(|event| event.seq),
            next: coming.first().map(|event| event.seq),
            listed: told.get(first..end).unwrap_or_default().iter().map(|event| (*event).clone()).collect(),
            earlier: first.checked_sub(1).and_then(|at| told.get(at)).map(|event| event.seq),
            later: told.get(end).map(|event| event.seq),
            output: printed.into_iter().skip(cut).cloned().collect(),
            output_cut: cut > 0,
        })
    }
}

const fn is_output(event: &Event) -> bool {
    matches!(event.kind, EventKind::Output { .. })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::event::{Outcome, Stream};
    use crate::id::{HostName, PlanDigest, StepId};
    use crate::plan::PLAN_FORMAT;
    use crate::procedure::{Inputs, RestartSystemVms};

    const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

    fn step() -> StepId {
        StepId::new("stop").unwrap()
    }

    fn event(seq: i64, kind: EventKind) -> Event {
        Event { seq, at: Timestamp(seq * 1000), kind }
    }

    fn created() -> EventKind {
        EventKind::Created {
            request: RequestId::new(ID).unwrap(),
            digest: PlanDigest::new("0".repeat(64)).unwrap(),
            by: "olaf".into(),
        }
    }

    fn printed(text: &str) -> EventKind {
        let (step, host) = (step(), HostName::new("ms1").unwrap());
        EventKind::Output { step, attempt: 1, host, stream: Stream::Stdout, offset: 0, text: text.into() }
    }

    /// Begins, prints twice, is claimed anew, prints, fails.
    fn events() -> Vec<Event> {
        let started = EventKind::StepStarted { step: step(), attempt: 1, spool: None, expires: None };
        let failed = EventKind::StepFailed { step: step(), reason: "refused".into(), again: false };
        let kinds = [
            created(),
            started,
            printed("one\n"),
            printed("two\n"),
            EventKind::Claimed { epoch: 1, by: "a".into() },
            printed("three\n"),
            failed,
            EventKind::Finished { outcome: Outcome::Failed },
        ];
        (1..).zip(kinds).map(|(seq, kind)| event(seq, kind)).collect()
    }

    fn head() -> RecordHead {
        RecordHead {
            run: RunId::new(ID).unwrap(),
            request: RequestId::new(ID).unwrap(),
            environment: EnvironmentId::new(ID).unwrap(),
            environment_name: "cloud".into(),
            risk: RiskClass::Test,
            plan: Plan {
                format: PLAN_FORMAT,
                environment: EnvironmentId::new(ID).unwrap(),
                inputs: Inputs::RestartSystemVms(RestartSystemVms::default()),
                summary: String::new(),
                hazards: Vec::new(),
                stages: Vec::new(),
                finally: Vec::new(),
                hold: 0,
                confirmations: vec![],
                left_out: Vec::new(),
            },
        }
    }

    fn at(until: Option<i64>) -> RecordView {
        RecordView::of(head(), &events(), until).unwrap()
    }

    #[test]
    fn at_each_number_the_state_is_that_of_the_events_up_to_it() {
        for until in 1..=8 {
            let events = events();
            let taken = events.iter().filter(|event| event.seq <= until && !is_output(event));
            assert_eq!(at(Some(until)).state, RunState::fold(taken).unwrap(), "until {until}");
        }
    }

    #[test]
    fn steps_lead_from_event_to_event_and_pass_over_what_was_printed() {
        let mut numbers = vec![at(Some(1)).until];
        while let Some(next) = at(numbers.last().copied()).next {
            assert_eq!(at(Some(next)).previous, numbers.last().copied());
            numbers.push(next);
        }
        assert_eq!(numbers, [1, 2, 5, 7, 8]);
        assert_eq!(at(Some(4)).until, 2, "what is printed belongs to the event before it");
    }

    #[test]
    fn what_was_printed_is_shown_up_to_the_next_event() {
        let shown = |until| at(Some(until)).output.iter().map(|event| event.seq).collect::<Vec<_>>();
        assert_eq!(shown(1), Vec::<i64>::new());
        assert_eq!(shown(2), [3, 4]);
        assert_eq!(shown(5), [3, 4, 6]);
    }

    #[test]
    fn a_number_that_is_not_there_leads_to_the_nearest_that_is() {
        assert_eq!(at(Some(0)).until, 1);
        assert_eq!(at(Some(-7)).until, 1);
        assert_eq!(at(Some(1_000)).until, 8);
        assert_eq!(at(None).until, 8);
    }

    #[test]
    fn a_long_record_is_listed_in_parts_around_the_event() {
        let claims = (2..=250).map(|seq| event(seq, EventKind::Claimed { epoch: seq, by: "a".into() }));
        let events: Vec<Event> = std::iter::once(event(1, created())).chain(claims).collect();
        let view = RecordView::of(head(), &events, Some(150)).unwrap();
        let numbers: Vec<i64> = view.listed.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (101..=200).collect::<Vec<_>>());
        assert_eq!((view.earlier, view.later), (Some(100), Some(201)));
    }
}
