//! Tenants, their deployments, hosts and agents. Of thousands only what needs somebody's eyes is shown at once.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::cloudify::{Agent, Deployment, ManagerInventory};
use model::id::TenantName;

use crate::components::{Badge, Column, Table, observed, source_of};
use crate::look::Look;
use crate::summary::cloudify::counted;

/// Up to so many deployments are in the page, folded by tenant; of more, those of the tenant that was asked for.
const SHOWN: usize = 300;

/// One line per tenant; below it, one row per deployment.
pub fn by_tenant(address: &str, manager: &str, seen: &ManagerInventory, asked: &str) -> AnyView {
    let tenants = observed(&seen.tenants, |tenants| counted(tenants.len(), "tenant").into_any());
    let shown = observed(&seen.deployments, |all| {
        let mut by: BTreeMap<&TenantName, Vec<&Deployment>> = BTreeMap::new();
        // A tenant without any is shown all the same.
        for tenant in seen.tenants.value().into_iter().flatten() {
            by.entry(tenant).or_default();
        }
        for one in all {
            by.entry(&one.tenant).or_default().push(one);
        }
        let fits = all.len() <= SHOWN;
        let rows: Vec<_> = by
            .into_iter()
            .map(|(tenant, mine)| {
                let is_asked = tenant.as_str() == asked;
                one_tenant(address, manager, tenant, &mine, fits || is_asked, is_asked)
            })
            .collect();
        view! { <div class="stack-tight">{rows}</div> }.into_any()
    });
    view! {
        <div class="stack-tight">
            <h3>"Tenants and deployments"</h3>
            <p>{tenants}</p>
            {shown}
            {source_of(&seen.deployments)}
        </div>
    }
    .into_any()
}

fn one_tenant(
    address: &str,
    manager: &str,
    tenant: &TenantName,
    mine: &[&Deployment],
    is_here: bool,
    open: bool,
) -> AnyView {
    let hosts: usize = mine.iter().map(|one| one.hosts.len()).sum();
    let down: usize = mine.iter().map(|one| one.hosts_not_started().count()).sum();
    let dead = mine.iter().flat_map(|one| one.agents()).filter(|(_, agent)| is_dead(agent)).count();
    let acting = mine.iter().filter(|one| one.acts_by_itself()).count();
    let mut words = format!("{tenant}: {}, {}", counted(mine.len(), "deployment"), counted(hosts, "host"));
    for (count, what) in
        [(down, "not started"), (dead, "with an agent that did not answer"), (acting, "that heal themselves")]
    {
        if count > 0 {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    let look = match (mine.is_empty(), down + dead) {
        (true, _) => Look::quiet("Empty"),
        (false, 0) => Look::ok("Started"),
        (false, _) => Look::warning("Not all started"),
    };
    if !is_here {
        return view! {
            <form class="cluster" method="get" action=address.to_owned()>
                <Badge look/> {words}
                <input type="hidden" name="tenant" value=tenant.to_string()/>
                <button class="btn btn-small" type="submit" aria-label=format!("Show the deployments of {tenant}")>"Show"</button>
            </form>
        }
        .into_any();
    }
    let rows: Vec<_> = mine.iter().map(|one| row(one)).collect();
    let region = format!("Deployments of {tenant} on the {}", manager.to_lowercase());
    view! {
        <details class="disclosure" open=open>
            <summary><Badge look/> " " {words}</summary>
            <Table label=region rows whole=true
                columns=vec![
                    Column::Ordered("Deployment"), Column::Ordered("Instances"), Column::Plain("Hosts and agents"),
                    Column::Ordered("Acts by itself"),
                ]/>
        </details>
    }
    .into_any()
}

fn row(one: &Deployment) -> AnyView {
    let others: Vec<String> = one.others.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    let instances = format!("{} hosts, {} others{others}", one.hosts.len(), one.others.values().sum::<u32>());
    let hosts: Vec<_> = one
        .hosts
        .iter()
        .map(|(id, host)| {
            let state = (host.state != "started").then(|| view! { <Badge look=Look::warning(host.state.clone())/> });
            let agent =
                host.agent.as_ref().map_or_else(|| view! { <span class="hint">"no agent"</span> }.into_any(), agent);
            view! { <li class="cluster"><span class="mono">{id.to_string()}</span> {state} {agent}</li> }
        })
        .collect();
    let policies: Vec<String> = one
        .policies
        .iter()
        .map(|policy| {
            let workflow = policy.workflow.as_deref().unwrap_or("unknown workflow");
            format!("{} of {} starts {workflow}", policy.policy, policy.group)
        })
        .collect();
    let policies = if policies.is_empty() { "no".to_owned() } else { policies.join("; ") };
    view! {
        <tr>
            <td data-label="Deployment"><span class="mono font-medium">{one.id.to_string()}</span></td>
            <td data-label="Instances">{instances}</td>
            <td data-label="Hosts and agents"><ul class="stack-tight">{hosts}</ul></td>
            <td data-label="Acts by itself">{policies}</td>
        </tr>
    }
    .into_any()
}

/// It was asked, and did not answer.
fn is_dead(agent: &Agent) -> bool {
    agent.status.as_ref().is_some_and(|status| status.alive == Some(false))
}

fn agent(agent: &Agent) -> AnyView {
    let look = match agent.status.as_ref().and_then(|status| status.alive) {
        Some(true) => Look::ok("Alive"),
        Some(false) => Look::failed("Did not answer"),
        None => Look::unknown("Nobody has asked it"),
    };
    let at = agent.status.as_ref().and_then(|status| status.at.clone()).unwrap_or_default();
    let version = agent.version.clone().unwrap_or_else(|| "version unknown".to_owned());
    let state = agent.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
    let replaced = agent.replaced.as_ref().map(|old| format!(", in place of {old}")).unwrap_or_default();
    let words = format!("{} {version}{state}{replaced} {at}", agent.name);
    view! { <Badge look/> <span class="hint break-words">{words}</span> }.into_any()
}
