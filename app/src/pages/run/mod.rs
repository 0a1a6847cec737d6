//! A run: how it is, how far it is, what it waits for, what was printed, and how to end it.

pub mod abort;
mod log_page;
pub mod log_view;
pub mod stages;
pub mod status;
mod step;

use leptos::prelude::*;
use model::id::RunId;
use model::view::RunView;

use super::params::id_of_path;
use crate::api::runs::{AbortRun, load_run};
use crate::components::{Page, PageHead, RefusalNotice, RiskBadge, data_of, loaded, refusal_of};
use crate::islands::{Beginning, RunLive};
use crate::live::Outline;

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
    let line = &view.line;
    let title = format!("{} on {}", line.procedure, line.environment_name);
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", line.environment), line.environment_name.clone()),
    ];
    let (risk, request) = (line.risk, format!("/requests/{}", line.request));
    view! {
        <PageHead title=title crumbs=crumbs>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=request>"The approved plan"</a>
        </PageHead>
        <RunLive beginning=beginning(view)/>
    }
    .into_any()
}

fn beginning(view: RunView) -> Beginning {
    Beginning {
        run: view.line.id,
        environment: view.line.environment,
        request: view.line.request,
        outline: Outline::of(&view.plan),
        state: view.state,
        output: view.output,
        output_cut: view.output_cut,
        may_intervene: view.may_intervene,
    }
}
