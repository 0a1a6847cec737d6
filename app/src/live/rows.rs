//! Lines of output as HTML. There can be thousands of them, and hundreds more each second: they are written as text, in groups
//! that the browser need not look at until they come into view, by server and browser alike.

use std::fmt::Write as _;
use std::ops::Range;

use model::event::Stream;
use model::html::escaped;
use model::terminal::Style;

use super::log::{Line, Log};

/// So many lines make a group.
pub const GROUP: usize = 100;

/// What a group of lines is.
pub const GROUP_CLASSES: &str = "log-group";

/// How a line stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Among others.
    Among,
    /// Somebody was led to it.
    Out,
}

impl Stands {
    const fn classes(self) -> &'static str {
        match self {
            Self::Among => "log-line",
            Self::Out => "log-line is-here",
        }
    }
}

/// All lines of a log.
pub fn rows(log: &Log) -> String {
    let mut html = String::new();
    grouped(log.lines(), &mut html, |line, html| row(line, &line_id(line.id), &[], Stands::Among, html));
    html
}

/// Lines in their groups, each written by `write`.
pub fn grouped<'l>(
    lines: impl Iterator<Item = &'l Line>,
    html: &mut String,
    mut write: impl FnMut(&Line, &mut String),
) {
    let mut in_group = 0;
    for line in lines {
        if in_group == GROUP {
            html.push_str("</div>");
            in_group = 0;
        }
        if in_group == 0 {
            let _ = write!(html, "<div class=\"{GROUP_CLASSES}\">");
        }
        write(line, html);
        in_group += 1;
    }
    if in_group > 0 {
        html.push_str("</div>");
    }
}

/// The id of the element of a line.
pub fn line_id(id: u64) -> String {
    format!("l{id}")
}

/// One line with its time, host and pipe; `marks` are what somebody looks for in it, in order.
pub fn row(line: &Line, id: &str, marks: &[Range<usize>], stands: Stands, html: &mut String) {
    let pipe = match line.pipe.stream {
        Stream::Stdout => "",
        // No alarm by itself: many commands write their ordinary words there.
        Stream::Stderr => "stderr ",
    };
    let utc = line.at.utc();
    let time = utc.get(11..).unwrap_or_default();
    let host = escaped(line.pipe.host.as_str());
    let classes = stands.classes();
    let _ = write!(
        html,
        "<div class=\"{classes}\" id=\"{id}\"><span class=\"log-time\" title=\"{utc} UTC\">{time}</span>\
         <span class=\"log-host\">{pipe}{host}</span><span class=\"log-text\">"
    );
    let letters = line.text.letters();
    for (range, style) in line.text.runs() {
        let classes = style_classes(style);
        if classes.is_empty() {
            marked(letters, range, marks, html);
        } else {
            let _ = write!(html, "<span class=\"{classes}\">");
            marked(letters, range, marks, html);
            html.push_str("</span>");
        }
    }
    html.push_str("</span></div>");
}

/// A part of a line, with what of the marks is in it.
fn marked(letters: &str, range: Range<usize>, marks: &[Range<usize>], html: &mut String) {
    let mut at = range.start;
    for mark in marks {
        let (from, to) = (mark.start.max(at), mark.end.min(range.end));
        if from < to {
            html.push_str(&escaped(&letters[at..from]));
            html.push_str("<mark>");
            html.push_str(&escaped(&letters[from..to]));
            html.push_str("</mark>");
            at = to;
        }
    }
    html.push_str(&escaped(&letters[at..range.end]));
}

const INK_CLASSES: [&str; 16] = [
    "ink-0", "ink-1", "ink-2", "ink-3", "ink-4", "ink-5", "ink-6", "ink-7", "ink-8", "ink-9", "ink-10", "ink-11",
    "ink-12", "ink-13", "ink-14", "ink-15",
];

/// A bright ground is as dark as the other one: every ink can be read on it.
const GROUND_CLASSES: [&str; 8] =
    ["ground-0", "ground-1", "ground-2", "ground-3", "ground-4", "ground-5", "ground-6", "ground-7"];

/// The classes of letters that look so; none for plain ones.
fn style_classes(style: Style) -> String {
    let mut classes = String::new();
    let mut wear = |name: &str| {
        let between = if classes.is_empty() { "" } else { " " };
        classes.push_str(between);
        classes.push_str(name);
    };
    let all = [
        style.ink.and_then(|colour| INK_CLASSES.get(colour.number()).copied()),
        style.ground.and_then(|colour| GROUND_CLASSES.get(colour.number() % 8).copied()),
        style.is_bold.then_some("is-bold"),
        style.is_faint.then_some("is-faint"),
        style.is_italic.then_some("is-italic"),
        style.is_underlined.then_some("is-underlined"),
        style.is_reversed.then_some("is-reversed"),
    ];
    if all.iter().any(Option::is_some) {
        wear("shade");
        all.into_iter().flatten().for_each(wear);
    }
    classes
}

#[cfg(test)]
mod tests {
    use model::event::{Event, EventKind};
    use model::id::{HostName, StepId};
    use model::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn log(text: &str) -> Log {
        let kind = EventKind::Output {
            step: StepId::new("step").unwrap(),
            attempt: 1,
            host: HostName::new("a").unwrap(),
            stream: Stream::Stderr,
            offset: 0,
            text: text.into(),
        };
        Log::of(&[Event { seq: 1, at: Timestamp(0), kind }])
    }

    fn html(text: &str, marks: &[Range<usize>]) -> String {
        let mut html = String::new();
        let log = log(text);
        row(log.lines().next().unwrap(), "l0", marks, Stands::Among, &mut html);
        html
    }

    #[test]
    fn a_line_has_its_time_its_pipe_and_its_colours() {
        assert_eq!(
            html("ok \u{1b}[1;31mbad\u{1b}[0m <b>", &[]),
            "<div class=\"log-line\" id=\"l0\"><span class=\"log-time\" title=\"1970-01-01 00:00:00 UTC\">00:00:00</span>\
             <span class=\"log-host\">stderr a</span><span class=\"log-text\">ok <span class=\"shade ink-1 is-bold\">bad\
             </span> &lt;b&gt;</span></div>"
        );
    }

    #[test]
    fn a_mark_goes_on_over_colours() {
        let marked = html("ab\u{1b}[32mcd\u{1b}[0me", &[1..3, 4..5]);
        assert!(
            marked.contains("a<mark>b</mark><span class=\"shade ink-2\"><mark>c</mark>d</span><mark>e</mark>"),
            "{marked}"
        );
    }

    /// 0 to 1, as WCAG has it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    }

    #[test]
    fn every_ink_can_be_read_on_every_ground() {
        let css = include_str!("../../../style/base.css");
        let colour = |before: &str| {
            let at = css.find(before).unwrap_or_else(|| panic!("base.css has no {before}"));
            css[at + before.len()..].get(..6).unwrap()
        };
        let inks = INK_CLASSES.map(|name| colour(&format!(".{name} {{ --shade-ink: #")));
        let grounds = GROUND_CLASSES.map(|name| colour(&format!(".{name} {{ --shade-ground: #")));
        let own = ["--terminal-ink: #", "--terminal-muted: #"].map(colour);
        for ink in inks.into_iter().chain(own) {
            for ground in grounds.into_iter().chain([colour("--terminal: #")]) {
                let contrast = (luminance(ink) + 0.05) / (luminance(ground) + 0.05);
                assert!(contrast >= 4.5, "#{ink} on #{ground}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn a_hundred_lines_make_a_group() {
        let all = rows(&log(&"x\n".repeat(GROUP * 2 + 1)));
        assert_eq!(all.matches("<div class=\"log-group\">").count(), 3);
        assert_eq!(all.matches("<div").count(), all.matches("</div>").count());
        assert_eq!(rows(&Log::default()), "");
    }

    proptest! {
        /// What a host prints must never become part of the page.
        #[test]
        fn no_output_becomes_html(text in "[<>&\"'a\u{1b}\\[0-9;m\u{202e}=/ ]{1,60}", from in 0_usize..40, length in 0_usize..10) {
            let log = log(&text);
            for line in log.lines() {
                let letters = line.text.letters();
                let from = letters.floor_char_boundary(from.min(letters.len()));
                let to = letters.floor_char_boundary((from + length).min(letters.len()));
                let mut html = String::new();
                let mark = from..to;
                row(line, "l0", std::slice::from_ref(&mark), Stands::Out, &mut html);
                for known in ["<div class=\"log-line is-here\" id=\"l0\">", "</div>", "<span class=\"log-time\"", "<span class=\"log-host\">", "<span class=\"log-text\">", "<span class=\"shade ", "</span>", "<mark>", "</mark>"] {
                    html = html.replace(known, "");
                }
                prop_assert!(!html.contains('<'), "{html}");
            }
        }
    }
}
