//! Executions, with what they were told: that is how those of one migration are known.

use model::cloudify::ExecutionStatus;
use model::id::{DeploymentId, ExecutionId, SnapshotId, TenantName};
use serde::Deserialize;
use serde_json::Value;

use crate::CloudifyError;
use crate::rest::{Of, Session};

#[derive(Debug, Deserialize)]
pub(crate) struct Work {
    pub(crate) id: ExecutionId,
    pub(crate) status: ExecutionStatus,
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// As the manager wrote it, by its own clock.
    #[serde(default)]
    pub(crate) created_at: String,
    #[serde(default)]
    pub(crate) deployment_id: Option<DeploymentId>,
    #[serde(default)]
    parameters: Value,
}

impl Work {
    pub(crate) fn is_about(&self, snapshot: &SnapshotId) -> bool {
        self.parameters.get("snapshot_id").and_then(Value::as_str) == Some(snapshot.as_str())
    }

    /// Told to install nothing.
    pub(crate) fn is_dry_run(&self) -> bool {
        match self.parameters.get("install") {
            Some(Value::Bool(install)) => !install,
            Some(Value::String(word)) => word.eq_ignore_ascii_case("false"),
            _ => false,
        }
    }

    pub(crate) fn why(&self) -> String {
        match self.error.as_deref() {
            None | Some("") => "no reason given".to_owned(),
            Some(error) => error.to_owned(),
        }
    }
}

/// The newest execution of a workflow of the system that is about this snapshot. Such belong to the tenant of who asked.
pub(crate) async fn about(
    session: &Session<'_>,
    workflow: &str,
    snapshot: &SnapshotId,
) -> Result<Option<Work>, CloudifyError> {
    let filters = [("_include_system_workflows", "true"), ("workflow_id", workflow), ("_sort", "-created_at")];
    let found: Vec<Work> = session.list("executions", &filters, Of::Tenant(session.tenant())).await?;
    Ok(found.into_iter().find(|work| work.is_about(snapshot)))
}

/// All executions of a workflow in a tenant, newest first.
pub(crate) async fn in_tenant(
    session: &Session<'_>,
    tenant: &TenantName,
    workflow: &str,
) -> Result<Vec<Work>, CloudifyError> {
    let filters = [("workflow_id", workflow), ("_sort", "-created_at")];
    session.list("executions", &filters, Of::Tenant(tenant)).await
}
