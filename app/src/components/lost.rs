//! That the page has lost the server: hidden until [`crate::islands`] finds that it is so.

use leptos::prelude::*;

use super::Notice;
use crate::clock::now;
use crate::look::Look;

/// The banner, with the moment of which what is shown tells. A run says for itself how it stands with the server: where one is
/// followed, the style sheet leaves this out.
#[component]
pub fn LostBanner() -> AnyView {
    let at = now();
    let utc = at.utc();
    let words = format!("{} UTC", utc.get(11..16).unwrap_or_default());
    view! {
        <div class="lost" role="status">
            <div data-lost="" hidden=true>
                <Notice look=Look::warning("Drydock cannot be reached")>
                    "What is shown is as of " <time data-as-of=at.0.to_string()>{words}</time>
                    " and may no longer be so. It is tried again by itself; what runs goes on without this page."
                </Notice>
            </div>
        </div>
    }
    .into_any()
}
