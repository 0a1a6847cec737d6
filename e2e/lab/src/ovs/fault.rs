//! The switches with which a test makes a cluster misbehave.

use serde::{Deserialize, Serialize};

use super::truth::Migrated;

/// Something that goes wrong. Nodes are named as in [`super::OvsLab::nodes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OvsFault {
    /// The power is out: no sshd, no service.
    NodeDown { node: String },
    /// The cluster's own check of this node fails, and its package repository is away.
    VersionCheckFails { node: String },
    /// Another `apt-get` holds the lock.
    AptLockHeld { node: String },
    /// An installation of this package was cut: it is half configured.
    DpkgInterrupted { node: String, package: String },
    /// Somebody edited nginx's site: dpkg will ask.
    ConffileChanged { node: String },
    /// Somebody removes `/etc/ready_for_upgrade` when the first package asks for it.
    GateClosesAgain { node: String },
    /// The package's post-installation script fails.
    InstallFails { node: String, package: String },
    /// The next migration of this kind on this node fails half-way; after that it is well again.
    MigrationFails { node: String, kind: Migrated },
    /// memcached says that it starts, and ends at once.
    MemcachedStaysDown { node: String },
    /// From the next restart of one of its members on the cluster finds no master.
    ArakoonLosesMaster { cluster: String },
    /// A process works in the vPool's mount.
    MountBusy { node: String, vpool: String },
    /// Somebody else's updater is at work.
    ForeignUpdate { node: String },
    /// A hook of the updater fails; the updater says "finished" all the same.
    HookFails { node: String },
    /// A guest runs, and has its volume open.
    GuestRunning { node: String, guest: String },
    /// An edge client has this volume open.
    VolumeInUse { vdisk: String, clients: u32 },
    /// There is a job or unit with this name.
    HostileUnit { node: String, unit: String },
    /// `/var` and `/opt` are full.
    LowDisk { node: String },
    /// Somebody patched a Python file of the framework.
    FilePatched { node: String, path: String },
    /// Everything that Drydock keeps on the node is gone, as after a new installation.
    KeptIsLost { node: String },
}
