//! One manager.

use leptos::prelude::*;
use model::cloudify::{Login, ManagerInventory, ManagerStatus, User};
use model::observed::Observed;
use model::time::span_words;

use super::{deployments, machine, work};
use crate::components::{Badge, Moment, observed};
use crate::look::Look;
use crate::summary::cloudify::{ManagerSummary, counted};

/// First what it is, then what is under way, then what it manages.
pub fn card(address: &str, one: &ManagerSummary<'_>, tenant: &str) -> AnyView {
    let ManagerSummary { name, seen } = *one;
    let id = name.to_lowercase().replace(' ', "-");
    view! {
        <section class="card min-w-0" id=id aria-label=name>
            <div class="card-head">
                <h2>{name}</h2>
                <span class="cluster"><Badge look=one.look()/> <span class="hint">{one.below()}</span></span>
            </div>
            <div class="card-body">
                {facts(seen)}
                {work::executions(&seen.executions)}
                {work::snapshots(&seen.snapshots)}
                {deployments::by_tenant(address, name, seen, tenant)}
                {machine::section(&seen.machine)}
            </div>
        </section>
    }
    .into_any()
}

/// A value with its age.
pub fn aged<T>(value: &Observed<T>, show: impl FnOnce(&T) -> AnyView) -> AnyView {
    let at = value.at;
    view! { {observed(value, show)} " " <span class="hint"><Moment at=at/></span> }.into_any()
}

fn facts(seen: &ManagerInventory) -> AnyView {
    let text = |words: String| words.into_any();
    view! {
        <dl class="facts">
            <dt>"Version"</dt><dd>{aged(&seen.version, |version| text(version.to_string()))}</dd>
            <dt>"Edition"</dt><dd>{aged(&seen.edition, |edition| text(edition.to_string()))}</dd>
            <dt>"Lets in"</dt><dd>{aged(&seen.login, login)}</dd>
            <dt>"Role"</dt><dd>{aged(&seen.role, |role| text(role.clone()))}</dd>
            <dt>"Clock"</dt>
            <dd>{aged(&seen.clock_skew_ms, |skew| text(format!("{} apart from ours", span_words(skew.abs()))))}</dd>
            <dt>"Services"</dt><dd>{aged(&seen.status, status)}</dd>
            <dt>"Maintenance mode"</dt><dd>{aged(&seen.maintenance, work::maintenance)}</dd>
            <dt>"Restore"</dt>
            <dd>{aged(&seen.restoring, |running| text(if *running { "a snapshot is being restored" } else { "none under way" }.to_owned()))}</dd>
            <dt>"Blueprints"</dt><dd>{aged(&seen.blueprints, |count| text(count.to_string()))}</dd>
            <dt>"Agent networks"</dt>
            <dd>{aged(&seen.networks, |names| text(names.iter().cloned().collect::<Vec<_>>().join(", ")))}</dd>
            <dt>"Users"</dt><dd>{aged(&seen.users, |all| users(all))}</dd>
        </dl>
    }
    .into_any()
}

fn login(login: &Login) -> AnyView {
    login.to_string().into_any()
}

fn status(status: &ManagerStatus) -> AnyView {
    let look = if status.is_good() { Look::ok(status.word.clone()) } else { Look::warning(status.word.clone()) };
    let rows: Vec<_> =
        status.services.iter().map(|(name, state)| view! { <li>{format!("{name}: {state}")}</li> }).collect();
    let words = counted(rows.len(), "service");
    view! {
        <Badge look/>
        <details class="disclosure"><summary>{words}</summary> <ul class="stack-tight">{rows}</ul></details>
    }
    .into_any()
}

fn users(all: &[User]) -> AnyView {
    let words = counted(all.len(), "user");
    let rows: Vec<_> = all
        .iter()
        .map(|user| {
            let look = if user.active { Look::quiet(user.role.clone()) } else { Look::stopped("Switched off") };
            let last = user.last_login_at.as_ref().map_or("never logged in".to_owned(), |at| format!("last here {at}"));
            view! { <li class="cluster">{user.name.clone()} <Badge look/> <span class="hint">{last}</span></li> }
        })
        .collect();
    view! {
        <details class="disclosure"><summary>{words}</summary> <ul class="stack-tight">{rows}</ul></details>
    }
    .into_any()
}
