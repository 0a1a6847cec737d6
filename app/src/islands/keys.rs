//! What the keyboard and the dialogs of every page do. Which key leads where is written in the page: the links of the dialog
//! `#keys` carry it in `data-keys`. A key only ever leads somewhere; none changes anything.

use std::sync::atomic::{AtomicI64, Ordering};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, KeyboardEvent, MouseEvent};

use super::{copy, palette, refresh};
use crate::clock::now;

/// The dialog with all of them.
const LIST: &str = "keys";

/// So many milliseconds after the first of two keys the second one counts.
const TOGETHER: i64 = 1500;

/// When `g` was pressed last.
static BEGUN: AtomicI64 = AtomicI64::new(0);

/// Listens.
pub fn begin() {
    window_event_listener(leptos::ev::keydown, |event| {
        let _ = pressed(&event);
    });
    window_event_listener(leptos::ev::click, |event| {
        let _ = clicked(&event);
    });
    palette::begin();
}

/// The element in which something happened.
pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// One of the dialogs of the page.
pub fn dialog(id: &str) -> Option<HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Opens a dialog, unless it is.
pub fn open(id: &str) -> Result<(), JsValue> {
    match dialog(id) {
        Some(dialog) if !dialog.open() => {
            dialog.show_modal()?;
            if id == palette::ID { palette::opened() } else { Ok(()) }
        }
        Some(_) | None => Ok(()),
    }
}

fn clicked(event: &MouseEvent) -> Result<(), JsValue> {
    let Some(at) = target(event) else { return Ok(()) };
    if let Some(dialog) = at.dyn_ref::<HtmlDialogElement>() {
        // What is inside of them covers them: this was beside it. Both hold nothing that could get lost.
        if [palette::ID, LIST].contains(&dialog.id().as_str()) {
            dialog.close();
        }
    } else if let Some(link) = at.closest("[data-opens]")? {
        // With another key the link opens a tab of its own.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            open(&link.get_attribute("data-opens").unwrap_or_default())?;
        }
    } else if let Some(button) = at.closest("[data-closes]")? {
        if let Some(dialog) = button.closest("dialog")?.and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    } else if let Some(button) = at.closest("[data-copy]")? {
        copy::copy(&button);
    }
    Ok(())
}

fn pressed(event: &KeyboardEvent) -> Result<(), JsValue> {
    // A browser that fills in a form by itself sends events of this name that are none.
    if !event.is_instance_of::<KeyboardEvent>() || event.is_composing() || event.default_prevented() {
        return Ok(());
    }
    let key = event.key();
    let is_with_another = event.ctrl_key() || event.meta_key() || event.alt_key();
    if (event.ctrl_key() != event.meta_key()) && !event.alt_key() && !event.shift_key() && key.eq_ignore_ascii_case("k")
    {
        let Some(palette) = dialog(palette::ID) else { return Ok(()) };
        event.prevent_default();
        if palette.open() {
            palette.close();
            return Ok(());
        }
        return if open_dialog()?.is_none() { open(palette::ID) } else { Ok(()) };
    }
    match open_dialog()? {
        Some(open) if open.id() == palette::ID => return palette::pressed(event, &key),
        Some(_) => return Ok(()),
        None => {}
    }
    if is_with_another || event.repeat() || is_typing(event)? {
        return Ok(());
    }
    if single(&key)? {
        event.prevent_default();
    }
    Ok(())
}

fn open_dialog() -> Result<Option<Element>, JsValue> {
    document().query_selector("dialog[open]")
}

/// Whether the key belongs to what is typed or chosen.
fn is_typing(event: &Event) -> Result<bool, JsValue> {
    let Some(at) = target(event) else { return Ok(false) };
    Ok(at.closest("input, textarea, select, [contenteditable]")?.is_some())
}

/// A key that is pressed alone; whether it means something here.
fn single(key: &str) -> Result<bool, JsValue> {
    let Some(list) = dialog(LIST) else { return Ok(false) };
    if list.get_attribute("data-single-keys").as_deref() == Some("off") {
        return Ok(false);
    }
    let is_second = now().0 - BEGUN.swap(0, Ordering::Relaxed) < TOGETHER;
    if is_second && key.len() == 1 && key.as_bytes()[0].is_ascii_alphanumeric() {
        let link = list.query_selector(&format!("[data-keys='g {key}']"))?;
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            link.click();
            return Ok(true);
        }
    }
    match key {
        "g" => BEGUN.store(now().0, Ordering::Relaxed),
        "r" => refresh::now(),
        "?" => open(LIST)?,
        "/" => match document().query_selector("main [role=search] input")? {
            Some(field) => field.unchecked_ref::<HtmlElement>().focus()?,
            None => open(palette::ID)?,
        },
        _ => return Ok(false),
    }
    Ok(true)
}
