//! Runs `cargo test` and adds up what it prints.
//!
//! Plain `cargo test`, because it is on every machine. Its output is read line by line while it is shown; a test program
//! that died without a result counts as failed, and one that hangs is ended.

use std::process::Command;

use super::{Session, Tally, follow::follow, postgres::Postgres, results::Results};
use crate::{
    error::Error,
    paths::files_below,
    process::{cargo, run},
    progress::step,
};

/// In the order in which the crates know each other, so that the first failure is the one to look at.
const PACKAGES: [&str; 9] =
    ["model", "remote", "cloudstack", "open_vstorage", "lab", "engine", "app", "drydock", "xtask"];

/// Compiles all tests, and with them the programs that browser tests start.
pub fn compile(session: &Session) -> Result<(), Error> {
    step("compile the tests", || run(cargo(session.paths).args(["test", "--workspace", "--no-run", "--quiet"])))
}

/// All tests. One crate that does not compile must not hide the results of the others, so then each runs alone.
pub fn workspace(session: &Session, is_compiled: bool, postgres: Option<&Postgres>, tally: &mut Tally) {
    if is_compiled {
        count("tests", test_command(session, postgres).arg("--workspace"), session, tally);
        // With a feature that nothing else in the workspace may be built with. Of the whole workspace all the same: of one
        // package alone, everything that we depend on would be compiled once more, with fewer features.
        let mut chaos = test_command(session, postgres);
        chaos.args(["--workspace", "--features", "engine/lab", "--test", "chaos"]);
        count("engine: chaos", &mut chaos, session, tally);
    } else {
        packages(session, &PACKAGES, postgres, tally);
    }
}

pub fn packages(session: &Session, names: &[&str], postgres: Option<&Postgres>, tally: &mut Tally) {
    for name in names {
        let mut command = test_command(session, postgres);
        command.args(["--package", name]);
        if *name == "engine" {
            command.args(["--features", "lab"]);
        }
        count(&format!("tests of {name}"), &mut command, session, tally);
    }
}

/// The same with those that take too long for every run.
pub fn packages_with_long_tests(session: &Session, names: &[&str], postgres: Option<&Postgres>, tally: &mut Tally) {
    for name in names {
        let mut command = test_command(session, postgres);
        command.args(["--package", name, "--", "--include-ignored"]);
        count(&format!("all tests of {name}"), &mut command, session, tally);
    }
}

/// The tests of the engine that play one platform's stories: `server/engine/tests/<platform>*.rs`.
pub fn engine_stories(session: &Session, platform: &str, postgres: Option<&Postgres>, tally: &mut Tally) {
    stories(session, platform, &[], postgres, tally);
}

/// The same with those that take too long for every run.
pub fn all_engine_stories(session: &Session, platform: &str, postgres: Option<&Postgres>, tally: &mut Tally) {
    stories(session, platform, &["--", "--include-ignored"], postgres, tally);
}

fn stories(session: &Session, platform: &str, more: &[&str], postgres: Option<&Postgres>, tally: &mut Tally) {
    let folder = session.paths.root.join("server/engine/tests");
    let files = files_below(&folder).unwrap_or_default();
    let direct = files.iter().filter(|file| file.parent() == Some(folder.as_path()));
    let names = direct.filter_map(|file| Some(file.file_name()?.to_str()?.strip_suffix(".rs")?.to_owned()));
    for name in names.filter(|name| name.starts_with(platform)) {
        let mut command = test_command(session, postgres);
        count(
            &format!("engine: {name}"),
            command.args(["--package", "engine", "--test", &name]).args(more),
            session,
            tally,
        );
    }
}

/// How many tests of one program run at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// Most tests wait for hosts and clouds rather than for a processor.
const AT_ONCE_PER_CORE: usize = 3;

fn test_command(session: &Session, postgres: Option<&Postgres>) -> Command {
    let mut command = cargo(session.paths);
    command.args(["test", "--no-fail-fast"]);
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS, (AT_ONCE_PER_CORE * cores).to_string());
    }
    if let Some(seeds) = session.seeds {
        command.env("DRYDOCK_SEEDS", seeds.to_string());
    }
    if let Some(postgres) = postgres {
        command.env("DRYDOCK_TEST_POSTGRES", postgres.url());
    }
    command
}

fn count(what: &str, command: &mut Command, session: &Session, tally: &mut Tally) {
    if session.stop.asked() {
        return;
    }
    let mut results = Results::default();
    let ended = step(what, || follow(command, &session.stop, &mut |line| results.read(line)));
    results.close();
    tally.pass(results.passed);
    tally.ignore(results.ignored);
    for name in &results.failed {
        tally.fail(name, "");
    }
    // It did not even come to a test: a compiler error, or no cargo.
    if let (Err(error), true) = (ended, results.failed.is_empty()) {
        tally.fail(what, &error.to_string());
    }
}
