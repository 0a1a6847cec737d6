//! Management hosts: real `sshd`s whose sessions see a private root.
//!
//! Each host is a process in its own mount, pid and uts namespace (see `host/launch.sh`). `/etc`, `/usr/bin`
//! and `/var` are overlays; `/tmp`, `/var/tmp`, `/run`, `/root` and `/home` are small file systems of the
//! host's own. Everything else, the network too, is the machine's.
//!
//! As root the hosts have a login user, a root, and the real `sudo`. Without privileges a user namespace
//! serves; it can hold one user only, so that login user and root are the same and `sudo` is a stand-in
//! that changes nothing: file permissions between the two are then not what a real host has.
//!
//! How it ends: see [`crate::machine`].

mod control;
mod files;

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpStream, UnixListener};

use crate::config::ScriptGeneration;
use crate::lab::{LabError, LabHost};
use crate::machine::{First, SSH_PORT, Start, fingerprint, host_error, make_key, set_mode};
use crate::platform::Platform;

const LOGIN: &str = "cloud-admin";
/// A loaded machine gets much more than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running management host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) access: LabHost,
    first: First,
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
        let failed = |source: io::Error| host_error(&name, source);
        let address = platform.service(server).addresses[0].clone();
        let dir = host_dir(site.dir, server);
        let private_key = site.dir.join("id_ed25519");
        make_directories(&dir).map_err(failed)?;
        if !private_key.exists() {
            make_key(&private_key).await.map_err(failed)?;
        }
        make_key(&dir.join("files/host_key")).await.map_err(failed)?;
        write_files(site, &dir, &address, &private_key).map_err(failed)?;

        let socket = dir.join("share/control.sock");
        let listener = UnixListener::bind(&socket).map_err(failed)?;
        set_mode(&socket, 0o666).map_err(failed)?;
        control::serve(platform, server, site.database_password, listener);

        let host_key = std::fs::read_to_string(dir.join("files/host_key.pub")).map_err(failed)?;
        let host_key = host_key.trim_end().to_owned();
        let first = launch(site.dir, &dir, &name).await?;
        let access = LabHost {
            name: name.clone(),
            fingerprint: fingerprint(&host_key),
            address,
            port: SSH_PORT,
            user: LOGIN.to_owned(),
            private_key,
            host_key,
        };
        until_listening(&access).await?;
        Ok(Self { access, first })
    }

    /// Fills the small file systems of the host.
    pub(crate) async fn fill_disks(&mut self) -> Result<(), LabError> {
        self.first.order("fill").await
    }

    pub(crate) async fn free_disks(&mut self) -> Result<(), LabError> {
        self.first.order("free").await
    }

    /// Ends the host and waits until nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), LabError> {
        self.first.stop().await
    }
}

async fn until_listening(access: &LabHost) -> Result<(), LabError> {
    let answering = async {
        while TcpStream::connect((access.address.as_str(), access.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answering).await.map_err(|_| host_error(&access.name, "its sshd does not listen"))
}

async fn launch(lab_dir: &Path, dir: &Path, name: &str) -> Result<First, LabError> {
    let own = std::fs::metadata("/proc/self").map_err(|error| host_error(name, error))?;
    let (uid, gid) = (own.uid().to_string(), own.gid().to_string());
    let dir_text = dir.to_string_lossy();
    let start = Start {
        name,
        lab_dir,
        own: if own.uid() == 0 { "" } else { "--user --map-root-user" },
        script: &dir.join("files/launch.sh"),
        arguments: &[&dir_text, name, LOGIN, &uid, &gid],
    };
    First::start(&start).await
}

fn make_directories(dir: &Path) -> io::Result<()> {
    for part in ["files", "share", "log"] {
        std::fs::create_dir_all(dir.join(part))?;
        set_mode(&dir.join(part), 0o755)?;
    }
    Ok(())
}

fn write_files(site: &Site<'_>, dir: &Path, address: &str, key: &Path) -> io::Result<()> {
    let files = dir.join("files");
    let public = std::fs::read_to_string(key.with_extension("pub"))?;
    let texts = [
        ("launch.sh", files::LAUNCH.to_owned()),
        ("mysql", files::MYSQL.to_owned()),
        ("systemctl", files::SYSTEMCTL.to_owned()),
        ("sleep", files::SLEEP.to_owned()),
        ("sudo", files::SUDO.to_owned()),
        ("cloudstack-sysvmadm", files::sysvmadm(site.script)),
        ("db.properties", files::db_properties(site.database_password)),
        ("server.properties", files::SERVER_PROPERTIES.to_owned()),
        ("sshd_config", files::sshd_config(address, SSH_PORT, LOGIN)),
        ("authorized_keys", public),
    ];
    for (name, text) in texts {
        std::fs::write(files.join(name), text)?;
    }
    // The log exists before the first line, so that it can be followed.
    std::fs::write(dir.join("log/management-server.log"), "")
}
