//! The environment form as it travels: what people have typed, not yet checked.

use model::environment::{
    Access, CloudifySettings, Elevate, Environment, Host, ManagerRest, NewManager, Platform, PlatformSettings,
    RiskClass,
};
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
    /// Cloudify.
    pub old: ManagerForm,
    /// Cloudify.
    pub new: ManagerForm,
    /// Cloudify.
    pub new_on: NewOn,
    /// Rows without a name and an address are left out. Of Cloudify each has its part: see [`ManagerHost`].
    pub hosts: Vec<HostRow>,
}

/// The REST service of a manager of Cloudify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManagerForm {
    pub endpoint: String,
    pub user: String,
    pub password: SecretField,
    pub tenant: String,
    pub certificate_sha256: String,
}

impl Default for ManagerForm {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            user: "admin".to_owned(),
            password: SecretField::default(),
            tenant: "default_tenant".to_owned(),
            certificate_sha256: String::new(),
        }
    }
}

/// Where the new manager of Cloudify comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewOn {
    #[default]
    AnotherHost,
    SameHost,
}

/// What the rows for hosts are for, in their order, where the platform is Cloudify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagerHost {
    Old,
    New,
    Cli,
}

impl ManagerHost {
    pub const ALL: [Self; 3] = [Self::Old, Self::New, Self::Cli];

    /// What the row is headed with.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Old => "The old manager's host",
            Self::New => "The new manager's host (empty: the new manager comes on the same host)",
            Self::Cli => "The host on which cfy is run (empty: none)",
        }
    }
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

    /// In the order of the form.
    fn all_of(settings: &PlatformSettings) -> Vec<Self> {
        match settings {
            PlatformSettings::CloudStack(_) | PlatformSettings::OpenVstorage(_) => {
                settings.hosts().into_iter().map(Self::of).collect()
            }
            PlatformSettings::Cloudify(settings) => {
                let new = match &settings.new {
                    NewManager::AnotherHost(manager) => Some(&manager.host),
                    NewManager::SameHost(_) => None,
                };
                let hosts = [Some(&settings.old.host), new, settings.cli.as_ref()];
                hosts.into_iter().map(|host| host.map(Self::of).unwrap_or_default()).collect()
            }
        }
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
    /// As it has to be filled in to give this one.
    pub(super) fn of(secret: &SecretRef) -> Self {
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
            hosts: HostRow::all_of(&environment.platform),
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
            PlatformSettings::Cloudify(settings) => Self::of_managers(settings),
        }
    }

    fn of_managers(settings: &CloudifySettings) -> Self {
        let new_on = match &settings.new {
            NewManager::AnotherHost(_) => NewOn::AnotherHost,
            NewManager::SameHost(_) => NewOn::SameHost,
        };
        let (old, new) = (ManagerForm::of(&settings.old.rest), ManagerForm::of(settings.new.rest()));
        Self { old, new, new_on, ..Self::default() }
    }
}

impl ManagerForm {
    fn of(rest: &ManagerRest) -> Self {
        Self {
            endpoint: rest.endpoint.clone(),
            user: rest.user.clone(),
            password: SecretField::of(&rest.password),
            tenant: rest.tenant.to_string(),
            certificate_sha256: rest.certificate_sha256.clone().unwrap_or_default(),
        }
    }
}
