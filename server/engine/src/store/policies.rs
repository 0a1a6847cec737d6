//! Rows of policies and of groups of people.

use model::id::{GroupName, PersonId, PolicyId};
use model::policy::{Group, Policy};
use model::time::Timestamp;
use model::view::RemovedPolicy;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// Takes the lock of all rules until the transaction ends: nobody changes one meanwhile, and nobody starts a run.
pub async fn hold(tx: &mut Transaction<'static, Any>) -> Result<()> {
    sqlx::query("update counter set value = value + 1 where name = 'rules'").execute(&mut **tx).await?;
    Ok(())
}

/// Policies that were not removed, by name.
pub async fn all<'e>(from: impl Executor<'e, Database = Any>) -> Result<Vec<Policy>> {
    let rows = sqlx::query("select id, body from policy where removed_at is null order by name").fetch_all(from);
    rows.await?.iter().map(read).collect()
}

/// Groups, by name.
pub async fn groups<'e>(from: impl Executor<'e, Database = Any>) -> Result<Vec<Group>> {
    let rows = sqlx::query("select name, members from team order by name").fetch_all(from).await?;
    rows.iter().map(read_group).collect()
}

/// Writes a policy, new or changed; `false` when another one has that name.
pub async fn save(tx: &mut Transaction<'static, Any>, policy: &Policy) -> Result<bool> {
    let damaged = |error| EngineError::damaged("policy", policy.id.as_str(), error);
    let written = sqlx::query(
        "insert into policy (id, name, body) select $1, $2, $3
         where not exists (select 1 from policy where name = $2 and id <> $1 and removed_at is null)
         on conflict (id) do update set name = excluded.name, body = excluded.body",
    )
    .bind(policy.id.as_str())
    .bind(&policy.name)
    .bind(serde_json::to_string(policy).map_err(damaged)?)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Removes a policy; `false` when there is none of that id.
pub async fn remove(tx: &mut Transaction<'static, Any>, id: &PolicyId, at: Timestamp) -> Result<bool> {
    let written = sqlx::query("update policy set removed_at = $2 where id = $1 and removed_at is null")
        .bind(id.as_str())
        .bind(at.0)
        .execute(&mut **tx)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// The policy of that id, if it was removed.
pub async fn removed(tx: &mut Transaction<'static, Any>, id: &PolicyId) -> Result<Option<Policy>> {
    let row = sqlx::query("select id, body from policy where id = $1 and removed_at is not null").bind(id.as_str());
    row.fetch_optional(&mut **tx).await?.as_ref().map(read).transpose()
}

/// Has a removed policy count again; `false` when another one has its name by now.
pub async fn put_back(tx: &mut Transaction<'static, Any>, policy: &Policy) -> Result<bool> {
    let damaged = |error| EngineError::damaged("policy", policy.id.as_str(), error);
    let written = sqlx::query(
        "update policy set removed_at = null, body = $3 where id = $1 and removed_at is not null
         and not exists (select 1 from policy other where other.name = $2 and other.removed_at is null)",
    )
    .bind(policy.id.as_str())
    .bind(&policy.name)
    .bind(serde_json::to_string(policy).map_err(damaged)?)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

impl Store {
    /// Policies that were removed since then, newest first, at most ten.
    pub async fn removed_policies(&self, since: Timestamp) -> Result<Vec<RemovedPolicy>> {
        let rows = sqlx::query(
            "select id, body, removed_at from policy where removed_at >= $1 order by removed_at desc limit 10",
        )
        .bind(since.0)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok(RemovedPolicy { policy: read(row)?, at: Timestamp(row.try_get(2)?) })).collect()
    }
}

/// Writes a group, new or changed.
pub async fn save_group(tx: &mut Transaction<'static, Any>, group: &Group) -> Result<()> {
    let members: Vec<&str> = group.members.iter().map(PersonId::as_str).collect();
    sqlx::query(
        "insert into team (name, members) values ($1, $2) on conflict (name) do update set members = excluded.members",
    )
    .bind(group.name.as_str())
    .bind(members.join(" "))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes a group; `false` when there is none of that name.
pub async fn remove_group(tx: &mut Transaction<'static, Any>, name: &GroupName) -> Result<bool> {
    let written = sqlx::query("delete from team where name = $1").bind(name.as_str()).execute(&mut **tx).await?;
    Ok(written.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Policy> {
    let id: String = row.try_get(0)?;
    let body: String = row.try_get(1)?;
    serde_json::from_str(&body).map_err(|error| EngineError::damaged("policy", id, error))
}

fn read_group(row: &AnyRow) -> Result<Group> {
    let name: String = row.try_get(0)?;
    let members: String = row.try_get(1)?;
    Ok(Group { name: GroupName::new(name)?, members: ids(&members)? })
}

/// Ids of people, separated by blanks.
pub fn ids(text: &str) -> Result<std::collections::BTreeSet<PersonId>> {
    text.split_whitespace().map(|id| Ok(PersonId::new(id)?)).collect()
}
