//! A way to get the supervisor running on a host, with its three pipes.
//!
//! The protocol of `spool.rs` is written once over this, so that what the tests exercise in
//! the local shell is what runs over ssh. Opening a channel costs more than most requests, so it
//! is kept for the next one if all went well: `idle.rs`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use crate::answer;
use crate::idle::Idle;
use crate::wire::{Opening, Request, Verb};
use crate::{Elevate, HostAccess, RemoteError};

pub(crate) type Writing = Box<dyn AsyncWrite + Send + Unpin>;
pub(crate) type Reading = BufReader<Box<dyn AsyncRead + Send + Unpin>>;

/// A running supervisor. Dropping it ends that, but not a job that it started.
pub struct Channel {
    pub(crate) stdin: Writing,
    pub(crate) stdout: Reading,
    pub(crate) stderr: Reading,
    /// The exit code of the command; `None` where the link broke, as far as one can tell.
    pub(crate) ended: BoxFuture<'static, Option<i32>>,
    /// What goes before the first request.
    opening: Option<Opening>,
}

impl Channel {
    /// To a supervisor that has not been told anything yet.
    pub(crate) fn new(
        stdin: impl AsyncWrite + Send + Unpin + 'static,
        stdout: impl AsyncRead + Send + Unpin + 'static,
        stderr: impl AsyncRead + Send + Unpin + 'static,
        ended: BoxFuture<'static, Option<i32>>,
        opening: Option<Opening>,
    ) -> Self {
        Self {
            stdin: Box::new(stdin),
            stdout: BufReader::new(Box::new(stdout)),
            stderr: BufReader::new(Box::new(stderr)),
            ended,
            opening,
        }
    }
}

/// The right to make one request over a channel. If that does not end as it should, the channel goes with it.
pub struct Lease {
    pub(crate) channel: Channel,
    /// The word that marks the reply.
    pub(crate) nonce: String,
    /// Whether it was kept from an earlier request, and may have died meanwhile.
    pub(crate) was_idle: bool,
    home: Option<Home>,
}

/// Where a channel is kept when its request has ended well.
pub(crate) struct Home {
    pub(crate) idle: Arc<Idle>,
    pub(crate) elevate: Elevate,
    /// What must last as long as the request: the connection, and a place among those that use it.
    pub(crate) held: Box<dyn Send>,
}

impl Lease {
    pub(crate) fn new(channel: Channel, home: Home) -> Self {
        Self { channel, nonce: answer::nonce(), was_idle: false, home: Some(home) }
    }

    pub(crate) fn of_idle(channel: Channel, home: Home) -> Self {
        Self { was_idle: true, ..Self::new(channel, home) }
    }

    /// Of a channel that is not used again, whatever comes.
    pub(crate) fn once(channel: Channel) -> Self {
        Self { channel, nonce: answer::nonce(), was_idle: false, home: None }
    }

    /// What is to be sent, once.
    pub(crate) fn bytes(&mut self, request: &Request) -> Vec<u8> {
        let mut bytes = self.channel.opening.take().map(Opening::into_bytes).unwrap_or_default();
        bytes.extend(request.to_bytes(&self.nonce));
        bytes
    }

    /// Whether more requests may follow over this channel.
    pub(crate) fn is_kept(&self) -> bool {
        self.home.is_some()
    }

    /// Keeps the channel for the next request. Only for one whose reply was read to its end.
    pub(crate) fn give_back(self) {
        if let Some(Home { idle, elevate, held }) = self.home {
            idle.put(elevate, self.channel);
            // Now: whoever waits for a place finds the channel.
            drop(held);
        }
    }
}

/// Sends a request. `false`: it was not taken, which shows as a missing reply, with better words.
pub(crate) async fn send(stdin: &mut Writing, bytes: &[u8], more_may_follow: bool) -> bool {
    let sent = stdin.write_all(bytes).await.is_ok() && stdin.flush().await.is_ok();
    if !more_may_follow {
        *stdin = Box::new(tokio::io::sink());
    }
    sent
}

/// Which channel a request may go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// One that was kept, if there is one.
    Any,
    New,
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
    async fn open(&self, host: &HostAccess, verb: Verb, which: Which) -> Result<Lease, RemoteError>;
    fn patience(&self) -> Patience;
    /// Closes what is kept open to the host, if nobody uses it now.
    async fn let_go(&self, _host: &HostAccess) {}
}
