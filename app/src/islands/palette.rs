//! The command palette: the dialog `#palette`, which shows what the page `/go` answers. What there is and what fits is for the
//! server to say; here it is only asked for, and one of it is chosen.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::kept::all;
use super::keys::{dialog, target};
use super::refresh;

/// The dialog's.
pub const ID: &str = "palette";

/// Somebody who types on is not asked for.
const PAUSE: Duration = Duration::from_millis(90);

/// How often was asked: only the latest answer is shown, whichever comes last.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// Listens to what is typed.
pub fn begin() {
    window_event_listener(leptos::ev::input, |event| {
        if target(&event).is_some_and(|field| field.id() == "palette-field") {
            let number = ASKED.fetch_add(1, Ordering::Relaxed) + 1;
            set_timeout(move || ask(number), PAUSE);
        }
    });
}

/// The field, and the list below it.
struct Parts {
    field: HtmlInputElement,
    list: Element,
}

fn parts() -> Option<Parts> {
    let field = document().get_element_by_id("palette-field")?.dyn_into().ok()?;
    Some(Parts { field, list: document().get_element_by_id("palette-list")? })
}

/// Somebody has opened it.
pub fn opened() -> Result<(), JsValue> {
    if let Some(Parts { field, .. }) = parts() {
        field.focus()?;
        field.select();
        ask(ASKED.fetch_add(1, Ordering::Relaxed) + 1);
    }
    Ok(())
}

fn is_latest(number: u32) -> bool {
    ASKED.load(Ordering::Relaxed) == number
}

fn ask(number: u32) {
    if !is_latest(number) {
        return;
    }
    let Some(Parts { field, .. }) = parts() else { return };
    spawn_local(async move {
        let typed = field.value();
        let address = format!("/go?q={}", String::from(js_sys::encode_uri_component(&typed)));
        let answer = refresh::page_at(&address).await;
        if is_latest(number) {
            let _ = match answer {
                Ok(Some(page)) => page.query_selector("[data-answers]").and_then(|answers| show(&typed, answers)),
                Ok(None) => tell("This cannot be answered. Reload the page to see why."),
                Err(_) => tell("Drydock does not answer. Type on to try again."),
            };
        }
    });
}

fn tell(words: &str) -> Result<(), JsValue> {
    if let Some(told) = document().query_selector("[data-palette-told]")? {
        told.set_text_content(Some(words));
    }
    Ok(())
}

fn show(typed: &str, answers: Option<Element>) -> Result<(), JsValue> {
    let (Some(Parts { field, list }), Some(answers)) = (parts(), answers) else {
        return tell("This cannot be answered. Reload the page to see why.");
    };
    list.set_inner_html(&answers.inner_html());
    list.set_attribute("data-of", typed)?;
    let entries = all(&list, "a")?;
    for (at, entry) in entries.iter().enumerate() {
        entry.set_id(&format!("palette-{at}"));
        entry.set_attribute("role", "option")?;
        entry.set_attribute("tabindex", "-1")?;
    }
    tell(&answers.get_attribute("data-told").unwrap_or_default())?;
    field.set_attribute("aria-expanded", if entries.is_empty() { "false" } else { "true" })?;
    field.remove_attribute("aria-activedescendant")?;
    choose(&field, &entries, 0)?;
    // Enter was pressed before the answer was there.
    if list.has_attribute("data-follow") { follow(&list) } else { Ok(()) }
}

/// Marks one of the entries. The focus stays in the field.
fn choose(field: &Element, entries: &[Element], chosen: usize) -> Result<(), JsValue> {
    for (at, entry) in entries.iter().enumerate() {
        entry.set_attribute("aria-selected", if at == chosen { "true" } else { "false" })?;
    }
    let Some(entry) = entries.get(chosen) else { return Ok(()) };
    field.set_attribute("aria-activedescendant", &entry.id())?;
    let nearest = ScrollIntoViewOptions::new();
    nearest.set_block(ScrollLogicalPosition::Nearest);
    entry.scroll_into_view_with_scroll_into_view_options(&nearest);
    Ok(())
}

/// A key while it is open.
pub fn pressed(event: &KeyboardEvent, key: &str) -> Result<(), JsValue> {
    let Some(Parts { field, list }) = parts() else { return Ok(()) };
    if target(event).is_none_or(|at| at.id() != field.id()) {
        return Ok(());
    }
    let entries = all(&list, "a")?;
    let is_chosen = |entry: &Element| entry.get_attribute("aria-selected").as_deref() == Some("true");
    let chosen = entries.iter().position(is_chosen).unwrap_or(0);
    let count = entries.len().max(1);
    match key {
        "ArrowDown" => choose(&field, &entries, (chosen + 1) % count)?,
        "ArrowUp" => choose(&field, &entries, (chosen + count - 1) % count)?,
        "Enter" => {
            list.set_attribute("data-follow", "")?;
            // What is shown may be the answer to fewer letters; then the first one of the next answer is meant.
            if list.get_attribute("data-of").as_deref() == Some(field.value().as_str()) {
                follow(&list)?;
            }
        }
        _ => return list.remove_attribute("data-follow"),
    }
    event.prevent_default();
    Ok(())
}

fn follow(list: &Element) -> Result<(), JsValue> {
    list.remove_attribute("data-follow")?;
    // Whoever has closed it does not want to go anywhere.
    let dialog = dialog(ID).filter(|dialog| dialog.open());
    if let (Some(dialog), Some(entry)) = (dialog, list.query_selector("[aria-selected=true]")?) {
        // A link may lead to a place in this very page.
        dialog.close();
        entry.unchecked_ref::<HtmlElement>().click();
    }
    Ok(())
}
