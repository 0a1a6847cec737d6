//! Rows of requests and approvals.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::id::{AuditKey, AuditSignature, EnvironmentId, PersonId, PlanDigest, PolicyDigest, RequestId, RunId};
use model::landmarks::OpenRequest;
use model::plan::Confirmation;
use model::policy::{Demand, Signed};
use model::procedure::Procedure;
use model::request::{Approval, Decision, Request, RequestState};
use model::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::Store;
use super::policies::ids;
use crate::rules::About;
use crate::{EngineError, Result};

/// What a list shows of a request.
#[derive(Debug)]
pub struct RequestHead {
    pub id: RequestId,
    pub procedure: Procedure,
    pub settings: Environment,
    pub digest: PlanDigest,
    pub makers: BTreeSet<PersonId>,
    pub by: PersonId,
    pub by_name: String,
    pub reason: String,
    pub at: Timestamp,
    pub summary: String,
    pub is_open: bool,
    pub confirmations: Vec<Confirmation>,
    pub decisions: Vec<Approval>,
}

impl RequestHead {
    pub fn about(&self) -> About<'_> {
        About {
            request: &self.id,
            procedure: self.procedure,
            settings: &self.settings,
            digest: &self.digest,
            makers: &self.makers,
            confirmations: &self.confirmations,
            decisions: &self.decisions,
        }
    }
}

const HEAD: &str = "select r.procedure, r.settings, r.digest, r.by_id, p.name, r.reason, r.at, r.summary, r.makers,
    r.state, r.confirmations from request r join person p on p.id = r.by_id where r.id = $1";

const SELECT: &str = "select r.id, r.environment, r.settings, r.plan, r.digest, r.prechecks, r.by_id, p.name, r.reason,
    r.at, r.state, run.id, r.makers, r.ticket
    from request r join person p on p.id = r.by_id left join run on run.request = r.id where r.id = $1";

impl Store {
    /// One request with its approvals.
    pub async fn request(&self, id: &RequestId) -> Result<Option<Request>> {
        let row = sqlx::query(SELECT).bind(id.as_str()).fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let approvals = sqlx::query(APPROVALS).bind(id.as_str()).fetch_all(self.reader()).await?;
        read(&row, approvals.iter().map(read_approval).collect::<Result<_>>()?).map(Some)
    }

    /// One request without its plan, which may be large.
    pub async fn request_head(&self, id: &RequestId) -> Result<Option<RequestHead>> {
        let mut connection = self.reader().acquire().await?;
        head(&mut connection, id).await
    }

    /// Ids of requests that are open and whose plan is not newer than that.
    pub async fn open_since(&self, at: Timestamp) -> Result<Vec<RequestId>> {
        let ids = sqlx::query_scalar("select id from request where state = 'open' and at <= $1 order by at");
        let ids: Vec<String> = ids.bind(at.0).fetch_all(self.reader()).await?;
        ids.into_iter().map(|id| Ok(RequestId::new(id)?)).collect()
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

const OPEN_LINES: &str = "select r.id, r.procedure, r.environment, e.name, p.name, r.at
    from request r join environment e on e.id = r.environment join person p on p.id = r.by_id
    where r.state = 'open' order by r.at desc limit 200";

impl Store {
    /// Requests that are open, newest first, without where they stand.
    pub async fn open_lines(&self) -> Result<Vec<OpenRequest>> {
        sqlx::query(OPEN_LINES).fetch_all(self.reader()).await?.iter().map(read_open).collect()
    }

    /// The last run of that procedure in that environment that is not this request's own, and began before that.
    pub async fn run_before(
        &self,
        environment: &EnvironmentId,
        procedure: Procedure,
        request: &RequestId,
        before: Timestamp,
    ) -> Result<Option<RunId>> {
        let found: Option<String> = sqlx::query_scalar(
            "select id from run where environment = $1 and procedure = $2 and request <> $3 and created_at < $4
             order by created_at desc limit 1",
        )
        .bind(environment.as_str())
        .bind(procedure.word())
        .bind(request.as_str())
        .bind(before.0)
        .fetch_optional(self.reader())
        .await?;
        found.map(|id| Ok(RunId::new(id)?)).transpose()
    }
}

/// As [`Store::request_head`], on one connection: for a transaction.
pub async fn head(from: &mut AnyConnection, id: &RequestId) -> Result<Option<RequestHead>> {
    let row = sqlx::query(HEAD).bind(id.as_str()).fetch_optional(&mut *from).await?;
    let Some(row) = row else { return Ok(None) };
    let decisions = sqlx::query(APPROVALS).bind(id.as_str()).fetch_all(&mut *from).await?;
    let by = PersonId::new(row.try_get::<String, _>(3)?)?;
    Ok(Some(RequestHead {
        id: id.clone(),
        procedure: procedure_of(id.as_str(), &row.try_get::<String, _>(0)?)?,
        settings: parse(id.as_str(), row.try_get(1)?)?,
        digest: PlanDigest::new(row.try_get::<String, _>(2)?)?,
        makers: makers_of(&row.try_get::<String, _>(8)?, by.clone())?,
        by,
        by_name: row.try_get(4)?,
        reason: row.try_get(5)?,
        at: Timestamp(row.try_get(6)?),
        summary: row.try_get(7)?,
        is_open: row.try_get::<String, _>(9)? == "open",
        confirmations: parse(id.as_str(), row.try_get(10)?)?,
        decisions: decisions.iter().map(read_approval).collect::<Result<_>>()?,
    }))
}

fn read_open(row: &AnyRow) -> Result<OpenRequest> {
    let (id, word): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok(OpenRequest {
        procedure: procedure_of(&id, &word)?,
        id: RequestId::new(id)?,
        environment: EnvironmentId::new(row.try_get::<String, _>(2)?)?,
        environment_name: row.try_get(3)?,
        by: row.try_get(4)?,
        at: Timestamp(row.try_get(5)?),
    })
}

/// The procedure of a request, by its word.
fn procedure_of(request: &str, word: &str) -> Result<Procedure> {
    let known = Procedure::ALL.into_iter().find(|known| known.word() == word);
    known.ok_or_else(|| EngineError::damaged("request", request, format!("procedure {word:?}")))
}

/// Ids of all requests that are open, within a transaction.
pub async fn open(tx: &mut Transaction<'static, Any>) -> Result<Vec<RequestId>> {
    let ids = sqlx::query_scalar("select id from request where state = 'open' order by at").fetch_all(&mut **tx);
    let ids: Vec<String> = ids.await?;
    ids.into_iter().map(|id| Ok(RequestId::new(id)?)).collect()
}

const APPROVALS: &str =
    "select d.by_id, p.name, d.digest, d.decision, d.reason, d.at, d.policy, d.signed_with, d.signature
    from decision d join person p on p.id = d.by_id where d.request = $1 order by d.number";

/// One request with its approvals, as it is within the transaction. Whoever changes it after this waits for the commit.
pub async fn get(tx: &mut Transaction<'static, Any>, id: &RequestId) -> Result<Option<Request>> {
    hold(tx, id).await?;
    let row = sqlx::query(SELECT).bind(id.as_str()).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(None) };
    let approvals = sqlx::query(APPROVALS).bind(id.as_str()).fetch_all(&mut **tx).await?;
    read(&row, approvals.iter().map(read_approval).collect::<Result<_>>()?).map(Some)
}

/// As [`head`], of a request that stays as it is until the transaction ends.
pub async fn hold_head(tx: &mut Transaction<'static, Any>, id: &RequestId) -> Result<Option<RequestHead>> {
    hold(tx, id).await?;
    head(tx, id).await
}

/// The no-op write takes the row's lock, so that two decisions, or a decision and a start, take turns.
async fn hold(tx: &mut Transaction<'static, Any>, id: &RequestId) -> Result<()> {
    sqlx::query("update request set state = state where id = $1").bind(id.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// Adds a request.
pub async fn insert(tx: &mut Transaction<'static, Any>, request: &Request) -> Result<()> {
    let json = |value: std::result::Result<String, serde_json::Error>| {
        value.map_err(|error| EngineError::damaged("request", request.id.as_str(), error))
    };
    sqlx::query(
        "insert into request (id, environment, procedure, settings, plan, digest, prechecks, by_id, reason, at, state,
            makers, ticket, summary, confirmations)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12, $13, $14)",
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
    .bind(makers(request))
    .bind(&request.ticket)
    .bind(&request.plan.summary)
    .bind(json(serde_json::to_string(&request.plan.confirmations))?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Replaces the plan of an open request, and what belongs to it.
pub async fn replan(tx: &mut Transaction<'static, Any>, request: &Request) -> Result<()> {
    let json = |value: std::result::Result<String, serde_json::Error>| {
        value.map_err(|error| EngineError::damaged("request", request.id.as_str(), error))
    };
    sqlx::query(
        "update request set settings = $2, plan = $3, digest = $4, prechecks = $5, at = $6, makers = $7,
            summary = $8, confirmations = $9
         where id = $1 and state = 'open'",
    )
    .bind(request.id.as_str())
    .bind(json(serde_json::to_string(&request.settings))?)
    .bind(json(serde_json::to_string(&request.plan))?)
    .bind(request.digest.as_str())
    .bind(json(serde_json::to_string(&request.prechecks))?)
    .bind(request.at.0)
    .bind(makers(request))
    .bind(&request.plan.summary)
    .bind(json(serde_json::to_string(&request.plan.confirmations))?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Older rows do not name them: then it is whoever asked.
fn makers_of(text: &str, by: PersonId) -> Result<BTreeSet<PersonId>> {
    let mut makers = ids(text)?;
    makers.insert(by);
    Ok(makers)
}

fn makers(request: &Request) -> String {
    request.makers.iter().map(PersonId::as_str).collect::<Vec<_>>().join(" ")
}

/// Records a decision. The caller holds the request's row, so that numbers are given one by one.
pub async fn insert_decision(tx: &mut Transaction<'static, Any>, request: &Request, approval: &Approval) -> Result<()> {
    let number = i64::try_from(request.approvals.len()).unwrap_or(i64::MAX).saturating_add(1);
    let signed = approval.signed.as_ref();
    sqlx::query(
        "insert into decision (request, number, by_id, digest, decision, reason, at, policy, signed_with, signature)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(request.id.as_str())
    .bind(number)
    .bind(approval.by.as_str())
    .bind(approval.digest.as_str())
    .bind(match approval.decision {
        Decision::Approve => "approve",
        Decision::Deny => "deny",
    })
    .bind(&approval.reason)
    .bind(approval.at.0)
    .bind(approval.policy.as_str())
    .bind(signed.map(|signed| signed.key.as_str()))
    .bind(signed.map(|signed| signed.signature.as_str()))
    .execute(&mut **tx)
    .await?;
    Ok(())
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
    let by = PersonId::new(row.try_get::<String, _>(6)?)?;
    let makers = makers_of(&row.try_get::<String, _>(12)?, by.clone())?;
    Ok(Request {
        id: RequestId::new(id.clone())?,
        environment: EnvironmentId::new(row.try_get::<String, _>(1)?)?,
        settings: parse(&id, row.try_get(2)?)?,
        plan: parse(&id, row.try_get(3)?)?,
        digest: PlanDigest::new(row.try_get::<String, _>(4)?)?,
        prechecks: parse(&id, row.try_get(5)?)?,
        by,
        by_name: row.try_get(7)?,
        makers,
        reason: row.try_get(8)?,
        ticket: row.try_get(13)?,
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
        policy: match row.try_get::<String, _>(6)?.as_str() {
            BEFORE_POLICIES => Demand::of_nobody().digest(),
            digest => PolicyDigest::new(digest)?,
        },
        signed: signed(row.try_get(7)?, row.try_get(8)?),
    })
}

/// What cannot be a signature is none: it counts for as much.
fn signed(key: Option<String>, signature: Option<String>) -> Option<Signed> {
    Some(Signed { key: AuditKey::new(key?).ok()?, signature: AuditSignature::new(signature?).ok()? })
}

/// What stands with decisions that are older than the policies.
const BEFORE_POLICIES: &str = "NOBODY";

fn parse<T: DeserializeOwned>(id: &str, json: String) -> Result<T> {
    serde_json::from_str(&json).map_err(|error| EngineError::damaged("request", id, error))
}
