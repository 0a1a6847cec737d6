//! A person's wish to have a plan run, and what people have decided about it. When enough have agreed is
//! [`policy`](crate::policy)'s to say.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::comment::OpenQuestion;
use crate::environment::Environment;
use crate::id::{EnvironmentId, PersonId, PlanDigest, PolicyDigest, RequestId, RunId};
use crate::plan::Plan;
use crate::policy::{BrokenGlass, Missing, Standing, impossible_words, missing_words};
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

/// Why an open request is no run yet (invariant 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum RequestWait {
    /// Not enough people have agreed.
    Approval {
        /// Who is still needed.
        missing: Vec<Missing>,
    },
    /// The people who are there could never agree.
    Nobody {
        /// Whom nobody is left for.
        missing: Vec<Missing>,
    },
    /// Somebody has asked something.
    Question(OpenQuestion),
    /// Nothing may begin at this time.
    Hours {
        /// In words.
        why: String,
    },
    /// A run that was started here without approvals has not been reviewed in time.
    Review {
        /// Which run.
        run: RunId,
        /// In words.
        why: String,
    },
    /// Nothing: somebody has to press start.
    Start,
}

impl RequestWait {
    /// Whether nothing starts as long as it lasts. A question does not: who asks one can withhold their agreement, or deny,
    /// and that binds. If it held up the start as well, one person who asks and goes home could keep an outage from being
    /// mended that everybody else has agreed to mend.
    #[must_use]
    pub const fn bars_start(&self) -> bool {
        match self {
            Self::Approval { .. } | Self::Nobody { .. } | Self::Hours { .. } | Self::Review { .. } => true,
            Self::Question(_) | Self::Start => false,
        }
    }

    /// One line for the page.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Approval { missing } => missing_words(missing),
            Self::Nobody { missing } => impossible_words(missing),
            Self::Question(question) if question.of.is_empty() => format!("{} has asked something", question.by),
            Self::Question(question) => format!("{} asks {}", question.by, names(question)),
            Self::Hours { why } | Self::Review { why, .. } => why.clone(),
            Self::Start => "enough people have agreed: somebody has to press start".to_owned(),
        }
    }

    /// Who or what ends the wait.
    #[must_use]
    pub fn unblocked_by(&self) -> String {
        match self {
            Self::Approval { .. } => "whoever can still agree".to_owned(),
            Self::Nobody { .. } => "an admin, who gives somebody that role or group, or changes the policy".to_owned(),
            Self::Question(question) if question.of.is_empty() => format!("{}, who has asked", question.by),
            Self::Question(question) => {
                format!("an answer from {}; or {}, who has asked", names(question), question.by)
            }
            Self::Hours { .. } => "time, or an admin who changes the policy".to_owned(),
            Self::Review { .. } => "a review by somebody who has neither started that run nor asked for it".to_owned(),
            Self::Start => "an operator".to_owned(),
        }
    }
}

fn names(question: &OpenQuestion) -> String {
    question.of.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Everything that an open request waits for; the questions last. Never empty: a request that is open always says why.
#[must_use]
pub fn waits(
    standing: &Standing,
    closed: Option<&str>,
    overdue: &[BrokenGlass],
    questions: &[OpenQuestion],
) -> Vec<RequestWait> {
    let people = match standing {
        Standing::Waiting { missing } => Some(RequestWait::Approval { missing: missing.clone() }),
        Standing::Impossible { missing } => Some(RequestWait::Nobody { missing: missing.clone() }),
        Standing::Approved { .. } | Standing::Denied { .. } => None,
    };
    let hours = closed.map(|why| RequestWait::Hours { why: why.to_owned() });
    let review = |glass: &BrokenGlass| RequestWait::Review { run: glass.run.clone(), why: glass.overdue_words() };
    let reviews = overdue.iter().map(review);
    let mut all: Vec<RequestWait> = people.into_iter().chain(hours).chain(reviews).collect();
    if all.is_empty() {
        all.push(RequestWait::Start);
    }
    all.extend(questions.iter().cloned().map(RequestWait::Question));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Voters;

    fn question(of: &[&str]) -> OpenQuestion {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        OpenQuestion { number: 3, by: "paul".into(), since: Timestamp(7), of }
    }

    fn missing() -> Vec<Missing> {
        vec![Missing { from: Voters::Approvers, count: 1, could: vec!["anna".into()] }]
    }

    #[test]
    fn a_question_is_said_and_keeps_nothing_from_starting() {
        let agreed = Standing::Approved { by: vec!["paul".into()] };
        let all = waits(&agreed, None, &[], &[question(&["rita"])]);
        assert_eq!(all, [RequestWait::Start, RequestWait::Question(question(&["rita"]))]);
        assert!(!all.iter().any(RequestWait::bars_start));
        let all = waits(&Standing::Waiting { missing: missing() }, Some("the audit"), &[], &[question(&["rita"])]);
        assert_eq!(all.iter().map(RequestWait::bars_start).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn every_wait_of_a_request_says_what_for_and_who_ends_it() {
        let run = RunId::new("2e7293a0-d168-46f3-bc29-262ddbf22474").unwrap();
        let all = [
            (RequestWait::Approval { missing: missing() }, "anna", "can still agree"),
            (RequestWait::Nobody { missing: missing() }, "nobody could ever", "an admin"),
            (RequestWait::Question(question(&["olaf", "rita"])), "paul asks olaf, rita", "an answer from olaf, rita"),
            (RequestWait::Question(question(&[])), "paul has asked", "paul"),
            (RequestWait::Hours { why: "the audit".into() }, "the audit", "time"),
            (RequestWait::Review { run, why: "no review".into() }, "no review", "neither started"),
            (RequestWait::Start, "press start", "an operator"),
        ];
        for (wait, words, who) in all {
            assert!(wait.words().contains(words), "{wait:?}: {}", wait.words());
            assert!(wait.unblocked_by().contains(who), "{wait:?}: {}", wait.unblocked_by());
        }
    }
}
