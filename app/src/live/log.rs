//! Lines out of pieces of output.
//!
//! Commands print in pieces that end anywhere, several pipes at once. A line that is not finished is continued in its
//! place when the rest of it comes, so that two hosts never get mixed up within a line.

use std::collections::{BTreeMap, VecDeque};

use model::event::{Event, EventKind, Stream};
use model::id::{HostName, StepId};
use model::time::Timestamp;

/// More lines make a page slow and nobody scrolls through them; the rest has a page of its own.
const KEPT: usize = 2_000;

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counts up.
    pub id: u64,
    pub at: Timestamp,
    pub host: HostName,
    pub stream: Stream,
    pub text: String,
}

type Pipe = (StepId, u32, HostName, Stream);

/// The last lines of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    seq: i64,
    next: u64,
    lines: VecDeque<Line>,
    unfinished: BTreeMap<Pipe, u64>,
}

impl Log {
    /// The log after these events.
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut log = Self::default();
        for event in events {
            log.push(event);
        }
        log
    }

    /// The lines that were kept, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
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

    /// Takes in one event; one that was taken in before changes nothing.
    pub fn push(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        let EventKind::Output { step, attempt, host, stream, text, .. } = &event.kind else { return };
        let pipe = (step.clone(), *attempt, host.clone(), *stream);
        for piece in text.split_inclusive('\n') {
            self.append(&pipe, event.at, piece);
        }
    }

    fn append(&mut self, pipe: &Pipe, at: Timestamp, piece: &str) {
        let text = piece.trim_end_matches(['\n', '\r']);
        let first = self.lines.front().map_or(self.next, |line| line.id);
        let begun = self.unfinished.get(pipe).and_then(|id| id.checked_sub(first));
        let id = match begun.and_then(|index| self.lines.get_mut(index as usize)) {
            Some(line) => {
                line.text.push_str(text);
                line.id
            }
            None => self.begin(pipe, at, text),
        };
        if piece.ends_with('\n') {
            self.unfinished.remove(pipe);
        } else {
            self.unfinished.insert(pipe.clone(), id);
        }
    }

    fn begin(&mut self, pipe: &Pipe, at: Timestamp, text: &str) -> u64 {
        let id = self.next;
        self.next += 1;
        self.lines.push_back(Line { id, at, host: pipe.2.clone(), stream: pipe.3, text: text.to_owned() });
        if self.lines.len() > KEPT {
            self.lines.pop_front();
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(seq: i64, host: &str, text: &str) -> Event {
        Event {
            seq,
            at: Timestamp(seq),
            kind: EventKind::Output {
                step: StepId::new("step").unwrap(),
                attempt: 1,
                host: HostName::new(host).unwrap(),
                stream: Stream::Stdout,
                offset: 0,
                text: text.into(),
            },
        }
    }

    #[track_caller]
    fn check(events: &[Event], expected: &[&str]) {
        let log = Log::of(events);
        let lines: Vec<String> = log.lines().map(|line| format!("{}: {}", line.host, line.text)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_that_comes_in_pieces_is_one_line() {
        check(&[printed(1, "a", "one\ntw"), printed(2, "a", "o\nthree")], &["a: one", "a: two", "a: three"]);
    }

    #[test]
    fn pieces_of_two_hosts_never_share_a_line() {
        check(&[printed(1, "a", "st"), printed(2, "b", "x\n"), printed(3, "a", "op\n")], &["a: stop", "b: x"]);
    }

    #[test]
    fn an_event_that_comes_twice_is_shown_once() {
        check(&[printed(1, "a", "one\n"), printed(1, "a", "one\n"), printed(2, "a", "two\n")], &["a: one", "a: two"]);
    }

    #[test]
    fn old_lines_are_let_go_and_the_log_says_so() {
        let log = Log::of(&[printed(1, "a", &"x\n".repeat(KEPT + 5))]);
        assert_eq!(log.lines().count(), KEPT);
        assert!(log.is_cut());
        assert_eq!(log.lines().next().map(|line| line.id), Some(5));
    }

    #[test]
    fn a_blank_line_stays_a_line() {
        check(&[printed(1, "a", "one\n\ntwo\n")], &["a: one", "a: ", "a: two"]);
    }
}
