//! Exported runs that somebody has opened.

use model::id::{PersonId, ReplayId};
use model::record::ReplayLine;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::Result;

/// Keeps a file.
pub async fn insert(tx: &mut Transaction<'static, Any>, line: &ReplayLine, by: &PersonId, file: &str) -> Result<()> {
    sqlx::query("insert into replay (id, by_id, at, title, file) values ($1, $2, $3, $4, $5)")
        .bind(line.id.as_str())
        .bind(by.as_str())
        .bind(line.at.0)
        .bind(&line.title)
        .bind(file)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets go of what is older than that, and of all but the newest few of one person.
pub async fn remove(tx: &mut Transaction<'static, Any>, before: Timestamp, by: &PersonId, kept: u32) -> Result<()> {
    sqlx::query("delete from replay where at < $1").bind(before.0).execute(&mut **tx).await?;
    sqlx::query(
        "delete from replay where by_id = $1
         and id not in (select id from replay where by_id = $1 order by at desc, id desc limit $2)",
    )
    .bind(by.as_str())
    .bind(i64::from(kept))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// The file of that id, who opened it, and what is said of it.
    pub async fn replay(&self, id: &ReplayId) -> Result<Option<(PersonId, ReplayLine, String)>> {
        let row = sqlx::query(
            "select r.id, p.name, r.at, r.title, r.by_id, r.file
             from replay r join person p on p.id = r.by_id where r.id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(self.reader())
        .await?;
        row.as_ref()
            .map(|row| Ok((PersonId::new(row.try_get::<String, _>(4)?)?, read(row)?, row.try_get(5)?)))
            .transpose()
    }

    /// Files of one person, or of all, newest first.
    pub async fn replays(&self, by: Option<&PersonId>) -> Result<Vec<ReplayLine>> {
        let rows = sqlx::query(
            "select r.id, p.name, r.at, r.title from replay r join person p on p.id = r.by_id
             where $1 = '' or r.by_id = $1 order by r.at desc, r.id desc limit 100",
        )
        .bind(by.map_or("", |id| id.as_str()))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<ReplayLine> {
    Ok(ReplayLine {
        id: ReplayId::new(row.try_get::<String, _>(0)?)?,
        by: row.try_get(1)?,
        at: Timestamp(row.try_get(2)?),
        title: row.try_get(3)?,
    })
}
