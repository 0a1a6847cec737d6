//! Proof, not hope: waits until what proves a step has been observed, and says what was seen when it never is.

use model::event::{Doubt, EventKind};
use model::plan::{Answer, Step, StepKind};
use model::run::{Status, StepState};
use model::submission::Trace;
use model::wait::WaitReason;

use super::step::{Carrier, Heed, Looks, aborted, is_aborted};
use crate::Result;
use crate::world::ApiCall;

impl Carrier {
    /// The action is over: waits for the proof until the step's deadline.
    pub(super) async fn prove(&self, step: &Step, begun: &StepState, heed: &mut Heed) -> Result<()> {
        let mut looks = Looks::new(self.pace);
        loop {
            let answer = self.world.probe(&step.proof).await;
            let deadline = self.deadline(step, begun).await;
            let seen = answer.words().to_owned();
            let settled = match &answer {
                Answer::Holds { .. } => return self.done(step, seen).await,
                Answer::Flawed { .. } => return self.done_with_errors(step, seen).await,
                Answer::Never { .. } => return self.fail(step, seen).await,
                Answer::NotYet { .. } => Settled::Failed,
                Answer::Busy { .. } => Settled::Failed,
                Answer::Unknown { .. } => Settled::Unknown,
            };
            if is_aborted(heed) {
                return self.stopped(step, format!("aborted before it was proven; last seen: {seen}")).await;
            }
            // The clock is looked at only after the world: a server that was off for a day still looks once.
            if self.journal.now() > deadline {
                return self.out_of_time(step, begun, settled, &seen, heed).await;
            }
            let reason = match answer {
                Answer::Unknown { reason } => WaitReason::Api { error: reason },
                _ if step.kind == StepKind::Manual => WaitReason::ByHand { seen },
                _ => WaitReason::Proof { seen },
            };
            self.waiting(step, reason, Some(deadline)).await?;
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = looks.pause() => {}
            }
        }
    }

    async fn out_of_time(
        &self,
        step: &Step,
        begun: &StepState,
        settled: Settled,
        seen: &str,
        heed: &mut Heed,
    ) -> Result<()> {
        let within = model::time::span_words(i64::from(step.deadline) * 1000);
        match settled {
            Settled::Failed => self.fail(step, format!("no proof within {within}; last seen: {seen}")).await,
            Settled::Unknown if self.again(step).await && step.kind != StepKind::Once => {
                self.fail(step, format!("could not be looked at within {within}: {seen}")).await
            }
            Settled::Unknown => {
                let question = format!("it could not be looked at within {within}: {seen}. Is it done?");
                self.unknown(step, begun, question, heed).await
            }
        }
    }

    /// The outcome cannot be known now. The proof is still looked for; a person can abort.
    pub(super) async fn unknown(
        &self,
        step: &Step,
        begun: &StepState,
        question: String,
        heed: &mut Heed,
    ) -> Result<()> {
        let doubt = Doubt::HowFar;
        self.journal.append(vec![EventKind::StepUnknown { step: step.id.clone(), question, doubt }]).await?;
        self.stay_unknown(step, begun, heed).await
    }

    pub(super) async fn stay_unknown(&self, step: &Step, begun: &StepState, heed: &mut Heed) -> Result<()> {
        loop {
            let answer = self.look(step).await;
            let seen = answer.words().to_owned();
            match answer {
                Answer::Holds { evidence } => return self.done(step, evidence).await,
                Answer::Flawed { evidence } => return self.done_with_errors(step, evidence).await,
                Answer::NotYet { .. } | Answer::Busy { .. } | Answer::Never { .. } | Answer::Unknown { .. } => {}
            }
            if let Some(evidence) = self.proven_not_begun(step, begun).await {
                return self.not_begun(step, evidence).await;
            }
            if is_aborted(heed) {
                return self.stopped(step, format!("aborted while its outcome was unknown; last seen: {seen}")).await;
            }
            tokio::select! {
                biased;
                () = aborted(heed) => {}
                () = tokio::time::sleep(self.pace.slowest) => {}
            }
            if !self.is_unknown(step).await {
                return Ok(());
            }
        }
    }

    /// Whether nobody has settled it meanwhile.
    pub(super) async fn is_unknown(&self, step: &Step) -> bool {
        let is_unknown = |state: StepState| matches!(state.status, Status::Unknown { .. });
        self.journal.step(&step.id).await.is_some_and(is_unknown)
    }

    /// What shows that the attempt never began and, its request having expired, never will.
    pub(super) async fn proven_not_begun(&self, step: &Step, begun: &StepState) -> Option<String> {
        if begun.job.is_some() || begun.expires.is_none_or(|expires| self.journal.now() <= expires) {
            return None;
        }
        let untouched = match self.world.probe(step.untouched.as_ref()?).await {
            Answer::Holds { evidence } => evidence,
            Answer::Flawed { .. }
            | Answer::NotYet { .. }
            | Answer::Busy { .. }
            | Answer::Never { .. }
            | Answer::Unknown { .. } => return None,
        };
        // What was begun and failed may leave its target as it was: for what must not begin twice that is no proof.
        match (step.kind, ApiCall::of(&step.action)) {
            (StepKind::Once, Some(call)) => match self.world.trace(call, begun.started_at).await {
                Trace::None { evidence } => Some(format!("{untouched}; {evidence}")),
                Trace::Found { .. } | Trace::Unknown { .. } => None,
            },
            _ => Some(untouched),
        }
    }

    pub(super) async fn not_begun(&self, step: &Step, evidence: String) -> Result<()> {
        self.journal.append(vec![EventKind::StepNotBegun { step: step.id.clone(), evidence }]).await
    }
}

/// What it means when the deadline passes with this answer.
#[derive(Clone, Copy)]
enum Settled {
    Failed,
    Unknown,
}
