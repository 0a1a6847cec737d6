//! What all masters share: the stores behind the API, and the switches of the lab.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::cluster::{Cluster, Stores};
use super::fault::Faults;
use super::limit::Limits;
use super::task::Tasks;
use super::token::Tokens;

/// Everything a call needs.
pub(super) struct Shared {
    pub(super) cluster: Arc<dyn Cluster>,
    pub(super) pace: Duration,
    pub(super) stop: CancellationToken,
    state: Mutex<State>,
}

/// What changes.
pub(super) struct State {
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: Tokens,
    pub(super) limits: Limits,
    pub(super) limits_on: bool,
    pub(super) tasks: Tasks,
    pub(super) faults: Faults,
    pub(super) received: Vec<Received>,
    started: Instant,
    ahead: Duration,
    memcached_life: u64,
}

/// A call that came in and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub master: IpAddr,
    pub client: IpAddr,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub status: u16,
}

impl Shared {
    pub(super) fn new(cluster: Arc<dyn Cluster>, accounts: Vec<Account>, limits_on: bool, pace: Duration) -> Self {
        let memcached_life = cluster.stores().memcached_life;
        let state = State {
            accounts,
            tokens: Tokens::default(),
            limits: Limits::default(),
            limits_on,
            tasks: Tasks::default(),
            faults: Faults::default(),
            received: Vec::new(),
            started: Instant::now(),
            ahead: Duration::ZERO,
            memcached_life,
        };
        Self { cluster, pace, stop: CancellationToken::new(), state: Mutex::new(state) }
    }

    /// The state, after it has been noticed what memcached has lost meanwhile.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let stores = self.cluster.stores();
        let results_lost = self.cluster.release().results_in_memcached();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.notice(stores, results_lost);
        state
    }
}

impl State {
    /// The time of the API's clock.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed() + self.ahead
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    /// Tokens and counters live in memcached, in generation A the results of tasks too (2.1, 2.8).
    fn notice(&mut self, stores: Stores, results_lost: bool) {
        if self.memcached_life != stores.memcached_life {
            self.memcached_life = stores.memcached_life;
            self.tokens = Tokens::default();
            self.limits = Limits::default();
            if results_lost {
                self.tasks.forget();
            }
        }
    }
}
