//! Says when the server cannot be reached: because the browser has no network, or because it does not answer.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Document;

use super::pulse::{each, time_of_day};
use super::refresh;

/// How often it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// After this it is tried once more before anything is said: a page that is being left gives up what it has asked for, too.
const ONCE_MORE: Duration = Duration::from_secs(1);

/// How often in a row it has not answered.
static SILENCES: AtomicU32 = AtomicU32::new(0);

/// Whether it cannot be reached.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// Listens to what the browser knows of the network.
pub fn begin() {
    window_event_listener(leptos::ev::offline, |_| tell(true));
    // That there is a network says nothing of the server.
    window_event_listener(leptos::ev::online, |_| look());
    if !window().navigator().on_line() {
        tell(true);
    }
}

/// The server has answered.
pub fn answered() {
    SILENCES.store(0, Ordering::Relaxed);
    tell(false);
}

/// The server has not answered.
pub fn silent() {
    let before = SILENCES.fetch_add(1, Ordering::Relaxed);
    if before > 0 || !window().navigator().on_line() {
        tell(true);
    } else {
        set_timeout(look, ONCE_MORE);
    }
}

/// Shows or hides the banner. When the server is back, the page looks for news at once.
fn tell(is_lost: bool) {
    if IS_LOST.swap(is_lost, Ordering::Relaxed) == is_lost {
        return;
    }
    each("[data-as-of]", |time| {
        if let Some(at) = time.get_attribute("data-as-of").and_then(|at| at.parse().ok()) {
            time.set_text_content(Some(&time_of_day(model::time::Timestamp(at))));
        }
    });
    each("[data-lost]", |banner| {
        let _ = banner.toggle_attribute_with_force("hidden", !is_lost);
    });
    if is_lost {
        set_timeout(again, AGAIN);
    } else {
        refresh::now();
    }
}

/// What is shown is as old as this page now, which has just come.
pub fn as_of(fresh: &Document) {
    let fresh = fresh.query_selector("[data-as-of]").ok().flatten().and_then(|time| time.get_attribute("data-as-of"));
    each("[data-as-of]", |time| {
        let _ = fresh.as_deref().map(|at| time.set_attribute("data-as-of", at));
    });
}

fn again() {
    if IS_LOST.load(Ordering::Relaxed) {
        look();
        set_timeout(again, AGAIN);
    }
}

/// Asks the server for something, only to see whether it answers.
fn look() {
    spawn_local(async {
        if let Ok(here) = window().location().href() {
            let _ = refresh::page_at(&here).await;
        }
    });
}
