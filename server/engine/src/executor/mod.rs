//! Carries runs to rest.
//!
//! [`drive`] reads the journal, asks [`model::next`] what follows, does it, writes it down, and begins again. Between
//! rounds it remembers nothing that the journal does not hold, so starting it after a crash is the same as starting it
//! at all. It never decides *what* to do.

mod api_step;
mod journal;
mod output;
mod proof;
mod shell_step;
mod step;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::event::EventKind;
use model::id::{RunId, StepId};
use model::next::{Next, next};
use model::plan::Step;
use model::run::{Phase, RunState, Status};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tracing::{error, info, warn};

use crate::error::chain;
use crate::{Engine, EngineError, Result};
use journal::RunJournal;
use step::{Carrier, Entry};

/// How long is waited before a run is taken up again after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often a run looks for decisions of people that came in through another server.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The executors of this server, one per run.
#[derive(Debug, Default)]
pub struct Executors(Mutex<HashMap<RunId, JoinHandle<()>>>);

impl Executors {
    /// Stops them where they are. What runs on hosts goes on there.
    pub async fn stop_all(&self) {
        let all: Vec<JoinHandle<()>> = {
            let mut executors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            executors.drain().map(|(_, executor)| executor).collect()
        };
        for executor in all {
            executor.abort();
            let _ = executor.await;
        }
    }
}

impl Engine {
    /// Takes up every run that is not over; how many there are. Called once by `serve`.
    pub async fn resume(&self) -> Result<usize> {
        let runs = self.store().unfinished().await?;
        let count = runs.len();
        for run in runs {
            self.execute(run);
        }
        Ok(count)
    }

    /// Carries a run to rest in the background. Asking twice is asking once.
    pub(crate) fn execute(&self, run: RunId) {
        let mut executors = self.0.executors.0.lock().unwrap_or_else(PoisonError::into_inner);
        executors.retain(|_, executor| !executor.is_finished());
        let engine = self.clone();
        executors.entry(run.clone()).or_insert_with(|| {
            tokio::spawn(async move {
                carry_to_rest(&engine, &run).await;
            })
        });
    }
}

async fn carry_to_rest(engine: &Engine, run: &RunId) {
    loop {
        match take_up(engine, run).await {
            Ok(()) => return,
            Err(EngineError::Fenced) => {
                info!(run.id = %run, "Another executor has this run");
                return;
            }
            Err(error @ (EngineError::Damaged { .. } | EngineError::Journal { .. })) => {
                error!(run.id = %run, error = chain(&error), "This run cannot be carried on");
                return;
            }
            Err(error) => {
                warn!(run.id = %run, error = chain(&error), "This run is taken up again");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Claims the run, reaches for its environment, and drives it.
async fn take_up(engine: &Engine, run: &RunId) -> Result<()> {
    let wake = engine.0.wakes.subscribe(run);
    let line = engine.store().run_line(run).await?.ok_or(EngineError::Fenced)?;
    let request = engine.store().request(&line.request).await?;
    let request = request.ok_or_else(|| EngineError::damaged("run", run.as_str(), "its request is gone"))?;
    let world = engine.world(&request.settings).await?;
    let plan = Arc::new(request.plan);
    let journal = RunJournal::claim(engine, run, plan.clone()).await?;
    let carrier = Arc::new(Carrier {
        journal,
        world,
        plan,
        run: run.clone(),
        pace: engine.0.pace,
        lifetime: step::request_lifetime(&request.settings),
    });
    drive(&carrier, wake).await
}

/// Does what follows until the run is over.
pub(crate) async fn drive(carrier: &Arc<Carrier>, mut wake: watch::Receiver<u64>) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut active: BTreeSet<StepId> = BTreeSet::new();
    // Dropping it ends them where they are: nothing of this executor goes on behind the next one's back.
    let mut under_way: JoinSet<(StepId, Result<()>)> = JoinSet::new();
    loop {
        wake.mark_unchanged();
        let state = carrier.journal.sync().await?;
        stop.send_replace(state.abort.is_some());
        let plan = carrier.plan.clone();
        let mut begin = |step: &Step, entry: Entry| {
            if active.insert(step.id.clone()) {
                let heed = may_be_stopped(&state, step).then(|| stopped.clone());
                let (carrier, step) = (carrier.clone(), step.clone());
                under_way.spawn(async move {
                    let result = carrier.carry(&step, entry, heed).await;
                    (step.id, result)
                });
            }
        };
        for (id, _) in state.in_flight() {
            if let Some(step) = plan.step(id) {
                begin(step, Entry::Resume);
            }
        }
        match next(&plan, &state) {
            Next::Over => return Ok(()),
            Next::Begin(steps) => steps.into_iter().for_each(|step| begin(step, Entry::Begin)),
            Next::BeginFinally => {
                carrier.journal.append(vec![EventKind::FinallyBegun]).await?;
                continue;
            }
            Next::Finish(outcome) => {
                carrier.journal.append(vec![EventKind::Finished { outcome }]).await?;
                info!(run.id = %carrier.run, outcome = outcome.word(), "The run is over");
                continue;
            }
            Next::Wait => {}
        }
        tokio::select! {
            Some(ended) = under_way.join_next() => {
                let (id, result) = ended.map_err(EngineError::Step)?;
                active.remove(&id);
                result?;
            }
            _ = wake.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// An abort stops what the stages do, but neither `finally` nor a step that completes another.
fn may_be_stopped(state: &RunState, step: &Step) -> bool {
    let completes = step
        .completes
        .as_ref()
        .is_some_and(|id| state.steps.get(id).is_some_and(|begun| begun.status != Status::NotBegun));
    state.phase == Phase::Stages && !completes
}
