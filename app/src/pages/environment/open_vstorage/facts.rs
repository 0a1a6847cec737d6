//! The cluster as a whole: who is there, who leads, who uses the volumes, and what the cluster says of itself.

use leptos::prelude::*;
use model::open_vstorage::{ArakoonCluster, OpenVstorageInventory, StorageRouter, ToldUpdate, VPool};

use crate::components::{Badge, Notice, observed, source_of};
use crate::look::Look;

/// Says when the cluster's own check failed: the page of the cluster itself then shows "no updates".
pub fn told(cluster: &OpenVstorageInventory) -> AnyView {
    let reason = cluster.told.reason().map(str::to_owned);
    reason
        .map(|reason| {
            view! {
                <Notice look=Look::unknown("The cluster's own check failed")>
                    {reason} ". What follows was seen on the nodes themselves."
                </Notice>
            }
        })
        .into_any()
}

/// One card.
pub fn facts(cluster: &OpenVstorageInventory) -> AnyView {
    view! {
        <section class="card">
            <div class="card-head"><h2>"The cluster"</h2></div>
            <div class="card-body">
                <dl class="facts">
                    <dt>"Version"</dt><dd>{observed(&cluster.release, |release| release.clone().into_any())}</dd>
                    <dt>"Updater"</dt>
                    <dd>{observed(&cluster.generation, |generation| format!("generation {generation}").into_any())}</dd>
                    <dt>"StorageRouters"</dt><dd>{observed(&cluster.storage_routers, |routers| routers_view(routers))}</dd>
                    <dt>"ALBA nodes"</dt>
                    <dd>{observed(&cluster.alba_nodes, |nodes| listed(nodes.iter().map(|node| node.ip.clone()).collect()))}</dd>
                    <dt>"vPools"</dt><dd>{observed(&cluster.vpools, |vpools| vpools_view(vpools))}</dd>
                    <dt>"Arakoon clusters"</dt><dd>{observed(&cluster.clusters, |clusters| clusters_view(clusters))}</dd>
                    <dt>"What the cluster itself says is pending"</dt><dd>{observed(&cluster.told, |told| told_view(told))}</dd>
                </dl>
                {source_of(&cluster.release)}
            </div>
        </section>
    }
    .into_any()
}

fn listed(items: Vec<String>) -> AnyView {
    if items.is_empty() { "none".into_any() } else { items.join(", ").into_any() }
}

fn routers_view(routers: &[StorageRouter]) -> AnyView {
    let rows: Vec<_> = routers
        .iter()
        .map(|router| {
            let look = match router.status.as_str() {
                "OK" => Look::ok("OK"),
                "FAILURE" => Look::failed("FAILURE"),
                other => Look::warning(other),
            };
            let silent = router.api_problem.clone().map(|problem| view! {
                <Badge look=Look::warning("API silent")/> <span class="hint break-words">{problem}</span>
            });
            view! { <li class="cluster"><Badge look/> {format!("{} {} ({})", router.name, router.ip, router.role)} {silent}</li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn vpools_view(vpools: &[VPool]) -> AnyView {
    let rows: Vec<_> = vpools
        .iter()
        .map(|vpool| {
            let used = vpool.in_use.len();
            let look = if used == 0 { Look::ok("Not in use") } else { Look::running(format!("{used} in use")) };
            let names: Vec<String> = vpool.in_use.keys().cloned().collect();
            let words = format!("{}: {} vDisks on {} nodes", vpool.name, vpool.vdisks, vpool.routers.len());
            view! { <li class="cluster"><Badge look/> {words} <span class="hint">{names.join(", ")}</span></li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn clusters_view(clusters: &[ArakoonCluster]) -> AnyView {
    let rows: Vec<_> = clusters
        .iter()
        .map(|cluster| {
            let look = match (&cluster.master, cluster.down.len()) {
                (Ok(_), 0) => Look::ok("Has a master"),
                (Ok(_), 1) => Look::warning("1 member down"),
                (Ok(_), down) => Look::warning(format!("{down} members down")),
                (Err(_), _) => Look::failed("No master"),
            };
            let master = match &cluster.master {
                Ok(id) => match cluster.members.get(id) {
                    Some(Some(host)) => format!("led by {host}"),
                    _ => format!("led by {id}"),
                },
                Err(reason) => reason.clone(),
            };
            let words = format!("{}: {} members", cluster.name, cluster.members.len());
            view! { <li class="cluster"><Badge look/> {words} <span class="hint">{master}</span></li> }
        })
        .collect();
    view! { <ul class="stack-tight">{rows}</ul> }.into_any()
}

fn told_view(told: &[ToldUpdate]) -> AnyView {
    if told.is_empty() {
        return "nothing".into_any();
    }
    const TOLD: usize = 60;
    let rows: Vec<_> = told
        .iter()
        .take(TOLD)
        .map(|one| {
            let from = one.installed.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
            view! { <li class="mono">{format!("{} {} {}: {from}{}", one.ip, one.component, one.name, one.candidate)}</li> }
        })
        .collect();
    let words = format!("{} packages on its nodes", told.len());
    let more =
        (told.len() > TOLD).then(|| view! { <li class="text-muted">{format!("and {} more", told.len() - TOLD)}</li> });
    view! {
        <details class="disclosure"><summary>{words}</summary> <ul class="stack-tight">{rows} {more}</ul></details>
    }
    .into_any()
}
