//! A way to get the supervisor's command running on a host, with its three pipes.
//!
//! The protocol of `spool.rs` is written once over this, so that what the tests exercise in
//! the local shell is what runs over ssh.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::wire::Verb;
use crate::{HostAccess, RemoteError};

/// A running supervisor. Dropping it lets go of the connection's slot and ends the supervisor,
/// but not a job that it started.
pub struct Channel {
    pub(crate) stdin: Box<dyn AsyncWrite + Send + Unpin>,
    pub(crate) stdout: Box<dyn AsyncRead + Send + Unpin>,
    pub(crate) stderr: Box<dyn AsyncRead + Send + Unpin>,
    /// The exit code of the command; `None` where the link broke, as far as one can tell.
    pub(crate) ended: BoxFuture<'static, Option<i32>>,
}

/// Where spools are on a host, and what it is asked with. Only simulated hosts need more
/// than the default.
#[derive(Debug, Clone)]
pub struct Place {
    /// `None`: `/var/tmp/drydock-UID`, which outlives a reboot but not a clean-up.
    pub spool_root: Option<String>,
    pub boot_id_file: String,
    /// The words that start a POSIX sh.
    pub shell: String,
    /// How long a spool may have no process before it is told that it never will.
    pub start_patience: Duration,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            spool_root: None,
            boot_id_file: "/proc/sys/kernel/random/boot_id".to_owned(),
            shell: "sh".to_owned(),
            start_patience: Duration::from_secs(60),
        }
    }
}

/// How long to wait for a host that is connected.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the reply to a request.
    pub reply: Duration,
    /// For a sign of life while following; the host gives one every few seconds.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { reply: Duration::from_secs(30), silence: Duration::from_secs(30) }
    }
}

#[async_trait]
pub trait Transport: Clone + Send + Sync + 'static {
    async fn open(&self, host: &HostAccess, verb: Verb) -> Result<Channel, RemoteError>;
    fn place(&self, host: &HostAccess) -> Place;
    fn patience(&self) -> Patience;
}
