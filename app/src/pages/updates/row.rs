//! Many environments: a line for each, with what its card would say.

use leptos::prelude::*;
use model::inventory::Inventory;
use model::people::Person;
use model::view::EnvironmentCard;

use super::card::{active_run, anchor, deeds, labels, look_failed, past_run, requests, unreviewed};
use crate::api::environments::LookAgain;
use crate::components::{Badge, Column, Moment, Table, summary_list};
use crate::look::{Look, Tone};
use crate::summary::{self, Told};

/// The environments of one platform.
pub fn table(name: &str, cards: Vec<EnvironmentCard>, viewer: &Person, look: ServerAction<LookAgain>) -> AnyView {
    let label = format!("Environments: {name}");
    let rows: Vec<_> = cards.iter().map(|card| row(card, viewer, look)).collect();
    view! {
        <Table label=label rows
            columns=vec![
                Column::Plain("Environment"), Column::Plain("Pending"), Column::Plain("Seen"),
                Column::Plain("Under way"), Column::Plain("Last run"), Column::Plain("Do"),
            ]/>
    }
    .into_any()
}

fn row(card: &EnvironmentCard, viewer: &Person, look: ServerAction<LookAgain>) -> AnyView {
    let name = card.environment.name.clone();
    let actions = format!("Actions for {name}");
    let seen = card.inventory.as_ref().map(|inventory| view! { <Moment at=inventory.taken_at/> });
    view! {
        <tr id=anchor(card)>
            <td data-label="Environment">
                <div class="stack-tight">
                    <a class="link font-medium" href=format!("/environments/{}", card.environment.id)>{name}</a>
                    {labels(card)}
                </div>
            </td>
            <td data-label="Pending">{pending(card.inventory.as_ref())}</td>
            <td data-label="Seen"><div class="stack-tight">{seen} {look_failed(card)}</div></td>
            <td data-label="Under way">
                <div class="stack-tight">{unreviewed(card)} {card.active_run.clone().map(active_run)} {requests(&card.open_requests)}</div>
            </td>
            <td data-label="Last run"><span class="cluster text-muted">{card.last_run.as_ref().map(past_run)}</span></td>
            <td data-label="Do">
                <details class="disclosure">
                    <summary aria-label=actions>"Actions"</summary>
                    <div class="stack-tight">{deeds(card, viewer, look)}</div>
                </details>
            </td>
        </tr>
    }
    .into_any()
}

/// What is not as it should be, in words; what is, in one line to be opened.
fn pending(inventory: Option<&Inventory>) -> AnyView {
    let Some(inventory) = inventory else {
        return view! { <span class="cluster"><Badge look=Look::unknown("Unknown")/> "Nobody has looked yet"</span> }
            .into_any();
    };
    let Told { what, lines, question, impacts } = summary::told(inventory);
    let is_calm = |look: &Look| matches!(look.tone, Tone::Ok | Tone::Neutral);
    let (calm, told): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(look, ..)| is_calm(look));
    let told = (!told.is_empty()).then(|| summary_list(told, question, impacts));
    let calm = match calm.as_slice() {
        [] => None,
        [(look, words, below)] if told.is_none() && below.is_none() => {
            let (look, words) = (look.clone(), words.clone());
            Some(view! { <span class="cluster"><Badge look/> {words}</span> }.into_any())
        }
        many => {
            let words = format!("{} as it should be", many.len());
            let list = summary_list(calm, question, Vec::new());
            Some(view! { <details class="disclosure"><summary>{words}</summary> {list}</details> }.into_any())
        }
    };
    view! { <div class="stack-tight"><p class="text-muted">{what}</p> {told} {calm}</div> }.into_any()
}
