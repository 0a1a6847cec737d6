//! Small signs of life on pages that are otherwise plain HTML.

use std::time::Duration;

use leptos::prelude::*;
use model::time::Timestamp;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{Element, Event};

use super::{kept, keys, leave, lost, refresh, tables};
use crate::clock::{ago, ahead, now, so_far};

/// Keeps times true, marks forms that were sent, and refreshes pages that ask for it.
///
/// `server_now` is when the page was rendered: a wrong clock on the viewer's machine must not make data look old or new.
#[island]
pub fn Pulse(server_now: Timestamp) -> impl IntoView {
    // Effects run in the browser only.
    Effect::new(move || {
        let offset = server_now.since(now());
        let time = move || Timestamp(now().0 + offset);
        set_interval(move || tick(time()), Duration::from_secs(1));
        tick(time());
        each("time[title]", add_local_time);
        window_event_listener(leptos::ev::submit, |event| {
            if !kept::send(&event) {
                mark_sent(&event);
            }
        });
        kept::rows();
        tables::begin();
        keys::begin();
        leave::begin();
        lost::begin();
        refresh::begin();
        // Tells browser tests that clicks are handled from now on.
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-alive", "");
        }
    });
}

fn tick(now: Timestamp) {
    each("[data-ago]", |time| retell(time, "data-ago", |at| ago(at, now)));
    each("[data-ahead]", |time| retell(time, "data-ahead", |at| ahead(at, now)));
    each("[data-elapsed]", |time| retell(time, "data-elapsed", |at| so_far(at, now)));
    each("[data-clock]", |time| retell(time, "data-clock", time_of_day));
}

/// Does something to every element that fits.
pub fn each(selector: &str, act: impl Fn(&Element)) {
    let Ok(found) = document().query_selector_all(selector) else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            act(&element);
        }
    }
}

fn retell(element: &Element, attribute: &str, words: impl Fn(Timestamp) -> String) {
    let Some(at) = element.get_attribute(attribute).and_then(|at| at.parse().ok()) else { return };
    let words = words(Timestamp(at));
    // Writing the same text again would disturb a selection.
    if element.text_content().as_deref() != Some(&words) {
        element.set_text_content(Some(&words));
    }
}

/// `02:45`, where the viewer is.
pub fn time_of_day(at: Timestamp) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// Puts the viewer's own time before the UTC time in the title.
fn add_local_time(time: &Element) {
    let (Some(utc), Some(moment)) = (time.get_attribute("title"), time.get_attribute("datetime")) else { return };
    let date = js_sys::Date::new(&JsValue::from_str(&moment));
    let two = |number: u32| format!("{number:02}");
    let day = [date.get_full_year().to_string(), two(date.get_month() + 1), two(date.get_date())].join("-");
    let clock = [two(date.get_hours()), two(date.get_minutes()), two(date.get_seconds())].join(":");
    let _ = time.set_attribute("title", &format!("{day} {clock} here, {utc}"));
}

/// A form that was sent says so and is not sent twice.
fn mark_sent(event: &Event) {
    if event.default_prevented() {
        return;
    }
    let Some(form) = event.target().and_then(|form| form.dyn_into::<Element>().ok()) else { return };
    if is_sent(&form) {
        event.prevent_default();
        return;
    }
    show_sent(&form);
    if let Some(button) = button(&form)
        && let Some(words) = button.get_attribute("data-busy")
    {
        button.set_text_content(Some(&words));
    }
}

/// Whether the form is under way.
pub fn is_sent(form: &Element) -> bool {
    form.has_attribute("data-sent")
}

/// Shows that the form is under way.
pub fn show_sent(form: &Element) {
    let _ = form.set_attribute("data-sent", "");
    if let Some(button) = button(form) {
        let _ = button.set_attribute("aria-disabled", "true");
    }
}

/// What sends the form.
pub fn button(form: &Element) -> Option<Element> {
    form.query_selector("button[type=submit]").ok().flatten()
}
