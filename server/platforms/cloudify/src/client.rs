//! The handle on the managers of one migration.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use model::cloudify::{CloudifyInventory, Login};
use model::environment::{CloudifySettings, NewManager};
use model::id::HostName;
use model::precheck::Precheck;
use model::time::Timestamp;
use remote::{HostAccess, Remote, Secret};

use crate::rest::{Door, Rest};
use crate::{CloudifyError, connection, discovery};

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
    pub(crate) now: fn() -> Timestamp,
}

impl fmt::Debug for Cloudify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloudify").field("old", &self.0.settings.old.rest.endpoint).finish_non_exhaustive()
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
                // The old manager, the new one before the restore, the new one after it.
                let doors = vec![old_admin("old", old)?, new_admin("new", new)?, old_admin("new", new)?];
                (Rest::new(doors), None)
            }
        };
        Ok(Self(Arc::new(Inner { settings: settings.clone(), old, new, hosts, remote, now })))
    }

    /// Whether both managers can be used: address, certificate, login, version, rights, clock.
    pub async fn test_connection(&self) -> Vec<Precheck> {
        connection::test(&self.0).await
    }

    /// Everything there is to see. What cannot be seen is unknown, with the reason.
    pub async fn inventory(&self) -> CloudifyInventory {
        discovery::inventory(&self.0).await
    }
}
