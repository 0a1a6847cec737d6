//! Nobody loses their place when a part of the page makes way for the same part as it is now: who has a link or a button of it
//! under the keys has that of the new one under them.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FocusOptions, HtmlElement};

use super::kept::all;
use super::tables;

const CAN_HAVE_IT: &str = "a[href], button, summary, [tabindex]";

/// Puts the new one in the place of the old one.
pub fn replace(old: &Element, new: &Element) -> Result<(), JsValue> {
    let place = Place::within(old)?;
    old.replace_with_with_node_1(new)?;
    // The buttons that it adds can have the focus, too.
    tables::prepare();
    place.map_or(Ok(()), |place| place.take(new))
}

/// What has the focus, told so that it is found in a page that was rendered anew. Several can be told alike, such as "Show":
/// the third stays the third.
struct Place {
    told: String,
    /// How many that are told alike come before it.
    before: usize,
}

impl Place {
    fn within(part: &Element) -> Result<Option<Self>, JsValue> {
        let Some(at) = document().active_element().filter(|at| part.contains(Some(at))) else { return Ok(None) };
        let told = told(&at);
        let mut before = 0;
        for one in all(part, CAN_HAVE_IT)? {
            if one.is_same_node(Some(&at)) {
                break;
            }
            before += usize::from(self::told(&one) == told);
        }
        Ok(Some(Self { told, before }))
    }

    /// The same thing gets the focus; without it, the part: it is where one was.
    fn take(&self, part: &Element) -> Result<(), JsValue> {
        let mut alike = all(part, CAN_HAVE_IT)?.into_iter().filter(|one| told(one) == self.told);
        let found = alike.nth(self.before).or_else(|| part.closest("[tabindex]").ok().flatten());
        let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) else { return Ok(()) };
        // Somebody may have scrolled away from it.
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        found.focus_with_options(&options)
    }
}

/// Where a link leads; of everything else what it says.
fn told(element: &Element) -> String {
    let what = element.get_attribute("href").or_else(|| element.text_content()).unwrap_or_default();
    element.tag_name() + &what
}
