//! Rows of environments and of what was last seen of them.

use model::environment::Environment;
use model::id::EnvironmentId;
use model::inventory::Inventory;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::{Store, evidence};
use crate::{EngineError, Result};

/// The latest look at an environment.
#[derive(Debug, Default)]
pub struct LastLook {
    pub inventory: Option<Inventory>,
    /// Why the latest look failed as a whole, if it did.
    pub error: Option<String>,
}

impl Store {
    /// Environments that were not removed, by name.
    pub async fn environments(&self) -> Result<Vec<Environment>> {
        let rows = sqlx::query("select id, settings from environment where removed_at is null order by name")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One environment that was not removed.
    pub async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>> {
        let row = sqlx::query("select id, settings from environment where id = $1 and removed_at is null")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The latest look at an environment.
    pub async fn last_look(&self, id: &EnvironmentId) -> Result<LastLook> {
        let row = sqlx::query("select taken_at, facts, error from inventory where environment = $1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        let Some(row) = row else { return Ok(LastLook::default()) };
        let taken_at: Option<i64> = row.try_get(0)?;
        let facts: Option<String> = row.try_get(1)?;
        // What an older version has stored and this one cannot read is simply looked for again.
        let inventory = taken_at.zip(facts).and_then(|(at, facts)| {
            serde_json::from_str(&facts).ok().map(|facts| Inventory { taken_at: Timestamp(at), facts })
        });
        Ok(LastLook { inventory, error: row.try_get(2)? })
    }

    /// Remembers a look; also with the run that it is the first one after.
    pub async fn remember_inventory(&self, id: &EnvironmentId, inventory: &Inventory) -> Result<()> {
        let facts = serde_json::to_string(&inventory.facts)
            .map_err(|error| EngineError::damaged("inventory", id.as_str(), error))?;
        let mut tx = self.write().await?;
        sqlx::query(
            "insert into inventory (environment, taken_at, facts, error) values ($1, $2, $3, null)
             on conflict (environment) do update set taken_at = excluded.taken_at, facts = excluded.facts, error = null",
        )
        .bind(id.as_str())
        .bind(inventory.taken_at.0)
        .bind(&facts)
        .execute(&mut *tx)
        .await?;
        evidence::remember_after(&mut tx, id, inventory, &facts).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Remembers that a look failed as a whole; what was seen before stays, with its age.
    pub async fn remember_failed_look(&self, id: &EnvironmentId, error: &str) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "insert into inventory (environment, error) values ($1, $2)
             on conflict (environment) do update set error = excluded.error",
        )
        .bind(id.as_str())
        .bind(error)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Environments that were not removed, by name, within a transaction.
pub async fn all(tx: &mut Transaction<'static, Any>) -> Result<Vec<Environment>> {
    let rows = sqlx::query("select id, settings from environment where removed_at is null order by name")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(read).collect()
}

/// One environment that was not removed, within a transaction.
pub async fn get(tx: &mut Transaction<'static, Any>, id: &EnvironmentId) -> Result<Option<Environment>> {
    let row = sqlx::query("select id, settings from environment where id = $1 and removed_at is null")
        .bind(id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds an environment; `false` when the name is taken.
pub async fn insert(tx: &mut Transaction<'static, Any>, environment: &Environment) -> Result<bool> {
    let written = sqlx::query(
        "insert into environment (id, name, settings) select $1, $2, $3
         where not exists (select 1 from environment where name = $2 and removed_at is null)",
    )
    .bind(environment.id.as_str())
    .bind(&environment.name)
    .bind(text(environment)?)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Replaces an environment; `false` when another one has that name.
pub async fn update(tx: &mut Transaction<'static, Any>, environment: &Environment) -> Result<bool> {
    let written = sqlx::query(
        "update environment set name = $2, settings = $3 where id = $1 and removed_at is null
         and not exists (select 1 from environment where name = $2 and id <> $1 and removed_at is null)",
    )
    .bind(environment.id.as_str())
    .bind(&environment.name)
    .bind(text(environment)?)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Removes an environment that has no run under way; `false` when it has.
pub async fn remove(tx: &mut Transaction<'static, Any>, id: &EnvironmentId, at: Timestamp) -> Result<bool> {
    let written = sqlx::query(
        "update environment set removed_at = $2 where id = $1 and removed_at is null
         and not exists (select 1 from run where environment = $1 and outcome is null)",
    )
    .bind(id.as_str())
    .bind(at.0)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

fn text(environment: &Environment) -> Result<String> {
    serde_json::to_string(environment)
        .map_err(|error| EngineError::damaged("environment", environment.id.as_str(), error))
}

fn read(row: &AnyRow) -> Result<Environment> {
    let id: String = row.try_get(0)?;
    let settings: String = row.try_get(1)?;
    serde_json::from_str(&settings).map_err(|error| EngineError::damaged("environment", id, error))
}
