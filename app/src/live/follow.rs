//! Follows a run: applies its events with the model's own fold, and survives lost connections.
//!
//! Every event has a number and the stream can be asked for from any number on, so nothing is missed or taken twice:
//! not after a reload, a sleeping laptop, or a restarted server.

use std::collections::VecDeque;
use std::time::Duration;

use leptos::prelude::*;
use model::event::{Event, EventKind};
use model::id::RunId;
use model::run::{Phase, RunState};

use super::log::Log;
use super::subscription::{Callbacks, Subscription};

/// How the page stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Events come as they are recorded.
    Live,
    /// They do not; the browser tries again by itself.
    Lost,
    /// An event did not fit what came before: only a reload helps.
    Broken,
    /// The run is over and everything was seen.
    Ended,
}

/// A run on a page, up to date as long as the page is open.
#[derive(Debug, Clone, Copy)]
pub struct LiveRun {
    pub state: RwSignal<RunState>,
    /// Not reactive: thousands of lines come in a second, and who shows them asks for those that are new.
    pub log: StoredValue<Log>,
    /// Counts up when something was printed.
    pub printed: RwSignal<u32>,
    pub link: RwSignal<Link>,
    /// Events as they came.
    arrived: StoredValue<VecDeque<String>>,
    last_word: StoredValue<f64>,
}

/// Events are shown in bunches: a chatty command must not make the page redraw for every line.
const BUNCH: Duration = Duration::from_millis(60);

/// After so many milliseconds the browser gets to draw and to listen to people, however much has arrived.
const SLICE: f64 = 8.0;

/// How often the connection is looked after.
const WATCH: Duration = Duration::from_secs(3);

/// After this many milliseconds of silence the stream is asked again: a broken link is not always noticed.
const SILENCE: f64 = 45_000.0;

impl LiveRun {
    /// Begins with what the server has rendered; in the browser, goes on from there.
    pub fn of(run: RunId, state: RunState, output: &[Event]) -> Self {
        let is_over = matches!(state.phase, Phase::Over(_));
        let live = Self {
            state: RwSignal::new(state),
            log: StoredValue::new(Log::of(output)),
            printed: RwSignal::new(0),
            link: RwSignal::new(if is_over { Link::Ended } else { Link::Live }),
            arrived: StoredValue::new(VecDeque::new()),
            last_word: StoredValue::new(0.0),
        };
        Effect::new(move || {
            if live.link.get_untracked() != Link::Ended {
                live.follow(run.clone());
            }
        });
        live
    }

    fn follow(self, run: RunId) {
        let current: StoredValue<Option<Subscription>, LocalStorage> = StoredValue::new_local(None);
        let callbacks = self.callbacks();
        let connect = move || {
            self.last_word.set_value(js_sys::Date::now());
            let after = self.state.with_untracked(|state| state.seq);
            let url = format!("/runs/{run}/events?after={after}");
            current.set_value(Subscription::open(&url, callbacks));
        };
        connect();
        let watch = set_interval_with_handle(
            move || {
                let closed = current.with_value(|source| source.as_ref().is_none_or(Subscription::is_closed));
                let silent = js_sys::Date::now() - self.last_word.get_value() > SILENCE;
                if matches!(self.link.get_untracked(), Link::Live | Link::Lost) && (closed || silent) {
                    connect();
                }
            },
            WATCH,
        );
        on_cleanup(move || {
            current.set_value(None);
            if let Ok(watch) = watch {
                watch.clear();
            }
        });
    }

    fn callbacks(self) -> Callbacks {
        Callbacks {
            message: Callback::new(move |text: String| self.arrive(text)),
            open: Callback::new(move |()| self.set_link(Link::Live)),
            lost: Callback::new(move |()| self.set_link(Link::Lost)),
            end: Callback::new(move |()| {
                self.show();
                self.set_link(Link::Ended);
            }),
        }
    }

    fn set_link(self, link: Link) {
        // Neither an end nor a broken page becomes live again.
        if matches!(self.link.get_untracked(), Link::Live | Link::Lost) {
            self.link.set(link);
        }
    }

    fn arrive(self, text: String) {
        if self.link.get_untracked() == Link::Broken {
            return;
        }
        self.last_word.set_value(js_sys::Date::now());
        let is_first = self.arrived.with_value(VecDeque::is_empty);
        self.arrived.update_value(|arrived| arrived.push_back(text));
        if is_first {
            set_timeout(move || self.show(), BUNCH);
        }
    }

    /// Takes in what has arrived; the rest a moment later, if it takes long.
    fn show(self) {
        let begun = js_sys::Date::now();
        let (mut has_printed, mut has_moved) = (false, false);
        while let Some(text) = self.arrived.try_update_value(VecDeque::pop_front).flatten() {
            let Ok(event) = serde_json::from_str::<Event>(&text) else {
                self.set_link(Link::Broken);
                break;
            };
            let mut fits = true;
            self.state.update_untracked(|state| fits = state.apply(&event).is_ok());
            if !fits {
                self.set_link(Link::Broken);
                break;
            }
            // What is printed changes nothing but the number of the last event, and nobody looks at that.
            match event.kind {
                EventKind::Output { .. } => has_printed = true,
                _ => has_moved = true,
            }
            self.log.update_value(|log| log.push(&event));
            if js_sys::Date::now() - begun > SLICE {
                break;
            }
        }
        if has_moved {
            self.state.notify();
        }
        if has_printed {
            self.printed.update(|printed| *printed = printed.wrapping_add(1));
        }
        let is_broken = self.link.get_untracked() == Link::Broken;
        if !is_broken && !self.arrived.with_value(VecDeque::is_empty) {
            set_timeout(move || self.show(), Duration::ZERO);
        }
    }
}
