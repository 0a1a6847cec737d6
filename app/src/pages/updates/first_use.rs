//! What an admin does first, as long as Drydock has seen no environment.

use leptos::prelude::*;
use model::environment::Platform;
use model::first_use::{FirstStep, next_step};
use model::view::EnvironmentCard;

use crate::components::FirstUse;

/// The next step of the environment that has come furthest; nothing once one was looked at.
pub(super) fn of(cards: &[EnvironmentCard]) -> Option<AnyView> {
    if cards.iter().any(|card| card.inventory.is_some()) {
        return None;
    }
    let step = |card: &&EnvironmentCard| next_step(&card.environment, card.inventory_error.is_some());
    Some(cards.iter().max_by_key(step).map_or_else(add_one, |card| go_on(card, step(&card))))
}

fn add_one() -> AnyView {
    let platforms: Vec<_> = [Platform::OpenVstorage, Platform::CloudStack, Platform::Cloudify]
        .into_iter()
        .map(|platform| {
            let href = format!("/environments/new?platform={}", platform.word());
            view! { <a class="btn btn-primary" href=href>{format!("Add {platform}")}</a> }
        })
        .collect();
    view! {
        <FirstUse at=FirstStep::Add>
            <p>"Drydock knows of no installation yet."</p>
            {platforms}
            <a class="btn" href="/environments/import">"Import a file"</a>
        </FirstUse>
    }
    .into_any()
}

fn go_on(card: &EnvironmentCard, at: FirstStep) -> AnyView {
    let address = format!("/environments/{}", card.environment.id);
    let name = card.environment.name.clone();
    let (words, href) = match at {
        FirstStep::Look => (format!("Take the first look at {name}"), address),
        FirstStep::SignIn | FirstStep::Add | FirstStep::Test | FirstStep::AcceptKeys => {
            (format!("Test the connection of {name}"), format!("{address}/connection"))
        }
    };
    view! {
        <FirstUse at>
            <p>"Nobody has looked at an environment yet."</p>
            <a class="btn btn-primary" href=href>{words}</a>
        </FirstUse>
    }
    .into_any()
}
