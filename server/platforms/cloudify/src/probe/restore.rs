//! A restore: whatever is no answer means that it still runs (3.5).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::cloudify::{ExecutionStatus, Login};
use model::id::{ExecutionId, NodeInstanceId, SnapshotId};
use model::plan::{Answer, Baseline, DeploymentRef, Side};
use serde::Deserialize;
use serde_json::Value;

use super::{busy, holds, managers, never, not_yet, work};
use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::{deployments, rows, scope::Scope};
use crate::rest::{Of, Session};

/// How many findings are told.
const TOLD: usize = 12;
/// Between two answers in a row.
const BETWEEN: Duration = Duration::from_millis(500);

/// That no execution is listed proves nothing by itself: a restore replaces the list. It takes the record of the snapshot
/// with it, though (fact 9).
pub(super) async fn not_begun(inner: &Inner, snapshot: &SnapshotId) -> Result<Answer, CloudifyError> {
    let session = inner.rest(Side::New).session().await?;
    if let Some(execution) = work::about(&session, "restore_snapshot", snapshot).await? {
        return Ok(not_yet(format!("execution {} restores it, or has", execution.id)));
    }
    Ok(match super::snapshot::find(&session, snapshot).await? {
        Some(_) => holds(format!("no execution restores {snapshot}, and it is there as it was uploaded")),
        None => not_yet(format!("{snapshot} is not there any more: its database may have been replaced")),
    })
}

pub(super) async fn restored(inner: &Inner, snapshot: &SnapshotId) -> Answer {
    let looked = async {
        let session = inner.rest(Side::New).session().await?;
        let Some(execution) = work::about(&session, "restore_snapshot", snapshot).await? else {
            let reason = "its execution is not listed. While the database is replaced that is so; if it stays so, the \
                          record is lost, and the manager itself has to be looked at";
            return Ok(Answer::Unknown { reason: reason.to_owned() });
        };
        let said = format!("execution {} is {}", execution.id, execution.status);
        Ok::<_, CloudifyError>(match execution.status {
            ExecutionStatus::Failed | ExecutionStatus::Cancelled => never(format!("{said}: {}", execution.why())),
            ExecutionStatus::Terminated if still_runs(&session).await => {
                busy(format!("{said}, and it is not over yet"))
            }
            ExecutionStatus::Terminated => told(said, errors(&session, &execution.id).await?),
            _ => busy(said),
        })
    };
    match looked.await {
        Ok(answer) => answer,
        // Refused connections, 500, 502, 401 and 404 are how a restore looks from outside.
        Err(error) => Answer::Unknown { reason: format!("REST does not answer as usual while it restores: {error}") },
    }
}

/// The flag goes away at the end, also after a failure, so that it proves nothing by itself (3.5).
async fn still_runs(session: &Session<'_>) -> bool {
    if !session.version.has_snapshot_status() {
        return false;
    }
    let row = session.ask::<rows::RestoreRow>("snapshot-status", Of::Manager).await;
    row.is_ok_and(|row| row.status == "running")
}

fn told(said: String, errors: Vec<String>) -> Answer {
    if errors.is_empty() {
        return holds(format!("{said}; it has logged no error"));
    }
    let more = errors.len().saturating_sub(TOLD);
    let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
    let shown = errors.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    Answer::Flawed { evidence: format!("{said}; it has gone on after {} errors: {shown}{tail}", errors.len()) }
}

#[derive(Deserialize)]
struct EventRow {
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    message: Option<Value>,
}

/// What it has logged as warnings and errors. Those from before the database was replaced are gone with it.
pub(crate) async fn errors(session: &Session<'_>, execution: &ExecutionId) -> Result<Vec<String>, CloudifyError> {
    let filters = [("execution_id", execution.as_str()), ("type", "cloudify_log"), ("_sort", "reported_timestamp")];
    let all: Vec<EventRow> = session.list("events", &filters, Of::Tenant(session.tenant())).await?;
    let bad = |row: &EventRow| matches!(row.level.as_deref(), Some("warning" | "warn" | "error" | "critical"));
    Ok(all.into_iter().filter(bad).map(|row| words(row.message)).collect())
}

fn words(message: Option<Value>) -> String {
    match message {
        Some(Value::String(text)) => text,
        Some(other) => other.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        None => String::new(),
    }
}

/// S8: the wait is part of the look, so that whoever takes the run up waits, too.
pub(super) async fn settled(inner: &Inner, pause: u32, answers: u32, admin: Side) -> Answer {
    tokio::time::sleep(Duration::from_secs(u64::from(pause))).await;
    let rest = inner.rest(Side::New);
    let mut said = String::new();
    for number in 1..=answers.max(1) {
        let asked = async {
            let session = rest.session().await?;
            let _: Value = session.ask("status", Of::Manager).await?;
            if session.version.has_tenants() {
                let _: Value = session.ask("user", Of::Manager).await?;
            }
            Ok::<_, CloudifyError>(session.login)
        };
        let login = match asked.await {
            Ok(login) => login,
            Err(error) => return not_yet(format!("answer {number} of {answers}: {error}")),
        };
        let wanted = match admin {
            Side::Old => Login::Old,
            Side::New => Login::New,
        };
        if login != wanted && !rest.has_one_door() {
            return not_yet(format!("{login} is let in still"));
        }
        said = format!("{answers} good answers in a row; {login} is let in");
        tokio::time::sleep(BETWEEN).await;
    }
    holds(said)
}

/// What is missing fails; agents without a broker are what the restore has only warned of (4.1, 5).
pub(super) async fn same_as_before(inner: &Inner, before: &[Baseline]) -> Result<Answer, CloudifyError> {
    let session = inner.rest(Side::New).session().await?;
    let tenants = managers::tenants(inner, &session).await;
    let found = deployments::deployments(&session, &Scope::new(&session, &tenants)).await?;
    let there: BTreeMap<DeploymentRef, _> =
        found.iter().map(|one| (DeploymentRef { tenant: one.tenant.clone(), id: one.id.clone() }, one)).collect();
    let mut missing = Vec::new();
    let mut lost = Vec::new();
    for baseline in before {
        let Some(deployment) = there.get(&baseline.deployment) else {
            missing.push(baseline.deployment.to_string());
            continue;
        };
        let hosts: BTreeSet<&NodeInstanceId> = deployment.hosts.keys().collect();
        missing.extend(
            baseline.hosts.iter().filter(|id| !hosts.contains(id)).map(|id| format!("{id} of {}", baseline.deployment)),
        );
        let agents: BTreeMap<&NodeInstanceId, _> = deployment.agents().collect();
        let without = |id: &&NodeInstanceId| agents.get(id).is_none_or(|agent| agent.broker.is_none());
        lost.extend(
            baseline
                .hosts
                .iter()
                .filter(|id| hosts.contains(id))
                .filter(without)
                .map(|id| format!("{id} of {}", baseline.deployment)),
        );
    }
    let all = format!("{} deployments are there", before.len());
    Ok(match (missing.is_empty(), lost.is_empty()) {
        (false, _) => never(format!("missing: {}", shown(&missing))),
        (true, true) => holds(format!("{all}, with their hosts and agents")),
        (true, false) => {
            Answer::Flawed { evidence: format!("{all}; no broker is known of the agents of {}", shown(&lost)) }
        }
    })
}

fn shown(all: &[String]) -> String {
    let more = all.len().saturating_sub(TOLD);
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{tail}", all.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", "))
}
