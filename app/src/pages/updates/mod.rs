//! Administration > Updates: the three platforms side by side, each environment a card. Of many environments each is a line.

mod card;
mod filter;
mod first_use;
mod glance;
mod row;
#[cfg(test)]
mod samples;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::environment::Platform;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::time::Timestamp;
use model::view::EnvironmentCard;
use model::words::count;

use crate::api::environments::{LookAgain, load_cards};
use crate::api::session::load_viewer;
use crate::clock::now;
use crate::components::{Badge, Moment, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use card::Card;
use filter::Asked;
use glance::{State, Waits};

/// Seconds between two looks at what the server knows.
const REFRESH: u32 = 10;

/// More environments than that are lines of a table: cards would not be seen together.
const MOST_CARDS: usize = 12;

/// Fewer environments need no filter.
const FEWEST_TO_FILTER: usize = 4;

/// So much of what waits for somebody stands on top.
const WAITS_SHOWN: usize = 6;

/// All environments, or those that the address asks for.
#[component]
pub fn Updates() -> AnyView {
    let look = ServerAction::<LookAgain>::new();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(filter::read));
    let cards = data_of(|| (), |()| load());
    view! {
        <Page title="Updates" refresh=REFRESH>
            <PageHead title="Updates"/>
            <RefusalNotice refusal=refusal_of(look)/>
            {loaded(cards, move |(cards, viewer)| show(cards, &viewer, &asked.get_untracked(), look))}
        </Page>
    }
    .into_any()
}

async fn load() -> Answer<(Vec<EnvironmentCard>, Person)> {
    let cards = load_cards().await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((cards, viewer))
}

fn show(cards: Vec<EnvironmentCard>, viewer: &Person, asked: &Asked, look: ServerAction<LookAgain>) -> AnyView {
    let now = now();
    let is_asked = *asked != Asked::default();
    let summary = (cards.len() > 1).then(|| summary(&cards, now));
    let form = (is_asked || cards.len() >= FEWEST_TO_FILTER).then(|| filter::form(asked, &cards));
    let is_narrow = asked.wanted.is_narrow();
    let is_admin = viewer.may(Role::Admin);
    let first_use = is_admin.then(|| first_use::of(&cards)).flatten();
    let of = cards.len();
    let fitting = asked.wanted.of(cards, now);
    let told = is_narrow.then(|| {
        let words = format!("{} of {} fit.", fitting.len(), count(of, "environment"));
        view! { <p class="hint" role="status">{words}</p> }
    });
    view! { {first_use} {summary} {form} {told} {platforms(fitting, viewer, is_narrow, look)} {is_admin.then(as_a_file)} }.into_any()
}

/// How it stands with all of them, and what waits for whom. Each number leads to those that it counts.
fn summary(cards: &[EnvironmentCard], now: Timestamp) -> AnyView {
    let counts: Vec<_> = glance::counts(cards, now).into_iter().map(counted).collect();
    let waits = glance::waits(cards);
    let more = waits.len().saturating_sub(WAITS_SHOWN);
    let rows: Vec<_> = waits.into_iter().take(WAITS_SHOWN).map(wait).collect();
    let waits = (!rows.is_empty()).then(|| {
        view! {
            <h2>"What waits for whom"</h2>
            <ul class="stack-tight">{rows}</ul>
            {(more > 0).then(|| view! { <p class="hint">{format!("and {more} more, with their environments below")}</p> })}
        }
    });
    view! {
        <section class="stack-tight" aria-label="At a glance">
            <ul class="cluster"><li class="font-medium">{format!("{}:", count(cards.len(), "environment"))}</li> {counts}</ul>
            {waits}
        </section>
    }
    .into_any()
}

fn counted((state, count): (State, usize)) -> AnyView {
    view! { <li><a class="inline-flex" href=filter::address_of(state)><Badge look=state.look(count)/></a></li> }
        .into_any()
}

fn wait(waits: Waits) -> AnyView {
    let Waits { look, href, what, environment, whom, since } = waits;
    view! {
        <li class="cluster">
            <Badge look/>
            <span><a class="link" href=href>{what}</a> {format!(" on {environment}. {whom}. Since ")} <Moment at=since/></span>
        </li>
    }
    .into_any()
}

fn platforms(cards: Vec<EnvironmentCard>, viewer: &Person, is_narrow: bool, look: ServerAction<LookAgain>) -> AnyView {
    if is_narrow && cards.is_empty() {
        return view! { <div class="empty">"No environment fits. " <a class="link" href="/">"Show all"</a></div> }
            .into_any();
    }
    let is_many = cards.len() > MOST_CARDS;
    let columns: Vec<_> = Platform::ALL
        .into_iter()
        .filter_map(|platform| {
            let mine = cards.iter().filter(|card| card.environment.platform.platform() == platform).cloned();
            let mine: Vec<EnvironmentCard> = mine.collect();
            // Who asks for something else does not miss it.
            let is_wanted = !(is_narrow && mine.is_empty());
            is_wanted.then(|| column(platform, mine, viewer, is_many, look))
        })
        .collect();
    let classes = if is_many { "stack gap-6" } else { "grid gap-6 items-start lg:grid-cols-3" };
    view! { <div class=classes>{columns}</div> }.into_any()
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
    is_many: bool,
    look: ServerAction<LookAgain>,
) -> AnyView {
    let new = format!("/environments/new?platform={}", platform.word());
    let number = (cards.len() > 1).then(|| view! { " " <span class="num text-muted">{cards.len()}</span> });
    let shown = match cards.len() {
        0 => view! { <div class="empty">{nothing_yet(platform)}</div> }.into_any(),
        _ if is_many => row::table(&platform.to_string(), cards, viewer, look),
        _ => {
            let cards = cards.into_iter().map(|card| view! { <Card card viewer=viewer.clone() look/> });
            cards.collect::<Vec<_>>().into_any()
        }
    };
    view! {
        <section class="stack scroll-mt-20" id=platform.word() aria-label=platform.to_string()>
            <div class="spread min-h-7">
                <h2>{platform.to_string()} {number}</h2>
                {viewer.may(Role::Admin).then(|| view! { <a class="btn btn-small" href=new>"Add environment"</a> })}
            </div>
            {shown}
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
