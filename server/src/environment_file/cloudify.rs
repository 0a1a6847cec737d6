//! The table `[cloudify]`.

use model::environment::{CloudifyManager, CloudifySettings, CloudifyTuning, ManagerRest, NewManager};
use model::id::TenantName;
use serde::{Deserialize, Serialize};

use super::host::{HostTable, Secret};
use super::limits;

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
    AnotherHost { rest: Rest, host: HostTable },
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
    pub fn into_settings(self) -> CloudifySettings {
        let manager = |rest: Rest, host: HostTable| CloudifyManager { rest: rest.into(), host: host.into_host() };
        CloudifySettings {
            old: manager(self.old.rest, self.old.host),
            new: match self.new {
                New::AnotherHost { rest, host } => NewManager::AnotherHost(Box::new(manager(rest, host))),
                New::SameHost { rest } => NewManager::SameHost(rest.into()),
            },
            cli: self.cli.map(HostTable::into_host),
            tuning: self.tuning,
        }
    }

    pub fn of(settings: &CloudifySettings) -> Self {
        Self {
            tuning: settings.tuning.clone(),
            old: Manager { rest: Rest::of(&settings.old.rest), host: HostTable::of(&settings.old.host) },
            new: match &settings.new {
                NewManager::AnotherHost(manager) => {
                    New::AnotherHost { rest: Rest::of(&manager.rest), host: HostTable::of(&manager.host) }
                }
                NewManager::SameHost(rest) => New::SameHost { rest: Rest::of(rest) },
            },
            cli: settings.cli.as_ref().map(HostTable::of),
        }
    }
}

impl Rest {
    fn of(rest: &ManagerRest) -> Self {
        Self {
            endpoint: rest.endpoint.clone(),
            user: rest.user.clone(),
            password: Secret::of(&rest.password),
            tenant: rest.tenant.clone(),
            certificate_sha256: rest.certificate_sha256.clone(),
        }
    }
}

impl From<Rest> for ManagerRest {
    fn from(rest: Rest) -> Self {
        Self {
            endpoint: rest.endpoint,
            user: rest.user,
            password: rest.password.into(),
            tenant: rest.tenant,
            certificate_sha256: rest.certificate_sha256,
        }
    }
}
