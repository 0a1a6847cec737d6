//! The trouble of a rehearsal, as the form names it.

use model::id::StepId;
use model::refusal::Refusal;
use model::rehearsal::Trouble;

use super::desk::{field, refused};
use crate::error::ApiError;

/// What goes wrong; nothing, if no word is given.
///
/// # Errors
/// There is no trouble of that name, or the step cannot be read.
pub fn trouble(word: &str, step: &str) -> Result<Option<Trouble>, ApiError> {
    let word = word.trim();
    if word.is_empty() {
        return Ok(None);
    }
    let step: Option<StepId> = if word == "drift" { None } else { Some(field("step", step)?) };
    let unknown = || {
        let words = Trouble::CHOICES.map(|(word, _)| word).join(", ");
        refused(Refusal::Invalid { field: "trouble".to_owned(), problem: format!("{words} are allowed, or nothing") })
    };
    Trouble::named(word, step).ok_or_else(unknown).map(Some)
}
