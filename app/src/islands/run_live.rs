//! A run as it goes on. What the server has rendered is the beginning; the rest comes as events.

use leptos::prelude::*;
use model::view::RunView;

use crate::live::LiveRun;
use crate::pages::run::{abort, head, log_view, stages};

/// State, progress, steps and output.
#[island]
pub fn RunLive(view: RunView) -> impl IntoView {
    let live = LiveRun::of(&view);
    let plan = StoredValue::new(view.plan.clone());
    view! {
        <div class="stack gap-6">
            {head::head(&view, live, plan)}
            {abort::abort(&view, live)}
            <div class="grid gap-6 items-start xl:grid-cols-2">
                <div class="stack min-w-0">{stages::stages(&view.plan, live)}</div>
                <div class="stack min-w-0">{log_view::log_view(&view, live)}</div>
            </div>
        </div>
    }
}
