//! What the managers manage: machines, and the agents on them. It is the lab's ground truth, and no manager's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The machines of all managers of one lab. Clones are the same estate.
#[derive(Debug, Clone, Default)]
pub struct Estate(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    hosts: BTreeMap<String, Host>,
    /// Managers that run, by name.
    managers: BTreeMap<String, SocketAddr>,
    window: bool,
    violations: Vec<EstateViolation>,
}

/// What must not happen in a migration, and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EstateViolation {
    /// A heal made a second machine for a host (S10).
    MachineDuplicated { instance: String, by: String },
    /// A manager was switched off for good while these hosts had no agent but its own (S12).
    SwitchedOffEarly { manager: String, instances: Vec<String> },
    /// A manager was torn down, and nobody had fetched a snapshot of it (I1).
    TornDownWithoutSnapshot { manager: String },
}

/// A host as it really is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The node instance it is.
    pub instance: String,
    pub tenant: String,
    pub deployment: String,
    /// The agents that run on it, oldest first. An old agent keeps running beside the new one (4.5).
    pub agents: Vec<Agent>,
    /// The machines that exist for it: one, unless a heal made another (S10).
    pub machines: Vec<Machine>,
}

/// An agent that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub name: String,
    /// The manager whose broker it listens to.
    pub manager: String,
}

/// A machine that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub id: String,
    /// The manager that made it.
    pub made_by: String,
}

impl Host {
    /// The manager the host belongs to: that of its newest agent.
    #[must_use]
    pub fn manager(&self) -> Option<&str> {
        self.agents.last().map(|agent| agent.manager.as_str())
    }
}

impl Estate {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All hosts, by their node instance.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        self.inner().hosts.values().cloned().collect()
    }

    /// The hosts of a deployment.
    #[must_use]
    pub fn hosts_of(&self, tenant: &str, deployment: &str) -> Vec<Host> {
        let is_wanted = |host: &Host| host.tenant == tenant && host.deployment == deployment;
        self.hosts().into_iter().filter(is_wanted).collect()
    }

    /// Hosts for which more than one machine exists.
    #[must_use]
    pub fn duplicated(&self) -> Vec<Host> {
        self.hosts().into_iter().filter(|host| host.machines.len() > 1).collect()
    }

    /// Hosts that no running manager can reach: all their agents listen to brokers that are gone.
    #[must_use]
    pub fn lost(&self) -> Vec<Host> {
        let running = self.inner().managers.clone();
        let is_lost = |host: &Host| !host.agents.iter().any(|agent| running.contains_key(&agent.manager));
        self.hosts().into_iter().filter(is_lost).collect()
    }

    /// What must not have happened, in the order in which it did.
    #[must_use]
    pub fn violations(&self) -> Vec<EstateViolation> {
        self.inner().violations.clone()
    }

    pub(super) fn violated(&self, violation: EstateViolation) {
        self.inner().violations.push(violation);
    }

    /// A manager goes for good.
    pub(super) fn switched_off(&self, manager: &str) {
        let depends = |host: &Host| host.agents.iter().all(|agent| agent.manager == manager);
        let instances: Vec<String> = self.hosts().into_iter().filter(depends).map(|host| host.instance).collect();
        if !instances.is_empty() {
            self.violated(EstateViolation::SwitchedOffEarly { manager: manager.to_owned(), instances });
        }
    }

    pub(super) fn open(&self, manager: &str, address: SocketAddr) {
        self.inner().managers.insert(manager.to_owned(), address);
    }

    pub(super) fn close(&self, manager: &str) {
        self.inner().managers.remove(manager);
    }

    /// The manager whose broker is at this address, if it runs.
    pub(super) fn broker(&self, address: &str) -> Option<String> {
        let inner = self.inner();
        let found = inner.managers.iter().find(|(_, at)| at.to_string() == address);
        found.map(|(name, _)| name.clone())
    }

    pub(super) fn add(&self, manager: &str, instance: &str, tenant: &str, deployment: &str, agent: &str) {
        let host = Host {
            instance: instance.to_owned(),
            tenant: tenant.to_owned(),
            deployment: deployment.to_owned(),
            agents: vec![Agent { name: agent.to_owned(), manager: manager.to_owned() }],
            machines: vec![machine(manager)],
        };
        self.inner().hosts.insert(instance.to_owned(), host);
    }

    /// Whether an agent of this name, made by this manager, runs on the host.
    pub(super) fn runs(&self, instance: &str, agent: &str, manager: &str) -> bool {
        let inner = self.inner();
        let host = inner.hosts.get(instance);
        host.is_some_and(|host| host.agents.iter().any(|found| found.name == agent && found.manager == manager))
    }

    /// Installs a new agent that belongs to this manager.
    pub(super) fn install(&self, instance: &str, agent: &str, manager: &str, stop_old: bool) {
        if let Some(host) = self.inner().hosts.get_mut(instance) {
            if stop_old {
                host.agents.clear();
            }
            host.agents.push(Agent { name: agent.to_owned(), manager: manager.to_owned() });
        }
    }

    /// A manager heals a host. The one it belongs to replaces the machine; to any other the machine is lost already,
    /// and it makes a second one (S10).
    pub(super) fn heal(&self, instance: &str, manager: &str) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let Some(host) = inner.hosts.get_mut(instance) else {
            return;
        };
        if host.manager() == Some(manager) {
            host.machines.clear();
        }
        host.machines.push(machine(manager));
        if host.machines.len() > 1 {
            let (instance, by) = (instance.to_owned(), manager.to_owned());
            inner.violations.push(EstateViolation::MachineDuplicated { instance, by });
        }
    }

    /// Agents are being installed: from now on heals are dangerous.
    pub(super) fn open_window(&self) {
        self.inner().window = true;
    }

    pub(super) fn is_window_open(&self) -> bool {
        self.inner().window
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn machine(manager: &str) -> Machine {
    Machine { id: Uuid::new_v4().to_string(), made_by: manager.to_owned() }
}
