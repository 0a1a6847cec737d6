//! Words in output, and what was read of each run.
//!
//! A piece of output whose words are known is a document: a number, and which piece of which run it is. Which words it has is
//! kept by SQLite in a table of FTS5 and by PostgreSQL in a `tsvector`; both take the words that they are given (see
//! [`model::search`]) and answer with numbers. This is the one place where the two are asked in different words.
//!
//! One more word says of which environment a document is. So whoever does not see an environment passes over what was printed
//! there without a look, and neither the time nor the end of a page tells anything about it.

use model::estimate::Profile;
use model::event::{Event, EventKind};
use model::id::{EnvironmentId, RunId, StepId};
use model::search::{LONGEST_CARRY, Query, Term, carried};
use model::view::HistoryFilter;
use serde::Deserialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::history::{bound, fitting};
use super::journal::{read_event, stream_word};
use super::{Kind, Store};
use crate::access::Seen;
use crate::{EngineError, Result};

/// How far a run was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub run: RunId,
    /// Everything up to this event was read.
    pub seq: i64,
    /// The last event there is.
    pub last: i64,
    pub is_over: bool,
}

/// One pipe of one try of a step, as the database names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PipeName {
    pub step: String,
    pub attempt: i64,
    pub stream: String,
}

/// A piece of output.
#[derive(Debug)]
pub struct Piece {
    pub seq: i64,
    pub pipe: PipeName,
    pub bytes: Vec<u8>,
}

/// A document that has all the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: i64,
    pub run: RunId,
    pub seq: i64,
    /// Whether its run is seen, and fits the filter.
    pub fits: bool,
}

/// `cross join` tells SQLite in which order to go: there are few rows in `reading`, and many runs.
const READINGS: &str =
    "select reading.run, reading.seq, run.seq, cast(case when run.outcome is null then 0 else 1 end as bigint)
    from reading cross join run
    where run.id = reading.run and (reading.seq < run.seq or run.outcome is not null)
    order by run.created_at, run.id limit 1000";

const UNREAD: &str = concat!(
    "select count(*) from reading cross join run cross join environment e
     where run.id = reading.run and e.id = run.environment and ",
    fitting!(),
    " and exists (select 1 from event where event.run = run.id and event.seq > reading.seq and event.step is not null)"
);

/// All documents with the words are named that are seen, so that whoever asks knows how far was looked; `fits` says which are meant.
macro_rules! candidates {
    ($documents:literal) => {
        concat!(
            "select doc.id, doc.run, doc.seq, cast(case when ",
            fitting!(),
            " then 1 else 0 end as bigint) from (",
            $documents,
            ") found join output_doc doc on doc.id = found.id join run on run.id = doc.run
             join environment e on e.id = run.environment order by doc.id desc"
        )
    };
}

const OF_SQLITE: &str = candidates!(
    "select rowid as id from output_word where output_word match $9 and rowid < $10 order by rowid desc limit $11"
);
const OF_POSTGRES: &str =
    candidates!("select id from output_doc where words @@ cast($9 as tsquery) and id < $10 order by id desc limit $11");

impl Store {
    /// Runs of which something may not have been read yet, oldest first, at most 1,000.
    pub async fn readings(&self) -> Result<Vec<Reading>> {
        let rows = sqlx::query(READINGS).fetch_all(self.reader()).await?;
        let read = |row: &AnyRow| -> Result<Reading> {
            let run = RunId::new(row.try_get::<String, _>(0)?)?;
            Ok(Reading { run, seq: row.try_get(1)?, last: row.try_get(2)?, is_over: row.try_get::<i64, _>(3)? == 1 })
        };
        rows.iter().map(read).collect()
    }

    /// How many runs that fit have printed something that was not read yet.
    pub async fn unread(&self, filter: &HistoryFilter, seen: &Seen) -> Result<u32> {
        let count: i64 = bound(sqlx::query(UNREAD), filter, seen).fetch_one(self.reader()).await?.try_get(0)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// What a run has printed after that event, in order, at most `limit` pieces.
    pub async fn pieces_after(&self, run: &RunId, after: i64, limit: u32) -> Result<Vec<Piece>> {
        let rows = sqlx::query(
            "select seq, step, attempt, stream, bytes from event
             where run = $1 and seq > $2 and step is not null order by seq limit $3",
        )
        .bind(run.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let read = |row: &AnyRow| -> Result<Piece> {
            let pipe = PipeName { step: row.try_get(1)?, attempt: row.try_get(2)?, stream: row.try_get(3)? };
            Ok(Piece { seq: row.try_get(0)?, pipe, bytes: row.try_get(4)? })
        };
        rows.iter().map(read).collect()
    }

    /// The unfinished last line of what came through a pipe before that event.
    pub async fn carry(&self, run: &RunId, pipe: &PipeName, before: i64) -> Result<Vec<u8>> {
        let (mut carry, mut before) = (Vec::new(), before);
        while carry.len() < LONGEST_CARRY {
            let row = sqlx::query(
                "select seq, bytes from event
                 where run = $1 and step = $2 and attempt = $3 and stream = $4 and seq < $5 order by seq desc limit 1",
            )
            .bind(run.as_str())
            .bind(&pipe.step)
            .bind(pipe.attempt)
            .bind(&pipe.stream)
            .bind(before)
            .fetch_optional(self.reader())
            .await?;
            let Some(row) = row else { break };
            before = row.try_get(0)?;
            let bytes: Vec<u8> = row.try_get(1)?;
            let is_begun_here = bytes.contains(&b'\n');
            carry = carried(&[], &[bytes, carry].concat());
            if is_begun_here {
                break;
            }
        }
        Ok(carry)
    }

    /// Keeps the words of pieces of a run, and that it was read from one event up to another. `false`, and nothing is kept, when
    /// somebody else was faster.
    pub async fn read_on(&self, run: &RunId, (from, to): (i64, i64), words: &[(i64, String)]) -> Result<bool> {
        let mut tx = self.write().await?;
        let moved = sqlx::query("update reading set seq = $3 where run = $1 and seq = $2")
            .bind(run.as_str())
            .bind(from)
            .bind(to)
            .execute(&mut *tx)
            .await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        let environment: String = sqlx::query_scalar("select environment from run where id = $1")
            .bind(run.as_str())
            .fetch_one(&mut *tx)
            .await?;
        let place = place_word(&EnvironmentId::new(environment)?);
        let count = i64::try_from(words.len()).unwrap_or(i64::MAX);
        let last: i64 =
            sqlx::query_scalar("update counter set value = value + $1 where name = 'output_doc' returning value")
                .bind(count)
                .fetch_one(&mut *tx)
                .await?;
        for (id, (seq, words)) in (last - count + 1..).zip(words) {
            let document = match self.kind {
                Kind::Sqlite => sqlx::query("insert into output_doc (id, run, seq) values ($1, $2, $3)"),
                Kind::Postgres => sqlx::query(
                    "insert into output_doc (id, run, seq, words)
                     values ($1, $2, $3, array_to_tsvector(string_to_array($4, ' ')))",
                ),
            };
            let document = document.bind(id).bind(run.as_str()).bind(*seq);
            let words = format!("{words} {place}");
            match self.kind {
                Kind::Sqlite => {
                    document.execute(&mut *tx).await?;
                    let entry = sqlx::query("insert into output_word (rowid, words) values ($1, $2)");
                    entry.bind(id).bind(words).execute(&mut *tx).await?;
                }
                Kind::Postgres => {
                    document.bind(words).execute(&mut *tx).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A run is over and was read to its end; what can be learned from it is kept.
    pub async fn read_to_the_end(&self, reading: &Reading, profile: Option<&Profile>) -> Result<()> {
        let run = reading.run.as_str();
        let mut tx = self.write().await?;
        let gone = sqlx::query("delete from reading where run = $1 and seq = $2");
        let gone = gone.bind(run).bind(reading.seq).execute(&mut *tx).await?.rows_affected() == 1;
        if let Some(profile) = profile.filter(|_| gone) {
            let body =
                serde_json::to_string(profile).map_err(|error| EngineError::damaged("run_profile", run, error))?;
            sqlx::query("insert into run_profile (run, steps, body) values ($1, $2, $3) on conflict (run) do nothing")
                .bind(run)
                .bind(i64::from(profile.steps))
                .bind(body)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Documents older than `before` that are seen and have all the words, newest first, at most `limit`.
    pub async fn candidates(
        &self,
        query: &Query,
        (filter, seen): (&HistoryFilter, &Seen),
        before: i64,
        limit: u32,
    ) -> Result<Vec<Candidate>> {
        let places = places(filter, seen);
        if places.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let (sql, text) = match self.kind {
            Kind::Sqlite => (OF_SQLITE, in_fts5(&query.terms(), places)),
            Kind::Postgres => (OF_POSTGRES, in_tsquery(&query.terms(), places)),
        };
        let asked = bound(sqlx::query(sql), filter, seen).bind(text).bind(before).bind(i64::from(limit));
        let rows = asked.fetch_all(self.reader()).await?;
        let read = |row: &AnyRow| -> Result<Candidate> {
            let run = RunId::new(row.try_get::<String, _>(1)?)?;
            let fits = row.try_get::<i64, _>(3)? == 1;
            Ok(Candidate { id: row.try_get(0)?, run, seq: row.try_get(2)?, fits })
        };
        rows.iter().map(read).collect()
    }

    /// One piece of output as it was stored, with what the pieces before it had left of an unfinished line.
    pub async fn piece(&self, run: &RunId, seq: i64) -> Result<Option<(Event, Vec<u8>, Vec<u8>)>> {
        let row =
            sqlx::query("select seq, at, kind, bytes from event where run = $1 and seq = $2 and step is not null")
                .bind(run.as_str())
                .bind(seq)
                .fetch_optional(self.reader())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let (event, bytes) = (read_event(&row, None)?, row.try_get::<Vec<u8>, _>(3)?);
        let EventKind::Output { step, attempt, stream, .. } = &event.kind else { return Ok(None) };
        let stream = stream_word(*stream).to_owned();
        let pipe = PipeName { step: step.to_string(), attempt: i64::from(*attempt), stream };
        let carry = self.carry(run, &pipe, seq).await?;
        Ok(Some((event, carry, bytes)))
    }

    /// What the steps of a run are called. A plan may be large: nothing else of it is read.
    pub async fn titles(&self, run: &RunId) -> Result<Vec<(StepId, String)>> {
        let plan: String = sqlx::query_scalar(
            "select request.plan from request join run on run.request = request.id where run.id = $1",
        )
        .bind(run.as_str())
        .fetch_one(self.reader())
        .await?;
        let titles: Titles =
            serde_json::from_str(&plan).map_err(|error| EngineError::damaged("request", run.as_str(), error))?;
        let steps = titles.stages.into_iter().flat_map(|stage| stage.steps).chain(titles.finally);
        Ok(steps.map(|step| (step.id, step.title)).collect())
    }
}

#[derive(Deserialize)]
struct Titles {
    stages: Vec<StageTitles>,
    finally: Vec<Title>,
}

#[derive(Deserialize)]
struct StageTitles {
    steps: Vec<Title>,
}

#[derive(Deserialize)]
struct Title {
    id: StepId,
    title: String,
}

/// What a document of this environment has among its words. No word of a text has this sign.
pub(super) fn place_word(environment: &EnvironmentId) -> String {
    format!("\u{a7}{}", environment.as_str().replace('-', ""))
}

/// Of which environments documents may be; `None`: of all.
fn places(filter: &HistoryFilter, seen: &Seen) -> Option<Vec<String>> {
    match (&filter.environment, seen) {
        (None, Seen::All) => None,
        (Some(one), Seen::All) => Some(vec![place_word(one)]),
        (Some(one), Seen::Only(ids)) => Some(ids.iter().filter(|id| *id == one).map(place_word).collect()),
        (None, Seen::Only(ids)) => Some(ids.iter().map(place_word).collect()),
    }
}

/// Words are letters and digits, so nothing in them means anything to either database.
pub(super) fn in_fts5(terms: &[Term], places: Option<Vec<String>>) -> String {
    let term = |term: &Term| match term {
        Term::Word(word) => format!("\"{word}\""),
        Term::Beginning(word) => format!("\"{word}\" *"),
    };
    let places = places.map(|all| all.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(" OR "));
    let terms = terms.iter().map(term).chain(places.map(|all| format!("({all})")));
    terms.collect::<Vec<_>>().join(" AND ")
}

pub(super) fn in_tsquery(terms: &[Term], places: Option<Vec<String>>) -> String {
    let term = |term: &Term| match term {
        Term::Word(word) => format!("'{word}'"),
        Term::Beginning(word) => format!("'{word}':*"),
    };
    let places = places.map(|all| all.iter().map(|one| format!("'{one}'")).collect::<Vec<_>>().join(" | "));
    let terms = terms.iter().map(term).chain(places.map(|all| format!("({all})")));
    terms.collect::<Vec<_>>().join(" & ")
}
