//! The frame of one page: title, heading, and what can be done.

use leptos::prelude::*;
use leptos_meta::Title;

/// A page. `title` also names the browser tab.
#[component]
pub fn Page(
    #[prop(into)] title: String,
    /// Seconds after which the page looks for news; 0 is never.
    #[prop(optional)]
    refresh: u32,
    children: Children,
) -> AnyView {
    view! {
        <Title text=title/>
        <main id="main" class="page" tabindex="-1" data-refresh=(refresh > 0).then(|| refresh.to_string())>{children()}</main>
    }
    .into_any()
}

/// The heading of a page with what belongs beside it.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    /// Where the page belongs, as links.
    #[prop(optional, into)]
    crumbs: Vec<(String, String)>,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    // More exact than the page's own: with several tabs open, each names its environment.
    let tab = match crumbs.last().filter(|(_, place)| crumbs.len() > 1 && !title.contains(place.as_str())) {
        Some((_, place)) => format!("{title} of {place}"),
        None => title.clone(),
    };
    let crumbs: Vec<_> = crumbs
        .into_iter()
        .map(|(href, name)| view! { <a class="link" href=href>{name}</a> <span aria-hidden="true">"›"</span> })
        .collect();
    view! {
        <Title text=tab/>
        <div class="page-head">
            <div class="stack-tight">
                {(!crumbs.is_empty()).then(|| view! { <nav class="crumbs" aria-label="Where this is">{crumbs}</nav> })}
                <h1>{title}</h1>
            </div>
            {children.map(|children| view! { <div class="cluster">{children()}</div> })}
        </div>
    }
    .into_any()
}
