//! Whether single keys do something. Who speaks to the computer, or whose hand slips, presses them without wanting to; therefore
//! they can be turned off (WCAG 2.1.4). Keys that are pressed together with another one always count.

use serde::{Deserialize, Serialize};

/// What was chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleKeys {
    /// They count.
    #[default]
    On,
    /// They do nothing.
    Off,
}

impl SingleKeys {
    /// The word in the cookie and in the page.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    /// Reads the word in the cookie.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::On, Self::Off].into_iter().find(|keys| keys.word() == word)
    }

    /// What the button chooses.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::On => Self::Off,
            Self::Off => Self::On,
        }
    }
}
