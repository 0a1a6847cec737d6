//! Carries runs to rest.
//!
//! [`drive`] reads the journal, asks [`model::next`] what follows, does it, writes it down, and begins again. Between
//! rounds it remembers nothing that the journal does not hold, so starting it after a crash is the same as starting it
//! at all. It never decides *what* to do.

mod api_step;
mod download_step;
mod gate;
#[cfg(test)]
mod gate_tests;
pub(crate) mod journal;
#[cfg(test)]
mod notification_tests;
mod output;
mod proof;
mod shell_step;
pub(crate) mod step;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transfer_step;
#[cfg(test)]
mod verb_tests;

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, TryLockError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::event::EventKind;
use model::id::{EnvironmentId, RunId, StepId};
use model::next::{Next, next};
use model::plan::Step;
use model::run::{Phase, RunState, Status};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tracing::{error, info, warn};

use crate::error::{chain, conflict};
use crate::store::Store;
use crate::store::journal::Lease;
use crate::{Engine, EngineError, Result};
use journal::RunJournal;
use step::{Carrier, Entry};

/// How long is waited before a run is taken up again after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How long an executor may take to let go of its run.
const LETTING_GO: Duration = Duration::from_secs(2);

/// How often a run looks for decisions of people that came in through another server.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The executors of this server, one per run.
#[derive(Debug, Default)]
pub struct Executors {
    running: Mutex<HashMap<RunId, JoinHandle<()>>>,
    /// Watches over the runs of other servers.
    watcher: Mutex<Option<JoinHandle<()>>>,
    /// Held while this server is the only one that may serve from its database.
    alone: Mutex<Option<File>>,
    stopping: watch::Sender<bool>,
}

impl Executors {
    /// Refuses to go on when another server serves from the same file.
    pub fn be_alone(&self, store: &Store) -> Result<()> {
        let Some(path) = store.lock_file() else { return Ok(()) };
        let unusable = |source| EngineError::File { path: path.display().to_string(), source };
        let file = File::create(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(conflict("another Drydock serves from this database; several need PostgreSQL"));
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        *self.alone.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// Stops them where they are, and lets go of their runs. What runs on hosts goes on there.
    pub async fn stop_all(&self) {
        self.stopping.send_replace(true);
        if let Some(watcher) = self.watcher.lock().unwrap_or_else(PoisonError::into_inner).take() {
            watcher.abort();
        }
        let all: Vec<JoinHandle<()>> = self.running().drain().map(|(_, executor)| executor).collect();
        for mut executor in all {
            if tokio::time::timeout(LETTING_GO, &mut executor).await.is_err() {
                executor.abort();
                let _ = executor.await;
            }
        }
        drop(self.alone.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub fn watch_with(&self, watcher: JoinHandle<()>) {
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RunId, JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Carries a run to rest in the background, if nobody has moved since `seen`. Asking twice is asking once.
    pub(crate) fn execute(&self, seen: Lease) {
        let mut executors = self.0.executors.running();
        executors.retain(|_, executor| !executor.is_finished());
        let engine = self.clone();
        executors.entry(seen.run.clone()).or_insert_with(|| {
            tokio::spawn(async move {
                carry_to_rest(&engine, seen).await;
            })
        });
    }

    /// Whether this server carries that run now.
    pub(crate) fn carries(&self, run: &RunId) -> bool {
        self.0.executors.running().get(run).is_some_and(|executor| !executor.is_finished())
    }
}

async fn carry_to_rest(engine: &Engine, mut seen: Lease) {
    let run = seen.run.clone();
    loop {
        match take_up(engine, &seen).await {
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
        match engine.store().lease(&run).await {
            Ok(Some(now)) if now.holder.as_ref().is_none_or(|holder| *holder == engine.0.settings.instance) => {
                seen = now
            }
            Ok(Some(_) | None) => return,
            Err(error) => warn!(run.id = %run, error = chain(&error), "Whose run it is could not be read"),
        }
    }
}

/// Claims the run, reaches for its environment, and drives it for as long as it is this server's.
async fn take_up(engine: &Engine, seen: &Lease) -> Result<()> {
    let run = &seen.run;
    let wake = engine.0.wakes.subscribe(run);
    let line = engine.store().run_line(run).await?.ok_or(EngineError::Fenced)?;
    let request = engine.store().request(&line.request).await?;
    let request = request.ok_or_else(|| EngineError::damaged("run", run.as_str(), "its request is gone"))?;
    let world = engine.world(&request.settings).await?;
    let plan = Arc::new(request.plan);
    let journal = Arc::new(RunJournal::claim(engine, run, plan.clone(), seen).await?);
    let carrier = Arc::new(Carrier {
        journal: journal.clone(),
        world,
        plan,
        run: run.clone(),
        pace: engine.0.pace,
        lifetime: step::request_lifetime(&request.settings),
    });
    let mut stopping = engine.0.executors.stopping.subscribe();
    let mut stopped = std::pin::pin!(async {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    });
    tokio::select! {
        driven = drive(&carrier, wake) => driven?,
        lost = journal.keep(engine.0.pace.beat) => {
            // The end of a run takes it from its own executor, too: a sign of life may come right behind it.
            if engine.store().lease(run).await?.is_some() {
                return Err(lost);
            }
        }
        // Another server need not wait for the lease to pass.
        () = &mut stopped => return journal.release().await,
    }
    tokio::select! {
        () = look_after(engine, &line.environment) => {}
        () = stopped => {}
    }
    Ok(())
}

/// The run is over: what its environment is like now belongs to its evidence. If nobody can look now, the next look counts.
async fn look_after(engine: &Engine, environment: &EnvironmentId) {
    let looked = async { engine.look(&engine.environment(environment).await?).await };
    if let Err(error) = looked.await {
        warn!(%environment, error = chain(&error), "Nobody could look at the environment after its run");
    }
}

/// Does what follows until the run is over.
pub(crate) async fn drive(carrier: &Arc<Carrier>, mut wake: watch::Receiver<u64>) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut active: BTreeSet<StepId> = BTreeSet::new();
    let mut gate: Option<AbortHandle> = None;
    // Dropping it ends them where they are: nothing of this executor goes on behind the next one's back.
    let mut under_way: JoinSet<(Task, Result<()>)> = JoinSet::new();
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
                    (Task::Step(step.id), result)
                });
            }
        };
        for (id, _) in state.in_flight() {
            if let Some(step) = plan.step(id) {
                begin(step, Entry::Resume);
            }
        }
        let following = next(&plan, &state);
        if !matches!(following, Next::Look(_))
            && let Some(gate) = gate.take()
        {
            gate.abort();
        }
        let mut pause = LOOK_AGAIN;
        match following {
            Next::Over => return Ok(()),
            Next::Begin(steps) => steps.into_iter().for_each(|step| begin(step, Entry::Begin)),
            Next::Look(id) => {
                gate.get_or_insert_with(|| {
                    let carrier = carrier.clone();
                    under_way.spawn(async move { (Task::Gate, carrier.look_at_gate(id).await) })
                });
            }
            Next::Wait => {}
            Next::Hold => {
                let until = carrier.journal.now().plus_seconds(i64::from(plan.hold));
                record(carrier, EventKind::Held { until }).await?;
                continue;
            }
            Next::Decide(until) => {
                let left = until.0 - carrier.journal.now().0;
                if left <= 0 {
                    record(carrier, EventKind::HoldEnded).await?;
                    continue;
                }
                pause = pause.min(Duration::from_millis(left.unsigned_abs()));
            }
            Next::BeginFinally => {
                record(carrier, EventKind::FinallyBegun).await?;
                continue;
            }
            Next::Finish(outcome) => {
                record(carrier, EventKind::Finished { outcome }).await?;
                info!(run.id = %carrier.run, outcome = outcome.word(), "The run is over");
                continue;
            }
        }
        tokio::select! {
            biased;
            Some(ended) = under_way.join_next() => match ended {
                Ok((task, result)) => {
                    match task {
                        Task::Step(id) => drop(active.remove(&id)),
                        Task::Gate => gate = None,
                    }
                    heed_people(carrier, result).await?;
                }
                Err(error) if error.is_cancelled() => {}
                Err(error) => return Err(EngineError::Step(error)),
            },
            _ = wake.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What runs beside the loop.
enum Task {
    Step(StepId),
    Gate,
}

async fn record(carrier: &Carrier, kind: EventKind) -> Result<()> {
    let result = carrier.journal.append(vec![kind]).await;
    heed_people(carrier, result).await
}

/// When a person was faster, there is nothing to do but to look again.
async fn heed_people(carrier: &Carrier, result: Result<()>) -> Result<()> {
    match result {
        Err(EngineError::Overtaken(illegal)) => {
            info!(run.id = %carrier.run, %illegal, "Somebody has decided otherwise meanwhile");
            // Were it a fault of ours, it would be met again at once.
            tokio::time::sleep(carrier.pace.quickest).await;
            Ok(())
        }
        other => other,
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
