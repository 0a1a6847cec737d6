//! Why no plan can be made. Each names the field of the form, or the part of the inventory, that is in the way, and the
//! caution of the vendor's text that forbids it.

use model::cloudify::ManagerVersion;
use model::id::HostName;
use model::procedure::Confirmation;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A part of the inventory is missing.
    #[error("{what} could not be seen: {reason}. Look again when that is cured")]
    NotSeen {
        /// Which part.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// S1.
    #[error("the old manager runs {0}: only 3.4.2 and 4.x can be migrated (S1)")]
    OldRelease(ManagerVersion),
    /// S1.
    #[error("the new manager is {0}: only 4.2 and later can take over (S1)")]
    NewRelease(ManagerVersion),
    /// S1: the validator of the restore fails then.
    #[error(
        "the new manager, {new}, is older than the old one, {old}: a snapshot is restored by its own release or a later one (S1)"
    )]
    Backwards {
        /// From.
        old: ManagerVersion,
        /// To.
        new: ManagerVersion,
    },
    /// Fact 5.
    #[error("{new} refuses snapshots of {old}: only 4.2 to 4.6 restore those of 3.x. Migrate to 4.6 first, then on")]
    No3x {
        /// From.
        old: ManagerVersion,
        /// To.
        new: ManagerVersion,
    },
    /// S2.
    #[error("a manager {0} cannot be upgraded in place: that takes 4.0.1 or later (S2). Migrate it to a new host")]
    InPlaceRelease(ManagerVersion),
    /// S6.
    #[error(
        "a manager 4.0.0 cannot be upgraded in place by Drydock: its snapshots hold no certificates, /etc/cloudify/ssl has \
         to be copied by hand and is put back by the vendor's support only (S2, S6). Migrate it to a new host, or ask \
         the support"
    )]
    InPlace400,
    /// Under two addresses.
    #[error(
        "{old} and {new} are one machine, by its boot id {boot_id}: a restore would wipe the manager it came from. Give \
         the new manager's host, or say in the settings that it comes on the same host"
    )]
    OneMachine {
        /// The old manager's host.
        old: HostName,
        /// What is given as the new one's.
        new: HostName,
        /// What both show.
        boot_id: String,
    },
    /// What nobody can see from outside was not answered for.
    #[error("confirm that {0}, or do not migrate")]
    NotConfirmed(Confirmation),
    /// In place, the release to come has to be said.
    #[error("say which release is installed in the old manager's place, for example 4.6.0")]
    ReleaseMissing,
    /// On a new host, the release is the one that is there.
    #[error("the new manager has a host of its own, and its release is seen there ({0}): leave this empty")]
    ReleaseNotUsed(ManagerVersion),
    /// In place of itself.
    #[error("a snapshot {0} is there already: choose a name that neither manager knows")]
    SnapshotExists(String),
    /// The new manager was used.
    #[error(
        "the new manager has {0} blueprints: a snapshot is restored on an empty manager only. Make sure that its address \
         is not the old manager's. If an earlier try of this migration left them, retry that one; otherwise set the \
         manager up anew"
    )]
    NotEmpty(u64),
    /// There is nothing to try again with.
    #[error("no archive of {0} is kept: choose from the list")]
    NoArchive(String),
    /// The record of the first upload is gone, but its id may be burnt.
    #[error("a retry needs a name of its own for the snapshot, other than {0}")]
    SameName(String),
    /// Dossier 4.3.
    #[error(
        "a 3.x snapshot cannot be restored once more on a Premium manager: the rows of both tries would be mixed. Set the \
         new manager up anew, then migrate from the beginning"
    )]
    Retry3xPremium,
    /// Its archive is of something else.
    #[error("the archive that is kept of {snapshot} was made by {found}, and the old manager runs {old}")]
    ForeignArchive {
        /// Which.
        snapshot: String,
        /// What it was made by.
        found: ManagerVersion,
        /// What runs.
        old: ManagerVersion,
    },
    /// Of the same release, and of another manager all the same.
    #[error(
        "the archive that is kept of {snapshot} is of another manager: the old one has no {hosts}. Set the new manager up \
         anew, then migrate from the beginning"
    )]
    OtherManagers {
        /// Which.
        snapshot: String,
        /// Those it holds and the old manager does not know.
        hosts: String,
    },
    /// A host is to be left behind that is none.
    #[error("no deployment has a host {0} with an agent: choose from the list")]
    UnknownHost(String),
    /// Maintenance mode would block the restore itself, or hide it.
    #[error(
        "in maintenance mode {0} shows nobody on another machine what it executes, so that nobody could tell how the restore \
         ends: leave it out (from 7.0 on it does)"
    )]
    NoMaintenance(ManagerVersion),
    /// Healing is by riemann up to 4.6 only.
    #[error("healing is stopped on an old manager on another host only: in place it is torn down anyway")]
    NoHealingToStop,
    /// `cfy` runs somewhere.
    #[error("no CLI host is in the settings: add one, or let these steps be asked of the API")]
    NoCliHost,
    /// `cfy` trusts no certificate but one that it is given.
    #[error(
        "{endpoint} is reached over https, for which cfy has to be given the manager's certificate: {why}. Or let these \
         steps be asked of the API"
    )]
    CfyOverTls {
        /// Of the manager.
        endpoint: String,
        /// Why it cannot be given.
        why: &'static str,
    },
    /// It takes an address and a port.
    #[error("cfy cannot be told to use {0}: let its steps be asked of the API")]
    CfyAddress(String),
    /// `--node-instance-id` came with 4.5.
    #[error("cfy {0} cannot leave hosts behind: let agents be installed over the API")]
    CfyCannotExclude(ManagerVersion),
    /// Fact 4: only snapshots before 4.2 leave users out.
    #[error("nobody's password has to be reset after restoring a snapshot of {0}: users work as before")]
    NoResetNeeded(ManagerVersion),
}

impl PlanError {
    /// The field of the form it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::OneMachine { .. } => "new.host",
            Self::NotSeen { .. } | Self::OldRelease(_) | Self::NotEmpty(_) => "inventory",
            Self::NewRelease(_)
            | Self::Backwards { .. }
            | Self::No3x { .. }
            | Self::InPlaceRelease(_)
            | Self::InPlace400
            | Self::ReleaseMissing
            | Self::ReleaseNotUsed(_) => "release",
            Self::NotConfirmed(_) => "confirmed",
            Self::SnapshotExists(_) | Self::SameName(_) => "snapshot",
            Self::NoArchive(_) | Self::Retry3xPremium | Self::ForeignArchive { .. } | Self::OtherManagers { .. } => {
                "retry_of"
            }
            Self::UnknownHost(_) => "left_behind",
            Self::NoMaintenance(_) | Self::NoHealingToStop => "preparation",
            Self::NoCliHost | Self::CfyOverTls { .. } | Self::CfyAddress(_) | Self::CfyCannotExclude(_) => "by_cfy",
            Self::NoResetNeeded(_) => "reset_passwords",
        }
    }
}
