//! The whole output of a run, page by page.

use leptos::prelude::*;
use model::event::Event;
use model::id::{RunId, StepId};

use super::log_view::line_view;
use crate::api::runs::{OUTPUT_PAGE, load_output};
use crate::components::{Page, PageHead, data_of, loaded};
use crate::error::Answer;
use crate::live::Log;
use crate::pages::params::{id_of_path, query};

/// `?after=` says from where on, `?step=` of which step.
#[component]
pub fn RunLog() -> AnyView {
    let id = id_of_path::<RunId>();
    let after = query("after");
    let step = query("step");
    let place = move || (id.get(), after.get().parse().unwrap_or(0), step.get().parse::<StepId>().ok());
    let output = data_of(place, load);
    let run = move || id.get().map(|id| id.to_string()).unwrap_or_default();
    view! {
        <Page title="Log">
            {move || view! { <PageHead title="Whole log" crumbs=vec![(format!("/runs/{}", run()), "Run".to_owned())]/> }}
            {loaded(output, move |events| show(&events, step.get_untracked()))}
        </Page>
    }.into_any()
}

async fn load((run, after, step): (Answer<RunId>, i64, Option<StepId>)) -> Answer<Vec<Event>> {
    load_output(run?, step, after).await
}

fn show(events: &[Event], step: String) -> AnyView {
    let lines: Vec<_> = Log::of(events).lines().cloned().map(line_view).collect();
    let more = events.last().filter(|_| events.len() >= OUTPUT_PAGE as usize).map(|last| last.seq);
    let is_empty = lines.is_empty();
    view! {
        {is_empty.then(|| view! { <div class="empty">"Nothing was printed from here on."</div> })}
        {(!is_empty).then(|| view! { <div class="log max-h-none" tabindex="0" role="region" aria-label="Output">{lines}</div> })}
        {more.map(|seq| view! { <a class="btn" href=format!("?after={seq}&step={step}")>"Go on"</a> })}
    }
    .into_any()
}
