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
//! The first process holds a pipe to the lab. When the pipe ends, for whatever reason, the process ends,
//! and the kernel ends everything else in the namespace and takes the mounts away.

mod control;
mod files;

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::{TcpStream, UnixListener};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::config::ScriptGeneration;
use crate::lab::{LabError, LabHost};
use crate::platform::Platform;

/// Not 22, so that no privilege is needed and no real sshd is met.
pub(crate) const SSH_PORT: u16 = 2222;
const LOGIN: &str = "cloud-admin";
/// Making a private root takes tenths of a second; a loaded machine gets much more.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running management host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) access: LabHost,
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
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
        let failed = |source: io::Error| LabError::Host { name: name.clone(), reason: source.to_string() };
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

        let mut process = launch(site.dir, &dir, &name).map_err(failed)?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        let host_key = std::fs::read_to_string(dir.join("files/host_key.pub")).map_err(failed)?;
        let host_key = host_key.trim_end().to_owned();
        let mut host = Self {
            access: LabHost {
                name: name.clone(),
                fingerprint: fingerprint(&host_key),
                address,
                port: SSH_PORT,
                user: LOGIN.to_owned(),
                private_key,
                host_key,
            },
            process,
            orders,
            answers: BufReader::new(answers).lines(),
        };
        host.until_ready().await?;
        Ok(host)
    }

    /// Fills the small file systems of the host.
    pub(crate) async fn fill_disks(&mut self) -> Result<(), LabError> {
        self.order("fill").await
    }

    pub(crate) async fn free_disks(&mut self) -> Result<(), LabError> {
        self.order("free").await
    }

    /// Ends the host and waits until nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), LabError> {
        let Self { access, mut process, orders, answers } = self;
        drop(orders);
        drop(answers);
        let end = tokio::time::timeout(PATIENCE, process.wait()).await;
        match end {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(host_error(&access.name, error)),
            Err(_) => Err(host_error(&access.name, "it does not end")),
        }
    }

    async fn order(&mut self, order: &str) -> Result<(), LabError> {
        let name = self.access.name.clone();
        let line = format!("{order}\n");
        let written = self.orders.write_all(line.as_bytes()).await;
        written.map_err(|error| host_error(&name, error))?;
        self.expect(&format!("{order} done")).await
    }

    async fn expect(&mut self, wanted: &str) -> Result<(), LabError> {
        let answer = tokio::time::timeout(PATIENCE, self.answers.next_line()).await;
        match answer {
            Ok(Ok(Some(line))) if line == wanted => Ok(()),
            _ => {
                let mut reason = String::new();
                if let Some(stderr) = &mut self.process.stderr {
                    let read = stderr.read_to_string(&mut reason);
                    // A process that still lives keeps its stderr open.
                    let _ = tokio::time::timeout(Duration::from_secs(1), read).await;
                }
                Err(host_error(&self.access.name, reason.trim()))
            }
        }
    }

    async fn until_ready(&mut self) -> Result<(), LabError> {
        self.expect("ready").await?;
        let at = (self.access.address.clone(), SSH_PORT);
        let answering = async {
            while TcpStream::connect((at.0.as_str(), at.1)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answering)
            .await
            .map_err(|_| host_error(&self.access.name, "its sshd does not listen"))
    }
}

fn host_error(name: &str, reason: impl ToString) -> LabError {
    LabError::Host { name: name.to_owned(), reason: reason.to_string() }
}

/// The namespaces, and around them a shell that removes the lab's directory even if the lab was killed.
fn launch(lab_dir: &Path, dir: &Path, name: &str) -> io::Result<Child> {
    const AROUND: &str = "lab=$1 own=$2; shift 2; \
        unshare $own --mount --pid --fork --mount-proc --uts bash \"$1/files/launch.sh\" \"$@\"; \
        code=$?; rm -rf \"$lab\"; exit $code";
    let own = std::fs::metadata("/proc/self")?;
    let users = if own.uid() == 0 { "" } else { "--user --map-root-user" };
    Command::new("sh")
        .args(["-c", AROUND, "sh"])
        .arg(lab_dir)
        .arg(users)
        .arg(dir)
        .args([name, LOGIN, &own.uid().to_string(), &own.gid().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // An interrupt at the terminal is for the lab; the host then ends with it.
        .process_group(0)
        .spawn()
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

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

async fn make_key(path: &Path) -> io::Result<()> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .await?;
    if made.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()))
    }
}

/// As `ssh-keygen -l` shows it.
fn fingerprint(host_key: &str) -> String {
    let blob = host_key.split_whitespace().nth(1).unwrap_or_default();
    let digest = Sha256::digest(STANDARD.decode(blob).unwrap_or_default());
    format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
}
