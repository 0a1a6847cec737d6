//! The page of snapshots: what both managers tell of them, and fetching an archive.

mod fetch;

use std::time::Duration;

use futures::FutureExt as _;
use model::cloudify::{ExecutionStatus, Logged, ManagerSnapshots, SnapshotWork, WorkKind};
use model::id::ExecutionId;
use model::observed::Observed;
use model::plan::Side;
use serde::Deserialize;
use serde_json::Value;

use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::{manager, observe, scope::Scope, work};
use crate::probe::restore;
use crate::rest::{Rest, Session};

pub(crate) use fetch::open;
pub use fetch::{FetchError, Outgoing};

/// How long one manager is waited for: the page is shown to somebody who waits.
const PATIENCE: Duration = Duration::from_secs(8);
/// Restores that are over and still told of.
const PAST_RESTORES: usize = 3;
/// Complaints of a restore that are told in its words.
const TOLD: usize = 5;

const VERSION: &str = "GET /version";
const SNAPSHOTS: &str = "GET /snapshots";
const EXECUTIONS: &str = "GET /executions";
const STATUS: &str = "GET /snapshot-status";

/// Both managers at once; in place there is one.
pub(crate) async fn look(inner: &Inner) -> Vec<ManagerSnapshots> {
    let new = async {
        match &inner.new {
            Some(rest) => Some(one(inner, Side::New, rest, &inner.settings.new.rest().endpoint).await),
            None => None,
        }
    };
    let old = one(inner, Side::Old, &inner.old, &inner.settings.old.rest.endpoint);
    let (old, new) = tokio::join!(old.boxed(), new.boxed());
    std::iter::once(old).chain(new).collect()
}

async fn one(inner: &Inner, side: Side, rest: &Rest, endpoint: &str) -> ManagerSnapshots {
    let asked = async {
        let (session, restoring) = tokio::join!(rest.session(), restoring(inner, rest));
        match session {
            Ok(session) => told(inner, side, endpoint, &session, restoring).await,
            Err(error) => silent(inner, side, endpoint, &error.to_string(), restoring),
        }
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(seen) => seen,
        Err(_) => {
            let reason = format!("it did not answer everything within {} s", PATIENCE.as_secs());
            let restoring = Observed::unknown(reason.clone(), STATUS, (inner.now)());
            silent(inner, side, endpoint, &reason, restoring)
        }
    }
}

/// Releases before 5.0.5 do not know the question.
async fn restoring(inner: &Inner, rest: &Rest) -> Observed<bool> {
    let at = (inner.now)();
    match rest.restoring().await {
        Ok(running) => Observed::known(running, STATUS, at),
        Err(error) if error.is_missing() => Observed::unknown("this release does not tell", STATUS, at),
        Err(error) => Observed::unknown(error.to_string(), STATUS, at),
    }
}

async fn told(
    inner: &Inner,
    side: Side,
    endpoint: &str,
    session: &Session<'_>,
    restoring: Observed<bool>,
) -> ManagerSnapshots {
    let tenants = observe(inner, "GET /tenants", manager::tenants(session)).await;
    let scope = Scope::new(session, &tenants);
    let (snapshots, work) = tokio::join!(
        observe(inner, SNAPSHOTS, work::snapshots(&scope)).boxed(),
        observe(inner, EXECUTIONS, executions(session, &scope)).boxed(),
    );
    let version = Observed::known(session.version.clone(), VERSION, (inner.now)());
    ManagerSnapshots { side, endpoint: endpoint.to_owned(), version, snapshots, work, restoring }
}

fn silent(inner: &Inner, side: Side, endpoint: &str, reason: &str, restoring: Observed<bool>) -> ManagerSnapshots {
    let at = (inner.now)();
    ManagerSnapshots {
        side,
        endpoint: endpoint.to_owned(),
        version: Observed::unknown(reason, VERSION, at),
        snapshots: Observed::unknown(reason, SNAPSHOTS, at),
        work: Observed::unknown(reason, EXECUTIONS, at),
        restoring,
    }
}

#[derive(Deserialize)]
struct WorkRow {
    id: ExecutionId,
    workflow_id: String,
    status: ExecutionStatus,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    parameters: Value,
}

impl WorkRow {
    fn read(self) -> Option<SnapshotWork> {
        let kind = match self.workflow_id.as_str() {
            "create_snapshot" => WorkKind::Create,
            "restore_snapshot" => WorkKind::Restore,
            _ => return None,
        };
        Some(SnapshotWork {
            id: self.id,
            kind,
            snapshot: self.parameters.get("snapshot_id").and_then(Value::as_str).map(str::to_owned),
            status: self.status,
            error: self.error.unwrap_or_default(),
            created_at: self.created_at.unwrap_or_default(),
            logged: None,
        })
    }
}

/// What is under way, and the last restores: how a snapshot came out stands beside the snapshot, but nowhere else how a
/// restore did.
async fn executions(session: &Session<'_>, scope: &Scope<'_>) -> Result<Vec<SnapshotWork>, CloudifyError> {
    let filters = [
        ("_include_system_workflows", "true"),
        ("workflow_id", "create_snapshot"),
        ("workflow_id", "restore_snapshot"),
        ("_sort", "-created_at"),
    ];
    let rows: Vec<(_, WorkRow)> = scope.list("executions", &filters).await?;
    let mut found: Vec<SnapshotWork> = rows.into_iter().filter_map(|(_, row)| row.read()).collect();
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    let mut past = 0;
    found.retain(|work| {
        if !work.status.has_ended() {
            return true;
        }
        past += usize::from(work.kind == WorkKind::Restore);
        work.kind == WorkKind::Restore && past <= PAST_RESTORES
    });
    for work in found.iter_mut().filter(|work| work.kind == WorkKind::Restore) {
        work.logged = Some(logged(session, &work.id).await);
    }
    Ok(found)
}

/// A restore goes on after errors, so that its end alone says little (3.5).
async fn logged(session: &Session<'_>, execution: &ExecutionId) -> Result<Logged, String> {
    let all = restore::errors(session, execution).await.map_err(|error| error.to_string())?;
    Ok(Logged { count: all.len() as u64, first: all.into_iter().take(TOLD).collect() })
}
