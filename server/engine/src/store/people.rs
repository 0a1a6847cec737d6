//! Rows of people.

use model::grant::InvalidGrant;
use model::id::PersonId;
use model::people::Person;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// A person with what only the engine may see.
#[derive(Debug)]
pub struct PersonRow {
    pub person: Person,
    /// Argon2id, in PHC form.
    pub password: String,
    pub stamp: i64,
}

impl Store {
    /// Somebody by login name.
    pub async fn person_by_name(&self, name: &str) -> Result<Option<PersonRow>> {
        let row = sqlx::query("select id, name, password, roles, disabled_at, stamp from person where name = $1")
            .bind(name)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Somebody by id.
    pub async fn person(&self, id: &PersonId) -> Result<Option<PersonRow>> {
        let row = sqlx::query("select id, name, password, roles, disabled_at, stamp from person where id = $1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Everybody, by name.
    pub async fn people(&self) -> Result<Vec<Person>> {
        let rows = sqlx::query("select id, name, password, roles, disabled_at, stamp from person order by name")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(read(row)?.person)).collect()
    }
}

/// Everybody, within a transaction: for rules that must not change until it commits.
pub async fn all(tx: &mut Transaction<'static, Any>) -> Result<Vec<Person>> {
    let rows = sqlx::query("select id, name, password, roles, disabled_at, stamp from person order by name")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|row| Ok(read(row)?.person)).collect()
}

/// Somebody, within a transaction.
pub async fn get(tx: &mut Transaction<'static, Any>, id: &PersonId) -> Result<Option<PersonRow>> {
    let row = sqlx::query("select id, name, password, roles, disabled_at, stamp from person where id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds somebody; `false` when the name is taken.
pub async fn insert(tx: &mut Transaction<'static, Any>, row: &PersonRow) -> Result<bool> {
    let written = sqlx::query(
        "insert into person (id, name, password, roles, disabled_at, stamp) values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do nothing",
    )
    .bind(row.person.id.as_str())
    .bind(&row.person.name)
    .bind(&row.password)
    .bind(row.person.roles.text())
    .bind(row.person.disabled_at.map(|at| at.0))
    .bind(row.stamp)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes roles, password and account state; the stamp goes up, so that sessions end.
pub async fn update(tx: &mut Transaction<'static, Any>, row: &PersonRow) -> Result<()> {
    sqlx::query("update person set password = $2, roles = $3, disabled_at = $4, stamp = stamp + 1 where id = $1")
        .bind(row.person.id.as_str())
        .bind(&row.password)
        .bind(row.person.roles.text())
        .bind(row.person.disabled_at.map(|at| at.0))
        .execute(&mut **tx)
        .await?;
    forget_sessions(tx, &row.person.id).await
}

/// Logs somebody out everywhere. The stamp goes up, so that a session that is just being written is worth nothing either.
pub async fn end_sessions(tx: &mut Transaction<'static, Any>, id: &PersonId) -> Result<()> {
    sqlx::query("update person set stamp = stamp + 1 where id = $1").bind(id.as_str()).execute(&mut **tx).await?;
    forget_sessions(tx, id).await
}

async fn forget_sessions(tx: &mut Transaction<'static, Any>, person: &PersonId) -> Result<()> {
    sqlx::query("delete from session where person = $1").bind(person.as_str()).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<PersonRow> {
    let id: String = row.try_get(0)?;
    let roles: String = row.try_get(3)?;
    let damaged = |why: String| EngineError::damaged("person", id.clone(), why);
    let person = Person {
        id: PersonId::new(id.clone()).map_err(|error| damaged(error.to_string()))?,
        name: row.try_get(1)?,
        roles: roles.parse().map_err(|error: InvalidGrant| damaged(error.to_string()))?,
        disabled_at: row.try_get::<Option<i64>, _>(4)?.map(Timestamp),
    };
    Ok(PersonRow { person, password: row.try_get(2)?, stamp: row.try_get(5)? })
}
