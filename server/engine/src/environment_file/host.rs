//! A host, how it is reached, and where secrets are: the same on every platform.

use model::environment::{Access, Elevate, Host};
use model::id::HostName;
use model::import::SecretKind;
use remote::HostKey;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::secret::{Secret, Secrets};
use crate::connection::pinned;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostTable {
    name: HostName,
    address: String,
    #[serde(default = "ssh_port")]
    port: u16,
    user: String,
    key: Secret,
    #[serde(default)]
    elevate: Elevate,
    /// `algorithm key`, as it was accepted; the fingerprint follows from it.
    #[serde(default, deserialize_with = "host_key", skip_serializing_if = "Option::is_none")]
    host_key: Option<HostKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jump: Option<Jump>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jump {
    address: String,
    #[serde(default = "ssh_port")]
    port: u16,
    user: String,
    key: Secret,
    #[serde(default, deserialize_with = "host_key", skip_serializing_if = "Option::is_none")]
    host_key: Option<HostKey>,
}

const fn ssh_port() -> u16 {
    22
}

/// What was given is not repeated: it may be another key than the public one by mistake.
fn host_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HostKey>, D::Error> {
    let key = HostKey::parse(&String::deserialize(deserializer)?);
    key.map(Some).map_err(|_| {
        D::Error::custom("the algorithm and the public key of the host are expected, such as \"ssh-ed25519 AAAA…\"")
    })
}

/// What the private key of a host is called within its environment.
pub(super) fn key_field(host: &HostName) -> String {
    format!("key of {host}")
}

/// The same of the jump host in front of it.
pub(super) fn jump_key_field(host: &HostName) -> String {
    format!("jump key of {host}")
}

impl HostTable {
    pub fn into_host(self, secrets: &mut Secrets<'_>) -> Host {
        let key = secrets.take(key_field(&self.name), SecretKind::PrivateKey, self.key);
        let access = Access {
            address: self.address,
            port: self.port,
            user: self.user,
            key,
            host_key: self.host_key.as_ref().map(pinned),
        };
        let jump = self.jump.map(|jump| Access {
            key: secrets.take(jump_key_field(&self.name), SecretKind::PrivateKey, jump.key),
            address: jump.address,
            port: jump.port,
            user: jump.user,
            host_key: jump.host_key.as_ref().map(pinned),
        });
        Host { name: self.name, access, jump, elevate: self.elevate }
    }

    pub fn of(host: &Host) -> Self {
        let access = host.access.clone();
        Self {
            name: host.name.clone(),
            host_key: line_of(&access),
            address: access.address,
            port: access.port,
            user: access.user,
            key: Secret::of(&key_field(&host.name), &access.key),
            elevate: host.elevate,
            jump: host.jump.as_ref().map(|jump| Jump {
                address: jump.address.clone(),
                port: jump.port,
                user: jump.user.clone(),
                key: Secret::of(&jump_key_field(&host.name), &jump.key),
                host_key: line_of(jump),
            }),
        }
    }
}

/// The key that was accepted, if it can be written as one.
fn line_of(access: &Access) -> Option<HostKey> {
    let key = access.host_key.as_ref()?;
    HostKey::parse(&format!("{} {}", key.algorithm, key.key)).ok()
}
