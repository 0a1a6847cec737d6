//! How far something has come.

use leptos::prelude::*;

use crate::look::Tone;

/// A bar, in the colour of how it stands. The words beside it say the same; it is drawn as SVG because pages carry no inline styles.
#[component]
pub fn ProgressBar(
    #[prop(into)] done: Signal<u32>,
    #[prop(into)] of: Signal<u32>,
    #[prop(into)] label: String,
    /// As an accent, unless told otherwise.
    #[prop(optional, into)]
    tone: Option<Signal<Tone>>,
) -> impl IntoView {
    let percent = move || (done.get() * 100).checked_div(of.get()).unwrap_or(0).min(100);
    let classes = move || tone.map_or(Tone::Accent, |tone| tone.get()).meter_classes();
    view! {
        <svg class=classes height="7" viewBox="0 0 100 4" preserveAspectRatio="none" role="progressbar" aria-label=label
            aria-valuemin="0" aria-valuemax=move || of.get().to_string() aria-valuenow=move || done.get().to_string()>
            <rect fill="currentColor" x="0" y="0" height="4" width=move || percent().to_string()/>
        </svg>
    }
}
