//! Fields that belong together.

use leptos::prelude::*;

/// A card with a heading, announced as a group.
#[component]
pub fn Group(#[prop(into)] title: String, children: Children) -> impl IntoView {
    let name = title.clone();
    view! {
        <div class="card" role="group" aria-label=name>
            <div class="card-head"><h2>{title}</h2></div>
            <div class="card-body">{children()}</div>
        </div>
    }
}
