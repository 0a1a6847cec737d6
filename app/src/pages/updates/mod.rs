//! Administration > Updates: the three platforms side by side, each environment a card.

mod card;
mod first_use;

use leptos::prelude::*;
use model::environment::Platform;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::view::EnvironmentCard;

use crate::api::environments::{LookAgain, load_cards};
use crate::api::session::load_viewer;
use crate::components::{Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use card::Card;

/// Seconds between two looks at what the server knows.
const REFRESH: u32 = 10;

/// All environments.
#[component]
pub fn Updates() -> AnyView {
    let look = ServerAction::<LookAgain>::new();
    let cards = data_of(|| (), |()| load());
    view! {
        <Page title="Updates" refresh=REFRESH>
            <PageHead title="Updates"/>
            <RefusalNotice refusal=refusal_of(look)/>
            {loaded(cards, move |(cards, viewer)| platforms(cards, viewer, look))}
        </Page>
    }
    .into_any()
}

async fn load() -> Answer<(Vec<EnvironmentCard>, Person)> {
    let cards = load_cards().await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((cards, viewer))
}

fn platforms(cards: Vec<EnvironmentCard>, viewer: Person, look: ServerAction<LookAgain>) -> AnyView {
    let is_admin = viewer.may(Role::Admin);
    let first_use = is_admin.then(|| first_use::of(&cards)).flatten();
    let columns: Vec<_> = [Platform::OpenVstorage, Platform::CloudStack, Platform::Cloudify]
        .into_iter()
        .map(|platform| {
            let mine = cards.iter().filter(|card| card.environment.platform.platform() == platform).cloned();
            column(platform, mine.collect(), &viewer, is_admin, look)
        })
        .collect();
    view! {
        {first_use}
        <div class="grid gap-6 items-start lg:grid-cols-3">{columns}</div>
        {is_admin.then(as_a_file)}
    }
    .into_any()
}

fn as_a_file() -> AnyView {
    view! {
        <p class="hint">
            "All environments as one file, without secrets: "
            <a class="link" href="/environments/export" rel="external" download="drydock-environments.toml">"Export"</a> " · "
            <a class="link" href="/environments/import">"Import"</a>
        </p>
    }
    .into_any()
}

fn column(
    platform: Platform,
    cards: Vec<EnvironmentCard>,
    viewer: &Person,
    is_admin: bool,
    look: ServerAction<LookAgain>,
) -> AnyView {
    let is_empty = cards.is_empty();
    let new = format!("/environments/new?platform={}", platform.word());
    let cards: Vec<_> = cards.into_iter().map(|card| view! { <Card card viewer=viewer.clone() look/> }).collect();
    view! {
        <section class="stack" aria-label=platform.to_string()>
            <div class="spread min-h-7">
                <h2>{platform.to_string()}</h2>
                {is_admin.then(|| view! { <a class="btn btn-small" href=new>"Add environment"</a> })}
            </div>
            {cards}
            {is_empty.then(|| view! { <div class="empty">{nothing_yet(platform)}</div> })}
        </section>
    }
    .into_any()
}

fn nothing_yet(platform: Platform) -> &'static str {
    match platform {
        Platform::CloudStack => "No environment yet. An admin adds one with its endpoint, keys and management hosts.",
        Platform::OpenVstorage => {
            "No cluster yet. An admin adds one with its API, a client of it, and SSH to every node."
        }
        Platform::Cloudify => {
            "No manager yet. An admin adds an old one and what is to take its place, with REST and SSH to both."
        }
    }
}
