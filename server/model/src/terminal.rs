//! What a terminal makes of what commands print: which sequences are commands to it, and what they ask for.
//!
//! There is one reader of such sequences, [`parts`]. The search reads past them (see [`crate::search::plain`]); the log keeps the
//! colours and lets a line that is written over be written over. What else they ask for is left out, and no text is lost by it.

/// What every sequence begins with.
const ESCAPE: char = '\u{1b}';

/// A part of what was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'t> {
    /// What is there to be read, with ends of lines and other control characters.
    Text(&'t str),
    /// A sequence that is meant for the terminal.
    Escape(&'t str),
    /// A sequence that the text ends within: its rest may come with the next piece.
    Unfinished(&'t str),
}

/// The parts of a text, in order. Put together again they are the text.
#[must_use]
pub const fn parts(text: &str) -> Parts<'_> {
    Parts { rest: text }
}

/// See [`parts`].
#[derive(Debug, Clone)]
pub struct Parts<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        let all = self.rest;
        let begin = all.find(ESCAPE).unwrap_or(all.len());
        if all.is_empty() {
            None
        } else if begin > 0 {
            let (text, rest) = all.split_at(begin);
            self.rest = rest;
            Some(Part::Text(text))
        } else if let Some((sequence, rest)) = length(all).and_then(|end| all.split_at_checked(end)) {
            self.rest = rest;
            Some(Part::Escape(sequence))
        } else {
            self.rest = "";
            Some(Part::Unfinished(all))
        }
    }
}

/// How long the sequence is that the text begins with; `None` when the text ends within it.
fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let after = |from: usize, is_end: fn(u8) -> bool| {
        bytes.iter().skip(from).position(|byte| is_end(*byte)).map(|at| (at + from, bytes[at + from]))
    };
    Some(match bytes.get(1)? {
        // A command: parameters, then one letter.
        b'[' => match after(2, |byte| !(0x20..0x40).contains(&byte))? {
            (at, 0x40..0x7f) => at + 1,
            // What cannot end one is no part of it: a line may be cut off in the middle.
            (at, _) => at,
        },
        // A title or the like, up to a bell or to another escape with a backslash.
        b']' => match after(2, |byte| matches!(byte, 0x07 | 0x1b | b'\n'))? {
            (at, 0x07) => at + 1,
            (at, 0x1b) if bytes.get(at + 1) == Some(&b'\\') => at + 2,
            (at, _) => at,
        },
        // Another set of letters and the like: one or more of these, then a letter.
        0x20..0x30 => match after(2, |byte| !(0x20..0x30).contains(&byte))? {
            (at, byte) if byte.is_ascii_graphic() => at + 1,
            (at, _) => at,
        },
        byte if byte.is_ascii_graphic() => 2,
        _ => 1,
    })
}

/// What a sequence asks for that changes what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'t> {
    /// Other letters from here on; see [`Style::changed`].
    Style(&'t str),
    /// So many lines up.
    Up(usize),
    /// So many lines down.
    Down(usize),
    /// To that letter of the line, from 0.
    Column(usize),
    /// Takes letters of the line away.
    Erase(Erased),
}

/// Which letters of the line are taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// From here on.
    ToEnd,
    /// Up to here.
    ToStart,
    /// All.
    Line,
}

impl<'t> Command<'t> {
    /// What a sequence asks for; `None` for what a log has no use for.
    #[must_use]
    pub fn of(sequence: &'t str) -> Option<Self> {
        let body = sequence.strip_prefix("\u{1b}[")?;
        let (at, end) = body.char_indices().next_back()?;
        let parameters = &body[..at];
        // Private ones, such as those that hide the cursor.
        if parameters.starts_with(['<', '=', '>', '?']) {
            return None;
        }
        let number = |without: usize| match parameters.split(';').next() {
            None | Some("") => without,
            Some(number) => number.parse::<u16>().map_or(without, usize::from),
        };
        Some(match end {
            'm' => Self::Style(parameters),
            'A' | 'F' => Self::Up(number(1).max(1)),
            'B' | 'E' => Self::Down(number(1).max(1)),
            'G' => Self::Column(number(1).saturating_sub(1)),
            'K' => Self::Erase(match number(0) {
                0 => Erased::ToEnd,
                1 => Erased::ToStart,
                _ => Erased::Line,
            }),
            _ => return None,
        })
    }
}

/// One of the sixteen colours that every terminal has: 0 to 7, then the same brighter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Colour(u8);

/// Parts of a colour that differ by less are a grey.
const GREY: u8 = 48;

impl Colour {
    /// Its number, from 0 to 15.
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    /// Of the 256 colours that newer terminals have, the nearest.
    #[must_use]
    pub fn of_256(number: u8) -> Self {
        let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
        match number {
            0..16 => Self(number),
            16..232 => {
                let place = number - 16;
                Self::of_rgb(level(place / 36), level(place / 6 % 6), level(place % 6))
            }
            232.. => {
                let grey = 8 + 10 * (number - 232);
                Self::of_rgb(grey, grey, grey)
            }
        }
    }

    /// Of all colours, the one that most looks like it.
    #[must_use]
    pub fn of_rgb(red: u8, green: u8, blue: u8) -> Self {
        let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
        if high - low < GREY {
            return Self(match high {
                0..64 => 0,
                64..144 => 8,
                144..224 => 7,
                224.. => 15,
            });
        }
        let middle = low + (high - low) / 2;
        let bit = |part: u8, bit: u8| if part > middle { bit } else { 0 };
        let bright = if high >= 224 { 8 } else { 0 };
        Self(bright + bit(red, 1) + bit(green, 2) + bit(blue, 4))
    }
}

/// How letters look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Their colour.
    pub ink: Option<Colour>,
    /// What is behind them.
    pub ground: Option<Colour>,
    /// Heavy.
    pub is_bold: bool,
    /// Less loud than the rest.
    pub is_faint: bool,
    /// Slanted.
    pub is_italic: bool,
    /// With a line below.
    pub is_underlined: bool,
    /// Ink and ground are exchanged.
    pub is_reversed: bool,
}

impl Style {
    /// How letters look after a command with these parameters. What is not known changes nothing.
    #[must_use]
    pub fn changed(mut self, parameters: &str) -> Self {
        let mut codes = parameters.split(';');
        while let Some(code) = codes.next() {
            if code.contains(':') {
                self.change_with_parts(code);
                continue;
            }
            let number = |code: &str| if code.is_empty() { Some(0) } else { code.parse::<u8>().ok() };
            let Some(code) = number(code) else { continue };
            if matches!(code, 38 | 48) {
                let mut next = || codes.next().and_then(number);
                let colour = match next() {
                    Some(5) => next().map(Colour::of_256),
                    Some(2) => match (next(), next(), next()) {
                        (Some(red), Some(green), Some(blue)) => Some(Colour::of_rgb(red, green, blue)),
                        _ => None,
                    },
                    _ => None,
                };
                self.paint(code, colour);
            } else {
                self.change(code);
            }
        }
        self
    }

    /// `38:2::255:128:0`, `4:3`: one code with its own parts.
    fn change_with_parts(&mut self, code: &str) {
        let parts: Vec<Option<u8>> = code.split(':').map(|part| part.parse().ok()).collect();
        match parts.as_slice() {
            [Some(code @ (38 | 48)), Some(5), Some(number), ..] => self.paint(*code, Some(Colour::of_256(*number))),
            [Some(code @ (38 | 48)), Some(2), Some(red), Some(green), Some(blue)]
            | [Some(code @ (38 | 48)), Some(2), _, Some(red), Some(green), Some(blue), ..] => {
                self.paint(*code, Some(Colour::of_rgb(*red, *green, *blue)));
            }
            [Some(4), Some(0)] => self.is_underlined = false,
            [Some(4), ..] => self.is_underlined = true,
            _ => {}
        }
    }

    const fn paint(&mut self, code: u8, colour: Option<Colour>) {
        match (code, colour) {
            (_, None) => {}
            (38, colour) => self.ink = colour,
            (_, colour) => self.ground = colour,
        }
    }

    fn change(&mut self, code: u8) {
        match code {
            0 => *self = Self::default(),
            1 => self.is_bold = true,
            2 => self.is_faint = true,
            3 => self.is_italic = true,
            4 | 21 => self.is_underlined = true,
            7 => self.is_reversed = true,
            22 => (self.is_bold, self.is_faint) = (false, false),
            23 => self.is_italic = false,
            24 => self.is_underlined = false,
            27 => self.is_reversed = false,
            30..=37 => self.ink = Some(Colour(code - 30)),
            39 => self.ink = None,
            40..=47 => self.ground = Some(Colour(code - 40)),
            49 => self.ground = None,
            90..=97 => self.ink = Some(Colour(code - 82)),
            100..=107 => self.ground = Some(Colour(code - 92)),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
