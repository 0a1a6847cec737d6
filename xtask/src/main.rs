//! The commands a newcomer needs: `cargo xtask build`, `demo`, `test` and `bench`.
//!
//! Plain `cargo` cannot build the browser half, put it into the binary, start a lab or add up the results of several
//! test programs. This does, with what the machine has, and says what it is doing and how long it took.

mod bench;
mod build;
mod cfy;
mod demo;
mod error;
mod install;
mod namespaces;
mod node;
mod paths;
mod process;
mod progress;
mod python;
mod stop;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{build::Profile, error::Error, paths::Paths, progress::complain};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, try, test and measure Drydock")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the browser half, the style sheet and the `drydock` binary that carries both.
    Build {
        /// Optimise the binary, as for a deployment.
        #[arg(long)]
        release: bool,
    },
    /// Build, then run Drydock over a simulated CloudStack until Ctrl-C.
    Demo {
        /// Optimise the binaries.
        #[arg(long)]
        release: bool,
    },
    /// Run everything continuous integration runs, or only the parts named.
    Test(test::Arguments),
    /// Measure, and print the results as Markdown tables.
    Bench {
        /// What to measure; everything if left out.
        part: Option<bench::Part>,
        /// Of `engine`, only this.
        #[arg(long)]
        only: Option<bench::Only>,
        /// Of `history`, so many runs of a thousand lines each; 10,000 if left out.
        #[arg(long)]
        runs: Option<u32>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Error> {
    let paths = Paths::find()?;
    match command {
        Command::Build { release } => build::run(&paths, Profile::from_flag(release))?,
        Command::Demo { release } => demo::run(&paths, Profile::from_flag(release))?,
        Command::Test(arguments) => return test::run(&paths, &arguments),
        Command::Bench { part, only, runs } => bench::run(&paths, part, only, runs)?,
    }
    Ok(ExitCode::SUCCESS)
}
