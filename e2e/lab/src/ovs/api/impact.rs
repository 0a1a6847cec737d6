//! What pending packages will stop, and what stands in their way (1.2, 2.7, 3.4).

use std::collections::BTreeSet;

use super::cluster::{Component, Model, PendingPackage};
use super::release::Generation;

/// What one component on one node, or on several of them together, will bring about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Impact {
    pub(super) downtime: BTreeSet<Label>,
    pub(super) prerequisites: BTreeSet<Label>,
    pub(super) stop_start: Services,
    pub(super) post_update: Services,
}

/// A code and what it is about.
pub(super) type Label = (&'static str, Option<String>);

/// Services by importance.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Services {
    pub(super) at_10: BTreeSet<String>,
    pub(super) at_20: BTreeSet<String>,
}

impl Impact {
    /// Takes in what one component brings about on one node. A storage node has no guid of a `StorageRouter`.
    pub(super) fn add(
        &mut self,
        model: &Model,
        router: Option<&str>,
        component: Component,
        packages: &[PendingPackage],
    ) {
        for package in packages {
            self.package(model, router, component, &package.name);
        }
        let down = model.storage_routers.iter().filter(|router| !router.live.reachable);
        self.prerequisites.extend(down.map(|router| ("node_down", Some(router.name.clone()))));
        if component == Component::Alba {
            let silent = model.alba.iter().flat_map(|alba| &alba.nodes).filter(|node| !node.responds);
            self.prerequisites.extend(silent.map(|node| ("alba_node_unresponsive", Some(node.ip.to_string()))));
        }
    }

    fn package(&mut self, model: &Model, router: Option<&str>, component: Component, package: &str) {
        match (component, Part::of(package)) {
            (_, Part::Framework | Part::Backend) => {
                self.downtime.extend([("gui", None), ("api", None)]);
                self.stop_start.at_10.insert("ovs-watcher-framework".to_owned());
                self.stop_start.at_20.insert("memcached".to_owned());
            }
            (Component::Framework, Part::Arakoon) => self.arakoon(model, "ovsdb", ("ovsdb", None)),
            (Component::StorageDriver, Part::Arakoon) => self.arakoon(model, "voldrv", ("voldrv", None)),
            (Component::StorageDriver, Part::Volumedriver) => {
                for vpool in vpools_of(model, router) {
                    self.post_update.at_10.insert(format!("ovs-volumedriver_{vpool}"));
                    self.post_update.at_20.insert(format!("ovs-dtl_{vpool}"));
                    self.downtime.insert(("voldrv", Some(vpool)));
                }
            }
            (Component::StorageDriver | Component::Alba, Part::Alba) => {
                for vpool in vpools_of(model, router) {
                    self.post_update.at_10.insert(format!("ovs-albaproxy_{vpool}"));
                    self.downtime.insert(("proxy", Some(vpool)));
                }
                // The clusters of a backend have ALBA's plugins loaded (3.5).
                if component == Component::Alba {
                    self.backends(model);
                }
            }
            (Component::Alba, Part::Arakoon) => self.backends(model),
            (Component::Framework | Component::Iscsi, Part::Alba)
            | (Component::Framework | Component::Alba | Component::Iscsi, Part::Volumedriver)
            | (Component::Iscsi, Part::Arakoon)
            | (_, Part::Sdm | Part::Other) => {}
        }
    }

    fn backends(&mut self, model: &Model) {
        for backend in model.alba.iter().flat_map(|alba| &alba.backends) {
            for cluster in clusters_of(model, &backend.name) {
                self.arakoon(model, &cluster, ("backend", Some(backend.name.clone())));
            }
        }
    }

    fn arakoon(&mut self, model: &Model, cluster: &str, label: Label) {
        if let Some(members) = model.arakoon.get(cluster) {
            self.post_update.at_10.insert(format!("ovs-arakoon-{cluster}"));
            if is_small(*members) {
                self.downtime.insert(label);
            }
        }
    }
}

/// What a package is part of (4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Framework,
    Backend,
    Sdm,
    Alba,
    Arakoon,
    Volumedriver,
    Other,
}

impl Part {
    pub(super) fn of(package: &str) -> Self {
        match package {
            "alba" | "alba-ee" => Self::Alba,
            "arakoon" => Self::Arakoon,
            "openvstorage-sdm" => Self::Sdm,
            name if name.starts_with("openvstorage-backend") => Self::Backend,
            name if name.starts_with("openvstorage") => Self::Framework,
            name if name.starts_with("volumedriver") || name.starts_with("libovsvolumedriver") => Self::Volumedriver,
            _ => Self::Other,
        }
    }
}

impl Component {
    /// The components with which a package is updated. Generation A has two, and the binaries belong to both (3.3);
    /// later the plugin has one of its own (2.6).
    #[must_use]
    pub fn of(generation: Generation, package: &str) -> &'static [Self] {
        match (generation, Part::of(package)) {
            (_, Part::Other) => &[],
            (_, Part::Framework) | (Generation::A, Part::Backend | Part::Sdm) => &[Self::Framework],
            (_, Part::Volumedriver) => &[Self::StorageDriver],
            (Generation::A, Part::Alba | Part::Arakoon) => &[Self::Framework, Self::StorageDriver],
            (Generation::B | Generation::C, Part::Arakoon) => &[Self::Framework],
            (Generation::B | Generation::C, Part::Backend | Part::Sdm | Part::Alba) => &[Self::Alba],
        }
    }
}

/// "Downtime" of a cluster: fewer than three members (3.5).
pub(super) fn is_small(members: usize) -> bool {
    members < 3
}

/// The arakoon clusters of a backend.
pub(super) fn clusters_of(model: &Model, backend: &str) -> Vec<String> {
    let is_of = |name: &&String| {
        let role = name.strip_prefix(backend).and_then(|rest| rest.strip_prefix('-'));
        role.is_some_and(|role| role == "abm" || role.starts_with("nsm_"))
    };
    model.arakoon.keys().filter(is_of).cloned().collect()
}

/// Names of the vPools that a node serves.
pub(super) fn vpools_of(model: &Model, router: Option<&str>) -> BTreeSet<String> {
    let here = model.storage_drivers.iter().filter(|driver| Some(driver.storage_router.as_str()) == router);
    let vpool = |guid: &str| model.vpools.iter().find(|vpool| vpool.guid == guid).map(|vpool| vpool.name.clone());
    here.filter_map(|driver| vpool(&driver.vpool)).collect()
}
