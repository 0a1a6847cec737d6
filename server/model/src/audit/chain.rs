//! The chain itself: what the hash of an entry is over, and what it means when one does not fit.

use sha2::{Digest, Sha256};

use super::AuditEntry;
use crate::id::{AuditHash, AuditLogId};
use crate::time::Timestamp;

/// Stand at the beginning of what is hashed or signed, so that the bytes of one kind never pass for another.
const LOG: &str = "drydock audit log 1\n";
const ENTRY: &str = "drydock audit entry 1\n";

/// An entry without its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// Counts up without gaps.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// See [`AuditEntry::who`].
    pub who: &'a str,
    /// See [`AuditEntry::what`].
    pub what: &'a str,
    /// See [`AuditEntry::subject`].
    pub subject: &'a str,
    /// See [`AuditEntry::detail`].
    pub detail: &'a str,
}

/// The hash of an entry: SHA-256 over a line that says what this is, then the hash before, number, milliseconds, who,
/// what, subject and detail, each with its length in bytes in front (8 bytes, the highest first), numbers in decimal.
#[must_use]
pub fn link(before: &AuditHash, content: &Content<'_>) -> AuditHash {
    let (seq, at) = (content.seq.to_string(), content.at.0.to_string());
    digest(&framed(ENTRY, &[before.as_str(), &seq, &at, content.who, content.what, content.subject, content.detail]))
}

impl AuditHash {
    /// What stands before the first entry of a log: a hash of its id, so that no entry fits into another log.
    #[must_use]
    pub fn origin(log: &AuditLogId) -> Self {
        digest(&framed(LOG, &[log.as_str()]))
    }

    /// For what is stored where a hash should be and is none: it fits no entry, so a verification stops there.
    #[must_use]
    pub fn unfit() -> Self {
        Self::new("0".repeat(64)).expect("zeros are hexadecimal digits")
    }
}

fn digest(bytes: &[u8]) -> AuditHash {
    AuditHash::new(hex::encode(Sha256::digest(bytes))).expect("SHA-256 in hexadecimal is an audit hash")
}

/// A line that says what it is, then the fields: the lengths keep one field from passing for the end of another.
pub(super) fn framed(domain: &str, fields: &[&str]) -> Vec<u8> {
    let mut bytes = domain.as_bytes().to_vec();
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field.as_bytes());
    }
    bytes
}

/// Why an entry cannot stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Its hash is not that of what it says after the entry before.
    #[error("entry {seq} is not what was recorded there: it was changed, or another was put in its place")]
    Changed {
        /// Which.
        seq: i64,
    },
    /// Entries are missing.
    #[error("entry {expected} is missing: the next one there is {found}")]
    Gap {
        /// The number that is due.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
    /// An entry comes too late, or once more.
    #[error("the order was changed: entry {found} stands after entry {last}")]
    Order {
        /// The number that comes.
        found: i64,
        /// The number before it.
        last: i64,
    },
}

/// Takes entries in order and tells the first that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    last: i64,
    hash: AuditHash,
}

impl Chain {
    /// Before the first entry of a log.
    #[must_use]
    pub fn begin(log: &AuditLogId) -> Self {
        Self::after(0, AuditHash::origin(log))
    }

    /// After an entry whose hash is known.
    #[must_use]
    pub const fn after(seq: i64, hash: AuditHash) -> Self {
        Self { last: seq, hash }
    }

    /// The number of the last entry; 0 before the first.
    #[must_use]
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// The hash of the last entry.
    #[must_use]
    pub const fn hash(&self) -> &AuditHash {
        &self.hash
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// When it cannot stand there; the chain stays as it was.
    pub fn take(&mut self, entry: &AuditEntry) -> Result<(), Break> {
        let expected = self.last.saturating_add(1);
        if entry.seq > expected {
            return Err(Break::Gap { expected, found: entry.seq });
        }
        if entry.seq < expected {
            return Err(Break::Order { found: entry.seq, last: self.last });
        }
        if link(&self.hash, &entry.content()) != entry.hash {
            return Err(Break::Changed { seq: entry.seq });
        }
        self.last = entry.seq;
        self.hash = entry.hash.clone();
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use proptest::prelude::*;

    use super::*;

    pub fn log() -> AuditLogId {
        AuditLogId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap()
    }

    /// A whole log of that many entries.
    pub fn entries(count: i64) -> Vec<AuditEntry> {
        let mut hash = AuditHash::origin(&log());
        let entry = |seq| {
            let (at, detail) = (Timestamp(1_700_000_000_000 + seq), format!("detail {seq}"));
            let content = Content { seq, at, who: "rita", what: "request.made", subject: "", detail: &detail };
            hash = link(&hash, &content);
            let (who, what) = (content.who.to_owned(), content.what.to_owned());
            AuditEntry { seq, at, who, what, subject: String::new(), detail: detail.clone(), hash: hash.clone() }
        };
        (1..=count).map(entry).collect()
    }

    fn first_break(entries: &[AuditEntry]) -> Option<Break> {
        let mut chain = Chain::begin(&log());
        entries.iter().find_map(|entry| chain.take(entry).err())
    }

    #[test]
    fn what_is_hashed_never_changes_or_old_logs_could_not_be_checked() {
        assert_eq!(entries(2)[1].hash.as_str(), "cf1d98f196c92eb70b14d361af69286a74f7acce3b094e085af4dd8b7ffdfefa");
    }

    #[test]
    fn a_changed_a_missing_and_a_moved_entry_are_told_apart_with_their_numbers() {
        assert_eq!(first_break(&entries(9)), None);
        let mut changed = entries(9);
        changed[4].detail.push('!');
        assert_eq!(first_break(&changed), Some(Break::Changed { seq: 5 }));
        let mut missing = entries(9);
        missing.remove(4);
        assert_eq!(first_break(&missing), Some(Break::Gap { expected: 5, found: 6 }));
        let mut repeated = entries(9);
        repeated.insert(6, repeated[2].clone());
        assert_eq!(first_break(&repeated), Some(Break::Order { found: 3, last: 6 }));
    }

    #[test]
    fn an_entry_that_was_hashed_anew_breaks_the_chain_behind_it() {
        let mut entries = entries(9);
        entries[4].detail.push('!');
        entries[4].hash = link(&entries[3].hash.clone(), &entries[4].content());
        assert_eq!(first_break(&entries), Some(Break::Changed { seq: 6 }));
    }

    #[test]
    fn no_entry_fits_into_another_log() {
        let other = AuditLogId::new("9c2f1d5e-0f8c-4c62-9a35-1f5b8a1f0a11").unwrap();
        assert_eq!(Chain::begin(&other).take(&entries(1)[0]), Err(Break::Changed { seq: 1 }));
    }

    fn change(entry: &mut AuditEntry, field: usize, with: &str) {
        match field {
            0 => entry.at.0 += 1,
            1 => entry.who.push_str(with),
            2 => entry.what.push_str(with),
            3 => entry.subject.push_str(with),
            4 => entry.detail.push_str(with),
            // From the end of one field to the beginning of the next: together they read as before.
            _ => {
                let moved = entry.what.pop().unwrap();
                entry.subject.insert(0, moved);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_changed_in_whichever_entry_is_told_at_that_entry(at in 0_usize..9, field in 0_usize..6, with in ".{1,9}") {
            let mut entries = entries(9);
            change(&mut entries[at], field, &with);
            prop_assert_eq!(first_break(&entries), Some(Break::Changed { seq: i64::try_from(at).unwrap() + 1 }));
        }
    }
}
