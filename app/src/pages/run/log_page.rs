//! The whole output of a run, page by page, or what stands around one place in it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::event::{Event, EventKind};
use model::id::{RunId, StepId};
use model::search::{MarkedLine, Query, plain};

use super::log_view::line_view;
use crate::api::runs::{OUTPUT_PAGE, load_output};
use crate::components::{Page, PageHead, data_of, loaded};
use crate::error::Answer;
use crate::live::Line;
use crate::pages::history::marked;
use crate::pages::params::{id_of_path, query};

/// A page holds about so many lines; more make it slow. A piece of output is never divided.
const LINES: usize = 4_000;

/// So many numbers before a place its page begins, and so many lines before it are shown.
const BEFORE: i64 = 40;
const LINES_BEFORE: usize = 200;

/// What the address asks for.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    /// Output after that event.
    after: i64,
    /// Of one step only.
    step: Option<StepId>,
    /// The piece of output that somebody wants to see.
    at: Option<i64>,
    /// What to mark in it, and from there on.
    find: Option<Query>,
}

/// `?after=` says from where on, `?step=` of which step; `?at=` is a piece of output, and `?find=` what stands in it.
#[component]
pub fn RunLog() -> AnyView {
    let id = id_of_path::<RunId>();
    let (after, step, at, find) = (query("after"), query("step"), query("at"), query("find"));
    let asked = Memo::new(move |_| {
        let at: Option<i64> = at.get().parse().ok();
        let after = at.map_or_else(|| after.get().parse().unwrap_or(0), |at| at.saturating_sub(BEFORE).max(0));
        Asked { after, step: step.get().parse().ok(), at, find: find.get().parse().ok() }
    });
    let output = data_of(move || (id.get(), asked.get()), load);
    let run = move || id.get().map(|id| id.to_string()).unwrap_or_default();
    view! {
        <Page title="Log">
            {move || view! { <PageHead title="Whole log" crumbs=vec![(format!("/runs/{}", run()), "Run".to_owned())]/> }}
            {loaded(output, move |events| show(&events, &asked.get_untracked()))}
        </Page>
    }.into_any()
}

async fn load((run, asked): (Answer<RunId>, Asked)) -> Answer<Vec<Event>> {
    load_output(run?, asked.step, asked.after).await
}

fn show(events: &[Event], asked: &Asked) -> AnyView {
    let printed = Printed::of(events, asked);
    let more = printed
        .last
        .filter(|last| events.len() >= OUTPUT_PAGE as usize || events.last().is_some_and(|end| end.seq > *last));
    let is_empty = printed.lines.is_empty();
    let earlier = (asked.after > 0).then(|| address(0, asked));
    let about =
        asked.step.as_ref().filter(|_| asked.at.is_some()).map(|step| format!("Only what {step} has printed. "));
    // Only the first line with it is led to.
    let mut found = false;
    let lines: Vec<_> = printed
        .lines
        .into_iter()
        .map(|(is_there, line)| {
            let marks = asked.find.as_ref().filter(|_| is_there).and_then(|find| marks(&line, find));
            let is_first = marks.is_some() && !found;
            found |= marks.is_some();
            match marks {
                Some(marks) => marked_line(line, &marks, is_first),
                None => line_view(line).into_any(),
            }
        })
        .collect();
    view! {
        {earlier.map(|href| view! { <p class="hint">{about} <a class="link" href=href>"Read from the beginning"</a></p> })}
        {is_empty.then(|| view! { <div class="empty">"Nothing was printed from here on."</div> })}
        {(!is_empty).then(|| view! { <div class="log max-h-none" tabindex="0" role="region" aria-label="Output">{lines}</div> })}
        {more.map(|seq| view! { <a class="btn" href=address(seq, asked)>"Go on"</a> })}
    }
    .into_any()
}

fn address(after: i64, asked: &Asked) -> String {
    let mut query = ParamsMap::new();
    query.insert("after", after.to_string());
    if let Some(step) = &asked.step {
        query.insert("step", step.to_string());
    }
    query.to_query_string()
}

fn marks(line: &Line, find: &Query) -> Option<MarkedLine> {
    let marks = MarkedLine::whole(&plain(&line.text), find);
    marks.parts.iter().any(|part| part.is_match).then_some(marks)
}

fn marked_line(line: Line, marks: &MarkedLine, is_first: bool) -> AnyView {
    let time = line.at.utc().split_off(11);
    view! {
        <div class="log-line flex-wrap gap-y-0 sm:flex-nowrap" id=is_first.then_some("found")>
            <span class="log-time" title=line.at.to_string()>{time}</span>
            <span class="log-host">{line.host.to_string()}</span>
            <span class="w-full min-w-0 sm:w-auto">{marked(marks)}</span>
        </div>
    }
    .into_any()
}

/// The lines of a page, each with whether it is at the place that was asked for or behind it.
struct Printed {
    lines: Vec<(bool, Line)>,
    /// The number of the last piece that is in it.
    last: Option<i64>,
}

impl Printed {
    fn of(events: &[Event], asked: &Asked) -> Self {
        let mut printed = Self { lines: Vec::new(), last: None };
        let mut unfinished: BTreeMap<_, usize> = BTreeMap::new();
        let place = asked.at.unwrap_or(i64::MIN);
        for event in events {
            let EventKind::Output { step, attempt, host, stream, text, .. } = &event.kind else { continue };
            if printed.lines.len() >= LINES && event.seq > place {
                break;
            }
            printed.last = Some(event.seq);
            let pipe = (step, *attempt, host, *stream);
            for piece in text.split_inclusive('\n') {
                let text = piece.trim_end_matches(['\n', '\r']);
                let at = match unfinished.remove(&pipe) {
                    Some(at) => at,
                    None => {
                        let id = printed.lines.len();
                        let line = Line {
                            id: id as u64,
                            at: event.at,
                            host: host.clone(),
                            stream: *stream,
                            text: String::new(),
                        };
                        printed.lines.push((false, line));
                        id
                    }
                };
                if let Some((is_there, line)) = printed.lines.get_mut(at) {
                    line.text.push_str(text);
                    *is_there = event.seq >= place;
                }
                if !piece.ends_with('\n') {
                    unfinished.insert(pipe, at);
                }
            }
        }
        let before = printed.lines.iter().take_while(|(is_there, _)| !is_there).count();
        if asked.at.is_some() {
            printed.lines.drain(..before.saturating_sub(LINES_BEFORE));
        }
        printed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use model::event::Stream;
    use model::id::HostName;
    use model::time::Timestamp;

    fn piece(seq: i64, host: &str, text: &str) -> Event {
        let (step, host) = (StepId::new("step").unwrap(), HostName::new(host).unwrap());
        let kind =
            EventKind::Output { step, attempt: 1, host, stream: Stream::Stdout, offset: 0, text: text.to_owned() };
        Event { seq, at: Timestamp(seq), kind }
    }

    fn asked(at: Option<i64>) -> Asked {
        Asked { after: 0, step: None, at, find: None }
    }

    #[test]
    fn no_line_is_lost_however_many_a_piece_has() {
        let events = [piece(1, "a", &"x\n".repeat(LINES)), piece(2, "a", "y\n")];
        let printed = Printed::of(&events, &asked(None));
        assert_eq!((printed.lines.len(), printed.last), (LINES, Some(1)), "the rest is on the next page");
        let printed = Printed::of(&events, &asked(Some(2)));
        assert_eq!((printed.lines.len(), printed.last), (LINES_BEFORE + 1, Some(2)));
    }

    #[test]
    fn a_line_that_ends_at_the_place_is_at_the_place() {
        let events = [piece(1, "a", "one\ntw"), piece(2, "b", "x\n"), piece(3, "a", "o\n")];
        let printed = Printed::of(&events, &asked(Some(3)));
        let lines: Vec<_> = printed.lines.iter().map(|(is_there, line)| (*is_there, line.text.as_str())).collect();
        assert_eq!(lines, [(false, "one"), (true, "two"), (false, "x")]);
    }
}
