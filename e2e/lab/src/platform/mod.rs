//! The running platform: the world, and everything that changes it as time passes.

mod machine;
mod network;
mod report;
mod roles;
mod service;
pub(crate) mod work;

use std::collections::VecDeque;
use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::signature::Keys;
use crate::config::{LabConfig, Pace};
use crate::fault::Fault;
use crate::world::{World, now};
use service::Process;

/// A handle; clones share the same platform.
#[derive(Debug, Clone)]
pub(crate) struct Platform(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    world: Mutex<World>,
    pace: Pace,
    keys: Keys,
    /// Ends everything.
    end: CancellationToken,
    tasks: TaskTracker,
    /// One per management server.
    services: Vec<ServiceSlot>,
}

/// Where one management server listens and writes its log, and its process while it runs.
#[derive(Debug)]
pub(crate) struct ServiceSlot {
    /// The server's own address, and one more of the same machine.
    pub(crate) addresses: [String; 2],
    /// The last lines of the log are kept in memory as well.
    log_tail: Mutex<VecDeque<String>>,
    log_file: Option<PathBuf>,
    process: tokio::sync::Mutex<Option<Process>>,
    /// Ends when the current process ends; the jobs of the server hang on it.
    life: Mutex<CancellationToken>,
}

impl ServiceSlot {
    pub(crate) fn new(addresses: [String; 2], log_file: Option<PathBuf>) -> Self {
        Self {
            addresses,
            log_tail: Mutex::default(),
            log_file,
            process: tokio::sync::Mutex::default(),
            life: Mutex::default(),
        }
    }
}

impl Platform {
    /// A platform whose services are not started yet.
    pub(crate) fn new(config: &LabConfig, keys: Keys, services: Vec<ServiceSlot>) -> Self {
        let mut world = World::new(config);
        for (server, slot) in world.servers.iter_mut().zip(&services) {
            server.address.clone_from(&slot.addresses[0]);
        }
        Self(Arc::new(Inner {
            world: Mutex::new(world),
            pace: config.pace,
            keys,
            end: CancellationToken::new(),
            tasks: TaskTracker::new(),
            services,
        }))
    }

    /// The world, locked. Never held across a wait.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pace(&self) -> Pace {
        self.0.pace
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn service(&self, server: usize) -> &ServiceSlot {
        &self.0.services[server]
    }

    pub(crate) fn servers(&self) -> usize {
        self.0.services.len()
    }

    /// What the management servers think the time is.
    pub(crate) fn server_clock(&self, world: &World) -> OffsetDateTime {
        let offset = world.faults.find(|fault| match fault {
            Fault::ClockOffset { seconds } => Some(*seconds),
            _ => None,
        });
        now() + time::Duration::seconds(offset.unwrap_or(0))
    }

    /// Runs something until it is done or the lab ends.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let end = self.0.end.clone();
        self.0.tasks.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = work => {}
            }
        });
    }

    pub(crate) async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Ends every task and waits for it.
    pub(crate) async fn end(&self) {
        for server in 0..self.servers() {
            self.stop_service(server).await;
        }
        self.0.end.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Ends every task without waiting, for `Drop`.
    pub(crate) fn abandon(&self) {
        self.0.end.cancel();
        for slot in &self.0.services {
            slot.life.lock().unwrap_or_else(PoisonError::into_inner).cancel();
        }
    }

    /// Writes a line to the management server's log.
    pub(crate) fn log(&self, server: usize, level: &str, class: &str, text: &str) {
        let slot = self.service(server);
        let stamp = now();
        let line = format!(
            "{} {:02}:{:02}:{:02},{:03} {level:<5} [{class}] (main:null) (logid:) {text}",
            stamp.date(),
            stamp.hour(),
            stamp.minute(),
            stamp.second(),
            stamp.millisecond()
        );
        if let Some(path) = &slot.log_file {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            // A log that cannot be written stops no management server.
            let _ = file.and_then(|mut file| writeln!(file, "{line}"));
        }
        let mut tail = slot.log_tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.push_back(line);
        if tail.len() > 500 {
            tail.pop_front();
        }
    }
}
