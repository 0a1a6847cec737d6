//! What the keyboard does, and the two dialogs that it opens. What a key leads to stands here alone: in the browser
//! [`crate::islands`] looks for the link that carries it.

use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::session::{ChooseSingleKeys, load_single_keys};
use crate::shortcuts::SingleKeys;

/// One key after the other, and where they lead.
const LEADS: [(&str, &str, &str); 5] = [
    ("g u", "/", "Updates"),
    ("g i", "/inbox", "Inbox"),
    ("g h", "/history", "History"),
    ("g p", "/policies", "Policies"),
    ("g a", "/account", "Your account"),
];

/// Keys, and what they do where one is. None of them changes anything.
const DOES: [(&[&str], &str); 5] = [
    (&["Ctrl", "K"], "Go anywhere: find a page, an environment, an action or a run by a few letters (also ⌘ K)"),
    (&["/"], "To the search of this page; where it has none, to that of all pages"),
    (&["r"], "Look for news now, on pages that do so by themselves"),
    (&["?"], "This list"),
    (&["Esc"], "Close what has opened"),
];

/// All of them, and the choice whether single keys count.
#[component]
pub fn ShortcutList(keys: SingleKeys) -> AnyView {
    let choose = ServerAction::<ChooseSingleKeys>::new();
    let does = DOES.map(|(keys, words)| {
        let keys: Vec<_> = keys.iter().map(|key| view! { <kbd class="key">{*key}</kbd> " " }).collect();
        view! { <dt>{keys}</dt> <dd>{words}</dd> }
    });
    let leads = LEADS.map(|(keys, href, words)| {
        let shown: Vec<_> = keys.split(' ').map(|key| view! { <kbd class="key">{key}</kbd> " " }).collect();
        view! { <dt>{shown}</dt> <dd><a class="link" href=href data-keys=keys>{words}</a></dd> }
    });
    let (told, button) = match keys {
        SingleKeys::On => ("Single keys count, except while you type.", "Let single keys do nothing"),
        SingleKeys::Off => ("Single keys do nothing. Ctrl K and Esc still work.", "Let single keys count"),
    };
    view! {
        <dl class="facts">{does.into_iter().collect::<Vec<_>>()} {leads.into_iter().collect::<Vec<_>>()}</dl>
        <ActionForm action=choose attr:class="stack-tight">
            <input type="hidden" name="keys" value=keys.other().word()/>
            <p class="hint">{told}</p>
            <div><button class="btn btn-small" type="submit">{button}</button></div>
        </ActionForm>
    }
    .into_any()
}

/// The links that open the dialogs; without WASM they lead to pages that do the same.
#[component]
pub fn ShortcutLinks() -> AnyView {
    view! {
        <a class="btn btn-small" href="/go" data-opens="palette" title="Go to a page, an environment or a run: Ctrl K">
            <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.75"
                stroke-linecap="round">
                <path d="M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9M10.3 10.3l3.2 3.2"/>
            </svg>
            "Search" <kbd class="key hidden sm:inline" aria-hidden="true">"Ctrl K"</kbd>
        </a>
        <a class="btn btn-quiet btn-small hidden sm:inline-flex" href="/keys" data-opens="keys" aria-label="Keyboard shortcuts" title="Keyboard shortcuts">"?"</a>
    }
    .into_any()
}

/// Closed until somebody opens them.
#[component]
pub fn ShortcutDialogs(keys: SingleKeys) -> AnyView {
    view! {
        <dialog class="dialog palette" id="palette" aria-label="Go to">
            <div class="palette-head">
                <input class="input" id="palette-field" type="text" role="combobox" aria-expanded="false" aria-controls="palette-list"
                    aria-autocomplete="list" aria-label="Where to" placeholder="Environment, action, page, run" autocomplete="off"
                    autocapitalize="off" spellcheck="false" maxlength="200"/>
                <button class="btn btn-quiet" type="button" data-closes="">"Close"</button>
            </div>
            <div class="palette-list" id="palette-list" role="listbox" aria-label="Places"></div>
            <p class="palette-foot hint" role="status" data-palette-told=""></p>
        </dialog>
        <dialog class="dialog" id="keys" aria-label="Keyboard shortcuts" data-single-keys=keys.word()>
            <div class="card-head">
                <h2>"Keyboard shortcuts"</h2>
                <button class="btn btn-quiet btn-small" type="button" data-closes="">"Close"</button>
            </div>
            <div class="card-body"><ShortcutList keys/></div>
        </dialog>
    }
    .into_any()
}

/// The choice of this browser.
pub async fn chosen_keys() -> SingleKeys {
    load_single_keys().await.unwrap_or_default()
}
