//! What happened: the environment before and after, events, output.

use super::doc::Doc;
use super::{Case, SHOWN_EVENTS, SHOWN_WHOLE};
use crate::event::Stream;
use crate::evidence::{Look, differences, name};
use crate::time::span_words;
use crate::words::{count, size};

/// So many differences stand on the page.
const SHOWN: usize = 500;

pub(super) fn inventories(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>The environment before and after</h2>\n<dl>\n")
        .fact("Before", look_words(case.before, "before the run was started"))
        .fact("After", look_words(case.after, "after the run was over"))
        .raw("</dl>\n<p>")
        .file(name::BEFORE)
        .raw(", ")
        .file(name::AFTER)
        .raw("</p>\n");
    let (Some(before), Some(after)) = (case.before.facts(), case.after.facts()) else {
        doc.p("What has changed cannot be said: one of them is unknown.");
        return;
    };
    let differences = differences(before, after);
    if differences.is_empty() {
        doc.p("Nothing that was seen is another.");
        return;
    }
    doc.raw("<h3>What is another</h3>\n<ul class=\"plain\">\n");
    for one in differences.iter().take(SHOWN) {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "(nothing)".to_owned());
        doc.raw("<li>")
            .text(&one.place)
            .raw("<br><code>")
            .text(value(&one.before))
            .raw("</code> → <code>")
            .text(value(&one.after))
            .raw("</code></li>\n");
    }
    doc.raw("</ul>\n");
    if let Some(more) = differences.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        doc.p(format!("And {} more: compare the two files.", count(more, "difference")));
    }
}

fn look_words(look: &Look, when: &str) -> String {
    match look {
        Look::Seen { taken_at, apart, .. } => format!("seen {taken_at}, {} {when}", span_words(*apart)),
        Look::Unknown { why } => format!("unknown: {why}"),
    }
}

pub(super) fn events(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>Events</h2>\n<ol class=\"plain\">\n");
    for event in case.events.iter().take(SHOWN_EVENTS) {
        doc.raw("<li class=\"cells\"><span>")
            .text(event.seq.to_string())
            .raw("</span><span class=\"muted\">")
            .text(event.at.to_string())
            .raw("</span><span>")
            .text(event.kind.words())
            .raw("</span></li>\n");
    }
    doc.raw("</ol>\n");
    let more = case.events.len().saturating_sub(SHOWN_EVENTS);
    if more > 0 {
        doc.p(format!("{} do not stand here; all of them are in the file.", count(more, "more event")));
    }
    doc.raw("<p>").file(name::EVENTS).raw("</p>\n");
}

pub(super) fn output(doc: &mut Doc, case: &Case<'_>) {
    doc.raw("<h2>What was printed</h2>\n");
    if case.output.is_empty() {
        doc.p("Nothing was.");
    }
    for excerpt in case.output {
        let printed = &excerpt.printed;
        let pipe = match printed.stream {
            Stream::Stdout => "standard output",
            Stream::Stderr => "standard error",
        };
        doc.raw("<h3>")
            .text(format!("{} on {}, try {}: {pipe}", printed.step, printed.host, printed.attempt))
            .raw("</h3>\n<p>")
            .file(&excerpt.member)
            .text(format!(", {}", size(excerpt.length)));
        let is_long = excerpt.length > SHOWN_WHOLE as u64;
        if excerpt.text.is_empty() && excerpt.length > 0 {
            doc.raw(". Too much was printed to stand on this page: it is in the file.</p>\n");
            continue;
        }
        doc.raw(if is_long { ". Below is only its end; all of it is in the file.</p>\n<pre>" } else { "</p>\n<pre>" })
            // A line break right after the tag would be left out.
            .raw("\n")
            .text(&excerpt.text)
            .raw("</pre>\n");
    }
}
