//! Keeps a page up to date that says how often it wants it: `<main data-refresh="10">`.
//!
//! The page is fetched as the server renders it and put in the place of the old one. Not while somebody is typing; what was
//! opened stays open, and what has the focus keeps it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, Element, Response, SupportedType};

use super::focus;
use super::kept::all;
use super::lost;

/// Looks whether this page wants it, and begins.
pub fn begin() {
    let seconds = main().and_then(|main| main.get_attribute("data-refresh")).and_then(|seconds| seconds.parse().ok());
    if let Some(seconds) = seconds {
        set_interval(now, Duration::from_secs(seconds));
    }
}

/// Looks for news, if this page wants any.
pub fn now() {
    let wants_it = main().is_some_and(|main| main.has_attribute("data-refresh"));
    if wants_it && !is_busy() {
        spawn_local(async {
            // A refresh that fails is tried again next time; a banner tells.
            let _ = replace().await;
        });
    }
}

fn main() -> Option<Element> {
    document().query_selector("main").ok().flatten()
}

/// Whether somebody is typing, has sent a form, or looks elsewhere.
fn is_busy() -> bool {
    let typing_in = |element: Element| element.closest("form, .table-bar").ok().flatten();
    let in_form = document().active_element().and_then(typing_in).is_some();
    let sent = document().query_selector("[data-sent]").ok().flatten().is_some();
    in_form || sent || document().hidden()
}

/// The page as the server renders it now; nothing when it is another one by now.
async fn fresh() -> Result<Option<Document>, JsValue> {
    page_at(&window().location().href()?).await
}

/// A page as the server renders it; nothing when another one comes in its place. Whether the server answers at all is told.
pub async fn page_at(address: &str) -> Result<Option<Document>, JsValue> {
    let answer = JsFuture::from(window().fetch_with_str(address)).await;
    let response: Response = match answer {
        Ok(response) => response.dyn_into()?,
        Err(error) => {
            lost::silent();
            return Err(error);
        }
    };
    // A proxy answers for a server that does not; a server without its database answers for itself.
    if response.status() >= 502 {
        lost::silent();
        return Err(JsValue::from_str("the server cannot answer"));
    }
    lost::answered();
    // Logged out, or moved: a page of another kind must not be put here.
    if !response.ok() || response.redirected() {
        return Ok(None);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml).map(Some)
}

async fn replace() -> Result<(), JsValue> {
    let Some(fresh) = fresh().await? else { return Ok(()) };
    let (Some(old), Some(new)) = (main(), fresh.query_selector("main")?) else { return Ok(()) };
    if is_busy() {
        return Ok(());
    }
    keep_open(&old, &new)?;
    lost::as_of(&fresh);
    focus::replace(&old, &new)
}

/// How often [`parts`] was asked for: only the latest answer is shown, whichever comes last.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// How long is waited after the server did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Something has happened that the parts of this page tell which only the server renders (`data-part`): they are put in the
/// place of the old ones. A part in which somebody is typing stays; what they send is answered by what is so then.
pub fn parts() {
    ask_for_parts(ASKED.fetch_add(1, Ordering::Relaxed) + 1);
}

fn ask_for_parts(number: u32) {
    spawn_local(async move {
        let is_latest = move || ASKED.load(Ordering::Relaxed) == number;
        // What they tell is wrong until then, so it is tried until it is there.
        if replace_parts(is_latest).await.is_err() && is_latest() {
            set_timeout(move || ask_for_parts(number), AFTER_FAILURE);
        }
    });
}

async fn replace_parts(is_latest: impl Fn() -> bool) -> Result<(), JsValue> {
    let Some(fresh) = fresh().await?.filter(|_| is_latest()) else { return Ok(()) };
    let Some(page) = main() else { return Ok(()) };
    for old in all(&page, "[data-part]")? {
        let name = old.get_attribute("data-part").unwrap_or_default();
        let Some(new) = fresh.query_selector(&format!("[data-part={name}]"))? else { continue };
        if old.query_selector("form:focus-within, [data-sent]")?.is_none() {
            keep_open(&old, &new)?;
            focus::replace(&old, &new)?;
        }
    }
    Ok(())
}

/// Something that can be opened. Many carry the same words, such as "Command and proof": the third stays the third.
struct Disclosure {
    words: String,
    /// How many with the same words come before it.
    before: usize,
    details: Element,
}

/// Opens in the new page what was open in the old one.
fn keep_open(old: &Element, new: &Element) -> Result<(), JsValue> {
    let fresh = disclosures(new)?;
    for was in disclosures(old)?.into_iter().filter(|one| one.details.has_attribute("open")) {
        if let Some(now) = fresh.iter().find(|one| one.words == was.words && one.before == was.before) {
            now.details.set_attribute("open", "")?;
        }
    }
    Ok(())
}

fn disclosures(page: &Element) -> Result<Vec<Disclosure>, JsValue> {
    let summaries = page.query_selector_all("details > summary")?;
    let mut found: Vec<Disclosure> = Vec::new();
    for summary in (0..summaries.length()).filter_map(|at| summaries.get(at)) {
        let words = summary.text_content().unwrap_or_default();
        let before = found.iter().filter(|one| one.words == words).count();
        if let Some(details) = summary.parent_element() {
            found.push(Disclosure { words, before, details });
        }
    }
    Ok(found)
}
