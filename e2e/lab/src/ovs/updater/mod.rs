//! The vendor's updater (3.3, 3.4), played by the lab: it does with the cluster what the real one does,
//! its mistakes included, and ends when its process on the node is killed.

mod install;
mod log;
mod new;
mod old;

use super::cluster::Cluster;
use super::config::OvsGeneration;
use super::truth::{Outcome, OvsAct, StopCause, ViolationKind};
use crate::stand_in::Reply;

/// An updater at work.
struct Updater<'a> {
    cluster: &'a Cluster,
    /// Where it was started.
    node: usize,
    components: &'a [String],
    outcome: Outcome,
}

/// It ended; what it says is in its log.
struct GaveUp;

impl Drop for Updater<'_> {
    fn drop(&mut self) {
        let mut world = self.cluster.world();
        world.nodes[self.node].updating = false;
        world.record(self.node, OvsAct::UpdaterEnded { outcome: self.outcome });
    }
}

/// Runs it. Like the real one it never tells by its exit code how it went.
pub(crate) async fn run(cluster: &Cluster, node: usize, components: &[String]) -> Reply {
    let elsewhere = {
        let mut world = cluster.world();
        let elsewhere = world.is_updating();
        world.nodes[node].updating = true;
        elsewhere
    };
    let name = cluster.node(node).access.name.clone();
    if elsewhere {
        let text = "an updater started while another one worked on another node".to_owned();
        cluster.world().violated(ViolationKind::TwoUpdaters, &name, text);
    }
    cluster.record(node, OvsAct::UpdaterStarted { components: components.to_vec() });
    let mut updater = Updater { cluster, node, components, outcome: Outcome::Failed };
    updater.say("+++ Starting update +++");
    let done = match (cluster.config().generation, components) {
        (OvsGeneration::A, [component]) if component == "framework" => updater.framework().await,
        (OvsGeneration::A, _) => updater.volumedriver().await,
        (OvsGeneration::B | OvsGeneration::C, _) => updater.components().await,
    };
    match done {
        Ok(()) => {
            updater.outcome = Outcome::Done;
            updater.say("+++ Finished updating +++");
        }
        Err(GaveUp) => updater.complain("+++ Failed updating +++"),
    }
    Reply::silent()
}

/// The lock is a file of this node, and somebody else has it (3.1).
pub(crate) fn waited(cluster: &Cluster, node: usize) -> Reply {
    log::write(cluster, node, "ERROR", "", "Another update is in progress");
    Reply::silent()
}

impl Updater<'_> {
    fn say(&self, text: &str) {
        log::write(self.cluster, self.node, "INFO", "", text);
    }

    fn complain(&self, text: &str) {
        log::write(self.cluster, self.node, "ERROR", "", text);
    }

    /// A line about one node.
    fn say_of(&self, node: usize, text: &str) {
        let address = self.cluster.node(node).access.address.clone();
        log::write(self.cluster, self.node, "INFO", &address, text);
    }

    fn has_component(&self, name: &str) -> bool {
        self.components.iter().any(|component| component == name)
    }

    /// Root SSH to every StorageRouter; one that cannot be reached ends everything.
    fn reach_all(&self) -> Result<Vec<usize>, GaveUp> {
        let routers = self.cluster.routers();
        let down = routers.iter().find(|node| self.cluster.world().nodes[**node].is_down);
        match down {
            Some(node) => {
                let address = &self.cluster.node(*node).access.address;
                self.complain(&format!("Could not connect to {address}: [Errno 111] Connection refused"));
                Err(GaveUp)
            }
            None => Ok(routers),
        }
    }

    fn touch(&self, nodes: &[usize], flag: &str) {
        for node in nodes {
            self.say_of(*node, "Creating lock files");
            if let Err(error) = self.cluster.node(*node).write(flag, "") {
                self.complain(&error.to_string());
            }
        }
        self.cluster.look_at_flags();
    }

    fn remove(&self, nodes: &[usize], flag: &str) {
        for node in nodes {
            if let Err(error) = self.cluster.node(*node).remove(flag) {
                self.complain(&error.to_string());
            }
        }
        self.cluster.look_at_flags();
    }

    /// Outer loop service, inner loop node (3.3, 5). Answers what it stopped.
    async fn stop_everywhere(&self, services: &[String]) -> Vec<(usize, String)> {
        let mut stopped = Vec::new();
        for service in services {
            for node in 0..self.cluster.nodes().len() {
                if self.cluster.phase(node, service).is_some() {
                    self.say_of(node, &format!("Stopping service {service}"));
                    // One that was stopped already is stopped.
                    let _ = self.cluster.stop(node, service, StopCause::Asked).await;
                    stopped.push((node, service.clone()));
                }
            }
        }
        stopped
    }

    async fn start_again(&self, stopped: &[(usize, String)]) {
        for (node, service) in stopped.iter().rev() {
            self.say_of(*node, &format!("Starting service {service}"));
            // One that somebody else started runs.
            let _ = self.cluster.start(*node, service).await;
        }
    }

    /// `restart`, which starts what was stopped (3.4).
    async fn restart(&self, node: usize, service: &str) {
        self.say_of(node, &format!("Restarting service {service}"));
        let _ = self.cluster.stop(node, service, StopCause::Asked).await;
        let _ = self.cluster.start(node, service).await;
    }

    /// Names of units on any node that fit, in the order of the nodes.
    fn units(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let world = self.cluster.world();
        let mut found: Vec<String> = Vec::new();
        for name in world.nodes.iter().flat_map(|node| node.units.keys()) {
            if wanted(name) && !found.contains(name) {
                found.push(name.clone());
            }
        }
        found
    }
}
