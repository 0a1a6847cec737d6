//! Who did what, when, to which thing; and whether the log still says what was recorded.

mod filter;
mod state;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::audit::{AuditEntry, AuditFilter, AuditView};

use crate::api::audit::load_audit;
use crate::components::{Column, Moment, Page, PageHead, Table, data_of, loaded};

/// How many entries the engine gives at once.
const PAGE: usize = 200;

/// Filter, state of the log, and the log, newest first.
#[component]
pub fn Audit() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(filter::read));
    let view = data_of(move || asked.get(), load_audit);
    view! {
        <Page title="Audit">
            <PageHead title="Audit log"/>
            {loaded(view, move |view| show(view, &asked.get_untracked()))}
        </Page>
    }
    .into_any()
}

fn show(view: AuditView, asked: &AuditFilter) -> AnyView {
    let older = view.entries.last().filter(|_| view.entries.len() >= PAGE);
    let older = older.map(|last| filter::address(&AuditFilter { before: Some(last.seq), ..asked.clone() }));
    let state = state::show(&view);
    let is_empty = view.entries.is_empty();
    let rows: Vec<_> = view.entries.into_iter().map(row).collect();
    view! {
        {state}
        {filter::form(asked)}
        {(!is_empty).then(|| table(rows))}
        {is_empty.then(|| view! { <div class="empty">"No entry fits."</div> })}
        {older.map(|href| view! { <a class="btn" href=href>"Older entries"</a> })}
    }
    .into_any()
}

fn table(rows: Vec<AnyView>) -> AnyView {
    view! {
        <Table label="Audit log" rows
            columns=vec![
                Column::Number("No."), Column::Plain("When"), Column::Plain("Who"), Column::Plain("What"),
                Column::Plain("Detail"), Column::Plain("Number of the thing"),
            ]/>
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
