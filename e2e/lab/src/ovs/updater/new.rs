//! Generations B and C (3.4).

use super::{GaveUp, Updater};
use crate::ovs::cluster::GATE;
use crate::ovs::config::{OvsGeneration, Role};

impl Updater<'_> {
    /// `execute_update`.
    pub(super) async fn components(&self) -> Result<(), GaveUp> {
        let nodes = self.reach_all()?;
        let ongoing = self.cluster.config().generation.ongoing_flag();
        self.touch(&nodes, GATE);
        self.touch(&nodes, ongoing);
        let done = self.work(&nodes).await;
        // What the page shows from now on. A node that cannot be looked at has nothing pending (1.3, P1).
        self.cluster.refresh_packages();
        self.remove(&nodes, GATE);
        self.remove(&nodes, ongoing);
        done
    }

    async fn work(&self, nodes: &[usize]) -> Result<(), GaveUp> {
        let stopped = self.stop_everywhere(&self.framework_goes_down(nodes)).await;
        // Errors are noted; the other nodes are tried all the same.
        let mut all_installed = true;
        for node in nodes {
            let mut packages = self.pending(*node, &self.wanted());
            packages.sort_by_key(|package| (*package != "openvstorage-extensions", *package));
            all_installed &= self.install(*node, &packages).await;
        }
        if self.has_component("alba") {
            for node in self.storage_nodes() {
                let packages = self.pending(node, &["alba"]);
                all_installed &= self.install(node, &packages).await;
            }
        }
        if !all_installed {
            // Services stay down: mixed code must not run (framework#1401).
            self.complain("Error during update, services are not started");
            return Err(GaveUp);
        }
        self.remove(nodes, GATE);
        let framework = self.has_component("framework");
        let mut migrated = Ok(());
        if framework {
            for node in nodes {
                migrated = migrated.and(self.migrate_extensions(*node).await);
            }
        }
        migrated?;
        let (memcached, rest): (Vec<_>, Vec<_>) = stopped.into_iter().partition(|(_, service)| service == "memcached");
        self.start_again(&memcached).await;
        if framework && let Some(first) = nodes.first() {
            self.migrate_model(*first).await?;
        }
        for node in nodes {
            self.after_update(*node).await;
        }
        self.restart_clusters().await;
        self.restart_disks().await;
        self.start_again(&rest).await;
        Ok(())
    }

    fn wanted(&self) -> Vec<&str> {
        self.components.iter().map(String::as_str).collect()
    }

    /// C takes the framework down if it has anything pending, whatever was chosen.
    fn framework_goes_down(&self, nodes: &[usize]) -> Vec<String> {
        let parts: Vec<&str> = match self.cluster.config().generation {
            OvsGeneration::C => vec!["framework", "alba"],
            OvsGeneration::A | OvsGeneration::B => self.wanted(),
        };
        let down = nodes.iter().any(|node| {
            let pending = self.pending(*node, &parts);
            pending.contains(&"openvstorage") || pending.contains(&"openvstorage-backend")
        });
        if down { vec!["ovs-watcher-framework".to_owned(), "memcached".to_owned()] } else { Vec::new() }
    }

    fn storage_nodes(&self) -> Vec<usize> {
        let world = self.cluster.world();
        let all = world.nodes.iter().enumerate();
        let storage = all.filter(|(_, node)| node.plan.role == Role::Storage && !node.is_down);
        storage.map(|(number, _)| number).collect()
    }

    /// `post_update_multi` of one node.
    async fn after_update(&self, node: usize) {
        if self.hook_fails(node) {
            return;
        }
        let mut services = Vec::new();
        if self.has_component("storagedriver") {
            services.extend(self.units(|name| name.starts_with("ovs-volumedriver_")));
        }
        if self.has_component("alba") {
            services.extend(self.units(|name| name.starts_with("ovs-albaproxy_")));
        }
        if self.has_component("storagedriver") {
            services.extend(self.units(|name| name.starts_with("ovs-dtl_")));
        }
        if self.has_component("framework") {
            services.push("ovs-support-agent".to_owned());
        }
        for service in services {
            if self.cluster.phase(node, &service).is_some() {
                self.restart(node, &service).await;
            }
        }
    }

    /// Arakoon last, one node at a time (3.4, 13).
    async fn restart_clusters(&self) {
        let clusters = self.cluster.world().clusters();
        for cluster in clusters {
            // Arakoon comes with the framework; a backend's clusters load ALBA's plugins besides (3.5).
            let of_backend = cluster.contains('-');
            let concerned = self.has_component("framework") || (of_backend && self.has_component("alba"));
            if !concerned {
                continue;
            }
            let members: Vec<usize> = self.cluster.world().members(&cluster).iter().map(|member| member.node).collect();
            for node in members {
                self.restart(node, &format!("ovs-arakoon-{cluster}")).await;
            }
        }
    }

    /// `post_update_single`: ASDs and maintenance agents, node by node.
    async fn restart_disks(&self) {
        if !self.has_component("alba") {
            return;
        }
        for node in 0..self.cluster.nodes().len() {
            let names = {
                let world = self.cluster.world();
                let units = world.nodes[node].units.iter();
                let running = units.filter(|(name, unit)| {
                    unit.is_running() && (name.starts_with("alba-asd-") || name.starts_with("alba-maintenance_"))
                });
                running.map(|(name, _)| name.clone()).collect::<Vec<_>>()
            };
            for name in names {
                self.restart(node, &name).await;
            }
        }
    }
}
