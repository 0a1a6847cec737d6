//! Runs as people see them.

use std::time::Duration;

use model::audit::AuditEntry;
use model::event::{Event, EventKind};
use model::id::{RunId, StepId};
use model::people::{Person, Role};
use model::run::{Phase, RunState};
use model::view::{HistoryFilter, RunLine, RunView};
use tokio::sync::watch;

use crate::error::{conflict, invalid, not_found};
use crate::store::audit::{Deed, record};
use crate::store::journal::{self, Author};
use crate::{Engine, EngineError, Result};

/// How many chunks of output the run page gets at first.
const FIRST_OUTPUT: u32 = 400;

/// How many events a follower gets at once.
const BATCH: u32 = 500;

/// How often a follower looks by itself: another server may have written, whose wake-ups do not reach this one.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Follows one run: what has a higher number than the last one seen, in order, as it is recorded.
#[derive(Debug)]
pub struct Tail {
    engine: Engine,
    run: RunId,
    after: i64,
    wake: watch::Receiver<u64>,
}

/// What [`Tail::next`] gives.
#[derive(Debug)]
pub enum Followed {
    /// These came next, in order; never empty.
    Events(Vec<Event>),
    /// The run is over and everything was given.
    End,
}

impl Tail {
    /// Waits for what comes next.
    pub async fn next(&mut self) -> Result<Followed> {
        loop {
            self.wake.mark_unchanged();
            // Asked before the events are read: what is written in between is not missed, only found a round later.
            let line = self.engine.store().run_line(&self.run).await?.ok_or_else(|| not_found("this run"))?;
            let events = self.engine.store().everything(&self.run, self.after, BATCH).await?;
            if let Some(last) = events.last() {
                self.after = last.seq;
                return Ok(Followed::Events(events));
            }
            if line.outcome.is_some() {
                return Ok(Followed::End);
            }
            let _ = tokio::time::timeout(LOOK_AGAIN, self.wake.changed()).await;
        }
    }
}

impl Engine {
    /// Everything the run page shows to `viewer` at first.
    pub async fn run(&self, viewer: &Person, id: &RunId) -> Result<RunView> {
        let line = self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        let request = self.store().request(&line.request).await?.ok_or_else(|| not_found("the request of this run"))?;
        // Everything up to one number, so that the page can follow from there without gap or repeat.
        let state = self.state(id).await?;
        let from = self.store().output_tail(id, FIRST_OUTPUT).await?;
        let mut output = self.store().output(id, None, from, FIRST_OUTPUT).await?;
        output.retain(|event| event.seq <= state.seq);
        let may_abort = why_not_abort(viewer, &state);
        Ok(RunView { line, plan: request.plan, state, output_cut: from > 0, output, may_abort, now: self.now() })
    }

    pub(crate) async fn state(&self, id: &RunId) -> Result<RunState> {
        let events = self.store().events(id, 0).await?;
        RunState::fold(&events).map_err(|source| EngineError::Journal { run: id.to_string(), source })
    }

    /// Follows a run from after that event number.
    pub async fn follow(&self, id: &RunId, after: i64) -> Result<Tail> {
        let wake = self.0.wakes.subscribe(id);
        self.store().run_line(id).await?.ok_or_else(|| not_found("this run"))?;
        Ok(Tail { engine: self.clone(), run: id.clone(), after, wake })
    }

    /// Output of one step, or of the run, from after that event number; at most `limit` chunks.
    pub async fn output(&self, id: &RunId, step: Option<&StepId>, after: i64, limit: u32) -> Result<Vec<Event>> {
        self.store().output(id, step, after, limit.min(5000)).await
    }

    /// Stops what is under way, then runs `finally`. Asking twice is asking once.
    pub async fn abort(&self, by: &Person, id: &RunId, reason: &str) -> Result<()> {
        if reason.len() > 4000 {
            return Err(invalid("reason", "at most 4000 characters are allowed"));
        }
        let state = self.state(id).await?;
        if state.abort.is_some() {
            return Ok(());
        }
        why_not_abort(by, &state).map_err(conflict)?;
        let at = self.now();
        let mut tx = self.store().write().await?;
        let event = EventKind::AbortRequested { by: by.name.clone(), reason: reason.trim().to_owned() };
        let appended = journal::append(&mut tx, id, Author::Person, at, &[event.into()]).await;
        appended.map_err(|error| match error {
            EngineError::Fenced => conflict("the run is over"),
            other => other,
        })?;
        let deed = Deed { who: &by.name, what: "run.aborted", subject: id.as_str(), detail: reason.trim().to_owned() };
        record(&mut tx, at, deed).await?;
        tx.commit().await?;
        self.0.wakes.wake(id);
        Ok(())
    }

    /// Runs, newest first, at most 100.
    pub async fn history(&self, filter: &HistoryFilter) -> Result<Vec<RunLine>> {
        self.store().history(filter).await
    }

    /// The audit log, newest first, before that entry, at most 200.
    pub async fn audit(&self, before: Option<i64>) -> Result<Vec<AuditEntry>> {
        self.store().audit(before).await
    }
}

fn why_not_abort(viewer: &Person, state: &RunState) -> std::result::Result<(), String> {
    match state.phase {
        Phase::Over(_) => return Err("the run is over".to_owned()),
        Phase::Finally => return Err("the run is closing what it opened; that is not cut short".to_owned()),
        Phase::Stages => {}
    }
    if state.abort.is_some() {
        return Err("an abort was asked for before".to_owned());
    }
    if !viewer.may(Role::Operator) {
        return Err(format!("this needs the role {}", Role::Operator));
    }
    Ok(())
}
