//! Rows of notifications: what is told, and to which targets.

use model::id::{PersonId, TargetId};
use model::notification::{Notification, NotificationSettings, NotificationTarget, TargetOf, Tested};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row, Transaction};

use crate::{EngineError, Result};

/// What holds for all targets.
pub async fn settings<'e>(from: impl Executor<'e, Database = Any>) -> Result<NotificationSettings> {
    let body: Option<String> =
        sqlx::query_scalar("select body from notification_settings").fetch_optional(from).await?;
    let read = |body: String| {
        serde_json::from_str(&body).map_err(|error| EngineError::damaged("notification_settings", "", error))
    };
    body.map_or_else(|| Ok(NotificationSettings::default()), read)
}

/// Replaces what holds for all targets.
pub async fn save_settings(tx: &mut Transaction<'static, Any>, settings: &NotificationSettings) -> Result<()> {
    let body =
        serde_json::to_string(settings).map_err(|error| EngineError::damaged("notification_settings", "", error))?;
    sqlx::query(
        "insert into notification_settings (body) values ($1) on conflict (one) do update set body = excluded.body",
    )
    .bind(body)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Targets that were not removed, of people who can log in.
pub async fn targets<'e>(from: impl Executor<'e, Database = Any>) -> Result<Vec<NotificationTarget>> {
    let rows = sqlx::query(
        "select t.id, t.body from notification_target t left join person p on p.id = t.person
         where t.removed_at is null and p.disabled_at is null order by t.id",
    )
    .fetch_all(from)
    .await?;
    rows.iter().map(read_target).collect()
}

/// A target that was not removed, whoever it belongs to.
pub async fn target<'e>(from: impl Executor<'e, Database = Any>, id: &TargetId) -> Result<Option<NotificationTarget>> {
    let row = sqlx::query("select id, body from notification_target where id = $1 and removed_at is null")
        .bind(id.as_str())
        .fetch_optional(from)
        .await?;
    row.as_ref().map(read_target).transpose()
}

/// The target of a person's own.
pub async fn own<'e>(from: impl Executor<'e, Database = Any>, person: &PersonId) -> Result<Option<NotificationTarget>> {
    let row = sqlx::query("select id, body from notification_target where person = $1 and removed_at is null")
        .bind(person.as_str())
        .fetch_optional(from)
        .await?;
    row.as_ref().map(read_target).transpose()
}

/// Adds a target, or replaces the one of the same id.
pub async fn save_target(tx: &mut Transaction<'static, Any>, target: &NotificationTarget) -> Result<()> {
    let body = serde_json::to_string(target)
        .map_err(|error| EngineError::damaged("notification_target", target.id.as_str(), error))?;
    let (person, environment) = match &target.of {
        TargetOf::Everywhere => (None, None),
        TargetOf::Environment(id) => (None, Some(id.as_str())),
        TargetOf::Person(id) => (Some(id.as_str()), None),
    };
    sqlx::query(
        "insert into notification_target (id, person, environment, body) values ($1, $2, $3, $4)
         on conflict (id) do update set body = excluded.body, environment = excluded.environment, paused_until = null",
    )
    .bind(target.id.as_str())
    .bind(person)
    .bind(environment)
    .bind(body)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes a target; what it was to be told is given up with the next look.
pub async fn remove_target(tx: &mut Transaction<'static, Any>, id: &TargetId, at: Timestamp) -> Result<()> {
    sqlx::query("update notification_target set removed_at = $2 where id = $1 and removed_at is null")
        .bind(id.as_str())
        .bind(at.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Remembers what became of a test message.
pub async fn tested(tx: &mut Transaction<'static, Any>, id: &TargetId, tested: &Tested) -> Result<()> {
    sqlx::query("update notification_target set tested_at = $2, tested_ok = $3, tested_said = $4 where id = $1")
        .bind(id.as_str())
        .bind(tested.at.0)
        .bind(i64::from(tested.taken))
        .bind(&tested.said)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Records something to be told to these targets. Each is told once, however often this is called.
pub async fn tell(
    tx: &mut Transaction<'static, Any>,
    notification: &Notification,
    targets: &[&TargetId],
    now: Timestamp,
) -> Result<u64> {
    let id = notification.id.as_str();
    let body = serde_json::to_string(notification).map_err(|error| EngineError::damaged("notification", id, error))?;
    sqlx::query("insert into notification (id, at, body) values ($1, $2, $3) on conflict (id) do nothing")
        .bind(id)
        .bind(notification.at.0)
        .bind(body)
        .execute(&mut **tx)
        .await?;
    let mut new = 0;
    for target in targets {
        let written = sqlx::query(
            "insert into delivery (notification, target, due_at) values ($1, $2, $3)
             on conflict (notification, target) do nothing",
        )
        .bind(id)
        .bind(target.as_str())
        .bind(now.0)
        .execute(&mut **tx)
        .await?;
        new += written.rows_affected();
    }
    Ok(new)
}

pub(super) fn read_target(row: &AnyRow) -> Result<NotificationTarget> {
    let id: String = row.try_get(0)?;
    let body: String = row.try_get(1)?;
    serde_json::from_str(&body).map_err(|error| EngineError::damaged("notification_target", id, error))
}
