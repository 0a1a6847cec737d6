//! Keeps a page up to date that says how often it wants it: `<main data-refresh="10">`.
//!
//! The page is fetched as the server renders it and put in the place of the old one. Not while somebody is typing, and
//! what was opened stays open.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, Element, Response, SupportedType};

/// Looks whether this page wants it, and begins.
pub fn begin() {
    let seconds = main().and_then(|main| main.get_attribute("data-refresh")).and_then(|seconds| seconds.parse().ok());
    if let Some(seconds) = seconds {
        let again = || {
            if !is_busy() {
                spawn_local(async {
                    // A refresh that fails is tried again next time; the age of the data tells.
                    let _ = replace().await;
                });
            }
        };
        set_interval(again, Duration::from_secs(seconds));
    }
}

fn main() -> Option<Element> {
    document().query_selector("main").ok().flatten()
}

/// Whether somebody is typing, has sent a form, or looks elsewhere.
fn is_busy() -> bool {
    let in_form = document().active_element().is_some_and(|element| element.closest("form").ok().flatten().is_some());
    let sent = document().query_selector("[data-sent]").ok().flatten().is_some();
    in_form || sent || document().hidden()
}

async fn replace() -> Result<(), JsValue> {
    let address = window().location().href()?;
    let response: Response = JsFuture::from(window().fetch_with_str(&address)).await?.dyn_into()?;
    // Logged out, or moved: a page of another kind must not be put here.
    if !response.ok() || response.redirected() {
        return Ok(());
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    let fresh = DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)?;
    let (Some(old), Some(new)) = (main(), fresh.query_selector("main")?) else { return Ok(()) };
    if is_busy() {
        return Ok(());
    }
    keep_open(&old, &new)?;
    old.replace_with_with_node_1(&new)
}

/// Opens in the new page what was open in the old one, by the words on it.
fn keep_open(old: &Element, new: &Element) -> Result<(), JsValue> {
    let open = old.query_selector_all("details[open] > summary")?;
    let all = new.query_selector_all("details > summary")?;
    for at in 0..open.length() {
        let words = open.get(at).and_then(|summary| summary.text_content());
        let same = (0..all.length()).filter_map(|at| all.get(at)).find(|summary| summary.text_content() == words);
        if let Some(details) = same.and_then(|summary| summary.parent_element()) {
            details.set_attribute("open", "")?;
        }
    }
    Ok(())
}
