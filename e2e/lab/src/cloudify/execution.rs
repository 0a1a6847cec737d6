//! Starting and cancelling executions (2.2).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::agents;
use super::call::{Call, flag, word};
use super::data::{BOOTSTRAP, Deployment, Execution, Status, User};
use super::error::Refusal;
use super::release::Release;
use super::render;
use super::respond::Reply;
use super::shared::{Shared, State};
use super::work::{self, Beginning, Work};

/// Workflows that want the whole manager for themselves.
const SYSTEM_WIDE: [&str; 2] = ["create_snapshot", "restore_snapshot"];

/// `POST /executions`.
pub(super) fn start(shared: &Arc<Shared>, tenant: &str, user: &User, call: &Call) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let body = call.json()?;
    let id = word(&body, "deployment_id")?;
    let workflow = word(&body, "workflow_id")?;
    let allows_custom = flag(&body, "allow_custom_parameters", false)?;
    let force = flag(&body, "force", false)?;
    let queued = release >= Release::V4_5 && flag(&body, "queue", false)?;
    let parameters = match body.get("parameters") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(parameters)) => parameters.clone(),
        Some(_) => return Err(Refusal::bad_parameters("`parameters` must be a dictionary")),
    };
    let now = shared.now();
    let execution = {
        let mut state = shared.state();
        let found = state.data.deployment(tenant, id);
        let deployment = found.cloned().ok_or_else(|| Refusal::no_such("Deployment", id))?;
        if !render::workflows(&deployment).contains(&workflow) {
            return Err(Refusal::no_workflow(id, workflow));
        }
        check_parameters(&deployment, workflow, &parameters, allows_custom)?;
        if !queued {
            check_free(&state, release, tenant, id, force)?;
        }
        work::record(
            &mut state,
            now,
            Beginning { workflow, tenant, user, deployment: Some((id, &deployment.blueprint)), parameters, queued },
        )
    };
    work::carry_out(shared, &execution, work_of(&execution));
    Ok(Reply::Json(201, render::execution(&execution, release)))
}

fn work_of(execution: &Execution) -> Work {
    match execution.workflow.as_str() {
        "install_new_agents" => Work::InstallAgents(agents::Installation::new(&execution.parameters, true)),
        "validate_agents" => Work::InstallAgents(agents::Installation::new(&execution.parameters, false)),
        "heal" => match execution.parameters.get("node_instance_id").and_then(Value::as_str) {
            Some(instance) => Work::Heal { instance: instance.to_owned() },
            None => Work::Other,
        },
        _ => Work::Other,
    }
}

/// Parameters are those the deployment's own types declare, unless the caller allows more (3.6, 4.5).
fn check_parameters(
    deployment: &Deployment,
    workflow: &str,
    given: &Map<String, Value>,
    allows_custom: bool,
) -> Result<(), Refusal> {
    if workflow == "heal" && !given.contains_key("node_instance_id") {
        let text = "Workflow \"heal\" must be provided with the following parameters to execute: node_instance_id";
        return Err(Refusal::bad_execution_parameters(text));
    }
    let declared: Vec<&str> = match workflow {
        "install_new_agents" => agents::parameters(deployment.made_on),
        "validate_agents" => vec!["node_ids", "node_instance_ids", "install_methods"],
        "heal" => vec!["node_instance_id", "diagnose_value", "ignore_failure"],
        _ => return Ok(()),
    };
    let custom: Vec<&str> = given.keys().map(String::as_str).filter(|name| !declared.contains(name)).collect();
    if custom.is_empty() || allows_custom {
        return Ok(());
    }
    let text = format!(
        "Workflow \"{workflow}\" does not have the following parameters declared: {}. Remove these parameters or use \
         the flag for allowing custom parameters",
        custom.join(",")
    );
    Err(Refusal::bad_execution_parameters(text))
}

/// A deployment does one thing at a time, and nothing while a snapshot is made or restored (2.4).
fn check_free(state: &State, release: Release, tenant: &str, deployment: &str, force: bool) -> Result<(), Refusal> {
    let mut active = state.data.executions.iter().filter(|execution| execution.status.is_active());
    let found = active.find(|execution| {
        let is_near = release.is_busy_across_tenants() || execution.tenant == tenant;
        let is_system_wide = is_near && SYSTEM_WIDE.contains(&execution.workflow.as_str());
        let is_same = execution.tenant == tenant && execution.deployment.as_deref() == Some(deployment);
        is_system_wide || (is_same && !force)
    });
    found.map_or(Ok(()), |other| Err(in_the_way(other)))
}

/// Nothing may run when a snapshot is made or restored: in this tenant, from 4.5.5 on in any (2.4).
pub(super) fn check_idle(state: &State, release: Release, tenant: &str) -> Result<(), Refusal> {
    let mut active = state.data.executions.iter().filter(|execution| execution.status.is_active());
    let found = active.find(|execution| release.is_busy_across_tenants() || execution.tenant == tenant);
    found.map_or(Ok(()), |other| Err(in_the_way(other)))
}

fn in_the_way(other: &Execution) -> Refusal {
    Refusal::busy(format!("Cannot start execution because there are other executions currently running: {}", other.id))
}

/// `POST /executions/ID`.
pub(super) fn cancel(shared: &Shared, tenant: &str, user: &User, id: &str, call: &Call) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let body = call.json()?;
    let next = match word(&body, "action")? {
        "cancel" => Status::Cancelling,
        "force-cancel" => Status::ForceCancelling,
        "kill" if release >= Release::V4_5 => Status::KillCancelling,
        other => return Err(Refusal::bad_parameters(format!("Invalid action: {other}"))),
    };
    let mut state = shared.state();
    let found = state.data.execution_mut(id).filter(|found| found.tenant == tenant);
    let execution = found.ok_or_else(|| Refusal::no_such("Execution", id))?;
    if execution.status.has_ended() {
        let text = format!(
            "Can't cancel execution {id} because it's in status {}, asked by {}",
            execution.status.word(),
            user.name
        );
        return Err(Refusal::illegal_action(text));
    }
    execution.status = next;
    Ok(Reply::ok(render::execution(execution, release)))
}

/// A heal that the manager starts by itself. Which host it is for, if the deployment has one.
pub(super) fn heal(shared: &Arc<Shared>, tenant: &str, deployment: &str) -> Option<String> {
    let now = shared.now();
    let (execution, instance) = {
        let mut state = shared.state();
        let instance = state.data.instances_of(tenant, deployment).find(|found| found.is_host())?.id.clone();
        let blueprint = state.data.deployment(tenant, deployment)?.blueprint.clone();
        let user = state.data.users.iter().find(|user| user.id == BOOTSTRAP)?.clone();
        let parameters = Map::from_iter([("node_instance_id".to_owned(), Value::from(instance.as_str()))]);
        let beginning = Beginning {
            workflow: "heal",
            tenant,
            user: &user,
            deployment: Some((deployment, &blueprint)),
            parameters,
            queued: false,
        };
        (work::record(&mut state, now, beginning), instance)
    };
    work::carry_out(shared, &execution, Work::Heal { instance });
    Some(execution.id)
}
