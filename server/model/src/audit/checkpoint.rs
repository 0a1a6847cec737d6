//! How far a log had come, signed, to be kept elsewhere.

use serde::{Deserialize, Serialize};

use super::chain::framed;
use crate::id::{AuditHash, AuditKey, AuditLogId, AuditSignature};
use crate::time::Timestamp;

/// The format of the checkpoints this version writes.
pub const CHECKPOINT_FORMAT: u32 = 1;

/// As in [`super::link`].
const CHECKPOINT: &str = "drydock audit checkpoint 1\n";

/// How a checkpoint begins, wherever it was written to.
const BEGINS: &str = "{\"drydock_checkpoint\":";

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Which log.
    pub log: AuditLogId,
    /// The number of its last entry.
    pub seq: i64,
    /// The hash of that entry, and with it of all before.
    pub hash: AuditHash,
    /// When it was signed.
    pub at: Timestamp,
    /// The server that has signed.
    pub instance: String,
    /// Its key. Whether that is one to be believed is for who checks to say.
    pub key: AuditKey,
}

impl Statement {
    /// The bytes that are signed: made as those under the hash of an entry, of all fields in their order.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let (seq, at) = (self.seq.to_string(), self.at.0.to_string());
        let fields = [self.log.as_str(), &seq, self.hash.as_str(), &at, self.instance.as_str(), self.key.as_str()];
        framed(CHECKPOINT, &fields)
    }
}

/// A signed statement that a log had come so far. Each covers everything before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// See [`CHECKPOINT_FORMAT`]. The first field: see [`Checkpoint::find`].
    pub drydock_checkpoint: u32,
    /// What is signed.
    #[serde(flatten)]
    pub statement: Statement,
    /// Over [`Statement::message`].
    pub signature: AuditSignature,
}

/// What begins as a checkpoint and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It was damaged.
    #[error("the checkpoint in line {line} cannot be read: {why}")]
    Unreadable {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A newer Drydock has written it.
    #[error(
        "the checkpoint in line {line} has format {found}; this version reads up to {CHECKPOINT_FORMAT}: use a newer Drydock"
    )]
    Newer {
        /// From 1.
        line: usize,
        /// Its format.
        found: u32,
    },
}

impl Checkpoint {
    /// One line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a checkpoint is numbers and texts")
    }

    /// The checkpoint in a line of a file; `None` if there is none in it. What stands before it does not matter, so that the
    /// file of a syslog server can be read as it is. `number` counts from 1 and is only for the error.
    ///
    /// # Errors
    /// When what begins as a checkpoint is none.
    pub fn find(number: usize, line: &str) -> Result<Option<Self>, CheckpointError> {
        let Some(at) = line.find(BEGINS) else { return Ok(None) };
        let unreadable = |why: serde_json::Error| CheckpointError::Unreadable { line: number, why: why.to_string() };
        let found: Self = serde_json::from_str(&line[at..]).map_err(unreadable)?;
        if found.drydock_checkpoint > CHECKPOINT_FORMAT {
            return Err(CheckpointError::Newer { line: number, found: found.drydock_checkpoint });
        }
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn checkpoint() -> Checkpoint {
        let statement = Statement {
            log: AuditLogId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap(),
            seq: 7,
            hash: AuditHash::new("a".repeat(64)).unwrap(),
            at: Timestamp(1_700_000_000_000),
            instance: "drydock-1".to_owned(),
            key: AuditKey::new("b".repeat(64)).unwrap(),
        };
        Checkpoint { drydock_checkpoint: 1, statement, signature: AuditSignature::new("c".repeat(128)).unwrap() }
    }

    #[test]
    fn a_checkpoint_is_found_in_the_file_of_a_syslog_server() {
        let line = format!("Nov 22 01:29:03 box drydock[17]: {}\n", checkpoint().line());
        assert_eq!(Checkpoint::find(1, &line), Ok(Some(checkpoint())));
        assert_eq!(Checkpoint::find(1, "Nov 22 01:29:03 box cron[4]: {}"), Ok(None));
    }

    #[test]
    fn a_torn_or_a_newer_checkpoint_is_no_silence() {
        let line = checkpoint().line();
        let torn = Checkpoint::find(3, &line[..90]).unwrap_err().to_string();
        assert!(torn.contains("line 3"), "{torn}");
        let newer = line.replace("\"drydock_checkpoint\":1", "\"drydock_checkpoint\":2");
        assert_eq!(Checkpoint::find(3, &newer), Err(CheckpointError::Newer { line: 3, found: 2 }));
    }

    #[test]
    fn every_field_is_signed() {
        let signed = checkpoint().statement;
        let others = [
            Statement { log: AuditLogId::new("9c2f1d5e-0f8c-4c62-9a35-1f5b8a1f0a11").unwrap(), ..signed.clone() },
            Statement { seq: 8, ..signed.clone() },
            Statement { hash: AuditHash::new("d".repeat(64)).unwrap(), ..signed.clone() },
            Statement { at: Timestamp(1), ..signed.clone() },
            Statement { instance: "drydock-2".to_owned(), ..signed.clone() },
            Statement { key: AuditKey::new("d".repeat(64)).unwrap(), ..signed.clone() },
        ];
        for other in others {
            assert_ne!(other.message(), signed.message(), "{other:?}");
        }
    }
}
