//! How far something has come.

use leptos::prelude::*;

/// A bar. The words beside it say the same; it is drawn as SVG because pages carry no inline styles.
#[component]
pub fn ProgressBar(
    #[prop(into)] done: Signal<u32>,
    #[prop(into)] of: Signal<u32>,
    #[prop(into)] label: String,
) -> impl IntoView {
    let percent = move || (done.get() * 100).checked_div(of.get()).unwrap_or(0).min(100);
    view! {
        <svg class="meter block w-full" height="7" viewBox="0 0 100 4" preserveAspectRatio="none" role="progressbar" aria-label=label
            aria-valuemin="0" aria-valuemax=move || of.get().to_string() aria-valuenow=move || done.get().to_string()>
            <rect class="fill-accent" x="0" y="0" height="4" width=move || percent().to_string()/>
        </svg>
    }
}
