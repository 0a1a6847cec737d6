//! What is in a manager's database, and so in the dump of a snapshot.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::release::Release;

pub(super) const DEFAULT_TENANT: &str = "default_tenant";
/// The user a manager is set up with. Only this one may restore (4.1).
pub(super) const BOOTSTRAP: u32 = 0;

/// Everything but the snapshots.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Data {
    pub(super) users: Vec<User>,
    pub(super) tenants: BTreeSet<String>,
    pub(super) blueprints: Vec<Blueprint>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) instances: Vec<Instance>,
    pub(super) executions: Vec<Execution>,
    pub(super) events: Vec<Event>,
}

/// Roles of the whole system (4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    SysAdmin,
    Default,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) password: String,
    pub(super) role: Role,
    pub(super) tenants: BTreeSet<String>,
    pub(super) active: bool,
    /// The salt its password was hashed with. With another one in force nobody can log in (4.4).
    pub(super) salt: String,
    pub(super) last_login_at: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Blueprint {
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) created_at: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) blueprint: String,
    pub(super) tenant: String,
    pub(super) created_at: String,
    /// The release it was made on, which decides over the workflows it has (3.6).
    pub(super) made_on: Release,
    /// Whether it heals its hosts by itself.
    pub(super) heals: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) id: String,
    pub(super) node: String,
    pub(super) deployment: String,
    pub(super) tenant: String,
    /// Itself, if it is a host.
    pub(super) host: String,
    pub(super) state: String,
    pub(super) version: u32,
    pub(super) runtime: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Execution {
    pub(super) id: String,
    pub(super) workflow: String,
    pub(super) status: Status,
    pub(super) error: String,
    pub(super) created_at: String,
    pub(super) started_at: Option<String>,
    pub(super) ended_at: Option<String>,
    pub(super) deployment: Option<String>,
    pub(super) blueprint: Option<String>,
    pub(super) is_system: bool,
    pub(super) parameters: Map<String, Value>,
    pub(super) tenant: String,
    pub(super) created_by: String,
}

/// Words for the state of an execution (1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Queued,
    Pending,
    Started,
    Cancelling,
    ForceCancelling,
    KillCancelling,
    Terminated,
    Failed,
    Cancelled,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) execution: String,
    pub(super) at: String,
    /// Of a log line its level, of an event its type.
    pub(super) kind: EventKind,
    pub(super) message: String,
    pub(super) instance: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum EventKind {
    Event(String),
    Log(String),
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Pending => "pending",
            Self::Started => "started",
            Self::Cancelling => "cancelling",
            Self::ForceCancelling => "force_cancelling",
            Self::KillCancelling => "kill_cancelling",
            Self::Terminated => "terminated",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// An ended execution never changes again.
    pub(super) fn has_ended(self) -> bool {
        matches!(self, Self::Terminated | Self::Failed | Self::Cancelled)
    }

    /// Whether it stands in the way of others. One that is queued does not.
    pub(super) fn is_active(self) -> bool {
        !self.has_ended() && self != Self::Queued
    }

    pub(super) fn is_being_cancelled(self) -> bool {
        matches!(self, Self::Cancelling | Self::ForceCancelling | Self::KillCancelling)
    }
}

impl Instance {
    pub(super) fn is_host(&self) -> bool {
        self.host == self.id
    }

    /// Whether it is a host that has an agent.
    pub(super) fn has_agent(&self) -> bool {
        self.is_host() && self.runtime.get("cloudify_agent").is_some_and(Value::is_object)
    }

    /// A text from what it knows of its agent.
    pub(super) fn agent(&self, name: &str) -> &str {
        self.runtime.get("cloudify_agent").and_then(|agent| agent.get(name)?.as_str()).unwrap_or_default()
    }

    /// The address of the broker its agent listens to.
    pub(super) fn broker(&self) -> &str {
        let config = self.runtime.get("cloudify_agent").and_then(|agent| agent.get("broker_config"));
        config.and_then(|config| config.get("broker_ip")?.as_str()).unwrap_or_default()
    }
}

impl Data {
    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    pub(super) fn execution(&self, id: &str) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.id == id)
    }

    pub(super) fn execution_mut(&mut self, id: &str) -> Option<&mut Execution> {
        self.executions.iter_mut().find(|execution| execution.id == id)
    }

    pub(super) fn deployment(&self, tenant: &str, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.tenant == tenant && deployment.id == id)
    }

    pub(super) fn instance_mut(&mut self, id: &str) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|instance| instance.id == id)
    }

    /// The instances of a deployment.
    pub(super) fn instances_of(&self, tenant: &str, deployment: &str) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(move |found| found.tenant == tenant && found.deployment == deployment)
    }
}
