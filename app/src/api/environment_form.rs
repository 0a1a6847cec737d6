//! The environment form as it travels: what people have typed, not yet checked.

use model::environment::{Access, Elevate, Environment, Host, Platform, PlatformSettings, RiskClass};
use model::secret::SecretRef;
use serde::{Deserialize, Serialize};

/// All fields of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentForm {
    /// Which of the fields below count.
    pub platform: Platform,
    pub name: String,
    /// Separated by commas or blanks.
    pub labels: String,
    pub risk: RiskClass,
    pub endpoint: String,
    pub certificate_sha256: String,
    /// Apache CloudStack.
    pub api_key: SecretField,
    /// Apache CloudStack.
    pub secret_key: SecretField,
    /// Apache CloudStack.
    pub integration_address: String,
    /// Apache CloudStack.
    pub database_password: SecretField,
    /// Open vStorage.
    pub client_id: String,
    /// Open vStorage.
    pub client_secret: SecretField,
    /// Rows without a name and an address are left out.
    pub hosts: Vec<HostRow>,
}

/// Where a secret is, or the secret itself on its way to being sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretField {
    pub place: SecretPlace,
    /// Path or variable name.
    pub at: String,
    /// What was typed; never sent back to the page.
    pub typed: String,
}

// Forms may end up in a log; what was typed must not.
impl std::fmt::Debug for SecretField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretField").field("place", &self.place).field("at", &self.at).finish_non_exhaustive()
    }
}

/// The three places a secret may be in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretPlace {
    #[default]
    File,
    Variable,
    /// Typed here and sealed; nothing typed keeps what was sealed before.
    Sealed,
}

/// One host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostRow {
    pub name: String,
    pub address: String,
    pub port: String,
    pub user: String,
    pub key: SecretField,
    pub elevate: Elevate,
    /// Empty: no jump host.
    pub jump_address: String,
    pub jump_port: String,
    pub jump_user: String,
    pub jump_key: SecretField,
}

impl Default for HostRow {
    fn default() -> Self {
        Self {
            name: String::new(),
            address: String::new(),
            port: "22".to_owned(),
            user: String::new(),
            key: SecretField::default(),
            elevate: Elevate::Sudo,
            jump_address: String::new(),
            jump_port: "22".to_owned(),
            jump_user: String::new(),
            jump_key: SecretField::default(),
        }
    }
}

impl HostRow {
    /// Whether nobody has written anything into it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.name.trim().is_empty() && self.address.trim().is_empty()
    }

    fn of(host: &Host) -> Self {
        let jump = host.jump.as_ref();
        Self {
            name: host.name.to_string(),
            address: host.access.address.clone(),
            port: host.access.port.to_string(),
            user: host.access.user.clone(),
            key: SecretField::of(&host.access.key),
            elevate: host.elevate,
            jump_address: jump.map(|access| access.address.clone()).unwrap_or_default(),
            jump_port: jump.map_or(22, |access: &Access| access.port).to_string(),
            jump_user: jump.map(|access| access.user.clone()).unwrap_or_default(),
            jump_key: jump.map(|access| SecretField::of(&access.key)).unwrap_or_default(),
        }
    }
}

impl SecretField {
    fn of(secret: &SecretRef) -> Self {
        let (place, at) = match secret {
            SecretRef::File(path) => (SecretPlace::File, path.clone()),
            SecretRef::Variable(name) => (SecretPlace::Variable, name.clone()),
            SecretRef::Sealed(_) => (SecretPlace::Sealed, String::new()),
        };
        Self { place, at, typed: String::new() }
    }
}

impl EnvironmentForm {
    /// The form as it has to be filled in to give this environment.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        Self {
            platform: environment.platform.platform(),
            name: environment.name.clone(),
            labels: environment.labels.iter().cloned().collect::<Vec<_>>().join(", "),
            risk: environment.risk,
            hosts: environment.hosts().into_iter().map(HostRow::of).collect(),
            ..Self::of_settings(&environment.platform)
        }
    }

    fn of_settings(settings: &PlatformSettings) -> Self {
        match settings {
            PlatformSettings::CloudStack(settings) => Self {
                endpoint: settings.endpoint.clone(),
                api_key: SecretField::of(&settings.api_key),
                secret_key: SecretField::of(&settings.secret_key),
                certificate_sha256: settings.certificate_sha256.clone().unwrap_or_default(),
                integration_address: settings.integration_address.clone(),
                database_password: settings.database_password.as_ref().map(SecretField::of).unwrap_or_default(),
                ..Self::default()
            },
            PlatformSettings::OpenVstorage(settings) => Self {
                endpoint: settings.endpoint.clone(),
                client_id: settings.client_id.clone(),
                client_secret: SecretField::of(&settings.client_secret),
                certificate_sha256: settings.certificate_sha256.iter().cloned().collect::<Vec<_>>().join(" "),
                ..Self::default()
            },
        }
    }
}
