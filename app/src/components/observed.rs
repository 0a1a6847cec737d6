//! A value somebody looked for, or why it is not known.

use leptos::prelude::*;
use model::observed::{Observed, Seen};

use super::{Badge, Moment};
use crate::look::Look;

/// The value as `show` renders it, or *unknown* with its reason. The source is in the title.
pub fn observed<T>(value: &Observed<T>, show: impl FnOnce(&T) -> AnyView) -> AnyView {
    let inner = match &value.seen {
        Seen::Known(known) => show(known),
        Seen::Unknown(reason) => {
            let reason = reason.clone();
            view! { <span class="cluster"><Badge look=Look::unknown("Unknown")/> <span class="text-muted">{reason}</span></span> }.into_any()
        }
    };
    view! { <span title=format!("Source: {}", value.source)>{inner}</span> }.into_any()
}

/// Where a value comes from and how old it is.
pub fn source_of<T>(value: &Observed<T>) -> AnyView {
    let source = value.source.clone();
    let at = value.at;
    view! { <p class="hint">{source} ", " <Moment at=at/></p> }.into_any()
}
