//! Who has to agree before a plan is run, when it may begin, and what makes an agreement void (DESIGN §6).
//!
//! Every policy whose scope fits counts: what they ask for together is a [`Demand`]. An approval is given for one plan
//! digest under one demand digest; a changed plan and a changed policy void it alike.

mod calendar;
mod demand;
mod eyes;
mod gate;
mod glass;
#[cfg(test)]
mod oracle;
mod signed;
mod standing;
#[cfg(test)]
mod tests;
pub mod text;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::environment::{Environment, RiskClass};
use crate::id::{GroupName, PersonId, PolicyId};
use crate::procedure::Procedure;

pub use calendar::{Calendar, Closed, Freeze, LocalDate, LocalMoment, Weekday, Window};
pub use demand::{Demand, demand};
pub use gate::{GatePlace, StageGate, may_confirm, missing_confirmers};
pub use glass::{Breakers, BrokenGlass, Glass, GlassHours, GlassRule, Review};
pub use signed::{Believed, Signed, Verify, statement};
pub use standing::{
    Case, Missing, Standing, Void, VoidReason, impossible_words, may_decide, missing_people, missing_words,
};

/// What has to be agreed to, by whom, for some plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Never reused.
    pub id: PolicyId,
    /// What people call it; unique.
    pub name: String,
    /// Raised with every change.
    pub version: u32,
    /// Which plans it is about.
    pub scope: Scope,
    /// Who has to agree. The requester and whoever edited the plan never count.
    pub needs: Vec<Need>,
    /// Whether somebody who has agreed may also press start.
    pub starter: Starter,
    /// So many denials end a request. At least 1.
    pub denials: u16,
    /// Seconds after which an approval does not count any more. `None`: it lasts as long as the request.
    pub approval_lasts: Option<u32>,
    /// Whether a requester has to say why.
    pub reason: Asked,
    /// Whether a requester has to name a change ticket.
    pub ticket: Asked,
    /// When a run may begin. `None`: at any time.
    pub calendar: Option<Calendar>,
    /// Whether somebody may start a plan without its approvals. `None`: nobody.
    #[serde(default)]
    pub glass: Option<Glass>,
    /// Where somebody has to confirm in the middle of a run.
    #[serde(default)]
    pub gates: Vec<StageGate>,
}

/// Which plans a policy is about. An empty set means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Which buttons.
    pub procedures: BTreeSet<Procedure>,
    /// An environment that has one of these labels.
    pub labels: BTreeSet<String>,
    /// Of which risk.
    pub risks: BTreeSet<RiskClass>,
}

impl Scope {
    /// Whether a plan of this procedure for this environment is meant.
    #[must_use]
    pub fn fits(&self, procedure: Procedure, environment: &Environment) -> bool {
        (self.procedures.is_empty() || self.procedures.contains(&procedure))
            && (self.labels.is_empty() || !self.labels.is_disjoint(&environment.labels))
            && (self.risks.is_empty() || self.risks.contains(&environment.risk))
    }
}

/// So many people of one kind. Nobody counts for two needs: four eyes are four.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Who can give it.
    pub from: Voters,
    /// How many. At least 1.
    pub count: u16,
}

/// `2 of the approvers and 1 of the group storage`.
fn needs_words(needs: &[Need]) -> String {
    needs.iter().map(|need| format!("{} of {}", need.count, need.from)).collect::<Vec<_>>().join(" and ")
}

/// Who can agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voters {
    /// Everybody with the role approver.
    Approvers,
    /// Those of them who are in this group.
    Group(GroupName),
}

impl fmt::Display for Voters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approvers => f.write_str("the approvers"),
            Self::Group(name) => write!(f, "the group {name}"),
        }
    }
}

/// Whether somebody who has agreed may also press start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starter {
    /// They may.
    #[default]
    MayHaveAgreed,
    /// Somebody else has to.
    IsSomebodyElse,
}

/// Whether something has to be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It may be.
    #[default]
    Welcome,
    /// It has to be.
    Required,
}

/// People who agree for the same reason, for example the storage team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Unique.
    pub name: GroupName,
    /// Who is in it. Without the role approver they do not count.
    pub members: BTreeSet<PersonId>,
}

/// Something about a policy that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct PolicyProblem {
    /// The field.
    pub field: &'static str,
    /// What is wrong, in words.
    pub problem: String,
}

impl Policy {
    /// Who has to agree, in one sentence.
    #[must_use]
    pub fn words(&self) -> String {
        needs_words(&self.needs)
    }

    /// Whether it can be meant; what is wrong with it otherwise.
    ///
    /// # Errors
    /// Names the first field that cannot be meant.
    pub fn check(&self, groups: &[Group]) -> Result<(), PolicyProblem> {
        let problem = |field, problem: String| Err(PolicyProblem { field, problem });
        if self.name.trim().is_empty() || self.name.chars().count() > 80 {
            return problem("name", "1 to 80 characters are needed".to_owned());
        }
        if self.needs.is_empty() {
            return problem("needs", "somebody has to agree: name at least one kind of people".to_owned());
        }
        for (at, need) in self.needs.iter().enumerate() {
            if need.count == 0 || need.count > 20 {
                return problem("needs", format!("{} people of {}: 1 to 20 are possible", need.count, need.from));
            }
            if self.needs[..at].iter().any(|earlier| earlier.from == need.from) {
                return problem("needs", format!("{} is named twice", need.from));
            }
            if let Voters::Group(name) = &need.from
                && !groups.iter().any(|group| &group.name == name)
            {
                return problem("needs", format!("there is no group {name}"));
            }
        }
        if self.denials == 0 || self.denials > 20 {
            return problem("denials", "1 to 20 are possible".to_owned());
        }
        if self.approval_lasts.is_some_and(|seconds| seconds < 60) {
            return problem("approval_lasts", "at least a minute is needed".to_owned());
        }
        StageGate::check_all(&self.gates, groups)?;
        self.glass.as_ref().map_or(Ok(()), |glass| glass.check(groups))?;
        self.calendar.as_ref().map_or(Ok(()), Calendar::check)
    }
}
