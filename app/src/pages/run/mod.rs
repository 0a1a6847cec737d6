//! A run: how it is, how far it is, what it waits for, what was printed, and how to end it.

pub mod abort;
pub mod head;
mod log_page;
pub mod log_view;
pub mod stages;
mod step;

use leptos::prelude::*;
use model::id::RunId;
use model::plan::Plan;
use model::view::RunView;

use super::params::id_of_path;
use crate::api::runs::{AbortRun, load_run};
use crate::components::{Page, RefusalNotice, data_of, loaded, refusal_of};
use crate::islands::RunLive;
use crate::live::LiveRun;

pub use log_page::RunLog;

/// The page. What is loaded is only the beginning; the rest comes as events.
#[component]
pub fn RunPage() -> AnyView {
    let id = id_of_path::<RunId>();
    let abort = ServerAction::<AbortRun>::new();
    let run = data_of(move || id.get(), |id| async move { load_run(id?).await });
    view! {
        <Page title="Run">
            <RefusalNotice refusal=refusal_of(abort)/>
            {loaded(run, show)}
        </Page>
    }
    .into_any()
}

fn show(view: RunView) -> AnyView {
    view! { <RunLive view/> }.into_any()
}

/// What must be said loudly, if anything.
fn alarm(live: LiveRun, plan: StoredValue<Plan>) -> Option<String> {
    plan.with_value(|plan| live.state.with(|state| state.alarm(plan)))
}
