//! Opens one connection: the `ssh` master process that all commands to a host share.
//!
//! `openssh` can do this too, but leaves the process behind when it is given up on, and a host
//! that answers the port and then hangs is just the one that is tried again and again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use super::SshOptions;
use super::classify::{classify, is_way_on_closed};
use super::config::{TARGET, Trust, config_file, hops, log_file, write};
use crate::{HostAccess, RemoteError};

/// The beginning of the names of our directories in the control directory.
pub(super) const PREFIX: &str = "c-";
/// The name that `openssh` looks for.
pub(super) const SOCKET: &str = "master";

/// Starts a master in a directory of its own.
pub(super) async fn launch(host: &HostAccess, options: &SshOptions) -> Result<TempDir, RemoteError> {
    for hop in hops(host) {
        readable(hop)?;
    }
    let dir = new_dir(options)?;
    write(dir.path(), host, options, Trust::Pinned)?;
    let mut ssh = ssh(dir.path());
    ssh.arg("-S").arg(dir.path().join(SOCKET));
    ssh.args(["-M", "-f", "-N", "-o"]);
    // Should this server die, its connections end by themselves after a while.
    ssh.arg(format!("ControlPersist={}", options.idle.as_secs().max(1)));
    if run(ssh, host, limit(host, options)).await? {
        return Ok(dir);
    }
    Err(why_not(dir.path(), host))
}

pub(super) fn new_dir(options: &SshOptions) -> Result<TempDir, RemoteError> {
    tempfile::Builder::new().prefix(PREFIX).rand_bytes(6).tempdir_in(&options.control_dir).map_err(|source| {
        RemoteError::Local { doing: format!("make a directory in {}", options.control_dir.display()), source }
    })
}

/// `ssh` with our configuration only; it reports to the log of the target.
pub(super) fn ssh(dir: &Path) -> Command {
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(config_file(dir)).arg("-E").arg(log_file(dir, 0));
    ssh.env_remove("SSH_AUTH_SOCK").env_remove("SSH_ASKPASS");
    ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    ssh
}

/// Runs `ssh` to the target; whether it ended well.
pub(super) async fn run(mut ssh: Command, host: &HostAccess, limit: Duration) -> Result<bool, RemoteError> {
    let mut child = ssh
        .arg(TARGET)
        .process_group(0)
        .spawn()
        .map_err(|source| RemoteError::Local { doing: "run ssh (is openssh-client installed?)".to_owned(), source })?;
    let group = Group(child.id());
    match timeout(limit, child.wait()).await {
        Ok(Ok(status)) if status.success() => {
            group.keep();
            Ok(true)
        }
        Ok(Ok(_)) => Ok(false),
        Ok(Err(source)) => Err(RemoteError::Local { doing: "wait for ssh".to_owned(), source }),
        Err(_) => Err(RemoteError::Timeout { host: host.name.clone(), waiting_for: "a connection", after: limit }),
    }
}

/// One `ssh` with those that it started to reach its jump hosts. They are killed with it when it is
/// given up on: by themselves they would stay logged in there for as long as the host is silent.
struct Group(Option<u32>);

impl Group {
    /// There is a connection now, which needs them.
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(leader) = self.0 else {
            return;
        };
        let mut kill = std::process::Command::new("sh");
        kill.args(["-c", "kill -KILL \"-$1\"", "kill"]).arg(leader.to_string());
        // None is left where all ended by themselves.
        let _ = kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// `ssh` has a limit for the connection, but none for logging in; and each hop takes its time.
pub(super) fn limit(host: &HostAccess, options: &SshOptions) -> Duration {
    let hops = u32::try_from(hops(host).count()).unwrap_or(u32::MAX);
    options.connect_timeout.saturating_mul(hops.saturating_add(1))
}

/// The hop that is farthest from the target and has something to say is the one that failed.
pub(super) fn why_not(dir: &Path, host: &HostAccess) -> RemoteError {
    let hops: Vec<&HostAccess> = hops(host).collect();
    for (hop, access) in hops.iter().enumerate().rev() {
        let log = std::fs::read_to_string(log_file(dir, hop)).unwrap_or_default();
        if log.trim().is_empty() {
            continue;
        }
        let blamed = match hop.checked_sub(1).and_then(|next| hops.get(next)) {
            Some(next) if is_way_on_closed(&log) => next,
            _ => access,
        };
        return classify(blamed, &log);
    }
    classify(host, "")
}

fn readable(host: &HostAccess) -> Result<(), RemoteError> {
    std::fs::File::open(&host.identity).map(|_| ()).map_err(|error| RemoteError::Identity {
        host: host.name.clone(),
        path: host.identity.clone(),
        said: error.to_string(),
    })
}
