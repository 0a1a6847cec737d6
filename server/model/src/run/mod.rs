//! The state of a run: a fold over its events, and nothing else. Server, page and tests all go through [`RunState::apply`].

mod step;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind, Outcome};
use crate::gate::GateId;
use crate::id::StepId;
use crate::plan::{Plan, Step};
use crate::time::Timestamp;
use crate::wait::{Wait, WaitReason};

pub use step::{Asked, Status, StepState};

/// Everything known of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// Number of the last event taken in.
    pub seq: i64,
    /// When the run was created.
    pub created_at: Timestamp,
    /// Login name of who started it.
    pub started_by: String,
    /// Login name of who is responsible for it: who started it, or whom it was handed to since.
    #[serde(default)]
    pub responsible: String,
    /// Whom it is to be handed to, until they say yes or no.
    #[serde(default)]
    pub offer: Option<Offer>,
    /// Who started it without its approvals, and why.
    #[serde(default)]
    pub glass: Option<Wish>,
    /// How often an executor has taken it up.
    pub epoch: i64,
    /// Which server has it.
    pub executor: String,
    /// See [`Phase`].
    pub phase: Phase,
    /// Who wants it ended, and why.
    pub abort: Option<Wish>,
    /// Who asks to end it and needs a second person for that, and why.
    #[serde(default)]
    pub abort_asked: Option<Wish>,
    /// Login name of the second person, where one was needed to end it.
    #[serde(default)]
    pub abort_agreed_by: Option<String>,
    /// Who wants nothing new to begin, and why.
    pub pause: Option<Wish>,
    /// How long a person may decide after a failure.
    pub hold: Option<Hold>,
    /// The gate it stands at.
    pub gate: Option<Gate>,
    /// The last gate that was passed. `None`: the next step needs another look, because the run has stood still.
    pub cleared: Option<GateId>,
    /// The plan's confirmations that were given, by their number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<u16, Wish>,
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

/// What a person wants of a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Login name.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A run that somebody is asked to be responsible for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Login name of who asks.
    pub by: String,
    /// Login name of who is asked.
    pub to: String,
    /// What they should know; may be empty.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// The time a person has to decide after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Then what was opened is closed.
    pub until: Timestamp,
    /// That time has come.
    pub is_over: bool,
}

/// A gate that the run stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Which.
    pub id: GateId,
    /// Since when.
    pub since: Timestamp,
    /// Why it stays closed; `None` while it is being looked at for the first time.
    pub wait: Option<Wait>,
}

/// An event that cannot follow what came before: the journal is damaged, or the program is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} cannot follow: {why}")]
pub struct IllegalEvent {
    /// Its number.
    pub seq: i64,
    /// Why not; names the step, where it is about one.
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
        let illegal = |why: String| IllegalEvent { seq: event.seq, why };
        if let Phase::Over(outcome) = self.phase {
            return Err(illegal(format!("the run is over ({})", outcome.word())));
        }
        match event.kind.step() {
            None => self.apply_to_run(event.at, &event.kind),
            Some(step) => self.apply_to_step(event.at, step, &event.kind).map_err(|why| format!("step {step}: {why}")),
        }
        .map_err(illegal)?;
        self.seq = event.seq;
        Ok(())
    }

    fn apply_to_run(&mut self, at: Timestamp, kind: &EventKind) -> Result<(), String> {
        match kind {
            EventKind::Created { by, .. } => {
                if self.seq != 0 {
                    return Err("the run exists already".to_owned());
                }
                self.created_at = at;
                self.started_by.clone_from(by);
                self.responsible.clone_from(by);
                // The start has looked at everything that the first gate would look at.
                self.cleared = Some(GateId::default());
            }
            EventKind::GlassBroken { by, reason, .. } => {
                self.glass = Some(Wish { by: by.clone(), reason: reason.clone(), at });
            }
            EventKind::HandOverOffered { by, to, note } => {
                if *by != self.responsible || self.offer.is_some() {
                    return Err(format!("it is not for {by} to hand it over"));
                }
                self.offer = Some(Offer { by: by.clone(), to: to.clone(), note: note.clone(), at });
            }
            EventKind::HandOverAccepted { by } => {
                if self.offer.as_ref().is_none_or(|offer| offer.to != *by) {
                    return Err(format!("it was not offered to {by}"));
                }
                self.offer = None;
                self.responsible.clone_from(by);
            }
            EventKind::HandOverDropped { .. } => {
                self.offer.take().ok_or("it was offered to nobody")?;
            }
            EventKind::TakenInHand { by, .. } => {
                self.offer = None;
                self.responsible.clone_from(by);
            }
            EventKind::Claimed { epoch, by } => {
                if *epoch <= self.epoch {
                    return Err(format!("epoch {} was claimed before", self.epoch));
                }
                self.epoch = *epoch;
                self.executor.clone_from(by);
            }
            EventKind::AbortRequested { by, reason } => {
                // Asking twice is asking once.
                self.abort.get_or_insert_with(|| Wish { by: by.clone(), reason: reason.clone(), at });
                self.abort_asked = None;
                self.gate = None;
            }
            EventKind::AbortAsked { by, reason } => {
                if self.abort.is_some() || self.abort_asked.is_some() {
                    return Err("somebody wants to end the run already".to_owned());
                }
                self.abort_asked = Some(Wish { by: by.clone(), reason: reason.clone(), at });
            }
            EventKind::AbortAgreed { by } => {
                let asked = self.abort_asked.take().ok_or("nobody has asked to end the run")?;
                if asked.by == *by {
                    self.abort_asked = Some(asked);
                    return Err("whoever asked cannot agree".to_owned());
                }
                self.abort = Some(Wish { at, ..asked });
                self.abort_agreed_by = Some(by.clone());
                self.gate = None;
            }
            EventKind::AbortDropped { .. } => {
                self.abort_asked.take().ok_or("nobody has asked to end the run")?;
            }
            EventKind::PauseRequested { by, reason } => {
                self.pause.get_or_insert_with(|| Wish { by: by.clone(), reason: reason.clone(), at });
                self.gate = None;
            }
            EventKind::ResumeRequested { .. } => {
                self.pause = None;
                self.look_again();
            }
            EventKind::GateReached { gate } => {
                if self.gate.is_some() || self.phase != Phase::Stages {
                    return Err("the run is not on its way to a gate".to_owned());
                }
                self.gate = Some(Gate { id: *gate, since: at, wait: None });
            }
            EventKind::GateWaiting { gate, wait } => self.at_gate(*gate)?.wait = Some(wait.clone()),
            EventKind::GatePassed { gate, .. } => {
                self.at_gate(*gate)?;
                self.gate = None;
                self.cleared = Some(*gate);
            }
            EventKind::GateConfirmed { number, by, note } => {
                if self.confirmed.contains_key(number) {
                    return Err("somebody has confirmed it before".to_owned());
                }
                self.confirmed.insert(*number, Wish { by: by.clone(), reason: note.clone(), at });
                // The gate is looked at anew: what was seen before people took their time may be old.
                if let Some(gate) = &mut self.gate {
                    gate.wait = None;
                }
            }
            EventKind::GateRefused { number, by, reason } => {
                if self.confirmed.contains_key(number) {
                    return Err("somebody has confirmed it before".to_owned());
                }
                self.pause.get_or_insert_with(|| Wish { by: by.clone(), reason: reason.clone(), at });
                self.gate = None;
            }
            EventKind::Held { until } => {
                if self.hold.is_some() || self.phase != Phase::Stages {
                    return Err("there is nothing to hold".to_owned());
                }
                self.hold = Some(Hold { since: at, until: *until, is_over: false });
            }
            EventKind::HoldExtended { until, .. } => self.holding()?.until = *until,
            EventKind::HoldEnded => self.holding()?.is_over = true,
            EventKind::FinallyBegun => {
                if self.phase != Phase::Stages {
                    return Err("finally has begun before".to_owned());
                }
                self.phase = Phase::Finally;
                self.gate = None;
            }
            EventKind::Finished { outcome } => {
                if self.steps.values().any(|step| step.status == Status::Running) {
                    return Err("a step is still running".to_owned());
                }
                self.phase = Phase::Over(*outcome);
                self.ended_at = Some(at);
            }
            _ => return Err("it names no step".to_owned()),
        }
        Ok(())
    }

    fn apply_to_step(&mut self, at: Timestamp, id: &StepId, kind: &EventKind) -> Result<(), String> {
        if let EventKind::StepStarted { attempt, spool, expires, .. } = kind {
            let earlier = self.steps.get(id);
            if earlier.is_some_and(|state| !state.may_begin_again()) {
                return Err("it is not free to begin".to_owned());
            }
            let due = earlier.map_or(0, |state| state.attempt) + 1;
            if *attempt != due {
                return Err(format!("attempt {due} is due"));
            }
            let mut begun = StepState::begun(at, *attempt, spool.clone(), *expires);
            if let Some(earlier) = earlier {
                begun.failures = earlier.failures;
                begun.asked.clone_from(&earlier.asked);
            }
            self.steps.insert(id.clone(), begun);
            return Ok(());
        }
        let step = self.steps.get_mut(id).ok_or("it has not begun")?;
        step.apply(at, kind)?;
        if let EventKind::RetryRequested { by, renews, .. } | EventKind::VerdictAgreed { by, renews, .. } = kind {
            self.hold = None;
            self.look_again();
            for id in renews {
                if let Some(step) = self.steps.get_mut(id) {
                    step.renew(at, by);
                }
            }
        }
        Ok(())
    }

    /// The run has stood still: what was seen at the last gate may be old.
    const fn look_again(&mut self) {
        self.cleared = None;
    }

    fn at_gate(&mut self, id: GateId) -> Result<&mut Gate, String> {
        self.gate.as_mut().filter(|gate| gate.id == id).ok_or_else(|| "the run is not at this gate".to_owned())
    }

    fn holding(&mut self) -> Result<&mut Hold, String> {
        self.hold.as_mut().filter(|hold| !hold.is_over).ok_or_else(|| "the run is not held".to_owned())
    }

    /// Steps that are begun and not at rest, unknown ones included.
    pub fn in_flight(&self) -> impl Iterator<Item = (&StepId, &StepState)> {
        self.steps.iter().filter(|(_, state)| state.is_in_flight())
    }

    /// Whether nobody knows how far some step came: then one person alone does not end the run.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.steps.values().any(|step| matches!(step.status, Status::Unknown { .. }))
    }

    /// The number of the plan's confirmation that somebody is asked for now.
    #[must_use]
    pub fn asked_to_confirm(&self) -> Option<u16> {
        match self.wait()?.reason {
            WaitReason::Confirmation { number, .. } => Some(number),
            _ => None,
        }
    }

    /// Why the run as a whole does not move; what single steps wait for stands with them.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        if matches!(self.phase, Phase::Over(_) | Phase::Finally) || self.abort.is_some() {
            return None;
        }
        if let Some(hold) = self.hold.filter(|hold| !hold.is_over) {
            let about = self.failures().map(|(id, reason)| format!("{id}: {reason}")).collect::<Vec<_>>().join("; ");
            return Some(Wait { reason: WaitReason::Decision { about }, since: hold.since, until: Some(hold.until) });
        }
        if let Some(pause) = &self.pause {
            let reason = WaitReason::Paused { by: pause.by.clone(), reason: pause.reason.clone() };
            return Some(Wait { reason, since: pause.at, until: None });
        }
        self.gate.as_ref().and_then(|gate| gate.wait.clone())
    }

    /// Steps that have failed for good, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = (&StepId, &str)> {
        self.steps.iter().filter_map(|(id, state)| match &state.status {
            Status::Failed { reason, again: false } => Some((id, reason.as_str())),
            _ => None,
        })
    }

    /// A `finally` step that did not work when it was last tried: something may still be open (invariant 7).
    #[must_use]
    pub fn open_debt<'p>(&self, plan: &'p Plan) -> Option<&'p Step> {
        let tried_in_vain = |step: &&Step| self.steps.get(&step.id).is_some_and(StepState::was_tried_in_vain);
        if self.phase == Phase::Finally { plan.finally.iter().find(tried_in_vain) } else { None }
    }

    /// What somebody must be told loudly, if anything.
    #[must_use]
    pub fn alarm(&self, plan: &Plan) -> Option<String> {
        self.alarm_with(self.open_debt(plan).map(|step| step.title.as_str()))
    }

    /// As [`RunState::alarm`], for who knows the open debt but not the plan.
    #[must_use]
    pub fn alarm_with(&self, open_debt: Option<&str>) -> Option<String> {
        if let Some(title) = open_debt {
            return Some(format!("\u{201c}{title}\u{201d} has not worked: something may still be open"));
        }
        let unknown = self.steps.iter().find_map(|(id, state)| match &state.status {
            Status::Unknown { question, .. } => Some(format!("outcome of {id} is unknown: {question}")),
            _ => None,
        });
        unknown.or_else(|| match self.wait()?.reason {
            reason @ (WaitReason::Decision { .. } | WaitReason::Drift { .. } | WaitReason::Health { .. }) => {
                Some(reason.words())
            }
            _ => None,
        })
    }

    /// Steps that have their proof.
    #[must_use]
    pub fn steps_done(&self) -> usize {
        self.steps.values().filter(|state| matches!(state.status, Status::Done { .. })).count()
    }
}
