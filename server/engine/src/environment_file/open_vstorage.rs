//! The table `[open_vstorage]`.

use std::collections::BTreeSet;

use model::environment::{OpenVstorageSettings, OpenVstorageTuning};
use model::import::SecretKind;
use serde::{Deserialize, Serialize};

use super::host::HostTable;
use super::limits;
use super::secret::{Secret, Secrets};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenVstorage {
    endpoint: String,
    client_id: String,
    client_secret: Secret,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    certificate_sha256: BTreeSet<String>,
    #[serde(default, deserialize_with = "limits")]
    tuning: OpenVstorageTuning,
    nodes: Vec<HostTable>,
}

impl OpenVstorage {
    pub fn into_settings(self, secrets: &mut Secrets<'_>) -> OpenVstorageSettings {
        OpenVstorageSettings {
            endpoint: self.endpoint,
            client_id: self.client_id,
            client_secret: secrets.take("client_secret", SecretKind::Line, self.client_secret),
            certificate_sha256: self.certificate_sha256,
            nodes: self.nodes.into_iter().map(|node| node.into_host(secrets)).collect(),
            tuning: self.tuning,
        }
    }

    pub fn of(settings: &OpenVstorageSettings) -> Self {
        Self {
            endpoint: settings.endpoint.clone(),
            client_id: settings.client_id.clone(),
            client_secret: Secret::of("client_secret", &settings.client_secret),
            certificate_sha256: settings.certificate_sha256.clone(),
            tuning: settings.tuning.clone(),
            nodes: settings.nodes.iter().map(HostTable::of).collect(),
        }
    }
}
