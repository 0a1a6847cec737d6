//! The time as the pages see it: the server's, ticking on in the browser.
//!
//! The first value travels with the HTML, so that server and browser render the same words; a wrong clock on the
//! viewer's machine does no harm.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use leptos::prelude::*;
use model::time::Timestamp;

/// In the context of every page.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    ticking: RwSignal<bool>,
}

impl Clock {
    /// Starts the clock and puts it into the context.
    pub fn provide() {
        let start = Timestamp(SharedValue::new(milliseconds).into_inner());
        let clock = Self { now: RwSignal::new(start), ticking: RwSignal::new(false) };
        provide_context(clock);
        // Effects run in the browser only.
        Effect::new(move || {
            let here = milliseconds();
            clock.ticking.set(true);
            let tick = move || clock.now.set(Timestamp(start.0 + milliseconds() - here));
            set_interval(tick, Duration::from_secs(1));
        });
    }

    /// The clock of this page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Now.
    #[must_use]
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// Whether the page is alive: the browser has taken it over from the server.
    #[must_use]
    pub fn is_ticking(self) -> bool {
        self.ticking.get()
    }
}

fn milliseconds() -> i64 {
    if cfg!(target_arch = "wasm32") {
        js_sys::Date::now() as i64
    } else {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
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
}
