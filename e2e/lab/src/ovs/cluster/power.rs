//! Nodes go down and come up.

use super::Cluster;
use crate::lab::LabError;
use crate::machine::host_error;
use crate::ovs::truth::{OvsAct, StopCause};
use crate::ovs::unit::{Duty, Unit, UnitPhase};

impl Cluster {
    /// Starts what is started at boot. Volume drivers, proxies and workers come with their watchers.
    pub(crate) async fn start_all(&self, node: usize) {
        for name in self.boot_order(node) {
            if let Err(error) = self.start(node, &name).await {
                tracing::warn!("{name} was not started at boot: {error:?}");
            }
        }
    }

    fn boot_order(&self, node: usize) -> Vec<String> {
        let rank = |unit: &Unit| match unit.duty {
            Duty::Arakoon { .. } => Some(1),
            Duty::Memcached | Duty::Rabbitmq | Duty::Nginx => Some(2),
            Duty::AsdManager | Duty::AsdWatcher | Duty::Asd | Duty::Maintenance => Some(3),
            Duty::Proxy { .. } => Some(4),
            Duty::WatcherConfig | Duty::WatcherVolumedriver | Duty::WatcherFramework => Some(5),
            Duty::SupportAgent => Some(6),
            Duty::FollowsWatcher | Duty::Volumedriver { .. } | Duty::Dtl { .. } => None,
        };
        let world = self.world();
        let units = world.nodes[node].units.iter().filter(|(_, unit)| unit.enabled);
        let mut order: Vec<(u8, String)> = units.filter_map(|(name, unit)| Some((rank(unit)?, name.clone()))).collect();
        order.sort();
        order.into_iter().map(|(_, name)| name).collect()
    }

    /// The power of a node is cut.
    pub(crate) async fn power_off(&self, node: usize) -> Result<(), LabError> {
        {
            let mut world = self.world();
            world.nodes[node].is_down = true;
            let running = world.nodes[node].units.iter().filter(|(_, unit)| unit.is_running());
            let names: Vec<String> = running.map(|(name, _)| name.clone()).collect();
            for unit in names {
                world.record(node, OvsAct::Stopped { unit, cause: StopCause::Power });
            }
            world.record(node, OvsAct::WentDown);
        }
        let name = &self.node(node).access.name;
        self.node(node).kill_all().await.map_err(|error| host_error(name, error))?;
        self.until(|world| world.nodes[node].units.values().all(|unit| unit.pid.is_none()).then_some(())).await;
        let mounted = std::mem::take(&mut self.world().nodes[node].mounted);
        for vpool in mounted {
            let unmounted = self.node(node).run("umount \"/mnt/$1\"", &[&vpool]).await;
            unmounted.map_err(|error| host_error(name, error))?;
        }
        {
            let mut world = self.world();
            for unit in world.nodes[node].units.values_mut() {
                unit.phase = UnitPhase::Stopped;
            }
            world.nodes[node].at_jobs.clear();
            world.nodes[node].strangers.clear();
        }
        self.changed();
        Ok(())
    }

    /// And comes back.
    pub(crate) async fn power_on(&self, node: usize) -> Result<(), LabError> {
        self.world().nodes[node].is_down = false;
        self.record(node, OvsAct::CameUp);
        self.node(node).open_ssh().await?;
        self.start_all(node).await;
        Ok(())
    }
}
