//! A run as it goes on: the stream of its events, and what the page makes of them.

mod follow;
mod log;
mod outline;
mod stage_progress;
mod subscription;

pub use follow::{Link, LiveRun};
pub use log::{Line, Log};
pub use outline::{Outline, StageOutline, StepOutline};
pub use stage_progress::stage_progress;
