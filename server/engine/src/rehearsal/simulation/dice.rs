//! Trouble by chance, or one trouble at one place.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::id::StepId;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use remote::Pipe;
use tokio::sync::watch;

use super::SECRET;
use crate::rehearsal::mischief::{Call, Disturbance, Mischief, Script, Work, WorkEnd};

/// Where trouble comes from.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// Nothing goes wrong.
    Kind,
    /// Dice.
    ByChance { seed: u64 },
    /// This, at that call of the executor.
    At { border: usize, trouble: Disturbance },
}

/// See the module.
pub struct Dice {
    fate: Fate,
    calls: AtomicUsize,
    rng: Mutex<State>,
    stalls: watch::Sender<usize>,
}

struct State {
    rng: StdRng,
    /// How many more troubles come: nobody has bad luck for ever.
    left: usize,
    /// Of a thousand calls, so many are disturbed.
    chance: u32,
    drift: bool,
}

impl Dice {
    pub fn new(fate: Fate) -> Self {
        let seed = match fate {
            Fate::ByChance { seed } => seed,
            Fate::Kind | Fate::At { .. } => 1,
        };
        let mut rng = StdRng::seed_from_u64(seed ^ 0x5eed);
        let state = match fate {
            Fate::ByChance { .. } => State {
                left: rng.random_range(0..10),
                chance: [5, 20, 60, 150][rng.random_range(0..4)],
                drift: rng.random_ratio(1, 30),
                rng,
            },
            Fate::Kind | Fate::At { .. } => State { left: 0, chance: 0, drift: false, rng },
        };
        Self { fate, calls: AtomicUsize::new(0), rng: Mutex::new(state), stalls: watch::Sender::new(0) }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Changes whenever an executor falls asleep for longer than its lease.
    pub fn stalls(&self) -> watch::Receiver<usize> {
        self.stalls.subscribe()
    }

    fn draw(&self, call: Call<'_>) -> Disturbance {
        let mut state = self.rng.lock().unwrap();
        let chance = state.chance;
        if state.left == 0 || !state.rng.random_ratio(chance, 1000) {
            return Disturbance::None;
        }
        state.left -= 1;
        let seconds = |state: &mut State, from, to| Duration::from_secs(state.rng.random_range(from..to));
        match (state.rng.random_range(0..10), call) {
            (0, _) => Disturbance::DieBefore,
            (1, _) => Disturbance::DieAfter,
            (2, _) => Disturbance::LoseRequest,
            (3, _) => Disturbance::LoseReply,
            (4, Call::Start(_)) => Disturbance::Repeat(seconds(&mut state, 1, 4000)),
            (4, _) => Disturbance::LoseReply,
            (5, _) => Disturbance::Refuse,
            (6, Call::Start(_) | Call::Follow(_) | Call::Cancel | Call::Remove) => Disturbance::Reboot,
            (7, Call::Start(_) | Call::Follow(_) | Call::Cancel | Call::Remove) => {
                Disturbance::Down(seconds(&mut state, 5, 2000))
            }
            (6 | 7, _) => Disturbance::DieAfter,
            (8, _) => Disturbance::Stall(seconds(&mut state, 1, 10)),
            _ => Disturbance::Stall(seconds(&mut state, 13, 400)),
        }
    }
}

impl Mischief for Dice {
    fn disturb(&self, call: Call<'_>) -> Disturbance {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let disturbance = match self.fate {
            Fate::Kind => Disturbance::None,
            Fate::ByChance { .. } => self.draw(call),
            Fate::At { border, trouble } if border == number => trouble,
            Fate::At { .. } => Disturbance::None,
        };
        if matches!(disturbance, Disturbance::Stall(time) if time > super::LEASE) {
            self.stalls.send_modify(|count| *count += 1);
        }
        disturbance
    }

    fn script(&self, _step: &StepId) -> Script {
        let mut state = self.rng.lock().unwrap();
        let is_kind = !matches!(self.fate, Fate::ByChance { .. });
        let lasts = state.rng.random_range(200..120_000);
        let prints = (0..state.rng.random_range(0..12)).map(|_| piece(&mut state.rng, lasts)).collect::<Vec<_>>();
        let mut prints = prints;
        prints.sort_by_key(|(after, ..)| *after);
        let code = if is_kind || state.rng.random_ratio(9, 10) { 0 } else { state.rng.random_range(1..120) };
        let works = is_kind || code == 0 && state.rng.random_ratio(19, 20) || code != 0 && state.rng.random_ratio(1, 3);
        let works_after = works.then(|| Duration::from_millis(state.rng.random_range(0..=lasts)));
        Script { lasts: Duration::from_millis(lasts), code, prints, leaves_a_mess: true, works_after }
    }

    fn work(&self, _step: &StepId) -> Work {
        let mut state = self.rng.lock().unwrap();
        let lasts = Duration::from_millis(state.rng.random_range(100..90_000));
        let ends = match state.rng.random_range(0..30) {
            _ if !matches!(self.fate, Fate::ByChance { .. }) => WorkEnd::Works,
            0 => WorkEnd::Fails,
            1 => WorkEnd::OnlySaysSo,
            _ => WorkEnd::Works,
        };
        Work { lasts, ends }
    }

    fn drift(&self) -> Option<String> {
        let mut state = self.rng.lock().unwrap();
        // It goes away some time.
        if state.drift && state.rng.random_ratio(1, 20) {
            state.drift = false;
        }
        state.drift.then(|| "something is different (played)".to_owned())
    }
}

/// A piece of output: any bytes, and now and then a secret, cut anywhere.
fn piece(rng: &mut StdRng, lasts: u64) -> (Duration, Pipe, Vec<u8>) {
    let pipe = if rng.random_ratio(1, 4) { Pipe::Stderr } else { Pipe::Stdout };
    let mut bytes: Vec<u8> = (0..rng.random_range(0..30)).map(|_| rng.random()).collect();
    match rng.random_range(0..6) {
        0 => bytes.extend_from_slice(SECRET.as_bytes()),
        1 => bytes.extend_from_slice(&SECRET.as_bytes()[..rng.random_range(1..SECRET.len())]),
        2 => bytes.push(b'\n'),
        _ => {}
    }
    (Duration::from_millis(rng.random_range(0..=lasts)), pipe, bytes)
}
