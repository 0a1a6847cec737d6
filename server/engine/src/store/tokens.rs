//! Rows of tokens.

use model::grant::{Grants, InvalidGrant};
use model::id::{PersonId, TokenId};
use model::time::Timestamp;
use model::token::{TokenUse, TokenView};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// A token with whose it is.
#[derive(Debug)]
pub struct TokenRow {
    pub person: PersonId,
    pub view: TokenView,
}

/// Adds a token.
pub async fn insert(tx: &mut Transaction<'static, Any>, row: &TokenRow, hash: &str) -> Result<()> {
    let TokenRow { person, view } = row;
    sqlx::query(
        "insert into token (id, person, name, hash, roles, read_only, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(view.id.as_str())
    .bind(person.as_str())
    .bind(&view.name)
    .bind(hash)
    .bind(view.roles.text())
    .bind(i64::from(view.read_only))
    .bind(view.created.0)
    .bind(view.expires.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Somebody's tokens that were not revoked, newest first; also those that have expired.
pub async fn of<'e>(from: impl Executor<'e, Database = Any>, person: &PersonId) -> Result<Vec<TokenView>> {
    let rows = sqlx::query(
        "select id, person, name, roles, read_only, created_at, expires_at, used_at, used_from from token
         where person = $1 and revoked_at is null order by created_at desc, id",
    )
    .bind(person.as_str())
    .fetch_all(from)
    .await?;
    rows.iter().map(|row| Ok(read(row)?.view)).collect()
}

/// Lets a token of somebody count no more; `false` when they have none such.
pub async fn revoke(
    tx: &mut Transaction<'static, Any>,
    person: &PersonId,
    id: &TokenId,
    at: Timestamp,
) -> Result<bool> {
    let revoked = sqlx::query("update token set revoked_at = $3 where person = $1 and id = $2 and revoked_at is null")
        .bind(person.as_str())
        .bind(id.as_str())
        .bind(at.0)
        .execute(&mut **tx)
        .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Notes where a token was used.
pub async fn note_use(tx: &mut Transaction<'static, Any>, id: &TokenId, used: &TokenUse) -> Result<()> {
    sqlx::query("update token set used_at = $2, used_from = $3 where id = $1")
        .bind(id.as_str())
        .bind(used.at.0)
        .bind(&used.from)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// The token with this hash, unless it has expired or was revoked.
    pub async fn token(&self, hash: &str, now: Timestamp) -> Result<Option<TokenRow>> {
        let row = sqlx::query(
            "select id, person, name, roles, read_only, created_at, expires_at, used_at, used_from from token
             where hash = $1 and revoked_at is null and expires_at > $2",
        )
        .bind(hash)
        .bind(now.0)
        .fetch_optional(self.reader())
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// What is kept of all tokens.
    #[cfg(test)]
    pub async fn token_hashes(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("select hash from token").fetch_all(self.reader()).await?)
    }
}

fn read(row: &AnyRow) -> Result<TokenRow> {
    let (id, person): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let damaged = |why: String| EngineError::damaged("token", id.clone(), why);
    let roles: Grants =
        row.try_get::<String, _>(3)?.parse().map_err(|error: InvalidGrant| damaged(error.to_string()))?;
    let used = match row.try_get::<Option<i64>, _>(7)? {
        Some(at) => Some(TokenUse { at: Timestamp(at), from: row.try_get(8)? }),
        None => None,
    };
    let view = TokenView {
        id: TokenId::new(id.clone()).map_err(|error| damaged(error.to_string()))?,
        name: row.try_get(2)?,
        roles,
        read_only: row.try_get::<i64, _>(4)? != 0,
        created: Timestamp(row.try_get(5)?),
        expires: Timestamp(row.try_get(6)?),
        used,
    };
    Ok(TokenRow { person: PersonId::new(person).map_err(|error| damaged(error.to_string()))?, view })
}
