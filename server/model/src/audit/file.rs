//! A log, or a part of it, as a file: one line of JSON about it, then one for each entry. No clock is in it, so the
//! same range is the same file whenever it is written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AuditEntry, Chain};
use crate::id::{AuditHash, AuditLogId};

/// The format of the files this version writes; it reads this one and all before.
pub const AUDIT_FORMAT: u32 = 1;

/// Which entries, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditRange {
    /// From 1.
    pub from: i64,
    /// Up to the newest, if not given.
    pub to: Option<i64>,
}

impl Default for AuditRange {
    fn default() -> Self {
        Self { from: 1, to: None }
    }
}

/// How a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuditFormat {
    /// One line of JSON each: what [`super::Verifier`] takes.
    #[default]
    Jsonl,
    /// For spreadsheets. Cannot be checked: see [`AuditEntry::csv`].
    Csv,
}

impl AuditFormat {
    /// The word for it, also the end of the file's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for AuditFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format: jsonl and csv are")]
pub struct NoSuchFormat(String);

impl FromStr for AuditFormat {
    type Err = NoSuchFormat;
    fn from_str(word: &str) -> Result<Self, NoSuchFormat> {
        [Self::Jsonl, Self::Csv]
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or_else(|| NoSuchFormat(word.chars().take(20).collect()))
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// See [`AUDIT_FORMAT`]. The name tells what kind of file this is.
    pub drydock_audit: u32,
    /// Which log.
    pub log: AuditLogId,
    /// The number of the first entry that follows.
    pub from: i64,
    /// The hash of the entry before it.
    pub before: AuditHash,
}

/// Why a file is no exported log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditFileError {
    /// There is nothing in it.
    #[error("the file is empty: an exported audit log begins with a line about the log")]
    Empty,
    /// It is one for spreadsheets.
    #[error("this is an export as CSV, which cannot be verified: export it with --format jsonl")]
    Csv,
    /// A line is not what it should be.
    #[error("line {line} is no part of an exported audit log: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A newer Drydock has written it.
    #[error("the file has format {found}; this version reads up to {AUDIT_FORMAT}: use a newer Drydock")]
    Newer {
        /// Its format.
        found: u32,
    },
}

impl AuditHead {
    /// Reads the first line.
    ///
    /// # Errors
    /// When it is none, or too new.
    pub fn read(line: &str) -> Result<Self, AuditFileError> {
        if line.starts_with(CSV_HEAD.trim_end()) {
            return Err(AuditFileError::Csv);
        }
        let head: Self = read_line(1, line)?;
        if head.drydock_audit > AUDIT_FORMAT {
            return Err(AuditFileError::Newer { found: head.drydock_audit });
        }
        if head.from < 1 {
            return Err(AuditFileError::Line { line: 1, why: format!("there is no entry {}", head.from) });
        }
        Ok(head)
    }

    /// The chain up to where the file begins. For a whole log it does not rest on what the file says.
    #[must_use]
    pub fn chain(&self) -> Chain {
        match self.from {
            1 => Chain::begin(&self.log),
            from => Chain::after(from - 1, self.before.clone()),
        }
    }
}

/// The first line of an export for spreadsheets.
pub const CSV_HEAD: &str = "seq,at,utc,who,what,subject,detail,hash\n";

impl AuditEntry {
    /// Reads one of the further lines; `number` counts from 1 and is only for the error.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(number: usize, line: &str) -> Result<Self, AuditFileError> {
        read_line(number, line)
    }

    /// A line for spreadsheets. What such a program would take for a formula gets an apostrophe in front.
    #[must_use]
    pub fn csv(&self) -> String {
        let texts = [&self.who, &self.what, &self.subject, &self.detail].map(|text| cell(text));
        format!("{},{},{},{},{}\n", self.seq, self.at.0, self.at.utc(), texts.join(","), self.hash)
    }
}

fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

fn read_line<T: for<'a> Deserialize<'a>>(number: usize, line: &str) -> Result<T, AuditFileError> {
    serde_json::from_str(line).map_err(|error| AuditFileError::Line { line: number, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::super::chain::tests::{entries, log};
    use super::*;

    #[test]
    fn an_entry_survives_being_written_and_read() {
        let entry = entries(1).remove(0);
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(AuditEntry::read(2, &line), Ok(entry));
    }

    #[test]
    fn a_head_that_promises_nonsense_is_refused() {
        let head = |from: &str| {
            format!("{{\"drydock_audit\":1,\"log\":\"{}\",\"from\":{from},\"before\":\"{}\"}}", log(), "0".repeat(64))
        };
        assert!(AuditHead::read(&head("1")).is_ok());
        for from in ["0", "-9223372036854775808", "x"] {
            assert!(matches!(AuditHead::read(&head(from)), Err(AuditFileError::Line { line: 1, .. })), "{from}");
        }
        assert_eq!(AuditHead::read(CSV_HEAD), Err(AuditFileError::Csv));
        let newer = head("1").replace("audit\":1", "audit\":9");
        assert_eq!(AuditHead::read(&newer), Err(AuditFileError::Newer { found: 9 }));
    }

    #[test]
    fn a_spreadsheet_gets_texts_and_no_formulas() {
        let entry = AuditEntry {
            who: "-ada".to_owned(),
            detail: "=cmd|' /C calc'!A0, \"quoted\"\nline".to_owned(),
            ..entries(1).remove(0)
        };
        let line = entry.csv();
        assert!(line.contains(",'-ada,request.made,,\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\nline\","), "{line}");
    }
}
