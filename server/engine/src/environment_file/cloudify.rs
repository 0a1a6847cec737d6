//! The table `[cloudify]`.

use model::environment::{CloudifyManager, CloudifySettings, CloudifyTuning, ManagerRest, NewManager};
use model::id::TenantName;
use model::import::SecretKind;
use serde::{Deserialize, Serialize};

use super::host::HostTable;
use super::limits;
use super::secret::{Secret, Secrets};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cloudify {
    #[serde(default, deserialize_with = "limits")]
    tuning: CloudifyTuning,
    old: Manager,
    new: New,
    #[serde(skip_serializing_if = "Option::is_none")]
    cli: Option<HostTable>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manager {
    rest: Rest,
    host: HostTable,
}

/// Which of the two it is has to be said: a host that somebody forgot must not mean that the old one is torn down.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "on", deny_unknown_fields)]
enum New {
    AnotherHost { rest: Rest, host: Box<HostTable> },
    SameHost { rest: Rest },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    endpoint: String,
    user: String,
    password: Secret,
    tenant: TenantName,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
}

impl Cloudify {
    pub fn into_settings(self, secrets: &mut Secrets<'_>) -> CloudifySettings {
        let old = CloudifyManager {
            rest: self.old.rest.into_rest("old.password", secrets),
            host: self.old.host.into_host(secrets),
        };
        let new = match self.new {
            New::AnotherHost { rest, host } => NewManager::AnotherHost(Box::new(CloudifyManager {
                rest: rest.into_rest("new.password", secrets),
                host: host.into_host(secrets),
            })),
            New::SameHost { rest } => NewManager::SameHost(rest.into_rest("new.password", secrets)),
        };
        let cli = self.cli.map(|host| host.into_host(secrets));
        CloudifySettings { old, new, cli, tuning: self.tuning }
    }

    pub fn of(settings: &CloudifySettings) -> Self {
        let old = Rest::of("old.password", &settings.old.rest);
        let new = Rest::of("new.password", settings.new.rest());
        Self {
            tuning: settings.tuning.clone(),
            old: Manager { rest: old, host: HostTable::of(&settings.old.host) },
            new: match &settings.new {
                NewManager::AnotherHost(manager) => {
                    New::AnotherHost { rest: new, host: Box::new(HostTable::of(&manager.host)) }
                }
                NewManager::SameHost(_) => New::SameHost { rest: new },
            },
            cli: settings.cli.as_ref().map(HostTable::of),
        }
    }
}

impl Rest {
    fn into_rest(self, password: &str, secrets: &mut Secrets<'_>) -> ManagerRest {
        ManagerRest {
            endpoint: self.endpoint,
            user: self.user,
            password: secrets.take(password, SecretKind::Line, self.password),
            tenant: self.tenant,
            certificate_sha256: self.certificate_sha256,
        }
    }

    fn of(password: &str, rest: &ManagerRest) -> Self {
        Self {
            endpoint: rest.endpoint.clone(),
            user: rest.user.clone(),
            password: Secret::of(password, &rest.password),
            tenant: rest.tenant.clone(),
            certificate_sha256: rest.certificate_sha256.clone(),
        }
    }
}
