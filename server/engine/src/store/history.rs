//! Runs that were: lists, charts, and what past runs tell about one that is under way.

use model::estimate::{MOST, Profile};
use model::id::{EnvironmentId, RunId};
use model::procedure::Procedure;
use model::time::Timestamp;
use model::trend::{MOST_POINTS, Point, Trend};
use model::view::{HistoryChoices, HistoryFilter, RunLine};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use super::Store;
use super::journal::{read_line, read_outcome, run_lines};
use super::places::seen_text;
use crate::access::Seen;
use crate::{EngineError, Result};

/// How many runs are listed at once.
pub const PAGE: usize = 100;

/// What [`bound`] gives a meaning to: runs that fit a filter and are seen.
macro_rules! fitting {
    () => {
        "($1 = '' or run.environment = $1) and ($2 = '*' or $2 like '%,' || run.procedure || ',%')
         and ($3 = '' or run.outcome = $3 or ($3 = 'running' and run.outcome is null))
         and ($4 = '%%' or lower(e.name) like $4 or lower(run.by_name) like $4 or run.id like $4)
         and ($5 = '' or lower(run.by_name) = $5) and run.created_at >= $6 and run.created_at < $7
         and ($8 = '*' or $8 like '%,' || run.environment || ',%')"
    };
}
pub(super) use fitting;

/// A query with its arguments.
pub(super) type Asked<'q> = Query<'q, Any, AnyArguments>;

/// The first eight arguments of a query in which runs have to be fitting.
pub(super) fn bound<'q>(query: Asked<'q>, filter: &HistoryFilter, seen: &Seen) -> Asked<'q> {
    let procedures = filter.procedures().map_or_else(
        || "*".to_owned(),
        |all| all.into_iter().fold(",".to_owned(), |text, one| text + one.word() + ","),
    );
    let text = filter.text.to_lowercase().replace(['%', '_'], "");
    query
        .bind(filter.environment.as_ref().map_or_else(String::new, ToString::to_string))
        .bind(procedures)
        .bind(filter.outcome.map_or("", |ending| ending.word()))
        .bind(format!("%{text}%"))
        .bind(filter.by.to_lowercase())
        .bind(filter.from.map_or(i64::MIN, |at| at.0))
        .bind(filter.until.map_or(i64::MAX, |at| at.0))
        .bind(seen_text(seen))
}

/// One more than a page, which tells whether there are older ones. Two runs of the same moment have an order, too.
const RUN_LINES: &str = run_lines!(
    "where ",
    fitting!(),
    " and ($9 = '' or (run.created_at, run.id) < (select last.created_at, last.id from run last where last.id = $9))
     order by run.created_at desc, run.id desc limit 101"
);

const TREND: &str = concat!(
    "select run.created_at, run.ended_at, run.outcome from run join environment e on e.id = run.environment where ",
    fitting!(),
    " and run.outcome is not null order by run.created_at desc limit $9"
);

/// What is known of a run under way, and of one that was like it.
#[derive(Debug)]
pub struct UnderWay {
    pub run: RunId,
    pub done: u32,
    pub of: u32,
    /// When a step was done last; when it began, if none was.
    pub since: Timestamp,
    pub past: Profile,
}

/// For each run under way, of which an environment has one, the latest ones of the same procedure there that have succeeded.
const UNDER_WAY: &str = "select id, steps_done, steps_total, since, body from (
        select now.id, now.steps_done, now.steps_total, coalesce(now.progressed_at, now.created_at) as since, p.body,
            row_number() over (partition by now.environment order by past.ended_at desc) as number
        from run now
        join run past on past.environment = now.environment and past.procedure = now.procedure
            and past.outcome in ('succeeded', 'with_errors')
        join run_profile p on p.run = past.id
            and p.steps * 4 >= now.steps_total * 3 and p.steps * 3 <= now.steps_total * 4
        where now.outcome is null
    ) alike where number <= $1";

const PROFILES: &str = "select p.body from run join run_profile p on p.run = run.id
    where run.environment = $1 and run.procedure = $2 and run.outcome in ('succeeded', 'with_errors')
    and p.steps * 4 >= $3 * 3 and p.steps * 3 <= $3 * 4
    order by run.ended_at desc limit $4";

impl Store {
    /// Runs that fit the filter, newest first, and the last of them if there are older ones: only those that are seen.
    pub async fn history(&self, filter: &HistoryFilter, seen: &Seen) -> Result<(Vec<RunLine>, Option<RunId>)> {
        let before = filter.before.as_ref().map_or_else(String::new, ToString::to_string);
        let rows = bound(sqlx::query(RUN_LINES), filter, seen).bind(before).fetch_all(self.reader()).await?;
        let runs: Vec<RunLine> = rows.iter().take(PAGE).map(read_line).collect::<Result<_>>()?;
        let older = runs.last().filter(|_| rows.len() > PAGE).map(|last| last.id.clone());
        Ok((runs, older))
    }

    /// The latest runs that fit the filter and are over, oldest first.
    pub async fn trend(&self, filter: &HistoryFilter, seen: &Seen) -> Result<Trend> {
        let most = i64::try_from(MOST_POINTS).unwrap_or(i64::MAX);
        let rows = bound(sqlx::query(TREND), filter, seen).bind(most + 1).fetch_all(self.reader()).await?;
        let read = |row: &AnyRow| -> Result<Point> {
            let (at, ended, outcome): (i64, i64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let damaged = || EngineError::damaged("run", at.to_string(), format!("outcome {outcome:?}"));
            let outcome = read_outcome(&outcome).ok_or_else(damaged)?;
            Ok(Point { at: Timestamp(at), took: ended.saturating_sub(at).max(0), outcome })
        };
        let mut points: Vec<Point> = rows.iter().take(MOST_POINTS).map(read).collect::<Result<_>>()?;
        points.reverse();
        Ok(Trend { points, is_cut: rows.len() > MOST_POINTS })
    }

    /// Environments that have runs, and who has started them: only those that are seen.
    pub async fn history_choices(&self, seen: &Seen) -> Result<HistoryChoices> {
        let environments = sqlx::query(
            "select e.id, e.name from environment e where ($1 = '*' or $1 like '%,' || e.id || ',%')
             and exists (select 1 from run where run.environment = e.id) order by lower(e.name), e.id",
        )
        .bind(seen_text(seen))
        .fetch_all(self.reader())
        .await?;
        let people = sqlx::query_scalar(
            "select distinct by_name from run where ($1 = '*' or $1 like '%,' || environment || ',%')
             order by by_name limit 500",
        )
        .bind(seen_text(seen))
        .fetch_all(self.reader())
        .await?;
        let read = |row: &AnyRow| -> Result<(EnvironmentId, String)> {
            Ok((EnvironmentId::new(row.try_get::<String, _>(0)?)?, row.try_get(1)?))
        };
        Ok(HistoryChoices { environments: environments.iter().map(read).collect::<Result<_>>()?, people })
    }

    /// Every run under way with each past run that it may go by.
    pub async fn under_way(&self) -> Result<Vec<UnderWay>> {
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        let rows = sqlx::query(UNDER_WAY).bind(most).fetch_all(self.reader()).await?;
        let read = |row: &AnyRow| -> Result<UnderWay> {
            let id: String = row.try_get(0)?;
            let past = read_profile(&id, &row.try_get::<String, _>(4)?)?;
            Ok(UnderWay {
                run: RunId::new(id)?,
                done: u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0),
                of: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(0),
                since: Timestamp(row.try_get(3)?),
                past,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The latest runs of a procedure in an environment that have succeeded with about as many steps.
    pub async fn profiles(
        &self,
        environment: &EnvironmentId,
        procedure: Procedure,
        steps: u32,
    ) -> Result<Vec<Profile>> {
        let bodies: Vec<String> = sqlx::query_scalar(PROFILES)
            .bind(environment.as_str())
            .bind(procedure.word())
            .bind(i64::from(steps))
            .bind(i64::try_from(MOST).unwrap_or(i64::MAX))
            .fetch_all(self.reader())
            .await?;
        bodies.iter().map(|body| read_profile(environment.as_str(), body)).collect()
    }
}

fn read_profile(id: &str, body: &str) -> Result<Profile> {
    serde_json::from_str(body).map_err(|error| EngineError::damaged("run_profile", id, error))
}
