//! Why no plan can be made. Each names the field of the form, or the part of the inventory, that is in the way.

use model::cloudstack::ScriptGeneration;
use model::id::CloudId;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A zone was chosen that is not there.
    #[error("zones: there is no zone {0}; look again and choose from the list")]
    UnknownZone(CloudId),
    /// A VM was chosen that is not there.
    #[error("vms: there is no system VM {0}; it may have been destroyed. Look again and choose from the list")]
    UnknownVm(CloudId),
    /// A VM was chosen that the other choices exclude.
    #[error("vms: {0} is not among the chosen zones and kinds")]
    OutsideOtherChoices(String),
    /// The limit makes no sense.
    #[error("parallel_routers: {0} routers at once is not allowed; choose 1 to 50")]
    Parallel(u16),
    /// A batch makes no sense.
    #[error("rolling: {0}")]
    Rolling(&'static str),
    /// A part of the inventory is missing.
    #[error("{what} could not be seen: {reason}. Look again when that is cured")]
    NotSeen {
        /// Which part.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// It is not known whether VMs need a restart.
    #[error("cannot tell whether {}. Restart them regardless with \u{201c}all\u{201d}, or leave them out", joined(.0))]
    NeedUnknown(Vec<String>),
    /// A VM's disk was not seen, so a rebuild could not be proven.
    #[error("vms: the ROOT volume of {vm} was not seen ({reason}): a rebuild could not be proven")]
    DiskNotSeen {
        /// Its name.
        vm: String,
        /// Why.
        reason: String,
    },
    /// Both routers of a pair claim to carry the traffic.
    #[error(
        "vms: {} all say that they carry the traffic of {serves}: look at them first, \
         or choose one of them alone", joined(.routers)
    )]
    TwoPrimaries {
        /// The network or VPC in words.
        serves: String,
        /// Their names.
        routers: Vec<String>,
    },
    /// Nothing in scope needs anything.
    #[error("nothing to do: {0}")]
    NothingToDo(String),
    /// Script mode, and no management host is known.
    #[error("mode: the script needs a management host, and none is configured; add one or choose native")]
    NoManagementHost,
    /// Script mode, and the address would not be safe to hand over.
    #[error(
        "integration_address: {0:?} is not a host name or an address; correct the settings of the environment, \
         usually to 127.0.0.1"
    )]
    IntegrationAddress(String),
    /// Script mode, and no host has the script.
    #[error("mode: cloudstack-sysvmadm was not found: {0}. Choose native, or cure that")]
    NoScript(String),
    /// The script is known to fail with this release.
    #[error(
        "mode: the script on {host} is of generation {generation}, which reads job states by position and is known to \
         fail with CloudStack {version}: it would stop the VMs and start none. Choose native, or update the script"
    )]
    ScriptUnfit {
        /// Where.
        host: String,
        /// Which.
        generation: ScriptGeneration,
        /// The server's version.
        version: String,
    },
    /// The script cannot restart just these VMs.
    #[error(
        "mode: the script on {host} is of generation {generation}, which cannot be limited to single VMs, and the \
         choice is not all of a kind in the whole cloud. Choose native, or everything"
    )]
    ScriptCannotBeLimited {
        /// Where.
        host: String,
        /// Which.
        generation: ScriptGeneration,
    },
}

impl PlanError {
    /// The field of the form it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownZone(_) => "zones",
            Self::UnknownVm(_)
            | Self::OutsideOtherChoices(_)
            | Self::DiskNotSeen { .. }
            | Self::TwoPrimaries { .. } => "vms",
            Self::Parallel(_) => "parallel_routers",
            Self::Rolling(_) => "rolling",
            Self::NotSeen { .. } => "inventory",
            Self::NeedUnknown(_) | Self::NothingToDo(_) => "which",
            Self::IntegrationAddress(_) => "integration_address",
            Self::NoManagementHost
            | Self::NoScript(_)
            | Self::ScriptUnfit { .. }
            | Self::ScriptCannotBeLimited { .. } => "mode",
        }
    }
}

fn joined(names: &[String]) -> String {
    names.join(", ")
}
