//! What all policies that fit ask for together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Asked, Calendar, GlassRule, Need, Policy, StageGate, Starter, Voters, needs_words};
use crate::canonical::digest;
use crate::environment::Environment;
use crate::id::PolicyDigest;
use crate::procedure::Procedure;

/// What all policies that fit ask for together: of each thing the strictest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Which policies, with their versions, by name. Empty: the rule that holds where nobody has made one.
    pub policies: BTreeMap<String, u32>,
    /// Who has to agree; each kind of people once.
    pub needs: Vec<Need>,
    /// See [`Policy::starter`].
    pub starter: Starter,
    /// See [`Policy::denials`].
    pub denials: u16,
    /// See [`Policy::approval_lasts`].
    pub approval_lasts: Option<u32>,
    /// See [`Policy::reason`].
    pub reason: Asked,
    /// See [`Policy::ticket`].
    pub ticket: Asked,
    /// All of them have to allow it.
    pub calendars: Vec<Calendar>,
    /// How it may be started without approvals, if at all. Where it may not, it does not enter the digest: approvals of
    /// versions that did not know it still count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glass: Option<GlassRule>,
    /// Where somebody has to confirm in the middle of a run, each once. As with `glass`: without any they do not enter the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<StageGate>,
}

/// What is asked for a plan of this procedure for this environment.
#[must_use]
pub fn demand(policies: &[Policy], procedure: Procedure, environment: &Environment) -> Demand {
    let fitting: Vec<&Policy> = policies.iter().filter(|policy| policy.scope.fits(procedure, environment)).collect();
    if fitting.is_empty() {
        return Demand::of_nobody();
    }
    let mut counts: BTreeMap<&Voters, u16> = BTreeMap::new();
    for need in fitting.iter().flat_map(|policy| &policy.needs) {
        let count = counts.entry(&need.from).or_default();
        *count = need.count.max(*count);
    }
    let strictest = |asked: fn(&Policy) -> Asked| fitting.iter().map(|policy| asked(policy)).max().unwrap_or_default();
    Demand {
        policies: fitting.iter().map(|policy| (policy.name.clone(), policy.version)).collect(),
        needs: counts.into_iter().map(|(from, count)| Need { from: from.clone(), count }).collect(),
        starter: fitting.iter().map(|policy| policy.starter).max().unwrap_or_default(),
        denials: fitting.iter().map(|policy| policy.denials).min().unwrap_or(1),
        approval_lasts: fitting.iter().filter_map(|policy| policy.approval_lasts).min(),
        reason: strictest(|policy| policy.reason),
        ticket: strictest(|policy| policy.ticket),
        calendars: fitting.iter().filter_map(|policy| policy.calendar.clone()).collect(),
        glass: GlassRule::of(fitting.iter().map(|policy| policy.glass.as_ref())),
        gates: fitting
            .iter()
            .flat_map(|policy| policy.gates.iter().cloned())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
    }
}

impl Demand {
    /// Where nobody has made a policy: one approver who is not the requester.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self {
            policies: BTreeMap::new(),
            needs: vec![Need { from: Voters::Approvers, count: 1 }],
            starter: Starter::default(),
            denials: 1,
            approval_lasts: None,
            reason: Asked::default(),
            ticket: Asked::default(),
            calendars: Vec::new(),
            glass: None,
            gates: Vec::new(),
        }
    }

    /// SHA-256 over its canonical JSON: what an approval is bound to besides the plan.
    #[must_use]
    pub fn digest(&self) -> PolicyDigest {
        PolicyDigest::new(digest(self)).expect("a SHA-256 has 64 hexadecimal digits")
    }

    /// The kinds of people it asks for.
    #[must_use]
    pub fn voters(&self) -> BTreeSet<&Voters> {
        self.needs.iter().map(|need| &need.from).collect()
    }

    /// In one sentence: `2 of the approvers and 1 of the group storage`.
    #[must_use]
    pub fn words(&self) -> String {
        needs_words(&self.needs)
    }
}
