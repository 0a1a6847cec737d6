//! Exported runs, of this Drydock or of another one: opening a file, and looking at it event by event.

mod file;
mod open;

pub use file::{ReplayPage, ReplayPlan};
pub use open::{Replays, UploadRefused};
