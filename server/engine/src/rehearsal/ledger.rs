//! A journal in memory, with the rules of the one in the database: numbered events, one epoch that may write, people's
//! decisions between the executor's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::event::{Event, EventKind};
use model::id::{RunId, StepId};
use model::run::{Phase, RunState, StepState};
use model::time::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::mischief::{Call, Disturbance, Mischief};
use crate::executor::journal::Journal;
use crate::store::journal::Bytes;
use crate::{EngineError, Result};

/// What is looked at when an event is recorded: for checks that must hold at that very moment.
pub(crate) type Witness = Box<dyn Fn(&Event) + Send + Sync>;

/// The record of one run.
pub(crate) struct Ledger {
    pub run: RunId,
    /// The clock when the virtual one stood at zero.
    began: (Instant, Timestamp),
    pages: Mutex<Pages>,
    wake: watch::Sender<u64>,
    witness: Option<Witness>,
}

#[derive(Default)]
struct Pages {
    events: Vec<Event>,
    output: Vec<(EventKind, Bytes)>,
    epoch: i64,
}

impl Ledger {
    pub fn new(run: RunId, began: Timestamp, witness: Option<Witness>) -> Arc<Self> {
        let wake = watch::Sender::new(0);
        Arc::new(Self { run, began: (Instant::now(), began), pages: Mutex::default(), wake, witness })
    }

    /// Goes on from what was recorded before.
    #[cfg(test)]
    pub fn restore(&self, events: &[Event]) {
        let mut pages = self.pages();
        pages.epoch = fold(events).epoch;
        pages.events = events.to_vec();
    }

    pub fn now(&self) -> Timestamp {
        let (instant, timestamp) = self.began;
        let passed = i64::try_from(instant.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(timestamp.0 + passed)
    }

    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }

    /// Everything recorded so far, without output.
    pub fn events(&self) -> Vec<Event> {
        self.pages().events.clone()
    }

    /// Everything printed so far, in the order of its coming.
    #[cfg(test)]
    pub fn output(&self) -> Vec<(EventKind, Bytes)> {
        self.pages().output.clone()
    }

    pub fn state(&self) -> RunState {
        fold(&self.pages().events)
    }

    /// Records what a person has decided, as `decide` rules from the state at that moment.
    pub fn decide(&self, decide: impl FnOnce(&RunState) -> Option<EventKind>) {
        let mut pages = self.pages();
        let state = fold(&pages.events);
        let Some(kind) = decide(&state) else { return };
        let event = Event { seq: state.seq + 1, at: self.now(), kind };
        pages.events.push(event);
        drop(pages);
        self.wake.send_modify(|count| *count += 1);
    }

    /// Takes the run up under a new epoch; `None` when it is over.
    pub fn claim(
        self: &Arc<Self>,
        by: &str,
        mischief: Arc<dyn Mischief>,
        deaths: watch::Sender<bool>,
    ) -> Option<MemoryJournal> {
        let mut pages = self.pages();
        if matches!(fold(&pages.events).phase, Phase::Over(_)) {
            return None;
        }
        pages.epoch += 1;
        let epoch = pages.epoch;
        let seq = pages.events.last().map_or(0, |event| event.seq) + 1;
        pages.events.push(Event { seq, at: self.now(), kind: EventKind::Claimed { epoch, by: by.to_owned() } });
        let state = fold(&pages.events);
        drop(pages);
        Some(MemoryJournal { ledger: self.clone(), epoch, state: tokio::sync::Mutex::new(state), mischief, deaths })
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ledger holds only what could follow.
fn fold(events: &[Event]) -> RunState {
    RunState::fold(events).unwrap_or_default()
}

/// One executor's hold on a [`Ledger`].
pub(crate) struct MemoryJournal {
    ledger: Arc<Ledger>,
    epoch: i64,
    state: tokio::sync::Mutex<RunState>,
    mischief: Arc<dyn Mischief>,
    deaths: watch::Sender<bool>,
}

impl MemoryJournal {
    fn check_epoch(&self, pages: &Pages) -> Result<()> {
        if pages.epoch == self.epoch { Ok(()) } else { Err(EngineError::Fenced) }
    }

    /// Everything that is written passes here, so that mischief finds every border between two events.
    async fn write<T>(&self, write: impl FnOnce(&mut Pages) -> Result<T>) -> Result<T> {
        let disturbance = self.mischief.disturb(Call::Append);
        match disturbance {
            Disturbance::DieBefore => die(&self.deaths).await,
            Disturbance::Stall(time) => tokio::time::sleep(time).await,
            Disturbance::LoseRequest | Disturbance::Refuse => return Err(full()),
            _ => {}
        }
        let result = {
            let mut pages = self.ledger.pages();
            self.check_epoch(&pages)?;
            write(&mut pages)?
        };
        self.ledger.wake.send_modify(|count| *count += 1);
        match disturbance {
            Disturbance::DieAfter => die(&self.deaths).await,
            // The commit went through and its answer was lost: nobody knows, so the run is taken up anew.
            Disturbance::LoseReply | Disturbance::Repeat(_) => return Err(full()),
            _ => {}
        }
        Ok(result)
    }
}

/// The database does not do as asked.
fn full() -> EngineError {
    EngineError::Database(sqlx::Error::WorkerCrashed)
}

/// Drydock dies here, and learns nothing more.
pub(super) async fn die(deaths: &watch::Sender<bool>) {
    deaths.send_replace(true);
    std::future::pending::<()>().await;
}

impl MemoryJournal {
    async fn record(&self, output: Vec<(EventKind, Bytes)>, kinds: Vec<EventKind>) -> Result<()> {
        let mut state = self.state.lock().await;
        let now = self.ledger.now();
        let after = self
            .write(|pages| {
                let mut after = state.clone();
                take_in(&self.ledger.run, &mut after, &pages.events)?;
                for kind in kinds {
                    let event = Event { seq: after.seq + 1, at: now, kind };
                    after.apply(&event).map_err(EngineError::Overtaken)?;
                    if let Some(witness) = &self.ledger.witness {
                        witness(&event);
                    }
                    pages.events.push(event);
                }
                pages.output.extend(output);
                Ok(after)
            })
            .await?;
        *state = after;
        Ok(())
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn sync(&self) -> Result<RunState> {
        let mut state = self.state.lock().await;
        let pages = self.ledger.pages();
        self.check_epoch(&pages)?;
        take_in(&self.ledger.run, &mut state, &pages.events)?;
        Ok(state.clone())
    }

    async fn step(&self, id: &StepId) -> Option<StepState> {
        self.state.lock().await.steps.get(id).cloned()
    }

    async fn append(&self, kinds: Vec<EventKind>) -> Result<()> {
        self.record(Vec::new(), kinds).await
    }

    async fn append_output(&self, output: Vec<(EventKind, Bytes)>) -> Result<()> {
        if output.is_empty() {
            return Ok(());
        }
        self.write(|pages| {
            pages.output.extend(output);
            Ok(())
        })
        .await
    }

    async fn append_end(&self, output: Vec<(EventKind, Bytes)>, end: EventKind) -> Result<()> {
        self.record(output, vec![end]).await
    }

    async fn stored(&self, step: &StepId, attempt: u32) -> Result<(u64, u64)> {
        let pages = self.ledger.pages();
        let of = |stream| {
            let bytes = pages.output.iter().filter(|(kind, bytes)| {
                kind.step() == Some(step) && bytes.attempt == attempt && bytes.stream == stream
            });
            bytes.map(|(_, bytes)| bytes.stop).max().unwrap_or(0)
        };
        Ok((of(model::event::Stream::Stdout), of(model::event::Stream::Stderr)))
    }

    async fn vouch(&self) -> Result<()> {
        self.check_epoch(&self.ledger.pages())
    }

    fn now(&self) -> Timestamp {
        self.ledger.now()
    }
}

fn take_in(run: &RunId, state: &mut RunState, events: &[Event]) -> Result<()> {
    let known = state.seq;
    for event in events.iter().filter(|event| event.seq > known) {
        state.apply(event).map_err(|source| EngineError::Journal { run: run.to_string(), source })?;
    }
    Ok(())
}
