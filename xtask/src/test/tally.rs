//! Adds up results of very different test programs.

use crate::{
    error::Error,
    progress::{chain, note},
};

#[derive(Default)]
pub struct Tally {
    passed: usize,
    failed: Vec<String>,
    ignored: usize,
}

impl Tally {
    /// Counts one check that either holds or says why not.
    pub fn check(&mut self, name: &str, result: Result<(), Error>) {
        match result {
            Ok(()) => self.pass(1),
            Err(error) => self.fail(name, &chain(&error)),
        }
    }

    /// Counts a preparation only when it fails: that it worked says nothing about Drydock.
    pub fn need(&mut self, name: &str, result: Result<(), Error>) {
        if let Err(error) = result {
            self.fail(name, &chain(&error));
        }
    }

    pub fn pass(&mut self, count: usize) {
        self.passed += count;
    }

    pub fn ignore(&mut self, count: usize) {
        self.ignored += count;
    }

    pub fn fail(&mut self, name: &str, why: &str) {
        if !why.is_empty() {
            note(&format!("{name}: {why}"));
        }
        self.failed.push(name.to_owned());
    }

    /// What was counted beside this.
    pub fn take_in(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.ignored += other.ignored;
    }

    pub fn failures(&self) -> &[String] {
        &self.failed
    }

    pub fn ignored(&self) -> usize {
        self.ignored
    }

    pub fn line(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_checks_and_tests_alike() {
        let mut tally = Tally::default();
        tally.pass(3);
        tally.check("formatting", Ok(()));
        tally.check("lints", Err(Error::Interrupted));
        assert_eq!(tally.line(), "4 passed, 1 failed");
        assert_eq!(tally.failures(), ["lints"]);
    }

    #[test]
    fn what_was_counted_beside_it_is_neither_lost_nor_counted_twice() {
        let (mut tally, mut beside) = (Tally::default(), Tally::default());
        tally.fail("browser", "");
        beside.pass(2);
        beside.ignore(1);
        beside.fail("chaos", "");
        tally.take_in(beside);
        assert_eq!(tally.line(), "2 passed, 2 failed");
        assert_eq!((tally.failures(), tally.ignored()), (["browser".to_owned(), "chaos".to_owned()].as_slice(), 1));
    }
}
