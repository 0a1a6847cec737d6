//! What is under way on a manager.

use leptos::prelude::*;
use model::cloudify::{Execution, Maintenance, MaintenanceStatus, Snapshot};
use model::observed::Observed;

use crate::components::{Badge, observed, source_of};
use crate::look::Look;
use crate::looks;
use crate::summary::cloudify::counted;

/// More than these stay closed at first.
const SHOWN: usize = 5;

/// Executions that have not ended, newest first.
pub fn executions(all: &Observed<Vec<Execution>>) -> AnyView {
    let shown = observed(all, |all| {
        let rows = all.iter().map(execution).collect();
        folded(rows, all.len(), "execution", "Nothing is being executed.")
    });
    view! { <div class="stack-tight"><h3>"Executions under way"</h3> {shown} {source_of(all)}</div> }.into_any()
}

/// Snapshots, newest first.
pub fn snapshots(all: &Observed<Vec<Snapshot>>) -> AnyView {
    let shown = observed(all, |all| {
        let rows = all.iter().map(snapshot).collect();
        folded(rows, all.len(), "snapshot", "There are none.")
    });
    view! { <div class="stack-tight"><h3>"Snapshots"</h3> {shown} {source_of(all)}</div> }.into_any()
}

/// Whether it is on, and for whom.
pub fn maintenance(mode: &Maintenance) -> AnyView {
    let look = match &mode.status {
        MaintenanceStatus::Deactivated => Look::ok("Off"),
        MaintenanceStatus::Activating => Look::waiting("Being switched on"),
        MaintenanceStatus::Activated => Look::waiting("On"),
        MaintenanceStatus::Other(word) => Look::unknown(word.clone()),
    };
    let by = mode.requested_by.as_ref().map(|by| format!("asked for by {by}"));
    let remaining =
        (!mode.remaining.is_empty()).then(|| format!("waits for {}", counted(mode.remaining.len(), "execution")));
    view! { <Badge look/> <span class="hint">{by} " " {remaining}</span> }.into_any()
}

fn folded(rows: Vec<AnyView>, count: usize, what: &str, none: &'static str) -> AnyView {
    if count == 0 {
        return view! { <p class="text-muted">{none}</p> }.into_any();
    }
    let list = view! { <ul class="stack-tight">{rows}</ul> };
    if count <= SHOWN {
        return list.into_any();
    }
    let words = counted(count, what);
    view! { <details class="disclosure"><summary>{words}</summary> {list}</details> }.into_any()
}

fn execution(one: &Execution) -> AnyView {
    let look = looks::of_execution(&one.status);
    let of = one.deployment.as_ref().map(|deployment| format!(" of {deployment}")).unwrap_or_default();
    let tenant = one.tenant.as_ref().map(|tenant| format!(" in {tenant}")).unwrap_or_default();
    let system = if one.is_system { ", by the system" } else { "" };
    let words = format!("{}{of}{tenant}{system}", one.workflow);
    let detail = format!("{}, since {}", one.id, one.created_at);
    view! { <li class="cluster"><Badge look/> {words} <span class="hint mono break-words">{detail}</span></li> }
        .into_any()
}

fn snapshot(one: &Snapshot) -> AnyView {
    let look = looks::of_snapshot(&one.status);
    let error = (!one.error.is_empty()).then(|| view! { <span class="hint break-words">{one.error.clone()}</span> });
    let at = one.created_at.clone();
    view! { <li class="cluster"><Badge look/> <span class="mono">{one.id.to_string()}</span> <span class="hint">{at}</span> {error}</li> }
        .into_any()
}
