//! An environment as a TOML file, for `drydock env add` and `drydock env export`; see `environment.example.toml`.
//!
//! The form people write is kept apart from the form the database holds, so that either can change alone. It holds no
//! host keys: those are accepted by a person who has compared them (`drydock env trust`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use engine::EnvironmentDraft;
use model::environment::{Access, CloudStackSettings, Elevate, Environment, Host, PlatformSettings, RiskClass, Tuning};
use model::id::HostName;
use model::secret::SecretRef;
use serde::{Deserialize, Serialize};

/// Why a file is no description of an environment.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it is wrong; the message shows the line and names the key.
    #[error("{} does not describe an environment: {source}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// An environment cannot be written as TOML.
    #[error("the environment cannot be written as TOML: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

/// Reads a description.
pub fn read(path: &Path) -> Result<EnvironmentDraft, FileError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| FileError::Unreadable { path: path.to_path_buf(), source })?;
    let file: File = toml::from_str(&text)
        .map_err(|source| FileError::Malformed { path: path.to_path_buf(), source: Box::new(source) })?;
    Ok(file.into_draft())
}

/// Writes an environment in the form that [`read`] takes.
pub fn write(environment: &Environment) -> Result<String, FileError> {
    Ok(toml::to_string(&File::of(environment))?)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    labels: BTreeSet<String>,
    #[serde(default)]
    risk: RiskClass,
    // Which platform it is follows from the table that is there; the next platforms add tables of their own.
    cloudstack: CloudStack,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudStack {
    endpoint: String,
    integration_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
    api_key: Secret,
    secret_key: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_password: Option<Secret>,
    #[serde(default)]
    tuning: Waits,
    management_hosts: Vec<ManagementHost>,
}

/// Exactly one of these; only ever a reference.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Secret {
    File(String),
    Variable(String),
    Sealed(model::id::SealedId),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagementHost {
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

/// [`Tuning`], but a misspelt key is an error.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Waits {
    vm_deadline: Option<u32>,
    restart_deadline: Option<u32>,
    request_lifetime: Option<u32>,
    quiet_limit: Option<u32>,
    clock_skew: Option<u32>,
    hold: Option<u32>,
}

impl File {
    fn into_draft(self) -> EnvironmentDraft {
        EnvironmentDraft {
            name: self.name,
            labels: self.labels,
            risk: self.risk,
            platform: PlatformSettings::CloudStack(self.cloudstack.into_settings()),
        }
    }

    fn of(environment: &Environment) -> Self {
        let PlatformSettings::CloudStack(settings) = &environment.platform;
        Self {
            name: environment.name.clone(),
            labels: environment.labels.clone(),
            risk: environment.risk,
            cloudstack: CloudStack::of(settings),
        }
    }
}

impl CloudStack {
    fn into_settings(self) -> CloudStackSettings {
        CloudStackSettings {
            endpoint: self.endpoint,
            api_key: self.api_key.into(),
            secret_key: self.secret_key.into(),
            certificate_sha256: self.certificate_sha256,
            management_hosts: self.management_hosts.into_iter().map(ManagementHost::into_host).collect(),
            integration_address: self.integration_address,
            database_password: self.database_password.map(Into::into),
            tuning: self.tuning.into_tuning(),
        }
    }

    fn of(settings: &CloudStackSettings) -> Self {
        Self {
            endpoint: settings.endpoint.clone(),
            integration_address: settings.integration_address.clone(),
            certificate_sha256: settings.certificate_sha256.clone(),
            api_key: Secret::of(&settings.api_key),
            secret_key: Secret::of(&settings.secret_key),
            database_password: settings.database_password.as_ref().map(Secret::of),
            tuning: Waits::of(&settings.tuning),
            management_hosts: settings.management_hosts.iter().map(ManagementHost::of).collect(),
        }
    }
}

impl Secret {
    fn of(secret: &SecretRef) -> Self {
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

impl ManagementHost {
    fn into_host(self) -> Host {
        let access = |address, port, user, key: Secret| Access { address, port, user, key: key.into(), host_key: None };
        Host {
            name: self.name,
            access: access(self.address, self.port, self.user, self.key),
            jump: self.jump.map(|jump| access(jump.address, jump.port, jump.user, jump.key)),
            elevate: self.elevate,
        }
    }

    fn of(host: &Host) -> Self {
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

impl Waits {
    fn into_tuning(self) -> Tuning {
        let usual = Tuning::default();
        Tuning {
            vm_deadline: self.vm_deadline.unwrap_or(usual.vm_deadline),
            restart_deadline: self.restart_deadline.unwrap_or(usual.restart_deadline),
            request_lifetime: self.request_lifetime.unwrap_or(usual.request_lifetime),
            quiet_limit: self.quiet_limit.unwrap_or(usual.quiet_limit),
            clock_skew: self.clock_skew.unwrap_or(usual.clock_skew),
            hold: self.hold.unwrap_or(usual.hold),
        }
    }

    fn of(tuning: &Tuning) -> Self {
        Self {
            vm_deadline: Some(tuning.vm_deadline),
            restart_deadline: Some(tuning.restart_deadline),
            request_lifetime: Some(tuning.request_lifetime),
            quiet_limit: Some(tuning.quiet_limit),
            clock_skew: Some(tuning.clock_skew),
            hold: Some(tuning.hold),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../environment.example.toml");

    fn draft_of(text: &str) -> Result<EnvironmentDraft, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cloud.toml");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    fn stored(draft: EnvironmentDraft) -> Environment {
        let id = model::id::EnvironmentId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap();
        Environment { id, name: draft.name, labels: draft.labels, risk: draft.risk, platform: draft.platform }
    }

    #[test]
    fn the_example_describes_an_environment() {
        let environment = stored(draft_of(EXAMPLE).unwrap());
        assert_eq!(environment.risk, RiskClass::Production);
        let hosts: Vec<&str> = environment.hosts().iter().map(|host| host.name.as_str()).collect();
        assert_eq!(hosts, ["ms1", "ms2"]);
        assert!(environment.hosts()[1].jump.is_some());
    }

    #[test]
    fn what_is_exported_describes_the_same_environment() {
        let environment = stored(draft_of(EXAMPLE).unwrap());
        assert_eq!(stored(draft_of(&write(&environment).unwrap()).unwrap()), environment);
    }

    #[test]
    fn a_mistake_is_refused_by_the_name_of_its_key() {
        let cases = [
            (EXAMPLE.replace("endpoint =", "entpoint ="), "entpoint"),
            (EXAMPLE.replace("risk = \"production\"", "risk = \"high\""), "risk"),
            (EXAMPLE.replace("port = 22", "port = 99999"), "port"),
            (EXAMPLE.replace("name = \"ms1\"", "name = \"ms 1\""), "ms 1"),
            (EXAMPLE.replace("vm_deadline", "vm_dead"), "vm_dead"),
            (EXAMPLE.replace("secret_key = {", "secret_key_ = {"), "secret_key_"),
            (EXAMPLE.replace("{ variable =", "{ plain ="), "plain"),
        ];
        for (text, key) in cases {
            assert_ne!(text, EXAMPLE, "the example does not hold {key} any more");
            let refused = draft_of(&text).unwrap_err();
            assert!(refused.contains(key) && refused.contains("cloud.toml"), "{key}: {refused}");
        }
    }
}
