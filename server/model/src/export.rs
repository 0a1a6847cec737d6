//! A run as a file: one line of JSON about the run, then one line for each event, in order. Anybody can read it, fold it
//! and come to the same result.

use serde::{Deserialize, Serialize};

use crate::environment::{Platform, RiskClass};
use crate::event::Event;
use crate::id::{EnvironmentId, PlanDigest, RequestId, RunId};
use crate::plan::Plan;
use crate::run::{IllegalEvent, RunState};
use crate::time::Timestamp;

/// The format of the files this version writes; it reads this one and all before.
pub const EXPORT_FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportHead {
    /// See [`EXPORT_FORMAT`]. The name tells what kind of file this is.
    pub drydock_run: u32,
    /// When it was written.
    pub exported_at: Timestamp,
    /// Which run.
    pub run: RunId,
    /// The request it came from.
    pub request: RequestId,
    /// Where it ran.
    pub environment: EnvironmentId,
    /// What the environment was called.
    pub environment_name: String,
    /// Which platform.
    pub platform: Platform,
    /// How bad it would have been.
    pub risk: RiskClass,
    /// What was approved.
    pub digest: PlanDigest,
    /// What was carried out.
    pub plan: Plan,
}

/// Each further line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLine {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Output that is no UTF-8, byte for byte in base64; everything else stands in the event as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its first line.
    pub head: ExportHead,
    /// The others, in order.
    pub events: Vec<Event>,
}

/// Why a file is no exported run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// There is nothing in it.
    #[error("the file is empty: the export of a run begins with a line about the run")]
    Empty,
    /// A line is not what it should be.
    #[error("line {line} is no part of an exported run: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A newer Drydock has written it.
    #[error("the file has format {found}; this version reads up to {EXPORT_FORMAT}: use a newer Drydock")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// The plan is not the one that was approved.
    #[error("the plan in the file has digest {found}, approved was {approved}: somebody has changed one of them")]
    OtherPlan {
        /// Of the plan in the file.
        found: PlanDigest,
        /// As the file says.
        approved: PlanDigest,
    },
    /// The events do not make a run.
    #[error(transparent)]
    Illegal(#[from] IllegalEvent),
    /// Events are missing.
    #[error("event {expected} is missing: after it comes {found}")]
    Gap {
        /// The number that is due.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
}

impl ExportHead {
    /// Reads the first line.
    ///
    /// # Errors
    /// When it is none, too new, or its plan was changed.
    pub fn read(line: &str) -> Result<Self, ExportError> {
        let head: Self = read_line(1, line)?;
        if head.drydock_run > EXPORT_FORMAT {
            return Err(ExportError::Newer { found: head.drydock_run });
        }
        let found = head.plan.digest();
        if found != head.digest {
            return Err(ExportError::OtherPlan { found, approved: head.digest });
        }
        Ok(head)
    }
}

impl ExportLine {
    /// Reads one of the further lines; `number` counts from 1 and is only for the error.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(number: usize, line: &str) -> Result<Self, ExportError> {
        read_line(number, line)
    }
}

fn read_line<T: for<'a> Deserialize<'a>>(number: usize, line: &str) -> Result<T, ExportError> {
    serde_json::from_str(line).map_err(|error| ExportError::Line { line: number, why: error.to_string() })
}

/// Folds events as they come, and misses none.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// The state after the events so far.
    pub state: RunState,
}

impl Replay {
    /// Takes in the next event; one that came before changes nothing.
    ///
    /// # Errors
    /// When one is missing, or this one cannot follow.
    pub fn take(&mut self, event: &Event) -> Result<(), ExportError> {
        let expected = self.state.seq + 1;
        if event.seq > expected {
            return Err(ExportError::Gap { expected, found: event.seq });
        }
        Ok(self.state.apply(event)?)
    }
}

impl Export {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The first line that is not as it should be, by number.
    pub fn read(text: &str) -> Result<Self, ExportError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or(ExportError::Empty)?;
        let head = ExportHead::read(first)?;
        let mut replay = Replay::default();
        let mut events = Vec::new();
        for (at, line) in lines {
            let event = ExportLine::read(at + 1, line)?.event;
            replay.take(&event)?;
            events.push(event);
        }
        Ok(Self { head, events })
    }

    /// The state after the first `count` events.
    #[must_use]
    pub fn state_after(&self, count: usize) -> RunState {
        let mut replay = Replay::default();
        // They were taken once while reading.
        let _ = self.events.iter().take(count).try_for_each(|event| replay.take(event));
        replay.state
    }
}
