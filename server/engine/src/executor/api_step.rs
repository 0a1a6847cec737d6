//! A step that is one API command: submit, follow its job, see the proof.
//!
//! CloudStack: a signed request carries an expiry, after which the server refuses it. That bounds how long a request whose reply
//! was lost can still take effect, and makes "it has not begun" provable (invariants 2 and 4).

use model::event::EventKind;
use model::id::JobId;
use model::plan::{Answer, Step, StepKind};
use model::run::StepState;
use model::submission::{JobStatus, SubmitError, Submitted};
use model::time::Timestamp;
use model::wait::WaitReason;

use super::step::{Carrier, Entry, Heed, Looks, aborted, is_aborted};
use crate::Result;
use crate::world::ApiCall;

/// A request is not sent with less than this left until it expires.
const MARGIN: i64 = 2;

/// What came of trying to submit.
enum Sent {
    Job(JobId),
    Done,
    /// The reply was lost.
    Perhaps,
    /// The step has come to rest.
    AtRest,
}

impl Carrier {
    pub(super) async fn carry_api(
        &self,
        step: &Step,
        call: ApiCall<'_>,
        mut begun: StepState,
        entry: Entry,
        heed: &mut Heed,
    ) -> Result<()> {
        let job = match (&begun.job, entry) {
            (Some(job), _) => Some(job.clone()),
            // We died between the intent and its result: look before anything is sent again.
            (None, Entry::Resume) => return self.settle_lost(step, &begun, heed).await,
            (None, Entry::Begin) => match self.submit(step, call, &begun, heed).await? {
                Sent::Job(job) => Some(job),
                Sent::Done => None,
                Sent::Perhaps => return self.settle_lost(step, &begun, heed).await,
                Sent::AtRest => return Ok(()),
            },
        };
        if let Some(job) = job {
            begun.job = Some(job.clone());
            if !self.follow_job(step, call, &begun, &job, heed).await? {
                return Ok(());
            }
        }
        self.prove(step, &begun, heed).await
    }

    /// Submits until the server has accepted or refused, or the request has expired.
    async fn submit(&self, step: &Step, call: ApiCall<'_>, begun: &StepState, heed: &mut Heed) -> Result<Sent> {
        let expires = begun.expires.unwrap_or(begun.started_at);
        let mut looks = Looks::new(self.pace);
        loop {
            self.journal.vouch().await?;
            let error = match self.world.submit(call, expires).await {
                Ok(Submitted::Job(job)) => {
                    let accepted = EventKind::JobAccepted { step: step.id.clone(), job: job.clone() };
                    self.journal.append(vec![accepted]).await?;
                    return Ok(Sent::Job(job));
                }
                Ok(Submitted::Done { said }) => {
                    self.acted(step, said).await?;
                    return Ok(Sent::Done);
                }
                Err(SubmitError::MaybeSent { .. }) => return Ok(Sent::Perhaps),
                Err(SubmitError::Refused { code, text, transient: false }) => {
                    self.refused(step, format!("the server refuses {} ({code}): {text}", call.name())).await?;
                    return Ok(Sent::AtRest);
                }
                Err(SubmitError::Refused { code, text, transient: true }) => format!("{code}: {text}"),
                Err(SubmitError::NotSent { error }) => error,
            };
            if is_aborted(heed) {
                self.stopped(step, format!("aborted before the server accepted it: {error}")).await?;
                return Ok(Sent::AtRest);
            }
            if self.journal.now().plus_seconds(MARGIN) > expires {
                self.not_begun(step, format!("the server has not accepted it so far: {error}")).await?;
                return Ok(Sent::AtRest);
            }
            self.waiting(step, WaitReason::Api { error }, None).await?;
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = looks.pause() => {}
            }
        }
    }

    async fn acted(&self, step: &Step, said: String) -> Result<()> {
        self.journal.append(vec![EventKind::Acted { step: step.id.clone(), said }]).await
    }

    /// The server said no, or the job failed. It may be done all the same: the server's own scanner starts stopped
    /// system VMs, and then refuses ours (dossier 4.5).
    async fn refused(&self, step: &Step, reason: String) -> Result<()> {
        let mut looks = Looks::new(self.pace);
        let deadline = self.journal.now().plus_seconds(i64::from(step.deadline));
        loop {
            match self.look(step).await {
                Answer::Holds { evidence } => return self.done(step, format!("{evidence} (although {reason})")).await,
                Answer::Flawed { evidence } => {
                    return self.done_with_errors(step, format!("{evidence} (although {reason})")).await;
                }
                Answer::Busy { by } if self.journal.now() < deadline => {
                    self.waiting(step, WaitReason::Proof { seen: by }, Some(deadline)).await?;
                    looks.pause().await;
                }
                // What is down now is what the reader needs first.
                seen
                @ (Answer::Busy { .. } | Answer::NotYet { .. } | Answer::Never { .. } | Answer::Unknown { .. }) => {
                    return self.fail(step, format!("{reason}. Seen now: {}", seen.words())).await;
                }
            }
        }
    }

    /// Follows a job to its end; `false` when the step has come to rest with it. A job cannot be called back, so an
    /// abort waits for its end.
    async fn follow_job(
        &self,
        step: &Step,
        call: ApiCall<'_>,
        begun: &StepState,
        job: &JobId,
        heed: &mut Heed,
    ) -> Result<bool> {
        let mut looks = Looks::new(self.pace);
        loop {
            let deadline = self.deadline(step, begun).await;
            let reason = match self.world.job(call, job).await {
                Ok(JobStatus::Succeeded { said }) => {
                    self.acted(step, said).await?;
                    return Ok(true);
                }
                Ok(JobStatus::Failed { code, text }) => {
                    self.refused(step, format!("job {job} failed ({code}): {text}")).await?;
                    return Ok(false);
                }
                Ok(JobStatus::Cancelled) => {
                    self.refused(step, format!("job {job} was cancelled on the server")).await?;
                    return Ok(false);
                }
                Ok(JobStatus::Forgotten) => {
                    self.acted(step, format!("the server does not know job {job} any more")).await?;
                    return Ok(true);
                }
                Ok(JobStatus::Pending) => WaitReason::Job { job: job.clone() },
                Err(error) => WaitReason::Api { error },
            };
            if self.journal.now() > deadline {
                let question = format!("job {job} has not ended in time: {}. Is it still working?", reason.words());
                self.unknown(step, begun, question, heed).await?;
                return Ok(false);
            }
            self.waiting(step, reason, Some(deadline)).await?;
            looks.pause().await;
        }
    }

    /// Nobody knows whether the request arrived. Looks until one side is proven.
    async fn settle_lost(&self, step: &Step, begun: &StepState, heed: &mut Heed) -> Result<()> {
        let expires = begun.expires.unwrap_or(begun.started_at);
        let mut looks = Looks::new(self.pace);
        loop {
            let deadline = self.deadline(step, begun).await.max(expires.plus_seconds(MARGIN));
            let answer = self.look(step).await;
            match answer {
                Answer::Holds { evidence } => return self.done(step, evidence).await,
                Answer::Flawed { evidence } => return self.done_with_errors(step, evidence).await,
                Answer::NotYet { .. } | Answer::Busy { .. } | Answer::Never { .. } | Answer::Unknown { .. } => {}
            }
            if self.journal.now() > expires.plus_seconds(MARGIN)
                && !matches!(answer, Answer::Busy { .. })
                && let Some(evidence) = self.may_be_repeated(step, begun, &answer).await
            {
                return self.not_begun(step, evidence).await;
            }
            if is_aborted(heed) && self.journal.now() > expires {
                let seen = answer.words();
                return self.stopped(step, format!("aborted after a reply was lost; last seen: {seen}")).await;
            }
            if self.journal.now() > deadline {
                let question =
                    format!("the reply to its request was lost; last seen: {}. Was it done?", answer.words());
                return self.unknown(step, begun, question, heed).await;
            }
            self.waiting(step, lost_reason(answer, expires), Some(deadline)).await?;
            looks.pause().await;
        }
    }

    /// Why the action may be sent (again), if so: it is proven that it never began, or repeating it does no harm.
    async fn may_be_repeated(&self, step: &Step, begun: &StepState, answer: &Answer) -> Option<String> {
        if let Some(evidence) = self.proven_not_begun(step, begun).await {
            return Some(evidence);
        }
        let harmless = matches!(step.kind, StepKind::Idempotent | StepKind::ReadOnly);
        let seen = matches!(answer, Answer::NotYet { .. } | Answer::Never { .. });
        (harmless && seen).then(|| format!("its request has expired without effect: {}", answer.words()))
    }
}

fn lost_reason(answer: Answer, expires: Timestamp) -> WaitReason {
    match answer {
        Answer::Busy { by } => WaitReason::Proof { seen: by },
        Answer::Unknown { reason } => WaitReason::Api { error: reason },
        Answer::Holds { .. } | Answer::Flawed { .. } | Answer::NotYet { .. } | Answer::Never { .. } => {
            WaitReason::LostRequest { expires }
        }
    }
}
