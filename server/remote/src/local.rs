//! Hosts that are directories of this machine, with faults on demand: for tests of whatever is
//! built on [`crate::Remote`].
//!
//! Scripts really run, in the local `sh`, under the very supervisor that runs over ssh; only
//! the link is pretended. A host is known by its name and appears when it is first used.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::process::Command;

use crate::transport::{Channel, Patience, Place, Transport};
use crate::wire::{BOOTSTRAP, Verb};
use crate::{HostAccess, RemoteError};

/// Something that goes wrong with the next request of one kind.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The host cannot be connected to.
    NoConnection,
    /// The link breaks before the host has the whole request: nothing happens there.
    LostRequest,
    /// The host does what was asked, and the answer does not arrive.
    LostReply,
    /// The link breaks after so many bytes of the answer.
    CutAfter(u64),
    /// It takes this long until the request is sent.
    Slow(Duration),
    /// No room for a spool.
    DiskFull,
}

/// What becomes of the spools when a host restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpoolFate {
    Survives,
    Lost,
}

/// Runs jobs on pretended hosts. Clones are handles to the same hosts.
#[derive(Clone)]
pub struct LocalRemote(Arc<Inner>);

struct Inner {
    dir: TempDir,
    shell: String,
    hosts: Mutex<HashMap<String, LocalHost>>,
}

impl Drop for Inner {
    /// Jobs outlive their link by design, but not their host.
    fn drop(&mut self) {
        let hosts = self.hosts.get_mut().unwrap_or_else(PoisonError::into_inner);
        for host in hosts.keys() {
            let root = spool_root(self.dir.path(), host);
            let mut killing = std::process::Command::new("sh");
            let _ = killing.args(["-c", KILL_ALL, "end"]).arg(root).stderr(Stdio::null()).status();
        }
    }
}

fn spool_root(dir: &Path, host: &str) -> PathBuf {
    dir.join(format!("{host}.spools"))
}

#[derive(Default)]
struct LocalHost {
    boots: u32,
    faults: Vec<(Verb, Fault)>,
    /// Process ids of the supervisors that were started, to break their links.
    links: Vec<u32>,
}

impl LocalRemote {
    pub fn new() -> io::Result<Self> {
        Self::with_shell("sh")
    }

    /// With hosts whose `sh` is another one. Words are separated by spaces.
    pub fn with_shell(shell: &str) -> io::Result<Self> {
        Ok(Self(Arc::new(Inner {
            dir: tempfile::Builder::new().prefix("hosts").tempdir()?,
            shell: shell.to_owned(),
            hosts: Mutex::default(),
        })))
    }

    /// Lets the next request of this kind to this host go wrong. Several queue up.
    pub fn inject(&self, host: &str, verb: Verb, fault: Fault) {
        let mut hosts = self.hosts();
        let host = hosts.entry(host.to_owned()).or_default();
        host.faults.push((verb, fault));
    }

    /// Restarts a host: its jobs are killed, its links break, and its boot id is a new one.
    pub async fn reboot(&self, host: &str, spools: SpoolFate) -> io::Result<()> {
        let links = {
            let mut hosts = self.hosts();
            let host = hosts.entry(host.to_owned()).or_default();
            host.boots += 1;
            std::mem::take(&mut host.links)
        };
        self.write_boot_id(host)?;
        let root = self.spool_root(host);
        let mut killing = Command::new("sh");
        killing.args(["-c", KILL_ALL, "reboot"]).arg(&root).args(links.iter().map(u32::to_string));
        killing.stderr(Stdio::null()).status().await?;
        match spools {
            SpoolFate::Lost if root.exists() => std::fs::remove_dir_all(&root),
            SpoolFate::Lost | SpoolFate::Survives => Ok(()),
        }
    }

    /// Where the spools of a host are, for a test to look into.
    pub fn spool_root(&self, host: &str) -> PathBuf {
        spool_root(self.0.dir.path(), host)
    }

    fn boot_id_file(&self, host: &str) -> PathBuf {
        self.0.dir.path().join(format!("{host}.boot_id"))
    }

    fn write_boot_id(&self, host: &str) -> io::Result<()> {
        let boots = self.hosts().get(host).map_or(0, |host| host.boots);
        let file = self.boot_id_file(host);
        std::fs::write(file, format!("boot-{boots}-of-{host}\n"))
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, LocalHost>> {
        self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_fault(&self, host: &str, verb: Verb) -> Option<Fault> {
        let mut hosts = self.hosts();
        let faults = &mut hosts.entry(host.to_owned()).or_default().faults;
        let at = faults.iter().position(|(of, _)| *of == verb)?;
        Some(faults.remove(at).1)
    }

    fn spawn(&self, host: &HostAccess) -> io::Result<Channel> {
        if !self.boot_id_file(&host.name).exists() {
            self.write_boot_id(&host.name)?;
        }
        let mut words = self.0.shell.split_whitespace();
        let mut child = Command::new(words.next().unwrap_or("sh"))
            .args(words)
            .args(["-c", BOOTSTRAP, "drydock"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(pid) = child.id() {
            let mut hosts = self.hosts();
            hosts.entry(host.name.clone()).or_default().links.push(pid);
        }
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Channel {
            stdin: Box::new(stdin),
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            ended: async move { child.wait().await.ok()?.code() }.boxed(),
        })
    }
}

/// Kills the job of every spool, with all its processes, and then the given links.
const KILL_ALL: &str = r#"
root=$1
shift
for file in "$root"/*/pid; do
    read -r pid begun boot leader rest <"$file" && kill -KILL "-$leader"
done
for link; do kill -KILL "$link"; done
:
"#;

#[async_trait]
impl Transport for LocalRemote {
    async fn open(&self, host: &HostAccess, verb: Verb) -> Result<Channel, RemoteError> {
        let fault = self.take_fault(&host.name, verb);
        match &fault {
            Some(Fault::NoConnection) => {
                return Err(RemoteError::Connect {
                    host: host.name.clone(),
                    address: format!("{}:{}", host.address, host.port),
                    said: "Connection refused".to_owned(),
                });
            }
            Some(Fault::Slow(delay)) => tokio::time::sleep(*delay).await,
            _ => {}
        }
        let channel = self
            .spawn(host)
            .map_err(|source| RemoteError::Local { doing: format!("run a shell for {}", host.name), source })?;
        Ok(match fault {
            None | Some(Fault::NoConnection | Fault::Slow(_)) => channel,
            Some(Fault::LostRequest) => answered(""),
            Some(Fault::LostReply) => {
                let ended = channel.ended.map(|_| None).boxed();
                Channel { stdout: Box::new(Swallow(channel.stdout)), ended, ..channel }
            }
            Some(Fault::CutAfter(bytes)) => Channel {
                stdout: Box::new(channel.stdout.take(bytes)),
                stderr: Box::new(tokio::io::empty()),
                ended: unknown_end(channel.ended),
                ..channel
            },
            Some(Fault::DiskFull) => {
                answered(&format!("drydock-reply 1\nerror disk {}\n", self.spool_root(&host.name).display()))
            }
        })
    }

    fn place(&self, host: &HostAccess) -> Place {
        Place {
            spool_root: Some(self.spool_root(&host.name).display().to_string()),
            boot_id_file: self.boot_id_file(&host.name).display().to_string(),
            shell: self.0.shell.clone(),
            ..Place::default()
        }
    }

    fn patience(&self) -> Patience {
        Patience::default()
    }
}

/// How a command ended behind a broken link. It is left alone until somebody asks.
fn unknown_end(command: BoxFuture<'static, Option<i32>>) -> BoxFuture<'static, Option<i32>> {
    async move {
        drop(command);
        None
    }
    .boxed()
}

/// A channel whose other end has said this much, and takes no notice of what is sent.
fn answered(reply: &str) -> Channel {
    Channel {
        stdin: Box::new(tokio::io::sink()),
        stdout: Box::new(io::Cursor::new(reply.as_bytes().to_vec())),
        stderr: Box::new(tokio::io::empty()),
        ended: async { None }.boxed(),
    }
}

/// Waits for the end of what it reads, and gives none of it away.
struct Swallow(Box<dyn AsyncRead + Send + Unpin>);

impl AsyncRead for Swallow {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        loop {
            let mut into = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.0).poll_read(context, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {}
                other => return other,
            }
        }
    }
}
