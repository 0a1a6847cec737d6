//! One installation of a platform: where it is and how it is reached. Secrets are references.

mod cloudify;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, HostName};
use crate::secret::SecretRef;
pub use cloudify::{
    CloudifyManager, CloudifySettings, CloudifyTuning, ManagerRest, NewManager, SameMachine, machine_of,
};

/// The kinds of installations Drydock knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Open vStorage.
    OpenVstorage,
    /// Apache CloudStack.
    #[default]
    CloudStack,
    /// Cloudify.
    Cloudify,
}

impl Platform {
    /// All of them, in the order in which pages show them.
    pub const ALL: [Self; 3] = [Self::OpenVstorage, Self::CloudStack, Self::Cloudify];

    /// The word for it in addresses and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenVstorage => "open_vstorage",
            Self::CloudStack => "cloud_stack",
            Self::Cloudify => "cloudify",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenVstorage => "Open vStorage",
            Self::CloudStack => "Apache CloudStack",
            Self::Cloudify => "Cloudify",
        })
    }
}

/// How bad it would be if it went wrong here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskClass {
    /// Nobody would notice.
    Test,
    /// Some would notice.
    Staging,
    /// The business would notice.
    #[default]
    Production,
}

impl fmt::Display for RiskClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Test => "test",
            Self::Staging => "staging",
            Self::Production => "production",
        })
    }
}

/// One installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Never reused.
    pub id: EnvironmentId,
    /// What people call it; unique.
    pub name: String,
    /// Free words to find it by.
    pub labels: BTreeSet<String>,
    /// See [`RiskClass`].
    pub risk: RiskClass,
    /// What only this platform has.
    pub platform: PlatformSettings,
}

/// What an environment has besides its name, platform by platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PlatformSettings {
    /// Apache CloudStack.
    CloudStack(CloudStackSettings),
    /// Open vStorage.
    OpenVstorage(OpenVstorageSettings),
    /// Cloudify: a manager that is to be migrated, and what it is to be migrated to.
    Cloudify(Box<CloudifySettings>),
}

impl PlatformSettings {
    /// Which platform these are the settings of.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        match self {
            Self::CloudStack(_) => Platform::CloudStack,
            Self::OpenVstorage(_) => Platform::OpenVstorage,
            Self::Cloudify(_) => Platform::Cloudify,
        }
    }

    /// The hosts that are reached over SSH.
    #[must_use]
    pub fn hosts(&self) -> Vec<&Host> {
        match self {
            Self::CloudStack(settings) => settings.management_hosts.iter().collect(),
            Self::OpenVstorage(settings) => settings.nodes.iter().collect(),
            Self::Cloudify(settings) => settings.hosts(),
        }
    }

    /// The same, to be changed.
    pub fn hosts_mut(&mut self) -> Vec<&mut Host> {
        match self {
            Self::CloudStack(settings) => settings.management_hosts.iter_mut().collect(),
            Self::OpenVstorage(settings) => settings.nodes.iter_mut().collect(),
            Self::Cloudify(settings) => settings.hosts_mut(),
        }
    }
}

impl Environment {
    /// The hosts that are reached over SSH.
    #[must_use]
    pub fn hosts(&self) -> Vec<&Host> {
        self.platform.hosts()
    }

    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts().into_iter().find(|host| &host.name == name)
    }
}

/// How a CloudStack installation is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudStackSettings {
    /// For example `https://cloud.example:8443/client/api`.
    pub endpoint: String,
    /// The API key of a root admin's key pair.
    pub api_key: SecretRef,
    /// The secret key of that pair.
    pub secret_key: SecretRef,
    /// SHA-256 of the server certificate (hexadecimal), where it is self-signed.
    pub certificate_sha256: Option<String>,
    /// The management servers.
    pub management_hosts: Vec<Host>,
    /// Where the integration API answers as seen *from* a management host: what `cloudstack-sysvmadm -m` gets.
    pub integration_address: String,
    /// The database password, where `db.properties` holds it as `ENC(…)`; otherwise it is read on the host.
    pub database_password: Option<SecretRef>,
    /// Waits and limits.
    pub tuning: Tuning,
}

/// Waits and limits of one environment, all in seconds. The defaults suit a real cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tuning {
    /// How long one system VM may take from the first request until its agent is up (dossier 6, conclusion 4: 10 min).
    pub vm_deadline: u32,
    /// How long a management server may take to come back after a restart (dossier 2.5: do not give up before 30 min).
    pub restart_deadline: u32,
    /// How long a signed request that changes something stays valid. Until then a lost one may still arrive.
    pub request_lifetime: u32,
    /// How long the script may print nothing while no job is pending before it counts as hanging (dossier 1.8).
    pub quiet_limit: u32,
    /// The difference between the clocks above which nothing is started.
    pub clock_skew: u32,
    /// How long a run in which something failed waits for a decision before it closes what it opened. 0: not at all.
    pub hold: u32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            vm_deadline: 600,
            restart_deadline: 1800,
            request_lifetime: 120,
            quiet_limit: 600,
            clock_skew: 30,
            hold: 1800,
        }
    }
}

/// How an Open vStorage cluster is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenVstorageSettings {
    /// The API of one master, for example `https://10.100.199.151/api/`. The other masters are found by asking.
    pub endpoint: String,
    /// Id of an OAuth2 client with the client-credentials grant (Administration > User Management).
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretRef,
    /// SHA-256 of the masters' certificates (hexadecimal): each made its own, and they are usually expired (dossier 2.1).
    /// Empty: a public authority has to vouch for them.
    pub certificate_sha256: BTreeSet<String>,
    /// Every node: `StorageRouters` and pure storage nodes. What each is for is found by looking.
    pub nodes: Vec<Host>,
    /// Waits and limits.
    pub tuning: OpenVstorageTuning,
}

/// Waits and limits of one cluster, all in seconds. The defaults suit real hardware.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenVstorageTuning {
    /// How long one service may take to stop or start. A volume driver flushes for minutes (dossier 4.2).
    pub service_deadline: u32,
    /// How long one installation on one node may take.
    pub install_deadline: u32,
    /// How long the migrations may take on one node.
    pub migration_deadline: u32,
    /// How long the cluster's own updater may take in all (dossier 7.6: 10 minutes to half an hour is usual).
    pub updater_deadline: u32,
    /// How long a run waits until nobody uses the volumes any more.
    pub idle_deadline: u32,
    /// What passes at least between two members of an arakoon cluster (dossier 5.3, 16: 60).
    pub arakoon_pause: u32,
    /// The difference between the clocks above which nothing is started.
    pub clock_skew: u32,
    /// Free space below which nothing is started, in MiB, on each of `/`, `/var` and `/opt`.
    pub free_mebibytes: u32,
    /// How old the package lists may be when a plan is made.
    pub lists_age: u32,
    /// How long a run in which something failed waits for a decision before it closes what it opened. 0: not at all.
    pub hold: u32,
}

impl Default for OpenVstorageTuning {
    fn default() -> Self {
        Self {
            service_deadline: 900,
            install_deadline: 1800,
            migration_deadline: 3600,
            updater_deadline: 7200,
            idle_deadline: 14_400,
            arakoon_pause: 60,
            clock_skew: 30,
            free_mebibytes: 1024,
            lists_age: 3600,
            hold: 1800,
        }
    }
}

/// A machine that is reached over SSH.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name within the environment.
    pub name: HostName,
    /// Where and as whom.
    pub access: Access,
    /// Another host to go through, with a key of its own.
    pub jump: Option<Access>,
    /// How root's rights are had.
    pub elevate: Elevate,
}

/// One SSH endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// DNS name or address.
    pub address: String,
    /// Usually 22.
    pub port: u16,
    /// Login name.
    pub user: String,
    /// The private key.
    pub key: SecretRef,
    /// What an admin has accepted; nothing is run before that (DESIGN §5, SSH manners).
    pub host_key: Option<HostKey>,
}

/// A host's public key as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostKey {
    /// For example `ssh-ed25519`.
    pub algorithm: String,
    /// The key itself in base64, as in a `known_hosts` line.
    pub key: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

/// How root's rights are had on a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elevate {
    /// Not needed, or the user is root.
    No,
    /// `sudo -n`: never asks for a password.
    #[default]
    Sudo,
}
