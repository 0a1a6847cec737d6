//! The machine of a manager: a host that people log in to (6.5), and whatever manager is installed there.
//!
//! What is done on the host has its effect: a service that is stopped does not answer over REST, a boot ends every
//! process and changes the boot id, a torn-down manager is gone, and an installation puts another one in its place, at
//! the same address. The other way round a restore that brings certificates boots the host.

mod commands;
mod files;
mod install;
mod sockets;
mod systemctl;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use super::config::ManagerConfig;
use super::estate::Estate;
use super::fault::ManagerFault;
use super::shared::Shared;
use super::{Manager, ManagerError};
use crate::Pace;
use crate::lab::{LabError, LabHost};
use crate::machine::{Plan, SshHost, host_error};
use crate::tls::Certificate;

/// A host, and its manager.
pub(super) struct Site {
    pub(super) access: LabHost,
    dir: PathBuf,
    pace: Pace,
    estate: Estate,
    /// The machine that `cfy teardown` and `cfy bootstrap` work on, if this is where people have their CLI.
    managed: Weak<Site>,
    /// Until the lab ends.
    ssh: tokio::sync::Mutex<Option<SshHost>>,
    manager: tokio::sync::Mutex<Option<Manager>>,
    state: Mutex<State>,
}

/// What a site is made of.
pub(super) struct SitePlan<'a> {
    pub(super) lab_dir: &'a Path,
    pub(super) name: &'a str,
    pub(super) address: &'a str,
    pub(super) pace: Pace,
    pub(super) estate: &'a Estate,
    pub(super) managed: Weak<Site>,
    /// The manager that an installation puts there.
    pub(super) next: Option<ManagerConfig>,
    /// Of its clock.
    pub(super) minutes_from_utc: i64,
}

/// What changes.
#[derive(Debug, Default)]
struct State {
    next: Option<ManagerConfig>,
    /// What the manager that was torn down has shown.
    certificate: Option<Certificate>,
    /// Whether the package with the installer is there.
    has_package: bool,
    is_down: bool,
    boots: usize,
    /// What is switched on of a manager that is not installed yet.
    to_come: Vec<ManagerFault>,
    faults: HostFaults,
}

/// What goes wrong with a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HostFaults {
    pub(super) is_full: bool,
    pub(super) never_reboots: bool,
    pub(super) never_comes_back: bool,
    pub(super) on_terminals: Vec<String>,
}

impl Site {
    pub(super) async fn start(plan: SitePlan<'_>) -> Result<Arc<Self>, LabError> {
        let dir = plan.lab_dir.join(plan.name);
        let boot_id = dir.join("share/boot_id");
        let made = std::fs::create_dir_all(dir.join("share")).and_then(|()| std::fs::write(boot_id, new_boot_id()));
        made.map_err(|error| host_error(plan.name, error))?;
        let (ssh, listener) = SshHost::start(Plan {
            lab_dir: plan.lab_dir,
            dir: dir.clone(),
            name: plan.name,
            address: plan.address,
            folders: &files::FOLDERS,
            files: files::of_host(plan.minutes_from_utc),
        })
        .await?;
        let site = Arc::new(Self {
            access: ssh.access.clone(),
            dir,
            pace: plan.pace,
            estate: plan.estate.clone(),
            managed: plan.managed,
            ssh: tokio::sync::Mutex::new(Some(ssh)),
            manager: tokio::sync::Mutex::default(),
            state: Mutex::new(State { next: plan.next, ..State::default() }),
        });
        commands::serve(&site, listener);
        Ok(site)
    }

    /// Puts a manager there. Nothing else may serve at its address.
    pub(super) async fn put(self: &Arc<Self>, config: ManagerConfig) -> Result<(), ManagerError> {
        let kept = self.state().certificate.take().filter(|_| config.keeps_certificate);
        let manager = Manager::start_as(&self.estate, config, kept).await?;
        // Only one is ever put there; the first one counts.
        let _ = manager.shared.site.set(Arc::downgrade(self));
        manager.shared.state().boot_id = self.boot_id();
        self.write_files(&manager);
        for fault in std::mem::take(&mut self.state().to_come) {
            manager.set_fault(fault);
        }
        *self.manager.lock().await = Some(manager);
        Ok(())
    }

    /// Looks at the manager, if one is installed.
    pub(super) async fn look<T>(&self, look: impl FnOnce(&Manager) -> T) -> Option<T> {
        self.manager.lock().await.as_ref().map(look)
    }

    async fn shared(&self) -> Option<Arc<Shared>> {
        self.look(|manager| Arc::clone(&manager.shared)).await
    }

    /// Somebody orders a boot.
    pub(super) async fn reboot(&self) {
        if self.state().faults.never_reboots {
            return;
        }
        self.lose_power().await;
        tokio::time::sleep(self.pace.unavailable()).await;
        if !self.state().faults.never_comes_back {
            self.power_on().await;
        }
    }

    /// Somebody switches it off. It is written down whom that hurts (S12).
    pub(super) async fn power_off(&self) {
        if let Some(shared) = self.shared().await {
            self.estate.switched_off(&shared.config.name);
        }
        self.lose_power().await;
    }

    async fn lose_power(&self) {
        self.state().is_down = true;
        if let Some(shared) = self.shared().await {
            shared.go_down();
        }
        if let Some(ssh) = self.ssh.lock().await.as_mut()
            && let Err(error) = ssh.go_down().await
        {
            tracing::error!("{} did not go down: {error}", self.access.name);
        }
    }

    /// Somebody switches it on, or it boots by itself.
    pub(super) async fn power_on(&self) {
        if !self.state().is_down {
            return;
        }
        let boot_id = new_boot_id();
        if let Err(error) = std::fs::write(self.dir.join("share/boot_id"), &boot_id) {
            tracing::error!("{} has no new boot id: {error}", self.access.name);
        }
        match self.ssh.lock().await.as_mut() {
            Some(ssh) => {
                if let Err(error) = ssh.come_up().await {
                    tracing::error!("{} did not come up: {error}", self.access.name);
                }
            }
            // The lab has ended meanwhile.
            None => return,
        }
        {
            let mut state = self.state();
            state.is_down = false;
            state.boots += 1;
        }
        if let Some(shared) = self.shared().await {
            shared.come_up(boot_id.trim().to_owned()).await;
        }
    }

    /// `/proc/sys/kernel/random/boot_id` of the host.
    pub(super) fn boot_id(&self) -> String {
        std::fs::read_to_string(self.dir.join("share/boot_id")).unwrap_or_default().trim().to_owned()
    }

    pub(super) fn boots(&self) -> usize {
        self.state().boots
    }

    pub(super) fn is_down(&self) -> bool {
        self.state().is_down
    }

    /// Whether its `/tmp` has no room left.
    pub(super) fn is_full(&self) -> bool {
        self.state().faults.is_full
    }

    /// Switches what goes wrong with the host.
    pub(super) async fn set_faults(&self, faults: HostFaults) -> Result<(), LabError> {
        let before = std::mem::replace(&mut self.state().faults, faults.clone());
        let mut ssh = self.ssh.lock().await;
        match (before.is_full, faults.is_full, ssh.as_mut()) {
            (false, true, Some(ssh)) => ssh.fill_disks().await,
            (true, false, Some(ssh)) => ssh.free_disks().await,
            _ => Ok(()),
        }
    }

    pub(super) fn faults(&self) -> HostFaults {
        self.state().faults.clone()
    }

    /// A fault of the manager that will be installed here.
    pub(super) fn set_fault_to_come(&self, fault: ManagerFault) {
        self.state().to_come.push(fault);
    }

    /// Whether an installation would put a manager here that is not there yet.
    pub(super) fn awaits_installation(&self) -> bool {
        self.state().next.is_some()
    }

    /// Ends the manager and the host.
    pub(super) async fn stop(&self) -> Result<(), LabError> {
        if let Some(manager) = self.manager.lock().await.take() {
            manager.stop().await;
        }
        match self.ssh.lock().await.take() {
            Some(ssh) => ssh.stop().await,
            None => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_boot_id() -> String {
    format!("{}\n", Uuid::new_v4())
}
