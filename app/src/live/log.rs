//! Lines out of pieces of output, as terminals would show them: one for each pipe.
//!
//! Commands print in pieces that end anywhere, several pipes at once. A line that is not finished is continued in its
//! place when the rest of it comes, so that two hosts never get mixed up within a line. How letters look, where the next one
//! goes and a sequence that is cut off are kept for each pipe, so it does not matter where a piece ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use model::event::{Event, EventKind, Stream};
use model::id::{HostName, StepId};
use model::terminal::{Command, Part, Style, parts};
use model::time::Timestamp;

use super::text::{LONGEST, Text};

/// More lines make a page slow and nobody scrolls through them; the rest has a page of its own.
pub const KEPT: usize = 5_000;

/// How far up a command can go to write over what it has printed.
const REACH: usize = 50;

/// A sequence that does not end is none.
const LONGEST_SEQUENCE: usize = 4 * 1024;

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counts up.
    pub id: u64,
    /// When it began.
    pub at: Timestamp,
    /// The last event that has written to it.
    pub seq: i64,
    pub pipe: Arc<Pipe>,
    pub text: Text,
}

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pipe {
    pub step: StepId,
    pub attempt: u32,
    pub host: HostName,
    pub stream: Stream,
}

/// The last lines of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    seq: i64,
    next: u64,
    kept: usize,
    lines: VecDeque<Line>,
    pens: BTreeMap<Arc<Pipe>, Pen>,
    changed: BTreeSet<u64>,
}

impl Default for Log {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

/// Where a pipe writes next, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pen {
    style: Style,
    /// A sequence that is not finished.
    held: String,
    /// The last lines of this pipe, oldest first.
    rows: VecDeque<u64>,
    /// Which of them; behind the last one: a line that does not exist yet.
    row: usize,
    /// It was behind the last one already.
    is_below: bool,
    column: Column,
}

/// Where in a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Column {
    /// At its end.
    #[default]
    End,
    /// At that letter, counted from 0.
    At(usize),
}

impl Log {
    /// The last lines after these events.
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut log = Self::default();
        for event in events {
            log.push(event);
        }
        log
    }

    /// Without a line yet; it keeps so many.
    #[must_use]
    pub const fn keeping(kept: usize) -> Self {
        Self { seq: 0, next: 0, kept, lines: VecDeque::new(), pens: BTreeMap::new(), changed: BTreeSet::new() }
    }

    /// The lines that were kept, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// Those of them that have this number or a higher one.
    pub fn lines_from(&self, id: u64) -> impl Iterator<Item = &Line> {
        let before = usize::try_from(id.saturating_sub(self.first())).unwrap_or(usize::MAX).min(self.lines.len());
        self.lines.range(before..)
    }

    /// The line with that number, if it was kept.
    #[must_use]
    pub fn line(&self, id: u64) -> Option<&Line> {
        self.lines.get(usize::try_from(id.checked_sub(self.first())?).ok()?)
    }

    /// The number of the oldest line that was kept.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.lines.front().map_or(self.next, |line| line.id)
    }

    /// The number that the next line will have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether lines were let go.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.next as usize > self.lines.len()
    }

    /// The lines that were written to since this was asked last, other than by being begun.
    pub fn take_changed(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.changed)
    }

    /// Takes in one event; one that was taken in before changes nothing.
    pub fn push(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        self.print(event);
    }

    /// Takes in what was printed, whatever its number.
    pub fn print(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Output { step, attempt, host, stream, text, .. } => {
                let pipe = Pipe { step: step.clone(), attempt: *attempt, host: host.clone(), stream: *stream };
                let (pipe, pen) = self.pens.remove_entry(&pipe).unwrap_or_else(|| (Arc::new(pipe), Pen::default()));
                let mut writer = Writer { log: self, pipe: &pipe, pen, at: event.at, seq: event.seq };
                writer.print(text);
                let pen = writer.pen;
                self.pens.insert(pipe, pen);
            }
            EventKind::StepDone { step, .. }
            | EventKind::StepFailed { step, .. }
            | EventKind::StepStopped { step, .. }
            | EventKind::StepNotBegun { step, .. } => self.pens.retain(|pipe, _| pipe.step != *step),
            _ => {}
        }
    }
}

/// Writes what comes through one pipe.
struct Writer<'l> {
    log: &'l mut Log,
    pipe: &'l Arc<Pipe>,
    pen: Pen,
    at: Timestamp,
    seq: i64,
}

impl Writer<'_> {
    fn print(&mut self, text: &str) {
        if self.pen.held.is_empty() {
            self.read(text);
        } else {
            let held = std::mem::take(&mut self.pen.held);
            self.read(&(held + text));
        }
    }

    fn read(&mut self, text: &str) {
        for part in parts(text) {
            match part {
                Part::Text(text) => self.write(text),
                Part::Escape(sequence) => {
                    if let Some(command) = Command::of(sequence) {
                        self.obey(command);
                    }
                }
                Part::Unfinished(sequence) if sequence.len() <= LONGEST_SEQUENCE => {
                    sequence.clone_into(&mut self.pen.held)
                }
                Part::Unfinished(sequence) => self.write(&sequence[1..]),
            }
        }
    }

    fn obey(&mut self, command: Command<'_>) {
        let pen = &mut self.pen;
        match command {
            Command::Style(parameters) => pen.style = pen.style.changed(parameters),
            Command::Up(lines) => {
                pen.row = pen.row.saturating_sub(lines);
                pen.column = Column::At(0);
            }
            Command::Down(lines) => {
                // As on a screen, no line comes into being by going down.
                let last = if pen.is_below { pen.rows.len() } else { pen.rows.len().saturating_sub(1) };
                pen.row = pen.row.saturating_add(lines).min(last);
                pen.column = Column::At(0);
            }
            Command::Column(column) => pen.column = Column::At(column.min(LONGEST)),
            Command::Erase(what) => {
                let column = match pen.column {
                    Column::End => None,
                    Column::At(column) => Some(column),
                };
                if let Some(line) = self.line() {
                    line.text.erase(what, column);
                }
            }
        }
    }

    /// Letters, and what ends or moves within a line.
    fn write(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_control() && c != '\t') {
            let (letters, from) = rest.split_at(at);
            self.put(letters);
            let mut after = from.chars();
            match after.next() {
                Some('\n') => self.end_line(),
                Some('\r') => self.pen.column = Column::At(0),
                Some('\u{8}') => self.step_back(),
                // A bell and the like: nothing to read.
                _ => {}
            }
            rest = after.as_str();
        }
        self.put(rest);
    }

    fn end_line(&mut self) {
        if self.line().is_none() {
            self.begin();
        }
        self.pen.row += 1;
        let is_below = self.pen.row == self.pen.rows.len();
        self.pen.is_below |= is_below;
        self.pen.column = if is_below { Column::End } else { Column::At(0) };
    }

    fn step_back(&mut self) {
        let column = match self.pen.column {
            Column::At(column) => column,
            Column::End => self.line().map_or(0, |line| line.text.letters().chars().count()),
        };
        self.pen.column = Column::At(column.saturating_sub(1));
    }

    fn put(&mut self, mut letters: &str) {
        while !letters.is_empty() {
            let (style, column) = (self.pen.style, self.pen.column);
            if self.line().is_none() {
                self.begin();
            }
            let Some(line) = self.line() else { return };
            match column {
                // Nothing stands there, as in every line that was only just begun.
                Column::At(0) if line.text.letters().is_empty() => self.pen.column = Column::End,
                Column::At(column) => {
                    line.text.write(column, letters, style);
                    self.pen.column = Column::At(column + letters.chars().count());
                    return;
                }
                Column::End => {
                    let room = LONGEST.saturating_sub(line.text.letters().len());
                    let end = if letters.len() <= room { letters.len() } else { letters.floor_char_boundary(room) };
                    if end == 0 {
                        // It goes on in a line of its own.
                        self.pen.row = self.pen.rows.len();
                    } else {
                        let (now, later) = letters.split_at(end);
                        line.text.push(now, style);
                        letters = later;
                    }
                }
            }
        }
    }

    /// The line that the pen is in, if there is one and it was kept; it is about to be changed.
    fn line(&mut self) -> Option<&mut Line> {
        let id = *self.pen.rows.get(self.pen.row)?;
        let at = usize::try_from(id.checked_sub(self.log.first())?).ok()?;
        let line = self.log.lines.get_mut(at)?;
        line.seq = self.seq;
        self.log.changed.insert(id);
        Some(line)
    }

    fn begin(&mut self) {
        let id = self.log.next;
        self.log.next += 1;
        let line = Line { id, at: self.at, seq: self.seq, pipe: self.pipe.clone(), text: Text::default() };
        self.log.lines.push_back(line);
        if self.log.lines.len() > self.log.kept
            && let Some(gone) = self.log.lines.pop_front()
        {
            self.log.changed.remove(&gone.id);
        }
        self.pen.rows.push_back(id);
        if self.pen.rows.len() > REACH {
            self.pen.rows.pop_front();
        }
        self.pen.row = self.pen.rows.len() - 1;
        self.pen.is_below = false;
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
