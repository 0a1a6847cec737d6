//! A run as it goes on: the stream of its events, and what the page makes of them.

mod attention;
mod down;
pub mod find;
mod follow;
mod log;
mod matter;
mod outline;
pub mod rows;
mod scene;
mod situation;
mod stage_progress;
mod subscription;
mod tab;
#[cfg(test)]
pub mod testing;
mod text;

pub use attention::Attention;
pub use down::{Down, down};
pub use follow::{Link, LiveRun};
pub use log::{KEPT, Line, Log};
pub use matter::{Matter, Viewer};
pub use outline::{Outline, StageOutline, StepOutline};
pub use scene::Scene;
pub use situation::{Situation, under_way_words};
pub use stage_progress::stage_progress;
pub use tab::Tab;
