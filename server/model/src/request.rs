//! A person's wish to have a plan run, and what people have decided about it. When enough have agreed is
//! [`policy`](crate::policy)'s to say.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::id::{EnvironmentId, PersonId, PlanDigest, PolicyDigest, RequestId, RunId};
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
    /// Who asked and whoever made the plan anew. Their decisions do not count.
    pub makers: BTreeSet<PersonId>,
    /// Why, in the requester's words; may be empty.
    pub reason: String,
    /// The change ticket it belongs to; may be empty.
    pub ticket: String,
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

/// Why somebody asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Why {
    /// In their own words; may be empty.
    pub reason: String,
    /// The change ticket it belongs to; may be empty.
    pub ticket: String,
}

impl From<&str> for Why {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), ticket: String::new() }
    }
}

/// A person's decision on one plan digest under one state of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: PersonId,
    /// Login name.
    pub by_name: String,
    /// On which plan.
    pub digest: PlanDigest,
    /// Under which policies.
    pub policy: PolicyDigest,
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
