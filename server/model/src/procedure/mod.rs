//! The buttons, and what a person chooses when pressing one.

mod migrate_manager;
mod snapshots;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cloudstack::VmKind;
use crate::environment::Platform;
use crate::id::{CloudId, HostName, PackageName};
use crate::open_vstorage::MigrationOrder;
pub use migrate_manager::{CfyStep, Confirmation, MigrateManager, Preparation};
pub use snapshots::{CreateSnapshot, SnapshotOption, UploadSnapshot};

/// The four buttons, and the two of the page of snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Procedure {
    /// Open vStorage.
    UpdateFramework,
    /// Open vStorage.
    UpdateStorageDriver,
    /// Apache CloudStack.
    RestartSystemVms,
    /// Cloudify.
    MigrateManager,
    /// Cloudify.
    CreateSnapshot,
    /// Cloudify.
    UploadSnapshot,
}

impl Procedure {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::UpdateFramework,
        Self::UpdateStorageDriver,
        Self::RestartSystemVms,
        Self::MigrateManager,
        Self::CreateSnapshot,
        Self::UploadSnapshot,
    ];

    /// The platform it is for.
    #[must_use]
    pub const fn platform(self) -> Platform {
        match self {
            Self::UpdateFramework | Self::UpdateStorageDriver => Platform::OpenVstorage,
            Self::RestartSystemVms => Platform::CloudStack,
            Self::MigrateManager | Self::CreateSnapshot | Self::UploadSnapshot => Platform::Cloudify,
        }
    }

    /// The word for it in the database and in exports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UpdateFramework => "update_framework",
            Self::UpdateStorageDriver => "update_storage_driver",
            Self::RestartSystemVms => "restart_system_vms",
            Self::MigrateManager => "migrate_manager",
            Self::CreateSnapshot => "create_snapshot",
            Self::UploadSnapshot => "upload_snapshot",
        }
    }
}

impl fmt::Display for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UpdateFramework => "Update Framework",
            Self::UpdateStorageDriver => "Update Storage Driver",
            Self::RestartSystemVms => "Restart System VMs",
            Self::MigrateManager => "Migrate Manager",
            Self::CreateSnapshot => "Create Snapshot",
            Self::UploadSnapshot => "Upload Snapshot",
        })
    }
}

/// What was chosen, procedure by procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "procedure")]
pub enum Inputs {
    /// Apache CloudStack, Restart System VMs.
    RestartSystemVms(RestartSystemVms),
    /// Open vStorage, Update Framework.
    UpdateFramework(OpenVstorageUpdate),
    /// Open vStorage, Update Storage Driver: volume driver and ALBA backend.
    UpdateStorageDriver(OpenVstorageUpdate),
    /// Cloudify, Migrate Manager.
    MigrateManager(MigrateManager),
    /// Cloudify, Create Snapshot.
    CreateSnapshot(CreateSnapshot),
    /// Cloudify, Upload Snapshot.
    UploadSnapshot(UploadSnapshot),
}

impl Inputs {
    /// Which button these belong to.
    #[must_use]
    pub const fn procedure(&self) -> Procedure {
        match self {
            Self::RestartSystemVms(_) => Procedure::RestartSystemVms,
            Self::UpdateFramework(_) => Procedure::UpdateFramework,
            Self::UpdateStorageDriver(_) => Procedure::UpdateStorageDriver,
            Self::MigrateManager(_) => Procedure::MigrateManager,
            Self::CreateSnapshot(_) => Procedure::CreateSnapshot,
            Self::UploadSnapshot(_) => Procedure::UploadSnapshot,
        }
    }
}

/// Inputs of **Restart System VMs**.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartSystemVms {
    /// See [`RestartMode`].
    pub mode: RestartMode,
    /// Zones; all when empty.
    pub zones: BTreeSet<CloudId>,
    /// Kinds; all when empty.
    pub kinds: BTreeSet<VmKind>,
    /// Single VMs; all when empty.
    pub vms: BTreeSet<CloudId>,
    /// How many routers of a zone may be down at once, 1 to 50. SSVMs and CPVMs always go one at a time.
    pub parallel_routers: u16,
    /// Which of those in scope.
    pub which: Which,
    /// Native mode: how carefully the routers of a zone are gone through. `None`: all of them in one batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling: Option<RouterRolling>,
}

/// How carefully routers are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouterRolling {
    /// So many go first, alone, and have to succeed. 0 to 50.
    pub canary: u16,
    /// So many make one batch; between two batches everything is looked at again. 1 to 500.
    pub batch: u16,
    /// So many may fail before the run stops. 0 to 500.
    pub budget: u16,
}

impl Default for RouterRolling {
    fn default() -> Self {
        Self { canary: 1, batch: 10, budget: 0 }
    }
}

impl Default for RestartSystemVms {
    fn default() -> Self {
        Self {
            mode: RestartMode::Native,
            zones: BTreeSet::new(),
            kinds: BTreeSet::new(),
            vms: BTreeSet::new(),
            parallel_routers: 2,
            which: Which::Needed,
            rolling: Some(RouterRolling::default()),
        }
    }
}

/// How the VMs are restarted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartMode {
    /// Signed API requests; port 8096 stays closed.
    #[default]
    Native,
    /// `cloudstack-sysvmadm` on a management server, as the vendor's text says.
    Script,
}

/// Which of the VMs in scope are restarted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Those that still run an old disk or version.
    #[default]
    Needed,
    /// Also those that are up to date.
    All,
}

/// Inputs of **Update Framework** and **Update Storage Driver**.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenVstorageUpdate {
    /// See [`UpdateMode`].
    pub mode: UpdateMode,
    /// Step by step, framework: the order of the migrations where it is not that of the target version (dossier 5.4).
    pub order: Option<MigrationOrder>,
    /// Step by step: packages that keep their version.
    pub keep: BTreeSet<PackageName>,
    /// Files to be put back; of all that are kept, when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub files: BTreeSet<FileOn>,
}

/// A file on a node that was changed by hand and replaced by a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileOn {
    /// Which node.
    pub host: HostName,
    /// Where.
    pub path: String,
}

/// How an Open vStorage cluster is updated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateMode {
    /// The cluster's own updater does it and is watched.
    #[default]
    Supervised,
    /// The manual procedure, over SSH; works while API and GUI are down.
    StepByStep,
    /// Nothing is updated: what a run of Drydock has stopped, and not come to start again, is started.
    StartStopped,
    /// Nothing is updated: files that were changed by hand, and replaced by packages, are put back.
    PutFilesBack,
}
