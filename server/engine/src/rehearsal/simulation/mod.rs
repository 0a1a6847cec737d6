//! The engine against dice: random plans, random troubles at every border between two events, honest but clumsy people.
//!
//! Each seed is one whole run by a virtual clock; the same seed gives the same run, event by event. `DRYDOCK_SEEDS` says
//! how many seeds (2,000 unless told), `DRYDOCK_SEED` plays one again.

pub(super) mod checks;
pub(super) mod dice;
mod people;
pub(super) mod plans;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::event::{Event, EventKind};
use model::id::RunId;
use model::plan::Plan;
use model::run::{Phase, RunState};
use model::time::Timestamp;
use remote::Secret;

use super::ledger::Ledger;
use super::mischief::{Disturbance, Mischief};
use super::world::Stage;
use super::{Life, RESTART, Troupe, one_life};
use crate::EngineError;
use crate::settings::Pace;
use checks::Checks;
use dice::{Dice, Fate};

/// Longer than any seed may take by the virtual clock.
const PATIENCE: Duration = Duration::from_secs(30 * 24 * 3600);

/// After that long without a sign of life another server takes the run up.
const LEASE: Duration = Duration::from_secs(12);

/// Printed by scripts now and then, and never to be found in the journal.
const SECRET: &str = "hunter2-hunter2";

/// What one seed has come to.
struct Played {
    events: Vec<Event>,
    state: RunState,
    /// How many calls the executor made: the borders at which trouble can come.
    calls: usize,
}

/// Plays one seed on a thread of its own, by a clock of its own.
fn play(plan: Plan, fate: Fate, clumsy: u64) -> Result<Played, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async move {
        let plan = Arc::new(plan);
        let dice = Arc::new(Dice::new(fate));
        let mischief: Arc<dyn Mischief> = dice.clone();
        let checks = Checks::new(plan.clone());
        let run = RunId::new("2e7293a0-d168-46f3-bc29-262ddbf22480").unwrap();
        let ledger = Ledger::new(run, Timestamp(1_800_000_000_000), Some(checks.witness()));
        let request = model::id::RequestId::new("2e7293a0-d168-46f3-bc29-262ddbf22481").unwrap();
        let created = EventKind::Created { request, digest: plan.digest(), by: "rita".into() };
        ledger.decide(|_| Some(created));
        let stage = Stage::new(plan.clone(), None, ledger.clone(), mischief);
        checks.watch(&stage);
        let troupe = Troupe { pace: Pace::default(), lifetime: 120, secrets: vec![Secret::new(SECRET)] };
        let everybody = async {
            tokio::select! {
                biased;
                result = lives(&stage, &troupe, &dice) => result,
                () = people::interfere(&stage, clumsy) => unreachable!("people never tire"),
            }
        };
        let result = tokio::time::timeout(PATIENCE, everybody).await;
        let state = ledger.state();
        let events = ledger.events();
        let told = || tell(&events);
        match result {
            Err(_) => return Err(format!("it never ends: {state:#?}\n{}", told())),
            Ok(Err(error)) => return Err(format!("{error}\n{}", told())),
            Ok(Ok(())) => {}
        }
        checks.verdict(&stage).map_err(|broken| format!("{broken}\n{}", told()))?;
        Ok(Played { state, calls: dice.calls(), events })
    })
}

/// Executors one after the other, and two at once when one has slept through its lease.
async fn lives(stage: &Arc<Stage>, troupe: &Troupe, dice: &Dice) -> Result<(), EngineError> {
    let mut alive = FuturesUnordered::new();
    let mut number = 0;
    let mut stalls = dice.stalls();
    let born = |number: usize| {
        let name = format!("server-{number}");
        async move { one_life(stage, troupe, &name).await }
    };
    alive.push(born(number));
    loop {
        tokio::select! {
            biased;
            Some(life) = alive.next() => match life {
                Life::Over(Ok(())) => return Ok(()),
                Life::Over(Err(error @ (EngineError::Journal { .. } | EngineError::Step(_)))) => return Err(error),
                Life::Over(Err(_)) if !alive.is_empty() => {}
                Life::Over(Err(_)) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    number += 1;
                    alive.push(born(number));
                }
                Life::CutShort => {
                    tokio::time::sleep(RESTART).await;
                    number += 1;
                    alive.push(born(number));
                }
            },
            _ = stalls.changed() => {
                // The sleeper does not know that it sleeps; the others count its heartbeats.
                tokio::time::sleep(LEASE).await;
                number += 1;
                alive.push(born(number));
            }
        }
    }
}

fn tell(events: &[Event]) -> String {
    let began = events.first().map_or(0, |event| event.at.0);
    let line =
        |event: &Event| format!("{:>9.3} s  {:>4}  {:?}", (event.at.0 - began) as f64 / 1000.0, event.seq, event.kind);
    events.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn seeds() -> std::ops::Range<u64> {
    let read = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    match read("DRYDOCK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("DRYDOCK_SEEDS").unwrap_or(2_000),
    }
}

fn by_seed(seed: u64) -> Result<Played, String> {
    play(plans::by_seed(seed), Fate::ByChance { seed }, seed)
}

#[test]
fn whatever_goes_wrong_and_whenever_every_promise_is_kept() {
    let mut broken = Vec::new();
    let mut ends = std::collections::BTreeMap::<String, usize>::new();
    for seed in seeds() {
        match by_seed(seed) {
            Ok(played) => {
                let Phase::Over(outcome) = played.state.phase else { panic!("seed {seed}: {:?}", played.state.phase) };
                *ends.entry(outcome.word().to_owned()).or_default() += 1;
            }
            Err(why) => broken.push((seed, why)),
        }
    }
    println!("{} seeds: {ends:?}", seeds().count());
    if let Some((seed, why)) = broken.first() {
        let others = broken.iter().map(|(seed, why)| format!("{seed}: {}", why.lines().next().unwrap_or_default()));
        let others = others.collect::<Vec<_>>().join("\n");
        panic!("seed {seed} (play it again with DRYDOCK_SEED={seed}): {why}\nall broken seeds:\n{others}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..40 {
        let (first, second) = (by_seed(seed).unwrap(), by_seed(seed).unwrap());
        assert_eq!(tell(&first.events), tell(&second.events), "seed {seed}");
    }
}

/// Not by chance but one by one: each kind of trouble at each border there is, in a plan with everything in it.
#[test]
fn each_trouble_at_each_border_keeps_every_promise() {
    each_trouble_at_each_border(&plans::with_everything(), 60);
}

#[test]
fn each_trouble_at_each_border_keeps_every_promise_where_copies_of_files_leave_their_hosts() {
    each_trouble_at_each_border(&plans::with_copies(), 15);
}

#[track_caller]
fn each_trouble_at_each_border(plan: &Plan, at_least: usize) {
    let borders = play(plan.clone(), Fate::Kind, u64::MAX).unwrap().calls;
    assert!(borders > at_least, "{borders} borders are no test");
    let troubles = [
        Disturbance::DieBefore,
        Disturbance::DieAfter,
        Disturbance::LoseRequest,
        Disturbance::LoseReply,
        Disturbance::Repeat(Duration::from_secs(900)),
        Disturbance::Refuse,
        Disturbance::Reboot,
        Disturbance::Down(Duration::from_secs(90)),
        Disturbance::Stall(Duration::from_secs(5)),
        Disturbance::Stall(Duration::from_secs(200)),
    ];
    for border in 0..borders {
        for trouble in troubles {
            if let Err(why) = play(plan.clone(), Fate::At { border, trouble }, u64::MAX) {
                panic!("{trouble:?} at border {border}: {why}");
            }
        }
    }
}

#[test]
fn a_plan_without_trouble_needs_nobody() {
    let played = play(plans::with_everything(), Fate::Kind, u64::MAX).unwrap();
    assert_eq!(played.state.phase, Phase::Over(model::event::Outcome::Succeeded));
}

/// People who only settle what no machine can.
pub(super) async fn people_who_settle(stage: &Arc<Stage>) {
    people::interfere(stage, u64::MAX).await;
}
