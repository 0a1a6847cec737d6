//! Reads the lines of `cargo test`: how many passed, what failed, and which program died without a word.

use std::path::Path;

/// What the test harness says after a minute.
const SLOW: &str = " has been running for over 60 seconds";

#[derive(Default)]
pub struct Results {
    pub passed: usize,
    pub ignored: usize,
    pub failed: Vec<String>,
    /// The test program whose result line is still to come.
    open: Option<String>,
    /// The last test that cargo called slow, and that has not ended since.
    slow: Option<String>,
}

impl Results {
    pub fn read(&mut self, line: &str) {
        if let Some((name, _)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) {
            self.ended(name);
        }
        let trimmed = line.trim_start();
        if let Some(program) = trimmed.strip_prefix("Running ").filter(|rest| rest.ends_with(')')) {
            self.begin(program_name(program));
        } else if let Some(package) = trimmed.strip_prefix("Doc-tests ") {
            self.begin(format!("{package} (examples in its documentation)"));
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            let program = self.open.as_deref().unwrap_or("?");
            self.failed.push(format!("{program}: {name}"));
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(SLOW)) {
            self.slow = Some(name.to_owned());
        } else if let Some(numbers) = line.strip_prefix("test result: ") {
            self.passed += number_before(numbers, " passed");
            self.ignored += number_before(numbers, " ignored");
            self.open = None;
        }
    }

    fn ended(&mut self, name: &str) {
        if self.slow.as_deref() == Some(name) {
            self.slow = None;
        }
    }

    fn begin(&mut self, program: String) {
        self.close();
        self.open = Some(program);
    }

    /// A program that began and gave no result has died.
    pub fn close(&mut self) {
        if let Some(program) = self.open.take() {
            let last = self.slow.take().map(|name| format!(", {name} was still running")).unwrap_or_default();
            self.failed.push(format!("{program}: ended without a result{last}"));
        }
        self.slow = None;
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

    #[test]
    fn a_test_that_hung_is_named() {
        let begun =
            "     Running tests/ssh.rs (target/debug/deps/ssh-01)\ntest a has been running for over 60 seconds\n";
        assert_eq!(read(begun).failed, ["ssh: ended without a result, a was still running"]);
        assert_eq!(read(&format!("{begun}test a ... ok\n")).failed, ["ssh: ended without a result"]);
    }
}
