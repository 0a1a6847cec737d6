//! That nothing here is real, where that is so.

use leptos::prelude::*;

/// What this server looks after; in the context of every page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Platforms {
    /// Somebody's installations.
    #[default]
    Real,
    /// The lab, which is thrown away at the end.
    Simulated,
}

/// Sign and words in the frame of every page, unless the platforms are real.
#[component]
pub fn DemoBadge() -> AnyView {
    match use_context::<Platforms>().unwrap_or_default() {
        Platforms::Real => ().into_any(),
        Platforms::Simulated => view! {
            <span class="badge is-accent" title="Everything here runs on simulated platforms: no real installation is touched, and all of it is thrown away at the end.">
                <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5"
                    stroke-linecap="round" stroke-linejoin="round">
                    <path d="M6 2h4M7 2v4.2L3.4 12.4A1.1 1.1 0 0 0 4.4 14h7.2a1.1 1.1 0 0 0 1-1.6L9 6.2V2M5.2 10h5.6"/>
                </svg>
                "Demo: simulated platforms"
            </span>
        }
        .into_any(),
    }
}
