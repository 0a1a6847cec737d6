//! Carries one step to rest: look whether it is done, act, see the proof.
//!
//! The same code serves the first try and the take-up after a crash; [`Entry`] tells them apart, because after a crash
//! it is not known whether the request went out.

use std::sync::Arc;
use std::time::Duration;

use model::environment::{Environment, PlatformSettings};
use model::event::{Doubt, EventKind, How};
use model::id::{RunId, SpoolId};
use model::next::{Next, next};
use model::plan::{Action, Already, Answer, Plan, Step};
use model::run::{Phase, Status, StepState};
use model::time::Timestamp;
use model::wait::{Wait, WaitReason};
use tokio::sync::watch;

use super::journal::Journal;
use crate::settings::Pace;
use crate::world::{ApiCall, World};
use crate::{EngineError, Result};

/// What is needed to carry the steps of one run.
pub(crate) struct Carrier {
    pub journal: Arc<dyn Journal>,
    pub world: Arc<dyn World>,
    pub plan: Arc<Plan>,
    pub run: RunId,
    pub pace: Pace,
    /// How long a request that changes something stays valid, in seconds.
    pub lifetime: u32,
}

/// Longer than any connection that was broken can still deliver what was sent on it.
const LOST_REQUEST: u32 = 120;

/// How long a request that changes something stays valid in this environment, in seconds.
pub(crate) fn request_lifetime(environment: &Environment) -> u32 {
    match &environment.platform {
        PlatformSettings::CloudStack(settings) => settings.tuning.request_lifetime,
        // Nothing is changed over its API.
        PlatformSettings::OpenVstorage(_) => 0,
        // Its requests carry no end of their own.
        // A manager knows no such thing: by then a request whose answer was lost has arrived, or its connection is gone.
        PlatformSettings::Cloudify(_) => LOST_REQUEST,
    }
}

/// Whether the step is begun now or was begun by an earlier executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Begin,
    Resume,
}

/// Becomes true when somebody aborts the run; `None` for steps that an abort does not stop.
pub(crate) type Heed = Option<watch::Receiver<bool>>;

/// Waits until somebody aborts the run; for ever if an abort does not concern this step.
pub(crate) async fn aborted(heed: &mut Heed) {
    if let Some(stop) = heed
        && stop.wait_for(|stop| *stop).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

pub(crate) fn is_aborted(heed: &Heed) -> bool {
    heed.as_ref().is_some_and(|stop| *stop.borrow())
}

impl Carrier {
    /// Carries a step to rest. Returns early only when the journal cannot be written.
    pub async fn carry(&self, step: &Step, entry: Entry, mut heed: Heed) -> Result<()> {
        let begun = match entry {
            Entry::Begin => match self.begin(step, &mut heed).await? {
                Some(begun) => begun,
                None => return Ok(()),
            },
            Entry::Resume => {
                let state = self.journal.step(&step.id).await;
                state.ok_or_else(|| EngineError::damaged("run", self.run.as_str(), "a step in flight never began"))?
            }
        };
        if let Status::Unknown { question, doubt } = &begun.status {
            return match (doubt, &step.action) {
                (Doubt::OutOfReach, Action::Shell(shell)) => {
                    let why = question.clone();
                    self.give_up(step, shell, &begun, why, &mut heed).await
                }
                _ => self.stay_unknown(step, &begun, &mut heed).await,
            };
        }
        if begun.said.is_some() {
            return self.prove(step, &begun, &mut heed).await;
        }
        match &step.action {
            Action::Observe => self.prove(step, &begun, &mut heed).await,
            Action::CloudStack(command) => {
                self.carry_api(step, ApiCall::CloudStack(command), begun, entry, &mut heed).await
            }
            Action::Cloudify(call) if call.is_transfer() => self.carry_transfer(step, call, &begun, &mut heed).await,
            Action::Cloudify(call) => self.carry_api(step, ApiCall::Cloudify(call), begun, entry, &mut heed).await,
            Action::Shell(shell) => self.carry_shell(step, shell, begun, &mut heed).await,
            Action::Download(download) => self.carry_download(step, download, &begun, &mut heed).await,
        }
    }

    /// Looks whether there is anything to do, and records the intent. `None` when there is nothing left to do.
    async fn begin(&self, step: &Step, heed: &mut Heed) -> Result<Option<StepState>> {
        let state = self.journal.sync().await?;
        if let Some(pause) = self.pause_before(state.steps.get(&step.id), state.phase) {
            tokio::select! {
                biased;
                () = aborted(heed) => return Ok(None),
                () = tokio::time::sleep(pause) => {}
            }
        }
        // Other steps have begun and people have decided since: only what still follows is begun.
        let state = self.journal.sync().await?;
        let follows = matches!(next(&self.plan, &state), Next::Begin(steps) if steps.contains(&step));
        if !follows {
            return Ok(None);
        }
        let attempt = state.steps.get(&step.id).map_or(0, |earlier| earlier.attempt) + 1;
        let cleaning_up = state.abort.is_some() || has_failed(&state);
        if let Some(evidence) = self.nothing_to_do(step, cleaning_up).await {
            let done = EventKind::StepDone { step: step.id.clone(), how: How::AlreadySo, evidence };
            self.journal.append(vec![self.started(step, attempt)?, done]).await?;
            return Ok(None);
        }
        if is_aborted(heed) {
            return Ok(None);
        }
        self.journal.append(vec![self.started(step, attempt)?]).await?;
        Ok(self.journal.step(&step.id).await)
    }

    fn started(&self, step: &Step, attempt: u32) -> Result<EventKind> {
        Ok(EventKind::StepStarted {
            step: step.id.clone(),
            attempt,
            spool: self.spool(step, attempt)?,
            expires: self.expiry(step),
        })
    }

    fn pause_before(&self, earlier: Option<&StepState>, phase: Phase) -> Option<Duration> {
        // Whom a person has freed has waited long enough.
        let has_failed = |earlier: &&StepState| matches!(earlier.status, Status::Failed { .. });
        earlier.filter(has_failed).map(|_| match phase {
            Phase::Finally => self.pace.finally_retry,
            Phase::Stages | Phase::Over(_) => self.pace.slowest,
        })
    }

    /// What the proof says of an action about which it may be all there is.
    pub(super) async fn look(&self, step: &Step) -> Answer {
        let answer = self.world.probe(&step.proof).await;
        let is_acted = self.journal.step(&step.id).await.is_some_and(|state| state.said.is_some());
        if is_acted { answer } else { answer.alone(step) }
    }

    /// What shows that the step is done before it has begun, if something does.
    async fn nothing_to_do(&self, step: &Step, cleaning_up: bool) -> Option<String> {
        if step.already == Already::IsDone
            && let Answer::Holds { evidence } = self.world.probe(&step.proof).await
        {
            return Some(evidence);
        }
        // A step that completes another has nothing to complete when that one never had an effect.
        let completed = step.completes.as_ref().filter(|_| cleaning_up).and_then(|id| self.plan.step(id))?;
        let untouched = completed.untouched.as_ref()?;
        match self.world.probe(untouched).await {
            Answer::Holds { evidence } => Some(evidence),
            Answer::Flawed { .. }
            | Answer::NotYet { .. }
            | Answer::Busy { .. }
            | Answer::Never { .. }
            | Answer::Unknown { .. } => None,
        }
    }

    /// One attempt of one step has one spool, for ever: that is what makes a start happen once.
    pub(super) fn spool(&self, step: &Step, attempt: u32) -> Result<Option<SpoolId>> {
        let Action::Shell(_) = &step.action else { return Ok(None) };
        let number = self.plan.steps().position(|other| other.id == step.id).unwrap_or(0);
        Ok(Some(SpoolId::new(format!("{}-{number}-{attempt}", self.run))?))
    }

    fn expiry(&self, step: &Step) -> Option<Timestamp> {
        match &step.action {
            Action::CloudStack(_) | Action::Cloudify(_) => {
                Some(self.journal.now().plus_seconds(i64::from(self.lifetime)))
            }
            Action::Shell(_) | Action::Download(_) | Action::Observe => None,
        }
    }

    /// Whether another try may follow this failure. What has to be closed is tried for ever.
    pub(super) async fn again(&self, step: &Step) -> bool {
        if self.plan.finally.iter().any(|finally| finally.id == step.id) {
            return true;
        }
        let failures = self.journal.step(&step.id).await.map_or(0, |state| state.failures);
        failures + 1 < u32::from(step.attempts)
    }

    pub(super) async fn done(&self, step: &Step, evidence: String) -> Result<()> {
        self.done_as(step, How::Acted, evidence).await
    }

    /// Done, and the platform tells of errors on the way.
    pub(super) async fn done_with_errors(&self, step: &Step, evidence: String) -> Result<()> {
        self.done_as(step, How::WithErrors, evidence).await
    }

    async fn done_as(&self, step: &Step, how: How, evidence: String) -> Result<()> {
        self.journal.append(vec![EventKind::StepDone { step: step.id.clone(), how, evidence }]).await
    }

    pub(super) async fn fail(&self, step: &Step, reason: String) -> Result<()> {
        let again = self.again(step).await;
        self.journal.append(vec![EventKind::StepFailed { step: step.id.clone(), reason, again }]).await
    }

    /// As [`Carrier::fail`], when another try would end the same way.
    pub(super) async fn fail_for_good(&self, step: &Step, reason: String) -> Result<()> {
        let again = self.plan.finally.iter().any(|finally| finally.id == step.id);
        self.journal.append(vec![EventKind::StepFailed { step: step.id.clone(), reason, again }]).await
    }

    pub(super) async fn stopped(&self, step: &Step, evidence: String) -> Result<()> {
        self.journal.append(vec![EventKind::StepStopped { step: step.id.clone(), evidence }]).await
    }

    /// Says why the step does not move; once per reason and deadline.
    pub(super) async fn waiting(&self, step: &Step, reason: WaitReason, until: Option<Timestamp>) -> Result<()> {
        let known = self.journal.step(&step.id).await.and_then(|state| state.wait);
        if known.is_some_and(|known| known.reason == reason && known.until == until) {
            return Ok(());
        }
        let wait = Wait { reason, since: self.journal.now(), until };
        self.journal.append(vec![EventKind::Waiting { step: step.id.clone(), wait }]).await
    }

    /// When the attempt gives up. Asked again and again: a person may have given it more time.
    pub(super) async fn deadline(&self, step: &Step, begun: &StepState) -> Timestamp {
        let granted = self.journal.step(&step.id).await.map_or(0, |state| state.granted);
        begun.started_at.plus_seconds(i64::from(step.deadline) + i64::from(granted))
    }
}

fn has_failed(state: &model::run::RunState) -> bool {
    state.steps.values().any(|step| matches!(step.status, Status::Failed { again: false, .. } | Status::Stopped { .. }))
}

/// Waits that grow: the first looks come quickly, the later ones spare the platform.
#[derive(Debug)]
pub(crate) struct Looks {
    next: Duration,
    slowest: Duration,
}

impl Looks {
    pub const fn new(pace: Pace) -> Self {
        Self { next: pace.quickest, slowest: pace.slowest }
    }

    /// Waits before the next look.
    pub async fn pause(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 3 / 2).min(self.slowest);
    }
}
