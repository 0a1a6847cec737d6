//! What surrounds every page: where one can go, who one is, and in which colours.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::A;
use model::people::{Person, Role};

use super::{DemoBadge, LostBanner, ShortcutDialogs, ShortcutLinks, chosen_keys};
use crate::api::session::{ChooseTheme, load_viewer};
use crate::clock::now;
use crate::islands::Pulse;
use crate::shortcuts::SingleKeys;
use crate::theme::Theme;

/// The frame. Without a login it is only the name.
#[component]
pub fn Frame(children: Children) -> AnyView {
    let viewer = Resource::new(|| (), |()| who());
    view! {
        <a class="skip-link" href="#main">"Skip to the content"</a>
        <header class="topbar">
            <a class="brand" href="/"><Mark/> "Drydock"</a>
            <DemoBadge/>
            <Transition>
                {move || Suspend::new(async move { viewer.await.map(|(person, _)| view! { <Navigation person/> }) })}
            </Transition>
            <LostBanner/>
        </header>
        {children()}
        <Transition>
            {move || Suspend::new(async move { viewer.await.map(|(_, keys)| view! { <ShortcutDialogs keys/> }) })}
        </Transition>
        <p class="sr-only" role="status" data-heard=""></p>
        <Pulse server_now=now()/>
    }
    .into_any()
}

/// Who is logged in, and whether single keys count for them.
async fn who() -> Option<(Person, SingleKeys)> {
    let person = load_viewer().await.ok().flatten()?;
    Some((person, chosen_keys().await))
}

/// The sign of Drydock: a ship in its dock.
#[component]
fn Mark() -> AnyView {
    view! {
        <svg class="w-5 h-5 text-accent" width="20" height="20" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">
            <path d="M2 6v7h12V6M5 9h6l-1 2H6zM8 3v6"/>
        </svg>
    }.into_any()
}

#[component]
fn Navigation(person: Person) -> AnyView {
    let is_admin = person.may(Role::Admin);
    view! {
        <nav class="nav" aria-label="Main">
            <A href="/" exact=true attr:class="nav-link" attr:title="Administration > Updates">"Updates"</A>
            <A href="/inbox" attr:class="nav-link">"Inbox"</A>
            <A href="/history" attr:class="nav-link">"History"</A>
            <A href="/policies" attr:class="nav-link">"Policies"</A>
            {is_admin.then(|| view! {
                <A href="/people" attr:class="nav-link">"People"</A>
                <A href="/notifications" attr:class="nav-link">"Notifications"</A>
                <A href="/audit" attr:class="nav-link">"Audit"</A>
            })}
        </nav>
        <div class="cluster ml-auto">
            <ShortcutLinks/>
            <ThemeButton/>
            <a class="link" href="/account" title=format!("Your account: {}", roles(&person))>{person.name.clone()}</a>
            <form method="post" action="/logout">
                <button class="btn btn-quiet btn-small" type="submit">"Log out"</button>
            </form>
        </div>
    }
    .into_any()
}

fn roles(person: &Person) -> String {
    person.roles.words()
}

/// Goes through light, dark and as the system wishes. The choice is a cookie, so there is no flash of the other colours.
#[component]
fn ThemeButton() -> AnyView {
    let theme = use_context::<Theme>().unwrap_or_default();
    let choose = ServerAction::<ChooseTheme>::new();
    view! {
        <ActionForm action=choose>
            <input type="hidden" name="theme" value=theme.next().word()/>
            <button class="btn btn-quiet btn-small" type="submit" title=format!("Change to {}", theme.next())>
                {format!("Colours: {theme}")}
            </button>
        </ActionForm>
    }
    .into_any()
}
