//! A host that people log in to: a real `sshd` whose sessions see a private root (see `host/launch.sh`).
//!
//! `/etc`, `/usr/bin`, `/usr/sbin` and `/var` are overlays; `/tmp`, `/var/tmp`, `/run`, `/root` and `/home` are small file systems of
//! the host's own. Everything else, the network too, is the machine's.
//!
//! As root the hosts have a login user, a root, and the real `sudo`. Without privileges a user namespace
//! serves; it can hold one user only, so that login user and root are the same and `sudo` is a stand-in
//! that changes nothing: file permissions between the two are then not what a real host has.
//!
//! How it ends: see [`crate::machine`].

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpStream, UnixListener};

use super::{First, SSH_PORT, Start, fingerprint, host_error, make_key, set_mode};
use crate::lab::{LabError, LabHost};

pub(crate) const LOGIN: &str = "cloud-admin";
/// A loaded machine gets much more than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

const LAUNCH: &str = include_str!("../../host/launch.sh");
const SUDO: &str = include_str!("../../host/sudo");

/// A host to be.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The lab's directory; goes with the last host.
    pub(crate) lab_dir: &'a Path,
    /// The host's own, below the lab's.
    pub(crate) dir: PathBuf,
    pub(crate) name: &'a str,
    pub(crate) address: &'a str,
    /// Folders of the platform in the host's directory.
    pub(crate) folders: &'a [&'a str],
    /// What the platform's part of the first script needs, and that part itself, `platform.sh`.
    pub(crate) files: Vec<(&'a str, String)>,
}

/// A running host.
#[derive(Debug)]
pub(crate) struct SshHost {
    pub(crate) access: LabHost,
    first: First,
}

impl SshHost {
    /// Starts it and waits until it lets people in. What the stand-ins on it ask comes over the listener.
    pub(crate) async fn start(plan: Plan<'_>) -> Result<(Self, UnixListener), LabError> {
        let failed = |source: io::Error| host_error(plan.name, source);
        let dir = &plan.dir;
        let private_key = plan.lab_dir.join("id_ed25519");
        for folder in ["files", "share"].iter().chain(plan.folders) {
            std::fs::create_dir_all(dir.join(folder)).map_err(failed)?;
            set_mode(&dir.join(folder), 0o755).map_err(failed)?;
        }
        if !private_key.exists() {
            make_key(&private_key).await.map_err(failed)?;
        }
        make_key(&dir.join("files/host_key")).await.map_err(failed)?;
        write_files(&plan, &private_key).map_err(failed)?;
        let socket = dir.join("share/control.sock");
        let listener = UnixListener::bind(&socket).map_err(failed)?;
        set_mode(&socket, 0o666).map_err(failed)?;
        let host_key = std::fs::read_to_string(dir.join("files/host_key.pub")).map_err(failed)?;
        let host_key = host_key.trim_end().to_owned();
        let first = launch(&plan).await?;
        let access = LabHost {
            name: plan.name.to_owned(),
            fingerprint: fingerprint(&host_key),
            address: plan.address.to_owned(),
            port: SSH_PORT,
            user: LOGIN.to_owned(),
            private_key,
            host_key,
        };
        let host = Self { access, first };
        host.until_listening().await?;
        Ok((host, listener))
    }

    /// Fills the file systems that the platform says are to be filled.
    pub(crate) async fn fill_disks(&mut self) -> Result<(), LabError> {
        self.first.order("fill").await
    }

    pub(crate) async fn free_disks(&mut self) -> Result<(), LabError> {
        self.first.order("free").await
    }

    /// Ends every process of the host, as a boot does.
    pub(crate) async fn go_down(&mut self) -> Result<(), LabError> {
        self.first.order("down").await
    }

    /// Lets people in again.
    pub(crate) async fn come_up(&mut self) -> Result<(), LabError> {
        self.first.order("up").await?;
        self.until_listening().await
    }

    /// Ends the host and waits until nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), LabError> {
        self.first.stop().await
    }

    async fn until_listening(&self) -> Result<(), LabError> {
        let LabHost { name, address, port, .. } = &self.access;
        let answering = async {
            while TcpStream::connect((address.as_str(), *port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answering).await.map_err(|_| host_error(name, "its sshd does not listen"))
    }
}

async fn launch(plan: &Plan<'_>) -> Result<First, LabError> {
    let own = std::fs::metadata("/proc/self").map_err(|error| host_error(plan.name, error))?;
    let (uid, gid) = (own.uid().to_string(), own.gid().to_string());
    let dir = plan.dir.to_string_lossy();
    let start = Start {
        name: plan.name,
        lab_dir: plan.lab_dir,
        own: if own.uid() == 0 { "" } else { "--user --map-root-user" },
        script: &plan.dir.join("files/launch.sh"),
        arguments: &[&dir, plan.name, LOGIN, &uid, &gid],
    };
    First::start(&start).await
}

fn write_files(plan: &Plan<'_>, key: &Path) -> io::Result<()> {
    let files = plan.dir.join("files");
    let common = [
        ("launch.sh", LAUNCH.to_owned()),
        ("sudo", SUDO.to_owned()),
        ("sshd_config", sshd_config(plan.address, SSH_PORT, LOGIN)),
        ("authorized_keys", std::fs::read_to_string(key.with_extension("pub"))?),
    ];
    for (name, text) in common.iter().chain(&plan.files) {
        std::fs::write(files.join(name), text)?;
    }
    Ok(())
}

/// The usual key exchange, made for computers that do not exist yet, takes the client 80 to 100 ms of processor; this one
/// takes 13. Tests and the demo connect thousands of times, on a machine that plays all the hosts.
pub(crate) const CHEAP_EXCHANGE: &str = "KexAlgorithms curve25519-sha256";

/// Modes are not checked because in a user namespace `/` belongs to nobody.
fn sshd_config(address: &str, port: u16, user: &str) -> String {
    format!(
        "ListenAddress {address}\n\
         Port {port}\n\
         HostKey /etc/ssh/lab_host_key\n\
         AuthorizedKeysFile /etc/ssh/lab_authorized_keys\n\
         AllowUsers {user}\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         UsePAM no\n\
         StrictModes no\n\
         PidFile none\n\
         {CHEAP_EXCHANGE}\n\
         Subsystem sftp internal-sftp\n"
    )
}
