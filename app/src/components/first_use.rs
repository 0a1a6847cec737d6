//! The way from nothing to the first inventory, and where one is on it.

use std::cmp::Ordering;

use leptos::prelude::*;
use model::first_use::FirstStep;

use super::Badge;
use crate::look::Look;

/// The steps with what is done and what comes next, and below them what to do for that.
#[component]
pub fn FirstUse(at: FirstStep, children: Children) -> AnyView {
    let steps: Vec<_> = FirstStep::ALL
        .into_iter()
        .zip(1..)
        .map(|(step, number)| {
            let words = format!("{number} {}", step.title());
            let (look, state) = match step.cmp(&at) {
                Ordering::Less => (Look::ok(words), "done"),
                Ordering::Equal => (Look::running(words), "next"),
                Ordering::Greater => (Look::to_come(words), "to come"),
            };
            let current = (step == at).then_some("step");
            view! { <li aria-current=current><Badge look/> <span class="sr-only">{state}</span></li> }
        })
        .collect();
    view! {
        <section class="card is-running" aria-label="First use">
            <div class="card-body">
                <ol class="cluster">{steps}</ol>
                <div class="cluster">{children()}</div>
            </div>
        </section>
    }
    .into_any()
}
