//! Inputs of **Migrate Manager**.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cloudify::ManagerVersion;
use crate::id::{NodeInstanceId, SnapshotId};

/// What a person chooses for a migration. S1 to S13 are the cautions of the vendor's text, as the dossier numbers them.
/// Whether the new manager has a host of its own stands in the environment's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrateManager {
    /// What the snapshot is called; a name that neither manager knows yet.
    pub snapshot: SnapshotId,
    /// In place: the release that is installed where the old manager was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ManagerVersion>,
    /// An earlier migration that did not end well: the archive that is kept of this snapshot is restored again, under
    /// the id above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<SnapshotId>,
    /// What is done besides what has to be.
    #[serde(default)]
    pub preparation: BTreeSet<Preparation>,
    /// Steps that are run by `cfy` on the CLI host; the others are asked of the API.
    #[serde(default)]
    pub by_cfy: BTreeSet<CfyStep>,
    /// After a restore that leaves users who cannot log in, each gets a new password.
    #[serde(default)]
    pub reset_passwords: bool,
    /// Hosts whose agents are not moved, because they are dead: without them one would block its whole deployment.
    #[serde(default)]
    pub left_behind: BTreeSet<NodeInstanceId>,
    /// What nobody can see from outside, and a person answers for.
    #[serde(default)]
    pub confirmed: BTreeSet<Confirmation>,
}

impl Default for MigrateManager {
    fn default() -> Self {
        Self {
            snapshot: SnapshotId::usual(),
            release: None,
            retry_of: None,
            preparation: BTreeSet::new(),
            by_cfy: BTreeSet::new(),
            reset_passwords: false,
            left_behind: BTreeSet::new(),
            confirmed: BTreeSet::new(),
        }
    }
}

/// Something that may be done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preparation {
    /// Stops the web interfaces of the old manager, so that nobody works in them (S4).
    StopConsoles,
    /// Copies `rest-security.conf` of the old manager; in place before 4.2 with several users it is always done (S7).
    KeepSecurity,
    /// Stops what heals on the old manager, in agreement with the vendor's support (S11).
    StopHealing,
    /// The new manager is in maintenance mode while it restores; from 7.0 on, where it can be watched in it.
    Maintenance,
}

impl Preparation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::StopConsoles, Self::KeepSecurity, Self::StopHealing, Self::Maintenance];
}

/// A kind of step that can be run by `cfy`. Archives are always moved by Drydock, which keeps and proves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CfyStep {
    /// `cfy snapshots create`.
    CreateSnapshot,
    /// `cfy snapshots restore`.
    Restore,
    /// `cfy agents install`.
    InstallAgents,
}

impl CfyStep {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CreateSnapshot, Self::Restore, Self::InstallAgents];
}

/// What nobody can see from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// The old manager was bootstrapped with a simple manager blueprint (S2).
    SimpleBlueprint,
    /// A 4.0.1 manager has its update-3 (S3).
    UpdateThree,
    /// What was changed in Composer and Stage may be lost (S5).
    ConsolesMayBeLost,
    /// The vendor's support agrees that healing is switched off (S11).
    SupportAgrees,
}

impl Confirmation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SimpleBlueprint, Self::UpdateThree, Self::ConsolesMayBeLost, Self::SupportAgrees];
}

impl fmt::Display for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SimpleBlueprint => "the old manager was bootstrapped with a simple manager blueprint (S2)",
            Self::UpdateThree => "update-3 is applied to the old manager (S3)",
            Self::ConsolesMayBeLost => "what was changed in Composer and Stage may be lost (S5)",
            Self::SupportAgrees => "the vendor's support agrees that healing is switched off (S11)",
        })
    }
}
