//! Who did what, when, to which thing.

use leptos::prelude::*;
use model::audit::AuditEntry;

use super::params::query;
use crate::api::runs::load_audit;
use crate::components::{Moment, Page, PageHead, data_of, loaded};

/// How many entries the engine gives at once.
const PAGE: usize = 200;

/// The log, newest first.
#[component]
pub fn Audit() -> AnyView {
    let before = query("before");
    let entries = data_of(move || before.get().parse::<i64>().ok(), load_audit);
    view! {
        <Page title="Audit">
            <PageHead title="Audit log"/>
            {loaded(entries, show)}
        </Page>
    }
    .into_any()
}

fn show(entries: Vec<AuditEntry>) -> AnyView {
    let older = entries.last().filter(|_| entries.len() >= PAGE).map(|last| format!("/audit?before={}", last.seq));
    let rows: Vec<_> = entries.into_iter().map(row).collect();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Audit log">
            <table class="table table-cards">
                <thead><tr><th class="num">"No."</th><th>"When"</th><th>"Who"</th><th>"What"</th><th>"Detail"</th><th>"Number of the thing"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {older.map(|href| view! { <a class="btn" href=href>"Older entries"</a> })}
    }
    .into_any()
}

fn row(entry: AuditEntry) -> AnyView {
    let subject = (!entry.subject.is_empty()).then(|| view! { <span class="mono hint">{entry.subject}</span> });
    view! {
        <tr>
            <td data-label="No." class="num">{entry.seq}</td>
            <td data-label="When" class="whitespace-nowrap"><Moment at=entry.at/></td>
            <td data-label="Who">{entry.who}</td>
            <td data-label="What"><span class="mono">{entry.what}</span></td>
            <td data-label="Detail">{entry.detail}</td>
            <td data-label="Number of the thing">{subject}</td>
        </tr>
    }
    .into_any()
}
