//! What stands in the members of a pack.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit::AuditEntry;
use crate::environment::Environment;
use crate::event::{Event, Stream};
use crate::id::{AuditHash, HostName, PersonId, PlanDigest, PolicyDigest, RequestId, StepId};
use crate::request::{Approval, Request, RequestState};
use crate::time::Timestamp;

/// A request without what stands in members of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRequest {
    /// Which.
    pub id: RequestId,
    /// The plan that was asked for.
    pub digest: PlanDigest,
    /// Who asked.
    pub by: PersonId,
    /// Login name of who asked.
    pub by_name: String,
    /// Who asked and whoever made the plan anew.
    pub makers: BTreeSet<PersonId>,
    /// Why, in the requester's words; may be empty.
    pub reason: String,
    /// The change ticket it belongs to; may be empty.
    pub ticket: String,
    /// When the plan was made.
    pub at: Timestamp,
    /// What became of it.
    pub state: RequestState,
    /// The environment as it was when the plan was made. Secrets are references.
    pub settings: Environment,
}

impl From<&Request> for EvidenceRequest {
    fn from(request: &Request) -> Self {
        Self {
            id: request.id.clone(),
            digest: request.digest.clone(),
            by: request.by.clone(),
            by_name: request.by_name.clone(),
            makers: request.makers.clone(),
            reason: request.reason.clone(),
            ticket: request.ticket.clone(),
            at: request.at,
            state: request.state.clone(),
            settings: request.settings.clone(),
        }
    }
}

/// Who decided what, and under which policies the run was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// The plan that was started.
    pub plan: PlanDigest,
    /// What the policies asked for then; `None`: an older version did not record it.
    pub policy: Option<PolicyDigest>,
    /// Everything that was decided, oldest first; also what was about another plan, or under other policies.
    pub decisions: Vec<Approval>,
}

impl Decisions {
    /// Whether a decision was about the plan and the policies that were started.
    #[must_use]
    pub fn is_about_the_start(&self, decision: &Approval) -> bool {
        decision.digest == self.plan && self.policy.as_ref().is_none_or(|policy| *policy == decision.policy)
    }
}

/// An environment as it was seen at some time, or why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "inventory")]
pub enum Look {
    /// Somebody has looked.
    Seen {
        /// When looking began.
        taken_at: Timestamp,
        /// Milliseconds between that and the start of the run, or its end.
        apart: i64,
        /// What was seen, each value with its source and its age. Of any version: it is kept as it was written.
        facts: Value,
    },
    /// Nobody knows (invariant 4).
    Unknown {
        /// Why.
        why: String,
    },
}

impl Look {
    /// What was seen.
    #[must_use]
    pub const fn facts(&self) -> Option<&Value> {
        match self {
            Self::Seen { facts, .. } => Some(facts),
            Self::Unknown { .. } => None,
        }
    }
}

/// What one try of a step has printed to one pipe of one host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Printed {
    /// Which step.
    pub step: StepId,
    /// Which try.
    pub attempt: u32,
    /// Which host.
    pub host: HostName,
    /// Which pipe.
    pub stream: Stream,
}

/// Where the bytes of an event stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPlace {
    /// In which member.
    pub member: String,
    /// From which of its bytes on.
    pub from: u64,
    /// How many.
    pub length: u64,
}

/// An event. What it printed stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Of output: where its bytes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputPlace>,
}

/// An entry of the audit log, with what its hash is over besides itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// The hash of the entry before it.
    pub before: AuditHash,
    /// What was recorded.
    #[serde(flatten)]
    pub entry: AuditEntry,
}
