//! What is under way, and snapshots.

use model::cloudify::{Execution, ExecutionStatus, Maintenance, Snapshot};

use super::rows;
use super::scope::Scope;
use crate::CloudifyError;
use crate::rest::{Of, Session};

/// States that are not the end, known to every release (1.4).
const RUNNING: [&str; 4] = ["pending", "started", "cancelling", "force_cancelling"];
/// Those that came later. An older database refuses to compare with words it does not know.
const RUNNING_LATER: [&str; 3] = ["queued", "scheduled", "kill_cancelling"];

/// Executions that have not ended, of all tenants and of the system, newest first.
pub(crate) async fn executions(session: &Session<'_>, scope: &Scope<'_>) -> Result<Vec<Execution>, CloudifyError> {
    let mut filters = vec![("_include_system_workflows", "true"), ("_sort", "-created_at")];
    filters.extend(RUNNING.iter().map(|status| ("status", *status)));
    if session.version.has_queue() {
        filters.extend(RUNNING_LATER.iter().map(|status| ("status", *status)));
    }
    let rows: Vec<(_, rows::ExecutionRow)> = scope.list("executions", &filters).await?;
    let mut found: Vec<Execution> = rows.into_iter().map(|(tenant, row)| row.read(tenant)).collect();
    // One that has ended between two pages is not under way.
    found.retain(|one| !ExecutionStatus::has_ended(&one.status));
    // Tenant by tenant, each list is in order for itself.
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Snapshots of all tenants, newest first.
pub(crate) async fn snapshots(scope: &Scope<'_>) -> Result<Vec<Snapshot>, CloudifyError> {
    let rows: Vec<(_, rows::SnapshotRow)> = scope.list("snapshots", &[("_sort", "-created_at")]).await?;
    let mut found: Vec<Snapshot> = rows.into_iter().map(|(tenant, row)| row.read(tenant)).collect();
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

pub(crate) async fn maintenance(session: &Session<'_>) -> Result<Maintenance, CloudifyError> {
    let row: rows::MaintenanceRow = session.ask("maintenance", Of::Manager).await?;
    Ok(row.into())
}
