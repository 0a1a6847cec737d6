//! A state as sign, word and colour.

use leptos::prelude::*;
use model::environment::RiskClass;

use crate::look::{Look, Sign};
use crate::looks::risk_tone;

/// A sign. Says nothing to a screen reader; the word beside it does.
#[component]
pub fn Icon(sign: Sign) -> impl IntoView {
    view! {
        <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.75"
            stroke-linecap="round" stroke-linejoin="round">
            <path d=sign.strokes()/>
        </svg>
    }
}

/// A state.
#[component]
pub fn Badge(look: Look) -> impl IntoView {
    view! {
        <span class=look.tone.badge_classes()>
            <Icon sign=look.sign/>
            {look.word}
        </span>
    }
}

/// How bad it would be if it went wrong here.
#[component]
pub fn RiskBadge(risk: RiskClass) -> impl IntoView {
    view! { <span class=risk_tone(risk).badge_classes()>{risk.to_string()}</span> }
}
