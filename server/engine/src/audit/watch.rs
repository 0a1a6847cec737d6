//! The task of the server that watches over the log: it checks the chain, and tells every place how far the log has come.
//!
//! A place that fails is tried again with the next look, then with the newest checkpoint: each covers all before it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::audit::{Chain, ChainState, Delivered, Failing, PlaceState};
use model::id::AuditHash;
use remote::http::Http;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::key::SigningKey;
use super::place::CheckpointPlace;
use crate::error::chain;
use crate::settings::AuditSettings;
use crate::store::Store;
use crate::{Engine, Result, webhook};

/// How long the last checkpoint may take when the server stops.
const LAST: Duration = Duration::from_secs(1);

/// How often the whole log is checked and not only what was added: somebody may change what was seen already.
const WHOLE: Duration = Duration::from_secs(24 * 3600);

/// What the task knows, for the page, and the task itself.
#[derive(Debug)]
pub(crate) struct Watch {
    state: Arc<Mutex<State>>,
    task: Mutex<Option<Task>>,
}

#[derive(Debug)]
struct Task {
    handle: JoinHandle<()>,
    /// Also asked when the server stops.
    courier: Arc<tokio::sync::Mutex<Courier>>,
}

#[derive(Debug)]
struct State {
    chain: ChainState,
    places: Vec<PlaceState>,
}

impl Watch {
    pub fn new(settings: &AuditSettings) -> Self {
        let place = |place: &CheckpointPlace| PlaceState { place: place.to_string(), delivered: None, failing: None };
        let places = settings.checkpoints.iter().map(place).collect();
        Self { state: Arc::new(Mutex::new(State { chain: ChainState::default(), places })), task: Mutex::default() }
    }

    pub fn state(&self) -> (ChainState, Vec<PlaceState>) {
        let state = locked(&self.state);
        (state.chain.clone(), state.places.clone())
    }

    /// Ends the task; what was recorded since its last look is still told to every place that takes it quickly.
    pub async fn stop(&self, engine: &Engine) {
        let Some(Task { handle, courier }) = locked(&self.task).take() else { return };
        handle.abort();
        let last = async { courier.lock().await.deliver(engine).await };
        if tokio::time::timeout(LAST, last).await.is_err() {
            warn!("The last checkpoint of the audit log did not arrive everywhere in time");
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Watches over the log from now on.
    pub(crate) fn watch_audit(&self) {
        let courier = Arc::new(tokio::sync::Mutex::new(Courier::default()));
        let (engine, at_work) = (self.clone(), courier.clone());
        let handle = tokio::spawn(async move {
            let mut guard = Guard::default();
            loop {
                // Checkpoints do not wait for a long log to be checked.
                at_work.lock().await.deliver(&engine).await;
                guard.look(&engine).await;
                tokio::time::sleep(engine.0.pace.checkpoint).await;
            }
        });
        if let Some(before) = locked(&self.0.audit.task).replace(Task { handle, courier }) {
            before.handle.abort();
        }
    }

    fn audit_state(&self) -> MutexGuard<'_, State> {
        locked(&self.0.audit.state)
    }
}

/// Signs, and carries to the places what they do not have yet.
#[derive(Debug, Default)]
struct Courier {
    tools: Option<(SigningKey, Http)>,
    /// For each place the entry that the last checkpoint it took was of.
    arrived: Vec<Option<(i64, AuditHash)>>,
}

impl Courier {
    async fn deliver(&mut self, engine: &Engine) {
        let places = &engine.0.settings.audit.checkpoints;
        if places.is_empty() {
            return;
        }
        self.arrived.resize(places.len(), None);
        if let Err(error) = self.try_deliver(engine, places).await {
            let why = chain(&error);
            for place in 0..places.len() {
                failed(engine, place, &why);
            }
        }
    }

    /// Fails when there is nothing to deliver; what a single place does wrong stands in its state.
    async fn try_deliver(&mut self, engine: &Engine, places: &[CheckpointPlace]) -> Result<()> {
        let Some(head) = engine.store().audit_head(i64::MAX).await? else { return Ok(()) };
        let behind: Vec<usize> =
            (0..places.len()).filter(|place| self.arrived[*place].as_ref() != Some(&head)).collect();
        if behind.is_empty() {
            return Ok(());
        }
        let log = engine.store().audit_log().await?;
        let settings = &engine.0.settings;
        let (key, http) = match &mut self.tools {
            Some(tools) => tools,
            none => {
                let http = webhook::client(webhook::PATIENCE, settings.webhook_ca_file.as_deref());
                let http = http.map_err(|error| crate::error::conflict(error.to_string()))?;
                none.insert((SigningKey::open_or_make(&settings.audit.key_file)?, http))
            }
        };
        let checkpoint = key.sign(log, head.clone(), engine.now(), &settings.instance)?;
        let deliveries = behind.iter().map(|place| places[*place].deliver(http, &checkpoint));
        for (place, delivery) in behind.iter().zip(futures::future::join_all(deliveries).await) {
            match delivery {
                Ok(()) => {
                    self.arrived[*place] = Some(head.clone());
                    arrived(engine, *place, head.0);
                }
                Err(error) => failed(engine, *place, &error.to_string()),
            }
        }
        Ok(())
    }
}

fn arrived(engine: &Engine, place: usize, seq: i64) {
    let at = engine.now();
    let mut state = engine.audit_state();
    let Some(state) = state.places.get_mut(place) else { return };
    state.delivered = Some(Delivered { seq, at });
    if state.failing.take().is_some() {
        info!(place = state.place, "Checkpoints of the audit log arrive again");
    }
}

fn failed(engine: &Engine, place: usize, why: &str) {
    let since = engine.now();
    let mut state = engine.audit_state();
    let Some(state) = state.places.get_mut(place) else { return };
    let before = state.failing.replace(Failing { since, why: why.to_owned() });
    if let (Some(before), Some(failing)) = (&before, &mut state.failing) {
        failing.since = before.since;
    }
    // Once for each reason, not once a minute.
    if before.is_none_or(|before| before.why != why) {
        warn!(place = state.place, why, "A checkpoint of the audit log did not arrive; it is tried again");
    }
}

/// Checks the chain: all of it at first and once a day, what was added in between.
#[derive(Debug, Default)]
struct Guard {
    seen: Option<(Chain, Instant)>,
}

impl Guard {
    async fn look(&mut self, engine: &Engine) {
        if matches!(engine.audit_state().chain, ChainState::Broken { .. }) {
            return;
        }
        match self.try_look(engine).await {
            Ok(Ok(last)) => {
                let at = engine.now();
                engine.audit_state().chain = ChainState::Whole { last, at };
            }
            Ok(Err(flaw)) => {
                error!(flaw, "The audit log is not what it was: `drydock audit verify` tells more");
                let since = engine.now();
                engine.audit_state().chain = ChainState::Broken { flaw, since };
            }
            Err(error) => warn!(error = chain(&error), "The audit log could not be checked"),
        }
    }

    /// The last entry looked at, or what is wrong.
    async fn try_look(&mut self, engine: &Engine) -> Result<std::result::Result<i64, String>> {
        let store = engine.store();
        let (mut chain, since) = match self.seen.take().filter(|(_, since)| since.elapsed() < WHOLE) {
            Some(seen) => seen,
            None => (Chain::begin(&store.audit_log().await?), Instant::now()),
        };
        if let Some(flaw) = went_back(store, &chain).await? {
            return Ok(Err(flaw));
        }
        loop {
            let entries = store.audit_entries(chain.last(), i64::MAX).await?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                if let Err(broken) = chain.take(entry) {
                    return Ok(Err(broken.to_string()));
                }
            }
        }
        let last = chain.last();
        self.seen = Some((chain, since));
        Ok(Ok(last))
    }
}

/// Whether what was seen a moment ago is not there any more.
async fn went_back(store: &Store, seen: &Chain) -> Result<Option<String>> {
    let last = seen.last();
    if last == 0 {
        return Ok(None);
    }
    let now = store.audit_head(last).await?;
    let is_there = now.is_some_and(|(seq, hash)| seq == last && hash == *seen.hash());
    Ok((!is_there).then(|| {
        format!(
            "entry {last} is not there as it was: the end was cut off, the log written anew, or an old backup put back"
        )
    }))
}
