//! Hosts over ssh: the system's `ssh` through the `openssh` crate, with connection sharing.
//!
//! Who is trusted and which key is offered stands in a configuration file of our own
//! (`config.rs`). Commands then run over the open connection: `ssh` reads the user's settings
//! for them once more, but they cannot change to whom it talks.

mod classify;
mod config;
mod launch;
mod pool;
mod scan;

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use openssh::{Error, Session};
use tokio::process::Command;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::transport::{Channel, Home, Lease, Patience, Place, Transport, Which};
use crate::wire::{Opening, Verb};
use crate::{Elevate, HostAccess, RemoteError};
use launch::{PREFIX, SOCKET};
use pool::{Connection, Pool};

/// How hosts are connected to.
#[derive(Debug, Clone)]
pub struct SshOptions {
    /// A directory for this server alone, for sockets and what `ssh` has to know. Its path has
    /// to be short, because the names of sockets are limited to about a hundred bytes.
    pub control_dir: PathBuf,
    /// For one hop to answer.
    pub connect_timeout: Duration,
    /// A dead link is noticed after about `alive_interval * alive_count`.
    pub alive_interval: Duration,
    pub alive_count: u32,
    /// A connection that nobody uses is closed after this time.
    pub idle: Duration,
    /// To all hosts together; each takes about 3 MiB here while it is used. More have to wait.
    pub max_connections: usize,
    /// At the same time over one connection; an `sshd` allows ten together by default.
    pub commands_per_host: usize,
    pub followers_per_host: usize,
    /// A channel over a connection is kept so long for the next request.
    pub channel_idle: Duration,
    pub patience: Patience,
    pub place: Place,
}

impl SshOptions {
    /// The usual values.
    pub fn in_dir(control_dir: impl Into<PathBuf>) -> Self {
        Self {
            control_dir: control_dir.into(),
            connect_timeout: Duration::from_secs(10),
            alive_interval: Duration::from_secs(5),
            alive_count: 3,
            idle: Duration::from_secs(600),
            max_connections: 128,
            commands_per_host: 4,
            followers_per_host: 4,
            // Longer than from one command of a run to the next, short for a shell of root's.
            channel_idle: Duration::from_secs(60),
            patience: Patience::default(),
            place: Place::default(),
        }
    }
}

/// Reaches hosts over ssh. Clones are handles to the same connections.
#[derive(Clone)]
pub struct Ssh(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    options: SshOptions,
    pool: Pool,
    /// After the connections, which live in it.
    _dir: ControlDir,
}

/// The control directory: ours alone as long as this lives, and gone afterwards.
struct ControlDir {
    path: PathBuf,
    _lock: File,
}

impl Drop for ControlDir {
    fn drop(&mut self) {
        // Stays when a connection is still open in it: the next server closes that one.
        let lock = self.path.join(LOCK);
        let only_the_lock = std::fs::read_dir(&self.path).is_ok_and(|entries| entries.count() == 1);
        if only_the_lock && std::fs::remove_file(lock).is_ok() {
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// Its name in the control directory.
const LOCK: &str = "lock";

/// The room that the name of a control socket leaves for its directory.
const CONTROL_DIR_LIMIT: usize = 70;

impl Ssh {
    /// Takes over the control directory, and closes what an earlier server left open there.
    pub async fn open(options: SshOptions) -> Result<Self, RemoteError> {
        let dir = &options.control_dir;
        if dir.as_os_str().len() > CONTROL_DIR_LIMIT || !dir.is_absolute() {
            return Err(RemoteError::Invalid {
                what: "control directory",
                value: dir.display().to_string(),
                rule: "an absolute path of at most 70 bytes",
            });
        }
        let lock = take_over(dir).map_err(|source| RemoteError::Local {
            doing: format!("use {} as control directory", dir.display()),
            source,
        })?;
        close_leftovers(dir).await;
        let pool = Pool::new(&options);
        let dir = ControlDir { path: dir.clone(), _lock: lock };
        Ok(Self(Arc::new(Inner { options, pool, _dir: dir })))
    }
}

impl Ssh {
    /// Closes all connections. What runs on the hosts goes on there.
    pub async fn close(&self) {
        self.0.pool.close_all().await;
    }
}

fn take_over(dir: &Path) -> std::io::Result<File> {
    loop {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
        let lock = match File::create(dir.join(LOCK)) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            created => created?,
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(std::io::Error::other("another Drydock is using it")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had it before may have removed it between our two steps: then it locks nothing.
        if std::fs::metadata(dir.join(LOCK))
            .is_ok_and(|there| lock.metadata().is_ok_and(|ours| there.ino() == ours.ino()))
        {
            return Ok(lock);
        }
    }
}

/// A server that was killed leaves its connections open behind it, logged in.
async fn close_leftovers(dir: &Path) {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let mut exit = Command::new("ssh");
        exit.args(["-F", "/dev/null", "-O", "exit", "-S"]).arg(entry.path().join(SOCKET)).arg("none");
        exit.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        // One that does not listen ends by itself when it has been idle long enough.
        let _ = timeout(Duration::from_secs(5), exit.status()).await;
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

#[async_trait]
impl Transport for Ssh {
    async fn open(&self, host: &HostAccess, verb: Verb, which: Which) -> Result<Lease, RemoteError> {
        if which == Which::Any
            && let Some(lease) = self.0.pool.kept(host, verb)
        {
            return Ok(lease);
        }
        let options = &self.0.options;
        let connection = self.0.pool.get(host, options).await?;
        let limit = options.patience.reply;
        let waiting = timeout(limit, connection.place(verb)).await;
        let place = waiting.map_err(|_| RemoteError::Timeout {
            host: host.name.clone(),
            waiting_for: "one of the commands that are running there already",
            after: limit,
        })?;
        // Whoever was waited for may have left one.
        if which == Which::Any
            && let Some(channel) = connection.idle.take(host.elevate)
        {
            return Ok(Lease::of_idle(channel, home(connection, place, host.elevate)));
        }
        let channel = channel(&connection, host, &options.place).await?;
        Ok(Lease::new(channel, home(connection, place, host.elevate)))
    }

    fn patience(&self) -> Patience {
        self.0.options.patience
    }

    async fn let_go(&self, host: &HostAccess) {
        self.0.pool.let_go(host).await;
    }
}

fn home(connection: Arc<Connection>, place: Option<OwnedSemaphorePermit>, elevate: Elevate) -> Home {
    Home { idle: Arc::clone(&connection.idle), elevate, held: Box::new((connection, place)) }
}

/// Runs the supervisor on the host.
async fn channel(connection: &Connection, host: &HostAccess, place: &Place) -> Result<Channel, RemoteError> {
    let lost = |said| RemoteError::LinkLost { host: host.name.clone(), said };
    let opening = Opening::new(place);
    let command = command_line(host.elevate, &place.shell, &opening);
    // The channel holds the session and not the connection, which does not have to wait for it.
    let mut command = Session::to_raw_command(SharedSession(Arc::clone(&connection.session)), command);
    command.stdin(openssh::Stdio::piped()).stdout(openssh::Stdio::piped()).stderr(openssh::Stdio::piped());
    let mut child = command.spawn().await.map_err(|error| lost(error.to_string()))?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin().take(), child.stdout().take(), child.stderr().take())
    else {
        return Err(lost("no pipes".to_owned()));
    };
    let ended = async move { exit_code(child.wait().await) }.boxed();
    Ok(Channel::new(stdin, stdout, stderr, ended, Some(opening)))
}

/// A session that is open as long as one of its channels.
#[derive(Clone)]
struct SharedSession(Arc<Session>);

impl std::ops::Deref for SharedSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

/// What the login shell of the host is given. There is nothing in it that depends on the job.
fn command_line(elevate: Elevate, shell: &str, opening: &Opening) -> String {
    let sudo = match elevate {
        Elevate::No => "",
        Elevate::Sudo => "sudo -n -- ",
    };
    format!("exec {sudo}{shell} -c '{}' drydock", opening.command())
}

fn exit_code(ended: Result<std::process::ExitStatus, Error>) -> Option<i32> {
    match ended {
        Ok(status) => status.code(),
        // `openssh` makes this of 127, "command not found".
        Err(Error::Remote(error)) if error.kind() == std::io::ErrorKind::NotFound => Some(127),
        Err(_) => None,
    }
}
