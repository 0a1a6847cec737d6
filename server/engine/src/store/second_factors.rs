//! Rows of second factors and of recovery codes.

use model::id::{PersonId, SealedId};
use model::time::Timestamp;
use sqlx::{Any, Executor, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// Somebody's app, as it is stored.
#[derive(Debug)]
pub struct FactorRow {
    pub secret: SealedId,
    pub confirmed_at: Option<Timestamp>,
}

/// Somebody's app, if they have one.
pub async fn get<'e>(from: impl Executor<'e, Database = Any>, person: &PersonId) -> Result<Option<FactorRow>> {
    let row = sqlx::query("select secret, confirmed_at from second_factor where person = $1")
        .bind(person.as_str())
        .fetch_optional(from)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let secret: String = row.try_get(0)?;
    let secret = SealedId::new(secret)
        .map_err(|error| EngineError::damaged("second_factor", person.as_str(), error.to_string()))?;
    Ok(Some(FactorRow { secret, confirmed_at: row.try_get::<Option<i64>, _>(1)?.map(Timestamp) }))
}

/// Gives somebody a key that does not count yet; `false` when they have one that does.
pub async fn begin(tx: &mut Transaction<'static, Any>, person: &PersonId, secret: &SealedId) -> Result<bool> {
    let written = sqlx::query(
        "insert into second_factor (person, secret) values ($1, $2)
         on conflict (person) do update set secret = excluded.secret where second_factor.confirmed_at is null",
    )
    .bind(person.as_str())
    .bind(secret.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Lets a key count from now on; `false` when it does already, or is not this one any more.
pub async fn confirm(
    tx: &mut Transaction<'static, Any>,
    person: &PersonId,
    secret: &SealedId,
    at: Timestamp,
    step: i64,
) -> Result<bool> {
    let written = sqlx::query(
        "update second_factor set confirmed_at = $3, last_step = $4
         where person = $1 and secret = $2 and confirmed_at is null",
    )
    .bind(person.as_str())
    .bind(secret.as_str())
    .bind(at.0)
    .bind(step)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Uses the code of a step up; `false` when it or a later one was used before.
pub async fn take_step(
    tx: &mut Transaction<'static, Any>,
    person: &PersonId,
    secret: &SealedId,
    step: i64,
) -> Result<bool> {
    let written = sqlx::query(
        "update second_factor set last_step = $3
         where person = $1 and secret = $2 and confirmed_at is not null and last_step < $3",
    )
    .bind(person.as_str())
    .bind(secret.as_str())
    .bind(step)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Forgets somebody's app and recovery codes; `false` when there is nothing to forget.
pub async fn remove(tx: &mut Transaction<'static, Any>, person: &PersonId) -> Result<bool> {
    let Some(row) = get(&mut **tx, person).await? else { return Ok(false) };
    sqlx::query("delete from recovery_code where person = $1").bind(person.as_str()).execute(&mut **tx).await?;
    sqlx::query("delete from second_factor where person = $1").bind(person.as_str()).execute(&mut **tx).await?;
    super::sealed::remove(tx, &row.secret).await?;
    Ok(true)
}

/// Replaces somebody's recovery codes.
pub async fn set_recovery(tx: &mut Transaction<'static, Any>, person: &PersonId, hashes: &[String]) -> Result<()> {
    sqlx::query("delete from recovery_code where person = $1").bind(person.as_str()).execute(&mut **tx).await?;
    for hash in hashes {
        sqlx::query("insert into recovery_code (person, hash) values ($1, $2)")
            .bind(person.as_str())
            .bind(hash)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Uses a recovery code up; `false` when there is none such, or it was used before.
pub async fn take_recovery(
    tx: &mut Transaction<'static, Any>,
    person: &PersonId,
    hash: &str,
    at: Timestamp,
) -> Result<bool> {
    let written =
        sqlx::query("update recovery_code set used_at = $3 where person = $1 and hash = $2 and used_at is null")
            .bind(person.as_str())
            .bind(hash)
            .bind(at.0)
            .execute(&mut **tx)
            .await?;
    Ok(written.rows_affected() == 1)
}

/// How many recovery codes somebody has left.
pub async fn recovery_left<'e>(from: impl Executor<'e, Database = Any>, person: &PersonId) -> Result<i64> {
    let count = sqlx::query_scalar("select count(*) from recovery_code where person = $1 and used_at is null");
    Ok(count.bind(person.as_str()).fetch_one(from).await?)
}

impl Store {
    /// What is kept of everybody's recovery codes.
    #[cfg(test)]
    pub async fn recovery_hashes(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("select hash from recovery_code").fetch_all(self.reader()).await?)
    }

    /// Who has to show codes, and since when.
    pub async fn second_factors(&self) -> Result<Vec<(PersonId, Timestamp)>> {
        let rows = sqlx::query("select person, confirmed_at from second_factor where confirmed_at is not null")
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let person: String = row.try_get(0)?;
                Ok((PersonId::new(person)?, Timestamp(row.try_get(1)?)))
            })
            .collect()
    }
}
