//! An address that leads nowhere.

use leptos::prelude::*;

use crate::components::{Page, PageHead};

/// Says so, and where to go.
#[component]
pub fn NotFound() -> AnyView {
    view! {
        <Page title="Not found">
            <PageHead title="There is no such page"/>
            <p>"The address may be mistyped. " <a class="link" href="/">"Go to Updates"</a></p>
        </Page>
    }
    .into_any()
}
