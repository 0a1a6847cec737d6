//! Rehearsals: a plan is carried out by the very executor of real runs, in a world that is only played. Nothing outside
//! is touched, and hours pass in no time.
//!
//! `play` is used twice: for rehearsals that a person asks for, with one trouble of choice, and by the simulation, with
//! dice.

mod chosen;
#[cfg(test)]
mod histories;
mod hosts;
mod ledger;
mod mischief;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;
use std::time::Duration;

use model::cloudstack::CloudStackInventory;
use model::event::{Event, EventKind};
use model::grant::Labels;
use model::id::{RehearsalId, RequestId, RunId};
use model::inventory::Facts;
use model::people::{Person, Role};
use model::plan::Plan;
use model::rehearsal::{Rehearsal, RehearsalLine, RehearsalsView, Trouble};
use model::request::Request;
use model::run::{Phase, RunState};
use model::time::Timestamp;
use remote::Secret;
use tokio::sync::watch;

use crate::error::{conflict, invalid, not_found};
use crate::executor::drive;
use crate::executor::step::{Carrier, request_lifetime};
use crate::settings::Pace;
use crate::store::audit::{Deed, record};
use crate::store::rehearsals;
use crate::{Engine, EngineError, Result};
use chosen::Chosen;
use ledger::Ledger;
use mischief::Mischief;
use world::{PlayedWorld, Stage};

/// How long it takes until a server that died is there again.
const RESTART: Duration = Duration::from_secs(8);

/// A run that does not end by then stays open.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Everything a play needs besides its stage.
#[derive(Clone)]
struct Troupe {
    pace: Pace,
    /// How long a request that changes something stays valid, in seconds.
    lifetime: u32,
    secrets: Vec<Secret>,
}

/// Carries a run to rest on a stage, through every death of its executor.
async fn play(stage: &Arc<Stage>, troupe: &Troupe) -> Result<()> {
    let mut life = 0;
    loop {
        life += 1;
        match one_life(stage, troupe, &format!("life-{life}")).await {
            Life::Over(result) => match result {
                Ok(()) => return Ok(()),
                Err(error @ (EngineError::Journal { .. } | EngineError::Damaged { .. } | EngineError::Step(_))) => {
                    return Err(error);
                }
                // The database failed, or another executor was faster: as in life, the run is taken up anew.
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            },
            Life::CutShort => tokio::time::sleep(RESTART).await,
        }
    }
}

enum Life {
    Over(Result<()>),
    CutShort,
}

/// One executor, until the run is over or it dies.
async fn one_life(stage: &Arc<Stage>, troupe: &Troupe, name: &str) -> Life {
    let (deaths, mut died) = watch::channel(false);
    let wake = stage.ledger.subscribe();
    let Some(journal) = stage.ledger.claim(name, stage.mischief.clone(), deaths.clone()) else {
        return Life::Over(Ok(()));
    };
    let carrier = Arc::new(Carrier {
        journal: Arc::new(journal),
        world: Arc::new(PlayedWorld::new(stage, deaths, troupe.secrets.clone())),
        plan: stage.plan.clone(),
        run: stage.ledger.run.clone(),
        pace: troupe.pace,
        lifetime: troupe.lifetime,
    });
    tokio::select! {
        biased;
        driven = drive(&carrier, wake) => Life::Over(driven),
        _ = died.wait_for(|died| *died) => Life::CutShort,
    }
}

/// Runs a future on a thread of its own, on which the clock jumps to wherever somebody waits for.
fn out_of_time<T: Send + 'static>(
    play: impl FnOnce() -> futures::future::LocalBoxFuture<'static, T> + Send + 'static,
) -> tokio::sync::oneshot::Receiver<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        if let Ok(runtime) = runtime {
            let _ = done.send(runtime.block_on(play()));
        }
    });
    result
}

/// What came of a play.
struct Performance {
    events: Vec<Event>,
    state: RunState,
}

/// Plays a plan from its start to its end.
async fn perform(
    plan: Arc<Plan>,
    seen: Option<CloudStackInventory>,
    run: Beginning,
    trouble: Option<Trouble>,
) -> Performance {
    let ledger = Ledger::new(run.run.clone(), run.at, None);
    let created = EventKind::Created { request: run.request, digest: plan.digest(), by: run.by };
    ledger.decide(|_| Some(created));
    // Nobody is there to ask, and what comes of a yes is what is rehearsed.
    for (number, asked) in (0..).zip(&plan.confirmations) {
        let (by, note) = (format!("{} (rehearsed)", asked.from), asked.text.clone());
        ledger.decide(|_| Some(EventKind::GateConfirmed { number, by, note }));
    }
    let mischief: Arc<dyn Mischief> = Arc::new(Chosen::new(plan.clone(), trouble));
    let stage = Stage::new(plan, seen.as_ref(), ledger.clone(), mischief);
    let troupe = Troupe { pace: Pace::default(), lifetime: run.lifetime, secrets: Vec::new() };
    // What is still open after that long would stay open: the events say why.
    let _ = tokio::time::timeout(PATIENCE, play(&stage, &troupe)).await;
    Performance { events: ledger.events(), state: ledger.state() }
}

/// How a played run begins.
struct Beginning {
    run: RunId,
    request: RequestId,
    by: String,
    at: Timestamp,
    lifetime: u32,
}

impl Engine {
    /// Plays a request's plan through and keeps the record beside the request. Nothing outside is touched.
    pub async fn rehearse(&self, by: &Person, request: &RequestId, trouble: Option<Trouble>) -> Result<RehearsalId> {
        may_rehearse(by, &self.labels_seen(by, request).await?).map_err(conflict)?;
        let stored = self.store().request(request).await?.ok_or_else(|| not_found("this request"))?;
        check_trouble(&stored.plan, trouble.as_ref())?;
        let performance = self.perform(&stored, by, trouble.clone()).await?;
        let outcome = match performance.state.phase {
            Phase::Over(outcome) => Some(outcome),
            Phase::Stages | Phase::Finally => None,
        };
        let rehearsal = Rehearsal {
            id: RehearsalId::new(uuid::Uuid::now_v7().to_string())?,
            request: request.clone(),
            by: by.name.clone(),
            at: self.now(),
            trouble,
            alarm: performance.state.alarm(&stored.plan),
            events: performance.events,
            outcome,
        };
        let mut tx = self.store().write().await?;
        rehearsals::insert(&mut tx, &rehearsal).await?;
        let detail = rehearsal.trouble.as_ref().map_or_else(|| "all goes well".to_owned(), Trouble::words);
        let deed = Deed { who: &by.name, what: "request.rehearsed", subject: request.as_str(), detail };
        record(&mut tx, rehearsal.at, deed).await?;
        tx.commit().await?;
        Ok(rehearsal.id)
    }

    async fn perform(&self, request: &Request, by: &Person, trouble: Option<Trouble>) -> Result<Performance> {
        let inventory = self.store().last_look(&request.environment).await?.inventory;
        let seen = inventory.and_then(|inventory| match inventory.facts {
            Facts::CloudStack(facts) => Some(*facts),
            // Its plans consist of scripts, and what they change is what their proofs say.
            Facts::OpenVstorage(_) | Facts::Cloudify(_) => None,
        });
        let plan = Arc::new(request.plan.clone());
        let beginning = Beginning {
            run: RunId::new(uuid::Uuid::now_v7().to_string())?,
            request: request.id.clone(),
            by: by.name.clone(),
            at: self.now(),
            lifetime: request_lifetime(&request.settings),
        };
        let played = out_of_time(move || Box::pin(perform(plan, seen, beginning, trouble)));
        let ended = tokio::time::timeout(LONGEST_REHEARSAL, played).await;
        ended.ok().and_then(std::result::Result::ok).ok_or_else(|| conflict("the rehearsal did not come to an end"))
    }

    /// A rehearsal with everything that happened in it.
    pub async fn rehearsal(&self, id: &RehearsalId) -> Result<(Rehearsal, Plan)> {
        let rehearsal = self.store().rehearsal(id).await?.ok_or_else(|| not_found("this rehearsal"))?;
        let request = self.store().request(&rehearsal.request).await?.ok_or_else(|| not_found("its request"))?;
        Ok((rehearsal, request.plan))
    }

    /// The rehearsals of a request, oldest first.
    pub async fn rehearsals(&self, request: &RequestId) -> Result<Vec<Rehearsal>> {
        self.store().rehearsals(request).await
    }

    /// The rehearsals of a request as its page shows them to `viewer`.
    pub async fn rehearsals_view(&self, viewer: &Person, request: &RequestId) -> Result<RehearsalsView> {
        let lines = self.rehearsals(request).await?.into_iter().map(RehearsalLine::from).collect();
        Ok(RehearsalsView { lines, may_rehearse: may_rehearse(viewer, &self.labels_seen(viewer, request).await?) })
    }
}

/// Whoever has to do with a plan may see how it would go.
fn may_rehearse(by: &Person, labels: &Labels) -> std::result::Result<(), String> {
    let any_of = [Role::Requester, Role::Approver, Role::Operator];
    if any_of.iter().any(|role| by.may_at(*role, labels)) {
        return Ok(());
    }
    Err(format!("this needs the role {}, {} or {}", any_of[0], any_of[1], any_of[2]))
}

/// By the clock on the wall.
const LONGEST_REHEARSAL: Duration = Duration::from_secs(60);

fn check_trouble(plan: &Plan, trouble: Option<&Trouble>) -> Result<()> {
    match trouble.and_then(Trouble::step) {
        Some(step) if plan.step(step).is_none() => Err(invalid("step", format!("the plan has no step {step}"))),
        _ => Ok(()),
    }
}
