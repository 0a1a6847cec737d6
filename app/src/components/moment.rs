//! Times: relative in the text, absolute when one asks for it.

use leptos::prelude::*;
use model::time::{Timestamp, span_words};

use crate::clock::{Clock, ago};

/// A moment as `5 min ago`. The title has the UTC time and, in the browser, the viewer's own.
#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    let clock = Clock::of_page();
    let words = Memo::new(move |_| ago(at, clock.now()));
    let title = RwSignal::new(at.to_string());
    Effect::new(move || title.set(format!("{} here, {at}", local(at))));
    view! { <time datetime=machine_readable(at) title=title>{words}</time> }
}

/// How long something has taken, or takes so far.
#[component]
pub fn Elapsed(from: Timestamp, to: Option<Timestamp>) -> impl IntoView {
    let clock = Clock::of_page();
    let words = Memo::new(move |_| {
        let milliseconds = to.unwrap_or_else(|| clock.now()).since(from);
        // While it goes on, milliseconds only flicker.
        span_words(if to.is_some() { milliseconds } else { milliseconds.max(1000) })
    });
    view! { <span class="num" title=format!("since {from}")>{words}</span> }
}

fn machine_readable(at: Timestamp) -> String {
    format!("{}Z", at.utc().replace(' ', "T"))
}

/// In the viewer's zone. For effects only: it asks the browser.
fn local(at: Timestamp) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    let two = |number: u32| format!("{number:02}");
    let day = [date.get_full_year().to_string(), two(date.get_month() + 1), two(date.get_date())].join("-");
    let time = [two(date.get_hours()), two(date.get_minutes()), two(date.get_seconds())].join(":");
    format!("{day} {time}")
}
