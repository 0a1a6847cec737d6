//! A run: how it is, how far it is, what it waits for, what was printed, and how to end it.

mod abort;
mod head;
mod log_page;
mod log_view;
mod stages;
mod step;

use leptos::prelude::*;
use model::id::RunId;
use model::plan::Plan;
use model::view::RunView;

use super::params::id_of_path;
use crate::api::runs::{AbortRun, load_run};
use crate::components::{Page, RefusalNotice, data_of, loaded, refusal_of};
use crate::live::LiveRun;

pub use log_page::RunLog;

/// The page. What is loaded is only the beginning; the rest comes as events.
#[component]
pub fn RunPage() -> impl IntoView {
    let id = id_of_path::<RunId>();
    let abort = ServerAction::<AbortRun>::new();
    let run = data_of(move || id.get(), |id| async move { load_run(id?).await });
    view! {
        <Page title="Run">
            <RefusalNotice refusal=refusal_of(abort)/>
            {loaded(run, move |view| show(view, abort))}
        </Page>
    }
}

fn show(view: RunView, abort: ServerAction<AbortRun>) -> AnyView {
    let live = LiveRun::of(&view);
    let plan = StoredValue::new(view.plan.clone());
    view! {
        {head::head(&view, live, plan)}
        {abort::abort(&view, live, abort)}
        <div class="grid gap-6 items-start xl:grid-cols-2">
            <div class="stack min-w-0">{stages::stages(&view.plan, live)}</div>
            <div class="stack min-w-0">{log_view::log_view(&view, live)}</div>
        </div>
    }
    .into_any()
}

/// What must be said loudly, if anything.
fn alarm(live: LiveRun, plan: StoredValue<Plan>) -> Option<String> {
    plan.with_value(|plan| live.state.with(|state| state.alarm(plan)))
}
