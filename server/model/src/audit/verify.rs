//! A log against its checkpoints.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::{AuditEntry, Break, Chain, Checkpoint, Statement};
use crate::time::Timestamp;

/// What is wrong with a log, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The chain does not hold.
    #[error(transparent)]
    Chain(#[from] Break),
    /// The log holds together, and is another than it was.
    #[error(
        "entry {seq} is not the one that {instance} signed on {at}: the log was written anew up to there, or an old \
         backup was put back and went on differently"
    )]
    Rewritten {
        /// Which.
        seq: i64,
        /// Who has signed.
        instance: String,
        /// When.
        at: Timestamp,
    },
    /// The log ends before what was signed.
    #[error("the end is missing: the log ends with entry {last}, but entry {signed} was signed on {at}")]
    Truncated {
        /// The last entry there is.
        last: i64,
        /// The last entry there was.
        signed: i64,
        /// When it was signed.
        at: Timestamp,
    },
}

/// A log in which nothing is wrong, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The number of its first entry.
    pub first: i64,
    /// The number of its last entry; smaller than `first` if there is none.
    pub last: i64,
    /// The last entry that a checkpoint speaks for: nobody can tell whether what followed it is missing.
    pub signed: Option<i64>,
    /// How many checkpoints were compared.
    pub compared: usize,
    /// How many speak of entries before the first, and could not be.
    pub earlier: usize,
}

/// Takes the entries of a log in order, and holds them against checkpoints.
#[derive(Debug)]
pub struct Verifier {
    chain: Chain,
    first: i64,
    /// Of this log and with good signatures, by the number of their entry.
    checkpoints: Peekable<IntoIter<Checkpoint>>,
    /// What comes after a gap is only looked at for the missing entry: it may stand in another place.
    gap: Option<(i64, i64)>,
    signed: Option<i64>,
    compared: usize,
    earlier: usize,
}

impl Verifier {
    /// From `chain` on. The checkpoints are of this log, and their signatures are good.
    ///
    /// # Errors
    /// When a checkpoint speaks of where `chain` stands, and differs.
    pub fn new(chain: Chain, mut checkpoints: Vec<Checkpoint>) -> Result<Self, Flaw> {
        checkpoints.sort_by_key(|checkpoint| checkpoint.statement.seq);
        let earlier = checkpoints.partition_point(|checkpoint| checkpoint.statement.seq < chain.last());
        let checkpoints = checkpoints.split_off(earlier).into_iter().peekable();
        let first = chain.last().saturating_add(1);
        let mut verifier = Self { chain, first, checkpoints, gap: None, signed: None, compared: 0, earlier };
        verifier.compare()?;
        Ok(verifier)
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// When it shows what is wrong. After a gap that is only known at the end.
    pub fn take(&mut self, entry: &AuditEntry) -> Result<(), Flaw> {
        if let Some((expected, found)) = self.gap {
            let is_late = entry.seq == expected;
            return if is_late { Err(Break::Order { found: expected, last: found }.into()) } else { Ok(()) };
        }
        match self.chain.take(entry) {
            Ok(()) => self.compare(),
            Err(Break::Gap { expected, found }) => {
                self.gap = Some((expected, found));
                Ok(())
            }
            Err(broken) => Err(broken.into()),
        }
    }

    /// After the last entry.
    ///
    /// # Errors
    /// When entries are missing, in the middle or at the end.
    pub fn finish(self) -> Result<Checked, Flaw> {
        if let Some((expected, found)) = self.gap {
            return Err(Break::Gap { expected, found }.into());
        }
        let last = self.chain.last();
        // The latest of them: it says how much is missing.
        if let Some(Statement { seq, at, .. }) = self.checkpoints.last().map(|checkpoint| checkpoint.statement) {
            return Err(Flaw::Truncated { last, signed: seq, at });
        }
        Ok(Checked { first: self.first, last, signed: self.signed, compared: self.compared, earlier: self.earlier })
    }

    /// Compares the checkpoints that speak of the last entry.
    fn compare(&mut self) -> Result<(), Flaw> {
        let last = self.chain.last();
        while let Some(checkpoint) = self.checkpoints.next_if(|checkpoint| checkpoint.statement.seq <= last) {
            let Statement { seq, hash, at, instance, .. } = checkpoint.statement;
            if hash != *self.chain.hash() {
                return Err(Flaw::Rewritten { seq, instance, at });
            }
            self.signed = Some(seq);
            self.compared += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::super::chain::tests::{entries, log};
    use super::super::{AuditHead, link};
    use super::*;
    use crate::id::{AuditKey, AuditSignature};

    fn signed(entry: &AuditEntry) -> Checkpoint {
        let statement = Statement {
            log: log(),
            seq: entry.seq,
            hash: entry.hash.clone(),
            at: Timestamp(0),
            instance: "drydock-1".to_owned(),
            key: AuditKey::new("b".repeat(64)).unwrap(),
        };
        Checkpoint { drydock_checkpoint: 1, statement, signature: AuditSignature::new("c".repeat(128)).unwrap() }
    }

    fn verify(entries: &[AuditEntry], checkpoints: Vec<Checkpoint>) -> Result<Checked, Flaw> {
        let mut verifier = Verifier::new(Chain::begin(&log()), checkpoints)?;
        entries.iter().try_for_each(|entry| verifier.take(entry))?;
        verifier.finish()
    }

    /// Written anew from that entry on, as who can change the log would do it.
    fn rewritten(mut entries: Vec<AuditEntry>, from: usize) -> Vec<AuditEntry> {
        entries[from].detail.push('!');
        for at in from..entries.len() {
            entries[at].hash = link(&entries[at - 1].hash.clone(), &entries[at].content());
        }
        entries
    }

    #[test]
    fn a_log_as_it_was_signed_is_whole() {
        let log = entries(9);
        let checked = verify(&log, vec![signed(&log[7]), signed(&log[3]), signed(&log[3])]).unwrap();
        assert_eq!(checked, Checked { first: 1, last: 9, signed: Some(8), compared: 3, earlier: 0 });
        assert_eq!(verify(&log, Vec::new()).unwrap().signed, None);
        assert_eq!(verify(&[], Vec::new()).unwrap().last, 0);
    }

    #[test]
    fn two_entries_that_changed_places_are_no_gap() {
        let mut log = entries(9);
        log.swap(4, 5);
        assert_eq!(verify(&log, Vec::new()), Err(Break::Order { found: 5, last: 6 }.into()));
        let mut moved = entries(9);
        let entry = moved.remove(4);
        moved.push(entry);
        assert_eq!(verify(&moved, Vec::new()), Err(Break::Order { found: 5, last: 6 }.into()));
        let mut missing = entries(9);
        missing.remove(4);
        assert_eq!(verify(&missing, Vec::new()), Err(Break::Gap { expected: 5, found: 6 }.into()));
    }

    #[test]
    fn a_log_that_was_cut_off_or_written_anew_holds_together_and_is_found_out_by_its_checkpoints() {
        let log = entries(9);
        let checkpoints = || vec![signed(&log[3]), signed(&log[7])];
        assert!(verify(&log[..5], Vec::new()).is_ok());
        let cut = verify(&log[..5], checkpoints()).unwrap_err();
        assert_eq!(cut, Flaw::Truncated { last: 5, signed: 8, at: Timestamp(0) });
        let anew = rewritten(log.clone(), 5);
        assert!(verify(&anew, Vec::new()).is_ok());
        let found = verify(&anew, checkpoints()).unwrap_err();
        assert_eq!(found, Flaw::Rewritten { seq: 8, instance: "drydock-1".to_owned(), at: Timestamp(0) });
    }

    #[test]
    fn a_part_of_a_log_is_held_against_the_checkpoint_of_the_entry_before_it() {
        let log = entries(9);
        let part = |before: &AuditEntry| {
            let head =
                AuditHead { drydock_audit: 1, log: signed(before).statement.log, from: 5, before: before.hash.clone() };
            let mut verifier = Verifier::new(head.chain(), vec![signed(&log[1]), signed(&log[3])])?;
            log[4..].iter().try_for_each(|entry| verifier.take(entry))?;
            verifier.finish()
        };
        let checked = part(&log[3]).unwrap();
        assert_eq!(checked, Checked { first: 5, last: 9, signed: Some(4), compared: 1, earlier: 1 });
        assert!(matches!(part(&log[2]), Err(Flaw::Rewritten { seq: 4, .. })));
    }
}
