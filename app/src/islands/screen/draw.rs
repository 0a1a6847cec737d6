//! Writing lines into the page.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::{Following, Group, Screen};
use crate::live::rows::{GROUP, GROUP_CLASSES, Stands, line_id, row};
use crate::live::{KEPT, Log};

/// So many lines are written at most for one picture, and so many written anew.
const AT_ONCE: usize = 400;
const ANEW: usize = 200;

/// While it does not follow, nothing is taken away from under the reader; but no more than this is added.
const MOST: usize = 2 * KEPT;

/// After what was written the heights of groups may still change, for so many pictures.
const SETTLING: u8 = 3;

impl Screen {
    /// The server has written the same lines: only their groups have to be known.
    pub(super) fn adopt(&mut self) {
        let children = self.window.children();
        let live = self.live;
        live.log.with_value(|log| {
            let ids: Vec<u64> = log.lines().map(|line| line.id).collect();
            for (at, ids) in (0..).zip(ids.chunks(GROUP)) {
                if let (Some(element), Some(last)) = (children.item(at), ids.last()) {
                    self.groups.push_back(Group { element, last: *last, lines: ids.len() });
                    self.drawn = last + 1;
                }
            }
        });
        self.unsettled = SETTLING;
    }

    /// Brings the page up to date; whether there is more to do.
    pub(super) fn draw(&mut self) -> Result<bool, JsValue> {
        let live = self.live;
        let drawn = live.log.try_update_value(|log| {
            self.look(log);
            for id in log.take_changed() {
                self.look_again(log, id);
            }
            let is_more = self.write_new(log)?;
            self.write_anew(log)?;
            Ok::<bool, JsValue>(is_more || !self.stale.is_empty())
        });
        let is_more = drawn.unwrap_or(Ok(false))?;
        self.tell()?;
        self.settle();
        Ok(is_more || self.unsettled > 0 || self.going.is_some())
    }

    /// What is new among the lines: which hosts there are, what is found, and how many somebody has missed.
    fn look(&mut self, log: &Log) {
        let first = log.first();
        if self.following != Following::Yes && self.seen < first {
            // They came and went while nobody looked, as in a window that is covered.
            self.missed += first - self.seen;
        }
        for line in log.lines_from(self.seen) {
            if !self.hosts.contains(&line.pipe.host) {
                self.hosts.insert(line.pipe.host.clone());
                self.add_host(line.pipe.host.as_str());
            }
            if self.shown.has(line) {
                if self.following != Following::Yes {
                    self.missed += 1;
                }
                if self.needle.as_ref().is_some_and(|needle| needle.is_in(line.text.letters())) {
                    self.found.insert(line.id);
                }
            }
        }
        self.seen = log.next();
        self.found = self.found.split_off(&first);
    }

    /// A line was written to after it was begun.
    fn look_again(&mut self, log: &Log, id: u64) {
        let Some((line, needle)) = log.line(id).zip(self.needle.as_ref()) else {
            self.stale.extend(Some(id).filter(|id| *id < self.drawn));
            return;
        };
        if self.shown.has(line) && needle.is_in(line.text.letters()) {
            self.found.insert(id);
        } else {
            self.found.remove(&id);
        }
        self.stale.extend(Some(id).filter(|id| *id < self.drawn));
    }

    /// Lines that are not in the page yet; whether there are more.
    fn write_new(&mut self, log: &Log) -> Result<bool, JsValue> {
        let first = log.first();
        if self.following == Following::Yes {
            while self.groups.front().is_some_and(|group| group.last < first) {
                if let Some(group) = self.groups.pop_front() {
                    group.element.remove();
                }
            }
            if self.drawn < first {
                // More has come than could be written: what is between is gone.
                self.clear(first);
            }
        } else if self.is_full(first) {
            return Ok(false);
        }
        let (mut html, mut written) = (String::new(), 0);
        for line in log.lines_from(self.drawn) {
            if written == AT_ONCE {
                self.append(&html)?;
                return Ok(true);
            }
            self.drawn = line.id + 1;
            if !self.shown.has(line) {
                continue;
            }
            if self.groups.back().is_none_or(|group| group.lines == GROUP) {
                self.append(&html)?;
                html.clear();
                self.open_group()?;
            }
            if let Some(group) = self.groups.back_mut() {
                group.last = line.id;
                group.lines += 1;
            }
            self.html_of(log, line.id, &mut html);
            written += 1;
        }
        self.append(&html)?;
        Ok(false)
    }

    /// Whether nothing more is added, so that nothing has to go from under the reader.
    pub(super) fn is_full(&self, first: u64) -> bool {
        self.drawn < first || self.groups.iter().map(|group| group.lines).sum::<usize>() >= MOST
    }

    fn open_group(&mut self) -> Result<(), JsValue> {
        let element = document().create_element("div")?;
        element.set_class_name(GROUP_CLASSES);
        self.window.append_child(&element)?;
        self.groups.push_back(Group { element, last: 0, lines: 0 });
        Ok(())
    }

    fn append(&mut self, html: &str) -> Result<(), JsValue> {
        match self.groups.back() {
            Some(group) if !html.is_empty() => {
                self.unsettled = SETTLING;
                group.element.insert_adjacent_html("beforeend", html)
            }
            _ => Ok(()),
        }
    }

    /// Lines in the page that are no longer so.
    fn write_anew(&mut self, log: &Log) -> Result<(), JsValue> {
        for _ in 0..ANEW {
            let Some(id) = self.stale.pop_first() else { break };
            let element = self.element_of(id);
            let mut html = String::new();
            self.html_of(log, id, &mut html);
            if let Some(element) = element.filter(|_| !html.is_empty()) {
                element.set_outer_html(&html);
                self.unsettled = SETTLING;
            }
        }
        Ok(())
    }

    fn html_of(&self, log: &Log, id: u64, html: &mut String) {
        let Some(line) = log.line(id) else { return };
        let marks = self.needle.as_ref().map(|needle| needle.places(line.text.letters())).unwrap_or_default();
        let stands = if self.here == Some(id) { Stands::Out } else { Stands::Among };
        row(line, &line_id(id), &marks, stands, html);
    }

    /// The line in the page, if it is there.
    pub(super) fn element_of(&self, id: u64) -> Option<Element> {
        document().get_element_by_id(&line_id(id))
    }

    /// Begins anew with what is kept, from that line on.
    pub(super) fn clear(&mut self, first: u64) {
        for group in self.groups.drain(..) {
            group.element.remove();
        }
        self.stale.clear();
        self.drawn = first;
    }

    /// Everything stands where it belongs: at the end, if it follows, or where somebody was led to.
    fn settle(&mut self) {
        if self.unsettled > 0 && self.following == Following::Yes {
            self.window.set_scroll_top(self.window.scroll_height());
            self.top = self.window.scroll_top();
        }
        self.unsettled = self.unsettled.saturating_sub(1);
        if let Some((id, pictures)) = self.going.take() {
            self.center(id);
            self.going = (pictures > 0).then(|| (id, pictures - 1));
        }
    }

    /// Brings a line into the middle of the window. The page itself stays where it is.
    fn center(&self, id: u64) {
        if let Some(line) = self.element_of(id) {
            let (line, window) = (line.get_bounding_client_rect(), self.window.get_bounding_client_rect());
            let away = line.top() + line.height() / 2.0 - window.top() - window.height() / 2.0;
            self.window.set_scroll_top(self.window.scroll_top() + away as i32);
        }
    }

    /// The end came into view or went out of it by the hand of the reader; whether that changes anything.
    pub(super) fn scrolled(&mut self) -> bool {
        let top = self.window.scroll_top();
        let is_at_end = self.window.scroll_height() - top - self.window.client_height() <= 1;
        match self.following {
            // Heights that change move the end away too, but never the window up from it.
            Following::Yes if !is_at_end && top < self.top => self.follow(Following::Away),
            Following::Away if is_at_end => self.follow(Following::Yes),
            _ => return false,
        }
        true
    }

    pub(super) fn follow(&mut self, following: Following) {
        self.following = following;
        self.missed = 0;
        if following == Following::Yes {
            self.unsettled = SETTLING;
        }
    }

    /// The element of the tools with that name.
    pub(super) fn tool(&self, name: &str) -> Option<Element> {
        self.place.query_selector(&format!("[data-log={name}]")).ok().flatten()
    }

    /// One more host to choose, where it belongs by its name.
    fn add_host(&self, host: &str) {
        let Some(select) = self.tool("host") else { return };
        let add = || -> Result<(), JsValue> {
            let option = document().create_element("option")?;
            option.set_text_content(Some(host));
            // Before them stands the choice of all.
            let at = self.hosts.iter().take_while(|other| other.as_str() < host).count() + 1;
            let before = select.children().item(u32::try_from(at).unwrap_or(u32::MAX));
            select.insert_before(&option, before.as_deref()).map(drop)
        };
        // Without it there is one less to choose.
        let _ = add();
    }
}
