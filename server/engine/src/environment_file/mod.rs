//! Environments as TOML: one of them, for `drydock env add` (see `environment.example.toml`), or all in one file ([`fleet`]).
//!
//! The form people write is kept apart from the form the database holds, so that either can change alone. A secret is only
//! ever a reference in it.

mod cloudify;
mod cloudstack;
pub(crate) mod fleet;
mod host;
mod open_vstorage;
pub(crate) mod secret;
pub(crate) mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use model::environment::{Environment, PlatformSettings, RiskClass};
use model::id::SealedId;
use model::import::ImportProblem;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};

use crate::environments::EnvironmentDraft;
use crate::{EngineError, Result};
use cloudify::Cloudify;
use cloudstack::CloudStack;
use open_vstorage::OpenVstorage;
use secret::{Asked, Secrets};

/// The tables of which an environment has one.
const PLATFORMS: &str = "[cloudify], [cloudstack] and [open_vstorage]";

/// Reads the description of one environment.
///
/// # Errors
/// What is wrong in it.
pub fn read_environment(text: &str) -> std::result::Result<EnvironmentDraft, Vec<ImportProblem>> {
    let entry: Entry = toml::from_str(text).map_err(|error| vec![fleet::problem(text, None, &error)])?;
    let name = entry.name.clone();
    let problem = |field: Option<String>, problem: String| ImportProblem {
        line: None,
        environment: Some(name.clone()),
        field,
        problem,
    };
    let (draft, asked) = entry.into_draft(&BTreeMap::new()).map_err(|words| vec![problem(None, words)])?;
    if asked.is_empty() {
        return Ok(draft);
    }
    const SEALED: &str = "it is sealed in the Drydock that has written this; name the file or the variable it is in, or add \
                          the environment on the page";
    let fields = asked.into_iter().flat_map(|asked| asked.fields);
    Err(fields.map(|field| problem(Some(field), SEALED.to_owned())).collect())
}

/// Writes an environment in the form that [`read_environment`] takes.
///
/// # Errors
/// TOML cannot hold it.
pub fn write_environment(environment: &Environment) -> Result<String> {
    toml::to_string(&Entry::of(environment)).map_err(|error| unwritable(environment, error))
}

fn unwritable(environment: &Environment, error: toml::ser::Error) -> EngineError {
    EngineError::damaged("environment", environment.id.as_str(), error)
}

/// One environment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub name: String,
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

impl Entry {
    /// `known` is what is sealed of it here, by field. Beside it: what is sealed elsewhere, and has to be typed.
    pub fn into_draft(
        self,
        known: &BTreeMap<String, SealedId>,
    ) -> std::result::Result<(EnvironmentDraft, Vec<Asked>), String> {
        let mut secrets = Secrets::new(known);
        let platform = match (self.cloudstack, self.open_vstorage, self.cloudify) {
            (Some(cloud), None, None) => PlatformSettings::CloudStack(cloud.into_settings(&mut secrets)),
            (None, Some(cluster), None) => PlatformSettings::OpenVstorage(cluster.into_settings(&mut secrets)),
            (None, None, Some(managers)) => PlatformSettings::Cloudify(Box::new(managers.into_settings(&mut secrets))),
            _ => return Err(format!("exactly one of the tables {PLATFORMS} is expected")),
        };
        let draft = EnvironmentDraft { name: self.name, labels: self.labels, risk: self.risk, platform };
        Ok((draft, secrets.asked))
    }

    pub fn of(environment: &Environment) -> Self {
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
fn limits<'de, T, D>(deserializer: D) -> std::result::Result<T, D::Error>
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
