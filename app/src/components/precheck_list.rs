//! Questions and answers: what must be so before something may start.

use leptos::prelude::*;
use model::precheck::{Precheck, Verdict};

use super::Badge;
use crate::looks;

/// Bad answers first, each with its evidence and what to do.
#[component]
pub fn PrecheckList(checks: Vec<Precheck>) -> AnyView {
    let mut checks = checks;
    checks.sort_by_key(|check| weight(check.verdict));
    let rows: Vec<_> = checks.into_iter().map(row).collect();
    view! { <ul class="stack">{rows}</ul> }.into_any()
}

const fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Blocking => 0,
        Verdict::Unknown => 1,
        Verdict::Warning => 2,
        Verdict::Good => 3,
    }
}

/// The title says what should be so. Where it is not, that comes first: "Warning: nobody has a console open" would be
/// read as its opposite.
fn row(check: Precheck) -> AnyView {
    let resolution = (!check.resolution.is_empty())
        .then(|| view! { <p><span class="font-medium">"What to do: "</span>{check.resolution}</p> });
    let title = match check.verdict {
        Verdict::Good => check.title,
        Verdict::Warning | Verdict::Blocking => format!("Not so: {}", check.title),
        Verdict::Unknown => format!("Not known: {}", check.title),
    };
    view! {
        <li class="stack-tight">
            <div class="flex gap-2 items-start"><Badge look=looks::of_verdict(check.verdict)/> <span class="font-medium min-w-0">{title}</span></div>
            <p class="text-muted">{check.evidence}</p>
            {resolution}
        </li>
    }.into_any()
}
