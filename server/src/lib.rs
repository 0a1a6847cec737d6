//! The server around the engine: command line, configuration, HTTP, login. It decides nothing.
//!
//! Where to look: [`Cli`] for the commands, [`config`] for the keys, [`web::router`] for who may reach what.

mod cli;
mod commands;
pub mod config;
mod logging;
mod output;
pub mod web;

use std::process::ExitCode;

pub use cli::Cli;
pub use commands::Failure;

/// Runs one command; what went wrong goes to standard error, on one line per cause.
pub async fn run(cli: Cli) -> ExitCode {
    match commands::run(cli).await {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}
