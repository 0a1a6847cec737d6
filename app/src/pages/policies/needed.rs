//! What requests need, environment by environment.

use leptos::prelude::*;
use model::view::Needed;
use model::words::capitalised;

use crate::components::{Badge, RiskBadge};
use crate::look::Look;

/// The table. With `before`, what was different then is said too.
pub fn needed(title: &'static str, now: &[Needed], before: Option<&[Needed]>) -> AnyView {
    let rows: Vec<_> = now.iter().enumerate().map(|(at, needed)| row(needed, before.map(|all| all.get(at)))).collect();
    let is_empty = rows.is_empty();
    view! {
        <section class="stack">
            <h2>{title}</h2>
            {is_empty.then(|| view! { <div class="empty">"There is no environment yet."</div> })}
            <div class="table-wrap" tabindex="0" role="region" aria-label=title hidden=is_empty>
                <table class="table table-cards">
                    <thead><tr><th>"Environment"</th><th>"Procedure"</th><th>"Needs"</th><th>"Because of"</th><th>"Can it be met?"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(needed: &Needed, before: Option<Option<&Needed>>) -> AnyView {
    let policies: Vec<&str> = needed.demand.policies.keys().map(String::as_str).collect();
    let because = if policies.is_empty() { "no policy".to_owned() } else { policies.join(", ") };
    let (look, who) = match &needed.missing {
        None => (Look::ok("Yes"), None),
        Some(words) => (Look::failed("No"), Some(words.clone())),
    };
    let old = before.and_then(|before| match before {
        Some(before) if before.demand == needed.demand => None,
        Some(before) if before.demand.gates != needed.demand.gates && needed.demand.gates.is_empty() => {
            Some("before, somebody had to confirm in the middle of the run".to_owned())
        }
        Some(before) if before.demand.needs == needed.demand.needs => Some("other conditions than before".to_owned()),
        Some(before) => Some(format!("before: {}", before.demand.words())),
        None => Some("new".to_owned()),
    });
    let gates: Vec<_> = needed
        .demand
        .gates
        .iter()
        .map(|gate| view! { <span>{format!("{}.", capitalised(&gate.words()))}</span> })
        .collect();
    view! {
        <tr>
            <td data-label="Environment"><span class="cluster">{needed.environment.clone()} <RiskBadge risk=needed.risk/></span></td>
            <td data-label="Procedure">{needed.procedure.to_string()}</td>
            <td data-label="Needs">
                <div class="stack-tight">
                    <span>{capitalised(&needed.demand.words())}</span>
                    {gates}
                    {old.map(|words| view! { <span class="hint">{words}</span> })}
                </div>
            </td>
            <td data-label="Because of">{because}</td>
            <td data-label="Can it be met?">
                <div class="stack-tight"><span><Badge look/></span> {who.map(|words| view! { <span class="hint">{words}</span> })}</div>
            </td>
        </tr>
    }
    .into_any()
}
