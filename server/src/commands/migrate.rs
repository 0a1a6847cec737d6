//! `drydock migrate`.

use engine::Engine;

use super::Failure;
use crate::config::Config;
use crate::output::answer;

/// Brings the database up to date.
pub async fn run(config: &Config) -> Result<(), Failure> {
    match Engine::migrate(&config.engine).await? {
        0 => answer("the database was up to date"),
        1 => answer("1 migration was applied"),
        applied => answer(&format!("{applied} migrations were applied")),
    }
    Ok(())
}
