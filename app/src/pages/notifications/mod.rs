//! Where notifications go, how each of these places stands, and the server for mail.

mod mail;
mod new;
mod target;

use leptos::prelude::*;
use model::notification::{NotificationsView, Occasion, TargetOf, TargetState};

use crate::api::notifications::{RemoveTarget, SaveMailServer, TestTarget, load_notifications};
use crate::components::{Choice, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};

pub use new::{ChangePlace, NewTarget};
pub(super) use target::{standing, tested};

/// What can be done here.
#[derive(Clone, Copy)]
struct Verbs {
    test: ServerAction<TestTarget>,
    remove: ServerAction<RemoveTarget>,
    save: ServerAction<SaveMailServer>,
}

/// The page.
#[component]
pub fn Notifications() -> AnyView {
    let verbs = Verbs { test: ServerAction::new(), remove: ServerAction::new(), save: ServerAction::new() };
    let view = data_of(|| (), |()| load_notifications());
    view! {
        <Page title="Notifications">
            <RefusalNotice refusal=refusal_of(verbs.test)/>
            <RefusalNotice refusal=refusal_of(verbs.remove)/>
            <RefusalNotice refusal=refusal_of(verbs.save)/>
            {loaded(view, move |view| show(view, verbs))}
        </Page>
    }
    .into_any()
}

fn show(view: NotificationsView, verbs: Verbs) -> AnyView {
    let (own, shared): (Vec<TargetState>, Vec<TargetState>) =
        view.targets.into_iter().partition(|state| matches!(state.target.of, TargetOf::Person(_)));
    let is_empty = shared.is_empty();
    let cards = |states: Vec<TargetState>| -> Vec<AnyView> {
        states.into_iter().map(|state| target::card(state, verbs)).collect()
    };
    let (has_own, own, shared) = (!own.is_empty(), cards(own), cards(shared));
    view! {
        <PageHead title="Notifications">
            <a class="btn btn-primary" href="/notifications/new">"New place"</a>
        </PageHead>
        <p class="max-w-3xl text-muted">
            "What happens is told here, besides to people who have named an address in their account. A message says what and where, and leads to its page; it holds no command, no output and no secret. A place that does not take one is tried again for three days."
        </p>
        <section class="stack">
            <h2>"Places"</h2>
            {is_empty.then(|| view! { <div class="empty">"No place is told of anything yet."</div> })}
            <div class="cards">{shared}</div>
        </section>
        {has_own.then(|| view! {
            <section class="stack">
                <h2>"People's own"</h2>
                <div class="cards">{own}</div>
            </section>
        })}
        {mail::form(&view.settings, verbs.save)}
    }
    .into_any()
}

/// One box per occasion, with what it means.
pub(super) fn occasion_boxes(chosen: impl Fn(Occasion) -> bool, words: impl Fn(Occasion) -> String) -> AnyView {
    let boxes: Vec<_> = Occasion::ALL
        .into_iter()
        .map(|occasion| {
            let hint = format!(": {}", words(occasion));
            view! {
                <Choice kind="checkbox" name="occasions[]" value=occasion.word() checked=chosen(occasion)>
                    {occasion.title()} <span class="hint">{hint}</span>
                </Choice>
            }
        })
        .collect();
    view! { <fieldset class="field"><legend class="label">"Told of"</legend>{boxes}</fieldset> }.into_any()
}
