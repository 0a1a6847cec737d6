//! Management hosts: hosts that people log in to, with what CloudStack puts on them.

mod control;
mod files;

use std::path::{Path, PathBuf};

use crate::config::ScriptGeneration;
use crate::lab::{LabError, LabHost};
use crate::machine::{Plan, SshHost, host_error};
use crate::platform::Platform;

/// A running management host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) access: LabHost,
    ssh: SshHost,
}

/// What all hosts of a lab share.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    /// The lab's directory; goes with the last host.
    pub(crate) dir: &'a Path,
    pub(crate) script: ScriptGeneration,
    pub(crate) database_password: &'a str,
}

/// Where a host's management server writes its log, seen from outside.
pub(crate) fn log_file(dir: &Path, server: usize) -> PathBuf {
    host_dir(dir, server).join("log/management-server.log")
}

fn host_dir(dir: &Path, server: usize) -> PathBuf {
    dir.join(format!("host{}", server + 1))
}

impl Host {
    pub(crate) async fn start(site: &Site<'_>, platform: &Platform, server: usize) -> Result<Self, LabError> {
        let name = platform.world().servers[server].name.clone();
        let log = log_file(site.dir, server);
        // The log exists before the first line, so that it can be followed.
        let made = log.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&log, ""));
        made.map_err(|error| host_error(&name, error))?;
        let plan = Plan {
            lab_dir: site.dir,
            dir: host_dir(site.dir, server),
            name: &name,
            address: &platform.service(server).addresses[0],
            folders: &["log"],
            files: vec![
                ("platform.sh", files::PLATFORM.to_owned()),
                ("mysql", files::MYSQL.to_owned()),
                ("systemctl", files::SYSTEMCTL.to_owned()),
                ("sleep", files::SLEEP.to_owned()),
                ("cloudstack-sysvmadm", files::sysvmadm(site.script)),
                ("db.properties", files::db_properties(site.database_password)),
                ("server.properties", files::SERVER_PROPERTIES.to_owned()),
            ],
        };
        let (ssh, listener) = SshHost::start(plan).await?;
        control::serve(platform, server, site.database_password, listener);
        Ok(Self { access: ssh.access.clone(), ssh })
    }

    /// Fills the small file systems of the host.
    pub(crate) async fn fill_disks(&mut self) -> Result<(), LabError> {
        self.ssh.fill_disks().await
    }

    pub(crate) async fn free_disks(&mut self) -> Result<(), LabError> {
        self.ssh.free_disks().await
    }

    /// Ends the host and waits until nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), LabError> {
        self.ssh.stop().await
    }
}
