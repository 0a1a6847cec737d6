//! Where a command gets a password from: never from its arguments, which other users of the machine can see.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use super::Failure;
use crate::output::note;

/// The first line of the file, or of standard input.
pub fn read(file: Option<&Path>) -> Result<String, Failure> {
    let from = file.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let failed = |problem: String| Failure::Password { from: from.clone(), problem };
    let line = match file {
        Some(path) => std::fs::read_to_string(path).map(|text| text.lines().next().unwrap_or_default().to_owned()),
        None => read_line(),
    };
    let line = line.map_err(|error| failed(error.to_string()))?;
    if line.is_empty() { Err(failed("the first line is empty".to_owned())) } else { Ok(line) }
}

fn read_line() -> std::io::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        note("Password (it will be visible; --password-file avoids that):");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
