//! Requests that wait for somebody; those the viewer can move come first.

use leptos::prelude::*;
use model::people::{Person, Role};
use model::policy::{Standing, impossible_words, missing_words};
use model::refusal::Refusal;
use model::view::RequestLine;
use model::words::capitalised;

use crate::api::requests::load_open_requests;
use crate::api::session::load_viewer;
use crate::components::{Badge, Moment, Page, PageHead, data_of, loaded};
use crate::error::Answer;
use crate::looks;

/// Seconds between two looks.
const REFRESH: u32 = 10;

/// Open requests.
#[component]
pub fn Inbox() -> AnyView {
    let requests = data_of(|| (), |()| load());
    view! {
        <Page title="Inbox" refresh=REFRESH>
            <PageHead title="Inbox"/>
            {loaded(requests, |(lines, viewer)| show(lines, &viewer))}
        </Page>
    }
    .into_any()
}

async fn load() -> Answer<(Vec<RequestLine>, Person)> {
    let lines = load_open_requests().await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((lines, viewer))
}

/// What the viewer can do for it, if anything.
fn your_turn(line: &RequestLine, viewer: &Person) -> Option<&'static str> {
    match &line.standing {
        Standing::Waiting { missing } if missing.iter().any(|missing| missing.could.contains(&viewer.name)) => {
            Some("You can approve or deny it")
        }
        Standing::Approved { .. } if viewer.may_at(Role::Operator, &line.labels) => Some("You can start it"),
        Standing::Waiting { .. }
        | Standing::Approved { .. }
        | Standing::Impossible { .. }
        | Standing::Denied { .. } => None,
    }
}

fn show(lines: Vec<RequestLine>, viewer: &Person) -> AnyView {
    let (yours, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| your_turn(line, viewer).is_some());
    let nothing = yours.is_empty();
    let has_others = !others.is_empty();
    let yours: Vec<_> = yours.into_iter().map(|line| card(line, viewer)).collect();
    let others: Vec<_> = others.into_iter().map(|line| card(line, viewer)).collect();
    view! {
        <section class="stack">
            <h2>"Your turn"</h2>
            {nothing.then(|| view! { <div class="empty">"Nothing waits for you."</div> })}
            <div class="cards">{yours}</div>
        </section>
        {has_others.then(|| view! {
            <section class="stack"><h2>"Waiting for others"</h2> <div class="cards">{others}</div></section>
        })}
    }
    .into_any()
}

fn card(line: RequestLine, viewer: &Person) -> AnyView {
    let turn = your_turn(&line, viewer);
    let reason = (!line.reason.is_empty()).then(|| format!("“{}”", line.reason));
    let waits_for = match &line.standing {
        Standing::Waiting { missing } if turn.is_none() => Some(capitalised(&missing_words(missing))),
        Standing::Impossible { missing } => Some(capitalised(&impossible_words(missing))),
        _ => None,
    };
    view! {
        <article class="card">
            <div class="card-body">
                <div class="spread">
                    <a class="link font-medium" href=format!("/requests/{}", line.id)>{format!("{} on {}", line.procedure, line.environment_name)}</a>
                    <Badge look=looks::of_standing(&line.standing)/>
                </div>
                <p>{line.summary}</p>
                {reason.map(|words| view! { <p>{words}</p> })}
                <p class="text-muted">{format!("Asked by {}, ", line.by)} <Moment at=line.at/></p>
                {turn.map(|words| view! { <p class="font-medium">{words}</p> })}
                {waits_for.map(|words| view! { <p class="hint">{words}</p> })}
            </div>
        </article>
    }
    .into_any()
}
