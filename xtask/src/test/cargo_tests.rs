//! Runs `cargo test` and adds up what it prints.
//!
//! Plain `cargo test`, because it is on every machine. Its output is read line by line while it is shown; a test program
//! that died without a result counts as failed, and one that hangs is ended. It runs one test program after the other,
//! so all tests are shared out between several of them.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use super::{Session, Tally, crew::Job, follow::follow, postgres::Postgres, results::Results};
use crate::{
    cfy,
    error::Error,
    paths::files_below,
    process::{capture, cargo, run},
    progress::{chain, step},
};

/// In the order in which the crates know each other, so that the first failure is the one to look at.
const PACKAGES: [&str; 10] =
    ["model", "remote", "cloudify", "cloudstack", "open_vstorage", "lab", "engine", "app", "drydock", "xtask"];

/// Compiles all tests, and with them the programs that browser tests start.
pub fn compile(session: &Session) -> Result<(), Error> {
    step("compile the tests", || run(cargo(session.paths).args(["test", "--workspace", "--no-run", "--quiet"])))
}

/// All tests but [`chaos`], dealt out.
pub fn workspace<'a>(session: &'a Session, postgres: Option<&'a Postgres>) -> Vec<Job<'a>> {
    let shares = match integration_tests(session) {
        Ok(names) => shares(&names),
        Err(error) => return vec![Box::new(move |tally| tally.fail("tests", &chain(&error)))],
    };
    let all = shares.len();
    let job = |(number, targets): (usize, Vec<String>)| -> Job<'a> {
        Box::new(move |tally| {
            let mut command = test_command(session, postgres);
            command.arg("--workspace").args(targets);
            count(&format!("tests, part {} of {all}", number + 1), &mut command, session, tally);
        })
    };
    shares.into_iter().enumerate().map(job).collect()
}

/// All tests of one crate after the other, the engine with its chaos: one that does not compile must not hide the results
/// of the others.
pub fn one_by_one(session: &Session, postgres: Option<&Postgres>, tally: &mut Tally) {
    packages(session, &PACKAGES, postgres, tally);
}

/// With a feature that nothing else in the workspace may be built with. Of the whole workspace all the same: of one
/// package alone, everything that we depend on would be compiled once more, with fewer features.
pub fn chaos(session: &Session, postgres: Option<&Postgres>, tally: &mut Tally) {
    let mut command = test_command(session, postgres);
    command.args(["--workspace", "--features", "engine/lab", "--test", "chaos"]);
    count("engine: chaos", &mut command, session, tally);
}

/// Into how many the tests below `tests/` are dealt: so many that all end at about the same time, and so few that cargo
/// is not asked all the time.
const DEALT: usize = 10;

/// The tests beside the code first, because they take longest; then the others in turn, so that neighbours, which are
/// alike, are apart; then the examples in the documentation, of which cargo wants to hear alone.
fn shares(names: &BTreeSet<String>) -> Vec<Vec<String>> {
    let mut dealt = [const { Vec::new() }; DEALT];
    for (number, name) in names.iter().enumerate() {
        dealt[number % DEALT].extend(["--test".to_owned(), name.clone()]);
    }
    let mut shares = vec![vec!["--lib".to_owned(), "--bins".to_owned()]];
    shares.extend(dealt.into_iter().filter(|share| !share.is_empty()));
    shares.push(vec!["--doc".to_owned()]);
    shares
}

/// Names of the test programs below `tests/` of all packages that need no feature.
fn integration_tests(session: &Session) -> Result<BTreeSet<String>, Error> {
    let said = capture(cargo(session.paths).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let malformed = |why: &str| Error::Malformed { path: "cargo metadata".into(), why: why.to_owned() };
    let known: Value = serde_json::from_str(&said).map_err(|error| malformed(&error.to_string()))?;
    let packages = known["packages"].as_array().ok_or_else(|| malformed("it names no packages"))?;
    let targets = packages.iter().filter_map(|package| package["targets"].as_array()).flatten();
    let plain = targets.filter(|target| target["kind"][0] == "test" && target["required-features"].is_null());
    Ok(plain.filter_map(|target| Some(target["name"].as_str()?.to_owned())).collect())
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

/// Most tests wait for hosts and clouds rather than for a processor; and of everything several programs run at once.
const MORE_THAN_CORES: usize = 1;

fn test_command(session: &Session, postgres: Option<&Postgres>) -> Command {
    let mut command = cargo(session.paths);
    command.args(["test", "--no-fail-fast"]);
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        command.env(THREADS, (MORE_THAN_CORES + cores).to_string());
    }
    if let Some(seeds) = session.seeds {
        command.env("DRYDOCK_SEEDS", seeds.to_string());
    }
    if let Some(postgres) = postgres {
        command.env("DRYDOCK_TEST_POSTGRES", postgres.url());
    }
    // Set whether it is there or not: a test that finds nothing fails, and says how to install it.
    if std::env::var_os(cfy::VARIABLE).is_none() {
        command.env(cfy::VARIABLE, cfy::program(session.paths));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_program_is_in_one_share_and_neighbours_are_apart() {
        let names: BTreeSet<String> = ('a'..='k').map(String::from).collect();
        let shares = shares(&names);
        assert_eq!(shares.first().unwrap(), &["--lib", "--bins"]);
        assert_eq!(shares[1], ["--test", "a", "--test", "k"]);
        assert_eq!(shares[2], ["--test", "b"]);
        assert_eq!(shares.last().unwrap(), &["--doc"]);
        assert_eq!(shares.len(), DEALT + 2);
    }
}
