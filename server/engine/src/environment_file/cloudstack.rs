//! The table `[cloudstack]`.

use model::environment::{CloudStackSettings, Tuning};
use model::import::SecretKind::Line;
use serde::{Deserialize, Serialize};

use super::host::HostTable;
use super::limits;
use super::secret::{Secret, Secrets};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloudStack {
    endpoint: String,
    integration_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
    api_key: Secret,
    secret_key: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_password: Option<Secret>,
    #[serde(default, deserialize_with = "limits")]
    tuning: Tuning,
    management_hosts: Vec<HostTable>,
}

impl CloudStack {
    pub fn into_settings(self, secrets: &mut Secrets<'_>) -> CloudStackSettings {
        CloudStackSettings {
            endpoint: self.endpoint,
            api_key: secrets.take("api_key", Line, self.api_key),
            secret_key: secrets.take("secret_key", Line, self.secret_key),
            certificate_sha256: self.certificate_sha256,
            management_hosts: self.management_hosts.into_iter().map(|host| host.into_host(secrets)).collect(),
            integration_address: self.integration_address,
            database_password: self.database_password.map(|password| secrets.take("database_password", Line, password)),
            tuning: self.tuning,
        }
    }

    pub fn of(settings: &CloudStackSettings) -> Self {
        Self {
            endpoint: settings.endpoint.clone(),
            integration_address: settings.integration_address.clone(),
            certificate_sha256: settings.certificate_sha256.clone(),
            api_key: Secret::of("api_key", &settings.api_key),
            secret_key: Secret::of("secret_key", &settings.secret_key),
            database_password: settings
                .database_password
                .as_ref()
                .map(|password| Secret::of("database_password", password)),
            tuning: settings.tuning.clone(),
            management_hosts: settings.management_hosts.iter().map(HostTable::of).collect(),
        }
    }
}
