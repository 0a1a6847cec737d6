//! The state of one step that has begun.

use serde::{Deserialize, Serialize};

use crate::event::{Doubt, EventKind, How};
use crate::id::{JobId, SpoolId};
use crate::time::Timestamp;
use crate::verb::Verdict;
use crate::wait::Wait;

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
    /// So many more seconds than its plan says were given to the latest attempt.
    pub granted: u32,
    /// What a person wants to settle it with, until a second one has agreed.
    pub asked: Option<Asked>,
}

/// A verdict that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// See [`Verdict`].
    pub verdict: Verdict,
    /// Login name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Where a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Begun and not at rest.
    Running,
    /// Proven, or signed for.
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
    /// A person lets it be tried once more.
    Freed {
        /// Login name.
        by: String,
    },
    /// Proven not to have begun: as good as new.
    NotBegun,
    /// The outcome cannot be known.
    Unknown {
        /// What to find out.
        question: String,
        /// Why it is not known.
        doubt: Doubt,
    },
    /// Stopped by an abort.
    Stopped {
        /// What was seen.
        evidence: String,
    },
    /// Two people left it out.
    Skipped {
        /// Who, and why.
        evidence: String,
    },
}

impl Status {
    /// The words for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done { how: How::Signed, .. } => "signed as done",
            Self::Done { how: How::WithErrors, .. } => "done with errors",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Freed { .. } => "to be tried again",
            Self::NotBegun => "not begun",
            Self::Unknown { .. } => "unknown",
            Self::Stopped { .. } => "stopped",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl StepState {
    pub(super) const fn begun(at: Timestamp, attempt: u32, spool: Option<SpoolId>, expires: Option<Timestamp>) -> Self {
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
            granted: 0,
            asked: None,
        }
    }

    /// Begun and not at rest.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        matches!(self.status, Status::Running | Status::Unknown { .. })
    }

    /// Nothing of it will be done any more unless a person wants it.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        matches!(self.status, Status::Failed { again: false, .. })
    }

    /// Done or left out: what comes after it may begin.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self.status, Status::Done { .. } | Status::Skipped { .. })
    }

    /// Free to begin (again).
    #[must_use]
    pub const fn may_begin_again(&self) -> bool {
        matches!(self.status, Status::Failed { again: true, .. } | Status::NotBegun | Status::Freed { .. })
    }

    /// For a `finally` step: it did not work when it was last tried.
    #[must_use]
    pub const fn was_tried_in_vain(&self) -> bool {
        match self.status {
            Status::Failed { .. } | Status::Unknown { .. } | Status::Freed { .. } => true,
            Status::Running => self.attempt > 1,
            Status::Done { .. } | Status::NotBegun | Status::Stopped { .. } | Status::Skipped { .. } => false,
        }
    }

    pub(super) fn apply(&mut self, at: Timestamp, kind: &EventKind) -> Result<(), String> {
        if self.decide(at, kind)? {
            return Ok(());
        }
        if !self.is_in_flight() {
            return Err("it is at rest".to_owned());
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
            EventKind::DeadlineExtended { seconds, .. } => self.granted = self.granted.saturating_add(*seconds),
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
            EventKind::StepUnknown { question, doubt, .. } => {
                self.status = Status::Unknown { question: question.clone(), doubt: *doubt };
                self.wait = None;
            }
            _ => return Err("this is not about a step".to_owned()),
        }
        Ok(())
    }

    /// What people decide about a step that cannot go on by itself; whether the event was such a decision.
    fn decide(&mut self, at: Timestamp, kind: &EventKind) -> Result<bool, String> {
        match kind {
            EventKind::RetryRequested { by, .. } => {
                if !self.has_failed() {
                    return Err("only a step that has failed for good is freed".to_owned());
                }
                self.rest(at, Status::Freed { by: by.clone() });
            }
            EventKind::VerdictAsked { verdict, by, reason, .. } => {
                if self.asked.is_some() || !self.needs_a_verdict() {
                    return Err("there is nothing to settle by word".to_owned());
                }
                self.asked = Some(Asked { verdict: *verdict, by: by.clone(), reason: reason.clone(), at });
            }
            EventKind::VerdictAgreed { by, .. } => {
                let asked = self.asked.clone().ok_or("nobody has asked for it")?;
                if &asked.by == by {
                    return Err("a second person has to agree".to_owned());
                }
                if !self.needs_a_verdict() {
                    return Err("the step is being tried: its outcome comes first".to_owned());
                }
                let evidence = format!("{} said so, {by} agreed: {}", asked.by, asked.reason);
                let status = match asked.verdict {
                    Verdict::Retry => Status::Freed { by: asked.by },
                    Verdict::Skip => Status::Skipped { evidence },
                    Verdict::MarkDone => Status::Done { how: How::Signed, evidence },
                };
                self.rest(at, status);
            }
            EventKind::VerdictDropped { .. } => {
                self.asked.take().ok_or("nobody has asked for it")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Neither done nor moving by itself: only then words may stand in for proof.
    #[must_use]
    pub const fn needs_a_verdict(&self) -> bool {
        matches!(self.status, Status::Failed { .. } | Status::Unknown { .. })
    }

    /// It has to be done anew, because what it completes is.
    pub(super) fn renew(&mut self, at: Timestamp, by: &str) {
        if !self.is_in_flight() {
            self.rest(at, Status::Freed { by: by.to_owned() });
        }
    }

    fn rest(&mut self, at: Timestamp, status: Status) {
        // A step that may fail over and over keeps the question; everything else has answered it.
        if !matches!(status, Status::Failed { .. }) {
            self.asked = None;
        }
        self.status = status;
        self.ended_at = Some(at);
        self.wait = None;
    }
}
