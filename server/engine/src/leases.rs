//! Which server carries which run.
//!
//! An executor counts up its run's beat. Every server watches the beats of the runs it does not carry; one that stands
//! still for longer than a lease, by the watcher's own clock, is taken up by whoever is first. What the old executor
//! tries afterwards is refused: appends by their epoch, scripts by their spool, requests by their expiry.

use std::collections::HashMap;

use model::id::RunId;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::error::chain;
use crate::store::journal::Lease;
use crate::{Engine, Result};

/// A run's last sign of life, and since when it has been the last.
struct Sign {
    lease: Lease,
    since: Instant,
}

impl Engine {
    /// Takes up what this server may at once, and watches over the rest from then on. How many runs were taken up.
    /// Called once by `serve`.
    pub async fn resume(&self) -> Result<usize> {
        self.0.executors.be_alone(self.store())?;
        let leases = self.store().leases().await?;
        let mine: Vec<Lease> = leases.into_iter().filter(|lease| self.is_free(lease)).collect();
        let count = mine.len();
        for lease in mine {
            self.execute(lease);
        }
        self.watch_audit();
        self.deliver_notifications();
        self.read_runs();
        let engine = self.clone();
        self.0.executors.watch_with(tokio::spawn(async move { engine.watch_over().await }));
        Ok(count)
    }

    /// Whether nobody else can be carrying it: it was let go of, an earlier life of this server had it, or there is no
    /// other server, because the database is a file that only one may have open.
    fn is_free(&self, lease: &Lease) -> bool {
        self.store().is_exclusive() || lease.holder.as_ref().is_none_or(|holder| *holder == self.0.settings.instance)
    }

    async fn watch_over(&self) {
        let mut signs: HashMap<RunId, Sign> = HashMap::new();
        loop {
            tokio::time::sleep(self.0.pace.beat).await;
            let leases = match self.store().leases().await {
                Ok(leases) => leases,
                Err(error) => {
                    warn!(error = chain(&error), "The runs of other servers could not be looked at");
                    continue;
                }
            };
            signs.retain(|run, _| leases.iter().any(|lease| &lease.run == run));
            for lease in leases {
                let sign = signs.entry(lease.run.clone()).or_insert_with(|| Sign::now(lease.clone()));
                if sign.lease != lease {
                    *sign = Sign::now(lease.clone());
                }
                let is_silent = sign.since.elapsed() >= self.0.pace.lease;
                if !self.carries(&lease.run) && (is_silent || lease.holder.is_none()) {
                    let holder = lease.holder.as_deref().unwrap_or("nobody");
                    info!(run.id = %lease.run, holder, "This run is taken up: its executor is silent");
                    self.execute(lease);
                }
            }
        }
    }
}

impl Sign {
    fn now(lease: Lease) -> Self {
        Self { lease, since: Instant::now() }
    }
}
