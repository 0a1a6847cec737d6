//! What one run has printed, from any place on. Every question is answered by an index: a run may have printed a million lines, and a
//! page of them must not cost more than a page of a short one.

use model::event::{Event, EventKind};
use model::id::{EnvironmentId, HostName, RunId, StepId};
use model::search::Query;
use model::time::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::journal::read_event;
use super::search::{in_fts5, in_tsquery, place_word};
use super::{Kind, Store};
use crate::Result;

/// In which order pieces are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// Numbers of events, both ends left out.
pub type Between = (i64, i64);

/// How large a piece is, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub seq: i64,
    pub bytes: i64,
}

macro_rules! sizes {
    ($of:literal, $order:literal) => {
        concat!(
            "select seq, cast(length(bytes) as bigint) from event where run = $1 and seq > $2 and seq < $3 and ",
            $of,
            " order by seq ",
            $order,
            " limit $4"
        )
    };
}

macro_rules! documents_of_sqlite {
    ($order:literal) => {
        concat!(
            "select doc.seq from output_word join output_doc doc on doc.id = output_word.rowid
             where output_word match $1 and output_word.rowid >= $2 and output_word.rowid <= $3
               and doc.run = $4 and doc.seq > $5 and doc.seq < $6 order by output_word.rowid ",
            $order,
            " limit $7"
        )
    };
}

macro_rules! documents_of_postgres {
    ($order:literal) => {
        concat!(
            "select seq from output_doc where words @@ cast($1 as tsquery) and id >= $2 and id <= $3
             and run = $4 and seq > $5 and seq < $6 order by id ",
            $order,
            " limit $7"
        )
    };
}

/// From one step that has printed something to the next, without the pieces between.
const HOSTS: &str = "with recursive printed (step) as (
        select min(step) from event where run = $1 and step is not null
        union all
        select (select min(event.step) from event where event.run = $1 and event.step > printed.step)
        from printed where printed.step is not null
    )
    select printed.step, (select event.kind from event where event.run = $1 and event.step = printed.step limit 1)
    from printed where printed.step is not null";

impl Store {
    /// Which steps have printed something so far, and where.
    pub async fn hosts_that_printed(&self, run: &RunId) -> Result<Vec<(StepId, HostName)>> {
        let rows = sqlx::query(HOSTS).bind(run.as_str()).fetch_all(self.reader()).await?;
        let mut found = Vec::new();
        for row in &rows {
            let step = StepId::new(row.try_get::<String, _>(0)?)?;
            let kind: String = row.try_get(1)?;
            let kind = serde_json::from_str(&kind)
                .map_err(|error| crate::EngineError::damaged("event", run.as_str(), error))?;
            if let EventKind::Output { host, .. } = kind {
                found.push((step, host));
            }
        }
        Ok(found)
    }

    /// How large the pieces of one step, or of all, are, at most `limit` of them.
    pub async fn sizes(
        &self,
        run: &RunId,
        step: Option<&StepId>,
        (after, before): Between,
        (order, limit): (Order, u32),
    ) -> Result<Vec<Size>> {
        let sql = match (step, order) {
            (None, Order::OldestFirst) => sizes!("step is not null", "asc"),
            (None, Order::NewestFirst) => sizes!("step is not null", "desc"),
            (Some(_), Order::OldestFirst) => sizes!("step = $5", "asc"),
            (Some(_), Order::NewestFirst) => sizes!("step = $5", "desc"),
        };
        let query = sqlx::query(sql).bind(run.as_str()).bind(after).bind(before).bind(i64::from(limit));
        let query = match step {
            Some(step) => query.bind(step.as_str()),
            None => query,
        };
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(|row: &AnyRow| Ok(Size { seq: row.try_get(0)?, bytes: row.try_get(1)? })).collect()
    }

    /// The pieces of one step, or of all, in order.
    pub async fn output_between(
        &self,
        run: &RunId,
        step: Option<&StepId>,
        (after, before): Between,
    ) -> Result<Vec<Event>> {
        let sql = match step {
            None => {
                "select seq, at, kind, bytes from event
                 where run = $1 and seq > $2 and seq < $3 and step is not null order by seq"
            }
            Some(_) => {
                "select seq, at, kind, bytes from event
                 where run = $1 and seq > $2 and seq < $3 and step = $4 order by seq"
            }
        };
        let query = sqlx::query(sql).bind(run.as_str()).bind(after).bind(before);
        let query = match step {
            Some(step) => query.bind(step.as_str()),
            None => query,
        };
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(|row| read_event(row, row.try_get(3)?)).collect()
    }

    /// The first event of that time or a later one; one more than the last if there is none. Events are recorded in the order of
    /// their numbers, so twenty looks are enough for a million.
    pub async fn event_at(&self, run: &RunId, last: i64, at: Timestamp) -> Result<i64> {
        let (mut low, mut high) = (1, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let found: Option<i64> = sqlx::query_scalar("select at from event where run = $1 and seq = $2")
                .bind(run.as_str())
                .bind(middle)
                .fetch_optional(self.reader())
                .await?;
            if found.is_some_and(|found| found < at.0) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// Where a try of a step begins to complain; where it ends, if it does not.
    pub async fn complaint(&self, run: &RunId, step: &StepId, attempt: u32) -> Result<Option<i64>> {
        let ask = |sql: &'static str| {
            let query = sqlx::query_scalar::<_, Option<i64>>(sql);
            query.bind(run.as_str()).bind(step.as_str()).bind(i64::from(attempt)).fetch_one(self.reader())
        };
        let first =
            ask("select min(seq) from event where run = $1 and step = $2 and attempt = $3 and stream = 'stderr'")
                .await?;
        match first {
            Some(first) => Ok(Some(first)),
            None => Ok(ask("select max(seq) from event where run = $1 and step = $2 and attempt = $3").await?),
        }
    }

    /// Pieces of a run that have all the words of a text, at most `limit`.
    pub async fn documents(
        &self,
        (run, environment): (&RunId, &EnvironmentId),
        query: &Query,
        (after, before): Between,
        (order, limit): (Order, u32),
    ) -> Result<Vec<i64>> {
        // Documents of other runs that were read meanwhile lie between.
        let end = |sql: &'static str| {
            let query = sqlx::query_scalar::<_, i64>(sql).bind(run.as_str()).bind(after).bind(before);
            query.fetch_optional(self.reader())
        };
        let first =
            end("select id from output_doc where run = $1 and seq > $2 and seq < $3 order by seq limit 1").await?;
        let last =
            end("select id from output_doc where run = $1 and seq > $2 and seq < $3 order by seq desc limit 1").await?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        let places = Some(vec![place_word(environment)]);
        let (sql, words) = match (self.kind, order) {
            (Kind::Sqlite, Order::OldestFirst) => (documents_of_sqlite!("asc"), in_fts5(&query.terms(), places)),
            (Kind::Sqlite, Order::NewestFirst) => (documents_of_sqlite!("desc"), in_fts5(&query.terms(), places)),
            (Kind::Postgres, Order::OldestFirst) => (documents_of_postgres!("asc"), in_tsquery(&query.terms(), places)),
            (Kind::Postgres, Order::NewestFirst) => {
                (documents_of_postgres!("desc"), in_tsquery(&query.terms(), places))
            }
        };
        let rows = sqlx::query(sql)
            .bind(words)
            .bind(first)
            .bind(last)
            .bind(run.as_str())
            .bind(after)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Whether a run has printed something that cannot be searched yet.
    pub async fn has_unread(&self, run: &RunId) -> Result<bool> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from reading where run = $1 and exists (
                select 1 from event where event.run = reading.run and event.seq > reading.seq and event.step is not null)",
        )
        .bind(run.as_str())
        .fetch_one(self.reader())
        .await?;
        Ok(count > 0)
    }
}
