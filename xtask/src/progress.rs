//! What the person at the terminal sees: one line per long step, with its time.
//!
//! Progress goes to stderr, results (the closing count, tables, addresses) to stdout, so that results can be piped.

use std::{
    error::Error as _,
    io::{Write, stdout},
    time::Instant,
};

use crate::error::Error;

/// Does one long step and says when it began and how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    eprintln!("==> {what}");
    let started = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("    {what}: {outcome} after {:.1} s", started.elapsed().as_secs_f64());
    result
}

pub fn note(text: &str) {
    eprintln!("    {text}");
}

/// A line that is the answer of the command.
pub fn answer(line: &str) {
    // Somebody who pipes us into `head` is not an error.
    let _ = writeln!(stdout(), "{line}");
}

/// An error with its causes, once.
pub fn complain(error: &Error) {
    eprintln!("error: {}", chain(error));
}

pub fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}
