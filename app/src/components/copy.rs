//! Something that people take elsewhere, with a button that copies it.

use leptos::prelude::*;

/// Its child, and beside it the button. The style sheet shows the button once the page is alive: before that it does nothing.
#[component]
pub fn Copyable(
    /// What is copied, as in “Copy the command”.
    what: &'static str,
    children: Children,
) -> AnyView {
    view! {
        <div class="copyable">
            {children()}
            <button class="btn btn-quiet btn-small copy" type="button" data-copy="">
                <span data-verb="">"Copy"</span> <span class="sr-only">{what}</span>
            </button>
        </div>
    }
    .into_any()
}
