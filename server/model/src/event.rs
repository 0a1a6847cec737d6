//! What happened in a run: immutable, numbered facts. Everything shown of a run is derived from them.

use serde::{Deserialize, Serialize};

use crate::gate::GateId;
use crate::id::{HostName, JobId, PlanDigest, RequestId, SpoolId, StepId};
use crate::time::Timestamp;
use crate::verb::Verdict;
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
    /// It was started without its approvals.
    GlassBroken {
        /// Login name of who started it.
        by: String,
        /// Why.
        reason: String,
        /// Until when somebody else has to review it.
        review_due: Timestamp,
    },
    /// Whoever is responsible for the run wants somebody else to be.
    HandOverOffered {
        /// Login name of who is responsible.
        by: String,
        /// Login name of who is to be.
        to: String,
        /// What they should know; may be empty.
        note: String,
    },
    /// From here on whoever it was offered to is responsible.
    HandOverAccepted {
        /// Login name.
        by: String,
    },
    /// Whoever it was offered to does not want it, or it is taken back.
    HandOverDropped {
        /// Login name.
        by: String,
    },
    /// An admin is responsible from here on.
    TakenInHand {
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
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
        /// See [`Doubt`].
        #[serde(default)]
        doubt: Doubt,
    },
    /// A person wants the run to end: what is under way is stopped, then `finally` runs.
    AbortRequested {
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person wants the run to end while the outcome of a step is unknown; a second one has to agree.
    AbortAsked {
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// A second person agrees: from here on it is as if the abort had been requested.
    AbortAgreed {
        /// Login name.
        by: String,
    },
    /// The abort is refused, or taken back.
    AbortDropped {
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// A step under way was stopped because of an abort.
    StepStopped {
        /// Which.
        step: StepId,
        /// What was seen, and what is left running.
        evidence: String,
    },
    /// The run has come to a gate: nothing new begins until what must hold there was seen.
    GateReached {
        /// Which.
        gate: GateId,
    },
    /// A gate stays closed for another reason than before.
    GateWaiting {
        /// Which.
        gate: GateId,
        /// What for.
        wait: Wait,
    },
    /// What must hold at a gate was seen.
    GatePassed {
        /// Which.
        gate: GateId,
        /// What was seen.
        evidence: String,
    },
    /// Somebody of a group lets the run go on at a gate.
    GateConfirmed {
        /// Which of the plan's confirmations, from 0.
        number: u16,
        /// Login name.
        by: String,
        /// What they have seen; may be empty.
        note: String,
    },
    /// Somebody of a group does not: the run is paused there.
    GateRefused {
        /// Which of the plan's confirmations, from 0.
        number: u16,
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person wants nothing new to begin. What is under way comes to rest first.
    PauseRequested {
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
    },
    /// A person lets a paused run go on.
    ResumeRequested {
        /// Login name.
        by: String,
    },
    /// Something failed: nothing new begins until a person decides or that time has come.
    Held {
        /// Then what was opened is closed.
        until: Timestamp,
    },
    /// A person needs longer to decide.
    HoldExtended {
        /// Login name.
        by: String,
        /// Instead of what was said before.
        until: Timestamp,
    },
    /// Nobody has decided in time.
    HoldEnded,
    /// A person gives a step under way more time.
    DeadlineExtended {
        /// Which step.
        step: StepId,
        /// Login name.
        by: String,
        /// So many more seconds.
        seconds: u32,
    },
    /// A person lets a failed step be tried once more.
    RetryRequested {
        /// Which step.
        step: StepId,
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
        /// Steps that complete it and are done anew after it, whatever came of them before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        renews: Vec<StepId>,
    },
    /// A person wants to settle a step by word instead of proof; a second one has to agree.
    VerdictAsked {
        /// Which step.
        step: StepId,
        /// How it is to be settled.
        verdict: Verdict,
        /// Login name.
        by: String,
        /// Why.
        reason: String,
    },
    /// A second person agrees: the verdict holds from here on.
    VerdictAgreed {
        /// Which step.
        step: StepId,
        /// Login name.
        by: String,
        /// Where it is started again: steps that complete it and are done anew after it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        renews: Vec<StepId>,
    },
    /// The verdict is refused, or taken back.
    VerdictDropped {
        /// Which step.
        step: StepId,
        /// Login name.
        by: String,
        /// Why; may be empty.
        reason: String,
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
            | Self::StepStopped { step, .. }
            | Self::DeadlineExtended { step, .. }
            | Self::RetryRequested { step, .. }
            | Self::VerdictAsked { step, .. }
            | Self::VerdictAgreed { step, .. }
            | Self::VerdictDropped { step, .. } => Some(step),
            Self::Created { .. }
            | Self::GlassBroken { .. }
            | Self::HandOverOffered { .. }
            | Self::HandOverAccepted { .. }
            | Self::HandOverDropped { .. }
            | Self::TakenInHand { .. }
            | Self::Claimed { .. }
            | Self::AbortRequested { .. }
            | Self::AbortAsked { .. }
            | Self::AbortAgreed { .. }
            | Self::AbortDropped { .. }
            | Self::GateReached { .. }
            | Self::GateWaiting { .. }
            | Self::GatePassed { .. }
            | Self::GateConfirmed { .. }
            | Self::GateRefused { .. }
            | Self::PauseRequested { .. }
            | Self::ResumeRequested { .. }
            | Self::Held { .. }
            | Self::HoldExtended { .. }
            | Self::HoldEnded
            | Self::FinallyBegun
            | Self::Finished { .. } => None,
        }
    }
}

impl EventKind {
    /// One line about it.
    #[must_use]
    pub fn words(&self) -> String {
        let why = |reason: &str| if reason.is_empty() { String::new() } else { format!(": {reason}") };
        match self {
            Self::Created { by, .. } => format!("{by} started the run"),
            Self::GlassBroken { by, reason, review_due } => {
                format!("{by} has started it without its approvals, and a review is due until {review_due}: {reason}")
            }
            Self::HandOverOffered { by, to, note } => format!("{by} wants {to} to be responsible{}", why(note)),
            Self::HandOverAccepted { by } => format!("{by} is responsible from here on"),
            Self::HandOverDropped { by } => format!("{by} says that nobody else becomes responsible"),
            Self::TakenInHand { by, reason } => format!("{by} is responsible from here on, as an admin{}", why(reason)),
            Self::Claimed { epoch: 1, by } => format!("{by} carries it out"),
            Self::Claimed { epoch, by } => format!("{by} has taken it up (epoch {epoch})"),
            Self::StepStarted { step, attempt: 1, .. } => format!("{step} begins"),
            Self::StepStarted { step, attempt, .. } => format!("{step} begins, try {attempt}"),
            Self::JobAccepted { step, job } => format!("{step}: the platform works on it as job {job}"),
            Self::Acted { step, said } => format!("{step}: {said}"),
            Self::Waiting { step, wait } => format!("{step} waits: {}", wait.reason.words()),
            Self::Progress { step, done, of, note } => format!("{step}: {done} of {of}, {note}"),
            Self::Output { step, host, .. } => format!("{step} prints on {host}"),
            Self::StepDone { step, how: How::Acted, evidence } => format!("{step} is done: {evidence}"),
            Self::StepDone { step, how: How::AlreadySo, evidence } => format!("{step} was so already: {evidence}"),
            Self::StepDone { step, how: How::Signed, evidence } => format!("{step} is signed for: {evidence}"),
            Self::StepDone { step, how: How::WithErrors, evidence } => {
                format!("{step} is done with errors: {evidence}")
            }
            Self::StepFailed { step, reason, again: true } => format!("{step} failed and is tried again: {reason}"),
            Self::StepFailed { step, reason, again: false } => format!("{step} failed: {reason}"),
            Self::StepNotBegun { step, evidence } => format!("{step} has not begun: {evidence}"),
            Self::StepUnknown { step, question, .. } => format!("{step} is unknown: {question}"),
            Self::AbortRequested { by, reason } => format!("{by} ends the run{}", why(reason)),
            Self::AbortAsked { by, reason } => format!("{by} asks to end the run: {reason}"),
            Self::AbortAgreed { by } => format!("{by} agrees to end the run"),
            Self::AbortDropped { by, reason } => format!("{by} refuses to end the run{}", why(reason)),
            Self::StepStopped { step, evidence } => format!("{step} is stopped: {evidence}"),
            Self::GateReached { gate } => format!("looks around {}", gate.words()),
            Self::GateWaiting { gate, wait } => format!("waits {}: {}", gate.words(), wait.reason.words()),
            Self::GatePassed { gate, evidence } => format!("goes on {}: {evidence}", gate.words()),
            Self::GateConfirmed { by, note, .. } => format!("{by} confirms that it may go on{}", why(note)),
            Self::GateRefused { by, reason, .. } => {
                format!("{by} does not confirm that it may go on, and the run is paused: {reason}")
            }
            Self::PauseRequested { by, reason } => format!("{by} pauses the run{}", why(reason)),
            Self::ResumeRequested { by } => format!("{by} lets the run go on"),
            Self::Held { until } => format!("waits for a decision until {until}"),
            Self::HoldExtended { by, until } => format!("{by} needs until {until} to decide"),
            Self::HoldEnded => "nobody has decided in time".to_owned(),
            Self::DeadlineExtended { step, by, seconds } => format!("{by} gives {step} {seconds} more seconds"),
            Self::RetryRequested { step, by, reason, .. } => format!("{by} lets {step} be tried again{}", why(reason)),
            Self::VerdictAsked { step, verdict, by, reason } => {
                format!("{by} asks about {step} to {verdict}: {reason}")
            }
            Self::VerdictAgreed { step, by, .. } => format!("{by} agrees about {step}"),
            Self::VerdictDropped { step, by, reason } => format!("{by} refuses about {step}{}", why(reason)),
            Self::FinallyBegun => "closes what was opened".to_owned(),
            Self::Finished { outcome } => format!("is over: {}", outcome.word()),
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

/// Why an outcome cannot be known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It was cut off in the middle, or its answer was lost: only proof or a person can tell how far it came.
    #[default]
    HowFar,
    /// Its host cannot be reached; when it can, the host will tell.
    OutOfReach,
}

/// How a step came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// We acted, and saw the proof.
    Acted,
    /// It was so before we acted.
    AlreadySo,
    /// Two people say so; nothing was observed.
    Signed,
    /// We acted and saw the end of it; the platform itself tells of errors on the way.
    WithErrors,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step has its proof.
    Succeeded,
    /// Every step has its proof, and the platform has told of errors on the way.
    WithErrors,
    /// Every step has its proof, except those that two people decided to leave out or signed for.
    Incomplete,
    /// A step failed; `finally` ran.
    Failed,
    /// A person ended it; `finally` ran.
    Aborted,
}

impl Outcome {
    /// All of them, best first.
    pub const ALL: [Self; 5] = [Self::Succeeded, Self::WithErrors, Self::Incomplete, Self::Failed, Self::Aborted];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::WithErrors => "with_errors",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}
