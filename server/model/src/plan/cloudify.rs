//! What is asked of Cloudify's managers, and what is looked for on them.
//!
//! Nothing here names an execution, a clock or a boot: ids of snapshots are made for one migration, so what it has
//! begun is found again by them, whoever looks and however late.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cloudify::ManagerVersion;
use crate::id::{DeploymentId, NodeInstanceId, SnapshotId, TenantName, UnitName};
use crate::procedure::SnapshotOption;

/// One of the two managers of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one that is replaced.
    Old,
    /// The one that takes over; in place, what is installed on the same host.
    New,
}

impl Side {
    /// The one that snapshots are made on, where nothing else is said.
    const fn old() -> Self {
        Self::Old
    }

    /// The one that archives are brought to, where nothing else is said.
    const fn new() -> Self {
        Self::New
    }

    const fn is_old(&self) -> bool {
        matches!(self, Self::Old)
    }

    const fn is_new(&self) -> bool {
        matches!(self, Self::New)
    }

    /// The word for it in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

impl FromStr for Side {
    type Err = NoSuchSide;

    fn from_str(word: &str) -> Result<Self, NoSuchSide> {
        match word {
            "old" => Ok(Self::Old),
            "new" => Ok(Self::New),
            other => Err(NoSuchSide(other.to_owned())),
        }
    }
}

/// A manager that an address or a form names and that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no manager: old and new are allowed")]
pub struct NoSuchSide(String);

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "the old manager",
            Self::New => "the new manager",
        })
    }
}

/// A deployment within its tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeploymentRef {
    /// Its tenant.
    pub tenant: TenantName,
    /// Its id.
    pub id: DeploymentId,
}

impl fmt::Display for DeploymentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of tenant {}", self.id, self.tenant)
    }
}

/// An agent as it was before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgentRef {
    /// The node instance it runs on.
    pub instance: NodeInstanceId,
    /// Its name, where it was seen; another one afterwards is another agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a deployment had before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Baseline {
    /// Which.
    pub deployment: DeploymentRef,
    /// Its hosts that have an agent.
    pub hosts: BTreeSet<NodeInstanceId>,
}

/// A call that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "call")]
pub enum CloudifyCall {
    /// Asks a manager for a snapshot.
    CreateSnapshot {
        /// Which manager; in a migration the old one.
        #[serde(default = "Side::old", skip_serializing_if = "Side::is_old")]
        on: Side,
        /// Its id.
        snapshot: SnapshotId,
        /// What is in it besides what usually is, and what is not.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        options: BTreeSet<SnapshotOption>,
    },
    /// Fetches the snapshot's archive from the old manager and keeps it beside Drydock's data.
    KeepArchive {
        /// Its id.
        snapshot: SnapshotId,
    },
    /// Fetches `rest-security.conf` from the old manager's machine and keeps it sealed (S7).
    KeepSecurity {
        /// Beside the archive of this snapshot.
        snapshot: SnapshotId,
    },
    /// Brings a kept archive to a manager; what an earlier try has left there under that id is removed before.
    UploadArchive {
        /// Which manager; in a migration the new one.
        #[serde(default = "Side::new", skip_serializing_if = "Side::is_new")]
        on: Side,
        /// Of which snapshot.
        archive: SnapshotId,
        /// What that manager calls it.
        snapshot: SnapshotId,
    },
    /// Restores an uploaded snapshot on the new manager.
    Restore {
        /// Which.
        snapshot: SnapshotId,
        /// Although the manager is not empty.
        force: bool,
        /// With certificates, after which the host restarts.
        certificates: bool,
    },
    /// Asks the old agents over the old manager's broker whether they can be moved. Installs nothing.
    ValidateAgents {
        /// Of which deployment.
        deployment: DeploymentRef,
        /// Only these; all when empty.
        only: BTreeSet<NodeInstanceId>,
    },
    /// Installs agents that belong to the new manager.
    InstallAgents {
        /// Of which deployment.
        deployment: DeploymentRef,
        /// Only these; all when empty.
        only: BTreeSet<NodeInstanceId>,
    },
    /// Switches maintenance mode.
    SetMaintenance {
        /// Of which manager.
        on: Side,
        /// On or off.
        active: bool,
    },
    /// Gives a user a new password, which is sealed and shown to nobody.
    ResetPassword {
        /// Sealed beside the archive of this snapshot.
        snapshot: SnapshotId,
        /// Login name.
        user: String,
    },
}

impl CloudifyCall {
    /// Which manager has to do it.
    #[must_use]
    pub const fn side(&self) -> Side {
        match self {
            Self::KeepArchive { .. } | Self::KeepSecurity { .. } => Side::Old,
            Self::Restore { .. }
            | Self::ValidateAgents { .. }
            | Self::InstallAgents { .. }
            | Self::ResetPassword { .. } => Side::New,
            Self::CreateSnapshot { on, .. } | Self::UploadArchive { on, .. } | Self::SetMaintenance { on, .. } => *on,
        }
    }

    /// Whether it moves an archive, which takes as long as the archive is large.
    #[must_use]
    pub const fn is_transfer(&self) -> bool {
        matches!(self, Self::KeepArchive { .. } | Self::UploadArchive { .. })
    }

    /// One line about it, for logs and refusals.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateSnapshot { .. } => "create_snapshot",
            Self::KeepArchive { .. } => "download of the archive",
            Self::KeepSecurity { .. } => "copy of rest-security.conf",
            Self::UploadArchive { .. } => "upload of the archive",
            Self::Restore { .. } => "restore_snapshot",
            Self::ValidateAgents { .. } | Self::InstallAgents { .. } => "install_new_agents",
            Self::SetMaintenance { .. } => "maintenance",
            Self::ResetPassword { .. } => "set-password",
        }
    }

    /// The request, as it goes to the API below its version prefix.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::CreateSnapshot { snapshot, options, .. } => {
                let said: String = options.iter().map(|option| format!(" {}", option.parameter())).collect();
                format!("PUT snapshots/{snapshot}{said}")
            }
            Self::KeepArchive { snapshot } => format!("GET snapshots/{snapshot}/archive"),
            Self::KeepSecurity { snapshot } => {
                format!("read /opt/manager/rest-security.conf, and keep it sealed beside the archive of {snapshot}")
            }
            Self::UploadArchive { archive, snapshot, .. } => {
                format!("PUT snapshots/{snapshot}/archive, with the archive that is kept of {archive}")
            }
            Self::Restore { snapshot, force, certificates } => {
                format!("POST snapshots/{snapshot}/restore force={force} restore_certificates={certificates}")
            }
            Self::ValidateAgents { deployment, only } => {
                format!("{} install=false{}", install_words(deployment), only_words(only))
            }
            Self::InstallAgents { deployment, only } => format!("{}{}", install_words(deployment), only_words(only)),
            Self::SetMaintenance { active: true, .. } => "POST maintenance/activate".to_owned(),
            Self::SetMaintenance { active: false, .. } => "POST maintenance/deactivate".to_owned(),
            Self::ResetPassword { user, .. } => format!("POST users/{user}, with a new password"),
        }
    }
}

fn install_words(deployment: &DeploymentRef) -> String {
    format!(
        "POST executions workflow_id=install_new_agents deployment_id={} (Tenant: {})",
        deployment.id, deployment.tenant
    )
}

fn units_words(units: &[UnitName]) -> String {
    units.iter().map(UnitName::as_str).collect::<Vec<_>>().join(", ")
}

fn only_words(only: &BTreeSet<NodeInstanceId>) -> String {
    if only.is_empty() {
        return String::new();
    }
    format!(" node_instance_ids={}", only.iter().map(NodeInstanceId::as_str).collect::<Vec<_>>().join(","))
}

/// A read-only look at the managers, or at what is kept of them, with an expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "see")]
pub enum CloudifyProbe {
    /// The snapshot is `created` without an error, and the execution that made it is `terminated`: either alone may say so
    /// of one that has failed (dossier, fact 3).
    SnapshotCreated {
        /// On which manager.
        #[serde(default = "Side::old", skip_serializing_if = "Side::is_old")]
        on: Side,
        /// Its id.
        snapshot: SnapshotId,
    },
    /// The manager knows no snapshot of that id, and no execution that makes or restores one.
    SnapshotUnknown {
        /// Which manager.
        on: Side,
        /// Its id.
        snapshot: SnapshotId,
    },
    /// The archive is kept whole: length and SHA-256 as when it came, a zip of which every part can be read, made by
    /// that version.
    ArchiveKept {
        /// Of which snapshot.
        snapshot: SnapshotId,
        /// What its `metadata.json` must name as its version: one of these.
        versions: BTreeSet<String>,
    },
    /// The new manager has every network that the kept archive needs (N4).
    NetworksFit {
        /// Of which snapshot the archive is.
        archive: SnapshotId,
    },
    /// On the machine of the new manager, and where the archive is kept, so many times its size are free (P13).
    Room {
        /// Of which snapshot the archive is.
        archive: SnapshotId,
        /// So many times.
        times: u32,
    },
    /// `rest-security.conf` is kept beside the archive, and names a `hash_salt`.
    SecurityKept {
        /// Of which snapshot the archive is.
        snapshot: SnapshotId,
    },
    /// The manager has it `uploaded`, and gives back the very bytes that are kept.
    Uploaded {
        /// Which manager.
        #[serde(default = "Side::new", skip_serializing_if = "Side::is_new")]
        on: Side,
        /// Of which snapshot the kept archive is.
        archive: SnapshotId,
        /// What that manager calls it.
        snapshot: SnapshotId,
    },
    /// No execution on the new manager restores it, or has.
    RestoreNotBegun {
        /// Which snapshot.
        snapshot: SnapshotId,
    },
    /// The restore of that snapshot is `terminated` on the new manager. What it has logged as warning or error is told.
    Restored {
        /// Which.
        snapshot: SnapshotId,
    },
    /// After a pause, good answers in a row to who logs in: REST restarts a few seconds after a restore (S8).
    Settled {
        /// Seconds to wait before the first.
        pause: u32,
        /// So many answers.
        answers: u32,
        /// Whose admin is let in then: the old manager's, where the snapshot carries it (dossier 0, fact 4).
        admin: Side,
    },
    /// What was there before is there again. Hosts whose agent has no broker any more are told: the restore only warns
    /// of them.
    SameAsBefore {
        /// Each deployment with its hosts.
        deployments: Vec<Baseline>,
    },
    /// Every old agent of the deployment has answered when it was asked last.
    AgentsAnswer {
        /// Of which deployment.
        deployment: DeploymentRef,
        /// Whose.
        agents: Vec<NodeInstanceId>,
    },
    /// Every agent has a new name, says that it is alive, and belongs to the new manager.
    AgentsMoved {
        /// Of which deployment.
        deployment: DeploymentRef,
        /// As they were.
        agents: Vec<AgentRef>,
    },
    /// No agent of the deployment was installed since the restore of that snapshot was begun.
    AgentsUntouched {
        /// Of which deployment.
        deployment: DeploymentRef,
        /// As they were.
        agents: Vec<AgentRef>,
        /// On the new manager.
        restored: SnapshotId,
    },
    /// No workflow has healed anything: on the old manager since it began to make that snapshot, on the new one since
    /// it began to restore it, each by its own clock (S10).
    NoHeal {
        /// On the old manager; `None` when it is not there any more.
        created: Option<SnapshotId>,
        /// On the new manager; `None` before its restore.
        restored: Option<SnapshotId>,
    },
    /// Nobody else has asked the manager for anything within so many minutes (S4).
    NobodyElse {
        /// Which manager.
        on: Side,
        /// So many.
        minutes: u32,
    },
    /// No execution is pending or under way, in any tenant.
    Idle {
        /// Which manager.
        on: Side,
    },
    /// The new manager runs that version and has no blueprint in any tenant.
    Empty {
        /// The version.
        version: ManagerVersion,
    },
    /// In place: nothing answers at the address, or what answers is that version without a blueprint already.
    TornDown {
        /// The version.
        version: ManagerVersion,
    },
    /// Nothing answers at its address.
    Gone {
        /// Which manager.
        on: Side,
    },
    /// These units run, as far as they are installed; or the manager is not there any more.
    ServicesRun {
        /// Which manager.
        on: Side,
        /// Which units.
        units: Vec<UnitName>,
    },
    /// Its maintenance mode.
    Maintenance {
        /// Which manager.
        on: Side,
        /// On or off.
        active: bool,
    },
    /// The user can log in with the password that was sealed.
    PasswordWorks {
        /// Sealed beside the archive of this snapshot.
        snapshot: SnapshotId,
        /// Login name.
        user: String,
    },
}

impl CloudifyProbe {
    /// For the page: what has to be seen.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::SnapshotCreated { snapshot, .. } => {
                format!("snapshot {snapshot} is created without an error, and its execution is terminated")
            }
            Self::SnapshotUnknown { on, snapshot } => {
                format!("{on} knows neither a snapshot {snapshot} nor an execution about it")
            }
            Self::ArchiveKept { snapshot, versions, .. } => format!(
                "the archive of {snapshot} is kept with its length and SHA-256, every part of the zip can be read, and \
                 its metadata name version {}",
                versions.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
            ),
            Self::Uploaded { on, archive, snapshot } => {
                format!("{on} has {snapshot} uploaded, and gives back the bytes that are kept of {archive}")
            }
            Self::RestoreNotBegun { snapshot } => format!("no execution restores {snapshot}, or has"),
            Self::Restored { snapshot } => {
                format!("the restore of {snapshot} is terminated; what it has logged as an error is counted")
            }
            Self::NetworksFit { archive } => {
                format!("the new manager has every network that the archive of {archive} needs")
            }
            Self::Room { archive, times } => {
                format!("{times} times the size of the archive of {archive} are free on the new manager's machine")
            }
            Self::SecurityKept { snapshot } => {
                format!("rest-security.conf is kept beside the archive of {snapshot}, and names a hash_salt")
            }
            Self::Settled { pause, answers, admin } => {
                format!("after {pause} s, {answers} good answers in a row to the admin of {admin} (S8)")
            }
            Self::SameAsBefore { deployments } => {
                format!("the new manager has the {} deployments of before, with their hosts", deployments.len())
            }
            Self::AgentsAnswer { deployment, agents } => {
                format!("{} old agents of {deployment} have answered", agents.len())
            }
            Self::AgentsMoved { deployment, agents } => {
                format!("{} agents of {deployment} are new, alive and at the new manager", agents.len())
            }
            Self::AgentsUntouched { deployment, .. } => {
                format!("no agent of {deployment} was installed since the restore")
            }
            Self::NoHeal { .. } => "no workflow has healed anything in the window (S10)".to_owned(),
            Self::NobodyElse { on, minutes } => format!("nobody else has used {on} for {minutes} min (S4)"),
            Self::Idle { on } => format!("no execution is pending or under way on {on}"),
            Self::Empty { version } => format!("the new manager runs {version} and has no blueprint"),
            Self::TornDown { version } => {
                format!("nothing answers at the address any more, or {version} does, without a blueprint")
            }
            Self::ServicesRun { on, units } => format!("{} run on {on}, or it is gone", units_words(units)),
            Self::Gone { on } => format!("nothing answers at the address of {on}"),
            Self::Maintenance { on, active: true } => format!("{on} is in maintenance mode"),
            Self::Maintenance { on, active: false } => format!("{on} is not in maintenance mode"),
            Self::PasswordWorks { user, .. } => format!("{user} can log in with the new password"),
        }
    }
}
