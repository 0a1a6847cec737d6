//! The browser tests: Playwright over the real binary and the lab.
//!
//! The tests find the binaries through `DRYDOCK_BINARY` and `DRYDOCK_LAB_BINARY`; results come from Playwright's JSON
//! report, not from its words.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use super::{Session, Tally};
use crate::{
    build::{Profile, binary},
    error::Error,
    paths::{Paths, files_below, read},
    process::run as run_command,
    progress::{note, step},
};

/// Which stories are told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stories {
    /// Without those that take minutes of their own, for the run of everything.
    Short,
    All,
}

/// `is_compiled`: the programs lie there already, made with all tests.
pub fn run(session: &Session, stories: Stories, is_compiled: bool, tally: &mut Tally) {
    if session.stop.asked() {
        return;
    }
    if !has_tests(session.paths) {
        tally.fail("browser tests", "there is no *.spec.ts below e2e/tests");
        return;
    }
    match binaries(session.paths, is_compiled) {
        Ok((drydock, lab)) => play(session.paths, stories, &drydock, &lab, tally),
        Err(error) => tally.check("browser tests: binaries", Err(error)),
    }
}

fn has_tests(paths: &Paths) -> bool {
    let files = files_below(&paths.e2e().join("tests")).unwrap_or_default();
    files.iter().any(|file| file.to_string_lossy().ends_with(".spec.ts"))
}

fn binaries(paths: &Paths, are_compiled: bool) -> Result<(PathBuf, PathBuf), Error> {
    let of = |name| if are_compiled { Ok(Profile::Dev.binary(paths, name)) } else { binary(paths, name, Profile::Dev) };
    Ok((of("drydock")?, of("lab")?))
}

fn play(paths: &Paths, stories: Stories, drydock: &PathBuf, lab: &PathBuf, tally: &mut Tally) {
    let report = paths.work().join("browser-report.json");
    // An old report must not speak for a run that never came to write one.
    let _ = std::fs::remove_file(&report);
    let mut command = Command::new(paths.e2e().join("node_modules/.bin/playwright"));
    command.arg("test").current_dir(paths.e2e());
    match stories {
        Stories::Short => command.args(["--grep-invert", "@long"]),
        Stories::All => command.env("DRYDOCK_PICTURES", "all"),
    };
    command.env("DRYDOCK_BINARY", drydock).env("DRYDOCK_LAB_BINARY", lab).env("DRYDOCK_BROWSER_REPORT", &report);
    let ended = step("browser tests", || run_command(&mut command));
    match read(&report).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok()) {
        Some(report) => add(&report, tally),
        None => tally.check("browser tests", ended.and(Err(no_report(&report)))),
    }
}

fn no_report(path: &std::path::Path) -> Error {
    Error::Malformed { path: path.to_path_buf(), why: "Playwright wrote no report".into() }
}

fn add(report: &Value, tally: &mut Tally) {
    let number = |name: &str| report["stats"][name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    tally.pass(number("expected") + number("flaky"));
    tally.ignore(number("skipped"));
    if number("flaky") > 0 {
        note(&format!("{} browser tests passed only when repeated", number("flaky")));
    }
    for error in report["errors"].as_array().into_iter().flatten() {
        tally.fail("browser tests", error["message"].as_str().unwrap_or("an error without words"));
    }
    for suite in report["suites"].as_array().into_iter().flatten() {
        name_failures(suite, "", tally);
    }
}

fn name_failures(suite: &Value, above: &str, tally: &mut Tally) {
    let title = [above, suite["title"].as_str().unwrap_or_default()].join(" ").trim().to_owned();
    for spec in suite["specs"].as_array().into_iter().flatten() {
        for test in spec["tests"].as_array().into_iter().flatten() {
            if test["status"] == "unexpected" {
                let project = test["projectName"].as_str().unwrap_or_default();
                let name = spec["title"].as_str().unwrap_or_default();
                tally.fail(&format!("browser ({project}): {title} › {name}"), "");
            }
        }
    }
    for inner in suite["suites"].as_array().into_iter().flatten() {
        name_failures(inner, &title, tally);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_report_is_counted_and_failures_are_named_by_project_and_title() {
        let report = json!({
            "stats": {"expected": 3, "unexpected": 1, "flaky": 0, "skipped": 2},
            "suites": [{"title": "run.spec.ts", "specs": [], "suites": [{"title": "a run", "specs": [
                {"title": "shows its log", "tests": [{"projectName": "hydrated", "status": "unexpected"},
                                                     {"projectName": "no-js", "status": "expected"}]}]}]}],
        });
        let mut tally = Tally::default();
        add(&report, &mut tally);
        assert_eq!(tally.line(), "3 passed, 1 failed");
        assert_eq!(tally.failures(), ["browser (hydrated): run.spec.ts a run › shows its log"]);
        assert_eq!(tally.ignored(), 2);
    }
}
