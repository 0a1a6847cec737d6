//! What an executor knows of its run and writes down of it. Two implementations: the database, and memory for
//! rehearsals and simulations.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::event::{Event, EventKind};
use model::id::{RunId, StepId};
use model::plan::Plan;
use model::run::{RunState, StepState};
use model::time::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::notify::{Before, Told, tell_of_run};
use crate::store::journal::{self, Author, Bytes, Fact, Lease, Visible};
use crate::{Engine, EngineError, Result};

/// One run's journal under one epoch. A later executor makes every append fail with [`EngineError::Fenced`].
#[async_trait]
pub(crate) trait Journal: Send + Sync {
    /// The state after everything that was recorded, by whomever.
    async fn sync(&self) -> Result<RunState>;

    /// The state of a step as of the last sync or append.
    async fn step(&self, id: &StepId) -> Option<StepState>;

    /// Records what happened: events, what lists show and the end of the run are one commit.
    ///
    /// # Errors
    /// [`EngineError::Overtaken`] when a person has decided something meanwhile after which these events cannot follow;
    /// nothing is recorded then.
    async fn append(&self, kinds: Vec<EventKind>) -> Result<()>;

    /// Records output. The fold does not change with it.
    async fn append_output(&self, output: Vec<(EventKind, Bytes)>) -> Result<()>;

    /// Records the last output of a script and what its end says, as one commit: most scripts are short, and each commit
    /// is waited for.
    async fn append_end(&self, output: Vec<(EventKind, Bytes)>, end: EventKind) -> Result<()>;

    /// Up to which byte the pipes of an attempt are stored: (stdout, stderr).
    async fn stored(&self, step: &StepId, attempt: u32) -> Result<(u64, u64)>;

    /// Makes sure that the run is still this executor's. Asked right before anything is done to the world: whoever has
    /// slept through its lease must not act.
    async fn vouch(&self) -> Result<()>;

    /// The clock that events carry.
    fn now(&self) -> Timestamp;
}

/// The journal in the database.
#[derive(Debug)]
pub(crate) struct RunJournal {
    engine: Engine,
    run: RunId,
    plan: Arc<Plan>,
    epoch: i64,
    state: Mutex<RunState>,
    /// When the database last agreed that the run is ours.
    vouched: Mutex<Instant>,
}

impl RunJournal {
    /// Takes the run up, if nobody else has done so since `seen`: from here on no earlier executor can write.
    pub async fn claim(engine: &Engine, run: &RunId, plan: Arc<Plan>, seen: &Lease) -> Result<Self> {
        let vouched = Instant::now();
        let mut tx = engine.store().write().await?;
        let instance = &engine.0.settings.instance;
        let epoch = journal::claim(&mut tx, run, seen, instance).await?.ok_or(EngineError::Fenced)?;
        let event = EventKind::Claimed { epoch, by: instance.clone() };
        journal::append(&mut tx, run, Author::Executor(epoch), engine.now(), &[event.into()]).await?;
        tx.commit().await?;
        engine.0.wakes.wake(run);
        let state = engine.state(run).await?;
        Ok(Self {
            engine: engine.clone(),
            run: run.clone(),
            plan,
            epoch,
            state: Mutex::new(state),
            vouched: Mutex::new(vouched),
        })
    }

    /// Says again and again that this executor is alive. Returns only when the run is no longer its own.
    pub async fn keep(&self, every: Duration) -> EngineError {
        loop {
            tokio::time::sleep(every).await;
            match self.beat().await {
                Ok(()) => {}
                Err(EngineError::Fenced) => return EngineError::Fenced,
                Err(error) => {
                    tracing::warn!(run.id = %self.run, error = crate::error::chain(&error), "The lease was not renewed");
                }
            }
        }
    }

    /// Lets others take the run up at once.
    pub async fn release(&self) -> Result<()> {
        self.engine.store().release(&self.run, self.epoch).await
    }

    async fn beat(&self) -> Result<()> {
        let asked = Instant::now();
        if self.engine.store().beat(&self.run, self.epoch).await? {
            *self.vouched.lock().await = asked;
            return Ok(());
        }
        Err(EngineError::Fenced)
    }

    async fn record(&self, facts: &[Fact]) -> Result<()> {
        let mut state = self.state.lock().await;
        let at = self.now();
        let asked = Instant::now();
        let mut tx = self.engine.store().write().await?;
        let last = journal::append(&mut tx, &self.run, Author::Executor(self.epoch), at, facts).await?;
        let first_own = last - i64::try_from(facts.len()).unwrap_or(0) + 1;
        let events = journal::events(&mut tx, &self.run, state.seq).await?;
        let (others, own): (Vec<Event>, Vec<Event>) = events.into_iter().partition(|event| event.seq < first_own);
        // People may have decided something since the last sync: their events come first.
        let mut after = state.clone();
        self.take_in(&mut after, &others)?;
        let told = self.take_in_own(&mut after, &own).map_err(EngineError::Overtaken)?;
        journal::show(&mut tx, &self.run, at, &Visible::of(&after, &self.plan)).await?;
        tell_of_run(&mut tx, &self.run, &told, at).await?;
        tx.commit().await?;
        *state = after;
        drop(state);
        *self.vouched.lock().await = asked;
        self.engine.0.wakes.wake(&self.run);
        if !told.is_empty() {
            self.engine.0.post.wake();
        }
        Ok(())
    }

    /// Applies events of this executor; what people are to be told because of them.
    fn take_in_own(
        &self,
        state: &mut RunState,
        events: &[Event],
    ) -> std::result::Result<Vec<Told>, model::run::IllegalEvent> {
        let mut told = Vec::new();
        for event in events {
            let before = Before::of(state, event, &self.plan);
            state.apply(event)?;
            told.extend(before.told(state, event, &self.plan));
        }
        Ok(told)
    }

    fn take_in(&self, state: &mut RunState, events: &[Event]) -> Result<()> {
        for event in events {
            state.apply(event).map_err(|source| EngineError::Journal { run: self.run.to_string(), source })?;
        }
        Ok(())
    }
}

#[async_trait]
impl Journal for RunJournal {
    async fn sync(&self) -> Result<RunState> {
        let mut state = self.state.lock().await;
        let events = self.engine.store().events(&self.run, state.seq).await?;
        self.take_in(&mut state, &events)?;
        Ok(state.clone())
    }

    async fn step(&self, id: &StepId) -> Option<StepState> {
        self.state.lock().await.steps.get(id).cloned()
    }

    async fn append(&self, kinds: Vec<EventKind>) -> Result<()> {
        self.record(&kinds.into_iter().map(Fact::from).collect::<Vec<_>>()).await
    }

    async fn append_output(&self, output: Vec<(EventKind, Bytes)>) -> Result<()> {
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

    async fn append_end(&self, output: Vec<(EventKind, Bytes)>, end: EventKind) -> Result<()> {
        let output = output.into_iter().map(|(kind, bytes)| Fact { kind, output: Some(bytes) });
        self.record(&output.chain([Fact::from(end)]).collect::<Vec<_>>()).await
    }

    async fn stored(&self, step: &StepId, attempt: u32) -> Result<(u64, u64)> {
        self.engine.store().stored(&self.run, step, attempt).await
    }

    async fn vouch(&self) -> Result<()> {
        // Half a lease is left for what is done next.
        if self.vouched.lock().await.elapsed() < self.engine.0.pace.lease / 2 {
            return Ok(());
        }
        self.beat().await
    }

    fn now(&self) -> Timestamp {
        self.engine.now()
    }
}
