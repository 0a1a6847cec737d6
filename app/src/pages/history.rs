//! Runs that were: filtered by the address, so that a filter can be sent to somebody.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::environment::Environment;
use model::event::Outcome;
use model::procedure::Procedure;
use model::time::Timestamp;
use model::view::{HistoryFilter, RunLine};

use crate::api::environments::load_cards;
use crate::api::runs::load_history;
use crate::components::{Page, PageHead, RunTable, data_of, loaded};
use crate::error::Answer;

/// How many runs the engine gives at once.
const PAGE: usize = 100;

/// Filter and list.
#[component]
pub fn History() -> AnyView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(read));
    let runs = data_of(move || filter.get(), load);
    view! {
        <Page title="History">
            <PageHead title="History"><a class="btn" href="/replay">"Replay a file"</a></PageHead>
            {loaded(runs, move |(runs, environments)| show(runs, &environments, &filter.get_untracked()))}
        </Page>
    }
    .into_any()
}

async fn load(filter: HistoryFilter) -> Answer<(Vec<RunLine>, Vec<Environment>)> {
    let environments = load_cards().await?.into_iter().map(|card| card.environment).collect();
    Ok((load_history(filter).await?, environments))
}

fn read(query: &ParamsMap) -> HistoryFilter {
    let word = |name: &str| query.get(name).unwrap_or_default();
    HistoryFilter {
        environment: word("environment").parse().ok(),
        procedure: Procedure::ALL.into_iter().find(|procedure| procedure.word() == word("procedure")),
        outcome: OUTCOMES.into_iter().find(|outcome| outcome.word() == word("outcome")),
        text: word("text"),
        before: word("before").parse().ok().map(Timestamp),
    }
}

const OUTCOMES: [Outcome; 5] = Outcome::ALL;

fn show(runs: Vec<RunLine>, environments: &[Environment], filter: &HistoryFilter) -> AnyView {
    let older = runs.last().filter(|_| runs.len() >= PAGE).map(|last| address(filter, last.created_at));
    let is_empty = runs.is_empty();
    view! {
        {form(environments, filter)}
        {(!is_empty).then(|| view! { <RunTable runs/> })}
        {is_empty.then(|| view! { <div class="empty">"No run fits. Runs appear here once an approved request is started."</div> })}
        {older.map(|href| view! { <a class="btn" href=href>"Older runs"</a> })}
    }
    .into_any()
}

fn form(environments: &[Environment], filter: &HistoryFilter) -> AnyView {
    let environments: Vec<_> = environments
        .iter()
        .map(|one| choice(one.id.to_string(), one.name.clone(), filter.environment.as_ref() == Some(&one.id)))
        .collect();
    let procedures: Vec<_> = Procedure::ALL
        .into_iter()
        .map(|one| choice(one.word().to_owned(), one.to_string(), filter.procedure == Some(one)))
        .collect();
    let outcomes: Vec<_> = OUTCOMES
        .into_iter()
        .map(|one| choice(one.word().to_owned(), one.word().to_owned(), filter.outcome == Some(one)))
        .collect();
    view! {
        <form class="grid gap-3 items-end grid-cols-2 lg:grid-cols-5" method="get" action="/history">
            {select("environment", "Environment", environments)}
            {select("procedure", "Procedure", procedures)}
            {select("outcome", "Outcome", outcomes)}
            <div class="field">
                <label class="label" for="text">"Text"</label>
                <input class="input" id="text" name="text" type="search" value=filter.text.clone()/>
            </div>
            <button class="btn col-span-2 lg:col-span-1" type="submit">"Filter"</button>
        </form>
    }
    .into_any()
}

fn select(name: &'static str, label: &'static str, choices: Vec<AnyView>) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <select class="input" id=name name=name><option value="">"all"</option>{choices}</select>
        </div>
    }
    .into_any()
}

fn choice(value: String, words: String, selected: bool) -> AnyView {
    view! { <option value=value selected=selected>{words}</option> }.into_any()
}

/// The same filter, further back.
fn address(filter: &HistoryFilter, before: Timestamp) -> String {
    let mut query = ParamsMap::new();
    let mut put = |name: &'static str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.insert(name, value);
        }
    };
    put("environment", filter.environment.as_ref().map(ToString::to_string));
    put("procedure", filter.procedure.map(|procedure| procedure.word().to_owned()));
    put("outcome", filter.outcome.map(|outcome| outcome.word().to_owned()));
    put("text", Some(filter.text.clone()));
    put("before", Some(before.0.to_string()));
    format!("/history{}", query.to_query_string())
}
