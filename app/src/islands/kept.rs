//! Forms that keep what was typed when something is refused, and lose nobody their place: `<form data-keep>`.
//!
//! The page is plain HTML. Such a form is sent in place; a refusal is written where the server would have written it had it
//! rendered the page anew: at the field that it names (`data-field`), or in the notice of the form (`data-refused`). What was
//! done stands in `data-said` where there is one; otherwise the page shows it once it is loaded anew.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::refusal::Refusal;
use model::words::capitalised;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlFormElement, MouseEvent};

use super::leave;
use super::pulse::{button, is_sent, show_sent};
use super::submit::{Reply, post};
use crate::error::ApiError;

/// Sends the form in place, if it is one that keeps what was typed; otherwise `false`, and nothing was done.
pub fn send(event: &SubmitEvent) -> bool {
    let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let Some(form) = form.filter(|form| form.has_attribute("data-keep")) else { return false };
    event.prevent_default();
    if !is_sent(&form) {
        show_sent(&form);
        spawn_local(async move {
            if let Err(error) = answered(&form, &post(&form).await) {
                leptos::logging::error!("{error:?}");
            }
        });
    }
    true
}

/// Shows what came back.
fn answered(form: &Element, reply: &Reply) -> Result<(), JsValue> {
    let said = form.query_selector("[data-said]")?;
    match (reply, said) {
        (Reply::Moved, _) => return Ok(()),
        (Reply::Done(_), None) => return window().location().reload(),
        (Reply::Done(words), Some(said)) => {
            forget(form)?;
            leave::remember(form);
            said.set_text_content(Some(&format!("Recorded: {words}")));
        }
        (Reply::Refused(refusal), said) => {
            forget(form)?;
            if let Some(said) = said {
                said.set_text_content(None);
            }
            tell(form, refusal)?;
        }
    }
    form.remove_attribute("data-sent")?;
    button(form).map_or(Ok(()), |button| button.remove_attribute("aria-disabled"))
}

/// Takes away what was refused before.
fn forget(form: &Element) -> Result<(), JsValue> {
    for old in all(form, ".field-error")? {
        old.remove();
    }
    for old in all(form, "[aria-invalid]")? {
        old.remove_attribute("aria-invalid")?;
    }
    match form.query_selector("[data-refused]")? {
        Some(notice) => notice.set_attribute("hidden", ""),
        None => Ok(()),
    }
}

/// Writes what was refused where it belongs.
fn tell(form: &Element, refusal: &ApiError) -> Result<(), JsValue> {
    if let Some(notice) = form.query_selector("[data-refused]")? {
        if let Some(words) = notice.query_selector("[data-words]")? {
            words.set_text_content(Some(&capitalised(&refusal.to_string())));
        }
        notice.remove_attribute("hidden")?;
    }
    let Refusal::Invalid { field, problem } = &refusal.0 else { return Ok(()) };
    let is_it = |one: &Element| one.get_attribute("data-field").as_deref() == Some(field);
    let Some(place) = all(form, "[data-field]")?.into_iter().find(is_it) else { return Ok(()) };
    let said = document().create_element("p")?;
    said.set_class_name("field-error");
    said.set_text_content(Some(problem));
    let beside = place.query_selector("[data-about]")?;
    beside.as_ref().unwrap_or(&place).append_child(&said)?;
    // It may stand in a part that is closed.
    let mut inside = place.closest("details:not([open])")?;
    while let Some(details) = inside {
        details.set_attribute("open", "")?;
        inside = details.closest("details:not([open])")?;
    }
    if let Some(input) = place.query_selector("input, textarea, select")? {
        input.set_attribute("aria-invalid", "true")?;
        if let Some(input) = input.dyn_ref::<HtmlElement>() {
            input.focus()?;
        }
    }
    Ok(())
}

/// `<a data-row="template" data-next="3">`: one more row of a form, without loading the page anew. The template has
/// `ROW_AT` where the row's number is written from 0, and `ROW_NUMBER` where it is written from 1.
pub fn rows() {
    window_event_listener(leptos::ev::click, |event| {
        let _ = add_row(&event);
    });
}

fn add_row(event: &MouseEvent) -> Result<(), JsValue> {
    let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(link) = clicked.and_then(|element| element.closest("a[data-row]").ok().flatten()) else { return Ok(()) };
    let template = link.get_attribute("data-row").and_then(|id| document().get_element_by_id(&id));
    let next = link.get_attribute("data-next").and_then(|next| next.parse::<usize>().ok());
    let (Some(template), Some(next)) = (template, next) else { return Ok(()) };
    event.prevent_default();
    let row = template.inner_html().replace("ROW_AT", &next.to_string());
    let row = row.replace("ROW_NUMBER", &(next + 1).to_string());
    template.insert_adjacent_html("beforebegin", &row)?;
    link.set_attribute("data-next", &(next + 1).to_string())
}

/// Every such element in another one.
pub fn all(within: &Element, selector: &str) -> Result<Vec<Element>, JsValue> {
    let found = within.query_selector_all(selector)?;
    Ok((0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect())
}
