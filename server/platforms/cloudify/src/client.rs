//! The handle on the managers of one migration.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::cloudify::{CloudifyInventory, Login, ManagerSnapshots};
use model::environment::{CloudifySettings, ManagerRest, NewManager};
use model::id::{HostName, JobId, SnapshotId, TenantName};
use model::plan::{Answer, CloudifyCall, Probe, Side, Step};
use model::precheck::Precheck;
use model::submission::{JobStatus, SubmitError, Submitted};
use model::time::Timestamp;
use remote::http::Moved;
use remote::{HostAccess, Remote, Secret};

use crate::planner::Glances;
use crate::rest::{Door, Rest};
use crate::snapshots::{FetchError, Outgoing};
use crate::{Archives, CloudifyError, act, connection, discovery, probe, snapshots};

/// The password of a manager's admin.
#[derive(Debug, Clone)]
pub struct AdminPassword(pub Secret);

/// Both managers' admins have one each (fact 4).
#[derive(Debug, Clone)]
pub struct Passwords {
    /// The old manager's.
    pub old: AdminPassword,
    /// The new manager's.
    pub new: AdminPassword,
}

/// Two managers that can be looked at. Cheap to clone.
#[derive(Clone)]
pub struct Cloudify(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: CloudifySettings,
    /// Lets in the old admin; in place, perhaps the new one.
    pub(crate) old: Rest,
    /// On a host of its own: lets in the new admin and, after the restore, perhaps the old one.
    pub(crate) new: Option<Rest>,
    pub(crate) hosts: BTreeMap<HostName, HostAccess>,
    pub(crate) remote: Arc<dyn Remote>,
    pub(crate) archives: Archives,
    pub(crate) now: fn() -> Timestamp,
}

impl fmt::Debug for Cloudify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloudify").field("old", &self.0.settings.old.rest.endpoint).finish_non_exhaustive()
    }
}

impl Inner {
    /// REST of that manager; in place both are behind one address.
    pub(crate) fn rest(&self, side: Side) -> &Rest {
        match (side, &self.new) {
            (Side::New, Some(new)) => new,
            (Side::Old | Side::New, _) => &self.old,
        }
    }
}

impl Cloudify {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When an endpoint or a fingerprint cannot be used.
    pub fn new(
        settings: &CloudifySettings,
        passwords: &Passwords,
        hosts: BTreeMap<HostName, HostAccess>,
        remote: Arc<dyn Remote>,
        archives: Archives,
        now: fn() -> Timestamp,
    ) -> Result<Self, CloudifyError> {
        let (old, new) = (&settings.old.rest, settings.new.rest());
        let old_admin = |which, at| Door::new(which, at, Login::Old, old, &passwords.old);
        let new_admin = |which, at| Door::new(which, at, Login::New, new, &passwords.new);
        let (old, new) = match &settings.new {
            NewManager::AnotherHost(_) => {
                // After the restore of a snapshot of 4.2 or later it lets in the old manager's admin (fact 4).
                let doors = vec![new_admin("new", new)?, old_admin("new", new)?];
                (Rest::new(vec![old_admin("old", old)?]), Some(Rest::new(doors)))
            }
            NewManager::SameHost(_) => {
                // The old manager, the new one before the restore, the new one after it. Where the new one has no pin of
                // its own it may show the old one's certificate: agents want the same certificates anyway (3.2).
                let kept = ManagerRest { certificate_sha256: old.certificate_sha256.clone(), ..new.clone() };
                let mut doors = vec![old_admin("old", old)?];
                if new.certificate_sha256.is_none() {
                    doors.extend([new_admin("new", &kept)?, old_admin("new", &kept)?]);
                }
                doors.extend([new_admin("new", new)?, old_admin("new", new)?]);
                (Rest::new(doors), None)
            }
        };
        Ok(Self(Arc::new(Inner { settings: settings.clone(), old, new, hosts, remote, archives, now })))
    }

    /// Whether both managers can be used: address, certificate, login, version, rights, clock.
    pub async fn test_connection(&self) -> Vec<Precheck> {
        connection::test(&self.0).await
    }

    /// Everything there is to see. What cannot be seen is unknown, with the reason.
    pub async fn inventory(&self) -> CloudifyInventory {
        discovery::inventory(&self.0).await
    }

    /// Asks for a change, once.
    ///
    /// # Errors
    /// Each says whether a manager may be working on it.
    pub async fn submit(&self, call: &CloudifyCall) -> Result<Submitted, SubmitError> {
        act::submit(&self.0, call).await
    }

    /// What became of the execution that a call has begun.
    ///
    /// # Errors
    /// When that could not be found out; ask again.
    pub async fn job(&self, call: &CloudifyCall, job: &JobId) -> Result<JobStatus, CloudifyError> {
        act::job(&self.0, call, job).await
    }

    /// Moves an archive, from where an earlier try has stopped if that can be. `moved` counts the bytes.
    ///
    /// # Errors
    /// Why it has stopped, in words; it may be tried again.
    pub async fn transfer(&self, call: &CloudifyCall, moved: &Moved) -> Result<String, String> {
        act::transfer(&self.0, call, moved).await
    }

    /// What both managers tell of snapshots.
    pub async fn snapshots(&self) -> Vec<ManagerSnapshots> {
        snapshots::look(&self.0).await
    }

    /// Opens the archive of a snapshot, from that byte on. `tenant` is whose it is, where that is another one than the
    /// settings name. When it is not the archive of that tag any more, all of it comes.
    ///
    /// # Errors
    /// There is none, or the manager does not give it.
    pub async fn open_archive(
        &self,
        side: Side,
        tenant: Option<&TenantName>,
        snapshot: &SnapshotId,
        from: u64,
        tag: Option<&str>,
    ) -> Result<Outgoing, FetchError> {
        snapshots::open(&self.0, side, tenant, snapshot, from, tag).await
    }

    /// What is kept of this environment, and on its way.
    #[must_use]
    pub fn archives(&self) -> &Archives {
        &self.0.archives
    }

    /// Looks whether something is as expected.
    pub async fn probe(&self, probe: &Probe) -> Answer {
        probe::probe(&self.0, probe).await
    }

    /// What the managers that the rest of a plan asks for something show now.
    pub async fn glances(&self, rest: &[&Step]) -> Glances {
        probe::glances(&self.0, &crate::asked(rest)).await
    }
}
