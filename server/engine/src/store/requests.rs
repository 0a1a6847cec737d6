//! Rows of requests and approvals.

use model::id::{EnvironmentId, PersonId, PlanDigest, RequestId, RunId};
use model::request::{Approval, Decision, Request, RequestState};
use model::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

const SELECT: &str = "select r.id, r.environment, r.settings, r.plan, r.digest, r.prechecks, r.by_id, p.name, r.reason,
    r.at, r.state, run.id
    from request r join person p on p.id = r.by_id left join run on run.request = r.id where r.id = $1";

impl Store {
    /// One request with its approvals.
    pub async fn request(&self, id: &RequestId) -> Result<Option<Request>> {
        let row = sqlx::query(SELECT).bind(id.as_str()).fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let approvals = sqlx::query(APPROVALS).bind(id.as_str()).fetch_all(self.reader()).await?;
        read(&row, approvals.iter().map(read_approval).collect::<Result<_>>()?).map(Some)
    }

    /// Ids of requests that are open, newest first; of one environment or of all.
    pub async fn open_requests(&self, environment: Option<&EnvironmentId>) -> Result<Vec<RequestId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "select id from request where state = 'open' and ($1 = '' or environment = $1) order by at desc limit 200",
        )
        .bind(environment.map_or("", |id| id.as_str()))
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(|id| Ok(RequestId::new(id)?)).collect()
    }
}

const APPROVALS: &str = "select a.by_id, p.name, a.digest, a.decision, a.reason, a.at
    from approval a join person p on p.id = a.by_id where a.request = $1 order by a.at";

/// One request with its approvals, as it is within the transaction. Whoever changes it after this waits for the commit.
pub async fn get(tx: &mut Transaction<'static, Any>, id: &RequestId) -> Result<Option<Request>> {
    // The no-op write takes the row's lock, so that two decisions, or a decision and a start, take turns.
    sqlx::query("update request set state = state where id = $1").bind(id.as_str()).execute(&mut **tx).await?;
    let row = sqlx::query(SELECT).bind(id.as_str()).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(None) };
    let approvals = sqlx::query(APPROVALS).bind(id.as_str()).fetch_all(&mut **tx).await?;
    read(&row, approvals.iter().map(read_approval).collect::<Result<_>>()?).map(Some)
}

/// Adds a request.
pub async fn insert(tx: &mut Transaction<'static, Any>, request: &Request) -> Result<()> {
    let json = |value: std::result::Result<String, serde_json::Error>| {
        value.map_err(|error| EngineError::damaged("request", request.id.as_str(), error))
    };
    sqlx::query(
        "insert into request (id, environment, procedure, settings, plan, digest, prechecks, by_id, reason, at, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open')",
    )
    .bind(request.id.as_str())
    .bind(request.environment.as_str())
    .bind(request.plan.inputs.procedure().word())
    .bind(json(serde_json::to_string(&request.settings))?)
    .bind(json(serde_json::to_string(&request.plan))?)
    .bind(request.digest.as_str())
    .bind(json(serde_json::to_string(&request.prechecks))?)
    .bind(request.by.as_str())
    .bind(&request.reason)
    .bind(request.at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Records a decision; `false` when that person has decided before.
pub async fn insert_approval(tx: &mut Transaction<'static, Any>, id: &RequestId, approval: &Approval) -> Result<bool> {
    let written = sqlx::query(
        "insert into approval (request, by_id, digest, decision, reason, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (request, by_id) do nothing",
    )
    .bind(id.as_str())
    .bind(approval.by.as_str())
    .bind(approval.digest.as_str())
    .bind(match approval.decision {
        Decision::Approve => "approve",
        Decision::Deny => "deny",
    })
    .bind(&approval.reason)
    .bind(approval.at.0)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// How a request ends without a run, or with one.
#[derive(Debug, Clone, Copy)]
pub enum Closed {
    Withdrawn,
    Denied,
    Started,
}

/// Closes an open request.
pub async fn close(tx: &mut Transaction<'static, Any>, id: &RequestId, closed: Closed) -> Result<()> {
    sqlx::query("update request set state = $2 where id = $1 and state = 'open'")
        .bind(id.as_str())
        .bind(match closed {
            Closed::Withdrawn => "withdrawn",
            Closed::Denied => "denied",
            Closed::Started => "started",
        })
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read(row: &AnyRow, approvals: Vec<Approval>) -> Result<Request> {
    let id: String = row.try_get(0)?;
    let damaged = |why: String| EngineError::damaged("request", id.clone(), why);
    let state: String = row.try_get(10)?;
    let run: Option<String> = row.try_get(11)?;
    let state = match (state.as_str(), run) {
        ("open", _) => RequestState::Open,
        ("withdrawn", _) => RequestState::Withdrawn,
        ("denied", _) => RequestState::Denied,
        ("started", Some(run)) => RequestState::Started { run: RunId::new(run)? },
        (other, _) => return Err(damaged(format!("state {other:?}"))),
    };
    Ok(Request {
        id: RequestId::new(id.clone())?,
        environment: EnvironmentId::new(row.try_get::<String, _>(1)?)?,
        settings: parse(&id, row.try_get(2)?)?,
        plan: parse(&id, row.try_get(3)?)?,
        digest: PlanDigest::new(row.try_get::<String, _>(4)?)?,
        prechecks: parse(&id, row.try_get(5)?)?,
        by: PersonId::new(row.try_get::<String, _>(6)?)?,
        by_name: row.try_get(7)?,
        reason: row.try_get(8)?,
        at: Timestamp(row.try_get(9)?),
        state,
        approvals,
    })
}

fn read_approval(row: &AnyRow) -> Result<Approval> {
    let decision: String = row.try_get(3)?;
    Ok(Approval {
        by: PersonId::new(row.try_get::<String, _>(0)?)?,
        by_name: row.try_get(1)?,
        digest: PlanDigest::new(row.try_get::<String, _>(2)?)?,
        decision: if decision == "approve" { Decision::Approve } else { Decision::Deny },
        reason: row.try_get(4)?,
        at: Timestamp(row.try_get(5)?),
    })
}

fn parse<T: DeserializeOwned>(id: &str, json: String) -> Result<T> {
    serde_json::from_str(&json).map_err(|error| EngineError::damaged("request", id, error))
}
