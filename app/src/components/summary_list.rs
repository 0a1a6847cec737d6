//! What is pending, in a few lines with their signs.

use leptos::prelude::*;

use super::Badge;
use crate::look::Look;

/// Lines with their sign, what stands below them, and what doing it would stop.
pub fn summary_list(
    rows: Vec<(Look, String, Option<String>)>,
    question: &'static str,
    impacts: Vec<String>,
) -> AnyView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(look, words, below)| view! {
            <li class="flex gap-2 items-start">
                <Badge look/>
                <span class="min-w-0">{words} {below.map(|words| view! { <span class="hint block break-words">{words}</span> })}</span>
            </li>
        })
        .collect();
    let impacts: Vec<_> = impacts.into_iter().map(|words| view! { <li>{words}</li> }).collect();
    view! {
        <ul class="stack-tight">{rows}</ul>
        {(!impacts.is_empty()).then(|| view! {
            <details class="disclosure">
                <summary>{question}</summary>
                <ul class="stack-tight text-muted">{impacts}</ul>
            </details>
        })}
    }
    .into_any()
}
