//! Runs in a list.

use leptos::prelude::*;
use model::view::RunLine;

use super::{Badge, Elapsed, Moment, RiskBadge};
use crate::looks;

/// Newest first, as given.
#[component]
pub fn RunTable(runs: Vec<RunLine>) -> AnyView {
    let rows: Vec<_> = runs.into_iter().map(row).collect();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Runs">
            <table class="table table-cards">
                <thead>
                    <tr>
                        <th>"State"</th><th>"Procedure"</th><th>"Environment"</th><th>"Started"</th><th>"By"</th>
                        <th>"Took"</th><th class="num">"Steps"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(run: RunLine) -> AnyView {
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
            <td data-label="Took"><Elapsed from=run.created_at to=run.ended_at/></td>
            <td data-label="Steps" class="num">{format!("{} of {}", run.steps_done, run.steps_total)}</td>
        </tr>
    }.into_any()
}
