//! The whole log of a run, a page at a time.

use std::collections::{BTreeSet, HashMap};

use model::event::{Event, EventKind};
use model::id::{HostName, RunId, StepId};
use model::printed::{LogAsked, LogFound, LogPage, LogPlace};
use model::search::Query;
use model::view::RunLine;

use crate::error::not_found;
use crate::store::log::{Between, Order, Size};
use crate::store::search::PipeName;
use crate::{Engine, Result};

/// A page holds about so many bytes and lines of output. A piece is never divided.
const BYTES: i64 = 192 * 1024;
const LINES: usize = 4_000;

/// And so many pieces at most.
const PIECES: u32 = 500;

/// Before a piece that was asked for so much is shown.
const BYTES_BEFORE: i64 = 24 * 1024;
const PIECES_BEFORE: u32 = 40;

/// So many pieces with the words are read at most to find the text itself.
const MOST_PIECES: usize = 400;

/// More than any number of an event.
const END: i64 = i64::MAX;

/// What the answers to one question have in common.
struct Reader<'a> {
    engine: &'a Engine,
    run: &'a RunId,
    line: RunLine,
    /// The steps whose output is meant; `None`: all.
    steps: Option<Vec<StepId>>,
    /// Tries that have failed, and the events that say so.
    errors: Vec<(StepId, u32, i64)>,
    last: i64,
}

/// Where a page begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    /// With what comes after that number.
    After(i64),
    /// Before that number.
    Before(i64),
    /// This piece, and something before it.
    At(i64),
}

impl Engine {
    /// A page of what a run has printed.
    pub async fn log(&self, run: &RunId, asked: &LogAsked) -> Result<LogPage> {
        let store = self.store();
        let line = store.run_line(run).await?.ok_or_else(|| not_found("this run"))?;
        let printed = store.hosts_that_printed(run).await?;
        let hosts: BTreeSet<HostName> = printed.iter().map(|(_, host)| host.clone()).collect();
        let steps = meant(asked, &printed);
        let errors = errors(&store.events(run, 0).await?, steps.as_deref());
        let last = store.last_event(run).await?;
        let reader = Reader { engine: self, run, line, steps, errors, last };
        let mut window = reader.window(asked.place).await?;
        let found = match &asked.find {
            None => None,
            Some(query) => Some(reader.found(query, &mut window).await?),
        };
        let output = reader.output(window).await?;
        let ends = output.first().map(|first| first.seq).zip(output.last().map(|last| last.seq));
        let (earlier, later) = match ends {
            None => match window {
                // Behind the end, or before the beginning: the other side is what there is.
                Window::After(after) | Window::At(after) => {
                    (reader.has((0, after + 1)).await?.then_some(after + 1), None)
                }
                Window::Before(before) => (None, reader.has((before - 1, END)).await?.then_some(before - 1)),
            },
            Some((first, last)) => {
                let earlier = reader.has((0, first)).await?.then_some(first);
                (earlier, reader.has((last, END)).await?.then_some(last))
            }
        };
        let at = match window {
            Window::At(at) => Some(at),
            Window::After(_) | Window::Before(_) => None,
        };
        let before = ends.map_or(0, |(first, _)| first - 1);
        Ok(LogPage {
            begun: reader.begun(&output).await?,
            output,
            at,
            earlier,
            later,
            part: u8::try_from(before.saturating_mul(100) / reader.last.max(1)).unwrap_or(100).min(100),
            hosts: hosts.into_iter().collect(),
            errors: u32::try_from(reader.errors.len()).unwrap_or(u32::MAX),
            found,
        })
    }
}

/// The steps whose output is meant; `None`: all.
fn meant(asked: &LogAsked, printed: &[(StepId, HostName)]) -> Option<Vec<StepId>> {
    let is_there = |step: &StepId| asked.step.as_ref().is_none_or(|meant| meant == step);
    match (&asked.step, &asked.host) {
        (None, None) => None,
        (Some(step), None) => Some(vec![step.clone()]),
        (_, Some(host)) => {
            let on_it = printed.iter().filter(|(step, on)| on == host && is_there(step));
            Some(on_it.map(|(step, _)| step.clone()).collect())
        }
    }
}

/// Tries that have failed, oldest first.
fn errors(events: &[Event], steps: Option<&[StepId]>) -> Vec<(StepId, u32, i64)> {
    let mut tries: HashMap<&StepId, u32> = HashMap::new();
    let mut errors = Vec::new();
    for event in events {
        match &event.kind {
            EventKind::StepStarted { step, attempt, .. } => {
                tries.insert(step, *attempt);
            }
            EventKind::StepFailed { step, .. } if steps.is_none_or(|steps| steps.contains(step)) => {
                errors.push((step.clone(), tries.get(step).copied().unwrap_or(1), event.seq));
            }
            _ => {}
        }
    }
    errors
}

impl Reader<'_> {
    async fn window(&self, place: LogPlace) -> Result<Window> {
        Ok(match place {
            LogPlace::Beginning => Window::After(0),
            LogPlace::End => Window::Before(END),
            LogPlace::After(after) => Window::After(after.max(0)),
            LogPlace::Before(before) => Window::Before(before.max(1)),
            LogPlace::At(at) => Window::At(at.max(0)),
            LogPlace::Time(moment) => {
                let at = moment.in_run(self.line.created_at);
                Window::After(self.engine.store().event_at(self.run, self.last, at).await? - 1)
            }
            LogPlace::Part(part) => Window::After(self.last.saturating_mul(i64::from(part.min(100))) / 100),
            LogPlace::Error(number) => {
                let at = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
                match self.errors.get(at) {
                    None => Window::Before(END),
                    Some((step, attempt, told)) => {
                        let said = self.engine.store().complaint(self.run, step, *attempt).await?;
                        Window::At(said.unwrap_or(*told))
                    }
                }
            }
        })
    }

    /// Where the text stands; the window is moved there.
    async fn found(&self, query: &Query, window: &mut Window) -> Result<LogFound> {
        let (here, mut is_cut) = match *window {
            Window::After(after) => self.look(query, (after, END), Order::OldestFirst).await?,
            Window::Before(before) => self.look(query, (0, before), Order::NewestFirst).await?,
            Window::At(at) => (Some(at), false),
        };
        let (mut previous, mut next) = (None, None);
        if let Some(here) = here {
            *window = Window::At(here);
            let (before, is_cut_before) = self.look(query, (0, here), Order::NewestFirst).await?;
            let (after, is_cut_after) = self.look(query, (here, END), Order::OldestFirst).await?;
            (previous, next) = (before, after);
            is_cut |= is_cut_before || is_cut_after;
        }
        Ok(LogFound { here, previous, next, is_cut, is_unread: self.engine.store().has_unread(self.run).await? })
    }

    /// The first piece with the text, and whether not all of them were looked at.
    async fn look(&self, query: &Query, between: Between, order: Order) -> Result<(Option<i64>, bool)> {
        let (mut after, mut before) = between;
        let (mut looked, mut limit) = (0, 16);
        loop {
            let place = (self.run, &self.line.environment);
            let pieces = self.engine.store().documents(place, query, (after, before), (order, limit)).await?;
            let is_last = pieces.len() < limit as usize;
            for seq in pieces {
                if looked >= MOST_PIECES {
                    return Ok((None, true));
                }
                looked += 1;
                match order {
                    Order::OldestFirst => after = seq,
                    Order::NewestFirst => before = seq,
                }
                if self.stands_in(query, seq).await? {
                    return Ok((Some(seq), false));
                }
            }
            if is_last {
                return Ok((None, false));
            }
            limit = 200;
        }
    }

    async fn stands_in(&self, query: &Query, seq: i64) -> Result<bool> {
        let Some((event, carry, bytes)) = self.engine.store().piece(self.run, seq).await? else { return Ok(false) };
        let is_meant = match (&self.steps, event.kind.step()) {
            (Some(steps), Some(step)) => steps.contains(step),
            _ => true,
        };
        Ok(is_meant && !query.lines(&carry, &bytes).is_empty())
    }

    /// The pieces of a page.
    async fn output(&self, window: Window) -> Result<Vec<Event>> {
        let from_end = matches!(window, Window::Before(_));
        let between = match window {
            Window::After(after) => (after, self.reach((after, END), (BYTES, PIECES), Order::OldestFirst).await?),
            Window::Before(before) => (self.reach((0, before), (BYTES, PIECES), Order::NewestFirst).await?, before),
            Window::At(at) => {
                let from = (BYTES_BEFORE, PIECES_BEFORE);
                let after = self.reach((0, at), from, Order::NewestFirst).await?;
                (after, self.reach((after, END), (BYTES, PIECES), Order::OldestFirst).await?)
            }
        };
        let mut output = match &self.steps {
            None => self.engine.store().output_between(self.run, None, between).await?,
            Some(steps) => {
                let mut output = Vec::new();
                for step in steps {
                    output.extend(self.engine.store().output_between(self.run, Some(step), between).await?);
                }
                output
            }
        };
        output.sort_by_key(|event| event.seq);
        let least = match window {
            Window::At(at) => at,
            Window::After(_) | Window::Before(_) => 0,
        };
        Ok(within_lines(output, from_end, least))
    }

    /// Up to where a page reaches: the end that is not given, left out.
    async fn reach(&self, between: Between, (most, pieces): (i64, u32), order: Order) -> Result<i64> {
        let store = self.engine.store();
        let mut sizes: Vec<Size> = Vec::new();
        match &self.steps {
            None => sizes = store.sizes(self.run, None, between, (order, pieces)).await?,
            Some(steps) => {
                for step in steps {
                    sizes.extend(store.sizes(self.run, Some(step), between, (order, pieces)).await?);
                }
            }
        }
        match order {
            Order::OldestFirst => sizes.sort_by_key(|size| size.seq),
            Order::NewestFirst => sizes.sort_by_key(|size| std::cmp::Reverse(size.seq)),
        }
        sizes.truncate(pieces as usize);
        let mut bytes = 0;
        let fits = |size: &&Size| {
            let fits = bytes < most;
            bytes += size.bytes;
            fits
        };
        let furthest = sizes.iter().take_while(fits).last().map(|size| size.seq);
        Ok(match (order, furthest) {
            (Order::OldestFirst, Some(seq)) => seq + 1,
            (Order::OldestFirst, None) => between.1,
            (Order::NewestFirst, Some(seq)) => seq - 1,
            (Order::NewestFirst, None) => between.0,
        })
    }

    /// Whether something that is meant was printed there.
    async fn has(&self, between: Between) -> Result<bool> {
        Ok(match &self.steps {
            None => !self.engine.store().sizes(self.run, None, between, (Order::OldestFirst, 1)).await?.is_empty(),
            Some(steps) => {
                for step in steps {
                    let one = (Order::OldestFirst, 1);
                    if !self.engine.store().sizes(self.run, Some(step), between, one).await?.is_empty() {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    /// What the lines began with that the first pieces of these pipes go on with.
    async fn begun(&self, output: &[Event]) -> Result<Vec<Event>> {
        let (mut pipes, mut begun) = (BTreeSet::new(), Vec::new());
        for event in output {
            let EventKind::Output { step, attempt, host, stream, offset, .. } = &event.kind else { continue };
            if !pipes.insert((step, attempt, stream)) || *offset == 0 {
                continue;
            }
            let name = crate::store::journal::stream_word(*stream).to_owned();
            let pipe = PipeName { step: step.to_string(), attempt: i64::from(*attempt), stream: name };
            let carry = self.engine.store().carry(self.run, &pipe, event.seq).await?;
            if !carry.is_empty() {
                let text = String::from_utf8_lossy(&carry).into_owned();
                let (step, host) = (step.clone(), host.clone());
                let kind = EventKind::Output { step, attempt: *attempt, host, stream: *stream, offset: 0, text };
                begun.push(Event { seq: 0, at: event.at, kind });
            }
        }
        Ok(begun)
    }
}

/// Takes pieces away so that a page does not have too many lines, but none up to `least`.
fn within_lines(mut output: Vec<Event>, from_end: bool, least: i64) -> Vec<Event> {
    let lines = |event: &Event| match &event.kind {
        EventKind::Output { text, .. } => text.matches('\n').count(),
        _ => 0,
    };
    let mut count = 0;
    let mut fits = |event: &Event| {
        let fits = count < LINES || event.seq <= least;
        count += lines(event);
        fits
    };
    if from_end {
        let kept = output.iter().rev().take_while(|event| fits(event)).count();
        output.drain(..output.len() - kept);
    } else {
        let kept = output.iter().take_while(|event| fits(event)).count();
        output.truncate(kept);
    }
    output
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
