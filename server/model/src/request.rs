//! A person's wish to have a plan run, and what people have decided about it. When enough have agreed is
//! [`policy`](crate::policy)'s to say.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::comment::OpenQuestion;
use crate::environment::Environment;
use crate::id::{EnvironmentId, PersonId, PlanDigest, PolicyDigest, RequestId, RunId};
use crate::plan::Plan;
use crate::policy::{BrokenGlass, Missing, Signed, Standing, Void, impossible_words, missing_words};
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
    /// What the server that has recorded it signs it with; `None`: an older version, which did not sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
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
    /// The plan does not fit any more what it was made for.
    Replan(Stale),
    /// A decision is not what was signed: nothing will ever start from this request.
    Forged {
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
            Self::Approval { .. }
            | Self::Nobody { .. }
            | Self::Hours { .. }
            | Self::Review { .. }
            | Self::Replan(_)
            | Self::Forged { .. } => true,
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
            Self::Replan(stale) => stale.words(),
            Self::Hours { why } | Self::Review { why, .. } | Self::Forged { why } => why.clone(),
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
            Self::Replan(Stale::Settings { missing }) if !missing.is_empty() => {
                "an admin, who gives somebody that role or group, or changes policy or labels; then a new plan"
                    .to_owned()
            }
            Self::Replan(_) => "whoever makes the plan anew".to_owned(),
            Self::Forged { .. } => "a new request; and an admin, who finds out who has changed it".to_owned(),
            Self::Start => "an operator".to_owned(),
        }
    }
}

fn names(question: &OpenQuestion) -> String {
    question.of.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Why a plan has to be made anew before anything starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Stale {
    /// The environment's settings have changed.
    Settings {
        /// Whom nobody is left for, with the labels and the risk that it has now.
        missing: Vec<Missing>,
    },
    /// The policies want other confirmations in the middle of the run.
    Confirmations {
        /// In words.
        why: String,
    },
}

impl Stale {
    /// One line for the page.
    #[must_use]
    pub fn words(&self) -> String {
        let settings = "the environment's settings have changed since the plan was made: make the plan anew";
        match self {
            Self::Settings { missing } if missing.is_empty() => settings.to_owned(),
            Self::Settings { missing } => format!("{settings}. As it is now, {}", impossible_words(missing)),
            Self::Confirmations { why } => why.clone(),
        }
    }
}

/// Everything that decides what an open request waits for.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Where it stands with people.
    pub standing: &'a Standing,
    /// Decisions that do not count.
    pub voids: &'a [Void],
    /// That the plan has to be made anew.
    pub stale: Option<&'a Stale>,
    /// Why nothing may begin now.
    pub closed: Option<&'a str>,
    /// Reviews that are overdue.
    pub overdue: &'a [BrokenGlass],
    /// Questions without an answer.
    pub questions: &'a [OpenQuestion],
}

/// Everything that an open request waits for; the questions last. Never empty: a request that is open always says why.
#[must_use]
pub fn waits(situation: &Situation<'_>) -> Vec<RequestWait> {
    let Situation { standing, voids, stale, closed, overdue, questions } = *situation;
    let people = match standing {
        Standing::Waiting { missing } => Some(RequestWait::Approval { missing: missing.clone() }),
        Standing::Impossible { missing } => Some(RequestWait::Nobody { missing: missing.clone() }),
        Standing::Approved { .. } | Standing::Denied { .. } => None,
    };
    let hours = closed.map(|why| RequestWait::Hours { why: why.to_owned() });
    let review = |glass: &BrokenGlass| RequestWait::Review { run: glass.run.clone(), why: glass.overdue_words() };
    let reviews = overdue.iter().map(review);
    let forged = Void::forged(voids).map(|why| RequestWait::Forged { why });
    let stale = stale.cloned().map(RequestWait::Replan);
    let first = forged.into_iter().chain(stale);
    let mut all: Vec<RequestWait> = first.chain(people).chain(hours).chain(reviews).collect();
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
        let questions = [question(&["rita"])];
        let agreed =
            Situation { standing: &agreed, voids: &[], stale: None, closed: None, overdue: &[], questions: &questions };
        let all = waits(&agreed);
        assert_eq!(all, [RequestWait::Start, RequestWait::Question(question(&["rita"]))]);
        assert!(!all.iter().any(RequestWait::bars_start));
        let waiting = Standing::Waiting { missing: missing() };
        let all = waits(&Situation { standing: &waiting, closed: Some("the audit"), ..agreed });
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
            (
                RequestWait::Replan(Stale::Settings { missing: missing() }),
                "As it is now, nobody could ever",
                "an admin",
            ),
            (RequestWait::Replan(Stale::Settings { missing: vec![] }), "settings have changed", "makes the plan anew"),
            (RequestWait::Replan(Stale::Confirmations { why: "other".into() }), "other", "makes the plan anew"),
            (RequestWait::Forged { why: "it was changed".into() }, "it was changed", "a new request"),
            (RequestWait::Start, "press start", "an operator"),
        ];
        for (wait, words, who) in all {
            assert!(wait.words().contains(words), "{wait:?}: {}", wait.words());
            assert!(wait.unblocked_by().contains(who), "{wait:?}: {}", wait.unblocked_by());
        }
    }
}
