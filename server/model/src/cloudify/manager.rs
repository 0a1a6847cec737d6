//! One manager as it was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Deployment, Execution, Machine, Maintenance, ManagerVersion, Snapshot};
use crate::id::TenantName;
use crate::observed::Observed;

/// Everything Drydock knows of one manager at one time. Lists are complete, or unknown: they are read page by page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerInventory {
    /// See [`Login`].
    pub login: Observed<Login>,
    /// `GET /version`.
    pub version: Observed<ManagerVersion>,
    /// The same; 3.4.2 does not tell.
    pub edition: Observed<Edition>,
    /// Server clock minus ours, milliseconds, from the HTTP `Date` header.
    pub clock_skew_ms: Observed<i64>,
    /// The system role of the user we log in as, for example `sys_admin`; 3.4.2 has none.
    pub role: Observed<String>,
    /// `GET /status`, in both its shapes.
    pub status: Observed<ManagerStatus>,
    /// All tenants; on 3.4.2 the one there is.
    pub tenants: Observed<BTreeSet<TenantName>>,
    /// All users by name. Up to 3.4.2 they are kept in a file.
    pub users: Observed<Vec<User>>,
    /// How many blueprints there are in all tenants: a manager has to be without any to restore (4.1).
    pub blueprints: Observed<u64>,
    /// All deployments of all tenants with their node instances, by tenant and id.
    pub deployments: Observed<Vec<Deployment>>,
    /// Executions of all tenants that have not ended, those of the system too, newest first.
    pub executions: Observed<Vec<Execution>>,
    /// Snapshots of all tenants, newest first.
    pub snapshots: Observed<Vec<Snapshot>>,
    /// See [`Maintenance`].
    pub maintenance: Observed<Maintenance>,
    /// Whether a snapshot is being restored: `GET /snapshot-status`, from 5.0.5 on.
    pub restoring: Observed<bool>,
    /// The agent networks of its provider context (N4).
    pub networks: Observed<BTreeSet<String>>,
    /// What was seen over SSH.
    pub machine: Observed<Machine>,
}

/// Which of the two admins a manager lets in: a restore can change it (dossier 0, fact 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// The old manager's.
    Old,
    /// The new manager's.
    New,
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "the old manager's admin",
            Self::New => "the new manager's admin",
        })
    }
}

/// What a manager was sold as. Community has no users and no tenants of its own (7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// Community.
    Community,
    /// Premium.
    Premium,
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Community => "Community",
            Self::Premium => "Premium",
        })
    }
}

/// What a manager says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerStatus {
    /// `running`; from 5.0.5 on `OK`, `Degraded` or `Fail`, as reported.
    pub word: String,
    /// Services and their states as reported, `unknown` for one without any.
    pub services: BTreeMap<String, String>,
}

impl ManagerStatus {
    /// Services that do not run, with what is said of them.
    pub fn troubles(&self) -> impl Iterator<Item = (&str, &str)> {
        let bad = |state: &str| !matches!(state, "running" | "Active");
        self.services.iter().filter(move |(_, state)| bad(state)).map(|(name, state)| (name.as_str(), state.as_str()))
    }

    /// Whether it is as it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.word.as_str(), "running" | "OK") && self.troubles().next().is_none()
    }
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct User {
    /// Login name.
    pub name: String,
    /// For example `sys_admin` or `default`, as reported.
    pub role: String,
    /// Switched off otherwise.
    pub active: bool,
    /// As the manager wrote it. Every request that is let in counts (P6).
    pub last_login_at: Option<String>,
}
