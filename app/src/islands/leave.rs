//! Asks before a page is left in which somebody has typed something that was not sent: in `form[data-guard]`, and in those that
//! keep what was typed. Every link loads a page anew, so that the browser's own question covers all ways out.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FormData, HtmlFormElement, UrlSearchParams};

use super::keys::target;
use super::pulse::{each, is_sent};

const GUARDED: &str = "form[data-guard], form[data-keep]";

/// What a form held at first.
const AT_FIRST: &str = "data-at-first";

/// Remembers what the forms hold, and watches over the way out.
pub fn begin() {
    each(GUARDED, remember);
    // A form may come later than the page.
    window_event_listener(leptos::ev::focusin, |event| {
        let form = target(&event).and_then(|at| at.closest(GUARDED).ok().flatten());
        if let Some(form) = form.filter(|form| !form.has_attribute(AT_FIRST)) {
            remember(&form);
        }
    });
    window_event_listener(leptos::ev::beforeunload, |event| {
        if is_anything_unsent() {
            event.prevent_default();
            // Older browsers ask only for this; none of them shows the words.
            event.set_return_value("What was typed was not sent.");
        }
    });
}

/// From now on the form holds what it should.
pub fn remember(form: &Element) {
    if let Ok(held) = held(form) {
        let _ = form.set_attribute(AT_FIRST, &held);
    }
}

fn is_anything_unsent() -> bool {
    let Ok(forms) = document().query_selector_all("[data-at-first]") else { return false };
    let mut forms = (0..forms.length()).filter_map(|at| forms.get(at)?.dyn_into::<Element>().ok());
    forms.any(|form| !is_sent(&form) && held(&form).ok() != form.get_attribute(AT_FIRST))
}

/// What stands in all of its fields.
fn held(form: &Element) -> Result<String, JsValue> {
    let fields = FormData::new_with_form(form.dyn_ref::<HtmlFormElement>().ok_or(JsValue::NULL)?)?;
    Ok(UrlSearchParams::new_with_str_sequence_sequence(&fields.into())?.to_string().into())
}
