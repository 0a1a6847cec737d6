//! Runs in a list.

use leptos::prelude::*;
use model::estimate::Estimate;
use model::view::RunLine;

use super::{Badge, Column, Elapsed, Moment, RiskBadge, Table};
use crate::looks;

/// Newest first, as given. Two of them can be chosen for a form around the table.
#[component]
pub fn RunTable(runs: Vec<RunLine>) -> AnyView {
    let rows: Vec<_> = runs.into_iter().map(row).collect();
    view! {
        <Table label="Runs" rows
            columns=vec![
                Column::Plain("State"), Column::Plain("Procedure"), Column::Plain("Environment"),
                Column::Plain("Started"), Column::Plain("By"), Column::Plain("Took"), Column::Number("Steps"),
                Column::Plain("Compare"),
            ]/>
    }
    .into_any()
}

fn row(run: RunLine) -> AnyView {
    let compare = format!("Compare {} on {}, {}", run.procedure, run.environment_name, run.created_at);
    view! {
        <tr>
            <td data-label="State"><Badge look=looks::of_line(&run)/></td>
            <td data-label="Procedure"><a class="link" href=format!("/runs/{}", run.id)>{run.procedure.to_string()}</a></td>
            <td data-label="Environment">
                <span class="cluster">
                    <a class="link" href=format!("/environments/{}", run.environment)>{run.environment_name.clone()}</a>
                    <RiskBadge risk=run.risk/>
                </span>
            </td>
            <td data-label="Started"><Moment at=run.created_at/></td>
            <td data-label="By">{run.by.clone()}</td>
            <td data-label="Took">
                <div class="stack-tight gap-0">
                    <Elapsed from=run.created_at to=run.ended_at/>
                    {run.left.map(|left| view! { <span class="hint">{left_words(&left)}</span> })}
                </div>
            </td>
            <td data-label="Steps" class="num">{format!("{} of {}", run.steps_done, run.steps_total)}</td>
            <td data-label="Compare"><input class="w-4 h-4" type="checkbox" name="run" value=run.id.to_string() aria-label=compare/></td>
        </tr>
    }.into_any()
}

/// How much is left of a run under way, short enough for a table.
pub fn left_words(left: &Estimate) -> String {
    match left {
        Estimate::Unknown { .. } => "time left: unknown".to_owned(),
        Estimate::Range { .. } => format!("{} left", left.words()),
    }
}
