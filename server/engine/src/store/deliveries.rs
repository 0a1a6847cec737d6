//! Deliveries: what is still to be told to whom, who is at it, and what became of it.

use model::id::{NotificationId, TargetId};
use model::notification::{Failure, Notification, NotificationTarget, TargetState, Tested};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use super::notifications::read_target;
use crate::{EngineError, Result};

/// How many deliveries are looked at together.
const BATCH: i64 = 500;

/// Something that a target is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub notification: NotificationId,
    pub target: TargetId,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was taken, and which server has it.
    pub claim: i64,
    pub holder: Option<String>,
    pub tries: i64,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate<'a> {
    Delivered,
    /// It is tried again at that time.
    Failed {
        why: &'a str,
        next: Timestamp,
    },
    /// The target takes nothing and is left alone until then: what comes for it meanwhile would overtake what waits, and
    /// cost a try of its own.
    Unreachable {
        why: &'a str,
        next: Timestamp,
    },
    GivenUp {
        why: &'a str,
    },
}

impl Store {
    /// What is to be delivered now, oldest first; nothing to targets that are left alone.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<Due>> {
        let rows = sqlx::query(
            "select d.notification, d.target, n.at, d.claim, d.holder, d.tries
             from delivery d join notification n on n.id = d.notification join notification_target t on t.id = d.target
             where d.state = 'waiting' and d.due_at <= $1 and coalesce(t.paused_until, 0) <= $1
             order by n.at, d.notification limit $2",
        )
        .bind(now.0)
        .bind(BATCH)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(read_due).collect()
    }

    /// What is told.
    pub async fn notification(&self, id: &NotificationId) -> Result<Notification> {
        let body: String = sqlx::query_scalar("select body from notification where id = $1")
            .bind(id.as_str())
            .fetch_one(self.reader())
            .await?;
        serde_json::from_str(&body).map_err(|error| EngineError::damaged("notification", id.as_str(), error))
    }

    /// Takes a delivery, if nobody else has since it was looked at; the claim it is taken under.
    pub async fn claim_delivery(&self, due: &Due, holder: &str) -> Result<Option<i64>> {
        let mut tx = self.write().await?;
        let claim: Option<i64> = sqlx::query_scalar(
            "update delivery set claim = claim + 1, holder = $4
             where notification = $1 and target = $2 and claim = $3 and state = 'waiting' returning claim",
        )
        .bind(due.notification.as_str())
        .bind(due.target.as_str())
        .bind(due.claim)
        .bind(holder)
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(claim)
    }

    /// All targets that were not removed, with what became of what they were to be told.
    pub async fn target_states(&self) -> Result<Vec<TargetState>> {
        let rows = sqlx::query(
            "select t.id, t.body, coalesce(p.name, e.name, '') as of_name
             from notification_target t left join person p on p.id = t.person
                left join environment e on e.id = t.environment
             where t.removed_at is null order by of_name, t.id",
        )
        .fetch_all(self.reader())
        .await?;
        let mut states = Vec::new();
        for row in &rows {
            states.push(self.state_of(read_target(row)?, row.try_get(2)?).await?);
        }
        Ok(states)
    }

    /// One target, with what became of what it was to be told.
    pub async fn state_of(&self, target: NotificationTarget, of_name: String) -> Result<TargetState> {
        let id = target.id.clone();
        let counts = sqlx::query(
            "select d.state, count(*), max(d.ended_at), min(n.at)
             from delivery d join notification n on n.id = d.notification where d.target = $1 group by d.state",
        )
        .bind(target.id.as_str())
        .fetch_all(self.reader())
        .await?;
        let mut state = TargetState {
            target,
            of_name,
            delivered: None,
            delivered_count: 0,
            waiting: 0,
            waiting_since: None,
            failing: None,
            tested: self.tested(&id).await?,
            given_up: 0,
            given_up_last: None,
        };
        for row in &counts {
            let (word, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            let ended = row.try_get::<Option<i64>, _>(2)?.map(Timestamp);
            match word.as_str() {
                "waiting" => (state.waiting, state.waiting_since) = (count, Some(Timestamp(row.try_get(3)?))),
                "delivered" => (state.delivered_count, state.delivered) = (count, ended),
                _ => state.given_up = count,
            }
        }
        if state.waiting > 0 {
            state.failing = self.failure(&state.target.id, FAILING).await?;
        }
        if state.given_up > 0 {
            state.given_up_last = self.failure(&state.target.id, GIVEN_UP).await?;
        }
        Ok(state)
    }

    /// What became of the last test message to a target.
    pub async fn tested(&self, target: &TargetId) -> Result<Option<Tested>> {
        let row = sqlx::query(
            "select tested_at, tested_ok, tested_said from notification_target where id = $1 and tested_at is not null",
        )
        .bind(target.as_str())
        .fetch_optional(self.reader())
        .await?;
        row.map(|row| {
            let taken = row.try_get::<i64, _>(1)? == 1;
            Ok(Tested { at: Timestamp(row.try_get(0)?), taken, said: row.try_get(2)? })
        })
        .transpose()
    }

    async fn failure(&self, target: &TargetId, query: &'static str) -> Result<Option<Failure>> {
        let row = sqlx::query(query).bind(target.as_str()).fetch_optional(self.reader()).await?;
        row.map(|row| {
            Ok(Failure {
                since: Timestamp(row.try_get(0)?),
                why: row.try_get(1)?,
                tries: row.try_get(2)?,
                next: row.try_get::<Option<i64>, _>(3)?.map(Timestamp),
            })
        })
        .transpose()
    }
}

const FAILING: &str = "select failing_since, coalesce(why, ''), tries, due_at from delivery
    where target = $1 and state = 'waiting' and failing_since is not null order by failing_since limit 1";

const GIVEN_UP: &str = "select ended_at, coalesce(why, ''), tries, cast(null as bigint) from delivery
    where target = $1 and state = 'given_up' order by ended_at desc limit 1";

/// Records what became of a try; `false` when somebody else has taken it since.
pub async fn settle(
    tx: &mut Transaction<'static, Any>,
    due: &Due,
    claim: i64,
    now: Timestamp,
    fate: Fate<'_>,
) -> Result<bool> {
    let (state, why, next, ended) = match fate {
        Fate::Delivered => ("delivered", None, now, Some(now.0)),
        Fate::Failed { why, next } | Fate::Unreachable { why, next } => ("waiting", Some(why), next, None),
        Fate::GivenUp { why } => ("given_up", Some(why), now, Some(now.0)),
    };
    let written = sqlx::query(
        "update delivery set state = $4, why = $5, due_at = $6, ended_at = $7, holder = null, tries = tries + 1,
            failing_since = case when $5 is null then failing_since else coalesce(failing_since, $8) end
         where notification = $1 and target = $2 and claim = $3 and state = 'waiting'",
    )
    .bind(due.notification.as_str())
    .bind(due.target.as_str())
    .bind(claim)
    .bind(state)
    .bind(why)
    .bind(next.0)
    .bind(ended)
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    let is_ours = written.rows_affected() == 1;
    if let (true, Fate::Unreachable { next, .. }) = (is_ours, fate) {
        sqlx::query("update notification_target set paused_until = $2 where id = $1")
            .bind(due.target.as_str())
            .bind(next.0)
            .execute(&mut **tx)
            .await?;
    }
    Ok(is_ours)
}

fn read_due(row: &AnyRow) -> Result<Due> {
    Ok(Due {
        notification: NotificationId::new(row.try_get::<String, _>(0)?)?,
        target: TargetId::new(row.try_get::<String, _>(1)?)?,
        at: Timestamp(row.try_get(2)?),
        claim: row.try_get(3)?,
        holder: row.try_get(4)?,
        tries: row.try_get(5)?,
    })
}
