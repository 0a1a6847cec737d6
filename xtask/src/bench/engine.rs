//! `cargo xtask bench engine`: brings what Drydock is measured against, and a PostgreSQL that takes care as a real one does.

use std::path::Path;

use crate::{
    error::Error,
    paths::Paths,
    process::{cargo, run as run_command},
    progress::{note, step},
    python,
    stop::Stop,
    test::postgres::{Care, Postgres, program},
};

/// What is measured beside Drydock, as PyPI has it.
const TOOLS: [&str; 2] = ["ansible-core==2.19.14", "pyinfra==3.10.0"];

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    /// What the engine itself needs per step.
    Steps,
    /// 100 hosts, beside plain ssh, ansible-core and pyinfra.
    Hosts,
    /// 5,000 lines per second, shown to 50 viewers; memory.
    Log,
    /// How long until another server has the run of one that was killed.
    Takeover,
}

impl Only {
    const fn word(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Hosts => "hosts",
            Self::Log => "log",
            Self::Takeover => "takeover",
        }
    }
}

pub fn run(paths: &Paths, only: Option<Only>) -> Result<(), Error> {
    // Ctrl-C reaches the measuring program, which clears up; then we stop what was started here.
    let stop = Stop::listen()?;
    let tools = paths.work().join("bench-tools");
    if only.is_none_or(|only| only == Only::Hosts) {
        install(&tools)?;
    }
    let mut command = cargo(paths);
    command.args(["run", "--quiet", "--release", "--package", "drydock", "--features", "lab"]);
    command.args(["--example", "bench_engine", "--"]).arg(&tools);
    if let Some(only) = only {
        command.args(["--only", only.word()]);
    }
    let postgres = postgres(paths, only)?;
    if let Some(postgres) = &postgres {
        command.env("DRYDOCK_TEST_POSTGRES", postgres.url());
    }
    let measured = step("measure the engine", || run_command(&mut command));
    drop(postgres);
    if stop.asked() { Err(Error::Interrupted) } else { measured }
}

/// One of our own, unless somebody has given us one or none is installed; the rows say so then.
fn postgres(paths: &Paths, only: Option<Only>) -> Result<Option<Postgres>, Error> {
    let is_needed = only.is_none_or(|only| matches!(only, Only::Steps | Only::Takeover));
    if !is_needed || std::env::var_os("DRYDOCK_TEST_POSTGRES").is_some() {
        return Ok(None);
    }
    if program("initdb").is_none() {
        note("PostgreSQL is not installed: what needs it is not measured");
        return Ok(None);
    }
    Postgres::start_with(paths, Care::AsInEarnest).map(Some)
}

fn install(tools: &Path) -> Result<(), Error> {
    if python::is_installed(tools, &TOOLS) {
        return Ok(());
    }
    step("install ansible-core and pyinfra", || python::environment(tools, Path::new("python3"), &TOOLS))
}
