//! Pending updates in the shape of generation A: parts, each with its downtime and prerequisites (2.4).

use serde_json::{Value, json};

use super::cluster::{Component, Model, Pending};
use super::impact::{Part, clusters_of, is_small, vpools_of};
use super::release::Release;

/// The result of `get_update_status`. `ongoing` is what the worker saw on its own node.
pub(super) fn status(model: &Model, release: Release, router: &str, pending: &Pending, ongoing: bool) -> Value {
    let parts = |component| parts(model, release, router, component, pending);
    json!({
        "upgrade_ongoing": ongoing,
        "framework": parts(Component::Framework),
        "volumedriver": parts(Component::StorageDriver),
    })
}

fn parts(model: &Model, release: Release, router: &str, component: Component, pending: &Pending) -> Vec<Value> {
    let mut seen = Vec::new();
    let mut shown = Vec::new();
    for package in pending.get(&component).into_iter().flatten().filter(|package| !package.candidate.is_empty()) {
        let part = Part::of(&package.name);
        // Several packages make one part, which has the version of the first.
        if seen.contains(&part) {
            continue;
        }
        seen.push(part);
        let (namespace, name) = name(part, &package.name);
        shown.push(json!({
            "name": name,
            "namespace": namespace,
            "to": package.candidate,
            // Its services are the framework's watcher and memcached.
            "gui_down": matches!(part, Part::Framework | Part::Backend),
            "downtime": downtime(model, router, component, part),
            "prerequisites": prerequisites(model, release, part),
        }));
    }
    shown
}

fn name(part: Part, package: &str) -> (&'static str, &str) {
    match part {
        Part::Framework => ("ovs", "ovs"),
        Part::Backend => ("alba", "openvstorage-backend"),
        Part::Sdm => ("alba", "openvstorage-sdm"),
        Part::Alba => ("ovs", "alba"),
        Part::Arakoon => ("ovs", "arakoon"),
        Part::Volumedriver => ("ovs", "volumedriver"),
        Part::Other => ("ovs", package),
    }
}

fn downtime(model: &Model, router: &str, component: Component, part: Part) -> Vec<Value> {
    let small = |cluster: &str| model.arakoon.get(cluster).is_some_and(|members| is_small(*members));
    match (component, part) {
        (Component::Framework, Part::Arakoon) if small("ovsdb") => vec![json!(["ovs", "ovsdb", null])],
        (Component::Framework, Part::Alba) => {
            let backends = model.alba.iter().flat_map(|alba| &alba.backends);
            let hit = backends.filter(|backend| clusters_of(model, &backend.name).iter().any(|cluster| small(cluster)));
            hit.map(|backend| json!(["alba", "backend", backend.name])).collect()
        }
        (Component::StorageDriver, Part::Arakoon) if small("voldrv") => vec![json!(["ovs", "voldrv", null])],
        (Component::StorageDriver, Part::Volumedriver | Part::Alba) => {
            vpools_of(model, Some(router)).iter().map(|vpool| json!(["ovs", "proxy", vpool])).collect()
        }
        _ => Vec::new(),
    }
}

/// Until 2.7 the updater looked for running VMs; since then nothing does (1.1).
fn prerequisites(model: &Model, release: Release, part: Part) -> Vec<Value> {
    let looks = release < Release::V2_7_0 && part == Part::Volumedriver;
    let in_use = model.vdisks.iter().any(|vdisk| !vdisk.clients.is_empty());
    if looks && in_use { vec![json!(["ovs", "vmachine", null])] } else { Vec::new() }
}
