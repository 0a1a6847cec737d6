//! A whole migration to be: the managers, their machines, and the host that people have their CLI on.

mod config;
mod control;
mod truth;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use tempfile::TempDir;

use super::config::{Account, ManagerConfig};
use super::estate::{Estate, Host};
use super::shared::Received;
use super::site::{HostFaults, Site, SitePlan};
use super::{Manager, ManagerError};
use crate::lab::{LabError, LabHost};
use crate::slot::Slot;

use config::address;
pub use config::{CloudifyLabConfig, Form, Place};
pub use control::{CloudifyAct, CloudifyDetails, ManagerDetails, serve_cloudify_control};
pub use truth::{CloudifyFault, CloudifyTruth, MachineTruth};

/// Two managers, or one after the other, with their machines.
pub struct CloudifyLab {
    estate: Estate,
    form: Form,
    old: Arc<Site>,
    /// The same as the old one's, in place.
    new: Arc<Site>,
    cli: Arc<Site>,
    accounts: [Account; 2],
    /// After the hosts, which live in it.
    _dir: TempDir,
    _slot: Slot,
}

impl CloudifyLab {
    /// Starts everything. When this returns, what is installed can be called.
    pub async fn start(config: CloudifyLabConfig) -> Result<Self, LabError> {
        let slot = Slot::take()?;
        let dir = tempfile::Builder::new().prefix("lab-cfy-").tempdir();
        let dir = dir.map_err(|error| LabError::Directory { reason: error.to_string() })?;
        let CloudifyLabConfig { mut old, mut new, form } = config;
        let accounts = [old.admin.clone(), new.admin.clone()];
        let estate = Estate::new();
        let addresses = [slot.numbered(1), slot.numbered(2), slot.numbered(3)];
        old.address = address(&addresses[0], old.tls)?;
        new.address = match form {
            Form::NewHost => address(&addresses[1], new.tls)?,
            Form::SameHost => address(&addresses[0], new.tls)?,
        };
        let plan = |name: &'static str, address: usize, config: &ManagerConfig| SitePlan {
            lab_dir: dir.path(),
            name,
            address: &addresses[address],
            pace: config.pace,
            estate: &estate,
            managed: Weak::new(),
            next: None,
            minutes_from_utc: config.minutes_from_utc,
        };
        let (old_site, new_site) = match form {
            Form::NewHost => {
                let old_site = Site::start(plan("old", 0, &old)).await?;
                let new_site = Site::start(plan("new", 1, &new)).await?;
                new_site.put(new).await.map_err(failed)?;
                (old_site, new_site)
            }
            Form::SameHost => {
                let site = Site::start(SitePlan { next: Some(new), ..plan("manager", 0, &old) }).await?;
                (Arc::clone(&site), site)
            }
        };
        let cli = Site::start(SitePlan { managed: Arc::downgrade(&old_site), ..plan("cli", 2, &old) }).await?;
        old_site.put(old).await.map_err(failed)?;
        Ok(Self { estate, form, old: old_site, new: new_site, cli, accounts, _dir: dir, _slot: slot })
    }

    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// What the managers manage.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.estate
    }

    /// How to reach a machine over SSH.
    #[must_use]
    pub fn host(&self, place: Place) -> &LabHost {
        &self.site(place).access
    }

    /// The admin a manager is set up with.
    #[must_use]
    pub fn admin(&self, place: Place) -> &Account {
        match place {
            Place::Old | Place::Cli => &self.accounts[0],
            Place::New => &self.accounts[1],
        }
    }

    /// Looks at the manager on a machine, if there is one.
    pub async fn manager<T>(&self, place: Place, look: impl FnOnce(&Manager) -> T) -> Option<T> {
        self.site(place).look(look).await
    }

    /// All calls that were answered by the manager on this machine.
    pub async fn received(&self, place: Place) -> Vec<Received> {
        self.manager(place, Manager::received).await.unwrap_or_default()
    }

    /// A person tears the old manager down (I2).
    pub async fn tear_down(&self) -> Result<(), LabError> {
        let reply = self.old.tear_down().await;
        match self.old.look(|_| ()).await {
            None => Ok(()),
            Some(()) => Err(LabError::Api { reason: format!("nothing was torn down: {reply:?}") }),
        }
    }

    /// In place: whether the new manager is still to come.
    #[must_use]
    pub fn awaits_installation(&self) -> bool {
        self.new.awaits_installation()
    }

    /// A person installs the manager that is to come, as vendors say it is done (I3).
    pub async fn install(&self) -> Result<(), LabError> {
        let was_awaited = self.awaits_installation();
        let reply = self.new.install(None).await;
        if was_awaited && !self.awaits_installation() {
            return Ok(());
        }
        Err(LabError::Api { reason: format!("nothing was installed: {reply:?}") })
    }

    /// A person switches a machine off.
    pub async fn power_off(&self, place: Place) {
        self.site(place).power_off().await;
    }

    /// And on again.
    pub async fn power_on(&self, place: Place) {
        self.site(place).power_on().await;
    }

    /// Switches a fault on.
    pub async fn set_fault(&self, fault: CloudifyFault) -> Result<(), LabError> {
        match fault {
            CloudifyFault::Manager { place, fault } => {
                let site = self.site(place);
                if place == Place::New && site.awaits_installation() {
                    site.set_fault_to_come(fault);
                } else {
                    site.look(|manager| manager.set_fault(fault)).await;
                }
                Ok(())
            }
            CloudifyFault::TmpFull { place } => self.change(place, |faults| faults.is_full = true).await,
            CloudifyFault::NeverReboots { place } => self.change(place, |faults| faults.never_reboots = true).await,
            CloudifyFault::NeverComesBack { place } => {
                self.change(place, |faults| faults.never_comes_back = true).await
            }
            CloudifyFault::OnTerminal { place, user } => {
                self.change(place, |faults| faults.on_terminals.push(user)).await
            }
        }
    }

    async fn change(&self, place: Place, change: impl FnOnce(&mut HostFaults)) -> Result<(), LabError> {
        let mut faults = self.site(place).faults();
        change(&mut faults);
        self.site(place).set_faults(faults).await
    }

    /// Switches all faults off. A machine that never came back stays down.
    pub async fn clear_faults(&self) -> Result<(), LabError> {
        for site in [&self.old, &self.new, &self.cli] {
            site.look(Manager::clear_faults).await;
            site.set_faults(HostFaults::default()).await?;
        }
        Ok(())
    }

    /// What really is.
    pub async fn truth(&self) -> CloudifyTruth {
        let mut managers = BTreeMap::new();
        for site in self.machines() {
            managers.extend(site.look(|manager| (manager.shared.config.name.clone(), manager.truth())).await);
        }
        let instances = |hosts: Vec<Host>| hosts.into_iter().map(|host| host.instance).collect();
        let machine = |site: &Arc<Site>| MachineTruth {
            name: site.access.name.clone(),
            boot_id: site.boot_id(),
            boots: site.boots(),
            is_down: site.is_down(),
        };
        CloudifyTruth {
            managers,
            machines: self.machines().into_iter().map(machine).collect(),
            hosts: self.estate.hosts(),
            duplicated: instances(self.estate.duplicated()),
            lost: instances(self.estate.lost()),
            violations: self.estate.violations(),
        }
    }

    /// Ends the lab and removes all it made.
    pub async fn stop(self) -> Result<(), LabError> {
        self.shut_down().await
    }

    /// [`CloudifyLab::stop`] for a lab that is shared.
    pub async fn shut_down(&self) -> Result<(), LabError> {
        let mut ended = Ok(());
        for site in self.machines() {
            // The others are ended too if one does not.
            ended = ended.and(site.stop().await);
        }
        ended
    }

    fn machines(&self) -> Vec<&Arc<Site>> {
        match self.form {
            Form::NewHost => vec![&self.old, &self.new, &self.cli],
            Form::SameHost => vec![&self.old, &self.cli],
        }
    }

    fn site(&self, place: Place) -> &Arc<Site> {
        match place {
            Place::Old => &self.old,
            Place::New => &self.new,
            Place::Cli => &self.cli,
        }
    }
}

impl std::fmt::Debug for CloudifyLab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudifyLab").field("form", &self.form).finish_non_exhaustive()
    }
}

fn failed(error: ManagerError) -> LabError {
    LabError::Api { reason: error.to_string() }
}
