//! Rows of REST as what they mean (2.2, 2.3). Fields that are not read here are skipped as they come: they may be secret.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudify::{
    Agent, AgentStatus, AgentWorkflow, Deployment, Execution, ExecutionStatus, HealPolicy, Maintenance,
    MaintenanceStatus, ManagerStatus, Snapshot, SnapshotStatus, User,
};
use model::id::{DeploymentId, ExecutionId, NodeInstanceId, SnapshotId, TenantName};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct TenantRow {
    pub(crate) name: TenantName,
}

#[derive(Deserialize)]
pub(crate) struct RestoreRow {
    pub(crate) status: String,
}

#[derive(Deserialize)]
pub(crate) struct UserRow {
    username: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    last_login_at: Option<String>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            name: row.username,
            role: row.role.unwrap_or_else(|| "not told".to_owned()),
            active: row.active.unwrap_or(true),
            last_login_at: row.last_login_at.filter(|at| !at.is_empty()),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct ExecutionRow {
    id: ExecutionId,
    workflow_id: String,
    status: ExecutionStatus,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    deployment_id: Option<DeploymentId>,
    #[serde(default)]
    is_system_workflow: Option<bool>,
    #[serde(default)]
    tenant_name: Option<TenantName>,
}

impl ExecutionRow {
    pub(crate) fn read(self, asked: Option<TenantName>) -> Execution {
        Execution {
            id: self.id,
            tenant: self.tenant_name.or(asked),
            workflow: self.workflow_id,
            deployment: self.deployment_id,
            status: self.status,
            error: self.error.unwrap_or_default(),
            created_at: self.created_at.unwrap_or_default(),
            is_system: self.is_system_workflow.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct SnapshotRow {
    id: SnapshotId,
    status: SnapshotStatus,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    created_by: Option<String>,
    /// 4.3 and later.
    #[serde(default)]
    visibility: Option<String>,
    /// Before.
    #[serde(default)]
    resource_availability: Option<String>,
    #[serde(default)]
    tenant_name: Option<TenantName>,
}

impl SnapshotRow {
    pub(crate) fn read(self, asked: Option<TenantName>) -> Snapshot {
        Snapshot {
            id: self.id,
            tenant: self.tenant_name.or(asked),
            status: self.status,
            error: self.error.unwrap_or_default(),
            created_at: self.created_at.unwrap_or_default(),
            created_by: self.created_by,
            visibility: self.visibility.or(self.resource_availability),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct MaintenanceRow {
    status: MaintenanceStatus,
    #[serde(default)]
    requested_by: Option<String>,
    #[serde(default)]
    remaining_executions: Option<Vec<RemainingRow>>,
}

#[derive(Deserialize)]
struct RemainingRow {
    id: ExecutionId,
}

impl From<MaintenanceRow> for Maintenance {
    fn from(row: MaintenanceRow) -> Self {
        let remaining = row.remaining_executions.into_iter().flatten().map(|one| one.id).collect();
        let requested_by = row.requested_by.filter(|by| !by.is_empty());
        Self { status: row.status, requested_by, remaining }
    }
}

#[derive(Deserialize)]
pub(crate) struct DeploymentRow {
    id: DeploymentId,
    #[serde(default)]
    tenant_name: Option<TenantName>,
    #[serde(default)]
    workflows: Value,
    #[serde(default)]
    groups: Value,
}

impl DeploymentRow {
    /// With whatever tenant it is of, given what the row says.
    pub(crate) fn read(self, tenant: impl FnOnce(Option<TenantName>) -> TenantName) -> Deployment {
        Deployment {
            tenant: tenant(self.tenant_name),
            id: self.id,
            policies: policies(&self.groups),
            workflows: workflows(&self.workflows),
            hosts: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }
}

/// Told as a list of objects or, where only some fields were asked for, as they are kept: by name.
fn workflows(value: &Value) -> BTreeSet<AgentWorkflow> {
    let named = |row: &Value| row.get("name").and_then(Value::as_str).map(str::to_owned);
    let names: Vec<String> = match value {
        Value::Array(rows) => rows.iter().filter_map(named).collect(),
        Value::Object(by_name) => by_name.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let known = |name: String| match name.as_str() {
        "install_new_agents" => Some(AgentWorkflow::InstallNewAgents),
        "validate_agents" => Some(AgentWorkflow::ValidateAgents),
        _ => None,
    };
    names.into_iter().filter_map(known).collect()
}

/// Policies with a trigger: without one a policy only watches.
fn policies(groups: &Value) -> Vec<HealPolicy> {
    let each = |value: &Value, name: &str| -> Vec<(String, Value)> {
        let inner = value.get(name).and_then(Value::as_object);
        inner.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let mut found = Vec::new();
    for (group, value) in groups.as_object().into_iter().flatten() {
        for (policy, value) in each(value, "policies") {
            for (_, trigger) in each(&value, "triggers") {
                let workflow = trigger.get("parameters").and_then(|parameters| parameters.get("workflow")?.as_str());
                let workflow = workflow.map(str::to_owned);
                found.push(HealPolicy { group: group.clone(), policy: policy.clone(), workflow });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[derive(Deserialize)]
pub(crate) struct InstanceRow {
    pub(crate) id: NodeInstanceId,
    pub(crate) node_id: String,
    pub(crate) deployment_id: DeploymentId,
    #[serde(default)]
    host_id: Option<String>,
    #[serde(default)]
    pub(crate) state: Option<String>,
    #[serde(default)]
    pub(crate) tenant_name: Option<TenantName>,
    #[serde(default)]
    runtime_properties: Option<Runtime>,
}

/// Of what an instance keeps, what concerns its agent. Anybody's blueprint may put anything there.
#[derive(Deserialize, Default)]
struct Runtime {
    #[serde(default)]
    cloudify_agent: Value,
    #[serde(default)]
    old_cloudify_agent: Value,
    #[serde(default)]
    agent_status: Value,
}

impl InstanceRow {
    pub(crate) fn is_host(&self) -> bool {
        self.host_id.as_deref() == Some(self.id.as_str())
    }

    /// The agent, if it has one: a host may be managed without.
    pub(crate) fn agent(&self) -> Option<Agent> {
        let runtime = self.runtime_properties.as_ref()?;
        let agent = &runtime.cloudify_agent;
        let install_method = text(agent, "install_method");
        if install_method.as_deref() == Some("none") {
            return None;
        }
        Some(Agent {
            name: text(agent, "name")?,
            version: text(agent, "version"),
            install_method,
            broker: agent.get("broker_config").and_then(broker),
            replaced: text(&runtime.old_cloudify_agent, "name"),
            status: status_of(&runtime.agent_status),
            state: None,
        })
    }
}

/// One address or, of a cluster, several.
fn broker(config: &Value) -> Option<String> {
    match config.get("broker_ip")? {
        Value::String(address) if !address.is_empty() => Some(address.clone()),
        Value::Array(all) => {
            let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        _ => None,
    }
}

fn status_of(value: &Value) -> Option<AgentStatus> {
    let flag = |name: &str| value.get(name).and_then(Value::as_bool);
    let status = AgentStatus {
        alive: flag("agent_alive"),
        alive_over_old_broker: flag("agent_alive_crossbroker"),
        at: text(value, "timestamp"),
    };
    value.is_object().then_some(status)
}

#[derive(Deserialize)]
pub(crate) struct AgentRow {
    /// Its name.
    pub(crate) id: String,
    pub(crate) deployment: DeploymentId,
    #[serde(default)]
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) state: Option<String>,
    #[serde(default)]
    pub(crate) tenant_name: Option<TenantName>,
}

/// Both shapes of `/status` (2.2): a list of units, or services by name.
pub(crate) fn status(value: &Value) -> Result<ManagerStatus, String> {
    let word = text(value, "status").ok_or("the answer names no status")?;
    let services = match value.get("services") {
        Some(Value::Array(rows)) => rows.iter().filter_map(unit).collect(),
        Some(Value::Object(by_name)) => by_name
            .iter()
            .map(|(name, row)| (name.clone(), text(row, "status").unwrap_or_else(|| "unknown".to_owned())))
            .collect(),
        _ => BTreeMap::new(),
    };
    Ok(ManagerStatus { word, services })
}

/// A unit that is stopped has no instances at all.
fn unit(row: &Value) -> Option<(String, String)> {
    let name = text(row, "display_name")?;
    let instances = row.get("instances").and_then(Value::as_array);
    let state = instances.and_then(|all| text(all.first()?, "state"));
    Some((name, state.unwrap_or_else(|| "unknown".to_owned())))
}

/// The agent networks of the provider context (N4).
pub(crate) fn networks(value: &Value) -> Result<BTreeSet<String>, String> {
    let path = ["context", "cloudify", "cloudify_agent", "networks"];
    let networks = path.iter().try_fold(value, |value, name| value.get(*name));
    let networks = networks.and_then(Value::as_object).ok_or("its provider context names no agent networks")?;
    Ok(networks.keys().cloned().collect())
}

/// A field as text; an empty one is none.
fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
