//! The evidence pack of a run: one file with everything that was asked, agreed to, seen and done, for somebody who has no
//! Drydock.
//!
//! It is a ZIP of members ([`name`]), of a [`Manifest`] with the SHA-256 of each, and of a signature over the manifest. What
//! stands in the members is in [`parts`](self::EvidenceRequest); [`Case`] is what [`page`] makes a page of; what must hold
//! between the members is checked by [`Follow`] and [`Links`].

mod check;
mod difference;
mod page;
mod parts;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use check::{Follow, Links, Mismatch, Signatures};
pub use difference::{Difference, differences};
pub use page::{Case, Excerpt, SHOWN_EVENTS, SHOWN_OUTPUT, SHOWN_WHOLE, page};
pub use parts::{AuditLine, Decisions, EventLine, EvidenceRequest, Look, OutputPlace, Printed};

use crate::environment::{Platform, RiskClass};
use crate::event::Outcome;
use crate::id::{AuditKey, AuditLogId, EnvironmentId, PlanDigest, RequestId, RunId};
use crate::procedure::Procedure;
use crate::time::Timestamp;

/// The format of the packs this version makes; it reads this one and all before.
pub const EVIDENCE_FORMAT: u32 = 1;

/// A program of one file that checks a pack with nothing but Python 3. It is a member, too.
pub const SCRIPT: &str = include_str!("verify.py");

/// Stands in front of the manifest when it is signed: see [`message`].
const SIGNED: &str = "drydock evidence manifest 1\n";

/// What the members are called.
pub mod name {
    /// [`Manifest`](super::Manifest), as one JSON value. No member of itself.
    pub const MANIFEST: &str = "manifest.json";
    /// The signature over the manifest as 128 hexadecimal digits, and a newline. No member of it either.
    pub const SIGNATURE: &str = "manifest.sig";
    /// Everything, to be read by people.
    pub const PAGE: &str = "index.html";
    /// [`EvidenceRequest`](super::EvidenceRequest).
    pub const REQUEST: &str = "request.json";
    /// The plan as its canonical JSON: the SHA-256 of this very file is what was approved.
    pub const PLAN: &str = "plan.json";
    /// What was looked at before, as a list of [`Precheck`](crate::precheck::Precheck).
    pub const PRECHECKS: &str = "prechecks.json";
    /// [`Decisions`](super::Decisions).
    pub const APPROVALS: &str = "approvals.json";
    /// What people said about the request up to when the pack was made, as a list of [`Comment`](crate::comment::Comment). Packs
    /// of older versions do not have it.
    pub const COMMENTS: &str = "comments.json";
    /// That the run was started without its approvals, and its review if there is one: a
    /// [`BrokenGlass`](crate::policy::BrokenGlass). Not there where it was started with them.
    pub const REVIEW: &str = "review.json";
    /// What the policies asked for when the run was started, as its canonical JSON: its SHA-256 is what decisions name. Not
    /// there where it was not recorded.
    pub const POLICY: &str = "policy.json";
    /// Every event of the run, one [`EventLine`](super::EventLine) a line.
    pub const EVENTS: &str = "events.jsonl";
    /// [`Look`](super::Look): the environment before the run.
    pub const BEFORE: &str = "inventory-before.json";
    /// [`Look`](super::Look): the environment after it.
    pub const AFTER: &str = "inventory-after.json";
    /// The entries of the audit log about this run and its request, one [`AuditLine`](super::AuditLine) a line.
    pub const AUDIT: &str = "audit.jsonl";
    /// A checkpoint of each of these entries: what an export of the whole log can be held against.
    pub const CHECKPOINTS: &str = "checkpoints.jsonl";
    /// [`SCRIPT`](super::SCRIPT).
    pub const SCRIPT: &str = "verify.py";
    /// What each command printed, a file for each try and pipe, lies below this folder.
    pub const OUTPUT: &str = "output/";
}

/// What a pack is of, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`EVIDENCE_FORMAT`]. The name tells what kind of file this is.
    pub drydock_evidence: u32,
    /// Which run.
    pub run: RunId,
    /// The request it came from.
    pub request: RequestId,
    /// Where it ran.
    pub environment: EnvironmentId,
    /// What the environment was called.
    pub environment_name: String,
    /// Which platform.
    pub platform: Platform,
    /// How bad it would have been.
    pub risk: RiskClass,
    /// What was done.
    pub procedure: Procedure,
    /// What was approved.
    pub plan: PlanDigest,
    /// How the run ended; `None`: it was not over when the pack was made.
    pub outcome: Option<Outcome>,
    /// The number of the last event in the pack.
    pub events: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Login name of who took it.
    pub made_by: String,
    /// The server that has made it.
    pub instance: String,
    /// Which audit log its entries are of.
    pub log: AuditLogId,
    /// What it is signed with. Whether that is a key to be believed is for who checks to say.
    pub key: AuditKey,
    /// Everything else in the pack, but the signature.
    pub members: Vec<Member>,
}

/// A file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where it stands.
    pub name: String,
    /// How many bytes it has.
    pub length: u64,
    /// SHA-256 over them, as 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Counts and digests what goes by.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    length: u64,
    hash: Sha256,
}

impl Sum {
    /// The next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// How many there were so far.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// All of them, as a member of that name.
    #[must_use]
    pub fn member(self, name: &str) -> Member {
        Member { name: name.to_owned(), length: self.length, sha256: hex::encode(self.hash.finalize()) }
    }
}

/// Why a text is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is something else.
    #[error("it is no manifest of an evidence pack: {0}")]
    Unreadable(String),
    /// A newer Drydock has written it.
    #[error("the pack has format {found}; this version reads up to {EVIDENCE_FORMAT}: use a newer Drydock")]
    Newer {
        /// Its format.
        found: u32,
    },
}

impl Manifest {
    /// Reads the member of that name.
    ///
    /// # Errors
    /// When it is none, or too new.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Format {
            drydock_evidence: u32,
        }
        let unreadable = |error: serde_json::Error| ManifestError::Unreadable(error.to_string());
        let Format { drydock_evidence: found } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if found > EVIDENCE_FORMAT {
            return Err(ManifestError::Newer { found });
        }
        serde_json::from_slice(bytes).map_err(unreadable)
    }

    /// How it stands with the run, in words.
    #[must_use]
    pub fn outcome_words(&self) -> &'static str {
        match self.outcome {
            None => "not over when this was made",
            Some(Outcome::Succeeded) => "succeeded",
            Some(Outcome::WithErrors) => "done with errors",
            Some(Outcome::Incomplete) => "done in part",
            Some(Outcome::Failed) => "failed",
            Some(Outcome::Aborted) => "aborted",
        }
    }
}

/// What is signed: a line that says what it is, then the bytes of the manifest as they are. So a signature under a checkpoint
/// of the audit log, made with the same key, never passes for one of these.
#[must_use]
pub fn message(manifest: &[u8]) -> Vec<u8> {
    [SIGNED.as_bytes(), manifest].concat()
}

/// Where the output of one try of a step to one pipe stands. A step's id may hold anything that a path may, so it is made tame;
/// the number keeps names apart.
#[must_use]
pub fn output_name(number: usize, printed: &Printed) -> String {
    let tame = |text: &str| -> String {
        let tame = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '.' };
        let tamed: String = text.chars().map(tame).take(80).collect();
        tamed.trim_matches('.').to_owned()
    };
    let pipe = match printed.stream {
        crate::event::Stream::Stdout => "stdout",
        crate::event::Stream::Stderr => "stderr",
    };
    let (step, host) = (tame(printed.step.as_str()), tame(printed.host.as_str()));
    format!("{}{number:04}_{step}_try{}_{host}.{pipe}.txt", name::OUTPUT, printed.attempt)
}
