//! One installation of a platform: where it is and how it is reached. Secrets are references.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{EnvironmentId, HostName};
use crate::secret::SecretRef;

/// The kinds of installations Drydock knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Open vStorage.
    OpenVstorage,
    /// Apache CloudStack.
    CloudStack,
    /// Cloudify.
    Cloudify,
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
}

impl PlatformSettings {
    /// Which platform these are the settings of.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        match self {
            Self::CloudStack(_) => Platform::CloudStack,
        }
    }
}

impl Environment {
    /// The hosts that are reached over SSH.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        match &self.platform {
            PlatformSettings::CloudStack(settings) => &settings.management_hosts,
        }
    }

    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts().iter().find(|host| &host.name == name)
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
