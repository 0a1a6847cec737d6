//! People who watch a run: they come in anywhere, lose their connection, and go on where they were.

use std::time::Duration;

use engine::{Engine, Followed};
use model::event::Event;
use model::id::RunId;
use model::people::Person;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What one of them saw.
pub struct Seen {
    /// The number after which it began.
    pub after: i64,
    pub events: Vec<Event>,
}

/// Watches until the end of the run.
pub async fn watch(engine: Engine, somebody: Person, run: RunId, seed: u64) -> Seen {
    let mut dice = StdRng::seed_from_u64(seed);
    tokio::time::sleep(Duration::from_millis(dice.random_range(0..15_000))).await;
    let there = loop {
        match engine.run(&somebody, &run).await {
            Ok(view) => break view.state.seq,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    let after = dice.random_range(0..=there);
    let mut seen = Seen { after, events: Vec::new() };
    loop {
        let last = seen.events.last().map_or(after, |event| event.seq);
        let Ok(mut tail) = engine.follow(&run, last).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        for _ in 0..dice.random_range(1..40) {
            match tail.next().await {
                Ok(Followed::Events(events)) => seen.events.extend(events),
                Ok(Followed::End) => return seen,
                Err(_) => break,
            }
        }
    }
}
