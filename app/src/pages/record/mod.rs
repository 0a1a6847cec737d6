//! A recorded run, event by event: what is shown of a rehearsal, of a run that was, and of an opened file.
//!
//! It is told by the very parts of the run page, rendered here once and for good: no island, nothing to press.

mod events;
mod stepper;

use leptos::context::Provider;
use leptos::prelude::*;
use model::event::Event;
use model::record::RecordView;

use super::run::{attention, decisions, stages, status};
use crate::clock::AsOf;
use crate::live::rows::rows;
use crate::live::{Log, Outline, Scene};

/// Where the parts of a record lead to.
pub struct Place {
    /// The page of the record itself.
    pub record: String,
    /// The page on which the whole plan stands.
    pub plan: String,
    /// Where the environment can be looked at, if it is one of ours.
    pub inventory: Option<String>,
}

/// What `?until=` says.
pub fn until(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The stepper, the state then, and the events.
pub fn record(view: RecordView, place: Place) -> AnyView {
    let stepper = stepper::stepper(&view, &place.record);
    let events = events::events(&view, &place.record);
    let RecordView { head, state, at, output, output_cut, .. } = view;
    let output = printed(&output, output_cut);
    let parts = move || {
        let scene = Scene::record(head.run, Outline::of(&head.plan), state);
        // Each without its type: the compiler gives up on the whole of them.
        let [attention, decisions, status, stages] = [
            attention::attention(scene, place.inventory).into_any(),
            decisions::decisions(scene).into_any(),
            status::status(scene, ()).into_any(),
            stages::stages(&place.plan, scene).into_any(),
        ];
        view! {
            <div class="stack gap-6">
                {attention} {decisions} {status}
                <div class="grid gap-6 items-start xl:grid-cols-2">
                    <div class="stack min-w-0">{stages}</div>
                    <div class="stack min-w-0">{events} {output}</div>
                </div>
            </div>
        }
        .into_any()
    };
    view! { {stepper} <Provider value=AsOf(at)>{parts()}</Provider> }.into_any()
}

/// What had been printed by then, where something had.
fn printed(output: &[Event], was_cut: bool) -> AnyView {
    let log = Log::of(output);
    if log.is_empty() {
        return ().into_any();
    }
    let is_cut = was_cut || log.is_cut();
    let lines = rows(&log);
    view! {
        <h2>"Printed by then"</h2>
        {is_cut.then(|| view! { <p class="hint">"These are the last lines up to this event."</p> })}
        <div class="log" tabindex="0" role="region" aria-label="Output of the commands" inner_html=lines></div>
    }
    .into_any()
}
