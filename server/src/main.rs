//! The `drydock` binary; everything is in the library, so that tests can reach it.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    drydock::run(drydock::Cli::parse()).await
}
