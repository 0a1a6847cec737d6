//! What is observed of Cloudify managers. Numbers in comments are sections of the dossier "Cloudify Manager: upgrade".

mod deployment;
mod execution;
mod machine;
mod manager;
mod version;

use serde::{Deserialize, Serialize};

use crate::observed::Observed;
pub use deployment::{Agent, AgentStatus, AgentWorkflow, Deployment, HealPolicy, HostInstance};
pub use execution::{Execution, ExecutionStatus, Maintenance, MaintenanceStatus, Snapshot, SnapshotStatus};
pub use machine::{Certificate, CliHost, Connection, FileSeen, Machine, Session};
pub use manager::{Edition, Login, ManagerInventory, ManagerStatus, User};
pub use version::{Family, InvalidVersion, ManagerVersion};

/// Everything Drydock knows of one migration's managers at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudifyInventory {
    /// The old manager; where the new one comes on the same host, whatever manager is there now.
    pub old: ManagerInventory,
    /// The new manager, where it has a host of its own.
    pub new: Option<ManagerInventory>,
    /// The host on which `cfy` is run, if there is one.
    pub cli: Option<Observed<CliHost>>,
}

impl CloudifyInventory {
    /// The manager that takes over: on its own host, or on the old one's.
    #[must_use]
    pub fn successor(&self) -> &ManagerInventory {
        self.new.as_ref().unwrap_or(&self.old)
    }
}
