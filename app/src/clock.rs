//! Times in words. The server renders them; in the browser [`crate::islands`] keeps them true as time goes by.

use std::time::{SystemTime, UNIX_EPOCH};

use leptos::prelude::use_context;
use model::time::{Timestamp, span_words};

/// For what stands below it in the page, it is always this time: what a record says was so then.
#[derive(Debug, Clone, Copy)]
pub struct AsOf(pub Timestamp);

/// Known on the server only, which is where records are rendered.
fn as_of() -> Option<AsOf> {
    if cfg!(target_arch = "wasm32") { None } else { use_context() }
}

/// Whether time goes by for what is rendered here.
#[must_use]
pub fn passes() -> bool {
    as_of().is_none()
}

/// The time of this machine: the server's when a page is rendered, the viewer's afterwards. In a record, the time then.
#[must_use]
pub fn now() -> Timestamp {
    if let Some(AsOf(then)) = as_of() {
        return then;
    }
    Timestamp(if cfg!(target_arch = "wasm32") {
        js_sys::Date::now() as i64
    } else {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `4 d ago`.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(at) / 1000;
    match seconds {
        ..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// `in 40 s`, `in 5 min`; `now` when it has passed.
#[must_use]
pub fn ahead(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.since(now) / 1000;
    match seconds {
        ..1 => "now".to_owned(),
        1..60 => format!("in {seconds} s"),
        60..3600 => format!("in {} min", seconds / 60),
        _ => format!("in {} h", seconds / 3600),
    }
}

/// How long something has taken so far; whole seconds, because milliseconds would only flicker.
#[must_use]
pub fn so_far(from: Timestamp, now: Timestamp) -> String {
    span_words(now.since(from).max(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_in_one_unit() {
        let at = |seconds: i64| ago(Timestamp(0), Timestamp(seconds * 1000));
        assert_eq!(at(-3), "just now");
        assert_eq!(at(59), "59 s ago");
        assert_eq!(at(3599), "59 min ago");
        assert_eq!(at(47 * 3600), "47 h ago");
        assert_eq!(at(72 * 3600), "3 d ago");
    }

    #[test]
    fn a_limit_that_has_passed_is_now() {
        assert_eq!(ahead(Timestamp(90_000), Timestamp(0)), "in 1 min");
        assert_eq!(ahead(Timestamp(0), Timestamp(90_000)), "now");
    }
}
