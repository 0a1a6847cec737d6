//! What must hold between the members of a pack, besides their digests: who signs a pack could have put together anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuditLine, Decisions, EventLine, EvidenceRequest, Manifest, name};
use crate::audit::{Break, Chain, Checkpoint};
use crate::event::EventKind;
use crate::export::{ExportError, Replay};
use crate::id::{AuditHash, AuditKey, RequestId};
use crate::policy::{Verify, statement};
use crate::request::RequestState;
use crate::run::Phase;

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Two members say different things.
    #[error("{member} does not fit the manifest: {what} is {found}, not {expected}")]
    Differs {
        /// Which member.
        member: &'static str,
        /// In what.
        what: &'static str,
        /// What it says.
        found: String,
        /// What the manifest says.
        expected: String,
    },
    /// A decision is not what the server has signed when it was made.
    #[error("{}: decision {number}, of {by}, is not what was signed when it was made", name::APPROVALS)]
    Decision {
        /// Counted from 1.
        number: usize,
        /// Login name.
        by: String,
    },
    /// The events do not make a run.
    #[error("{}: {}", name::EVENTS, .0)]
    Events(#[from] ExportError),
    /// The output that an event tells of is not where it should be.
    #[error("event {seq} does not fit its output: {why}")]
    Output {
        /// Its number.
        seq: i64,
        /// What is wrong.
        why: String,
    },
    /// A file of output that no event tells of, or another length.
    #[error("{member:?} has {length} bytes, but the events tell of {told}")]
    Length {
        /// Which.
        member: String,
        /// What it has.
        length: u64,
        /// What it should have.
        told: u64,
    },
    /// An entry of the audit log is not what was recorded.
    #[error("{}: {}", name::AUDIT, .0)]
    Audit(#[from] Break),
    /// A checkpoint speaks of something else.
    #[error("the checkpoint of entry {seq} does not fit: {why}")]
    Checkpoint {
        /// Of which entry.
        seq: i64,
        /// Why not.
        why: &'static str,
    },
    /// An entry that nobody has signed.
    #[error("{} has no checkpoint of entry {seq}", name::CHECKPOINTS)]
    NoCheckpoint {
        /// Which.
        seq: i64,
    },
}

/// That something is what it should be.
fn same(
    member: &'static str,
    what: &'static str,
    found: impl ToString,
    expected: impl ToString,
) -> Result<(), Mismatch> {
    let (found, expected) = (found.to_string(), expected.to_string());
    if found == expected { Ok(()) } else { Err(Mismatch::Differs { member, what, found, expected }) }
}

impl Manifest {
    /// That request and decisions are of this plan and run. `plan` and `policy` are the digests of these files as they are.
    ///
    /// # Errors
    /// The first thing that is not so.
    pub fn fits(
        &self,
        plan: &str,
        policy: Option<&str>,
        request: &EvidenceRequest,
        decisions: &Decisions,
    ) -> Result<(), Mismatch> {
        same(name::PLAN, "its digest", plan, &self.plan)?;
        same(name::REQUEST, "the request", &request.id, &self.request)?;
        same(name::REQUEST, "the digest of the plan", &request.digest, &self.plan)?;
        let run = match &request.state {
            RequestState::Started { run } => run.to_string(),
            RequestState::Open | RequestState::Withdrawn | RequestState::Denied => "none".to_owned(),
        };
        same(name::REQUEST, "the run", run, &self.run)?;
        same(name::APPROVALS, "the digest of the plan", &decisions.plan, &self.plan)?;
        let named = decisions.policy.as_ref().map_or("none", |policy| policy.as_str());
        same(name::APPROVALS, "the digest of the policies", named, policy.unwrap_or("none"))
    }
}

/// How the decisions in a pack are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures {
    /// With these keys. Whether they are to be believed is for who checks to say.
    pub keys: BTreeSet<AuditKey>,
    /// So many were recorded by a version that did not sign.
    pub without: usize,
}

impl Decisions {
    /// That each decision is what was signed when it was made.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn signatures(&self, request: &RequestId, verify: Verify) -> Result<Signatures, Mismatch> {
        let mut found = Signatures::default();
        for (number, decision) in (1..).zip(&self.decisions) {
            let Some(signed) = &decision.signed else {
                found.without += 1;
                continue;
            };
            if !verify(&signed.key, &statement(request, number, decision, &signed.key), &signed.signature) {
                return Err(Mismatch::Decision { number, by: decision.by_name.clone() });
            }
            found.keys.insert(signed.key.clone());
        }
        Ok(found)
    }
}

/// Follows the events of a pack, and the output that they tell of.
#[derive(Debug, Default)]
pub struct Follow {
    replay: Replay,
    /// How far each file of output was told of.
    told: BTreeMap<String, u64>,
}

impl Follow {
    /// Takes the next one.
    ///
    /// # Errors
    /// When it cannot come next.
    pub fn take(&mut self, manifest: &Manifest, line: &EventLine) -> Result<(), Mismatch> {
        let (seq, last) = (line.event.seq, self.replay.state.seq);
        if seq <= last {
            return Err(ExportError::Gap { expected: last + 1, found: seq }.into());
        }
        if let EventKind::Created { request, digest, .. } = &line.event.kind {
            same(name::EVENTS, "the request", request, &manifest.request)?;
            same(name::EVENTS, "the digest of the plan", digest, &manifest.plan)?;
        }
        self.replay.take(&line.event)?;
        let why = |why: &str| Mismatch::Output { seq, why: why.to_owned() };
        match (&line.event.kind, &line.output) {
            (EventKind::Output { .. }, Some(place)) => {
                let told = self.told.entry(place.member.clone()).or_default();
                if place.from != *told || !place.member.starts_with(name::OUTPUT) {
                    return Err(why("its place is not the next one in its file"));
                }
                *told = told.saturating_add(place.length);
                Ok(())
            }
            (EventKind::Output { .. }, None) => Err(why("it does not say where its output is")),
            (_, Some(_)) => Err(why("it is none that prints")),
            (_, None) => Ok(()),
        }
    }

    /// After the last one.
    ///
    /// # Errors
    /// When there should be more, the run ended otherwise, or a file of output holds something else.
    pub fn finish(mut self, manifest: &Manifest) -> Result<(), Mismatch> {
        same(name::EVENTS, "the last event", self.replay.state.seq, manifest.events)?;
        let outcome = match self.replay.state.phase {
            Phase::Over(outcome) => Some(outcome),
            Phase::Stages | Phase::Finally => None,
        };
        let word = |outcome: Option<crate::event::Outcome>| outcome.map_or("not over", crate::event::Outcome::word);
        same(name::EVENTS, "the end of the run", word(outcome), word(manifest.outcome))?;
        for member in manifest.members.iter().filter(|member| member.name.starts_with(name::OUTPUT)) {
            let told = self.told.remove(&member.name).unwrap_or(0);
            if told != member.length {
                return Err(Mismatch::Length { member: member.name.clone(), length: member.length, told });
            }
        }
        match self.told.pop_first() {
            Some((member, told)) => Err(Mismatch::Length { member, length: 0, told }),
            None => Ok(()),
        }
    }
}

/// Follows the entries of the audit log in a pack: each fits the one before it, whose hash it brings along.
#[derive(Debug, Default)]
pub struct Links {
    last: Option<(i64, AuditHash)>,
    hashes: BTreeMap<i64, AuditHash>,
}

impl Links {
    /// Takes the next entry.
    ///
    /// # Errors
    /// When it is not what was recorded, comes too late, or is of something else.
    pub fn take(&mut self, manifest: &Manifest, line: &AuditLine) -> Result<(), Mismatch> {
        let AuditLine { before, entry } = line;
        let subject = entry.subject.as_str();
        if subject != manifest.run.as_str() {
            same(name::AUDIT, "what an entry is about", subject, &manifest.request)?;
        }
        let last = self.last.as_ref().map_or(0, |(seq, _)| *seq);
        if entry.seq <= last {
            return Err(Break::Order { found: entry.seq, last }.into());
        }
        let before_it = match &self.last {
            Some((last, hash)) if last + 1 == entry.seq => hash.clone(),
            _ if entry.seq == 1 => AuditHash::origin(&manifest.log),
            _ => before.clone(),
        };
        if *before != before_it {
            return Err(Break::Changed { seq: entry.seq }.into());
        }
        Chain::after(entry.seq - 1, before_it).take(entry)?;
        self.last = Some((entry.seq, entry.hash.clone()));
        self.hashes.insert(entry.seq, entry.hash.clone());
        Ok(())
    }

    /// After the last one: that there is a checkpoint of each. Their signatures are good.
    ///
    /// # Errors
    /// When one is missing, or is of something else.
    pub fn finish(self, manifest: &Manifest, checkpoints: &[Checkpoint]) -> Result<(), Mismatch> {
        let mut signed = BTreeSet::new();
        for checkpoint in checkpoints {
            let statement = &checkpoint.statement;
            let wrong = |why| Mismatch::Checkpoint { seq: statement.seq, why };
            if statement.log != manifest.log {
                return Err(wrong("it is of another log"));
            }
            if statement.key != manifest.key {
                return Err(wrong("it was signed with another key than the pack"));
            }
            if self.hashes.get(&statement.seq) != Some(&statement.hash) {
                return Err(wrong("that is not the entry in the pack"));
            }
            signed.insert(statement.seq);
        }
        match self.hashes.keys().find(|seq| !signed.contains(seq)) {
            Some(seq) => Err(Mismatch::NoCheckpoint { seq: *seq }),
            None => Ok(()),
        }
    }
}
