//! The keyboard shortcuts as a page: for who has no WASM, and for a link that can be given to somebody.

use leptos::prelude::*;

use crate::api::session::load_single_keys;
use crate::components::{Page, PageHead, ShortcutList, data_of, loaded};

/// All of them.
#[component]
pub fn Keys() -> AnyView {
    let keys = data_of(|| (), |()| load_single_keys());
    view! {
        <Page title="Keyboard shortcuts">
            <PageHead title="Keyboard shortcuts"/>
            <section class="card max-w-3xl" aria-label="Keys">
                <div class="card-body">
                    <p class="text-muted">"They lead somewhere and change nothing. They need the script of the page; everything can also be reached without it."</p>
                    {loaded(keys, |keys| view! { <ShortcutList keys/> }.into_any())}
                </div>
            </section>
        </Page>
    }
    .into_any()
}
