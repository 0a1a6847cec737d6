//! What happened, in words, with the time since the beginning.

use leptos::prelude::*;
use model::event::Event;
use model::record::RecordView;
use model::time::span_words;

/// The events around the one that is looked at; each leads to the state after it.
pub fn events(view: &RecordView, place: &str) -> AnyView {
    let rows: Vec<_> = view.listed.iter().map(|event| row(event, view, place)).collect();
    let part = |words: &'static str, to: Option<i64>| {
        to.map(|to| view! { <a class="btn btn-small" href=format!("{place}?until={to}")>{words}</a> })
    };
    view! {
        <div class="spread">
            <h2>"What happened"</h2>
            <span class="cluster">{part("Earlier events", view.earlier)} {part("Later events", view.later)}</span>
        </div>
        <div class="table-wrap" tabindex="0" role="region" aria-label="Events">
            <table class="table">
                <thead><tr><th class="num">"No."</th><th>"After"</th><th>"Event"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(event: &Event, view: &RecordView, place: &str) -> AnyView {
    let is_current = event.seq == view.until;
    let classes = match (is_current, event.seq > view.until) {
        (true, _) => "bg-accent-soft font-semibold",
        (false, true) => "text-muted",
        (false, false) => "",
    };
    let after = span_words(event.at.since(view.began));
    view! {
        <tr class=classes aria-current=is_current.then_some("step")>
            <td class="num"><a class="link" href=format!("{place}?until={}", event.seq)>{event.seq}</a></td>
            <td class="whitespace-nowrap" title=event.at.to_string()>{after}</td>
            <td class="break-words">{words_of(event)}</td>
        </tr>
    }
    .into_any()
}

/// One line; names of people and steps stay as they are written.
pub fn words_of(event: &Event) -> String {
    event.kind.words()
}
