//! Looking at a cluster: the API and every node at once, in bounded numbers, and never failing as a whole.
//!
//! What cannot be seen is unknown with its reason; it is never taken for "nothing there" (invariant 4). The cluster's
//! own page shows a node whose check failed as one without updates (dossier 1.3, P1).

mod clusters;
mod facts;
pub(crate) mod node;
pub(crate) mod rows;
mod simulation;
mod told;
pub(crate) mod units;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use model::id::{HostName, PackageName};
use model::observed::Observed;
use model::open_vstorage::{AlbaNode, Generation, Node, NodeRole, OpenVstorageInventory, StorageRouter, VPool};
use remote::HostAccess;
use serde_json::Value;

pub(crate) use clusters::clusters;

use crate::OvsError;
use crate::client::Inner;

/// How many nodes are looked at at once, and are connected at once if the cluster has more of them.
const NODES_AT_ONCE: usize = 15;

pub(crate) async fn inventory(inner: &Inner) -> OpenVstorageInventory {
    let (nodes, root) = tokio::join!(nodes(inner), inner.api.root());
    let at = inner.api.now();
    let generation = generation(&nodes, at);
    let clusters = clusters(&nodes, at);
    let root = match root {
        Ok(root) => root,
        Err(error) => return silent(inner, nodes, generation, clusters, &error.to_string()),
    };
    let release = rows::release(&root).map_err(|problem| not_understood("", problem));
    let release = observe(inner, "GET /api/", std::future::ready(release)).await;
    let storage_routers = observe(inner, "GET /api/storagerouters/", storage_routers(inner)).await;
    let (alba_nodes, vpools, told) = tokio::join!(
        observe(inner, "GET /api/alba/nodes/", alba_nodes(inner)),
        vpools(inner, &storage_routers),
        told_updates(inner, &generation, &storage_routers),
    );
    let copies_stay = inner.copies.refuses.clone();
    OpenVstorageInventory {
        release,
        generation,
        storage_routers,
        alba_nodes,
        vpools,
        told,
        nodes,
        clusters,
        copies_stay,
    }
}

/// The nodes alone, and what is put together from them. The cluster's own check, which runs `apt-get update` on every
/// node in generation A (dossier 2.4), is not asked.
pub(crate) async fn nodes_only(inner: &Inner) -> OpenVstorageInventory {
    let nodes = nodes(inner).await;
    let at = inner.api.now();
    let (generation, clusters) = (generation(&nodes, at), clusters(&nodes, at));
    silent(inner, nodes, generation, clusters, "not asked: only the nodes were looked at")
}

/// What is left to see when the API does not answer at all: during an update that is most of the time.
fn silent(
    inner: &Inner,
    nodes: BTreeMap<HostName, Observed<Node>>,
    generation: Observed<Generation>,
    clusters: Observed<Vec<model::open_vstorage::ArakoonCluster>>,
    reason: &str,
) -> OpenVstorageInventory {
    let at = inner.api.now();
    OpenVstorageInventory {
        release: Observed::unknown(reason, "GET /api/", at),
        generation,
        storage_routers: Observed::unknown(reason, "GET /api/storagerouters/", at),
        alba_nodes: Observed::unknown(reason, "GET /api/alba/nodes/", at),
        vpools: Observed::unknown(reason, "GET /api/storagedrivers/, vpools, vdisks", at),
        told: Observed::unknown(reason, "the cluster's own check", at),
        nodes,
        clusters,
        copies_stay: inner.copies.refuses.clone(),
    }
}

/// Puts the time and the source beside what was seen, or the reason why it was not.
pub(crate) async fn observe<T>(
    inner: &Inner,
    source: &str,
    look: impl Future<Output = Result<T, OvsError>>,
) -> Observed<T> {
    let at = inner.api.now();
    match look.await {
        Ok(value) => Observed::known(value, source, at),
        Err(error) => Observed::unknown(error.to_string(), source, at),
    }
}

async fn nodes(inner: &Inner) -> BTreeMap<HostName, Observed<Node>> {
    let looks: Vec<BoxFuture<'_, _>> =
        inner.hosts.iter().map(|(name, access)| one_node(inner, name, access).boxed()).collect();
    futures::stream::iter(looks).buffer_unordered(NODES_AT_ONCE).collect().await
}

async fn one_node(inner: &Inner, name: &HostName, access: &HostAccess) -> (HostName, Observed<Node>) {
    let at = inner.api.now();
    let source = format!("ssh {name}");
    let node = match node::look(inner, name, access).await {
        Ok(node) => Observed::known(node, source, at),
        Err(reason) => Observed::unknown(reason, source, at),
    };
    // The connections to a small cluster are kept for what comes next.
    if inner.hosts.len() > NODES_AT_ONCE {
        inner.remote.let_go(access).await;
    }
    (name.clone(), node)
}

/// The framework package tells it. Code and model must be the same on all nodes (dossier 6), and so must this.
pub(crate) fn generation(
    nodes: &BTreeMap<HostName, Observed<Node>>,
    at: model::time::Timestamp,
) -> Observed<Generation> {
    const SOURCE: &str = "the package openvstorage-core";
    let versions: BTreeSet<&str> = nodes.values().filter_map(Observed::value).filter_map(framework_version).collect();
    let generations: BTreeSet<Option<Generation>> = versions.iter().map(|version| Generation::of(version)).collect();
    let mut generations = generations.into_iter();
    match (generations.next(), generations.next()) {
        (Some(Some(generation)), None) => Observed::known(generation, SOURCE, at),
        (None, _) => Observed::unknown("no node that could be seen has it installed", SOURCE, at),
        _ => {
            let versions: Vec<&str> = versions.into_iter().collect();
            Observed::unknown(format!("the nodes do not agree: {}", versions.join(", ")), SOURCE, at)
        }
    }
}

/// The installed version of the framework.
pub(crate) fn framework_version(node: &Node) -> Option<&str> {
    let of = |name: &str| {
        let found = node.packages.iter().find(|(package, _): &(&PackageName, _)| package.as_str() == name);
        found.and_then(|(_, package)| package.installed.as_deref())
    };
    of("openvstorage-core").or_else(|| of("openvstorage"))
}

async fn rows_of<T>(
    inner: &Inner,
    path: &str,
    contents: &str,
    read: fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, OvsError> {
    let rows = inner.api.list(path, contents).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|problem| not_understood(path, problem))
}

/// The list of one master, and of every master whether it answers itself: each has an API and a certificate of its own.
pub(crate) async fn storage_routers(inner: &Inner) -> Result<Vec<StorageRouter>, OvsError> {
    let mut routers = rows_of(inner, "storagerouters/", "_dynamics", rows::storage_router).await?;
    routers.sort_by(|a, b| crate::address::compare(&a.ip, &b.ip));
    let masters = routers.iter_mut().filter(|router| router.role == NodeRole::Master);
    futures::future::join_all(masters.map(|master| async {
        master.api_problem = inner.api.root_of(&master.ip).await.err().map(|error| error.to_string());
    }))
    .await;
    Ok(routers)
}

async fn alba_nodes(inner: &Inner) -> Result<Vec<AlbaNode>, OvsError> {
    match rows_of(inner, "alba/nodes/", "", rows::alba_node).await {
        // Without the plugin there is no such address.
        Err(error) if error.status() == Some(404) => Ok(Vec::new()),
        Err(OvsError::Foreign { status: 404, .. }) => Ok(Vec::new()),
        other => other.map(|mut nodes| {
            nodes.sort();
            nodes
        }),
    }
}

async fn vpools(inner: &Inner, routers: &Observed<Vec<StorageRouter>>) -> Observed<Vec<VPool>> {
    const SOURCE: &str = "GET /api/storagedrivers/, vpools, vdisks";
    match (routers.value(), routers.reason()) {
        (Some(routers), _) => observe(inner, SOURCE, vpools_of(inner, routers)).await,
        (None, reason) => Observed::unknown(reason.unwrap_or_default(), SOURCE, inner.api.now()),
    }
}

pub(crate) async fn vpools_of(inner: &Inner, routers: &[StorageRouter]) -> Result<Vec<VPool>, OvsError> {
    let (pools, drivers, disks) = tokio::join!(
        inner.api.list("vpools/", ""),
        inner.api.list("storagedrivers/", "_dynamics,_relations"),
        inner.api.list("vdisks/", "_dynamics,_relations"),
    );
    let found = rows::vpools(&pools?, &drivers?, &disks?, routers);
    let mut found = found.map_err(|problem| not_understood("storagedrivers/", problem))?;
    found.sort();
    Ok(found)
}

async fn told_updates(
    inner: &Inner,
    generation: &Observed<Generation>,
    routers: &Observed<Vec<StorageRouter>>,
) -> Observed<Vec<model::open_vstorage::ToldUpdate>> {
    const SOURCE: &str = "the cluster's own check";
    match (generation.value(), routers.value()) {
        (Some(generation), Some(routers)) => observe(inner, SOURCE, told::told(inner, *generation, routers)).await,
        _ => {
            let reason = generation.reason().or(routers.reason()).unwrap_or_default();
            Observed::unknown(reason, SOURCE, inner.api.now())
        }
    }
}

fn not_understood(path: &str, problem: String) -> OvsError {
    OvsError::NotUnderstood { path: format!("/{path}"), problem }
}
