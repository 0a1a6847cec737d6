//! Generation A (3.3).

use super::{GaveUp, Updater};
use crate::ovs::cluster::GATE;
use crate::ovs::topology::BACKEND;

impl Updater<'_> {
    /// `update_framework`.
    pub(super) async fn framework(&self) -> Result<(), GaveUp> {
        let nodes = self.reach_all()?;
        let ongoing = self.cluster.config().generation.ongoing_flag();
        self.touch(&nodes, GATE);
        self.touch(&nodes, ongoing);
        let pending = self.pending_anywhere(&nodes, "framework");
        let stopped = self.stop_everywhere(&self.framework_services(&pending)).await;
        if !self.install_in_turn(&nodes, "framework").await {
            // The cluster runs on mixed code from here (framework#1401).
            self.remove(&nodes, GATE);
            self.remove(&nodes, ongoing);
            self.start_again(&stopped).await;
            return Err(GaveUp);
        }
        for node in &nodes {
            if self.migrate_extensions(*node).await.is_err() {
                self.remove(&nodes, ongoing);
                return Err(GaveUp);
            }
        }
        let model = |service: &str| service == "memcached" || service == "ovs-arakoon-ovsdb";
        let (first, rest): (Vec<_>, Vec<_>) = stopped.into_iter().partition(|(_, service)| model(service));
        let (memcached, arakoon): (Vec<_>, Vec<_>) = first.into_iter().partition(|(_, service)| service == "memcached");
        self.start_again(&memcached).await;
        self.start_again(&arakoon).await;
        if self.migrate_model(self.node).await.is_err() {
            self.remove(&nodes, ongoing);
            return Err(GaveUp);
        }
        self.after_upgrade(&nodes, &pending).await;
        self.start_again(&rest).await;
        for node in &nodes {
            self.restart(*node, "ovs-support-agent").await;
        }
        self.remove(&nodes, ongoing);
        Ok(())
    }

    /// `update_volumedriver`: all of it is stopped on all nodes at once.
    pub(super) async fn volumedriver(&self) -> Result<(), GaveUp> {
        let nodes = self.reach_all()?;
        let ongoing = self.cluster.config().generation.ongoing_flag();
        self.touch(&nodes, GATE);
        self.touch(&nodes, ongoing);
        let pending = self.pending_anywhere(&nodes, "volumedriver");
        let has = |prefix: &str| pending.iter().any(|package| package.starts_with(prefix));
        let mut services = Vec::new();
        if has("volumedriver") {
            services.extend(self.units(|name| name.starts_with("ovs-volumedriver_")));
            services.extend(self.units(|name| name.starts_with("ovs-dtl_")));
        }
        if has("alba") {
            services.extend(self.units(|name| name.starts_with("ovs-albaproxy_")));
        }
        if has("arakoon") {
            services.push("ovs-arakoon-voldrv".to_owned());
        }
        let stopped = self.stop_everywhere(&services).await;
        let installed = self.install_in_turn(&nodes, "volumedriver").await;
        if installed {
            self.after_upgrade(&nodes, &pending).await;
        }
        self.remove(&nodes, GATE);
        self.start_again(&stopped).await;
        self.remove(&nodes, ongoing);
        if installed { Ok(()) } else { Err(GaveUp) }
    }

    fn pending_anywhere(&self, nodes: &[usize], component: &str) -> Vec<&'static str> {
        let mut all: Vec<&str> = nodes.iter().flat_map(|node| self.pending(*node, &[component])).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn framework_services(&self, pending: &[&str]) -> Vec<String> {
        let has = |package: &str| pending.contains(&package);
        let mut services = Vec::new();
        if pending.iter().any(|package| package.starts_with("openvstorage") && *package != "openvstorage-sdm") {
            services.extend(["ovs-watcher-framework".to_owned(), "memcached".to_owned()]);
        }
        if has("arakoon") {
            services.push("ovs-arakoon-ovsdb".to_owned());
        }
        if has("alba") {
            services.extend([format!("ovs-alba-maintenance_{BACKEND}"), format!("ovs-alba-rebalancer_{BACKEND}")]);
        }
        services
    }

    /// The first node that fails ends it: later ones stay as they were.
    async fn install_in_turn(&self, nodes: &[usize], component: &str) -> bool {
        for node in nodes {
            let mut packages = self.pending(*node, &[component]);
            // The hook after the update does this one, over the ASD managers.
            packages.retain(|package| *package != "openvstorage-sdm");
            if !self.install(*node, &packages).await {
                self.complain("Not all packages could be updated");
                return false;
            }
            self.remove(&[*node], GATE);
        }
        true
    }

    /// `postupgrade` hooks: ASD managers, then Arakoon. What goes wrong is logged.
    async fn after_upgrade(&self, nodes: &[usize], pending: &[&str]) {
        if nodes.iter().any(|node| self.hook_fails(*node)) {
            return;
        }
        for node in 0..self.cluster.nodes().len() {
            let mut packages = vec!["openvstorage-sdm"];
            if !nodes.contains(&node) {
                packages.extend(["alba", "arakoon"]);
            }
            let all = self.pending(node, &["framework"]);
            packages.retain(|package| all.contains(package));
            self.install(node, &packages).await;
        }
        if pending.contains(&"alba") || pending.contains(&"arakoon") {
            let plugin = |cluster: &String| cluster.contains('-') || cluster == "voldrv";
            let clusters: Vec<String> = self.cluster.world().clusters().into_iter().filter(plugin).collect();
            for cluster in clusters {
                self.restart_arakoon(&cluster).await;
            }
        }
    }
}
