//! What is kept of a run for its evidence pack, and read for it, besides the run itself.

use model::audit::AuditEntry;
use model::event::{Event, EventKind, Stream};
use model::evidence::{AuditLine, Printed};
use model::id::{AuditHash, EnvironmentId, RequestId, RunId, StepId};
use model::inventory::Inventory;
use model::time::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use super::audit::{hash_of, log_of, read};
use super::journal::{read_event, stream_word};
use crate::{EngineError, Result};

/// Remembers with a new run what its environment was like when somebody last looked, and what the policies asked for.
pub async fn remember_start(
    tx: &mut Transaction<'static, Any>,
    run: &RunId,
    environment: &EnvironmentId,
    policy: &str,
) -> Result<()> {
    sqlx::query(
        "insert into run_inventory (run, moment, taken_at, facts)
         select $1, 'before', taken_at, facts from inventory
         where environment = $2 and taken_at is not null and facts is not null",
    )
    .bind(run.as_str())
    .bind(environment.as_str())
    .execute(&mut **tx)
    .await?;
    sqlx::query("insert into run_policy (run, body) values ($1, $2)")
        .bind(run.as_str())
        .bind(policy)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Remembers the first look after the latest run of an environment with that run. One that began before the run was over does
/// not count, nor does one after another run has begun.
pub async fn remember_after(
    tx: &mut Transaction<'static, Any>,
    environment: &EnvironmentId,
    inventory: &Inventory,
    facts: &str,
) -> Result<()> {
    sqlx::query(
        "insert into run_inventory (run, moment, taken_at, facts)
         select id, 'after', $2, $3 from run
         where environment = $1 and outcome is not null and ended_at <= $2
         and created_at = (select max(created_at) from run where environment = $1)
         and not exists (select 1 from run other where other.environment = $1 and other.outcome is null)
         on conflict (run, moment) do nothing",
    )
    .bind(environment.as_str())
    .bind(inventory.taken_at.0)
    .bind(facts)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What was kept of a run when it was started and after it.
#[derive(Debug, Default)]
pub struct Kept {
    /// The environment before: when it was seen, and what.
    pub before: Option<(Timestamp, Value)>,
    /// The environment after.
    pub after: Option<(Timestamp, Value)>,
    /// What the policies asked for, as canonical JSON.
    pub policy: Option<String>,
}

/// What one try of a step has printed to one pipe.
pub type Pipe = (StepId, u32, Stream);

impl Store {
    /// The number of a run's last event, output included.
    pub async fn last_event(&self, run: &RunId) -> Result<i64> {
        Ok(sqlx::query_scalar("select seq from run where id = $1").bind(run.as_str()).fetch_one(self.reader()).await?)
    }

    /// What was kept of that run.
    pub async fn kept_of(&self, run: &RunId) -> Result<Kept> {
        let policy = sqlx::query_scalar("select body from run_policy where run = $1").bind(run.as_str());
        let mut kept = Kept { policy: policy.fetch_optional(self.reader()).await?, ..Kept::default() };
        let rows = sqlx::query("select moment, taken_at, facts from run_inventory where run = $1")
            .bind(run.as_str())
            .fetch_all(self.reader())
            .await?;
        for row in &rows {
            let (moment, facts): (String, String) = (row.try_get(0)?, row.try_get(2)?);
            let facts = serde_json::from_str(&facts)
                .map_err(|error| EngineError::damaged("run_inventory", run.as_str(), error))?;
            let seen = Some((Timestamp(row.try_get(1)?), facts));
            if moment == "before" { kept.before = seen } else { kept.after = seen }
        }
        Ok(kept)
    }

    /// What the commands of a run have printed up to an event, pipe by pipe, in the order in which they began.
    pub async fn printed(&self, run: &RunId, last: i64) -> Result<Vec<Printed>> {
        let rows = sqlx::query(
            "select head.kind from (
                 select min(seq) as seq from event where run = $1 and seq <= $2 and step is not null
                 group by step, attempt, stream
             ) begun join event head on head.run = $1 and head.seq = begun.seq order by head.seq",
        )
        .bind(run.as_str())
        .bind(last)
        .fetch_all(self.reader())
        .await?;
        let mut all = Vec::new();
        for row in &rows {
            let kind: String = row.try_get(0)?;
            let kind =
                serde_json::from_str(&kind).map_err(|error| EngineError::damaged("event", run.as_str(), error))?;
            if let EventKind::Output { step, attempt, host, stream, .. } = kind {
                all.push(Printed { step, attempt, host, stream });
            }
        }
        Ok(all)
    }

    /// What came through a pipe after one event and up to another, at most `limit` pieces, with their numbers.
    pub async fn pieces(
        &self,
        run: &RunId,
        (step, attempt, stream): &Pipe,
        (after, last): (i64, i64),
        limit: u32,
    ) -> Result<Vec<(i64, Vec<u8>)>> {
        let rows = sqlx::query(
            "select seq, bytes from event
             where run = $1 and step = $2 and attempt = $3 and stream = $4 and seq > $5 and seq <= $6
             order by seq limit $7",
        )
        .bind(run.as_str())
        .bind(step.as_str())
        .bind(i64::from(*attempt))
        .bind(stream_word(*stream))
        .bind(after)
        .bind(last)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Events after one number and up to another, at most `limit`, with the length of what they printed.
    pub async fn with_lengths(
        &self,
        run: &RunId,
        (after, last): (i64, i64),
        limit: u32,
    ) -> Result<Vec<(Event, Option<u64>)>> {
        let rows = sqlx::query(
            "select seq, at, kind, cast(length(bytes) as bigint) from event
             where run = $1 and seq > $2 and seq <= $3 order by seq limit $4",
        )
        .bind(run.as_str())
        .bind(after)
        .bind(last)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let length = |row: &AnyRow| -> Result<Option<u64>> {
            let length: Option<i64> = row.try_get(3)?;
            Ok(length.and_then(|length| u64::try_from(length).ok()))
        };
        rows.iter().map(|row| Ok((read_event(row, None)?, length(row)?))).collect()
    }

    /// The entries of the audit log about a run and its request, in order, each with the hash of the one before it.
    pub async fn audit_about(&self, run: &RunId, request: &RequestId) -> Result<Vec<AuditLine>> {
        let log: String = sqlx::query_scalar("select id from audit_log").fetch_one(self.reader()).await?;
        let log = log_of(&log)?;
        let rows = sqlx::query(
            "select a.seq, a.at, a.who, a.what, a.subject, a.detail, a.hash, b.hash
             from audit a left join audit b on b.seq = a.seq - 1
             where a.subject = $1 or a.subject = $2 order by a.seq",
        )
        .bind(run.as_str())
        .bind(request.as_str())
        .fetch_all(self.reader())
        .await?;
        let line = |row: &AnyRow| -> Result<AuditLine> {
            let entry: AuditEntry = read(row)?;
            let before: Option<String> = row.try_get(7)?;
            let before = match before {
                None if entry.seq == 1 => AuditHash::origin(&log),
                // Somebody has taken it out: a check of the pack says so.
                None => AuditHash::unfit(),
                Some(hash) => hash_of(hash),
            };
            Ok(AuditLine { before, entry })
        };
        rows.iter().map(line).collect()
    }
}
