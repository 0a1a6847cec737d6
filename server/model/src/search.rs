//! Words in what commands print, and where a text that somebody looks for stands in it.
//!
//! Output is kept in pieces that end anywhere. Of each piece the words are kept apart ([`words`]), so that the pieces in which a
//! text can stand at all are found quickly; then the text itself is looked for in them ([`Query::places`]). Both go by one
//! rule, so that nothing that is there is missed: a word is a run of letters and digits, in small letters, without what
//! colours a terminal. A line that a piece does not finish is told to the next one of its pipe ([`carried`]).

use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::terminal::{Part, parts};

/// Of longer words only so many letters count: nobody types a whole key or checksum, and each is there once.
const LONGEST_WORD: usize = 64;

/// A word of so many letters that somebody looks for may be the beginning of the word that is there.
const SHORTEST_BEGINNING: usize = 3;

/// A text that is looked for is at most so long.
pub const LONGEST_QUERY: usize = 200;

/// Of a line that is not finished yet, at most so many bytes are told to the next piece.
pub const LONGEST_CARRY: usize = 1024;

/// The words of a text, each once, in order.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = folded(&plain(text));
    let mut found: Vec<&str> = words_of(&folded).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(str::to_owned).collect()
}

fn words_of(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(cut)
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(LONGEST_WORD).map_or(word, |(end, _)| &word[..end])
}

/// The text as people see it: without the escape sequences that colour a terminal or move about on it. One that is not finished
/// takes all there is.
#[must_use]
pub fn plain(text: &str) -> String {
    let read = |part| if let Part::Text(text) = part { Some(text) } else { None };
    parts(text).filter_map(read).collect()
}

/// In small letters. What stands where stays where it is, so a letter whose small one is longer or shorter stays as it is.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let small = |c: char| {
        let mut small = c.to_lowercase();
        match (small.next(), small.next()) {
            (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
            _ => c,
        }
    };
    text.chars().map(small).collect()
}

/// The unfinished last line after a piece, given what the pieces before it had left unfinished.
#[must_use]
pub fn carried(before: &[u8], piece: &[u8]) -> Vec<u8> {
    let line = match piece.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => piece[end + 1..].to_vec(),
        None => [before, piece].concat(),
    };
    line[line.len().saturating_sub(LONGEST_CARRY)..].to_vec()
}

/// A text that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Query {
    /// As it was typed, without blanks around it.
    typed: String,
    /// What stands between blanks, in small letters. Never empty.
    parts: Vec<String>,
}

/// A text that cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSearchable {
    /// There is no word in it.
    #[error("a letter or a digit is needed: output is found by its words")]
    NoWord,
    /// It is too long.
    #[error("at most {} characters can be looked for", LONGEST_QUERY)]
    TooLong,
}

impl FromStr for Query {
    type Err = NotSearchable;
    fn from_str(text: &str) -> Result<Self, NotSearchable> {
        if text.chars().count() > LONGEST_QUERY {
            return Err(NotSearchable::TooLong);
        }
        let typed = plain(text).trim().to_owned();
        if !typed.contains(char::is_alphanumeric) {
            return Err(NotSearchable::NoWord);
        }
        let parts = folded(&typed).split_whitespace().map(str::to_owned).collect();
        Ok(Self { typed, parts })
    }
}

impl TryFrom<String> for Query {
    type Error = NotSearchable;
    fn try_from(text: String) -> Result<Self, NotSearchable> {
        text.parse()
    }
}

impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.typed
    }
}

/// A word that a piece must have for the text to stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// This very word.
    Word(String),
    /// A word that begins so.
    Beginning(String),
}

impl Query {
    /// As it was typed.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The words that a piece must have; never none.
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        let text = self.parts.join(" ");
        let mut words: Vec<String> = words_of(&text).map(str::to_owned).collect();
        let last = if self.goes_on() { words.pop() } else { None };
        words.sort_unstable();
        words.dedup();
        words.into_iter().map(Term::Word).chain(last.map(Term::Beginning)).collect()
    }

    /// Whether the last word may be the beginning of the one that is there.
    fn goes_on(&self) -> bool {
        let last = self.parts.last().map_or("", String::as_str);
        let word = last.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        word.chars().count() >= SHORTEST_BEGINNING
    }

    /// Where the text stands in a [`plain`] text: within a line, in capitals or not, with any blanks between its words. It
    /// begins where a word begins, and its last word may go on if it has three letters.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let folded = folded(text);
        let Some(first) = self.parts.first() else { return Vec::new() };
        let (mut places, mut from) = (Vec::new(), 0);
        while let Some(at) = folded[from..].find(first.as_str()) {
            let start = from + at;
            // The next one may begin within this one, if this one is none.
            from = at_letter(&folded, start + 1);
            if is_within_word(&folded, start) {
                continue;
            }
            if let Some(end) = self.end(&folded, start + first.len())
                && (self.goes_on() || !is_within_word(&folded, end))
            {
                places.push(start..end);
                from = end;
            }
        }
        places
    }

    /// Where the text ends whose first part ends at `at`, if the rest of it follows.
    fn end(&self, folded: &str, mut at: usize) -> Option<usize> {
        for part in self.parts.iter().skip(1) {
            let rest = &folded[at..];
            let next = rest.trim_start_matches(|c: char| c.is_whitespace() && !is_line_end(c));
            let blanks = rest.len() - next.len();
            if blanks == 0 || !next.starts_with(part.as_str()) {
                return None;
            }
            at += blanks + part.len();
        }
        Some(at)
    }

    /// The lines of a piece in which the text stands, in order, and which parts of each. `carry` is what the pieces before it
    /// had left of an unfinished line: a place that ends in it was theirs.
    #[must_use]
    pub fn lines(&self, carry: &[u8], piece: &[u8]) -> Vec<MarkedLine> {
        let known = plain(&String::from_utf8_lossy(carry));
        // Half a letter is shown as one, and may yet become another.
        let known = known.trim_end_matches('\u{fffd}').len();
        let text = plain(&String::from_utf8_lossy(&[carry, piece].concat()));
        let places = self.places(&text);
        let (mut lines, mut rest) = (Vec::new(), places.as_slice());
        while let Some(first) = rest.first() {
            let start = text[..first.start].rfind(is_line_end).map_or(0, |at| at + 1);
            let end = text[first.end..].find(is_line_end).map_or(text.len(), |at| first.end + at);
            let (within, later) = rest.split_at(rest.partition_point(|place| place.end <= end).max(1));
            rest = later;
            if within.iter().any(|place| place.end > known) {
                lines.push(MarkedLine::of(&text, start..end, within));
            }
        }
        lines
    }
}

const fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// Whether a word goes on over that place.
fn is_within_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    before && text[at..].chars().next().is_some_and(char::is_alphanumeric)
}

/// A line in which a text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedLine {
    /// Its parts in order. Of a very long line only what stands around the first place.
    pub parts: Vec<LinePart>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    /// What it says.
    pub text: String,
    /// Whether this is what was looked for.
    pub is_match: bool,
}

/// Of a long line so many bytes are shown before the first place and after it.
const AROUND: usize = 160;

impl MarkedLine {
    fn of(text: &str, line: Range<usize>, places: &[Range<usize>]) -> Self {
        let first = places.first().map_or_else(|| line.clone(), Range::clone);
        let start = at_letter(text, line.start.max(first.start.saturating_sub(AROUND)));
        let end = at_letter(text, line.end.min(first.end + AROUND));
        let mut parts = Vec::new();
        let mut put = |text: &str, is_match: bool| {
            if !text.is_empty() {
                parts.push(LinePart { text: text.to_owned(), is_match });
            }
        };
        let mut at = start;
        put(if start > line.start { "… " } else { "" }, false);
        for place in places.iter().filter(|place| place.end <= end) {
            put(&text[at..place.start], false);
            put(&text[place.start..place.end], true);
            at = place.end;
        }
        put(&text[at..end], false);
        put(if end < line.end { " …" } else { "" }, false);
        Self { parts }
    }

    /// All of a line, which is [`plain`].
    #[must_use]
    pub fn whole(line: &str, query: &Query) -> Self {
        let places = query.places(line);
        let mut parts = Vec::new();
        let mut at = 0;
        for place in places {
            parts.push(LinePart { text: line[at..place.start].to_owned(), is_match: false });
            parts.push(LinePart { text: line[place.start..place.end].to_owned(), is_match: true });
            at = place.end;
        }
        parts.push(LinePart { text: line[at..].to_owned(), is_match: false });
        parts.retain(|part| !part.text.is_empty());
        Self { parts }
    }

    /// The line without marks.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}

/// The next place at which a letter begins.
fn at_letter(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
