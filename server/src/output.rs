//! What commands print: answers to standard output, everything else to standard error.

use std::io::{self, Write};

/// One line of an answer. A reader that has gone away (`| head`) is no error.
pub fn answer(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// What went wrong.
pub fn complain(problem: &str) {
    let _ = writeln!(io::stderr(), "drydock: {problem}");
}

/// A word to the person in front of the terminal.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Rows with columns as wide as their widest cell.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|cell| cell.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        answer(padded.join("  ").trim_end());
    };
    line(&head.iter().map(ToString::to_string).collect::<Vec<_>>());
    for row in rows {
        line(row);
    }
}
