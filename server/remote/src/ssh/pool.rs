//! Connections that are shared: one per host and login, opened when needed, at most so many.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::SshOptions;
use super::home;
use super::launch::{SOCKET, launch, limit};
use crate::idle::Idle;
use crate::transport::Lease;
use crate::wire::Verb;
use crate::{Elevate, HostAccess, RemoteError};

/// One connection. It is closed when the last user lets go of it; channels that nobody uses go with it.
pub(super) struct Connection {
    pub(super) idle: Arc<Idle>,
    pub(super) session: Arc<openssh::Session>,
    socket: PathBuf,
    commands: Arc<Semaphore>,
    followers: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// A master greets whoever comes. That somebody is let in proves nothing: while it dies, its queue is still open, and
    /// its socket file may outlive it.
    async fn is_alive(&self) -> bool {
        let greeting = async {
            let mut master = UnixStream::connect(&self.socket).await?;
            master.read_u8().await
        };
        timeout(GREETING_LIMIT, greeting).await.is_ok_and(|greeted| greeted.is_ok())
    }

    /// Waits for a place among those who use it.
    pub(super) async fn place(&self, verb: Verb) -> Option<OwnedSemaphorePermit> {
        Arc::clone(self.places(verb)).acquire_owned().await.ok()
    }

    /// Followers have theirs, so that they never keep others out.
    fn places(&self, verb: Verb) -> &Arc<Semaphore> {
        match verb {
            Verb::Follow => &self.followers,
            _ => &self.commands,
        }
    }
}

/// A master has nothing else to do than to pass on; one that does not greet by then passes on nothing.
const GREETING_LIMIT: Duration = Duration::from_secs(10);

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Connection>>>>;

pub(super) struct Pool {
    places: Arc<Semaphore>,
    slots: Mutex<HashMap<HostAccess, Slot>>,
}

impl Pool {
    pub(super) fn new(options: &SshOptions) -> Self {
        let places = Arc::new(Semaphore::new(options.max_connections.max(1)));
        Self { places, slots: Mutex::default() }
    }

    /// A channel that was kept, if there is one and nobody has to be waited for.
    ///
    /// Whether its connection is still alive is not asked, which takes the other process here more time than all the
    /// rest: whoever uses the channel will see.
    pub(super) fn kept(&self, host: &HostAccess, verb: Verb) -> Option<Lease> {
        let slot = self.slot(host);
        let connection = Arc::clone(slot.try_lock().ok()?.as_ref()?);
        let place = Arc::clone(connection.places(verb)).try_acquire_owned().ok()?;
        let channel = connection.idle.take(host.elevate)?;
        Some(Lease::of_idle(channel, home(connection, Some(place), host.elevate)))
    }

    /// The connection to a host, opened anew if there is none or it is dead.
    pub(super) async fn get(&self, host: &HostAccess, options: &SshOptions) -> Result<Arc<Connection>, RemoteError> {
        // Twice: one's own attempt, and the wait for somebody else's before it.
        let limit = limit(host, options) * 2;
        timeout(limit, self.get_in_turn(host, options)).await.unwrap_or_else(|_| {
            Err(RemoteError::Timeout { host: host.name.clone(), waiting_for: "a connection", after: limit })
        })
    }

    async fn get_in_turn(&self, host: &HostAccess, options: &SshOptions) -> Result<Arc<Connection>, RemoteError> {
        let slot = self.slot(host);
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_ref() {
            if connection.is_alive().await {
                return Ok(Arc::clone(connection));
            }
            *slot = None;
        }
        let place = self.place().await?;
        let dir = launch(host, options).await?;
        let connection = Arc::new(Connection {
            socket: dir.path().join(SOCKET),
            session: Arc::new(openssh::Session::new_process_mux(dir)),
            idle: Idle::new(options.channel_idle),
            commands: Arc::new(Semaphore::new(options.commands_per_host.max(1))),
            followers: Arc::new(Semaphore::new(options.followers_per_host.max(1))),
            _place: place,
        });
        *slot = Some(Arc::clone(&connection));
        Ok(connection)
    }

    fn slot(&self, host: &HostAccess) -> Slot {
        // The same login as another user on the host is the same connection.
        let key = host.with_elevate(Elevate::No);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }

    /// A place for one more connection; one that nobody uses makes room.
    async fn place(&self) -> Result<OwnedSemaphorePermit, RemoteError> {
        loop {
            let place = Arc::clone(&self.places).acquire_owned();
            match timeout(LOOK_FOR_UNUSED, place).await {
                Ok(Ok(place)) => return Ok(place),
                Ok(Err(_)) => {
                    let source = std::io::ErrorKind::BrokenPipe.into();
                    return Err(RemoteError::Local { doing: "open a connection".to_owned(), source });
                }
                Err(_) => self.close_unused(),
            }
        }
    }

    /// Lets go of all connections. One that is in use is closed when its last user lets go of it.
    pub(super) async fn close_all(&self) {
        let slots: Vec<Slot> = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.drain().map(|(_, slot)| slot).collect()
        };
        for slot in slots {
            *slot.lock().await = None;
        }
    }

    /// Closes the connection to a host unless somebody uses it, or is just opening it.
    pub(super) async fn let_go(&self, host: &HostAccess) {
        let unused = {
            let slot = self.slot(host);
            let Ok(mut connection) = slot.try_lock() else { return };
            connection.take_if(|connection| Arc::strong_count(connection) == 1)
        };
        if let Some(connection) = unused {
            // `openssh` waits for the master to end.
            let _ = tokio::task::spawn_blocking(move || drop(connection)).await;
        }
    }

    fn close_unused(&self) {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.values() {
            // Locked: somebody is just opening it or asking for it.
            let Ok(mut connection) = slot.try_lock() else {
                continue;
            };
            if connection.as_ref().is_some_and(|connection| Arc::strong_count(connection) == 1) {
                *connection = None;
            }
        }
    }
}

/// How often somebody who waits for a place asks whether one can be freed.
const LOOK_FOR_UNUSED: Duration = Duration::from_millis(200);
