//! The executor's view of one run's journal: state as of the last event, and appending under its epoch.

use std::sync::Arc;

use model::event::EventKind;
use model::id::{RunId, StepId};
use model::plan::Plan;
use model::run::{Phase, RunState};
use model::time::Timestamp;
use tokio::sync::Mutex;

use crate::store::journal::{self, Author, Bytes, Fact, Visible};
use crate::{Engine, EngineError, Result};

/// Appends under one epoch; a later executor makes every append fail with [`EngineError::Fenced`].
#[derive(Debug)]
pub(crate) struct RunJournal {
    engine: Engine,
    run: RunId,
    plan: Arc<Plan>,
    epoch: i64,
    state: Mutex<RunState>,
}

impl RunJournal {
    /// Takes the run up: from here on no earlier executor can write.
    pub async fn claim(engine: &Engine, run: &RunId, plan: Arc<Plan>) -> Result<Self> {
        let mut tx = engine.store().write().await?;
        let epoch = journal::claim(&mut tx, run).await?.ok_or(EngineError::Fenced)?;
        let event = EventKind::Claimed { epoch, by: engine.0.settings.instance.clone() };
        journal::append(&mut tx, run, Author::Executor(epoch), engine.now(), &[event.into()]).await?;
        tx.commit().await?;
        engine.0.wakes.wake(run);
        let state = engine.state(run).await?;
        Ok(Self { engine: engine.clone(), run: run.clone(), plan, epoch, state: Mutex::new(state) })
    }

    /// The state after everything that was recorded, by whomever.
    pub async fn sync(&self) -> Result<RunState> {
        let mut state = self.state.lock().await;
        let events = self.engine.store().events(&self.run, state.seq).await?;
        self.take_in(&mut state, &events)?;
        Ok(state.clone())
    }

    /// The state of a step as of the last sync or append.
    pub async fn step(&self, id: &StepId) -> Option<model::run::StepState> {
        self.state.lock().await.steps.get(id).cloned()
    }

    /// Records what happened: events, the visible row and the end of the run are one commit.
    pub async fn append(&self, kinds: Vec<EventKind>) -> Result<()> {
        let facts: Vec<Fact> = kinds.into_iter().map(Fact::from).collect();
        let mut state = self.state.lock().await;
        let at = self.now();
        let mut tx = self.engine.store().write().await?;
        journal::append(&mut tx, &self.run, Author::Executor(self.epoch), at, &facts).await?;
        // People may have decided something since the last sync: their events come first.
        let events = journal::events(&mut tx, &self.run, state.seq).await?;
        let mut after = state.clone();
        self.take_in(&mut after, &events)?;
        journal::show(&mut tx, &self.run, at, &self.visible(&after)).await?;
        tx.commit().await?;
        *state = after;
        drop(state);
        self.engine.0.wakes.wake(&self.run);
        Ok(())
    }

    /// Records output. The fold does not change with it.
    pub async fn append_output(&self, output: Vec<(EventKind, Bytes)>) -> Result<()> {
        if output.is_empty() {
            return Ok(());
        }
        let facts: Vec<Fact> = output.into_iter().map(|(kind, bytes)| Fact { kind, output: Some(bytes) }).collect();
        let mut tx = self.engine.store().write().await?;
        journal::append(&mut tx, &self.run, Author::Executor(self.epoch), self.now(), &facts).await?;
        tx.commit().await?;
        self.engine.0.wakes.wake(&self.run);
        Ok(())
    }

    /// Up to which byte the pipes of an attempt are stored: (stdout, stderr).
    pub async fn stored(&self, step: &StepId, attempt: u32) -> Result<(u64, u64)> {
        self.engine.store().stored(&self.run, step, attempt).await
    }

    pub fn now(&self) -> Timestamp {
        self.engine.now()
    }

    fn take_in(&self, state: &mut RunState, events: &[model::event::Event]) -> Result<()> {
        for event in events {
            state.apply(event).map_err(|source| EngineError::Journal { run: self.run.to_string(), source })?;
        }
        Ok(())
    }

    fn visible(&self, state: &RunState) -> Visible {
        Visible {
            steps_done: state.steps_done(),
            alarm: state.alarm(&self.plan),
            outcome: match state.phase {
                Phase::Over(outcome) => Some(outcome),
                Phase::Stages | Phase::Finally => None,
            },
        }
    }
}
