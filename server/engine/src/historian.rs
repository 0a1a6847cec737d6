//! Reads what runs leave behind, in the background: the words of their output, so that they can be searched, and how their
//! time went by, so that later runs can be estimated.
//!
//! It goes from run to run, oldest first, in small steps: on SQLite there is one writer, and executors must not wait for it.
//! How far it has come stands in the database. So it goes on after a restart, takes in what earlier versions have left, and of
//! several servers each step is taken by one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::course::Course;
use model::estimate::Profile;
use model::id::RunId;
use model::search::{carried, words};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::error::chain;
use crate::store::search::{Piece, PipeName, Reading};
use crate::{Engine, EngineError, Result};

/// How many pieces are taken in with one commit, at most.
const PIECES: u32 = 128;

/// How many bytes, about.
const BYTES: usize = 512 * 1024;

/// How long is waited after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The task.
#[derive(Debug, Default)]
pub(crate) struct Historian(Mutex<Option<JoinHandle<()>>>);

impl Historian {
    /// Ends the task. What it was about to write is undone; the next start does it again.
    pub async fn stop(&self) {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Engine {
    /// Reads from now on what there is to read.
    pub(crate) fn read_runs(&self) {
        let engine = self.clone();
        let task = tokio::spawn(async move {
            let mut reader = Reader::default();
            loop {
                match reader.step(&engine).await {
                    Ok(Step::Taken { .. }) => {}
                    Ok(Step::NothingToDo) => tokio::time::sleep(engine.0.pace.read).await,
                    Err(error) => {
                        warn!(
                            error = chain(&error),
                            "What runs have printed could not be made searchable; it is tried again"
                        );
                        tokio::time::sleep(AFTER_FAILURE).await;
                    }
                }
            }
        });
        let before = self.0.historian.0.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        if let Some(before) = before {
            before.abort();
        }
    }

    /// Reads all there is to read now; how many pieces of output it was. A server does this by itself, bit by bit.
    pub async fn read_all_runs(&self) -> Result<u64> {
        let (mut reader, mut pieces) = (Reader::default(), 0);
        while let Step::Taken { pieces: more } = reader.step(self).await? {
            pieces += more as u64;
        }
        Ok(pieces)
    }
}

enum Step {
    /// So many pieces of output were taken in; there may be more to do.
    Taken {
        pieces: usize,
    },
    NothingToDo,
}

/// Goes from run to run.
#[derive(Default)]
struct Reader {
    /// What is to be read next, oldest first. Asked for again when it is done, so that a long history is not gone through for
    /// each step.
    queue: VecDeque<Reading>,
    /// Up to which event of a run under way there was no more output. It is not written down each time: most events are none.
    seen: HashMap<RunId, i64>,
}

impl Reader {
    async fn step(&mut self, engine: &Engine) -> Result<Step> {
        if self.queue.is_empty() {
            let readings = engine.store().readings().await?;
            self.seen.retain(|run, _| readings.iter().any(|reading| &reading.run == run));
            let is_new = |reading: &Reading| reading.is_over || self.seen.get(&reading.run) != Some(&reading.last);
            self.queue = readings.into_iter().filter(is_new).collect();
        }
        while let Some(mut reading) = self.queue.pop_front() {
            // From there on there may be something new; before it there was nothing.
            let after = self.seen.get(&reading.run).copied().unwrap_or(0).max(reading.seq);
            let pieces = engine.store().pieces_after(&reading.run, after, PIECES).await?;
            if !pieces.is_empty() {
                let (count, to) = take_in(engine, &reading, pieces).await?;
                self.seen.remove(&reading.run);
                if let Some(to) = to {
                    reading.seq = to;
                    self.queue.push_front(reading);
                }
                return Ok(Step::Taken { pieces: count });
            }
            if reading.is_over {
                let profile = profile(engine, &reading.run).await?;
                engine.store().read_to_the_end(&reading, profile.as_ref()).await?;
                return Ok(Step::Taken { pieces: 0 });
            }
            self.seen.insert(reading.run, reading.last);
        }
        Ok(Step::NothingToDo)
    }
}

/// Takes in the words of the first of these pieces: of how many, and up to which event. Nothing, if another server was faster.
async fn take_in(engine: &Engine, reading: &Reading, mut pieces: Vec<Piece>) -> Result<(usize, Option<i64>)> {
    let mut size = 0;
    let has_room = |piece: &&Piece| {
        let has_room = size < BYTES;
        size += piece.bytes.len();
        has_room
    };
    let count = pieces.iter().take_while(has_room).count();
    pieces.truncate(count);
    let mut carries: HashMap<PipeName, Vec<u8>> = HashMap::new();
    let mut texts = Vec::new();
    let mut to = reading.seq;
    for piece in pieces {
        let before = match carries.remove(&piece.pipe) {
            Some(carry) => carry,
            None => engine.store().carry(&reading.run, &piece.pipe, piece.seq).await?,
        };
        carries.insert(piece.pipe, carried(&before, &piece.bytes));
        texts.push((piece.seq, [before, piece.bytes].concat()));
        to = piece.seq;
    }
    let documents = tokio::task::spawn_blocking(move || {
        let document = |(seq, text): (i64, Vec<u8>)| (seq, words(&String::from_utf8_lossy(&text)).join(" "));
        texts.into_iter().map(document).filter(|(_, words)| !words.is_empty()).collect::<Vec<_>>()
    });
    let documents = documents.await.map_err(EngineError::Step)?;
    let is_ours = engine.store().read_on(&reading.run, (reading.seq, to), &documents).await?;
    Ok(if is_ours { (count, Some(to)) } else { (0, None) })
}

/// How the time of a run went by; nothing of one whose journal is damaged, which is told and left.
async fn profile(engine: &Engine, run: &RunId) -> Result<Option<Profile>> {
    let events = match engine.store().events(run, 0).await {
        Ok(events) => events,
        Err(error @ EngineError::Damaged { .. }) => {
            info!(run.id = %run, error = chain(&error), "Nothing can be learned from this run");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    match Course::of(&events) {
        Ok(course) => Ok(Some(Profile::of(&course))),
        Err(error) => {
            info!(run.id = %run, %error, "Nothing can be learned from this run");
            Ok(None)
        }
    }
}
