//! The handle on one cluster.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::environment::OpenVstorageSettings;
use model::id::HostName;
use model::open_vstorage::{CopyStore, OpenVstorageInventory};
use model::plan::{Answer, Probe};
use model::precheck::Precheck;
use model::time::Timestamp;
use remote::{HostAccess, Remote};

use crate::api::{Api, Logins};
use crate::{ClientSecret, OvsError, connection, discovery, probe};

/// One cluster that can be looked at. Cheap to clone.
#[derive(Clone)]
pub struct OpenVstorage(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) api: Api,
    pub(crate) endpoint: String,
    pub(crate) pinned: bool,
    pub(crate) hosts: BTreeMap<HostName, HostAccess>,
    pub(crate) remote: Arc<dyn Remote>,
    pub(crate) copies: CopyStore,
}

impl fmt::Debug for OpenVstorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenVstorage").field("endpoint", &self.0.endpoint).finish_non_exhaustive()
    }
}

impl OpenVstorage {
    /// Nothing is sent yet. `copies`: what Drydock's own store has of files of these hosts.
    ///
    /// # Errors
    /// When the endpoint, the client's id or the fingerprint of the certificate cannot be used.
    pub fn new(
        settings: &OpenVstorageSettings,
        secret: ClientSecret,
        logins: &Logins,
        hosts: BTreeMap<HostName, HostAccess>,
        remote: Arc<dyn Remote>,
        copies: CopyStore,
        now: fn() -> Timestamp,
    ) -> Result<Self, OvsError> {
        let certificates = &settings.certificate_sha256;
        Ok(Self(Arc::new(Inner {
            api: Api::new(logins, &settings.endpoint, certificates, &settings.client_id, &secret, now)?,
            endpoint: settings.endpoint.clone(),
            pinned: !certificates.is_empty(),
            hosts,
            remote,
            copies,
        })))
    }

    /// Whether the API can be used: address, certificate, client, rights.
    pub async fn test_connection(&self) -> Vec<Precheck> {
        connection::test(&self.0).await
    }

    /// Everything there is to see. What cannot be seen is unknown, with the reason.
    pub async fn inventory(&self) -> OpenVstorageInventory {
        discovery::inventory(&self.0).await
    }

    /// The part of [`Self::inventory`] that [`crate::fit`] needs: every node over SSH, and nothing of the API. Right
    /// for the gates of a run: the API is often away then, and its version check would take locks of the package
    /// manager.
    pub async fn nodes(&self) -> OpenVstorageInventory {
        discovery::nodes_only(&self.0).await
    }

    /// Looks whether something is as expected.
    pub async fn probe(&self, probe: &Probe) -> Answer {
        probe::probe(&self.0, probe).await
    }
}
