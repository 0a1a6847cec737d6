//! The frame of one page: title, heading, and what can be done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use leptos::prelude::*;
use leptos_meta::Title;

/// The heading of the page, which every page has, also one that cannot be shown: in the context of what stands on it.
#[derive(Debug, Clone)]
pub struct Heading {
    title: String,
    shown_by: Arc<OnceLock<Place>>,
}

/// A part of a page that can have its heading. What a part shows is made more than once until the page is sent, so that "there
/// is one already" is not enough to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u64);

impl Place {
    /// Another one than all before.
    pub fn another() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Heading {
    /// Whether it is shown there, and nowhere before.
    fn is_shown_at(&self, place: Place) -> bool {
        *self.shown_by.get_or_init(|| place) == place
    }

    /// What stands in the place of a page that cannot be shown, under the heading that nothing else has given it.
    pub fn above(heading: Option<Self>, place: Place, refused: AnyView) -> AnyView {
        let missing = heading.filter(|heading| heading.is_shown_at(place));
        let head = missing.map(|heading| view! { <div class="page-head"><h1>{heading.title}</h1></div> });
        view! { {head} {refused} }.into_any()
    }
}

/// A page. `title` also names the browser tab.
#[component]
pub fn Page(
    #[prop(into)] title: String,
    /// Seconds after which the page looks for news; 0 is never.
    #[prop(optional)]
    refresh: u32,
    children: Children,
) -> AnyView {
    provide_context(Heading { title: title.clone(), shown_by: Arc::default() });
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
    if let Some(heading) = use_context::<Heading>() {
        heading.is_shown_at(Place::another());
    }
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
