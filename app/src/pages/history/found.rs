//! Where a text stands in what runs have printed.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::event::Stream;
use model::id::RunId;
use model::search::MarkedLine;
use model::view::{Found, FoundRest, FoundRun, Hit};
use model::words::count;

use super::filter::Asked;
use crate::components::{Badge, Moment, Notice};
use crate::look::Look;
use crate::looks;

/// What was found, run by run, and what was not looked at.
pub fn found(found: Found, asked: &Asked) -> AnyView {
    let is_nothing = found.runs.is_empty();
    let rest = rest(found.rest, asked, is_nothing);
    let unread = unread(found.unread);
    let runs: Vec<_> = (1..).zip(found.runs).map(|(number, one)| run(number, one, asked)).collect();
    let runs_of = Asked { find: String::new(), from_place: None, problems: Vec::new(), ..asked.clone() }.address();
    view! {
        <div class="spread">
            <h2>{format!("“{}” in output", asked.find)}</h2>
            <a class="link" href=runs_of>"Show the runs instead"</a>
        </div>
        {unread}
        {runs}
        {rest}
    }
    .into_any()
}

fn unread(runs: u32) -> Option<AnyView> {
    let words = match runs {
        0 => return None,
        1 => "The output of 1 run is not searchable yet. It is being read; look again in a moment.".to_owned(),
        runs => format!("The output of {runs} runs is not searchable yet. It is being read; look again in a moment."),
    };
    Some(view! { <Notice look=Look::waiting("Not complete")>{words}</Notice> }.into_any())
}

fn rest(rest: FoundRest, asked: &Asked, is_nothing: bool) -> AnyView {
    let from = |before: i64| Asked { from_place: Some(before), problems: Vec::new(), ..asked.clone() }.address();
    match rest {
        FoundRest::Nothing if is_nothing => view! {
            <div class="empty">
                "Nothing was found. Output is found by whole words in their order; only the last word may be the beginning of one, from three letters on."
            </div>
        }
        .into_any(),
        FoundRest::Nothing => view! { <p class="hint">"That is all there is."</p> }.into_any(),
        FoundRest::Older { before } => view! { <a class="btn" href=from(before)>"Older places"</a> }.into_any(),
        FoundRest::NotLookedAt { before } => {
            let href = from(before);
            view! {
                <Notice look=Look::unknown("Not everything was looked at")>
                    "These words are in very much output, and looking at all of it takes long. What is older was not looked at. "
                    <a class="link" href=href>"Go on from there"</a>
                </Notice>
            }
            .into_any()
        }
    }
}

fn run(number: usize, found: FoundRun, asked: &Asked) -> AnyView {
    let FoundRun { run, hits } = found;
    let hits: Vec<_> = hits.into_iter().map(|one| hit(&run.id, one, asked)).collect();
    let name = format!("{} on {}", run.procedure, run.environment_name);
    // Of many runs of one kind each has a name of its own.
    let label = format!("{number}. {name}");
    view! {
        <section class="card" aria-label=label>
            <div class="card-head">
                <span class="cluster">
                    <Badge look=looks::of_line(&run)/>
                    <a class="link font-medium" href=format!("/runs/{}", run.id)>{name.clone()}</a>
                </span>
                <span class="text-muted">{format!("started by {}, ", run.by)} <Moment at=run.created_at/></span>
            </div>
            <div class="card-body">{hits}</div>
        </section>
    }
    .into_any()
}

fn hit(run: &RunId, hit: Hit, asked: &Asked) -> AnyView {
    let mut place = ParamsMap::new();
    place.insert("step", hit.step.to_string());
    place.insert("at", hit.seq.to_string());
    place.insert("find", asked.find.clone());
    let href = format!("/runs/{run}/log{}#found", place.to_query_string());
    let attempt = if hit.attempt > 1 { format!(", try {}", hit.attempt) } else { String::new() };
    let pipe = match hit.stream {
        Stream::Stdout => "",
        Stream::Stderr => ", stderr",
    };
    let about = format!("on {}{attempt}{pipe}, ", hit.host);
    let more = (hit.more > 0).then(|| format!("and in {} more right there", count(hit.more as usize, "line")));
    let lines: Vec<_> = hit.lines.iter().map(|line| view! { <div>{marked(line)}</div> }).collect();
    view! {
        <div class="stack-tight">
            <p><a class="link" href=href>{hit.title}</a> " " <span class="text-muted">{about} <Moment at=hit.at/></span></p>
            <div class="command">{lines}</div>
            {more.map(|words| view! { <p class="hint">{words}</p> })}
        </div>
    }
    .into_any()
}

/// A line with what was looked for marked in it.
fn marked(line: &MarkedLine) -> AnyView {
    let parts: Vec<_> = line
        .parts
        .iter()
        .map(|part| match (part.is_match, part.text.clone()) {
            (true, text) => view! { <mark>{text}</mark> }.into_any(),
            (false, text) => text.into_any(),
        })
        .collect();
    parts.into_any()
}
