//! A line as a terminal shows it: letters, and how they look. It can be written over.

use std::ops::Range;

use model::terminal::{Erased, Style};

/// No line is longer than so many bytes: what comes behind goes on in a line of its own.
pub const LONGEST: usize = 8 * 1024;

/// The letters of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    letters: String,
    /// So many bytes look so. What is behind the last of them looks plain, so that plain lines have none.
    runs: Vec<(usize, Style)>,
}

impl Text {
    /// What it says.
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// Its parts that look alike, in order.
    pub fn runs(&self) -> impl Iterator<Item = (Range<usize>, Style)> {
        let styled: usize = self.runs.iter().map(|(length, _)| length).sum();
        let rest = self.letters.len().saturating_sub(styled);
        let mut at = 0;
        self.runs.iter().copied().chain((rest > 0).then_some((rest, Style::default()))).map(move |(length, style)| {
            let from = at;
            at += length;
            (from..at, style)
        })
    }

    /// Writes at the end.
    pub fn push(&mut self, letters: &str, style: Style) {
        if style != Style::default() || !self.runs.is_empty() {
            let styled: usize = self.runs.iter().map(|(length, _)| length).sum();
            lengthen(&mut self.runs, self.letters.len().saturating_sub(styled), Style::default());
            lengthen(&mut self.runs, letters.len(), style);
        }
        self.letters.push_str(letters);
    }

    /// Writes over what stands from that letter on; where nothing stands before it, blanks do.
    pub fn write(&mut self, column: usize, letters: &str, style: Style) {
        match self.place(column) {
            Ok(from) => {
                let length = letters.chars().count();
                let to =
                    self.letters[from..].char_indices().nth(length).map_or(self.letters.len(), |(at, _)| from + at);
                self.replace(from..to, letters, style);
            }
            Err(missing) => {
                self.push(&" ".repeat(missing), Style::default());
                self.push(letters, style);
            }
        }
    }

    /// Takes letters away, seen from the one in that column; `None`: from the end.
    pub fn erase(&mut self, what: Erased, column: Option<usize>) {
        let here = column.and_then(|column| self.place(column).ok());
        match (what, here) {
            (Erased::Line, _) => *self = Self::default(),
            (Erased::ToEnd, None) => {}
            (Erased::ToEnd, Some(from)) => self.replace(from..self.letters.len(), "", Style::default()),
            (Erased::ToStart, None) => {
                let blanks = self.letters.chars().count();
                self.replace(0..self.letters.len(), &" ".repeat(blanks), Style::default());
            }
            (Erased::ToStart, Some(to)) => {
                let end = self.letters[to..].chars().next().map_or(to, |letter| to + letter.len_utf8());
                let blanks = self.letters[..end].chars().count();
                self.replace(0..end, &" ".repeat(blanks), Style::default());
            }
        }
    }

    /// Where the letter of that column begins, or how many blanks are missing before it.
    fn place(&self, column: usize) -> Result<usize, usize> {
        match self.letters.char_indices().nth(column) {
            Some((at, _)) => Ok(at),
            None => Err(column.saturating_sub(self.letters.chars().count())),
        }
    }

    fn replace(&mut self, range: Range<usize>, letters: &str, style: Style) {
        let mut runs = Vec::with_capacity(self.runs.len() + 2);
        let old: Vec<_> = self.runs().collect();
        for (run, look) in &old {
            lengthen(&mut runs, run.end.min(range.start).saturating_sub(run.start), *look);
        }
        lengthen(&mut runs, letters.len(), style);
        for (run, look) in &old {
            lengthen(&mut runs, run.end.saturating_sub(run.start.max(range.end)), *look);
        }
        if runs.iter().all(|(_, look)| *look == Style::default()) {
            runs.clear();
        }
        self.runs = runs;
        self.letters.replace_range(range, letters);
    }
}

/// So many more bytes look so.
fn lengthen(runs: &mut Vec<(usize, Style)>, length: usize, style: Style) {
    match runs.last_mut().filter(|last| last.1 == style) {
        _ if length == 0 => {}
        Some(last) => last.0 += length,
        None => runs.push((length, style)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn red() -> Style {
        Style::default().changed("31")
    }

    #[track_caller]
    fn check(text: &Text, expected: &[(&str, bool)]) {
        let found: Vec<(&str, bool)> =
            text.runs().map(|(range, style)| (&text.letters()[range], style == red())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn letters_keep_how_they_look() {
        let mut text = Text::default();
        text.push("ok ", Style::default());
        assert!(text.runs.is_empty(), "a plain line costs nothing more");
        text.push("ba", red());
        text.push("d", red());
        text.push(" again", Style::default());
        check(&text, &[("ok ", false), ("bad", true), (" again", false)]);
    }

    #[test]
    fn what_is_written_over_is_gone_and_the_rest_stays() {
        let mut text = Text::default();
        text.push("50% größe", Style::default());
        text.write(0, "100%", red());
        check(&text, &[("100%", true), ("größe", false)]);
        text.write(6, "OE", Style::default());
        assert_eq!(text.letters(), "100%grOEe");
        text.write(12, "x", red());
        check(&text, &[("100%", true), ("grOEe   ", false), ("x", true)]);
    }

    #[test]
    fn a_line_is_erased_from_here_up_to_here_or_whole() {
        let line = || {
            let mut text = Text::default();
            text.push("abcdef", red());
            text
        };
        let erased = |what, column| {
            let mut text = line();
            text.erase(what, column);
            text.letters().to_owned()
        };
        assert_eq!(erased(Erased::ToEnd, Some(2)), "ab");
        assert_eq!(erased(Erased::ToEnd, None), "abcdef");
        assert_eq!(erased(Erased::ToStart, Some(2)), "   def");
        assert_eq!(erased(Erased::ToStart, None), "      ");
        assert_eq!(erased(Erased::Line, Some(2)), "");
        assert_eq!(erased(Erased::ToEnd, Some(99)), "abcdef");
    }

    proptest! {
        /// What looks so is never more or less than what is there, and never ends within a letter.
        #[test]
        fn the_runs_are_the_line(acts in prop::collection::vec((0_usize..4, 0_usize..12, "[aß€]{0,5}", any::<bool>()), 0..12)) {
            let mut text = Text::default();
            for (act, column, letters, is_red) in acts {
                let style = if is_red { red() } else { Style::default() };
                match act {
                    0 => text.push(&letters, style),
                    1 => text.write(column, &letters, style),
                    2 => text.erase(Erased::ToEnd, Some(column)),
                    _ => text.erase(Erased::ToStart, Some(column)),
                }
                let again: String = text.runs().map(|(range, _)| text.letters()[range].to_owned()).collect();
                prop_assert_eq!(&again, text.letters());
            }
        }
    }
}
