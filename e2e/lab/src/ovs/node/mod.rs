//! Nodes: real `sshd`s whose sessions see a private root and a network of their own.
//!
//! Root is required: an overlay over `/etc`, `/usr` and `/var` that `dpkg` can work in, and packages whose files
//! belong to root, need real privileges. The lab listens on the node's address outside and hands each
//! connection to an `sshd` inside; nothing else of the node's network is seen from outside.

mod tree;
pub(crate) mod unit_files;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, UnixListener};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use self::tree::Around;
pub(crate) use self::tree::arakoon_ini;
use super::config::{OvsInit, OvsLabConfig};
use super::topology::NodePlan;
use crate::lab::{LabError, LabHost};
use crate::machine::{First, SSH_PORT, Start, fingerprint, host_error, make_key, set_mode};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A running node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) access: LabHost,
    first: tokio::sync::Mutex<Option<First>>,
    /// Of its first process, as it is seen outside.
    pid: u32,
    ssh: Mutex<Option<JoinHandle<()>>>,
    share: PathBuf,
}

/// A process to be started on a node.
#[derive(Debug)]
pub(crate) struct Spawn<'a> {
    /// What `ps` shows.
    pub(crate) shown: &'a str,
    pub(crate) program: &'a str,
    pub(crate) arguments: &'a [&'a str],
    /// Waits until it has printed a line: then it listens, or holds its lock.
    pub(crate) says_ready: bool,
}

impl Node {
    pub(crate) async fn start(
        config: &OvsLabConfig,
        lab_dir: &Path,
        nodes: &[NodePlan],
        own: &NodePlan,
    ) -> Result<(Self, UnixListener), LabError> {
        let failed = |source: io::Error| host_error(&own.name, source);
        let dir = lab_dir.join(&own.name);
        let share = dir.join("share");
        std::fs::create_dir_all(&share).map_err(failed)?;
        make_key(&dir.join("host_key")).await.map_err(failed)?;
        let read = |path: PathBuf| std::fs::read_to_string(path).map_err(failed);
        let private_key = lab_dir.join("id_ed25519");
        let host_key = read(dir.join("host_key.pub"))?.trim_end().to_owned();
        let public_key = read(private_key.with_extension("pub"))?;
        let around = Around { config, nodes, own };
        tree::write(&around, &dir, &public_key, &read(dir.join("host_key"))?).map_err(failed)?;
        let socket = share.join("control.sock");
        let listener = UnixListener::bind(&socket).map_err(failed)?;
        set_mode(&socket, 0o666).map_err(failed)?;
        let init = match config.init {
            OvsInit::Upstart => "upstart",
            OvsInit::Systemd => "systemd",
        };
        let dir_text = dir.to_string_lossy();
        let start = Start {
            name: &own.name,
            lab_dir,
            own: "--net",
            script: &dir.join("launch.sh"),
            arguments: &[&dir_text, &own.name, init, &own.address],
        };
        let first = First::start(&start).await?;
        let pid = first.pid()?;
        let access = LabHost {
            name: own.name.clone(),
            fingerprint: fingerprint(&host_key),
            address: own.address.clone(),
            port: SSH_PORT,
            user: "root".to_owned(),
            private_key,
            host_key,
        };
        let node = Self { access, first: tokio::sync::Mutex::new(Some(first)), pid, ssh: Mutex::default(), share };
        Ok((node, listener))
    }

    /// From now on maintainer scripts have their effects.
    pub(crate) fn booted(&self) -> io::Result<()> {
        std::fs::write(self.share.join("booted"), "")
    }

    /// Lets people in. Connections that exist stay when this is called again, as when `ssh` is restarted.
    pub(crate) async fn open_ssh(&self) -> Result<(), LabError> {
        self.close_ssh();
        let failed = |error: io::Error| host_error(&self.access.name, error);
        let at = (self.access.address.as_str(), self.access.port);
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(at).await {
                Ok(listener) => break listener,
                // The one before is on its way out.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < 1_000 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(error) => return Err(failed(error)),
            }
        };
        let pid = self.pid;
        let serving = tokio::spawn(async move {
            loop {
                let session = match listener.accept().await {
                    Ok((stream, _)) => stream.into_std().and_then(|stream| session(pid, stream)),
                    Err(error) => Err(error),
                };
                match session {
                    Ok(mut session) => drop(tokio::spawn(async move { session.wait().await })),
                    // Who came is lost; the door stays open for the next one.
                    Err(error) => {
                        tracing::warn!("somebody could not be let in: {error}");
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            }
        });
        *self.ssh.lock().expect("no panic while held") = Some(serving);
        Ok(())
    }

    pub(crate) fn close_ssh(&self) {
        if let Some(serving) = self.ssh.lock().expect("no panic while held").take() {
            serving.abort();
        }
    }

    /// Ends every process of the node but the first, as a power cut does.
    pub(crate) async fn kill_all(&self) -> io::Result<Output> {
        self.close_ssh();
        self.run("kill -KILL -1", &[]).await
    }

    /// A file of the node, as the lab reaches it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.pid))
    }

    pub(crate) fn read(&self, path: &str) -> io::Result<String> {
        std::fs::read_to_string(self.path(path))
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.path(path), text)
    }

    pub(crate) fn append(&self, path: &str, text: &str) -> io::Result<()> {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.path(path))?;
        file.write_all(text.as_bytes())
    }

    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        match std::fs::remove_file(self.path(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Runs a shell script on the node, as root.
    pub(crate) async fn run(&self, script: &str, arguments: &[&str]) -> io::Result<Output> {
        let mut command = inside(self.pid);
        command.args(["/bin/sh", "-c", &format!("cd /; {script}"), "sh"]).args(arguments);
        command.stdin(Stdio::null()).output().await
    }

    /// [`Node::run`] for a thread that may wait.
    pub(crate) fn run_blocking(&self, script: &str, arguments: &[&str]) -> io::Result<Output> {
        let mut command = inside(self.pid).into_std();
        command.args(["/bin/sh", "-c", &format!("cd /; {script}"), "sh"]).args(arguments);
        command.stdin(Stdio::null()).output()
    }

    /// Starts a process. Answers its number on the node.
    pub(crate) async fn spawn(&self, spawn: &Spawn<'_>) -> io::Result<(u32, Child)> {
        const START: &str = "cd /; echo $$; exec -a \"$1\" \"$2\" \"${@:3}\"";
        let mut child = inside(self.pid)
            .args(["/bin/bash", "-c", START, "bash", spawn.shown, spawn.program])
            .args(spawn.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(stdout).lines();
        let pid = lines.next_line().await?.and_then(|line| line.parse().ok());
        let pid = pid.ok_or_else(|| io::Error::other("a process did not start"))?;
        if spawn.says_ready {
            lines.next_line().await?;
        }
        Ok((pid, child))
    }

    /// Ends the node and does not wait.
    pub(crate) fn abandon(&self) {
        self.close_ssh();
        if let Ok(mut first) = self.first.try_lock() {
            drop(first.take());
        }
    }

    /// Ends the node and waits until nothing of it is left.
    pub(crate) async fn stop(&self) -> Result<(), LabError> {
        self.close_ssh();
        match self.first.lock().await.take() {
            Some(first) => first.stop().await,
            None => Ok(()),
        }
    }
}

/// Where util-linux is. By its name alone it would be looked for in the PATH of the node, and to that end the lab would be
/// forked whole, with all its memory, for each of thousands of processes.
const NSENTER: &str = "/usr/bin/nsenter";

/// A command in the node's namespaces, with nothing of the lab's environment.
fn inside(pid: u32) -> Command {
    let mut command = Command::new(NSENTER);
    command
        .args(["--target", &pid.to_string(), "--mount", "--uts", "--net", "--pid", "--"])
        .env_clear()
        .envs([("PATH", PATH), ("HOME", "/root"), ("LANG", "C"), ("TERM", "dumb")])
        .process_group(0);
    command
}

/// One connection, as `inetd` would hand it over.
fn session(pid: u32, stream: std::net::TcpStream) -> io::Result<Child> {
    stream.set_nonblocking(false)?;
    let reading: std::os::fd::OwnedFd = stream.try_clone()?.into();
    let writing: std::os::fd::OwnedFd = stream.into();
    inside(pid)
        .args(["/bin/sh", "-c", "cd /; exec /usr/sbin/sshd -i -E /run/lab/sshd.log -f /etc/ssh/lab_sshd_config"])
        .stdin(Stdio::from(reading))
        .stdout(Stdio::from(writing))
        .stderr(Stdio::null())
        .spawn()
}
