//! `drydock version`.

use crate::output::answer;

/// Prints what this binary is.
pub fn run() {
    answer(&format!("drydock {}", env!("CARGO_PKG_VERSION")));
    answer(&format!("commit {}", option_env!("DRYDOCK_COMMIT").unwrap_or("unknown")));
    answer(&format!("plan format {}", model::plan::PLAN_FORMAT));
}
