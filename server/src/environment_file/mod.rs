//! An environment as a TOML file, for `drydock env add` and `drydock env export`; see `environment.example.toml`.
//!
//! The form people write is kept apart from the form the database holds, so that either can change alone. It holds no
//! host keys: those are accepted by a person who has compared them (`drydock env trust`).

mod cloudify;
mod cloudstack;
mod host;
mod open_vstorage;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use engine::EnvironmentDraft;
use model::environment::{Environment, PlatformSettings, RiskClass};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};

use cloudify::Cloudify;
use cloudstack::CloudStack;
use open_vstorage::OpenVstorage;

/// The tables of which a file has one.
const PLATFORMS: &str = "[cloudify], [cloudstack] and [open_vstorage]";

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
    /// It says nothing of a platform, or of two.
    #[error("{} does not describe an environment: exactly one of the tables {PLATFORMS} is expected", path.display())]
    Platform {
        /// Which.
        path: PathBuf,
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
    file.into_draft().ok_or_else(|| FileError::Platform { path: path.to_path_buf() })
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
    // Which platform it is follows from the table that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudstack: Option<CloudStack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_vstorage: Option<OpenVstorage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudify: Option<Cloudify>,
}

impl File {
    fn into_draft(self) -> Option<EnvironmentDraft> {
        let platform = match (self.cloudstack, self.open_vstorage, self.cloudify) {
            (Some(cloud), None, None) => PlatformSettings::CloudStack(cloud.into_settings()),
            (None, Some(cluster), None) => PlatformSettings::OpenVstorage(cluster.into_settings()),
            (None, None, Some(managers)) => PlatformSettings::Cloudify(Box::new(managers.into_settings())),
            _ => return None,
        };
        Some(EnvironmentDraft { name: self.name, labels: self.labels, risk: self.risk, platform })
    }

    fn of(environment: &Environment) -> Self {
        let (mut cloudstack, mut open_vstorage, mut cloudify) = (None, None, None);
        match &environment.platform {
            PlatformSettings::CloudStack(settings) => cloudstack = Some(CloudStack::of(settings)),
            PlatformSettings::OpenVstorage(settings) => open_vstorage = Some(OpenVstorage::of(settings)),
            PlatformSettings::Cloudify(settings) => cloudify = Some(Cloudify::of(settings)),
        }
        Self {
            name: environment.name.clone(),
            labels: environment.labels.clone(),
            risk: environment.risk,
            cloudstack,
            open_vstorage,
            cloudify,
        }
    }
}

/// Waits and limits, of which each may be left out; a misspelt key is an error.
fn limits<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Serialize + DeserializeOwned,
    D: Deserializer<'de>,
{
    let given = toml::Table::deserialize(deserializer)?;
    let known = toml::Table::try_from(T::default()).map_err(D::Error::custom)?;
    if let Some(unknown) = given.keys().find(|key| !known.contains_key(*key)) {
        let all: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(D::Error::custom(format!("unknown key `{unknown}`, one of these is expected: {}", all.join(", "))));
    }
    given.try_into().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../environment.example.toml");
    const CLUSTER: &str = include_str!("../../environment.open-vstorage.example.toml");
    const MANAGERS: &str = include_str!("../../environment.cloudify.example.toml");

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
        for example in [EXAMPLE, CLUSTER, MANAGERS] {
            let environment = stored(draft_of(example).unwrap());
            assert_eq!(stored(draft_of(&write(&environment).unwrap()).unwrap()), environment);
        }
    }

    #[test]
    fn a_file_is_about_one_platform() {
        let both = format!("{EXAMPLE}\n{}", &CLUSTER[CLUSTER.find("[open_vstorage]").unwrap()..]);
        for text in [both.as_str(), "name = \"nothing\""] {
            let refused = draft_of(text).unwrap_err();
            assert!(refused.contains("[cloudify], [cloudstack] and [open_vstorage]"), "{refused}");
        }
    }

    #[test]
    fn a_new_manager_on_the_same_host_has_to_be_asked_for() {
        // The comment above names the table, too.
        let from = MANAGERS.find("\n[cloudify.new.host]").unwrap();
        let to = MANAGERS.find("# Where cfy is run").unwrap();
        let without = format!("{}{}", &MANAGERS[..from], &MANAGERS[to..]);
        let refused = draft_of(&without).unwrap_err();
        assert!(refused.contains("host"), "{refused}");
        let environment = stored(draft_of(&without.replace("another_host", "same_host")).unwrap());
        let hosts: Vec<&str> = environment.hosts().iter().map(|host| host.name.as_str()).collect();
        assert_eq!(hosts, ["cfy-old", "cfy-cli"]);
        let refused = draft_of(&MANAGERS.replace("another_host", "same_host")).unwrap_err();
        assert!(refused.contains("host"), "{refused}");
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
