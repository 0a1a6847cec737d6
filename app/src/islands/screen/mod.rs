//! The log of a run in the page, as it is printed.
//!
//! Thousands of lines may come in a second, so nothing here is reactive. Lines are written into the page as HTML, once for each
//! picture that the browser paints and only so many at once; old ones go in groups. What has been let go stands in the whole
//! log, which the server keeps.

mod draw;
mod search;
mod tools;

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use leptos::prelude::*;
use model::event::Stream;
use model::id::HostName;
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::live::find::Needle;
use crate::live::{Line, LiveRun};

/// Whether the end of the log stays in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Following {
    Yes,
    /// Somebody has scrolled up; at the end again it goes on.
    Away,
    /// Somebody wants it to stand still.
    No,
}

/// Which lines are shown.
#[derive(Debug, Default)]
struct Shown {
    /// Of one host only.
    host: Option<String>,
    pipe: Pipes,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Pipes {
    #[default]
    Both,
    Stderr,
}

impl Shown {
    fn has(&self, line: &Line) -> bool {
        let is_host = self.host.as_ref().is_none_or(|host| host == line.pipe.host.as_str());
        is_host && (self.pipe == Pipes::Both || line.pipe.stream == Stream::Stderr)
    }
}

/// A group of lines in the page.
struct Group {
    element: Element,
    /// Its last line.
    last: u64,
    lines: usize,
}

/// The window with the log, and the tools around it.
struct Screen {
    live: LiveRun,
    /// Window and tools.
    place: Element,
    window: Element,
    groups: VecDeque<Group>,
    /// The first line that is not in the page yet.
    drawn: u64,
    /// Lines in the page that have changed since.
    stale: BTreeSet<u64>,
    /// The first line that was not looked at yet: for what is found, and for which hosts there are.
    seen: u64,
    hosts: BTreeSet<HostName>,
    shown: Shown,
    following: Following,
    /// Lines that came since it does not follow.
    missed: u64,
    /// How far the window was scrolled when it followed last.
    top: i32,
    needle: Option<Needle>,
    found: BTreeSet<u64>,
    /// The line that somebody was led to.
    here: Option<u64>,
    /// The line that is to come into the middle of the window, and for how many pictures more.
    going: Option<(u64, u8)>,
    /// Pictures until everything stands where it belongs: groups get their height only when they come into view.
    unsettled: u8,
    is_asked: bool,
}

type Shared = Rc<RefCell<Screen>>;

/// Begins with the lines that the server has put into the page.
pub fn begin(place: &Element, live: LiveRun) -> Result<(), JsValue> {
    let Some(window) = place.query_selector(".log")? else { return Ok(()) };
    let mut screen = Screen {
        live,
        place: place.clone(),
        window,
        groups: VecDeque::new(),
        drawn: 0,
        stale: BTreeSet::new(),
        seen: 0,
        hosts: BTreeSet::new(),
        shown: Shown::default(),
        following: Following::Yes,
        missed: 0,
        top: 0,
        needle: None,
        found: BTreeSet::new(),
        here: None,
        going: None,
        unsettled: 0,
        is_asked: false,
    };
    screen.adopt();
    let screen = Rc::new(RefCell::new(screen));
    tools::listen(&screen)?;
    ask(&screen);
    Effect::new(move || {
        live.printed.track();
        ask(&screen);
    });
    Ok(())
}

/// Draws with the next picture of the browser.
fn ask(screen: &Shared) {
    if std::mem::replace(&mut screen.borrow_mut().is_asked, true) {
        return;
    }
    let screen = screen.clone();
    request_animation_frame(move || {
        let is_more = {
            let mut screen = screen.borrow_mut();
            screen.is_asked = false;
            screen.draw()
        };
        match is_more {
            Ok(true) => ask(&screen),
            Ok(false) => {}
            Err(error) => leptos::logging::error!("{error:?}"),
        }
    });
}
