//! The journal: runs and their events. Append-only; one sequence of numbers per run for events and output alike.

use model::environment::Environment;
use model::event::{Event, EventKind, Outcome, Stream};
use model::id::{EnvironmentId, RequestId, RunId, StepId};
use model::plan::Plan;
use model::procedure::Procedure;
use model::run::{Phase, RunState};
use model::time::Timestamp;
use model::view::RunLine;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// Who appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A person: decisions carry no epoch.
    Person,
    /// The executor that has taken the run up this often.
    Executor(i64),
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct Fact {
    pub kind: EventKind,
    pub output: Option<Bytes>,
}

impl From<EventKind> for Fact {
    fn from(kind: EventKind) -> Self {
        Self { kind, output: None }
    }
}

/// Output that goes with an event.
#[derive(Debug, Clone)]
pub struct Bytes {
    pub attempt: u32,
    pub stream: Stream,
    /// From and to which byte of the pipe, as the host counts them.
    pub start: u64,
    pub stop: u64,
    /// What is stored: secrets are taken out before.
    pub stored: Vec<u8>,
}

/// What lists show of a run besides its events; written with them.
#[derive(Debug, Clone, Default)]
pub struct Visible {
    pub steps_done: usize,
    pub alarm: Option<String>,
    pub outcome: Option<Outcome>,
}

impl Visible {
    /// What lists show of a run in this state.
    #[must_use]
    pub fn of(state: &RunState, plan: &Plan) -> Self {
        Self {
            steps_done: state.steps_done(),
            alarm: state.alarm(plan),
            outcome: match state.phase {
                Phase::Over(outcome) => Some(outcome),
                Phase::Stages | Phase::Finally => None,
            },
        }
    }
}

/// Who has a run, and signs of life. An executor counts up `beat`; whoever sees it stand still for longer than a lease
/// may take the run up. No clock of another machine is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub run: RunId,
    pub epoch: i64,
    pub beat: i64,
    /// `None`: nobody has it.
    pub holder: Option<String>,
}

/// A run that is to be created.
#[derive(Debug)]
pub struct NewRun<'a> {
    pub id: &'a RunId,
    pub request: &'a RequestId,
    pub environment: &'a EnvironmentId,
    pub procedure: Procedure,
    pub by: &'a str,
    pub at: Timestamp,
    pub steps_total: usize,
}

/// Creates a run; `false` when the environment has one under way.
pub async fn create(tx: &mut Transaction<'static, Any>, run: &NewRun<'_>) -> Result<bool> {
    let written = sqlx::query(
        "insert into run (id, request, environment, procedure, by_name, created_at, steps_total)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (environment) where outcome is null do nothing",
    )
    .bind(run.id.as_str())
    .bind(run.request.as_str())
    .bind(run.environment.as_str())
    .bind(run.procedure.word())
    .bind(run.by)
    .bind(run.at.0)
    .bind(i64::try_from(run.steps_total).unwrap_or(i64::MAX))
    .execute(&mut **tx)
    .await?;
    // It is to be read, so that it can be searched.
    sqlx::query("insert into reading (run, seq) select id, 0 from run where id = $1 on conflict (run) do nothing")
        .bind(run.id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// The request a run came from, and the login name of who started it.
pub async fn origin(tx: &mut Transaction<'static, Any>, run: &RunId) -> Result<(RequestId, String)> {
    let row = sqlx::query("select request, by_name from run where id = $1").bind(run.as_str());
    let row = row.fetch_one(&mut **tx).await?;
    Ok((RequestId::new(row.try_get::<String, _>(0)?)?, row.try_get(1)?))
}

/// Takes a run up: raises its epoch, so that an older executor can no longer write. `None` when it is over, or when
/// somebody has moved since `seen`.
pub async fn claim(tx: &mut Transaction<'static, Any>, run: &RunId, seen: &Lease, holder: &str) -> Result<Option<i64>> {
    let query = sqlx::query_scalar(
        "update run set epoch = epoch + 1, beat = beat + 1, holder = $4
         where id = $1 and outcome is null and epoch = $2 and beat = $3 returning epoch",
    );
    let query = query.bind(run.as_str()).bind(seen.epoch).bind(seen.beat).bind(holder);
    Ok(query.fetch_optional(&mut **tx).await?)
}

/// Keeps others from writing to a run until the transaction ends; `false` when it is over.
pub async fn lock(tx: &mut Transaction<'static, Any>, run: &RunId) -> Result<bool> {
    let locked = sqlx::query("update run set seq = seq where id = $1 and outcome is null")
        .bind(run.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// Appends facts in order and returns the number of the last one.
///
/// # Errors
/// [`EngineError::Fenced`] when a later executor has claimed the run, or when it is over.
pub async fn append(
    tx: &mut Transaction<'static, Any>,
    run: &RunId,
    author: Author,
    at: Timestamp,
    facts: &[Fact],
) -> Result<i64> {
    let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
    // An executor names its epoch; a person's decision fits any.
    let epoch = match author {
        Author::Person => -1,
        Author::Executor(epoch) => epoch,
    };
    let last: Option<i64> = sqlx::query_scalar(
        "update run set seq = seq + $2 where id = $1 and outcome is null and ($3 = -1 or epoch = $3) returning seq",
    )
    .bind(run.as_str())
    .bind(count)
    .bind(epoch)
    .fetch_optional(&mut **tx)
    .await?;
    let last = last.ok_or(EngineError::Fenced)?;
    for (fact, seq) in facts.iter().zip(last - count + 1..) {
        insert(tx, run, seq, at, fact).await?;
    }
    Ok(last)
}

async fn insert(tx: &mut Transaction<'static, Any>, run: &RunId, seq: i64, at: Timestamp, fact: &Fact) -> Result<()> {
    let kind = serde_json::to_string(&fact.kind).map_err(|error| EngineError::damaged("event", run.as_str(), error))?;
    let query = match &fact.output {
        None => sqlx::query("insert into event (run, seq, at, kind) values ($1, $2, $3, $4)"),
        Some(_) => sqlx::query(
            "insert into event (run, seq, at, kind, step, attempt, stream, start, stop, bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ),
    };
    let query = query.bind(run.as_str()).bind(seq).bind(at.0).bind(kind);
    let query = match &fact.output {
        None => query,
        Some(bytes) => query
            .bind(fact.kind.step().map_or("", StepId::as_str))
            .bind(i64::from(bytes.attempt))
            .bind(stream_word(bytes.stream))
            .bind(signed(bytes.start))
            .bind(signed(bytes.stop))
            .bind(bytes.stored.clone()),
    };
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Writes what lists show, in the commit of the events it follows from.
pub async fn show(tx: &mut Transaction<'static, Any>, run: &RunId, at: Timestamp, visible: &Visible) -> Result<()> {
    sqlx::query(
        "update run set steps_done = $2, alarm = $3, outcome = $4, ended_at = $5,
            progressed_at = case when steps_done <> $2 then $6 else progressed_at end
         where id = $1",
    )
    .bind(run.as_str())
    .bind(i64::try_from(visible.steps_done).unwrap_or(i64::MAX))
    .bind(visible.alarm.as_deref())
    .bind(visible.outcome.map(Outcome::word))
    .bind(visible.outcome.map(|_| at.0))
    .bind(at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

const EVENTS: &str = "select seq, at, kind from event where run = $1 and seq > $2 and step is null order by seq";

/// As [`Store::events`], within a transaction.
pub async fn events(tx: &mut Transaction<'static, Any>, run: &RunId, after: i64) -> Result<Vec<Event>> {
    let rows = sqlx::query(EVENTS).bind(run.as_str()).bind(after).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| read_event(row, None)).collect()
}

impl Store {
    /// Events above that number without output, in order: what the fold needs.
    pub async fn events(&self, run: &RunId, after: i64) -> Result<Vec<Event>> {
        let rows = sqlx::query(EVENTS).bind(run.as_str()).bind(after).fetch_all(self.reader()).await?;
        rows.iter().map(|row| read_event(row, None)).collect()
    }

    /// Events and output above that number, in order, at most `limit`: what a viewer needs.
    pub async fn everything(&self, run: &RunId, after: i64, limit: u32) -> Result<Vec<Event>> {
        let rows =
            sqlx::query("select seq, at, kind, bytes from event where run = $1 and seq > $2 order by seq limit $3")
                .bind(run.as_str())
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .await?;
        rows.iter().map(|row| read_event(row, row.try_get(3)?)).collect()
    }

    /// As [`Store::everything`], with output as the bytes that were stored.
    pub async fn with_bytes(&self, run: &RunId, after: i64, limit: u32) -> Result<Vec<(Event, Option<Vec<u8>>)>> {
        let rows =
            sqlx::query("select seq, at, kind, bytes from event where run = $1 and seq > $2 order by seq limit $3")
                .bind(run.as_str())
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .await?;
        rows.iter().map(|row| Ok((read_event(row, None)?, row.try_get(3)?))).collect()
    }

    /// Output above that number, of one step or of all, at most `limit` chunks.
    pub async fn output(&self, run: &RunId, step: Option<&StepId>, after: i64, limit: u32) -> Result<Vec<Event>> {
        let rows = sqlx::query(
            "select seq, at, kind, bytes from event
             where run = $1 and seq > $2 and step is not null and ($3 = '' or step = $3) order by seq limit $4",
        )
        .bind(run.as_str())
        .bind(after)
        .bind(step.map_or("", StepId::as_str))
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| read_event(row, row.try_get(3)?)).collect()
    }

    /// The last `limit` chunks of output below that number, oldest first.
    pub async fn output_before(&self, run: &RunId, before: i64, limit: u32) -> Result<Vec<Event>> {
        let rows = sqlx::query(
            "select seq, at, kind, bytes from event where run = $1 and seq < $2 and step is not null
             order by seq desc limit $3",
        )
        .bind(run.as_str())
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().rev().map(|row| read_event(row, row.try_get(3)?)).collect()
    }

    /// Up to which byte the pipes of an attempt have been stored: (stdout, stderr).
    pub async fn stored(&self, run: &RunId, step: &StepId, attempt: u32) -> Result<(u64, u64)> {
        let rows = sqlx::query(
            "select stream, max(stop) from event where run = $1 and step = $2 and attempt = $3 group by stream",
        )
        .bind(run.as_str())
        .bind(step.as_str())
        .bind(i64::from(attempt))
        .fetch_all(self.reader())
        .await?;
        let mut stored = (0, 0);
        for row in &rows {
            let stream: String = row.try_get(0)?;
            let stop = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
            if stream == stream_word(Stream::Stdout) { stored.0 = stop } else { stored.1 = stop }
        }
        Ok(stored)
    }

    /// Who has the runs that are not over, oldest first.
    pub async fn leases(&self) -> Result<Vec<Lease>> {
        let rows = sqlx::query("select id, epoch, beat, holder from run where outcome is null order by created_at")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read_lease).collect()
    }

    /// Who has that run; `None` when it is over.
    pub async fn lease(&self, run: &RunId) -> Result<Option<Lease>> {
        let row = sqlx::query("select id, epoch, beat, holder from run where id = $1 and outcome is null")
            .bind(run.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read_lease).transpose()
    }

    /// Says that the executor of that epoch is alive; `false` when the run is no longer its own.
    pub async fn beat(&self, run: &RunId, epoch: i64) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query("update run set beat = beat + 1 where id = $1 and epoch = $2 and outcome is null")
            .bind(run.as_str())
            .bind(epoch)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets go of a run, if it is still that epoch's.
    pub async fn release(&self, run: &RunId, epoch: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("update run set holder = null, beat = beat + 1 where id = $1 and epoch = $2")
            .bind(run.as_str())
            .bind(epoch)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// One run as lists show it.
    pub async fn run_line(&self, id: &RunId) -> Result<Option<RunLine>> {
        let row = sqlx::query(RUN_LINE_BY_ID).bind(id.as_str()).fetch_optional(self.reader()).await?;
        row.as_ref().map(read_line).transpose()
    }

    /// The run that holds an environment, and the last one that ended.
    pub async fn runs_of(&self, environment: &EnvironmentId) -> Result<(Option<RunLine>, Option<RunLine>)> {
        let active = sqlx::query(RUN_LINE_ACTIVE).bind(environment.as_str()).fetch_optional(self.reader()).await?;
        let last = sqlx::query(RUN_LINE_LAST).bind(environment.as_str()).fetch_optional(self.reader()).await?;
        Ok((active.as_ref().map(read_line).transpose()?, last.as_ref().map(read_line).transpose()?))
    }
}

/// Builds a query over the columns that [`read_line`] expects.
macro_rules! run_lines {
    ($($rest:tt)*) => {
        concat!(
            "select run.id, run.request, run.procedure, run.environment, e.settings, run.by_name, run.created_at,
             run.ended_at, run.outcome, run.alarm, run.steps_done, run.steps_total
             from run join environment e on e.id = run.environment ",
            $($rest)*
        )
    };
}
pub(super) use run_lines;

const RUN_LINE_BY_ID: &str = run_lines!("where run.id = $1");
const RUN_LINE_ACTIVE: &str = run_lines!("where run.environment = $1 and run.outcome is null");
const RUN_LINE_LAST: &str =
    run_lines!("where run.environment = $1 and run.outcome is not null order by run.ended_at desc limit 1");
pub(super) fn read_line(row: &AnyRow) -> Result<RunLine> {
    let id: String = row.try_get(0)?;
    let damaged = |why: String| EngineError::damaged("run", id.clone(), why);
    let procedure: String = row.try_get(2)?;
    let settings: String = row.try_get(4)?;
    let environment: Environment = serde_json::from_str(&settings).map_err(|error| damaged(error.to_string()))?;
    let outcome: Option<String> = row.try_get(8)?;
    Ok(RunLine {
        id: RunId::new(id.clone())?,
        request: RequestId::new(row.try_get::<String, _>(1)?)?,
        procedure: Procedure::ALL
            .into_iter()
            .find(|known| known.word() == procedure)
            .ok_or_else(|| damaged(format!("procedure {procedure:?}")))?,
        environment: EnvironmentId::new(row.try_get::<String, _>(3)?)?,
        environment_name: environment.name,
        platform: environment.platform.platform(),
        risk: environment.risk,
        by: row.try_get(5)?,
        created_at: Timestamp(row.try_get(6)?),
        ended_at: row.try_get::<Option<i64>, _>(7)?.map(Timestamp),
        outcome: outcome
            .as_deref()
            .map(|word| read_outcome(word).ok_or_else(|| damaged(format!("outcome {word:?}"))))
            .transpose()?,
        alarm: row.try_get(9)?,
        steps_done: u32::try_from(row.try_get::<i64, _>(10)?).unwrap_or(0),
        steps_total: u32::try_from(row.try_get::<i64, _>(11)?).unwrap_or(0),
        left: None,
    })
}

fn read_lease(row: &AnyRow) -> Result<Lease> {
    let run = RunId::new(row.try_get::<String, _>(0)?)?;
    Ok(Lease { run, epoch: row.try_get(1)?, beat: row.try_get(2)?, holder: row.try_get(3)? })
}

pub(super) fn read_outcome(word: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
}

pub(super) fn read_event(row: &AnyRow, bytes: Option<Vec<u8>>) -> Result<Event> {
    let seq: i64 = row.try_get(0)?;
    let json: String = row.try_get(2)?;
    let mut kind: EventKind =
        serde_json::from_str(&json).map_err(|error| EngineError::damaged("event", seq.to_string(), error))?;
    if let (EventKind::Output { text, .. }, Some(bytes)) = (&mut kind, bytes) {
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }
    Ok(Event { seq, at: Timestamp(row.try_get(1)?), kind })
}

pub(crate) const fn stream_word(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}
