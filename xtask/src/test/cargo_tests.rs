//! Runs `cargo test` and adds up what it prints.
//!
//! Plain `cargo test`, because it is on every machine. Its output is read line by line while it is shown, and a test
//! program that died without a result counts as failed.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use super::{Session, Tally, postgres::Postgres};
use crate::{
    error::{Error, Output},
    paths::files_below,
    process::{cargo, run, words},
    progress::step,
};

/// In the order in which the crates know each other, so that the first failure is the one to look at.
const PACKAGES: [&str; 8] = ["model", "remote", "cloudstack", "lab", "engine", "app", "drydock", "xtask"];

/// All tests. One crate that does not compile must not hide the results of the others, so then each runs alone.
pub fn workspace(session: &Session, postgres: Option<&Postgres>, tally: &mut Tally) {
    let compiled =
        step("compile the tests", || run(cargo(session.paths).args(["test", "--workspace", "--no-run", "--quiet"])));
    if compiled.is_ok() {
        count("tests", test_command(session, postgres).arg("--workspace"), session, tally);
    } else {
        packages(session, &PACKAGES, postgres, tally);
    }
}

pub fn packages(session: &Session, names: &[&str], postgres: Option<&Postgres>, tally: &mut Tally) {
    for name in names {
        count(&format!("tests of {name}"), test_command(session, postgres).args(["--package", name]), session, tally);
    }
}

/// The tests of the engine that play one platform's stories: `server/engine/tests/<platform>*.rs`.
pub fn engine_stories(session: &Session, platform: &str, postgres: Option<&Postgres>, tally: &mut Tally) {
    let folder = session.paths.root.join("server/engine/tests");
    let files = files_below(&folder).unwrap_or_default();
    let direct = files.iter().filter(|file| file.parent() == Some(folder.as_path()));
    let names = direct.filter_map(|file| Some(file.file_name()?.to_str()?.strip_suffix(".rs")?.to_owned()));
    for name in names.filter(|name| name.starts_with(platform)) {
        let mut command = test_command(session, postgres);
        count(&format!("engine: {name}"), command.args(["--package", "engine", "--test", &name]), session, tally);
    }
}

fn test_command(session: &Session, postgres: Option<&Postgres>) -> Command {
    let mut command = cargo(session.paths);
    command.args(["test", "--no-fail-fast"]);
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
    let ended = step(what, || follow(command, &mut results));
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

/// Shows every line and reads it too. Both outputs go through one pipe, so that they stay in order.
fn follow(command: &mut Command, results: &mut Results) -> Result<(), Error> {
    let name = words(command);
    let cannot = |source| Error::Start { command: name.clone(), source };
    let (reader, writer) = std::io::pipe().map_err(cannot)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(cannot)?).stderr(writer);
    let mut child = command.spawn().map_err(cannot)?;
    // Our own ends of the pipe would keep it open for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(cannot)? > 0 {
        let text = String::from_utf8_lossy(&line);
        eprint!("{text}");
        results.read(text.trim_end());
        line.clear();
    }
    let status = child.wait().map_err(cannot)?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: name, status, output: Output(String::new()) }) }
}

#[derive(Default)]
struct Results {
    passed: usize,
    ignored: usize,
    failed: Vec<String>,
    /// The test program whose result line is still to come.
    open: Option<String>,
}

impl Results {
    fn read(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if let Some(program) = trimmed.strip_prefix("Running ").filter(|rest| rest.ends_with(')')) {
            self.begin(program_name(program));
        } else if let Some(package) = trimmed.strip_prefix("Doc-tests ") {
            self.begin(format!("{package} (examples in its documentation)"));
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            let program = self.open.as_deref().unwrap_or("?");
            self.failed.push(format!("{program}: {name}"));
        } else if let Some(numbers) = line.strip_prefix("test result: ") {
            self.passed += number_before(numbers, " passed");
            self.ignored += number_before(numbers, " ignored");
            self.open = None;
        }
    }

    fn begin(&mut self, program: String) {
        self.close();
        self.open = Some(program);
    }

    /// A program that began and gave no result has died.
    fn close(&mut self) {
        if let Some(program) = self.open.take() {
            self.failed.push(format!("{program}: ended without a result"));
        }
    }
}

/// `unittests src/lib.rs (target/debug/deps/model-0123456789abcdef)` → `model`.
fn program_name(line: &str) -> String {
    let inside = line.rsplit_once('(').map_or(line, |(_, inside)| inside).trim_end_matches(')');
    let file = Path::new(inside).file_name().and_then(|name| name.to_str()).unwrap_or(inside);
    file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned()
}

fn number_before(text: &str, word: &str) -> usize {
    let digits = text.split(word).next().and_then(|before| before.rsplit(' ').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Results {
        let mut results = Results::default();
        text.lines().for_each(|line| results.read(line));
        results.close();
        results
    }

    #[test]
    fn results_of_several_programs_are_added_and_failures_named() {
        let results = read(
            "     Running unittests src/lib.rs (target/debug/deps/model-0123456789abcdef)\n\
             test fold::works ... ok\ntest fold::breaks ... FAILED\n\
             test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.05s\n\
             \u{20}    Running tests/ssh.rs (/elsewhere/debug/deps/ssh-0123456789abcdef)\n\
             test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.05s\n\
             \u{20}  Doc-tests model\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.05s\n",
        );
        assert_eq!((results.passed, results.ignored), (17, 2));
        assert_eq!(results.failed, ["model: fold::breaks"]);
    }

    #[test]
    fn a_program_that_died_counts_as_failed() {
        let results = read("     Running unittests src/lib.rs (target/debug/deps/model-01)\ntest a ... ok\n");
        assert_eq!(results.failed, ["model: ended without a result"]);
    }
}
