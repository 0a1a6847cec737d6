//! What is pending, in a few lines with their signs.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::open_vstorage::OpenVstorageInventory;

use super::Badge;
use crate::look::Look;
use crate::summary::open_vstorage;

/// A cluster by component: how many nodes, to which versions, and what an update would stop.
pub fn cluster_summary(cluster: &OpenVstorageInventory) -> AnyView {
    let all = open_vstorage::by_component(cluster);
    let impacts: BTreeSet<String> = all.iter().filter_map(|one| one.impact(cluster)).collect();
    let rows = all.iter().map(|one| (one.look(), one.words(), one.candidates())).collect();
    summary_list(rows, "What an update would stop", impacts.into_iter().collect())
}

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
