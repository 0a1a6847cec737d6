//! Channels whose last request ended well, kept for the next one: over ssh, opening one takes a client process here, and
//! a session and two shells on the host.
//!
//! They belong to one connection and do not hold it: it can be closed at any time, and they go with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use tokio::io::AsyncBufReadExt;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::Elevate;
use crate::transport::Channel;

/// Over one connection. With those that are in use, this stays within the ten sessions that an `sshd` allows by default.
const LIMIT: usize = 2;

/// The idle channels of one connection.
pub(crate) struct Idle {
    /// How long one is kept.
    time: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The one that has waited longest comes first.
    channels: VecDeque<Entry>,
    /// Whether somebody looks after those that nobody takes.
    is_watched: bool,
}

struct Entry {
    elevate: Elevate,
    until: Instant,
    channel: Channel,
}

impl Idle {
    pub(crate) fn new(time: Duration) -> Arc<Self> {
        Arc::new(Self { time, kept: Mutex::default() })
    }

    /// One that is still open, as far as one can tell without asking, and in which nothing is left from before.
    pub(crate) fn take(&self, elevate: Elevate) -> Option<Channel> {
        loop {
            let mut channel = self.take_last(elevate)?;
            if is_quiet(&mut channel) {
                return Some(channel);
            }
        }
    }

    /// The last one that was used: so the others become old and are closed.
    fn take_last(&self, elevate: Elevate) -> Option<Channel> {
        let channels = &mut self.kept().channels;
        let at = channels.iter().rposition(|entry| entry.elevate == elevate)?;
        channels.remove(at).map(|entry| entry.channel)
    }

    pub(crate) fn put(self: &Arc<Self>, elevate: Elevate, mut channel: Channel) {
        // Without a runtime, nobody could close it.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !is_quiet(&mut channel) {
            return;
        }
        let mut kept = self.kept();
        kept.channels.push_back(Entry { elevate, until: Instant::now() + self.time, channel });
        let one_too_many = if kept.channels.len() > LIMIT { kept.channels.pop_front() } else { None };
        if !kept.is_watched {
            kept.is_watched = true;
            runtime.spawn(close_unused(Arc::downgrade(self), self.time));
        }
        drop(kept);
        drop(one_too_many);
    }

    /// Closes those whose time is over; when to look again, if there are others.
    fn close_old(&self) -> Option<Instant> {
        let mut kept = self.kept();
        let now = Instant::now();
        let old = kept.channels.iter().take_while(|entry| entry.until <= now).count();
        let old: Vec<Entry> = kept.channels.drain(..old).collect();
        let next = kept.channels.front().map(|entry| entry.until);
        kept.is_watched = next.is_some();
        drop(kept);
        drop(old);
        next
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn close_unused(idle: Weak<Idle>, time: Duration) {
    let mut next = Instant::now() + time;
    loop {
        tokio::time::sleep_until(next).await;
        match idle.upgrade().and_then(|idle| idle.close_old()) {
            Some(later) => next = later,
            None => return,
        }
    }
}

/// Neither closed by the other side, nor with something to read: nobody was asked anything.
fn is_quiet(channel: &mut Channel) -> bool {
    channel.stdout.fill_buf().now_or_never().is_none()
}
