//! Starting and stopping services, and what that means for others.

use std::sync::Arc;

use super::Cluster;
use crate::ovs::config::OvsInit;
use crate::ovs::fault::OvsFault;
use crate::ovs::node::unit_files;
use crate::ovs::truth::{OvsAct, StopCause};
use crate::ovs::unit::{Duty, UnitPhase};

/// What a start came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Started {
    Running(u32),
    /// In its pre-start: what it watches does not work.
    Waiting(u32),
}

/// Why a service was not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotStarted {
    Unknown,
    AlreadyRunning,
    Failed(String),
}

/// Why a service was not stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStopped {
    Unknown,
    NotRunning,
}

impl Cluster {
    fn gate(&self, node: usize, name: &str) -> Option<(Arc<tokio::sync::Mutex<()>>, Duty)> {
        let world = self.world();
        let unit = world.nodes[node].units.get(name)?;
        Some((Arc::clone(&unit.gate), unit.duty.clone()))
    }

    pub(crate) fn phase(&self, node: usize, name: &str) -> Option<(UnitPhase, Option<u32>)> {
        let world = self.world();
        world.nodes[node].units.get(name).map(|unit| (unit.phase, unit.pid))
    }

    fn want(&self, node: usize, name: &str, wanted: bool) {
        if let Some(unit) = self.world().nodes[node].units.get_mut(name) {
            unit.wanted = wanted;
        }
    }

    /// Starts a service. A watcher whose services do not work is left waiting.
    pub(crate) async fn start(&self, node: usize, name: &str) -> Result<Started, NotStarted> {
        let (gate, duty) = self.gate(node, name).ok_or(NotStarted::Unknown)?;
        let held = gate.lock().await;
        if self.world().nodes[node].is_down {
            return Err(NotStarted::Failed("the node is down".to_owned()));
        }
        match self.phase(node, name) {
            Some((UnitPhase::Stopped | UnitPhase::Failed, _)) => {}
            _ => return Err(NotStarted::AlreadyRunning),
        }
        self.want(node, name, true);
        if duty.is_watcher() {
            let waiting = self.start_process(node, name, UnitPhase::Starting).await;
            let waiting = waiting.map_err(NotStarted::Failed)?;
            drop(held);
            return Ok(match self.promote(node, name).await {
                Some(pid) => Started::Running(pid),
                None => Started::Waiting(waiting),
            });
        }
        self.before_start(node, &duty).await;
        let pid = self.start_process(node, name, UnitPhase::Running).await.map_err(NotStarted::Failed)?;
        self.after_start(node, name, &duty).await;
        drop(held);
        Ok(Started::Running(pid))
    }

    /// Makes a waiting watcher run if what it watches works. Answers its process if it now runs.
    pub(super) async fn promote(&self, node: usize, name: &str) -> Option<u32> {
        let (gate, duty) = self.gate(node, name)?;
        let held = gate.lock().await;
        match self.phase(node, name)? {
            (UnitPhase::Starting, _) if self.world().works(&duty) => {}
            (UnitPhase::Running, pid) => return pid,
            _ => return None,
        }
        self.end_process(node, name, "TERM").await;
        let pid = self.start_process(node, name, UnitPhase::Running).await.ok()?;
        self.check_framework_start(node, name, &duty);
        for other in self.followers(node, &duty) {
            // What runs already is left alone.
            let _ = Box::pin(self.start(node, &other)).await;
        }
        // Only now may it be stopped again: a follower that started later would be left behind.
        drop(held);
        Some(pid)
    }

    /// upstart starts proxies on *starting* of their volume driver; systemd those that it requires (4.2, 5.1).
    async fn before_start(&self, node: usize, duty: &Duty) {
        let Duty::Volumedriver { vpool } = duty else { return };
        let proxies = {
            let world = self.world();
            let all = &world.nodes[node].units;
            match self.config().init {
                OvsInit::Upstart => unit_files::proxies(vpool, all),
                OvsInit::Systemd => all
                    .values()
                    .filter(|unit| unit.duty == *duty)
                    .flat_map(|unit| unit_files::requires(self.config().generation, unit, all))
                    .collect(),
            }
        };
        for proxy in proxies {
            let _ = Box::pin(self.start(node, &proxy)).await;
        }
    }

    async fn after_start(&self, node: usize, name: &str, duty: &Duty) {
        self.check_framework_start(node, name, duty);
        match duty {
            Duty::Volumedriver { vpool } => self.mount_and_watch(node, name, vpool).await,
            Duty::Arakoon { cluster } => self.lose_master(cluster),
            Duty::Memcached => {
                let own = self.node(node).access.name.clone();
                if self.has_fault(|fault| *fault == OvsFault::MemcachedStaysDown { node: own.clone() }) {
                    self.end_process(node, name, "KILL").await;
                }
            }
            _ => {}
        }
    }

    /// The services that a watcher brings up (4.2).
    pub(super) fn followers(&self, node: usize, duty: &Duty) -> Vec<String> {
        let world = self.world();
        let units = &world.nodes[node].units;
        let rank = |follower: &Duty| match (duty, follower) {
            (Duty::WatcherFramework, Duty::FollowsWatcher) | (Duty::WatcherVolumedriver, Duty::Dtl { .. }) => Some(1),
            (Duty::WatcherVolumedriver, Duty::Volumedriver { .. }) => Some(2),
            _ => None,
        };
        let mut found: Vec<(u8, String)> = units
            .iter()
            .filter(|(_, unit)| unit.enabled)
            .filter_map(|(name, unit)| Some((rank(&unit.duty)?, name.clone())))
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// Stops a service.
    pub(crate) async fn stop(&self, node: usize, name: &str, cause: StopCause) -> Result<(), NotStopped> {
        let (gate, duty) = self.gate(node, name).ok_or(NotStopped::Unknown)?;
        self.stop_requirer(node, name, &duty).await;
        let held = gate.lock().await;
        let phase = self.phase(node, name).map(|(phase, _)| phase);
        let running = match phase {
            Some(UnitPhase::Running) => true,
            Some(UnitPhase::Starting) => false,
            _ => return Err(NotStopped::NotRunning),
        };
        self.want(node, name, false);
        if running {
            self.before_stop(node, &duty).await;
        }
        {
            let mut world = self.world();
            if let Some(unit) = world.nodes[node].units.get_mut(name) {
                // It may have died meanwhile; then there is nothing to wait for.
                unit.phase = if unit.pid.is_some() { UnitPhase::Stopping } else { UnitPhase::Stopped };
            }
            if running {
                world.record(node, OvsAct::Stopped { unit: name.to_owned(), cause });
            }
        }
        let busy = match &duty {
            Duty::Volumedriver { vpool } if running => !self.unmount(node, vpool).await,
            _ => false,
        };
        // A volume driver that cannot unmount hangs until the kill timeout.
        self.end_process(node, name, if busy { "KILL" } else { "TERM" }).await;
        self.log(node, name, "stopped");
        if duty == Duty::Memcached {
            // It may never have been written.
            let _ = self.node(node).remove("/run/memcached.pid");
        }
        if running {
            self.stop_proxies(node, &duty).await;
        }
        drop(held);
        if busy && self.config().init == OvsInit::Systemd {
            self.run_stop_hook(node).await;
        }
        Ok(())
    }

    /// systemd: the volume driver that requires a proxy goes before it (5.1). Called without the proxy's gate, which
    /// a start of the volume driver may want.
    async fn stop_requirer(&self, node: usize, name: &str, duty: &Duty) {
        if !matches!(duty, Duty::Proxy { .. }) || self.config().init == OvsInit::Upstart {
            return;
        }
        let first = {
            let world = self.world();
            let all = &world.nodes[node].units;
            all.get(name).map(|unit| unit_files::required_by(self.config().generation, unit, all)).unwrap_or_default()
        };
        for other in first {
            let _ = Box::pin(self.stop(node, &other, StopCause::Follows)).await;
        }
    }

    /// Followers go first (4.2).
    async fn before_stop(&self, node: usize, duty: &Duty) {
        match duty {
            Duty::WatcherFramework => {
                for other in self.followers(node, duty) {
                    let _ = Box::pin(self.stop(node, &other, StopCause::Follows)).await;
                }
            }
            Duty::Volumedriver { vpool } => self.world().check_in_use(node, vpool),
            _ => {}
        }
    }

    /// upstart stops proxies on *stopped* of their volume driver (4.2).
    async fn stop_proxies(&self, node: usize, duty: &Duty) {
        let Duty::Volumedriver { vpool } = duty else { return };
        if self.config().init == OvsInit::Upstart {
            let proxies = unit_files::proxies(vpool, &self.world().nodes[node].units);
            for proxy in proxies {
                let _ = Box::pin(self.stop(node, &proxy, StopCause::Follows)).await;
            }
        }
    }

    /// It kills *every* volume driver of the node (5.3, 5).
    async fn run_stop_hook(&self, node: usize) {
        let victims: Vec<String> = {
            let world = self.world();
            let units = world.nodes[node].units.iter();
            units
                .filter(|(_, unit)| unit.is_running() && unit_files::has_stop_hook(self.config().generation, unit))
                .map(|(name, _)| name.clone())
                .collect()
        };
        for name in victims {
            let _ = Box::pin(self.stop(node, &name, StopCause::StopHook)).await;
        }
    }

    /// A process ended that nobody told to.
    pub(super) async fn after_death(&self, node: usize, name: &str, again: bool) {
        let Some((_, duty)) = self.gate(node, name) else { return };
        if let Duty::Volumedriver { vpool } = &duty {
            self.unmount(node, vpool).await;
        }
        if duty == Duty::WatcherFramework {
            for other in self.followers(node, &duty) {
                let _ = self.stop(node, &other, StopCause::Follows).await;
            }
        }
        if again {
            if let Some(unit) = self.world().nodes[node].units.get_mut(name) {
                unit.restarts += 1;
            }
            // Whoever was quicker has started it.
            let _ = self.start(node, name).await;
        } else {
            self.stop_proxies(node, &duty).await;
        }
    }
}
