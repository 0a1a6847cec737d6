//! Runs that were, written as if they had been carried out at that time: for a history of years that is there in minutes.

use model::event::{EventKind, How, Outcome, Stream};
use model::id::{EnvironmentId, HostName, RunId, StepId};
use model::people::Person;
use model::plan::Plan;
use model::request::Request;
use model::run::RunState;
use model::time::Timestamp;

use super::unapproved;
use crate::store::journal::{self, Author, Bytes, Fact, NewRun, Visible};
use crate::store::requests;
use crate::{Engine, EngineError, Result};

/// A run that is over.
#[derive(Debug)]
pub struct Past<'a> {
    /// Where.
    pub environment: &'a EnvironmentId,
    /// What was carried out.
    pub plan: &'a Plan,
    /// When it was started.
    pub at: Timestamp,
    /// How it ended. Of one that failed the last step did.
    pub outcome: Outcome,
    /// Where each step has printed.
    pub host: &'a HostName,
    /// What each step has printed; one step after the other.
    pub steps: Vec<(StepId, Vec<Piece>)>,
    /// When it was over.
    pub ended_at: Timestamp,
}

/// A piece of what a step has printed, and when.
pub type Piece = (Timestamp, Vec<u8>);

impl Engine {
    /// Writes a run that was, through the journal, with one commit.
    pub async fn record_past(&self, by: &Person, past: &Past<'_>) -> Result<RunId> {
        let settings = self.environment(past.environment).await?;
        let request = unapproved(by, settings, past.plan.clone(), past.at)?;
        let run = RunId::new(uuid::Uuid::now_v7().to_string())?;
        let mut tx = self.store().write().await?;
        requests::insert(&mut tx, &request).await?;
        requests::close(&mut tx, &request.id, requests::Closed::Started).await?;
        let new = NewRun {
            id: &run,
            request: &request.id,
            environment: past.environment,
            procedure: past.plan.inputs.procedure(),
            by: &by.name,
            at: past.at,
            steps_total: past.plan.steps().count(),
        };
        journal::create(&mut tx, &new).await?;
        for (at, fact) in facts(past, &request) {
            journal::append(&mut tx, &run, Author::Person, at, &[fact]).await?;
        }
        let events = journal::events(&mut tx, &run, 0).await?;
        let state = RunState::fold(&events).map_err(|source| EngineError::Journal { run: run.to_string(), source })?;
        journal::show(&mut tx, &run, past.ended_at, &Visible::of(&state, past.plan)).await?;
        tx.commit().await?;
        Ok(run)
    }
}

fn facts(past: &Past<'_>, request: &Request) -> Vec<(Timestamp, Fact)> {
    let created =
        EventKind::Created { request: request.id.clone(), digest: request.digest.clone(), by: request.by_name.clone() };
    let mut all: Vec<(Timestamp, Fact)> = vec![(past.at, created.into())];
    for (number, (step, pieces)) in past.steps.iter().enumerate() {
        let now = all.last().map_or(past.at, |(at, _)| *at);
        let started = EventKind::StepStarted { step: step.clone(), attempt: 1, spool: None, expires: None };
        all.push((now, started.into()));
        let mut start = 0;
        for (at, bytes) in pieces {
            let stop = start + bytes.len() as u64;
            all.push((*at, printed(past.host, step, start, stop, bytes)));
            start = stop;
        }
        let now = pieces.last().map_or(now, |(at, _)| *at);
        let has_failed = past.outcome == Outcome::Failed && number + 1 == past.steps.len();
        let end = if has_failed {
            EventKind::StepFailed { step: step.clone(), reason: "it ended with 1".to_owned(), again: false }
        } else {
            EventKind::StepDone { step: step.clone(), how: How::Acted, evidence: "seen".to_owned() }
        };
        all.push((now, end.into()));
    }
    all.push((past.ended_at, EventKind::Finished { outcome: past.outcome }.into()));
    all
}

fn printed(host: &HostName, step: &StepId, start: u64, stop: u64, bytes: &[u8]) -> Fact {
    let (attempt, stream) = (1, Stream::Stdout);
    let (step, host) = (step.clone(), host.clone());
    let kind = EventKind::Output { step, attempt, host, stream, offset: start, text: String::new() };
    Fact { kind, output: Some(Bytes { attempt, stream, start, stop, stored: bytes.to_vec() }) }
}
