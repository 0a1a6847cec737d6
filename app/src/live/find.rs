//! Places in a log that somebody wants to go to: where a text stands, and where something went wrong.

use std::collections::BTreeSet;
use std::ops::Range;

use model::event::Stream;
use model::id::StepId;
use model::run::{RunState, Status};

use super::log::Log;

/// A text that is looked for, in capitals or not. It may begin within a word, unlike in the search of the server: nothing has
/// to be looked up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle(String);

impl Needle {
    /// What was typed, if it was anything.
    pub fn of(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        (!typed.is_empty()).then(|| Self(typed.to_ascii_lowercase()))
    }

    /// Where it stands.
    pub fn places(&self, letters: &str) -> Vec<Range<usize>> {
        let found = letters.to_ascii_lowercase();
        found.match_indices(&self.0).map(|(at, _)| at..at + self.0.len()).collect()
    }

    /// Whether it stands there.
    pub fn is_in(&self, letters: &str) -> bool {
        letters.to_ascii_lowercase().contains(&self.0)
    }
}

/// The steps of which some try went wrong, or of which nobody knows how they went.
pub fn failed(state: &RunState) -> BTreeSet<StepId> {
    let is_failed = |step: &model::run::StepState| {
        step.failures > 0 || matches!(step.status, Status::Failed { .. } | Status::Unknown { .. })
    };
    state.steps.iter().filter(|(_, step)| is_failed(step)).map(|(id, _)| id.clone()).collect()
}

/// Where these steps tell what went wrong, in order: where each of them begins to write to stderr. A step that wrote nothing
/// there has its last line named: what was said last is most often why.
pub fn trouble(log: &Log, failed: &BTreeSet<StepId>) -> BTreeSet<u64> {
    let mut places = BTreeSet::new();
    for step in failed {
        let (mut last, mut was_stderr, mut is_told) = (None, false, false);
        for line in log.lines().filter(|line| line.pipe.step == *step) {
            let is_stderr = line.pipe.stream == Stream::Stderr;
            if is_stderr && !was_stderr {
                places.insert(line.id);
                is_told = true;
            }
            (last, was_stderr) = (Some(line.id), is_stderr);
        }
        if !is_told {
            places.extend(last);
        }
    }
    places
}

/// The place after that one, and after the last one the first.
pub fn next(places: &BTreeSet<u64>, from: Option<u64>) -> Option<u64> {
    let after = from.and_then(|from| places.range(from + 1..).next());
    after.or_else(|| places.first()).copied()
}

/// The place before that one, and before the first one the last.
pub fn previous(places: &BTreeSet<u64>, from: Option<u64>) -> Option<u64> {
    let before = from.and_then(|from| places.range(..from).next_back());
    before.or_else(|| places.last()).copied()
}

#[cfg(test)]
mod tests {
    use model::event::{Event, EventKind};
    use model::id::HostName;
    use model::time::Timestamp;

    use super::*;
    use crate::live::testing::{begun, failed as fails, id, state};

    fn printed(seq: i64, step: &str, stream: Stream, text: &str) -> Event {
        let (step, host) = (id(step), HostName::new("a").unwrap());
        let kind = EventKind::Output { step, attempt: 1, host, stream, offset: 0, text: text.into() };
        Event { seq, at: Timestamp(seq), kind }
    }

    #[test]
    fn a_text_is_found_anywhere_in_capitals_or_not() {
        assert_eq!(Needle::of(" Disk ").unwrap().places("a disk, DISKS"), [2..6, 8..12]);
        assert!(Needle::of("isk").unwrap().is_in("disk"));
        assert_eq!(Needle::of("größe").unwrap().places("die Größe").len(), 1);
        assert_eq!(Needle::of("  "), None);
    }

    #[test]
    fn errors_are_where_failed_steps_begin_to_complain_or_end() {
        let log = Log::of(&[
            printed(1, "stop", Stream::Stdout, "out\n"),
            printed(2, "stop", Stream::Stderr, "one\ntwo\n"),
            printed(3, "start", Stream::Stderr, "only words\n"),
            printed(4, "stop", Stream::Stdout, "more\n"),
            printed(5, "stop", Stream::Stderr, "three\n"),
            printed(6, "once", Stream::Stdout, "a\nb\n"),
        ]);
        let failed = [id("stop"), id("once")].into();
        assert_eq!(trouble(&log, &failed), [1, 5, 7].into());
        assert_eq!(trouble(&log, &BTreeSet::new()), [].into());
    }

    #[test]
    fn a_step_that_was_tried_again_has_failed_too() {
        let kinds = vec![begun("stop"), fails("stop", true), begun("start")];
        assert_eq!(failed(&state(kinds)), [id("stop")].into());
    }

    #[test]
    fn behind_the_last_place_comes_the_first() {
        let places = [1, 5, 7].into();
        assert_eq!([None, Some(1), Some(3), Some(7)].map(|from| next(&places, from)), [1, 5, 5, 1].map(Some));
        assert_eq!([None, Some(1), Some(3), Some(7)].map(|from| previous(&places, from)), [7, 7, 1, 5].map(Some));
        assert_eq!(next(&BTreeSet::new(), Some(1)), None);
    }
}
