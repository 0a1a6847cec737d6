//! The state of a run: a fold over its events, and nothing else. Server, page and tests all go through [`RunState::apply`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind, How, Outcome};
use crate::id::{JobId, SpoolId, StepId};
use crate::plan::{Plan, Step};
use crate::time::Timestamp;
use crate::wait::Wait;

/// Everything known of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// Number of the last event taken in.
    pub seq: i64,
    /// When the run was created.
    pub created_at: Timestamp,
    /// Login name of who started it.
    pub started_by: String,
    /// How often an executor has taken it up.
    pub epoch: i64,
    /// Which server has it.
    pub executor: String,
    /// See [`Phase`].
    pub phase: Phase,
    /// Who wants it ended, and why.
    pub abort: Option<Abort>,
    /// Steps that have begun.
    pub steps: BTreeMap<StepId, StepState>,
    /// When the run ended.
    pub ended_at: Option<Timestamp>,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The stages.
    #[default]
    Stages,
    /// Only `finally` steps.
    Finally,
    /// Over.
    Over(Outcome),
}

/// A person's wish to end a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abort {
    /// Login name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Everything known of a step that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// See [`Status`].
    pub status: Status,
    /// How often it was begun.
    pub attempt: u32,
    /// How often it has failed.
    pub failures: u32,
    /// When the latest attempt began.
    pub started_at: Timestamp,
    /// When it came to rest.
    pub ended_at: Option<Timestamp>,
    /// Where the latest attempt keeps its files.
    pub spool: Option<SpoolId>,
    /// Until when a lost request of the latest attempt may still arrive.
    pub expires: Option<Timestamp>,
    /// The job of the latest attempt.
    pub job: Option<JobId>,
    /// What the action said, once it is over.
    pub said: Option<String>,
    /// What it waits for.
    pub wait: Option<Wait>,
    /// Units done, units in all, in words.
    pub progress: Option<(u32, u32, String)>,
}

/// Where a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Begun and not at rest.
    Running,
    /// Proven.
    Done {
        /// How.
        how: How,
        /// What was seen.
        evidence: String,
    },
    /// The attempt failed.
    Failed {
        /// Why.
        reason: String,
        /// Whether another try may follow.
        again: bool,
    },
    /// Proven not to have begun: as good as new.
    NotBegun,
    /// The outcome cannot be known.
    Unknown {
        /// What to find out.
        question: String,
    },
    /// Stopped by an abort.
    Stopped {
        /// What was seen.
        evidence: String,
    },
}

/// An event that cannot follow what came before: the journal is damaged, or the program is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} ({event}) cannot follow: {why}")]
pub struct IllegalEvent {
    /// Its number.
    pub seq: i64,
    /// What it was.
    pub event: String,
    /// Why not.
    pub why: String,
}

impl RunState {
    /// The state after all these events.
    ///
    /// # Errors
    /// The first event that cannot follow.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, IllegalEvent> {
        let mut state = Self::default();
        for event in events {
            state.apply(event)?;
        }
        Ok(state)
    }

    /// Takes in one event. One that was taken in before changes nothing, so a reader may start early or twice.
    ///
    /// # Errors
    /// When it cannot follow; the state is then as it was.
    pub fn apply(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        if event.seq <= self.seq {
            return Ok(());
        }
        let illegal = |why: String| IllegalEvent { seq: event.seq, event: format!("{:?}", event.kind), why };
        if let Phase::Over(outcome) = self.phase {
            return Err(illegal(format!("the run is over ({})", outcome.word())));
        }
        match &event.kind {
            EventKind::Created { by, .. } => {
                if self.seq != 0 {
                    return Err(illegal("the run exists already".to_owned()));
                }
                self.created_at = event.at;
                self.started_by.clone_from(by);
            }
            EventKind::Claimed { epoch, by } => {
                if *epoch <= self.epoch {
                    return Err(illegal(format!("epoch {} was claimed before", self.epoch)));
                }
                self.epoch = *epoch;
                self.executor.clone_from(by);
            }
            EventKind::AbortRequested { by, reason } => {
                // Asking twice is asking once.
                self.abort.get_or_insert_with(|| Abort { by: by.clone(), reason: reason.clone(), at: event.at });
            }
            EventKind::FinallyBegun => {
                if self.phase != Phase::Stages {
                    return Err(illegal("finally has begun before".to_owned()));
                }
                self.phase = Phase::Finally;
            }
            EventKind::Finished { outcome } => {
                if self.steps.values().any(|step| step.status == Status::Running) {
                    return Err(illegal("a step is still running".to_owned()));
                }
                self.phase = Phase::Over(*outcome);
                self.ended_at = Some(event.at);
            }
            EventKind::StepStarted { step, attempt, spool, expires } => {
                let earlier = self.steps.get(step);
                let expected = earlier.map_or(0, |state| state.attempt) + 1;
                if earlier.is_some_and(|state| !state.may_begin_again()) {
                    return Err(illegal("the step is not free to begin".to_owned()));
                }
                if *attempt != expected {
                    return Err(illegal(format!("attempt {expected} is due")));
                }
                let failures = earlier.map_or(0, |state| state.failures);
                let begun = StepState { failures, ..StepState::begun(event.at, *attempt, spool.clone(), *expires) };
                self.steps.insert(step.clone(), begun);
            }
            kind => {
                let Some(step) = kind.step() else { return Err(illegal("it names no step".to_owned())) };
                let Some(state) = self.steps.get_mut(step) else {
                    return Err(illegal("the step has not begun".to_owned()));
                };
                state.apply(event.at, kind).map_err(illegal)?;
            }
        }
        self.seq = event.seq;
        Ok(())
    }

    /// Steps that are begun and not at rest, unknown ones included.
    pub fn in_flight(&self) -> impl Iterator<Item = (&StepId, &StepState)> {
        self.steps.iter().filter(|(_, state)| state.is_in_flight())
    }

    /// A `finally` step that did not work when it was last tried: something may still be open (invariant 7).
    #[must_use]
    pub fn open_debt<'p>(&self, plan: &'p Plan) -> Option<&'p Step> {
        let tried_in_vain = |step: &&Step| {
            self.steps.get(&step.id).is_some_and(|state| match state.status {
                Status::Failed { .. } | Status::Unknown { .. } => true,
                Status::Running => state.attempt > 1,
                Status::Done { .. } | Status::NotBegun | Status::Stopped { .. } => false,
            })
        };
        if self.phase == Phase::Finally { plan.finally.iter().find(tried_in_vain) } else { None }
    }

    /// What somebody must be told loudly, if anything.
    #[must_use]
    pub fn alarm(&self, plan: &Plan) -> Option<String> {
        if let Some(step) = self.open_debt(plan) {
            return Some(format!("\u{201c}{}\u{201d} has not worked: something may still be open", step.title));
        }
        self.steps.iter().find_map(|(id, state)| match &state.status {
            Status::Unknown { question } => Some(format!("outcome of {id} is unknown: {question}")),
            _ => None,
        })
    }

    /// Steps of the stages that have their proof.
    #[must_use]
    pub fn steps_done(&self) -> usize {
        self.steps.values().filter(|state| matches!(state.status, Status::Done { .. })).count()
    }
}

impl StepState {
    const fn begun(at: Timestamp, attempt: u32, spool: Option<SpoolId>, expires: Option<Timestamp>) -> Self {
        Self {
            status: Status::Running,
            attempt,
            failures: 0,
            started_at: at,
            ended_at: None,
            spool,
            expires,
            job: None,
            said: None,
            wait: None,
            progress: None,
        }
    }

    /// Begun and not at rest.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        matches!(self.status, Status::Running | Status::Unknown { .. })
    }

    const fn may_begin_again(&self) -> bool {
        matches!(self.status, Status::Failed { again: true, .. } | Status::NotBegun)
    }

    fn apply(&mut self, at: Timestamp, kind: &EventKind) -> Result<(), String> {
        if !self.is_in_flight() {
            return Err(format!("the step is at rest ({:?})", self.status));
        }
        match kind {
            EventKind::JobAccepted { job, .. } => self.job = Some(job.clone()),
            EventKind::Acted { said, .. } => {
                self.said = Some(said.clone());
                self.wait = None;
            }
            EventKind::Waiting { wait, .. } => self.wait = Some(wait.clone()),
            EventKind::Progress { done, of, note, .. } => self.progress = Some((*done, *of, note.clone())),
            EventKind::Output { .. } => {}
            EventKind::StepDone { how, evidence, .. } => {
                self.rest(at, Status::Done { how: *how, evidence: evidence.clone() });
            }
            EventKind::StepFailed { reason, again, .. } => {
                self.failures += 1;
                self.rest(at, Status::Failed { reason: reason.clone(), again: *again });
            }
            EventKind::StepNotBegun { .. } => self.rest(at, Status::NotBegun),
            EventKind::StepStopped { evidence, .. } => {
                self.rest(at, Status::Stopped { evidence: evidence.clone() });
            }
            EventKind::StepUnknown { question, .. } => {
                self.status = Status::Unknown { question: question.clone() };
                self.wait = None;
            }
            other => return Err(format!("{other:?} is not about a step")),
        }
        Ok(())
    }

    fn rest(&mut self, at: Timestamp, status: Status) {
        self.status = status;
        self.ended_at = Some(at);
        self.wait = None;
    }
}
