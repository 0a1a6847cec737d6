//! What is observed of Cloudify managers. Numbers in comments are sections of the dossier "Cloudify Manager: upgrade".

mod archive;
mod deployment;
mod execution;
mod machine;
mod manager;
mod snapshots;
mod version;

use serde::{Deserialize, Serialize};

use crate::observed::Observed;
pub use archive::KeptArchive;
pub use deployment::{Agent, AgentStatus, AgentWorkflow, Deployment, HealPolicy, HostInstance};
pub use execution::{Execution, ExecutionStatus, Maintenance, MaintenanceStatus, Snapshot, SnapshotStatus};
pub use machine::{Certificate, CliHost, Connection, FileSeen, Machine, Session};
pub use manager::{Edition, Login, ManagerInventory, ManagerStatus, User};
pub use snapshots::{
    ArchiveLine, Logged, ManagerSnapshots, Restore, SnapshotWork, SnapshotsView, Upload, UploadState, WorkKind,
};
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
    /// Archives of snapshots that Drydock keeps of this environment, by snapshot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<KeptArchive>,
}

impl CloudifyInventory {
    /// The manager that takes over: on its own host, or on the old one's.
    #[must_use]
    pub fn successor(&self) -> &ManagerInventory {
        self.new.as_ref().unwrap_or(&self.old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{DeploymentId, NodeInstanceId, TenantName};

    fn deployment(tenant: usize, at: usize) -> Deployment {
        let agent = |host: &str| Agent {
            name: format!("{host}_x7k2p9qa"),
            version: Some("4.2.0".to_owned()),
            install_method: Some("remote".to_owned()),
            broker: Some("10.0.0.5".to_owned()),
            replaced: None,
            status: Some(AgentStatus {
                alive: Some(true),
                alive_over_old_broker: Some(true),
                at: Some("2026-11-21T02:41:28.970Z".to_owned()),
            }),
            state: None,
        };
        let host = |number: usize| {
            let id = format!("vm_{tenant:03}{at:03}{number}");
            let host = HostInstance { node: "vm".to_owned(), state: "started".to_owned(), agent: Some(agent(&id)) };
            (NodeInstanceId::new(id).unwrap(), host)
        };
        Deployment {
            tenant: TenantName::new(format!("tenant_{tenant}")).unwrap(),
            id: DeploymentId::new(format!("deployment_{at}")).unwrap(),
            policies: Vec::new(),
            workflows: [AgentWorkflow::InstallNewAgents].into(),
            hosts: [host(0), host(1)].into(),
            others: [("started".to_owned(), 2)].into(),
        }
    }

    #[test]
    fn fifty_tenants_of_a_hundred_deployments_are_a_few_megabytes() {
        let all: Vec<Deployment> = (0..50).flat_map(|tenant| (0..100).map(move |at| deployment(tenant, at))).collect();
        let text = serde_json::to_string(&all).unwrap();
        assert!(text.len() < 4 << 20, "{} bytes", text.len());
        assert_eq!(serde_json::from_str::<Vec<Deployment>>(&text).unwrap(), all);
    }
}
