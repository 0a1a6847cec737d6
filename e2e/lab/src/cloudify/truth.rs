//! What is really the case on a manager. Machines and agents are the estate's.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::data::{BOOTSTRAP, Execution};
use super::shared::{Shared, Snapshot};

/// A manager as it is, whatever its REST answers at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerTruth {
    /// Its number, as `/version` tells it.
    pub version: String,
    /// The user it was set up with: name and password that are in force now.
    pub admin: (String, String),
    /// Users who can log in at the moment: their password's hash was made with the salt that REST works with.
    pub able_to_log_in: BTreeSet<String>,
    pub users: BTreeSet<String>,
    pub tenants: BTreeSet<String>,
    /// Tenant and id.
    pub deployments: BTreeSet<(String, String)>,
    pub executions: Vec<ExecutionTruth>,
    pub snapshots: Vec<SnapshotTruth>,
    /// How often REST was started.
    pub rest_starts: usize,
    pub is_restoring: bool,
    /// What its internal certificates say: a restore can bring those of the manager before (4.1, 7).
    pub certificates: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionTruth {
    pub id: String,
    pub workflow: String,
    pub tenant: String,
    pub deployment: Option<String>,
    pub status: String,
    pub error: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotTruth {
    pub id: String,
    pub status: String,
    pub error: String,
    /// Of its archive, once there is one.
    pub length: Option<u64>,
}

impl ManagerTruth {
    /// The executions of a workflow, oldest first.
    #[must_use]
    pub fn executions_of(&self, workflow: &str) -> Vec<&ExecutionTruth> {
        self.executions.iter().filter(|execution| execution.workflow == workflow).collect()
    }
}

pub(super) fn of(shared: &Shared) -> ManagerTruth {
    let state = shared.state();
    let data = &state.data;
    let admin = data.users.iter().find(|user| user.id == BOOTSTRAP);
    let able = data.users.iter().filter(|user| user.active && user.salt == state.security.hash_salt);
    ManagerTruth {
        version: shared.config.release.number().to_owned(),
        admin: admin.map(|user| (user.name.clone(), user.password.clone())).unwrap_or_default(),
        able_to_log_in: able.map(|user| user.name.clone()).collect(),
        users: data.users.iter().map(|user| user.name.clone()).collect(),
        tenants: data.tenants.clone(),
        deployments: data.deployments.iter().map(|found| (found.tenant.clone(), found.id.clone())).collect(),
        executions: data.executions.iter().map(execution).collect(),
        snapshots: state.snapshots.iter().map(snapshot).collect(),
        rest_starts: state.rest_starts,
        is_restoring: state.restoring.is_some(),
        certificates: state.certificates.clone(),
    }
}

fn execution(execution: &Execution) -> ExecutionTruth {
    ExecutionTruth {
        id: execution.id.clone(),
        workflow: execution.workflow.clone(),
        tenant: execution.tenant.clone(),
        deployment: execution.deployment.clone(),
        status: execution.status.word().to_owned(),
        error: execution.error.clone(),
    }
}

fn snapshot(snapshot: &Snapshot) -> SnapshotTruth {
    SnapshotTruth {
        id: snapshot.id.clone(),
        status: snapshot.status.word().to_owned(),
        error: snapshot.error.clone(),
        length: snapshot.archive.as_ref().map(|archive| archive.length),
    }
}
