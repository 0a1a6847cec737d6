//! One node: what is installed, what runs, what could be, and what stands in the way there.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use model::id::{HostName, PackageName};
use model::observed::{Observed, Seen};
use model::open_vstorage::pending::{Pending, pending};
use model::open_vstorage::{Component, Distribution, Node, NodeRole, Package, Service, UnitState};

use crate::components::{Badge, Column, Moment, Notice, Table};
use crate::look::Look;

/// The node as it was seen, or why it could not be: a failed look is never "no updates".
///
/// `elsewhere`: the page that shows packages and services, when this one has too many nodes for it.
pub fn card(name: &HostName, node: &Observed<Node>, elsewhere: Option<&str>) -> AnyView {
    let (at, source) = (node.at, format!("{}, ", node.source));
    let (badges, body) = match &node.seen {
        Seen::Known(known) => (about(known), known_node(name, known, elsewhere)),
        Seen::Unknown(reason) => {
            let reason = reason.clone();
            let badge = view! { <Badge look=Look::unknown("Unknown")/> }.into_any();
            let words = view! { <Notice look=Look::unknown("Could not be looked at")>{reason}</Notice> }.into_any();
            (badge, words)
        }
    };
    view! {
        <section class="card" id=format!("node-{name}") aria-label=format!("Node {name}")>
            <div class="card-head">
                <h3>{name.to_string()}</h3>
                <span class="cluster">{badges} <span class="hint">{source} <Moment at=at/></span></span>
            </div>
            <div class="card-body">{body}</div>
        </section>
    }
    .into_any()
}

fn about(node: &Node) -> AnyView {
    let all = pending(node);
    let mut states = all.values().flat_map(BTreeMap::values);
    let state = match (all.is_empty(), states.any(|one| matches!(one, Pending::Unknown { .. }))) {
        (true, _) => Look::ok("Up to date"),
        (false, true) => Look::unknown("Unknown"),
        (false, false) => Look::warning("Pending"),
    };
    let role = match node.role {
        NodeRole::Master => Look::quiet("Master"),
        NodeRole::Extra => Look::quiet("Extra"),
        NodeRole::Storage => Look::quiet("Storage only"),
    };
    let packages = match node.distribution {
        Distribution::Apt => "apt",
        Distribution::Yum => "yum",
    };
    view! { <Badge look=state/> <Badge look=role/> <span class="hint">{format!("{}, {packages}", node.init)}</span> }
        .into_any()
}

/// First what needs somebody's eyes; packages and services stay closed, for a cluster has many nodes.
fn known_node(host: &HostName, node: &Node, elsewhere: Option<&str>) -> AnyView {
    let pending = pending(node);
    let count = |of: &dyn Fn(&Package) -> bool| {
        let ours = node.packages.iter().filter(|(name, _)| Component::of(name.as_str()).is_some());
        ours.filter(|(_, package)| package.installed.is_some() && of(package)).count()
    };
    let (all, open) = (count(&|_| true), pending.values().map(BTreeMap::len).sum::<usize>());
    let words =
        if open == 0 { format!("{all} packages, all up to date") } else { format!("{all} packages, {open} pending") };
    if let Some(address) = elsewhere {
        let (href, services) = (format!("{address}?node={host}"), services_words(node));
        return view! {
            {in_the_way(node)}
            <p><a class="link" href=href>{format!("{words}; {services}")}</a></p>
        }
        .into_any();
    }
    let tables: Vec<_> = Component::ALL
        .into_iter()
        .filter_map(|component| {
            let mine: Vec<(&PackageName, &Package)> = node
                .packages
                .iter()
                .filter(|(name, package)| {
                    Component::of(name.as_str()) == Some(component) && package.installed.is_some()
                })
                .collect();
            (!mine.is_empty()).then(|| table(host, component, &mine, pending.get(&component), node))
        })
        .collect();
    view! {
        {in_the_way(node)}
        <details class="disclosure"><summary>{words}</summary> <div class="stack">{tables}</div></details>
        {services(host, node)}
    }
    .into_any()
}

fn table(
    host: &HostName,
    component: Component,
    packages: &[(&PackageName, &Package)],
    pending: Option<&BTreeMap<PackageName, Pending>>,
    node: &Node,
) -> AnyView {
    let rows: Vec<_> = packages
        .iter()
        .map(|(name, package)| row(name, package, pending.and_then(|pending| pending.get(*name)), node))
        .collect();
    let of_node = format!("{component} on {host}");
    view! {
        <h4 class="font-semibold">{component.to_string()}</h4>
        <Table label=of_node rows whole=true
            columns=vec![
                Column::Ordered("Package"), Column::Ordered("State"), Column::Ordered("Installed"),
                Column::Ordered("Running"), Column::Ordered("Candidate"),
            ]/>
    }
    .into_any()
}

fn row(name: &PackageName, package: &Package, pending: Option<&Pending>, node: &Node) -> AnyView {
    let (look, hint) = match pending {
        None => (Look::ok("Up to date"), None),
        Some(Pending::Update { .. }) => (Look::warning("Update"), None),
        Some(Pending::StepBack { .. }) => {
            (Look::failed("Step back"), Some("the candidate is older than what is installed".to_owned()))
        }
        Some(Pending::Restart { running, .. }) => {
            let units: Vec<String> = running.keys().map(ToString::to_string).collect();
            (Look::warning("Restart"), Some(format!("still old: {}", units.join(", "))))
        }
        Some(Pending::Unknown { .. }) => (Look::unknown("Unknown"), Some("no candidate could be told".to_owned())),
    };
    let candidate = package.candidate.clone().unwrap_or_else(|| "unknown".to_owned());
    view! {
        <tr>
            <td data-label="Package"><span class="mono font-medium">{name.to_string()}</span></td>
            <td data-label="State">
                <div class="stack-tight"><span><Badge look/></span> {hint.map(|words| view! { <span class="hint">{words}</span> })}</div>
            </td>
            <td data-label="Installed" class="mono">{package.installed.clone().unwrap_or_default()}</td>
            <td data-label="Running" class="mono">{running_versions(name, node)}</td>
            <td data-label="Candidate" class="mono">{candidate}</td>
        </tr>
    }
    .into_any()
}

/// What the services say they run of a package; each version once.
fn running_versions(package: &PackageName, node: &Node) -> AnyView {
    let versions: BTreeSet<&str> =
        node.services.values().filter_map(|service| service.running_version(package)).collect();
    if versions.is_empty() {
        return view! { <span class="text-muted" title="No running service says that it uses this package.">"–"</span> }
            .into_any();
    }
    versions.into_iter().collect::<Vec<_>>().join(", ").into_any()
}

/// What an update of this node would stumble over.
fn in_the_way(node: &Node) -> AnyView {
    let mut found: Vec<(Look, String)> = Vec::new();
    let mut add = |look: Look, words: String| found.push((look, words));
    if let Some(holder) = &node.package_lock {
        add(Look::waiting("Packages locked"), holder.clone());
    }
    for line in &node.broken_packages {
        add(Look::failed("Half configured"), line.clone());
    }
    for line in &node.updaters {
        add(Look::waiting("An updater runs"), line.clone());
    }
    for flag in &node.flags {
        add(Look::warning("Flag"), format!("{flag} is there"));
    }
    for file in &node.changed_files {
        let what = if file.sha256.is_none() { "is missing" } else { "was changed here" };
        add(Look::warning("Changed file"), format!("{} of {} {what}", file.path, file.package));
    }
    for service in node.services.iter().filter(|(_, service)| service.state == UnitState::Failed) {
        add(Look::failed("Failed"), service.0.to_string());
    }
    if let Some(guests) = node.guests.as_ref().filter(|guests| !guests.is_empty()) {
        add(Look::running("Guests"), format!("running here: {}", guests.join(", ")));
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|(look, words)| view! { <li class="flex gap-2 items-start"><Badge look/> <span class="min-w-0 break-words">{words}</span></li> })
        .collect();
    (!rows.is_empty()).then(|| view! { <ul class="stack-tight">{rows}</ul> }).into_any()
}

fn services_words(node: &Node) -> String {
    let count = node.services.len();
    match node.services.values().filter(|service| service.state != UnitState::Running).count() {
        0 => format!("{count} services, all running"),
        down => format!("{count} services, {down} not running"),
    }
}

fn services(host: &HostName, node: &Node) -> AnyView {
    let words = services_words(node);
    let rows: Vec<_> = node.services.iter().map(|(unit, service)| service_row(unit.as_str(), service)).collect();
    view! {
        <details class="disclosure">
            <summary>{words}</summary>
            <Table label=format!("Services of {host}") rows whole=true
                columns=vec![
                    Column::Ordered("Service"), Column::Ordered("State"), Column::Ordered("Runs"),
                ]/>
        </details>
    }
    .into_any()
}

fn service_row(unit: &str, service: &Service) -> AnyView {
    let look = match &service.state {
        UnitState::Running => Look::ok("Running"),
        UnitState::Stopped => Look::quiet("Stopped"),
        UnitState::Starting => Look::waiting("Starting"),
        UnitState::Failed => Look::failed("Failed"),
        UnitState::Other(word) => Look::unknown(word.clone()),
    };
    let runs: Vec<String> = service.running.iter().map(|(package, version)| format!("{package} {version}")).collect();
    let pid = service.pid.map(|pid| view! { <span class="hint">{format!("process {pid}")}</span> });
    let restart = service.restart_needed.then(|| view! { <Badge look=Look::warning("Restart needed")/> });
    view! {
        <tr>
            <td data-label="Service"><span class="mono">{unit.to_owned()}</span></td>
            <td data-label="State"><span class="cluster"><Badge look/> {pid} {restart}</span></td>
            <td data-label="Runs" class="mono">{runs.join(", ")}</td>
        </tr>
    }
    .into_any()
}
