//! Everything else that matters before a restart: servers, port 8096, jobs, templates, what SSH saw.

use leptos::prelude::*;
use model::cloudstack::{CloudStackInventory, DatabaseAccess, ManagementHost};
use model::id::HostName;
use model::observed::Observed;

use crate::components::{Badge, Moment, observed, source_of};
use crate::look::Look;

/// Two cards: the cloud as its API tells, the hosts as SSH tells.
pub fn facts(cloud: &CloudStackInventory) -> AnyView {
    let hosts: Vec<_> = cloud.management_hosts.iter().map(|(name, host)| host_card(name, host)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>"The cloud"</h2></div>
            <div class="card-body">{cloud_facts(cloud)} {source_of(&cloud.management_servers)}</div>
        </section>
        <div class="cards">{hosts}</div>
    }
    .into_any()
}

fn cloud_facts(cloud: &CloudStackInventory) -> AnyView {
    let skew = observed(&cloud.clock_skew_ms, |skew| format!("{skew} ms ahead of Drydock's").into_any());
    let rights = observed(&cloud.missing_rights, |missing| {
        if missing.is_empty() {
            view! { <Badge look=Look::ok("All there")/> }.into_any()
        } else {
            let words = missing.iter().cloned().collect::<Vec<_>>().join(", ");
            view! { <Badge look=Look::warning("Missing")/> " " <span class="mono">{words}</span> }.into_any()
        }
    });
    view! {
        <dl class="facts">
            <dt>"CloudStack version"</dt><dd>{observed(&cloud.version, |version| version.clone().into_any())}</dd>
            <dt>"Management servers"</dt><dd>{observed(&cloud.management_servers, |servers| servers_view(servers))}</dd>
            <dt>"Hypervisors"</dt><dd>{observed(&cloud.hypervisors, |hypervisors| hypervisors_view(hypervisors))}</dd>
            <dt>"Port 8096"</dt><dd>{observed(&cloud.integration_port, |port| port_view(*port))}</dd>
            <dt>"Jobs under way"</dt><dd>{observed(&cloud.pending_jobs, |jobs| jobs_view(jobs.len()))}</dd>
            <dt>"Minimum template version"</dt>
            <dd>{observed(&cloud.minimum_template_version, |version| version.clone().into_any())}</dd>
            <dt>"Server clock"</dt><dd>{skew}</dd>
            <dt>"Rights of the key"</dt><dd>{rights}</dd>
        </dl>
    }
    .into_any()
}

fn servers_view(servers: &[model::cloudstack::ManagementServer]) -> AnyView {
    let rows: Vec<_> = servers
        .iter()
        .map(|server| {
            let look = if server.state == "Up" { Look::ok("Up") } else { Look::warning(&server.state) };
            view! { <li class="cluster"><Badge look/> {format!("{} {}", server.name, server.version)}</li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn hypervisors_view(hypervisors: &[model::cloudstack::Hypervisor]) -> AnyView {
    let rows: Vec<_> = hypervisors
        .iter()
        .map(|host| {
            let look = if host.state == "Up" { Look::ok("Up") } else { Look::warning(&host.state) };
            let version = host.version.clone().unwrap_or_else(|| "version unknown".to_owned());
            view! { <li class="cluster"><Badge look/> {format!("{} {version}", host.name)}</li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn port_view(port: u32) -> AnyView {
    let look = if port == 0 {
        Look::ok("Closed (0)")
    } else {
        Look::failed(format!("Set to {port}: open without a password"))
    };
    view! { <Badge look/> }.into_any()
}

fn jobs_view(count: usize) -> AnyView {
    let look = if count == 0 { Look::ok("None") } else { Look::waiting(format!("{count} running")) };
    view! { <Badge look/> }.into_any()
}

fn host_card(name: &HostName, host: &Observed<ManagementHost>) -> AnyView {
    let at = host.at;
    view! {
        <section class="card">
            <div class="card-head"><h3>{format!("Management host {name}")}</h3> <span class="hint"><Moment at=at/></span></div>
            <div class="card-body">{observed(host, host_facts)}</div>
        </section>
    }
    .into_any()
}

fn host_facts(host: &ManagementHost) -> AnyView {
    let service = if host.service == "active" { Look::ok("active") } else { Look::failed(host.service.clone()) };
    let script = match &host.script {
        Some(script) => format!("{}, generation {}", script.path, script.generation),
        None => "not there: only native mode".to_owned(),
    };
    let database = match &host.database {
        DatabaseAccess::Works { host, user } => format!("works as {user} on {host}"),
        DatabaseAccess::Encrypted => "the password is encrypted; give it in the settings for script mode".to_owned(),
        DatabaseAccess::Fails(why) => format!("fails: {why}"),
    };
    let reach = match (host.integration_listening, host.integration_reachable) {
        (false, false) => Look::ok("Closed"),
        (true, false) => Look::warning("Open on the host itself"),
        (_, true) => Look::failed("Open to others"),
    };
    let missing: Vec<String> = host.missing_programs.iter().cloned().collect();
    view! {
        <dl class="facts">
            <dt>"Service"</dt><dd><Badge look=service/></dd>
            <dt>"Port 8096"</dt><dd><Badge look=reach/></dd>
            <dt>"Script"</dt><dd class="mono">{script}</dd>
            <dt>"Database"</dt><dd>{database}</dd>
            <dt>"Free space"</dt><dd>{format!("{} MB", host.free_bytes / 1_000_000)}</dd>
            <dt>"Clock"</dt><dd>{format!("{} ms ahead of Drydock's", host.clock_skew_ms)}</dd>
            {(!missing.is_empty()).then(|| view! { <dt>"Missing programs"</dt><dd class="mono">{missing.join(", ")}</dd> })}
        </dl>
    }
    .into_any()
}
