//! What watchers watch (4.2), and volume drivers that find their backend missing.

use super::{Cluster, World};
use crate::ovs::config::Role;
use crate::ovs::truth::StopCause;
use crate::ovs::unit::{Duty, UnitPhase};

impl World {
    /// Whether what this watcher watches works.
    pub(crate) fn works(&self, watcher: &Duty) -> bool {
        match watcher {
            Duty::WatcherFramework => {
                self.has_master("ovsdb") && self.on_all_masters("memcached") && self.on_all_masters("rabbitmq-server")
            }
            Duty::WatcherVolumedriver => self.has_master("voldrv") && self.on_all_masters("rabbitmq-server"),
            Duty::WatcherConfig => self.has_master("config"),
            _ => true,
        }
    }

    /// Nodes that are down are not asked.
    fn on_all_masters(&self, unit: &str) -> bool {
        let mut masters = self.nodes.iter().filter(|node| node.plan.role == Role::Master && !node.is_down).peekable();
        masters.peek().is_some() && masters.all(|node| node.is_running(unit))
    }

    /// Watchers that should run and do not, or the other way round.
    fn restless(&self) -> Vec<(usize, String, bool)> {
        let mut found = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            for (name, unit) in node.units.iter().filter(|(_, unit)| unit.duty.is_watcher()) {
                match (unit.phase, self.works(&unit.duty)) {
                    (UnitPhase::Starting, true) => found.push((number, name.clone(), true)),
                    (UnitPhase::Running, false) => found.push((number, name.clone(), false)),
                    _ => {}
                }
            }
        }
        found
    }
}

impl Cluster {
    /// Lets watchers follow what they watch, until the cluster ends.
    pub(crate) fn keep_watching(&self) {
        let cluster = self.clone();
        self.spawn(async move {
            loop {
                let restless = cluster.until(|world| Some(world.restless()).filter(|found| !found.is_empty())).await;
                for (node, name, works) in restless {
                    if works {
                        if cluster.promote(node, &name).await.is_none() {
                            // Stopped meanwhile, or its process does not start: not at once again.
                            tokio::time::sleep(cluster.config().pace.lag()).await;
                        }
                    } else {
                        cluster.cycle(node, &name).await;
                    }
                }
            }
        });
    }

    /// A watcher that finds its services gone ends, and is started again: it waits in its pre-start. Once they
    /// are back, its *started* event starts what follows it, stopped volume drivers too (5.1).
    async fn cycle(&self, node: usize, name: &str) {
        if self.stop(node, name, StopCause::Died).await.is_ok() {
            // If somebody stopped it for good meanwhile, that was before.
            let _ = self.start(node, name).await;
        }
    }

    /// The mount comes with the volume driver. One that finds no backend ends soon (volumedriver#244).
    pub(super) async fn mount_and_watch(&self, node: usize, name: &str, vpool: &str) {
        const MOUNT: &str = "mkdir -p /mnt/$1 && mount -t tmpfs -o size=4m \"$1\" /mnt/$1";
        match self.node(node).run(MOUNT, &[vpool]).await {
            Ok(done) if done.status.success() => {
                self.world().nodes[node].mounted.insert(vpool.to_owned());
            }
            _ => self.log(node, name, "the mount point is not usable"),
        }
        self.changed();
        if self.world().backend_is_up(node, vpool) {
            return;
        }
        self.log(node, name, "Failed to connect to the backend; shutting down");
        let (cluster, name) = (self.clone(), name.to_owned());
        let delay = self.config().pace.lag();
        self.spawn(async move {
            tokio::time::sleep(delay).await;
            // Somebody may have stopped it, or brought the backend up, meanwhile.
            let vpool = match cluster.world().nodes[node].units.get(&name).map(|unit| unit.duty.clone()) {
                Some(Duty::Volumedriver { vpool }) => vpool,
                _ => return,
            };
            if !cluster.world().backend_is_up(node, &vpool) {
                let _ = cluster.stop(node, &name, StopCause::NotReady).await;
            }
        });
    }

    /// Whether the mount is gone. It is not while somebody works in it.
    pub(super) async fn unmount(&self, node: usize, vpool: &str) -> bool {
        if !self.world().nodes[node].mounted.contains(vpool) {
            return true;
        }
        let done = self.node(node).run("umount \"/mnt/$1\"", &[vpool]).await;
        let gone = done.is_ok_and(|done| done.status.success());
        if gone {
            self.world().nodes[node].mounted.remove(vpool);
        } else {
            tokio::time::sleep(self.config().pace.lag()).await;
        }
        gone
    }
}
