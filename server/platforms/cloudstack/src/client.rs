//! The handle on one CloudStack.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::cloudstack::CloudStackInventory;
use model::environment::CloudStackSettings;
use model::id::{HostName, JobId};
use model::plan::{Answer, CloudStackCommand, Probe};
use model::precheck::Precheck;
use model::time::Timestamp;
use remote::{HostAccess, Remote, Secret};

use crate::api::Api;
use crate::settings::is_address;
use crate::wire::Wire;
use crate::{
    CloudStackError, JobStatus, KeyPair, SubmitError, Submitted, Trace, connection, discovery, probe, requests, trace,
};

/// One installation that can be looked at and asked for changes. Cheap to clone.
#[derive(Clone)]
pub struct CloudStack(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) api: Api,
    pub(crate) pinned: bool,
    pub(crate) integration_address: String,
    pub(crate) clock_skew_limit: u32,
    pub(crate) database_password: Option<Secret>,
    pub(crate) hosts: BTreeMap<HostName, HostAccess>,
    pub(crate) remote: Arc<dyn Remote>,
}

impl fmt::Debug for CloudStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudStack").field("endpoint", &self.0.api.endpoint()).finish_non_exhaustive()
    }
}

impl CloudStack {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When the endpoint or the fingerprint of its certificate cannot be used.
    pub fn new(
        settings: &CloudStackSettings,
        keys: KeyPair,
        database_password: Option<Secret>,
        hosts: BTreeMap<HostName, HostAccess>,
        remote: Arc<dyn Remote>,
        now: fn() -> Timestamp,
    ) -> Result<Self, CloudStackError> {
        if !is_address(&settings.integration_address) {
            let problem =
                format!("{:?} is not a host name or an address; it is usually 127.0.0.1", settings.integration_address);
            return Err(CloudStackError::Setting { field: "integration_address", problem });
        }
        let wire = Wire::new(&settings.endpoint, settings.certificate_sha256.as_deref())?;
        Ok(Self(Arc::new(Inner {
            api: Api::new(&settings.endpoint, wire, keys, now),
            pinned: settings.certificate_sha256.is_some(),
            integration_address: settings.integration_address.clone(),
            clock_skew_limit: settings.tuning.clock_skew,
            database_password,
            hosts,
            remote,
        })))
    }

    /// Whether the API can be used: version, clocks, rights, certificate, management servers.
    pub async fn test_connection(&self) -> Vec<Precheck> {
        connection::test(&self.0).await
    }

    /// Everything there is to see. What cannot be seen is unknown, with the reason.
    pub async fn inventory(&self) -> CloudStackInventory {
        discovery::inventory(&self.0).await
    }

    /// Asks for a change, once. The server refuses it after `expires` (on our clock; its own is corrected for).
    ///
    /// # Errors
    /// Each says whether the server may be working on it.
    pub async fn submit(&self, command: &CloudStackCommand, expires: Timestamp) -> Result<Submitted, SubmitError> {
        requests::submit(&self.0.api, command, expires).await
    }

    /// What became of a job.
    ///
    /// # Errors
    /// When that could not be found out; ask again.
    pub async fn job(&self, job: &JobId) -> Result<JobStatus, CloudStackError> {
        requests::job(&self.0.api, job).await
    }

    /// Looks in the server's events whether it has accepted a command since then (on our clock), whatever became of it.
    pub async fn trace(&self, command: &CloudStackCommand, since: Timestamp) -> Trace {
        trace::trace(&self.0, command, since).await
    }

    /// Looks whether something is as expected.
    pub async fn probe(&self, probe: &Probe) -> Answer {
        probe::probe(&self.0, probe).await
    }
}
