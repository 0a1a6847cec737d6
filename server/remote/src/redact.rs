//! Takes secrets out of output before it is stored.
//!
//! Output arrives in pieces and a secret may lie across a border, so what could still become
//! one is held back until the next piece. The result does not depend on where the borders are.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::Secret;

/// What stands where a secret was.
pub const REDACTED: &str = "«redacted»";

/// From this length on, a secret is also looked for in its encoded forms, and line by line.
/// Shorter fragments would be found in ordinary text.
const WORTH_ENCODING: usize = 6;

/// Secrets that overlap are taken out in one piece up to this length. A password of zeros in a
/// hundred megabytes of zeros must not be held back to the end.
const CHAIN_LIMIT: usize = 16 * 1024;

/// Replaces known secrets in one stream of bytes.
#[derive(Clone)]
pub struct Redactor {
    /// Longest first.
    patterns: Vec<Vec<u8>>,
    /// Whether a pattern begins with this byte.
    begins: [bool; 256],
    longest: usize,
    held: Vec<u8>,
}

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let forms: BTreeSet<Vec<u8>> = secrets.into_iter().flat_map(|secret| forms(secret.expose())).collect();
        let mut patterns: Vec<Vec<u8>> = forms.into_iter().collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
        let mut begins = [false; 256];
        for first in patterns.iter().filter_map(|pattern| pattern.first()) {
            if let Some(begin) = begins.get_mut(usize::from(*first)) {
                *begin = true;
            }
        }
        let longest = patterns.first().map_or(0, Vec::len);
        Self { patterns, begins, longest, held: Vec::new() }
    }

    /// Takes a piece in and gives what is safe to store by now.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let (safe, settled) = self.settle(End::MoreMayCome);
        self.held.drain(..settled);
        safe
    }

    /// Gives what was held back, at the end of the stream.
    pub fn flush(&mut self) -> Vec<u8> {
        let (safe, _) = self.settle(End::ThatWasAll);
        self.held.clear();
        safe
    }

    /// How many of the bytes that were fed are still held back. A reader that remembers how far
    /// it got, to go on with a new redactor, must go back by these.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// All of a text at once.
    pub fn redact(&self, text: &str) -> String {
        let mut all = Self { held: text.as_bytes().to_vec(), ..self.clone() };
        String::from_utf8_lossy(&all.flush()).into_owned()
    }

    /// What can be said about the held bytes, and how many of them that covers.
    fn settle(&self, end: End) -> (Vec<u8>, usize) {
        let mut safe = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at < self.held.len() {
            match self.secret_at(at, end) {
                Found::Unclear => break,
                Found::Nothing => {
                    safe.extend(self.held.get(at));
                    at += 1;
                }
                Found::Until(behind) => {
                    safe.extend_from_slice(REDACTED.as_bytes());
                    at = behind;
                }
            }
        }
        (safe, at)
    }

    /// A secret beginning here, together with all that overlap it: the rest of one that begins
    /// inside another must not be left standing.
    fn secret_at(&self, start: usize, end: End) -> Found {
        let mut behind = start;
        let mut at = start;
        while at == start || (at < behind && at - start < CHAIN_LIMIT) {
            match self.longest_at(at, end) {
                Found::Unclear => return Found::Unclear,
                Found::Until(further) => behind = behind.max(further),
                Found::Nothing if at == start => return Found::Nothing,
                Found::Nothing => {}
            }
            at += 1;
        }
        Found::Until(behind)
    }

    fn longest_at(&self, at: usize, end: End) -> Found {
        let rest = self.held.get(at..).unwrap_or_default();
        let begins = rest.first().and_then(|first| self.begins.get(usize::from(*first)));
        if begins != Some(&true) {
            return Found::Nothing;
        }
        let cut = end == End::MoreMayCome && rest.len() < self.longest;
        for pattern in &self.patterns {
            // A longer one that may yet come true goes before a shorter one that has.
            if cut && pattern.len() > rest.len() && pattern.starts_with(rest) {
                return Found::Unclear;
            }
            if rest.starts_with(pattern) {
                return Found::Until(at + pattern.len());
            }
        }
        Found::Nothing
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    MoreMayCome,
    ThatWasAll,
}

enum Found {
    Nothing,
    /// The bytes up to here are secret.
    Until(usize),
    /// More bytes are needed to tell.
    Unclear,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} patterns, {} bytes held)", self.patterns.len(), self.held.len())
    }
}

/// The ways in which a secret may appear in output.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    if secret.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![secret.as_bytes().to_vec(), json_escaped(secret)];
    // A tool that prints a key of many lines indented or with other line ends prints its lines.
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= 2 * WORTH_ENCODING);
    forms.extend(lines.map(|line| line.as_bytes().to_vec()));
    if secret.len() >= WORTH_ENCODING {
        forms.extend(url_encoded(secret));
        forms.extend(base64_inside(secret.as_bytes()));
    }
    forms
}

fn json_escaped(secret: &str) -> Vec<u8> {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted.trim_matches('"').as_bytes().to_vec()
}

/// Percent-encoded with capital and small digits, and with `+` for a space; once with the
/// characters that are usually left alone left alone, and once with every one of them encoded
/// that some encoder encodes.
fn url_encoded(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for kept in ["-._~", "-._*", "-._", "-._~!*'()", "-._~!*'()/:@,;$&=+"] {
        for space in ["%20", "+"] {
            for upper in [true, false] {
                forms.push(percent_encoded(secret, kept, space, upper).into_bytes());
            }
        }
    }
    forms
}

fn percent_encoded(secret: &str, kept: &str, space: &str, upper: bool) -> String {
    secret
        .bytes()
        .map(|byte| match char::from(byte) {
            ' ' => space.to_owned(),
            c if c.is_ascii_alphanumeric() || kept.contains(c) => c.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

/// The part of a Base64 text that a secret alone determines, for each of the three positions it
/// may have in what was encoded (alone, or behind a user name and a colon).
fn base64_inside(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [vec![0; before], secret.to_vec()].concat();
        // Characters that carry bits of a neighbour are not looked for.
        let first = (before * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.extend(text.get(first..last).map(|part| part.as_bytes().to_vec()));
        }
    }
    forms
}

#[cfg(test)]
mod tests;
