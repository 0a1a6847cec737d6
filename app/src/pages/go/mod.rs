//! Going anywhere by a few letters: what the command palette shows, and a page that does the same without WASM.

mod find;
mod places;

use leptos::prelude::*;
use model::landmarks::Landmarks;
use model::people::Person;
use model::refusal::Refusal;

use super::params::query;
use crate::api::landmarks::load_landmarks;
use crate::api::session::load_viewer;
use crate::components::{Badge, Moment, Page, PageHead, data_of, loaded};
use crate::error::Answer;
use places::{Kind, Place};

/// `?q=` is what somebody types.
#[component]
pub fn Go() -> AnyView {
    let typed = query("q");
    let landmarks = data_of(|| (), |()| load());
    view! {
        <Page title="Go to">
            <PageHead title="Go to"/>
            <form class="cluster" method="get" action="/go" role="search">
                <input class="input max-w-xl" type="search" name="q" value=move || typed.get() autocomplete="off" maxlength="200"
                    aria-label="Where to" placeholder="Environment, action, page, run"/>
                <button class="btn btn-primary" type="submit">"Find"</button>
            </form>
            {loaded(landmarks, move |(landmarks, viewer)| show(&typed.get_untracked(), &landmarks, &viewer))}
        </Page>
    }
    .into_any()
}

async fn load() -> Answer<(Landmarks, Person)> {
    let landmarks = load_landmarks().await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((landmarks, viewer))
}

/// The palette takes what stands in `data-answers`, and says what `data-told` says.
fn show(query: &str, landmarks: &Landmarks, viewer: &Person) -> AnyView {
    let found = places::found(query, landmarks, viewer);
    let told = found.told();
    let words = told.clone();
    let in_history = places::in_history(query);
    let history = (!in_history.is_empty()).then_some((Kind::History, in_history));
    let groups: Vec<_> = found.groups.into_iter().chain(history).map(|(kind, places)| group(kind, places)).collect();
    view! {
        <p class="hint" role="status">{words}</p>
        <div class="stack max-w-3xl" data-answers="" data-told=told>{groups}</div>
    }
    .into_any()
}

fn group(kind: Kind, places: Vec<Place>) -> AnyView {
    let places: Vec<_> = places.into_iter().map(entry).collect();
    view! {
        <div class="entries" role="group" aria-label=kind.heading()>
            <p class="eyebrow" aria-hidden="true">{kind.heading()}</p>
            {places}
        </div>
    }
    .into_any()
}

fn entry(place: Place) -> AnyView {
    let Place { href, title, about, look, at, .. } = place;
    view! {
        <a class="entry" href=href>
            <span class="font-medium">{title}</span>
            {(!about.is_empty()).then(|| view! { " " <span class="hint">{about}</span> })}
            {look.map(|look| view! { " " <Badge look/> })}
            {at.map(|at| view! { " " <span class="hint"><Moment at/></span> })}
        </a>
    }
    .into_any()
}
