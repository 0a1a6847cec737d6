//! Objects as each release shows them (2.3).

use serde_json::{Map, Value, json};

use super::data::{Blueprint, Data, Deployment, Event, EventKind, Execution, Instance, Role, User};
use super::release::Release;
use super::shared::{Security, Snapshot};

/// What a list of each kind can be filtered and sorted by.
pub(super) const SNAPSHOT: &[&str] = &[
    "id",
    "created_at",
    "status",
    "error",
    "private_resource",
    "resource_availability",
    "visibility",
    "tenant_name",
    "created_by",
];
pub(super) const EXECUTION: &[&str] = &[
    "id",
    "workflow_id",
    "status",
    "status_display",
    "error",
    "created_at",
    "started_at",
    "ended_at",
    "scheduled_for",
    "is_dry_run",
    "deployment_id",
    "blueprint_id",
    "is_system_workflow",
    "parameters",
    "token",
    "private_resource",
    "resource_availability",
    "visibility",
    "tenant_name",
    "created_by",
];
pub(super) const BLUEPRINT: &[&str] = &["id", "created_at", "tenant_name", "main_file_name", "description"];
pub(super) const DEPLOYMENT: &[&str] =
    &["id", "blueprint_id", "created_at", "tenant_name", "workflows", "policy_triggers", "groups", "created_by"];
pub(super) const NODE: &[&str] =
    &["id", "deployment_id", "blueprint_id", "host_id", "type", "number_of_instances", "tenant_name"];
pub(super) const INSTANCE: &[&str] = &[
    "id",
    "node_id",
    "deployment_id",
    "host_id",
    "state",
    "version",
    "relationships",
    "scaling_groups",
    "runtime_properties",
    "tenant_name",
];
pub(super) const AGENT: &[&str] =
    &["id", "ip", "deployment", "node", "system", "version", "install_method", "tenant_name", "state"];
pub(super) const EVENT: &[&str] = &[
    "type",
    "event_type",
    "level",
    "logger",
    "message",
    "timestamp",
    "reported_timestamp",
    "execution_id",
    "deployment_id",
    "blueprint_id",
    "workflow_id",
    "node_instance_id",
];
pub(super) const USER: &[&str] = &["username", "role", "groups", "tenants", "active", "last_login_at"];
pub(super) const TENANT: &[&str] = &["name", "groups", "users"];

/// Who may see it and whose it is; 3.4.2 does not know.
fn owned(mut object: Value, release: Release, tenant: &str, by: &str, private: bool) -> Value {
    if release.has_tenants() {
        object["private_resource"] = private.into();
        let name = if release.has_visibility() { "visibility" } else { "resource_availability" };
        object[name] = if private { "private".into() } else { "tenant".into() };
        object["tenant_name"] = tenant.into();
        object["created_by"] = by.into();
    }
    object
}

pub(super) fn snapshot(snapshot: &Snapshot, release: Release) -> Value {
    let object = json!({
        "id": snapshot.id, "created_at": snapshot.created_at, "status": snapshot.status.word(),
        "error": snapshot.error,
    });
    owned(object, release, &snapshot.tenant, &snapshot.created_by, snapshot.private)
}

pub(super) fn execution(execution: &Execution, release: Release) -> Value {
    let word = execution.status.word();
    let mut object = json!({
        "id": execution.id, "workflow_id": execution.workflow, "status": word, "error": execution.error,
        "created_at": execution.created_at, "deployment_id": execution.deployment,
        "blueprint_id": execution.blueprint, "is_system_workflow": execution.is_system,
        "parameters": execution.parameters,
    });
    if release.has_long_executions() {
        object["started_at"] = execution.started_at.clone().into();
        object["ended_at"] = execution.ended_at.clone().into();
        object["scheduled_for"] = Value::Null;
        object["is_dry_run"] = false.into();
        // What tables of the CLI print for `status` (1.3).
        object["status_display"] = if word == "terminated" { "completed".into() } else { word.into() };
    }
    if release.is_clustered() {
        object["token"] = Value::Null;
    }
    owned(object, release, &execution.tenant, &execution.created_by, false)
}

pub(super) fn blueprint(blueprint: &Blueprint, release: Release) -> Value {
    let object = json!({
        "id": blueprint.id, "created_at": blueprint.created_at, "updated_at": blueprint.created_at,
        "main_file_name": "blueprint.yaml", "description": null, "plan": {},
    });
    owned(object, release, &blueprint.tenant, "admin", false)
}

/// The words of the workflows a deployment has. `validate_agents` came with 4.4, and only to new ones (3.6).
pub(super) fn workflows(deployment: &Deployment) -> Vec<&'static str> {
    let mut names = vec!["install", "uninstall", "execute_operation", "heal", "scale", "install_new_agents"];
    if deployment.made_on >= Release::V4_5 {
        names.push("validate_agents");
    }
    names
}

pub(super) fn deployment(deployment: &Deployment, release: Release) -> Value {
    let named = |name: &&str| json!({ "name": name, "created_at": null, "parameters": {} });
    let groups = if deployment.heals {
        let policy = json!({
            "type": "cloudify.policies.types.host_failure",
            "triggers": { "heal_trigger": {
                "type": "cloudify.policies.triggers.execute_workflow", "parameters": { "workflow": "heal" } } },
        });
        json!({ "healing": { "members": ["vm"], "policies": { "host_failure": policy } } })
    } else {
        json!({})
    };
    let triggers = if deployment.heals {
        json!({ "cloudify.policies.triggers.execute_workflow": { "parameters": {} } })
    } else {
        json!({})
    };
    let object = json!({
        "id": deployment.id, "blueprint_id": deployment.blueprint, "created_at": deployment.created_at,
        "updated_at": deployment.created_at, "description": null, "inputs": {}, "outputs": {}, "scaling_groups": {},
        "policy_types": {}, "policy_triggers": triggers, "groups": groups,
        "workflows": workflows(deployment).iter().map(named).collect::<Vec<_>>(),
    });
    owned(object, release, &deployment.tenant, "admin", false)
}

/// The nodes of all deployments: what their instances are made from.
pub(super) fn nodes(data: &Data, release: Release) -> Vec<(String, Value)> {
    let mut nodes = Vec::new();
    for deployment in &data.deployments {
        for (id, kind) in [("vm", "cloudify.nodes.Compute"), ("app", "cloudify.nodes.SoftwareComponent")] {
            let instances = data.instances_of(&deployment.tenant, &deployment.id);
            let number = instances.filter(|instance| instance.node == id).count();
            let object = json!({
                "id": id, "deployment_id": deployment.id, "blueprint_id": deployment.blueprint, "host_id": "vm",
                "type": kind, "type_hierarchy": ["cloudify.nodes.Root", kind], "number_of_instances": number,
                "planned_number_of_instances": number, "deploy_number_of_instances": number, "plugins": [],
                "properties": {}, "operations": {}, "relationships": [],
            });
            nodes.push((deployment.tenant.clone(), owned(object, release, &deployment.tenant, "admin", false)));
        }
    }
    nodes
}

pub(super) fn instance(instance: &Instance, release: Release) -> Value {
    let relationships = if instance.is_host() {
        json!([])
    } else {
        json!([{ "target_id": instance.host, "target_name": "vm", "type": "cloudify.relationships.contained_in" }])
    };
    let object = json!({
        "id": instance.id, "node_id": instance.node, "deployment_id": instance.deployment, "host_id": instance.host,
        "state": instance.state, "version": instance.version, "relationships": relationships, "scaling_groups": [],
        "runtime_properties": instance.runtime,
    });
    owned(object, release, &instance.tenant, "admin", false)
}

/// The agent of a host that has one.
pub(super) fn agent(instance: &Instance) -> Value {
    let state = instance.runtime.get("agent_state").and_then(Value::as_str).unwrap_or("started");
    json!({
        "id": instance.agent("name"), "ip": instance.agent("ip"), "deployment": instance.deployment,
        "node": instance.node, "system": instance.agent("system"), "version": instance.agent("version"),
        "install_method": instance.agent("install_method"), "tenant_name": instance.tenant,
        "state": state,
    })
}

/// An event, flat as in v3.
pub(super) fn event(event: &Event, execution: Option<&Execution>) -> Value {
    let kind = match &event.kind {
        EventKind::Event(_) => "cloudify_event",
        EventKind::Log(_) => "cloudify_log",
    };
    let mut object = json!({
        "type": kind, "message": event.message, "timestamp": event.at, "reported_timestamp": event.at,
        "execution_id": event.execution, "deployment_id": execution.and_then(|found| found.deployment.as_deref()),
        "blueprint_id": execution.and_then(|found| found.blueprint.as_deref()),
        "workflow_id": execution.map(|found| found.workflow.as_str()),
        "node_name": event.instance.as_deref().map(|_| "vm"), "node_instance_id": event.instance, "operation": null,
        "error_causes": null,
    });
    match &event.kind {
        EventKind::Event(name) => object["event_type"] = name.as_str().into(),
        EventKind::Log(level) => {
            object["level"] = level.as_str().into();
            object["logger"] = format!("ctx.{}", event.execution).into();
        }
    }
    object
}

/// The same event as v2 and v2.1 show it.
pub(super) fn nested(flat: &Value) -> Value {
    let mut object = json!({
        "type": flat["type"], "timestamp": flat["timestamp"], "message": { "text": flat["message"] },
        "context": {
            "execution_id": flat["execution_id"], "deployment_id": flat["deployment_id"],
            "blueprint_id": flat["blueprint_id"], "workflow_id": flat["workflow_id"],
            "node_id": flat["node_instance_id"], "node_name": flat["node_name"], "operation": flat["operation"],
        },
    });
    for name in ["event_type", "level", "logger"] {
        if let Some(value) = flat.get(name) {
            object[name] = value.clone();
        }
    }
    object
}

fn role(user: &User) -> &'static str {
    match user.role {
        Role::SysAdmin => "sys_admin",
        Role::Default => "default",
    }
}

/// A user, with its tenants in full or as a number.
pub(super) fn user(user: &User, release: Release, with_data: bool) -> Value {
    let role = role(user);
    let (groups, tenants) = if with_data {
        let tenants = user.tenants.iter().map(|name| (name.clone(), json!(["user"]))).collect::<Map<_, _>>();
        (json!([]), Value::Object(tenants))
    } else {
        (json!(0), json!(user.tenants.len()))
    };
    let mut object = json!({
        "username": user.name, "role": role, "groups": groups, "tenants": tenants, "active": user.active,
        "last_login_at": user.last_login_at,
    });
    // Groups have roles from 4.3 on. The CLI of 7 fails without them.
    if release >= Release::V4_5 {
        object["group_system_roles"] = json!({});
        if with_data {
            object["tenant_roles"] = json!({ "direct": object["tenants"], "groups": {} });
        }
    }
    object
}

/// What `POST /tokens` and `GET /tokens` answer.
pub(super) fn token(user: &User, security: &Security) -> Value {
    let role = role(user);
    json!({ "username": user.name, "value": super::auth::token(user, security), "role": role })
}
