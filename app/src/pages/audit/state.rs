//! How the log itself is: one calm line when all is well, a notice for what is not.

use leptos::prelude::*;
use model::audit::{AuditView, ChainState, PlaceState};

use crate::components::{Badge, Moment, Notice};
use crate::look::Look;

/// The line, the notices, and the log as a file.
pub fn show(view: &AuditView) -> AnyView {
    let to = view.head;
    let export = |format: &str| format!("/audit/export?format={format}&to={to}");
    let failing: Vec<_> = view.places.iter().filter_map(failing).collect();
    view! {
        {broken(&view.chain)}
        {failing}
        <div class="spread">
            <p class="text-muted min-w-0">{chain(&view.chain)} " " {places(&view.places)}</p>
            <div class="cluster">
                <a class="btn btn-quiet" href=export("jsonl") download="" rel="external">"Export JSON"</a>
                <a class="btn btn-quiet" href=export("csv") download="" rel="external">"Export CSV"</a>
            </div>
        </div>
    }
    .into_any()
}

fn chain(chain: &ChainState) -> AnyView {
    match chain {
        ChainState::Unchecked => view! { <Badge look=Look::unknown("Not checked yet")/> }.into_any(),
        ChainState::Whole { last, at } => view! {
            <Badge look=Look::ok("Whole")/>
            {format!(" Entries 1 to {last}, checked ")}
            <Moment at=*at/>
            "."
        }
        .into_any(),
        ChainState::Broken { .. } => view! { <Badge look=Look::failed("Broken")/> }.into_any(),
    }
}

fn broken(chain: &ChainState) -> Option<AnyView> {
    let ChainState::Broken { flaw, since } = chain else { return None };
    let (flaw, since) = (flaw.clone(), *since);
    let view = view! {
        <Notice look=Look::failed("This log is not what was recorded")>
            {flaw} ". Found " <Moment at=since/> "; " <span class="mono">"drydock audit verify"</span> " tells more."
        </Notice>
    };
    Some(view.into_any())
}

fn places(places: &[PlaceState]) -> AnyView {
    if places.is_empty() {
        return "Checkpoints go nowhere, so nobody could tell if the end were cut off (configuration key audit_checkpoints)."
            .into_any();
    }
    let places: Vec<_> = places.iter().enumerate().map(|(number, place)| one(number, place)).collect();
    view! { "Checkpoints: " {places} "." }.into_any()
}

fn one(number: usize, place: &PlaceState) -> AnyView {
    let before = if number == 0 { "" } else { "; " };
    let state = match (&place.delivered, &place.failing) {
        (_, Some(_)) => " does not take them (see above)".into_any(),
        (Some(last), None) => view! { {format!(" has entry {}, ", last.seq)} <Moment at=last.at/> }.into_any(),
        (None, None) => " has none yet".into_any(),
    };
    view! { {before} <span class="break-words">{place.place.clone()}</span> {state} }.into_any()
}

fn failing(place: &PlaceState) -> Option<AnyView> {
    let (name, failing) = (place.place.clone(), place.failing.clone()?);
    let has = place.delivered.map_or_else(|| "none yet".to_owned(), |last| format!("entry {}", last.seq));
    let view = view! {
        <Notice look=Look::warning("A place does not take checkpoints")>
            {name} ", since " <Moment at=failing.since/> ": " {failing.why} ". It has " {has}
            "; it is tried again every minute."
        </Notice>
    };
    Some(view.into_any())
}
