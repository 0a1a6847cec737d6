//! Buttons that copy what stands before them: `<button data-copy>`.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};

/// So long the button says what it has done.
const SAID: Duration = Duration::from_secs(2);

/// Copies it. Where the browser does not let a page do that, as over plain HTTP, it is selected, and a key copies it.
pub fn copy(button: &Element) {
    let button = button.clone();
    let source = button.previous_element_sibling().and_then(|source| source.dyn_into::<HtmlElement>().ok());
    let Some(source) = source else { return };
    spawn_local(async move {
        let words = if is_copied(&source.inner_text()).await {
            "Copied"
        } else if select(&source).is_ok() {
            "Selected: press Ctrl C"
        } else {
            "Not copied"
        };
        say(&button, words);
    });
}

async fn is_copied(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // It is there only where the connection is safe.
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn select(source: &Element) -> Result<(), JsValue> {
    let selection = window().get_selection()?.ok_or(JsValue::NULL)?;
    selection.select_all_children(source)
}

/// On the button for who looks at it, and in the place of the page that is read out.
fn say(button: &Element, words: &'static str) {
    let write = |place: Result<Option<Element>, JsValue>, words: &str| {
        if let Ok(Some(place)) = place {
            place.set_text_content(Some(words));
        }
    };
    write(button.query_selector("[data-verb]"), words);
    write(document().query_selector("[data-heard]"), words);
    let button = button.clone();
    let quiet = move || {
        write(button.query_selector("[data-verb]"), "Copy");
        write(document().query_selector("[data-heard]"), "");
    };
    set_timeout(quiet, SAID);
}
