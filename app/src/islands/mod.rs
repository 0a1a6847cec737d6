//! What lives in the browser. Everything else is HTML from the server, so that a page weighs little and works without WASM.
//!
//! * [`Pulse`] on every page: times that tick, forms that show they were sent or keep what was typed, pages that keep
//!   themselves up to date, keys and dialogs, copies, the question before one leaves, and that the server cannot be reached.
//! * [`RunLive`]: a run as it goes on.
//! * [`ArchiveUpload`]: a large file, sent part by part.
//!
//! The browser half is compiled twice. Most pages load a small module that knows [`Pulse`] alone. A page with one of the
//! others loads a module with all of them (feature `live`), which weighs several times as much; in the small one they are
//! components that nothing reaches.

mod copy;
mod focus;
mod kept;
mod keys;
mod leave;
mod lost;
mod palette;
mod pulse;
mod refresh;
mod run_live;
pub mod screen;
mod submit;
mod tables;
mod upload;

pub use pulse::Pulse;
pub use run_live::{Beginning, OneWay, RunLive};
pub use upload::ArchiveUpload;
