//! Why no plan can be made. Each names the field of the form, or the part of the inventory, that is in the way.

use model::procedure::Procedure;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The button of another platform.
    #[error("procedure: {0} is not for Open vStorage")]
    WrongProcedure(Procedure),
    /// A part of the inventory is missing.
    #[error("{what} could not be seen: {reason}. Look again when that is cured")]
    NotSeen {
        /// Which part.
        what: String,
        /// Why.
        reason: String,
    },
    /// The environment has no node that could run the API.
    #[error("nodes: none of them is a master; look at the roles, and add the masters to the environment")]
    NoMaster,
    /// A node is known by a name only, and migrations want addresses.
    #[error("nodes: {host} has no address that the other nodes could know it by; give its address, not its name")]
    NoAddress {
        /// Which.
        host: String,
    },
    /// A package is to be kept that is none.
    #[error("keep: no node has a package {0}; choose from the list")]
    UnknownPackage(String),
    /// A package is to be kept that this procedure does not touch.
    #[error("keep: {package} is not touched by {procedure}; leave it out of the list")]
    KeptElsewhere {
        /// Which.
        package: String,
        /// By which procedure.
        procedure: Procedure,
    },
    /// Packages that must have the same version are to be torn apart.
    #[error(
        "keep: {kept} cannot stay while {moved} is updated: they depend on each other's exact version. Keep both or \
         none"
    )]
    KeptApart {
        /// The one that is kept.
        kept: String,
        /// The one that is not.
        moved: String,
    },
    /// The updater takes no such wish.
    #[error("keep: the cluster's own updater cannot be told to leave packages out; choose step by step")]
    KeepNeedsStepByStep,
    /// The order was chosen where there is none.
    #[error("order: migrations are run by Drydock only in Update Framework, step by step; leave the order empty")]
    OrderNotUsed,
    /// The nodes would get different versions.
    #[error(
        "the nodes would get different versions of {package} ({versions}): refresh the package lists on all of them, \
         or correct their sources, then look again"
    )]
    CandidatesDiffer {
        /// Which.
        package: String,
        /// Version and hosts.
        versions: String,
    },
    /// What an update would bring is not known.
    #[error(
        "which version of {package} {host} would get is not known: its sources name none. Correct them, or keep it"
    )]
    NoCandidate {
        /// Which.
        package: String,
        /// Where.
        host: String,
    },
    /// The update would be a step back.
    #[error("{package} on {host} would go back from {installed} to {candidate}: correct the sources, or keep it")]
    Downgrade {
        /// Which.
        package: String,
        /// Where.
        host: String,
        /// What is there.
        installed: String,
        /// What would come.
        candidate: String,
    },
    /// Packages would be removed.
    #[error("{host}: installing would remove {packages}. Look at the dependencies first")]
    WouldRemove {
        /// Where.
        host: String,
        /// Which.
        packages: String,
    },
    /// The nodes have different versions, and nothing may be started.
    #[error(
        "{host} has another version of {package} than other nodes: services must not run on mixed code. Run the update \
         again; it brings all nodes to one version first"
    )]
    MixedVersions {
        /// Which package.
        package: String,
        /// Where.
        host: String,
    },
    /// A file is to be put back of which there is no copy.
    #[error("files: no copy of {path} is kept on {host}; choose from the list")]
    NotKept {
        /// Where.
        host: String,
        /// Which.
        path: String,
    },
    /// Nothing in scope needs anything.
    #[error("nothing to do: {0}")]
    NothingToDo(String),
}

impl PlanError {
    /// The field of the form it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::WrongProcedure(_) | Self::NothingToDo(_) => "procedure",
            Self::NotSeen { .. }
            | Self::CandidatesDiffer { .. }
            | Self::NoCandidate { .. }
            | Self::Downgrade { .. }
            | Self::MixedVersions { .. }
            | Self::WouldRemove { .. } => "inventory",
            Self::NotKept { .. } => "files",
            Self::NoMaster | Self::NoAddress { .. } => "nodes",
            Self::UnknownPackage(_)
            | Self::KeptElsewhere { .. }
            | Self::KeptApart { .. }
            | Self::KeepNeedsStepByStep => "keep",
            Self::OrderNotUsed => "order",
        }
    }
}
