//! Whether a log, in the database or in a file, is what it was.

use std::collections::BTreeSet;
use std::io::BufRead;

use model::audit::{
    AuditEntry, AuditFileError, AuditHead, AuditRange, Checked, Checkpoint, CheckpointError, Flaw, Verifier,
};
use model::id::{AuditKey, AuditLogId};

use super::key::is_signed;
use crate::EngineError;

/// What is wrong, in one line that names the entry.
#[derive(Debug, thiserror::Error)]
pub enum AuditProblem {
    /// With the log.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// The database has given out more numbers than there are entries.
    #[error("the end is missing: the log ends with entry {last}, but {recorded} were recorded")]
    Short {
        /// The last entry there is.
        last: i64,
        /// How many there were.
        recorded: i64,
    },
    /// With the file.
    #[error(transparent)]
    File(#[from] AuditFileError),
    /// The file does not begin where it was expected to.
    #[error("the file begins with entry {found}, not with {expected}; if that is meant, say --from {found}")]
    Begins {
        /// Where it begins.
        found: i64,
        /// Where it should.
        expected: i64,
    },
    /// The file does not end where it was expected to.
    #[error("the file ends with entry {found}, not with {expected}")]
    Ends {
        /// Where it ends.
        found: i64,
        /// Where it should.
        expected: i64,
    },
    /// With a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Nothing to hold the log against.
    #[error("there is no checkpoint in the file of checkpoints")]
    NoCheckpoint,
    /// Somebody has changed it, or made it up.
    #[error("the checkpoint in line {line} (entry {seq}) is forged: its signature is not good")]
    Forged {
        /// From 1.
        line: usize,
        /// Of which entry.
        seq: i64,
    },
    /// Signed, but by whom?
    #[error(
        "the checkpoint in line {line} (entry {seq}) was signed with the key {key}, which is not one to be believed; --key adds one"
    )]
    OtherKey {
        /// From 1.
        line: usize,
        /// Of which entry.
        seq: i64,
        /// With what it was signed.
        key: AuditKey,
    },
    /// Of another database.
    #[error("the checkpoint in line {line} is of another log: of {found}, while this is {log}")]
    OtherLog {
        /// From 1.
        line: usize,
        /// Of which it is.
        found: AuditLogId,
        /// The one looked at.
        log: AuditLogId,
    },
    /// A file cannot be read to its end.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The database did not do as asked.
    #[error("{}", .0.refusal())]
    Engine(#[from] EngineError),
}

/// Checkpoints with good signatures.
#[derive(Debug, Default)]
pub struct Checkpoints(Vec<(usize, Checkpoint)>);

impl Checkpoints {
    /// Reads the file of a place, or what a syslog server made of it: other lines do not matter. If `keys` are given, no
    /// other is believed.
    ///
    /// # Errors
    /// When there is none, or one is not good.
    pub fn read(lines: impl BufRead, keys: &[AuditKey]) -> Result<Self, AuditProblem> {
        let mut found = Vec::new();
        for (at, line) in lines.lines().enumerate() {
            let line_number = at + 1;
            let Some(checkpoint) = Checkpoint::find(line_number, &line?)? else { continue };
            let (line, seq) = (line_number, checkpoint.statement.seq);
            if !is_signed(&checkpoint) {
                return Err(AuditProblem::Forged { line, seq });
            }
            if !keys.is_empty() && !keys.contains(&checkpoint.statement.key) {
                return Err(AuditProblem::OtherKey { line, seq, key: checkpoint.statement.key });
            }
            found.push((line, checkpoint));
        }
        if found.is_empty() { Err(AuditProblem::NoCheckpoint) } else { Ok(Self(found)) }
    }

    /// Those of this log.
    ///
    /// # Errors
    /// When one is of another: somebody has mixed something up.
    pub(super) fn of(&self, log: &AuditLogId) -> Result<Vec<Checkpoint>, AuditProblem> {
        match self.0.iter().find(|(_, checkpoint)| checkpoint.statement.log != *log) {
            Some((line, other)) => {
                let found = other.statement.log.clone();
                Err(AuditProblem::OtherLog { line: *line, found, log: log.clone() })
            }
            None => Ok(self.0.iter().map(|(_, checkpoint)| checkpoint.clone()).collect()),
        }
    }

    /// What they were signed with.
    pub(super) fn keys(&self) -> BTreeSet<AuditKey> {
        self.0.iter().map(|(_, checkpoint)| checkpoint.statement.key.clone()).collect()
    }
}

/// A log in which nothing is wrong, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which.
    pub log: AuditLogId,
    /// What was looked at.
    pub checked: Checked,
    /// What its checkpoints were signed with.
    pub keys: BTreeSet<AuditKey>,
    /// How many checkpoints speak of entries after the last that was to be looked at.
    pub later: usize,
}

/// Checks an exported log, line by line: it may be longer than the memory.
///
/// `range` is what the file should hold. It is not taken from the file: who has cut off one end would say that it was meant.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_file(
    mut lines: impl BufRead,
    range: AuditRange,
    checkpoints: &Checkpoints,
) -> Result<Verified, AuditProblem> {
    let mut text = String::new();
    if lines.read_line(&mut text)? == 0 {
        return Err(AuditFileError::Empty.into());
    }
    let head = AuditHead::read(text.trim_end())?;
    if head.from != range.from {
        return Err(AuditProblem::Begins { found: head.from, expected: range.from });
    }
    let to = range.to.unwrap_or(i64::MAX);
    let (within, later): (Vec<_>, Vec<_>) =
        checkpoints.of(&head.log)?.into_iter().partition(|checkpoint| checkpoint.statement.seq <= to);
    let mut verifier = Verifier::new(head.chain(), within)?;
    for number in 2.. {
        text.clear();
        if lines.read_line(&mut text)? == 0 {
            break;
        }
        let entry = AuditEntry::read(number, text.trim_end())?;
        if entry.seq > to {
            break;
        }
        verifier.take(&entry)?;
    }
    let checked = verifier.finish()?;
    match range.to {
        Some(expected) if checked.last != expected => Err(AuditProblem::Ends { found: checked.last, expected }),
        Some(_) | None => Ok(Verified { log: head.log, checked, keys: checkpoints.keys(), later: later.len() }),
    }
}
