//! Hosts that are directories of this machine, with faults on demand: for tests of whatever is
//! built on [`crate::Remote`].
//!
//! Scripts really run, in the local `sh`, under the very supervisor that runs over ssh; only
//! the link is pretended. A host is known by its name and appears when it is first used.

mod fault;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use tempfile::TempDir;
use tokio::process::Command;

use crate::idle::Idle;
use crate::transport::{Channel, Home, Lease, Patience, Place, Transport, Which};
use crate::wire::{Opening, Verb};
use crate::{HostAccess, RemoteError};
pub use fault::Fault;

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
            let _ = kill_jobs(&root).status();
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
    /// Process groups of the supervisors that were started, to break their links.
    links: Vec<u32>,
    idle: Option<Arc<Idle>>,
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
        kill_links(&links).await?;
        Command::from(kill_jobs(&root)).status().await?;
        match spools {
            SpoolFate::Lost if root.exists() => std::fs::remove_dir_all(&root),
            SpoolFate::Lost | SpoolFate::Survives => Ok(()),
        }
    }

    /// Where the spools of a host are, for a test to look into.
    pub fn spool_root(&self, host: &str) -> PathBuf {
        spool_root(self.0.dir.path(), host)
    }

    /// How many channels to a host have been opened so far.
    pub fn channels_opened(&self, host: &str) -> usize {
        self.hosts().get(host).map_or(0, |host| host.links.len())
    }

    /// Breaks all links to a host. It goes on, and so do its jobs.
    pub async fn cut(&self, host: &str) -> io::Result<()> {
        let links = self.hosts().get(host).map(|host| host.links.clone()).unwrap_or_default();
        kill_links(&links).await
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

    fn place(&self, host: &HostAccess) -> Place {
        Place {
            spool_root: Some(self.spool_root(&host.name).display().to_string()),
            boot_id_file: self.boot_id_file(&host.name).display().to_string(),
            shell: self.0.shell.clone(),
            ..Place::default()
        }
    }

    fn home(&self, host: &HostAccess) -> Home {
        let mut hosts = self.hosts();
        let idle = hosts.entry(host.name.clone()).or_default().idle.get_or_insert_with(|| Idle::new(IDLE));
        Home { idle: Arc::clone(idle), elevate: host.elevate, held: Box::new(()) }
    }

    fn spawn(&self, host: &HostAccess) -> io::Result<Channel> {
        if !self.boot_id_file(&host.name).exists() {
            self.write_boot_id(&host.name)?;
        }
        let opening = Opening::new(&self.place(host));
        let mut words = self.0.shell.split_whitespace();
        let mut child = Command::new(words.next().unwrap_or("sh"))
            .args(words)
            .args(["-c", &opening.command(), "drydock"])
            // The process that serves a request must not outlive a link that is broken on purpose.
            .process_group(0)
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
        let ended = async move { child.wait().await.ok()?.code() }.boxed();
        Ok(Channel::new(stdin, stdout, stderr, ended, Some(opening)))
    }
}

/// How long a channel is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(60);

/// Kills the job of every spool, with all its processes.
fn kill_jobs(spool_root: &Path) -> std::process::Command {
    const KILL: &str = r#"
for file in "$1"/*/pid; do
    read -r pid begun boot leader rest <"$file" && kill -KILL "-$leader"
done
:
"#;
    let mut killing = std::process::Command::new("sh");
    killing.args(["-c", KILL, "kill"]).arg(spool_root).stderr(Stdio::null());
    killing
}

async fn kill_links(links: &[u32]) -> io::Result<()> {
    let mut killing = Command::new("sh");
    killing.args(["-c", "for link; do kill -KILL \"-$link\"; done", "kill"]).args(links.iter().map(u32::to_string));
    killing.stderr(Stdio::null()).status().await.map(drop)
}

#[async_trait]
impl Transport for LocalRemote {
    async fn open(&self, host: &HostAccess, verb: Verb, which: Which) -> Result<Lease, RemoteError> {
        match self.take_fault(&host.name, verb) {
            None => self.lease(host, which),
            Some(Fault::Slow(delay)) => {
                tokio::time::sleep(delay).await;
                self.lease(host, which)
            }
            Some(Fault::WhileIdle(fault)) => {
                let mut lease = self.faulty(host, &fault)?;
                lease.was_idle = true;
                Ok(lease)
            }
            Some(fault) => self.faulty(host, &fault),
        }
    }

    fn patience(&self) -> Patience {
        Patience::default()
    }
}

impl LocalRemote {
    fn lease(&self, host: &HostAccess, which: Which) -> Result<Lease, RemoteError> {
        let home = self.home(host);
        let kept = if which == Which::Any { home.idle.take(host.elevate) } else { None };
        match kept {
            Some(channel) => Ok(Lease::of_idle(channel, home)),
            None => Ok(Lease::new(self.channel(host)?, home)),
        }
    }

    fn channel(&self, host: &HostAccess) -> Result<Channel, RemoteError> {
        let doing = || format!("run a shell for {}", host.name);
        self.spawn(host).map_err(|source| RemoteError::Local { doing: doing(), source })
    }
}
