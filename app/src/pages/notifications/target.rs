//! One place, and how it stands: what it took last, what waits since when and why.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::notification::{TargetOf, TargetState};
use model::words::capitalised;

use super::Verbs;
use crate::components::{Badge, Moment, MomentAhead};
use crate::look::Look;

/// A card.
pub(super) fn card(state: TargetState, verbs: Verbs) -> AnyView {
    let id = state.target.id.to_string();
    let is_own = matches!(state.target.of, TargetOf::Person(_));
    let whose = match &state.target.of {
        TargetOf::Everywhere => "All environments".to_owned(),
        TargetOf::Environment(_) => format!("Environment {}", state.of_name),
        TargetOf::Person(_) => format!("{}'s own", state.of_name),
    };
    let occasions: Vec<&str> = state.target.occasions.iter().map(|occasion| occasion.title()).collect();
    let (removed, change) = (id.clone(), format!("/notifications/change?target={id}"));
    view! {
        <article class="card">
            <div class="card-head">
                <h3 class="break-words min-w-0">{capitalised(&state.target.channel.to_string())}</h3>
                <span class="hint">{whose}</span>
            </div>
            <div class="card-body">
                <p class="text-muted">{occasions.join(", ")}</p>
                {standing(&state)}
                {tested(&state)}
                <div class="cluster">
                    <ActionForm action=verbs.test>
                        <input type="hidden" name="target" value=id/>
                        <button class="btn btn-small" type="submit">"Send a test message"</button>
                    </ActionForm>
                    {(!is_own).then(|| view! {
                        <a class="btn btn-small" href=change>"Change"</a>
                        <details class="disclosure">
                            <summary>"Remove"</summary>
                            <ActionForm action=verbs.remove attr:class="stack-tight">
                                <input type="hidden" name="target" value=removed/>
                                <p class="hint">"What it was still to be told is given up."</p>
                                <button class="btn btn-danger btn-small" type="submit">"Remove this place"</button>
                            </ActionForm>
                        </details>
                    })}
                </div>
            </div>
        </article>
    }
    .into_any()
}

/// What became of what it was to be told.
pub fn standing(state: &TargetState) -> AnyView {
    view! {
        <ul class="stack-tight">
            <li>{delivered(state)}</li>
            {waiting(state).map(|view| view! { <li>{view}</li> })}
            {given_up(state).map(|view| view! { <li>{view}</li> })}
        </ul>
    }
    .into_any()
}

fn delivered(state: &TargetState) -> AnyView {
    match state.delivered {
        Some(at) => view! {
            <Badge look=Look::ok("Delivered")/> {format!(" {}, the last one ", messages(state.delivered_count))} <Moment at=at/> "."
        }
        .into_any(),
        None => view! { <Badge look=Look::quiet("Nothing delivered yet")/> }.into_any(),
    }
}

fn waiting(state: &TargetState) -> Option<AnyView> {
    let since = state.waiting_since?;
    let count = messages(state.waiting);
    let view = match state.failing.clone() {
        None => view! { <Badge look=Look::waiting("On its way")/> {format!(" {count}, the oldest ")} <Moment at=since/> "." }.into_any(),
        Some(failing) => view! {
            <Badge look=Look::warning("Not taken")/>
            {format!(" {count} waiting, the oldest ")} <Moment at=since/> ". Fails since " <Moment at=failing.since/> ": "
            <span class="break-words">{failing.why}</span> {format!(" (tried {} times", failing.tries)}
            {failing.next.map(|next| view! { ", again " <MomentAhead at=next/> })} ")."
        }
        .into_any(),
    };
    Some(view)
}

fn given_up(state: &TargetState) -> Option<AnyView> {
    let last = state.given_up_last.clone()?;
    let view = view! {
        <Badge look=Look::failed("Given up")/> {format!(" {}, the last one ", messages(state.given_up))} <Moment at=last.since/> ": "
        <span class="break-words">{last.why}</span> "."
    };
    Some(view.into_any())
}

/// What became of the last test message.
pub fn tested(state: &TargetState) -> Option<AnyView> {
    let test = state.tested.clone()?;
    let look = if test.taken { Look::ok("Test taken") } else { Look::failed("Test not taken") };
    let view = view! {
        <p><Badge look=look/> " " <Moment at=test.at/> ": " <span class="mono break-words">{test.said}</span></p>
    };
    Some(view.into_any())
}

fn messages(count: i64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}
