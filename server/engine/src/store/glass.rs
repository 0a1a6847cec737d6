//! Rows of runs that were started without their approvals, and of their reviews.

use model::id::{EnvironmentId, PersonId, RequestId, RunId};
use model::policy::{BrokenGlass, Review};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::Store;
use crate::Result;

/// Builds a query over the columns that [`read`] expects.
macro_rules! glasses {
    ($rest:literal) => {
        concat!(
            "select g.run, g.request, g.environment, g.by_id, p.name, g.reason, g.at, g.due,
                 g.reviewed_by, r.name, g.reviewed_at, g.review
             from broken_glass g join person p on p.id = g.by_id left join person r on r.id = g.reviewed_by ",
            $rest
        )
    };
}

/// Records that a run was started without its approvals.
pub async fn insert(tx: &mut Transaction<'static, Any>, glass: &BrokenGlass) -> Result<()> {
    sqlx::query(
        "insert into broken_glass (run, request, environment, by_id, reason, at, due)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(glass.run.as_str())
    .bind(glass.request.as_str())
    .bind(glass.environment.as_str())
    .bind(glass.by.as_str())
    .bind(&glass.reason)
    .bind(glass.at.0)
    .bind(glass.due.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Records a review; `false` when there is one already.
pub async fn review(tx: &mut Transaction<'static, Any>, run: &RunId, review: &Review) -> Result<bool> {
    let written = sqlx::query(
        "update broken_glass set reviewed_by = $2, reviewed_at = $3, review = $4
         where run = $1 and reviewed_by is null",
    )
    .bind(run.as_str())
    .bind(review.by.as_str())
    .bind(review.at.0)
    .bind(&review.text)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// That run, if it was started without its approvals.
pub async fn of_run(from: &mut AnyConnection, run: &RunId) -> Result<Option<BrokenGlass>> {
    let row = sqlx::query(glasses!("where g.run = $1")).bind(run.as_str()).fetch_optional(&mut *from).await?;
    row.as_ref().map(read).transpose()
}

/// Those of an environment, or of all, that nobody has reviewed, oldest first.
pub async fn unreviewed(from: &mut AnyConnection, of: Option<&EnvironmentId>) -> Result<Vec<BrokenGlass>> {
    let rows = sqlx::query(glasses!("where g.reviewed_by is null and ($1 = '' or g.environment = $1) order by g.at"))
        .bind(of.map_or("", |id| id.as_str()))
        .fetch_all(&mut *from)
        .await?;
    rows.iter().map(read).collect()
}

impl Store {
    /// As [`of_run`].
    pub async fn glass_of(&self, run: &RunId) -> Result<Option<BrokenGlass>> {
        let mut connection = self.reader().acquire().await?;
        of_run(&mut connection, run).await
    }

    /// As [`unreviewed`].
    pub async fn unreviewed(&self, of: Option<&EnvironmentId>) -> Result<Vec<BrokenGlass>> {
        let mut connection = self.reader().acquire().await?;
        unreviewed(&mut connection, of).await
    }
}

fn read(row: &AnyRow) -> Result<BrokenGlass> {
    let (by, name, at): (Option<String>, Option<String>, Option<i64>) =
        (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?);
    let text: Option<String> = row.try_get(11)?;
    let review = match (by, name, at, text) {
        (Some(by), Some(by_name), Some(at), Some(text)) => {
            Some(Review { by: PersonId::new(by)?, by_name, at: Timestamp(at), text })
        }
        _ => None,
    };
    Ok(BrokenGlass {
        run: RunId::new(row.try_get::<String, _>(0)?)?,
        request: RequestId::new(row.try_get::<String, _>(1)?)?,
        environment: EnvironmentId::new(row.try_get::<String, _>(2)?)?,
        by: PersonId::new(row.try_get::<String, _>(3)?)?,
        by_name: row.try_get(4)?,
        reason: row.try_get(5)?,
        at: Timestamp(row.try_get(6)?),
        due: Timestamp(row.try_get(7)?),
        review,
    })
}
