//! Going to places: where a text stands, where something went wrong, the end.

use std::collections::BTreeSet;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Following, Screen};
use crate::live::find::{self, Needle};
use crate::live::{Line, Log};

/// For so many pictures a line is brought into the middle of the window.
const GOING: u8 = 4;

/// Where to from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Next,
    Previous,
}

impl Screen {
    /// Looks for what was typed in the lines that are here.
    pub(super) fn find(&mut self, typed: &str) {
        self.needle = Needle::of(typed);
        let before = std::mem::take(&mut self.found);
        self.found = self.lines_that(|needle, line| needle.is_some_and(|needle| needle.is_in(line.text.letters())));
        // Lines that have their marks, and those that are to have some.
        self.stale.extend(before.into_iter().chain(self.found.iter().copied()).filter(|id| *id < self.drawn));
        self.leave();
    }

    fn lines_that(&self, is_it: impl Fn(Option<&Needle>, &Line) -> bool) -> BTreeSet<u64> {
        let fits = |line: &&Line| self.shown.has(line) && is_it(self.needle.as_ref(), line);
        self.live.log.with_value(|log| log.lines().filter(fits).map(|line| line.id).collect())
    }

    /// Other lines are shown from now on.
    pub(super) fn show_others(&mut self) {
        self.clear(self.live.log.with_value(Log::first));
        self.found = self.lines_that(|needle, line| needle.is_some_and(|needle| needle.is_in(line.text.letters())));
        self.missed = 0;
        self.leave();
        if self.following == Following::Away {
            self.follow(Following::Yes);
        }
    }

    /// To the next place where the text stands, or the one before.
    pub(super) fn go_on(&mut self, towards: Towards) {
        let place = match towards {
            Towards::Next => find::next(&self.found, self.here),
            Towards::Previous => find::previous(&self.found, self.here),
        };
        self.go(place);
    }

    /// To the next place where a step that failed tells of it.
    pub(super) fn go_to_error(&mut self) {
        let failed = self.live.state.with_untracked(find::failed);
        let places = self.live.log.with_value(|log: &Log| {
            let places = find::trouble(log, &failed);
            let is_shown = |id: &u64| log.line(*id).is_some_and(|line| self.shown.has(line));
            places.into_iter().filter(is_shown).collect::<BTreeSet<u64>>()
        });
        let here = self.here;
        self.go(find::next(&places, here));
        let said = match self.here.and_then(|here| places.iter().position(|place| *place == here)) {
            Some(at) => format!("Error {} of {}", at + 1, places.len()),
            None => "No step that failed has printed any of these lines.".to_owned(),
        };
        self.say(&said);
    }

    fn go(&mut self, place: Option<u64>) {
        let Some(place) = place else { return };
        self.leave();
        self.here = Some(place);
        self.stale.insert(place);
        self.follow(Following::No);
        let first = self.live.log.with_value(Log::first);
        if place >= self.drawn && self.is_full(first) {
            self.clear(first);
        }
        // It may not be in the page yet, and is not in the right place until its neighbours have their heights.
        self.going = Some((place, GOING));
    }

    /// Nobody is led to a line any more.
    fn leave(&mut self) {
        if let Some(here) = self.here.take() {
            self.stale.insert(here);
        }
    }

    /// Brings what is told about the log up to date.
    pub(super) fn tell(&self) -> Result<(), JsValue> {
        if let Some(button) = self.tool("end") {
            if self.missed > 0 {
                let words = match self.missed {
                    1 => "1 new line".to_owned(),
                    missed => format!("{missed} new lines"),
                };
                write(&button, &words);
                button.remove_attribute("hidden")?;
            } else {
                button.set_attribute("hidden", "")?;
            }
        }
        if let Some(count) = self.tool("count") {
            let at = self.here.and_then(|here| self.found.iter().position(|place| *place == here));
            let words = match (&self.needle, at, self.found.len()) {
                (None, ..) => String::new(),
                (Some(_), _, 0) => "Not in these lines".to_owned(),
                (Some(_), Some(at), all) => format!("{} of {all} lines", at + 1),
                (Some(_), None, 1) => "In 1 line".to_owned(),
                (Some(_), None, all) => format!("In {all} lines"),
            };
            write(&count, &words);
        }
        if let Some(cut) = self.tool("cut")
            && self.live.log.with_value(Log::is_cut)
        {
            cut.remove_attribute("hidden")?;
        }
        Ok(())
    }

    /// Says something about the log once.
    fn say(&self, words: &str) {
        if let Some(said) = self.tool("said") {
            write(&said, words);
        }
    }
}

/// Writing the same again would be read out again.
fn write(element: &web_sys::Element, words: &str) {
    if element.text_content().as_deref() != Some(words) {
        element.set_text_content(Some(words));
    }
}
