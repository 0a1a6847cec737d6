//! Deployments with their node instances and agents, put together from three lists.

use std::collections::BTreeMap;

use model::cloudify::{Deployment, HostInstance};
use model::id::{DeploymentId, TenantName};

use super::rows::{AgentRow, DeploymentRow, InstanceRow};
use super::scope::Scope;
use crate::CloudifyError;
use crate::rest::Session;

/// A row of a list over tenants: the tenant that was asked for, and the row.
type Of<T> = (Option<TenantName>, T);

pub(crate) async fn deployments(session: &Session<'_>, scope: &Scope<'_>) -> Result<Vec<Deployment>, CloudifyError> {
    // Only what is read: rows hold inputs and outputs, too. 3.4.2 does not know the name of a tenant.
    let tenant = if session.version.has_tenants() { ",tenant_name" } else { "" };
    let deployment = format!("id,workflows,groups{tenant}");
    let instance = format!("id,node_id,host_id,deployment_id,state,runtime_properties{tenant}");
    let (deployment, instance) =
        ([("_include", deployment.as_str()), SORTED], [("_include", instance.as_str()), SORTED]);
    let agents = async {
        if session.version.lists_agents() { scope.list::<AgentRow>("agents", &[]).await } else { Ok(Vec::new()) }
    };
    let (deployments, instances, agents) = tokio::join!(
        scope.list::<DeploymentRow>("deployments", &deployment),
        scope.list::<InstanceRow>("node-instances", &instance),
        agents,
    );
    Ok(together(session.tenant(), deployments?, instances?, agents?))
}

/// An order that does not change while pages are read.
const SORTED: (&str, &str) = ("_sort", "id");

/// Whose a row is: as it says, as it was asked for, or, before 4.0, of the one tenant there is to be.
fn whose(told: Option<TenantName>, asked: Option<TenantName>, only: &TenantName) -> TenantName {
    told.or(asked).unwrap_or_else(|| only.clone())
}

/// By tenant and id. An instance of a deployment that is just being made or deleted is left out.
fn together(
    only: &TenantName,
    deployments: Vec<Of<DeploymentRow>>,
    instances: Vec<Of<InstanceRow>>,
    agents: Vec<Of<AgentRow>>,
) -> Vec<Deployment> {
    let mut found: BTreeMap<(TenantName, DeploymentId), Deployment> = BTreeMap::new();
    for (asked, row) in deployments {
        let deployment = row.read(|told| whose(told, asked, only));
        found.insert((deployment.tenant.clone(), deployment.id.clone()), deployment);
    }
    for (asked, row) in instances {
        let key = (whose(row.tenant_name.clone(), asked, only), row.deployment_id.clone());
        let Some(deployment) = found.get_mut(&key) else { continue };
        let state = row.state.clone().unwrap_or_else(|| "uninitialized".to_owned());
        if row.is_host() {
            let host = HostInstance { node: row.node_id.clone(), state, agent: row.agent() };
            deployment.hosts.insert(row.id, host);
        } else {
            *deployment.others.entry(state).or_default() += 1;
        }
    }
    for (asked, row) in agents {
        let key = (whose(row.tenant_name.clone(), asked, only), row.deployment.clone());
        let Some(deployment) = found.get_mut(&key) else { continue };
        let agents = deployment.hosts.values_mut().filter_map(|host| host.agent.as_mut());
        for agent in agents.filter(|agent| agent.name == row.id) {
            agent.state.clone_from(&row.state);
            agent.version = agent.version.take().or_else(|| row.version.clone());
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Of<T> {
        (None, serde_json::from_value(value).unwrap())
    }

    #[test]
    fn deployments_of_one_name_in_two_tenants_are_two() {
        let only = TenantName::new("default_tenant").unwrap();
        let deployment =
            |tenant: &str| row(json!({ "id": "web", "tenant_name": tenant, "workflows": [], "groups": {} }));
        let instance = |tenant: &str, id: &str, host: &str| {
            row(json!({ "id": id, "node_id": "vm", "host_id": host, "deployment_id": "web", "state": "started",
                        "tenant_name": tenant,
                        "runtime_properties": { "cloudify_agent": { "name": format!("{id}_agent") } } }))
        };
        let agent = row(json!({ "id": "vm_b_agent", "deployment": "web", "tenant_name": "b", "state": "started",
                                "version": "5.0.5" }));
        let found = together(
            &only,
            vec![deployment("a"), deployment("b")],
            vec![instance("a", "vm_a", "vm_a"), instance("a", "app_a", "vm_a"), instance("b", "vm_b", "vm_b")],
            vec![agent],
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].hosts.len(), found[0].others.get("started")), (1, Some(&1)));
        let (_, agent) = found[1].agents().next().unwrap();
        assert_eq!((agent.state.as_deref(), agent.version.as_deref()), (Some("started"), Some("5.0.5")));
        assert_eq!(found[0].agents().next().unwrap().1.state, None);
    }

    #[test]
    fn before_tenants_everything_belongs_to_the_one_that_is_to_be() {
        let only = TenantName::new("default_tenant").unwrap();
        let found = together(&only, vec![row(json!({ "id": "web" }))], vec![], vec![]);
        assert_eq!((found[0].tenant.as_str(), found[0].instances()), ("default_tenant", 0));
    }
}
