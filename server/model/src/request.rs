//! A person's wish to have a plan run, and the rule that says when enough people have agreed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::id::{EnvironmentId, PersonId, PlanDigest, RequestId, RunId};
use crate::people::{Person, Role};
use crate::plan::Plan;
use crate::precheck::Precheck;
use crate::time::Timestamp;

/// A request as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Never reused.
    pub id: RequestId,
    /// Where.
    pub environment: EnvironmentId,
    /// The environment as it was when the plan was made; the plan is only good for it.
    pub settings: Environment,
    /// What will be done.
    pub plan: Plan,
    /// Its digest: what is agreed to.
    pub digest: PlanDigest,
    /// What was looked at when it was prepared.
    pub prechecks: Vec<Precheck>,
    /// Who asks.
    pub by: PersonId,
    /// Login name of who asks.
    pub by_name: String,
    /// Why, in the requester's words; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// See [`RequestState`].
    pub state: RequestState,
    /// Decisions so far, oldest first.
    pub approvals: Vec<Approval>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum RequestState {
    /// Waits for decisions, or for somebody to press start.
    Open,
    /// Taken back by the requester.
    Withdrawn,
    /// Somebody has decided against it.
    Denied,
    /// It became this run.
    Started {
        /// Which.
        run: RunId,
    },
}

/// A person's decision on one plan digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: PersonId,
    /// Login name.
    pub by_name: String,
    /// On which plan.
    pub digest: PlanDigest,
    /// Which way.
    pub decision: Decision,
    /// Why; may be empty for an approval.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Which way somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Run it.
    Approve,
    /// Do not.
    Deny,
}

/// Whether a request may be started as far as people are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// Enough people have agreed to this very plan.
    Approved {
        /// Login names.
        by: Vec<String>,
    },
    /// Not yet.
    Waiting {
        /// How many more.
        missing: usize,
        /// Login names of those who could.
        could: Vec<String>,
    },
    /// Nobody who is there could ever approve it.
    Impossible,
    /// Somebody has decided against it.
    Denied {
        /// Login name.
        by: String,
    },
}

/// How many approvals a plan needs. More policy comes with the policies page.
pub const APPROVALS_NEEDED: usize = 1;

/// Whether this person's decision on this request counts: an approver who did not ask for it (four eyes).
#[must_use]
pub fn may_decide(person: &Person, request_by: &PersonId) -> bool {
    person.may(Role::Approver) && &person.id != request_by
}

/// Where a request stands, given everybody who can log in now.
///
/// Decisions on another digest, by the requester, or by somebody who is no approver any more do not count.
#[must_use]
pub fn standing(request_by: &PersonId, digest: &PlanDigest, approvals: &[Approval], people: &[Person]) -> Standing {
    let counts = |approval: &&Approval| {
        &approval.digest == digest
            && people.iter().any(|person| person.id == approval.by && may_decide(person, request_by))
    };
    if let Some(denial) = approvals.iter().filter(counts).find(|approval| approval.decision == Decision::Deny) {
        return Standing::Denied { by: denial.by_name.clone() };
    }
    let agreed: BTreeSet<&PersonId> = approvals.iter().filter(counts).map(|approval| &approval.by).collect();
    let name = |person: &Person| person.name.clone();
    if agreed.len() >= APPROVALS_NEEDED {
        return Standing::Approved {
            by: people.iter().filter(|person| agreed.contains(&person.id)).map(name).collect(),
        };
    }
    let could: Vec<String> = people
        .iter()
        .filter(|person| may_decide(person, request_by) && !agreed.contains(&person.id))
        .map(name)
        .collect();
    let missing = APPROVALS_NEEDED - agreed.len();
    if could.len() < missing { Standing::Impossible } else { Standing::Waiting { missing, could } }
}
