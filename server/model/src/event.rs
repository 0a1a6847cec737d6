//! What happened in a run: immutable, numbered facts. Everything shown of a run is derived from them.

use serde::{Deserialize, Serialize};

use crate::id::{HostName, JobId, PlanDigest, RequestId, SpoolId, StepId};
use crate::time::Timestamp;
use crate::wait::Wait;

/// One fact about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up from 1 without gaps within the run; events and output share it.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum EventKind {
    /// The run exists: the plan was approved and started.
    Created {
        /// The request it came from.
        request: RequestId,
        /// What was approved.
        digest: PlanDigest,
        /// Login name of who pressed start.
        by: String,
    },
    /// An executor took the run up, for the first time or after a restart.
    Claimed {
        /// Counts up; an older executor can no longer write.
        epoch: i64,
        /// Which server.
        by: String,
    },
    /// Committed before the first byte goes out.
    StepStarted {
        /// Which.
        step: StepId,
        /// 1 for the first try.
        attempt: u32,
        /// Where a script keeps its files.
        spool: Option<SpoolId>,
        /// Until when a lost request of this attempt may still arrive.
        expires: Option<Timestamp>,
    },
    /// The server has accepted an asynchronous job for this attempt.
    JobAccepted {
        /// Which step.
        step: StepId,
        /// The job.
        job: JobId,
    },
    /// The action itself is over; the proof is still to come.
    Acted {
        /// Which step.
        step: StepId,
        /// What it said: exit code, job result. Evidence, not proof.
        said: String,
    },
    /// A step waits for something else than before.
    Waiting {
        /// Which step.
        step: StepId,
        /// What for.
        wait: Wait,
    },
    /// How far a step has come.
    Progress {
        /// Which step.
        step: StepId,
        /// Units done.
        done: u32,
        /// Units in all.
        of: u32,
        /// In words.
        note: String,
    },
    /// Bytes that a command printed. The bytes themselves are stored beside the event.
    Output {
        /// Which step.
        step: StepId,
        /// Which try.
        attempt: u32,
        /// Which host.
        host: HostName,
        /// Which pipe.
        stream: Stream,
        /// Position of the first byte in that pipe.
        offset: u64,
        /// The text, with bytes that are no UTF-8 replaced. Only filled for viewers.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// The proof was seen.
    StepDone {
        /// Which.
        step: StepId,
        /// How it came about.
        how: How,
        /// What was seen.
        evidence: String,
    },
    /// The attempt failed.
    StepFailed {
        /// Which.
        step: StepId,
        /// Why, and what to do, in words.
        reason: String,
        /// Whether another try may follow.
        again: bool,
    },
    /// It was proven that the attempt had never begun, so it may be begun.
    StepNotBegun {
        /// Which.
        step: StepId,
        /// What was seen.
        evidence: String,
    },
    /// The outcome cannot be known (invariant 4). The proof is still looked for.
    StepUnknown {
        /// Which.
        step: StepId,
        /// What to find out.
        question: String,
    },
    /// A person wants the run to end: what is under way is stopped, then `finally` runs.
    AbortRequested {
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// A step under way was stopped because of an abort.
    StepStopped {
        /// Which.
        step: StepId,
        /// What was seen, and what is left running.
        evidence: String,
    },
    /// From here on only `finally` steps run.
    FinallyBegun,
    /// The run is over.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

impl EventKind {
    /// The step it is about, if any.
    #[must_use]
    pub const fn step(&self) -> Option<&StepId> {
        match self {
            Self::StepStarted { step, .. }
            | Self::JobAccepted { step, .. }
            | Self::Acted { step, .. }
            | Self::Waiting { step, .. }
            | Self::Progress { step, .. }
            | Self::Output { step, .. }
            | Self::StepDone { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepNotBegun { step, .. }
            | Self::StepUnknown { step, .. }
            | Self::StepStopped { step, .. } => Some(step),
            Self::Created { .. }
            | Self::Claimed { .. }
            | Self::AbortRequested { .. }
            | Self::FinallyBegun
            | Self::Finished { .. } => None,
        }
    }
}

/// The two pipes of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a step came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// We acted, and saw the proof.
    Acted,
    /// It was so before we acted.
    AlreadySo,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step has its proof.
    Succeeded,
    /// A step failed; `finally` ran.
    Failed,
    /// A person ended it; `finally` ran.
    Aborted,
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}
