//! Pending updates in the shapes of generations B and C (2.6, 2.7).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::cluster::{Component, Installed, Model, Pending, PendingPackage};
use super::impact::{Impact, Label, Services};
use super::release::Generation;

/// What is stored of one node.
struct Stored<'a> {
    ip: IpAddr,
    router: Option<&'a str>,
    pending: &'a Pending,
    errors: &'a [String],
}

/// The `package_information` of a node: packages by component, in C with what they bring about beside them.
pub(super) fn information(
    model: &Model,
    generation: Generation,
    router: Option<&str>,
    pending: &Pending,
    errors: &[String],
) -> Value {
    let mut all = Map::new();
    for (component, packages) in pending {
        let shown = match generation {
            Generation::A | Generation::B => packages_of(model, generation, router, *component, packages),
            Generation::C => {
                let mut impact = Impact::default();
                impact.add(model, router, *component, packages);
                record(&impact, generation, packages_of(model, generation, router, *component, packages))
            }
        };
        all.insert(component.word().to_owned(), shown);
    }
    if generation == Generation::B && !errors.is_empty() {
        all.insert("errors".to_owned(), errors.into());
    }
    all.into()
}

/// The result of `merge_package_information`: what is stored of each node, by address. A node that is also an ALBA
/// node has one entry.
pub(super) fn merged(model: &Model, generation: Generation) -> Value {
    let mut nodes: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for node in stored(model) {
        let components = nodes.entry(node.ip.to_string()).or_default();
        for (component, packages) in node.pending {
            let shown = packages_of(model, generation, node.router, *component, packages);
            merge(components.entry(component.word()).or_insert_with(|| json!({})), shown);
        }
        if generation == Generation::B && !node.errors.is_empty() {
            components.insert("errors".to_owned(), node.errors.into());
        }
    }
    json!(nodes)
}

/// The result of `get_update_information`: what each component will bring about, over all nodes.
pub(super) fn all_impacts(model: &Model, generation: Generation) -> Value {
    let mut components: BTreeMap<&str, (Impact, Value)> = BTreeMap::new();
    for node in stored(model) {
        for (component, packages) in node.pending.iter().filter(|(_, packages)| !packages.is_empty()) {
            let (impact, all) = components.entry(component.word()).or_insert_with(|| (Impact::default(), json!({})));
            impact.add(model, node.router, *component, packages);
            merge(all, packages_of(model, generation, node.router, *component, packages));
        }
    }
    let shown = components.into_iter().map(|(component, (impact, packages))| {
        let whole = match generation {
            Generation::A | Generation::B => record(&impact, generation, packages),
            Generation::C => {
                json!({ "downtime": labels(&impact.downtime), "prerequisites": labels(&impact.prerequisites) })
            }
        };
        (component.to_owned(), whole)
    });
    shown.collect::<Map<_, _>>().into()
}

fn stored(model: &Model) -> impl Iterator<Item = Stored<'_>> {
    let routers = model.storage_routers.iter().map(|router| Stored {
        ip: router.ip,
        router: Some(&router.guid),
        pending: &router.package_information,
        errors: &router.package_errors,
    });
    let alba_nodes = model.alba.iter().flat_map(|alba| &alba.nodes).map(|node| Stored {
        ip: node.ip,
        router: node.storage_router.as_deref(),
        pending: &node.package_information,
        errors: &[],
    });
    routers.chain(alba_nodes)
}

fn record(impact: &Impact, generation: Generation, packages: Value) -> Value {
    json!({
        "packages": packages,
        "downtime": labels(&impact.downtime),
        "prerequisites": labels(&impact.prerequisites),
        "services_stop_start": services(&impact.stop_start, generation),
        "services_post_update": services(&impact.post_update, generation),
    })
}

fn packages_of(
    model: &Model,
    generation: Generation,
    router: Option<&str>,
    component: Component,
    packages: &[PendingPackage],
) -> Value {
    let each = packages.iter().map(|package| {
        let installed = installed(generation, package);
        let mut shown = json!({ "installed": installed, "candidate": package.candidate });
        if generation == Generation::B {
            let mut impact = Impact::default();
            impact.add(model, router, component, std::slice::from_ref(package));
            shown["services_to_restart"] = services(&impact.post_update, generation);
        }
        (package.name.clone(), shown)
    });
    each.collect::<Map<_, _>>().into()
}

/// C has words for what is pending although the package is new, B a suffix (1.2).
fn installed(generation: Generation, package: &PendingPackage) -> String {
    match &package.installed {
        Installed::Version(version) => version.clone(),
        Installed::ServiceRestart if generation == Generation::B => format!("{}-reboot", package.candidate),
        Installed::ServiceRestart => "service_restart".to_owned(),
        Installed::Migrations => "migrations".to_owned(),
    }
}

fn labels<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Value {
    labels.into_iter().map(|(code, about)| json!([code, about])).collect()
}

fn services(services: &Services, generation: Generation) -> Value {
    match generation {
        Generation::A | Generation::B => services.at_10.iter().chain(&services.at_20).map(String::as_str).collect(),
        Generation::C => json!({ "10": services.at_10, "20": services.at_20 }),
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}
