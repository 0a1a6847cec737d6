//! A host, how it is reached, and where secrets are: the same on every platform.

use model::environment::{Access, Elevate, Host};
use model::id::HostName;
use model::secret::SecretRef;
use serde::{Deserialize, Serialize};

/// Exactly one of these; only ever a reference.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Secret {
    File(String),
    Variable(String),
    Sealed(model::id::SealedId),
}

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
}

const fn ssh_port() -> u16 {
    22
}

impl Secret {
    pub fn of(secret: &SecretRef) -> Self {
        match secret.clone() {
            SecretRef::File(path) => Self::File(path),
            SecretRef::Variable(name) => Self::Variable(name),
            SecretRef::Sealed(id) => Self::Sealed(id),
        }
    }
}

impl From<Secret> for SecretRef {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::File(path) => Self::File(path),
            Secret::Variable(name) => Self::Variable(name),
            Secret::Sealed(id) => Self::Sealed(id),
        }
    }
}

impl HostTable {
    pub fn into_host(self) -> Host {
        let access = |address, port, user, key: Secret| Access { address, port, user, key: key.into(), host_key: None };
        Host {
            name: self.name,
            access: access(self.address, self.port, self.user, self.key),
            jump: self.jump.map(|jump| access(jump.address, jump.port, jump.user, jump.key)),
            elevate: self.elevate,
        }
    }

    pub fn of(host: &Host) -> Self {
        let access = host.access.clone();
        Self {
            name: host.name.clone(),
            address: access.address,
            port: access.port,
            user: access.user,
            key: Secret::of(&access.key),
            elevate: host.elevate,
            jump: host.jump.as_ref().map(Jump::of),
        }
    }
}

impl Jump {
    fn of(access: &Access) -> Self {
        let access = access.clone();
        Self { address: access.address, port: access.port, user: access.user, key: Secret::of(&access.key) }
    }
}
