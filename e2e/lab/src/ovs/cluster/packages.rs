//! What maintainer scripts tell, and what may happen to them; flags.

use std::time::Duration;

use super::Cluster;
use crate::ovs::fault::OvsFault;
use crate::ovs::packages::{Part, packages};
use crate::ovs::truth::{OvsAct, ViolationKind};

/// The gate of the packages (3.1).
pub(crate) const GATE: &str = "/etc/ready_for_upgrade";
/// All files that say something about an update.
const FLAGS: [&str; 3] = [GATE, "/etc/upgrade_ongoing", "/etc/update_ongoing"];
/// A flag that comes and goes within this is not seen; nobody else could act on it either.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Cluster {
    /// The old files of a package are about to be replaced.
    pub(crate) fn before_unpacking(&self, node: usize, package: &str, from: &str, to: &str) {
        self.look_at_flags();
        let part = packages(self.config().generation).into_iter().find(|known| known.name == package);
        let own = self.node(node).access.name.clone();
        {
            let mut world = self.world();
            let (package, from, to) = (package.to_owned(), from.to_owned(), to.to_owned());
            let code = part.as_ref().is_some_and(|known| matches!(known.part, Part::Framework | Part::Plugin));
            let units = world.nodes[node].units.iter();
            let running: Vec<String> = units
                .filter(|(_, unit)| unit.duty.is_framework() && unit.is_running())
                .map(|(name, _)| name.clone())
                .collect();
            if code && !running.is_empty() {
                let text = format!("{package} was replaced under {}", running.join(", "));
                world.violated(ViolationKind::InstallUnderWorkers, &own, text);
            }
            world.record(node, OvsAct::Unpacking { package, from, to });
        }
        let closes = OvsFault::GateClosesAgain { node: own };
        if part.is_some_and(|known| known.is_gated()) && self.has_fault(|fault| *fault == closes) {
            self.world().faults.retain(|fault| *fault != closes);
            if let Err(error) = self.node(node).remove(GATE) {
                tracing::error!("the gate was not closed: {error}");
            }
            self.look_at_flags();
        }
    }

    /// Whether the package's post-installation script works.
    pub(crate) fn after_unpacking(&self, node: usize, package: &str, from: &str, to: &str) -> bool {
        let (own, package) = (self.node(node).access.name.clone(), package.to_owned());
        let fails = OvsFault::InstallFails { node: own.clone(), package: package.clone() };
        let interrupted = OvsFault::DpkgInterrupted { node: own, package: package.clone() };
        let (from, to) = (from.to_owned(), to.to_owned());
        if self.has_fault(|fault| *fault == fails) || self.take_fault(&interrupted) {
            self.record(node, OvsAct::InstallFailed { package, to });
            return false;
        }
        self.record(node, OvsAct::Installed { package, from, to });
        true
    }

    /// Whether it was switched on; it is not any more.
    fn take_fault(&self, fault: &OvsFault) -> bool {
        let mut world = self.world();
        let before = world.faults.len();
        world.faults.retain(|other| other != fault);
        world.faults.len() < before
    }

    /// Notes flags that came or went.
    pub(crate) fn look_at_flags(&self) {
        for (number, node) in self.nodes().iter().enumerate() {
            let there: Vec<&str> = FLAGS.into_iter().filter(|flag| node.exists(flag)).collect();
            let mut world = self.world();
            for path in FLAGS {
                let now = there.contains(&path);
                let before = world.nodes[number].flags.contains(path);
                if now && !before {
                    world.nodes[number].flags.insert(path.to_owned());
                    world.record(number, OvsAct::FlagSet { path: path.to_owned() });
                } else if before && !now {
                    world.nodes[number].flags.remove(path);
                    world.record(number, OvsAct::FlagRemoved { path: path.to_owned() });
                }
            }
        }
    }

    /// Looks at flags from time to time, until the cluster ends.
    pub(crate) fn keep_looking_at_flags(&self) {
        let cluster = self.clone();
        self.spawn(async move {
            loop {
                cluster.look_at_flags();
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
    }
}
