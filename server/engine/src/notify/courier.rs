//! The task of the server that brings notifications to their targets.
//!
//! A delivery is taken under a claim before anything is sent, and what became of it is recorded under the same claim: of
//! several servers one is at it. The claim of a server that has gone silent is taken over by whoever has watched it stand
//! still for a lease, by their own clock. A target that does not take a message is tried again after a pause that doubles;
//! messages to one target go one after the other, so that an outage costs one try and not one for each.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::id::{NotificationId, TargetId};
use model::notification::{Notification, NotificationTarget, TargetOf};
use model::time::Timestamp;
use remote::http::Http;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::access::Place;
use crate::error::chain;
use crate::store::audit::{Deed, record};
use crate::store::deliveries::{Due, Fate, settle};
use crate::store::notifications;
use crate::{Engine, Result, webhook};

/// How long the last deliveries may take when the server stops.
const LAST: Duration = Duration::from_millis(1500);

/// How long is waited before something is recorded again after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Where links lead, and the task itself.
#[derive(Debug, Default)]
pub(crate) struct Post {
    drydock: Mutex<Option<String>>,
    wake: Notify,
    stopping: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Post {
    pub fn drydock(&self) -> Option<String> {
        locked(&self.drydock).clone()
    }

    /// Says that something may be due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Begins nothing new, and lets what is under way come to its end for a moment.
    pub async fn stop(&self) {
        self.stopping.send_replace(true);
        let Some(task) = locked(&self.task).take() else { return };
        let abort = task.abort_handle();
        if tokio::time::timeout(LAST, task).await.is_err() {
            abort.abort();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Links in notifications lead there from now on.
    pub fn link_to(&self, public_url: &str) {
        *locked(&self.0.post.drydock) = Some(public_url.to_owned());
    }

    /// Delivers from now on.
    pub(crate) fn deliver_notifications(&self) {
        let engine = self.clone();
        let task = tokio::spawn(async move {
            let mut stopping = engine.0.post.stopping.subscribe();
            let mut courier =
                match webhook::client(engine.0.pace.delivery.patience, engine.0.settings.webhook_ca_file.as_deref()) {
                    Ok(http) => Courier::new(engine, http),
                    Err(error) => return error!(%error, "Notifications cannot be delivered"),
                };
            courier.carry(&mut stopping).await;
        });
        if let Some(before) = locked(&self.0.post.task).replace(task) {
            before.abort();
        }
    }
}

/// A claim of another server, and since when it has stood so.
struct Sign {
    claim: i64,
    since: Instant,
}

struct Courier {
    engine: Engine,
    http: Http,
    /// Targets that a task of ours is at.
    busy: HashSet<TargetId>,
    under_way: JoinSet<TargetId>,
    signs: HashMap<(NotificationId, TargetId), Sign>,
    clock: Option<Instant>,
}

impl Courier {
    fn new(engine: Engine, http: Http) -> Self {
        Self { engine, http, busy: HashSet::new(), under_way: JoinSet::new(), signs: HashMap::new(), clock: None }
    }

    async fn carry(&mut self, stopping: &mut watch::Receiver<bool>) {
        let engine = self.engine.clone();
        let pace = engine.0.pace.delivery;
        while !*stopping.borrow() {
            if self.clock.is_none_or(|last| last.elapsed() >= pace.clock) {
                self.clock = Some(Instant::now());
                if let Err(error) = engine.tell_of_long_waits(engine.now()).await {
                    warn!(error = chain(&error), "It could not be looked for what has waited too long");
                }
            }
            if let Err(error) = self.look().await {
                warn!(error = chain(&error), "Notifications could not be looked for");
            }
            tokio::select! {
                Some(ended) = self.under_way.join_next() => match ended {
                    Ok(target) => drop(self.busy.remove(&target)),
                    // Its target stays busy for this server; another life of it goes on there.
                    Err(error) => error!(%error, "A delivery has stopped"),
                },
                () = engine.0.post.wake.notified() => {}
                () = tokio::time::sleep(pace.look) => {}
                _ = stopping.changed() => {}
            }
        }
        while self.under_way.join_next().await.is_some() {}
    }

    /// Begins with everything that is due, a task for each target.
    async fn look(&mut self) -> Result<()> {
        let mut due: HashMap<TargetId, Vec<Due>> = HashMap::new();
        let all = self.engine.store().due(self.engine.now()).await?;
        self.signs.retain(|key, _| all.iter().any(|due| (&due.notification, &due.target) == (&key.0, &key.1)));
        for one in all {
            if !self.busy.contains(&one.target) && self.is_free(&one) {
                due.entry(one.target.clone()).or_default().push(one);
            }
        }
        for (target, due) in due {
            self.busy.insert(target.clone());
            let (engine, http) = (self.engine.clone(), self.http.clone());
            self.under_way.spawn(async move {
                if let Err(error) = engine.deliver_all(&http, &target, due).await {
                    warn!(error = chain(&error), "Notifications wait, because the database failed");
                }
                target
            });
        }
        Ok(())
    }

    /// Whether nobody else can be at it.
    fn is_free(&mut self, due: &Due) -> bool {
        let engine = &self.engine;
        let is_ours = due.holder.as_ref().is_none_or(|holder| *holder == engine.0.settings.instance);
        if is_ours || engine.store().is_exclusive() {
            return true;
        }
        let key = (due.notification.clone(), due.target.clone());
        let sign = self.signs.entry(key).or_insert_with(|| Sign { claim: due.claim, since: Instant::now() });
        if sign.claim != due.claim {
            *sign = Sign { claim: due.claim, since: Instant::now() };
        }
        sign.since.elapsed() >= engine.0.pace.delivery.lease
    }
}

impl Engine {
    /// Brings a target what it is to be told, oldest first, until one try shows that it takes nothing.
    async fn deliver_all(&self, http: &Http, id: &TargetId, due: Vec<Due>) -> Result<()> {
        let pace = self.0.pace.delivery;
        for due in due {
            if *self.0.post.stopping.borrow() {
                return Ok(());
            }
            let told = self.store().notification(&due.notification).await?;
            let target = match self.reachable(id, &told).await? {
                Ok(target) => target,
                Err(why) => {
                    if let Some(claim) = self.store().claim_delivery(&due, &self.0.settings.instance).await? {
                        self.settle(&due, claim, Fate::GivenUp { why }).await?;
                    }
                    continue;
                }
            };
            let Some(claim) = self.store().claim_delivery(&due, &self.0.settings.instance).await? else { continue };
            let tried = self.deliver(http, &target, &told).await;
            let Some(error) = tried.err() else {
                self.settle(&due, claim, Fate::Delivered).await?;
                continue;
            };
            let now = self.now();
            let next = Timestamp(now.0.saturating_add(pace.pause(due.tries)));
            let why = error.to_string();
            let is_too_old = pace.is_too_old(now.since(due.at));
            let why = why.as_str();
            let fate = match (is_too_old, error.is_about_target()) {
                (true, _) => Fate::GivenUp { why },
                (false, true) => Fate::Unreachable { why, next },
                (false, false) => Fate::Failed { why, next },
            };
            self.settle(&due, claim, fate).await?;
            tell_failure(&due, &target, why, is_too_old);
            if error.is_about_target() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The target, or why it is not told of this any more: what somebody may know is decided when it leaves the house, and not
    /// only when it happened.
    async fn reachable(
        &self,
        id: &TargetId,
        told: &Notification,
    ) -> Result<std::result::Result<NotificationTarget, &'static str>> {
        let Some(target) = notifications::target(self.store().reader(), id).await? else {
            return Ok(Err("the target was removed"));
        };
        let TargetOf::Person(person) = &target.of else { return Ok(Ok(target)) };
        let row = self.store().person(person).await?.filter(|row| row.person.disabled_at.is_none());
        let Some(row) = row else { return Ok(Err("this person cannot log in any more")) };
        let labels = self.store().labels(Place::Environment(&told.environment)).await?;
        if labels.is_none_or(|labels| !row.person.sees(&labels)) {
            return Ok(Err("this person does not see that environment any more"));
        }
        Ok(Ok(target))
    }

    /// Records what became of a try. What has arrived must not be forgotten because the database is away for a moment.
    async fn settle(&self, due: &Due, claim: i64, fate: Fate<'_>) -> Result<()> {
        loop {
            match self.try_settle(due, claim, fate).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    warn!(error = chain(&error), notification = %due.notification, "What became of a delivery could not be recorded; it is tried again");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn try_settle(&self, due: &Due, claim: i64, fate: Fate<'_>) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        let is_ours = settle(&mut tx, due, claim, now, fate).await?;
        if let (true, Fate::GivenUp { why }) = (is_ours, fate) {
            let detail = format!("{}: {why}", due.notification);
            let deed = Deed { who: "drydock", what: "notification.given_up", subject: due.target.as_str(), detail };
            record(&mut tx, now, deed).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// For the log: loudly at first and at last.
fn tell_failure(due: &Due, target: &NotificationTarget, why: &str, given_up: bool) {
    let place = target.channel.to_string();
    if given_up {
        error!(place, why, notification = %due.notification, "A notification was given up");
    } else if due.tries == 0 {
        warn!(place, why, "A notification did not arrive; it is tried again");
    } else {
        info!(place, why, tries = due.tries + 1, "A notification still does not arrive");
    }
}
