//! Wake-ups: they carry no data and only say "look again".

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::id::RunId;
use tokio::sync::watch;

/// One wake-up call per run.
#[derive(Debug, Default)]
pub struct Wakes(Mutex<HashMap<RunId, watch::Sender<u64>>>);

impl Wakes {
    /// Is told of every change of the run from now on. Subscribe before the first read, or a write may slip between.
    pub fn subscribe(&self, run: &RunId) -> watch::Receiver<u64> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|id, sender| id == run || sender.receiver_count() > 0);
        runs.entry(run.clone()).or_default().subscribe()
    }

    /// Says that the run has changed.
    pub fn wake(&self, run: &RunId) {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = runs.get(run) {
            sender.send_modify(|count| *count += 1);
        }
    }
}
