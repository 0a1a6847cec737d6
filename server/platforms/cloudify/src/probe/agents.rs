//! Agents of one deployment (3.6, 4.5).

use std::collections::BTreeMap;

use model::cloudify::Agent;
use model::id::{NodeInstanceId, SnapshotId};
use model::plan::{AgentRef, Answer, DeploymentRef, Side};

use super::{holds, not_yet, work};
use crate::CloudifyError;
use crate::client::Inner;
use crate::discovery::rows::InstanceRow;
use crate::rest::{Of, Session};

/// How many hosts are told.
const TOLD: usize = 12;
const WORKFLOW: &str = "install_new_agents";

/// Agents of the deployment's hosts, as the new manager knows them.
async fn agents_of(
    session: &Session<'_>,
    deployment: &DeploymentRef,
) -> Result<BTreeMap<NodeInstanceId, Agent>, CloudifyError> {
    let include = "id,node_id,host_id,deployment_id,state,runtime_properties";
    // Ids may hold anything that an older release has taken.
    let id = crate::rest::escaped(deployment.id.as_str());
    let filters = [("_include", include), ("deployment_id", id.as_str()), ("_sort", "id")];
    let rows: Vec<InstanceRow> = session.list("node-instances", &filters, Of::Tenant(&deployment.tenant)).await?;
    let hosts = rows.into_iter().filter(|row| row.is_host());
    Ok(hosts.filter_map(|row| Some((row.id.clone(), row.agent()?))).collect())
}

fn told(bad: &[String]) -> String {
    let more = bad.len().saturating_sub(TOLD);
    let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{tail}", bad.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; "))
}

pub(super) async fn answer(
    inner: &Inner,
    deployment: &DeploymentRef,
    wanted: &[NodeInstanceId],
) -> Result<Answer, CloudifyError> {
    let session = inner.rest(Side::New).session().await?;
    let agents = agents_of(&session, deployment).await?;
    let silent = |id: &NodeInstanceId| {
        let status = agents.get(id).and_then(|agent| agent.status.as_ref());
        match status.and_then(|status| status.alive_over_old_broker.or(status.alive)) {
            Some(true) => None,
            Some(false) => Some(format!("{id} does not answer over the old manager's broker")),
            None => Some(format!("{id} has not been asked")),
        }
    };
    let bad: Vec<String> = wanted.iter().filter_map(silent).collect();
    Ok(if bad.is_empty() {
        holds(format!("{} agents of {deployment} have answered", wanted.len()))
    } else {
        not_yet(format!("{deployment}: {}", told(&bad)))
    })
}

pub(super) async fn moved(
    inner: &Inner,
    deployment: &DeploymentRef,
    before: &[AgentRef],
) -> Result<Answer, CloudifyError> {
    let session = inner.rest(Side::New).session().await?;
    let agents = agents_of(&session, deployment).await?;
    let bad: Vec<String> = before.iter().filter_map(|old| not_moved(old, agents.get(&old.instance))).collect();
    Ok(if bad.is_empty() {
        holds(format!("{} agents of {deployment} are new and alive", before.len()))
    } else {
        not_yet(format!("{deployment}: {}", told(&bad)))
    })
}

/// What is wrong with one, if something is.
fn not_moved(old: &AgentRef, now: Option<&Agent>) -> Option<String> {
    let id = &old.instance;
    let Some(now) = now else { return Some(format!("{id} has no agent")) };
    if old.name.as_ref() == Some(&now.name) || now.replaced.is_none() {
        return Some(format!("{id} has its old agent {}", now.name));
    }
    let alive = now.status.as_ref().and_then(|status| status.alive);
    (alive != Some(true)).then(|| format!("the new agent {} of {id} does not answer", now.name))
}

pub(super) async fn untouched(
    inner: &Inner,
    deployment: &DeploymentRef,
    before: &[AgentRef],
    restored: &SnapshotId,
) -> Result<Answer, CloudifyError> {
    let session = inner.rest(Side::New).session().await?;
    let Some(restore) = work::about(&session, "restore_snapshot", restored).await? else {
        return Ok(not_yet(format!("the restore of {restored} is not listed, so nobody can tell since when")));
    };
    let all = work::in_tenant(&session, &deployment.tenant, WORKFLOW).await?;
    let ours = all.iter().find(|one| {
        one.deployment_id.as_ref() == Some(&deployment.id) && !one.is_dry_run() && one.created_at >= restore.created_at
    });
    if let Some(execution) = ours {
        return Ok(not_yet(format!("execution {} installs agents of {deployment}, or has", execution.id)));
    }
    let agents = agents_of(&session, deployment).await?;
    let changed = |old: &&AgentRef| agents.get(&old.instance).is_some_and(|now| Some(&now.name) != old.name.as_ref());
    Ok(match before.iter().filter(|old| old.name.is_some()).find(changed) {
        Some(old) => not_yet(format!("{} has another agent than before", old.instance)),
        None => holds(format!("no agent of {deployment} was installed since the restore")),
    })
}
