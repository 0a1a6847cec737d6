//! What is under way on a manager: executions, snapshots, maintenance mode (1.4, 2.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{DeploymentId, ExecutionId, SnapshotId, TenantName};

/// Defines a closed set of words that others made up, with a place for those that are new.
macro_rules! reported {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$note])* $variant,)*
            /// Anything else, as reported.
            Other(String),
        }

        impl $name {
            /// The manager's word for it.
            #[must_use]
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(status: $name) -> String {
                status.word().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

reported!(
    /// State of an execution (1.4).
    ExecutionStatus {
        /// Accepted.
        Pending = "pending",
        /// Runs.
        Started = "started",
        /// Success. Tables of the CLI say `completed` (1.3).
        Terminated = "terminated",
        /// Ended badly.
        Failed = "failed",
        /// Ended by a person.
        Cancelled = "cancelled",
        /// Is being cancelled.
        Cancelling = "cancelling",
        /// Is being cancelled without asking it.
        ForceCancelling = "force_cancelling",
        /// Is being killed.
        KillCancelling = "kill_cancelling",
        /// Waits for others to end.
        Queued = "queued",
        /// Waits for its time.
        Scheduled = "scheduled",
    }
);

impl ExecutionStatus {
    /// Whether it is over: such an execution never changes again. A word that is not known is taken for one that runs.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self, Self::Terminated | Self::Failed | Self::Cancelled)
    }
}

reported!(
    /// State of a snapshot (1.4).
    SnapshotStatus {
        /// Is being made.
        Creating = "creating",
        /// Complete.
        Created = "created",
        /// Its `error` says why.
        Failed = "failed",
        /// Came from somewhere else.
        Uploaded = "uploaded",
    }
);

reported!(
    /// State of maintenance mode (1.4).
    MaintenanceStatus {
        /// Off.
        Deactivated = "deactivated",
        /// Waits for executions to end; refuses new ones.
        Activating = "activating",
        /// On.
        Activated = "activated",
    }
);

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: ExecutionId,
    /// Whose it is; 3.4.2 has no tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantName>,
    /// For example `heal` or `create_snapshot`.
    pub workflow: String,
    /// What it works on; none for those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentId>,
    /// See [`ExecutionStatus`].
    pub status: ExecutionStatus,
    /// Why it failed; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// When it was begun, as the manager wrote it: up to 4.2 by its own clock, with a `Z` all the same (N12).
    pub created_at: String,
    /// The manager's own work, such as a snapshot.
    pub is_system: bool,
}

/// One snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its id.
    pub id: SnapshotId,
    /// The tenant it was made in; 3.4.2 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantName>,
    /// See [`SnapshotStatus`].
    pub status: SnapshotStatus,
    /// Why it failed; empty otherwise. The execution may have succeeded all the same (fact 3).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// As the manager wrote it.
    pub created_at: String,
    /// Who made it; 3.4.2 does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who can see it: `private`, `tenant` or `global`, as reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

impl Snapshot {
    /// Whether there is an archive that can be fetched.
    #[must_use]
    pub const fn has_archive(&self) -> bool {
        matches!(self.status, SnapshotStatus::Created | SnapshotStatus::Uploaded)
    }
}

/// Maintenance mode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Maintenance {
    /// See [`MaintenanceStatus`].
    pub status: MaintenanceStatus,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Executions it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remaining: Vec<ExecutionId>,
}
