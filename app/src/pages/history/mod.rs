//! Runs that were: filtered by the address, searched in what they have printed, drawn over time, and compared.

mod charts;
mod compare;
mod filter;
mod found;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::view::{Found, HistoryFilter, HistoryView};
use serde::{Deserialize, Serialize};

use crate::api::history::{load_history_view, search_output};
use crate::components::{Page, PageHead, RunTable, data_of, loaded};
use crate::error::Answer;
pub use compare::CompareRuns;
use filter::Asked;

/// The runs that fit, or what was found in them.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Shown {
    Runs(HistoryView),
    Found(Found),
}

/// Filter, charts and list; or what was found.
#[component]
pub fn History() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(filter::read));
    let shown = data_of(move || asked.get(), load);
    view! {
        <Page title="History">
            <PageHead title="History"><a class="btn" href="/replay">"Replay a file"</a></PageHead>
            {loaded(shown, move |shown| show(shown, &asked.get_untracked()))}
        </Page>
    }
    .into_any()
}

async fn load(asked: Asked) -> Answer<Shown> {
    Ok(match asked.query() {
        Some(query) => Shown::Found(search_output(asked.filter, query.into(), asked.from_place).await?),
        None => Shown::Runs(load_history_view(asked.filter).await?),
    })
}

fn show(shown: Shown, asked: &Asked) -> AnyView {
    match shown {
        Shown::Found(found) => {
            let form = filter::form(asked, &found.choices);
            view! { {form} {found::found(found, asked)} }.into_any()
        }
        Shown::Runs(history) => {
            let form = filter::form(asked, &history.choices);
            view! { {form} {charts::charts(&history.trend)} {runs(history, asked)} }.into_any()
        }
    }
}

fn runs(history: HistoryView, asked: &Asked) -> AnyView {
    if history.runs.is_empty() {
        return view! { <div class="empty">"No run fits. Runs appear here once an approved request is started."</div> }
            .into_any();
    }
    let older = history.older.map(|last| {
        let filter = HistoryFilter { before: Some(last), ..asked.filter.clone() };
        Asked { filter, problems: Vec::new(), ..asked.clone() }.address()
    });
    let can_compare = history.runs.len() > 1;
    view! {
        <form class="stack" method="get" action="/history/compare">
            <RunTable runs=history.runs/>
            <div class="cluster">
                {can_compare.then(|| view! { <button class="btn" type="submit">"Compare the two chosen runs"</button> })}
                {older.map(|href| view! { <a class="btn" href=href>"Older runs"</a> })}
            </div>
        </form>
    }
    .into_any()
}
