//! What can be learned from runs that were.

use leptos::prelude::*;
use model::comparison::ComparedRuns;
use model::id::RunId;
use model::view::{Found, HistoryFilter, HistoryView, RunLine};

use crate::error::Answer;

/// Runs, newest first, at most 100.
#[server(endpoint = "load_history")]
pub async fn load_history(filter: HistoryFilter) -> Answer<Vec<RunLine>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.history(&desk.by, &filter).await?)
}

/// The same with charts of all that fit, and what can be chosen from.
#[server(endpoint = "load_history_view")]
pub async fn load_history_view(filter: HistoryFilter) -> Answer<HistoryView> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.history_view(&desk.by, &filter).await?)
}

/// Where a text stands in what the runs have printed, newest first; from `before` on, which an earlier answer has named.
#[server(endpoint = "search_output")]
pub async fn search_output(
    filter: HistoryFilter,
    query: String,
    #[server(default)] before: Option<i64>,
) -> Answer<Found> {
    let desk = crate::server::anybody()?;
    let query = crate::server::field("query", &query)?;
    Ok(desk.engine.search_output(&desk.by, &filter, &query, before).await?)
}

/// Two runs step by step, the earlier one first.
#[server(endpoint = "compare_runs")]
pub async fn compare_runs(run: RunId, with: RunId) -> Answer<ComparedRuns> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &run).await?;
    Ok(desk.engine.compare_runs(&desk.by, &run, &with).await?)
}
