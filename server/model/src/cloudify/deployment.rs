//! Deployments, their node instances and their agents. What is usual is left out of JSON: there are thousands of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{DeploymentId, NodeInstanceId, TenantName};

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deployment {
    /// Whose it is.
    pub tenant: TenantName,
    /// Its id within the tenant.
    pub id: DeploymentId,
    /// What the manager does with it by itself (S10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<HealPolicy>,
    /// Which workflows about agents it has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub workflows: BTreeSet<AgentWorkflow>,
    /// Its instances that are machines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<NodeInstanceId, HostInstance>,
    /// How many of its other instances are in which state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, u32>,
}

/// The state in which an instance is in use.
const STARTED: &str = "started";

impl Deployment {
    /// Whether the manager heals hosts of it by itself, or starts any other workflow: duplicates come of that (S10).
    #[must_use]
    pub fn acts_by_itself(&self) -> bool {
        !self.policies.is_empty()
    }

    /// Hosts that have an agent.
    pub fn agents(&self) -> impl Iterator<Item = (&NodeInstanceId, &Agent)> {
        self.hosts.iter().filter_map(|(id, host)| Some((id, host.agent.as_ref()?)))
    }

    /// Hosts that are not `started`: the deployment gets no agents then (fact 7, 3.6).
    pub fn hosts_not_started(&self) -> impl Iterator<Item = (&NodeInstanceId, &str)> {
        let down = self.hosts.iter().filter(|(_, host)| host.state != STARTED);
        down.map(|(id, host)| (id, host.state.as_str()))
    }

    /// How many instances it has in all.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.hosts.len() + self.others.values().map(|count| *count as usize).sum::<usize>()
    }
}

/// A workflow that has to do with agents and that not every deployment has (3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentWorkflow {
    /// `install_new_agents`.
    InstallNewAgents,
    /// `validate_agents`: only deployments that were made on 4.4 or later.
    ValidateAgents,
}

/// Something a manager does by itself: the group watched, the policy, and the workflow that it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HealPolicy {
    /// Name of the group.
    pub group: String,
    /// Name of the policy.
    pub policy: String,
    /// `heal`, `scale` … as the trigger names it; none where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
}

/// A node instance that is a machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostInstance {
    /// The node it is an instance of.
    pub node: String,
    /// `started`, `deleted` …, as reported.
    pub state: String,
    /// Its agent, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
}

/// An agent as the manager knows it: the instance's runtime properties and, from 4.5 on, the list of agents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Agent {
    /// Its name, which changes when a new one is installed (3.6).
    pub name: String,
    /// Its version, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How it is installed: `remote`, `init_script`, `none` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install_method: Option<String>,
    /// The broker it listens to. Agents whose broker is not told cannot be migrated (5: #525).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<String>,
    /// The agent it has replaced, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// The last time somebody asked it. A restore drops this (4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AgentStatus>,
    /// Its state in the list of agents, 4.5 and later (1.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What `agent_status` says. Nobody asks agents by themselves, so it may be old.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgentStatus {
    /// It answered over this manager's broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive: Option<bool>,
    /// It answered over the old manager's broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive_over_old_broker: Option<bool>,
    /// When it was asked, as the manager wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}
