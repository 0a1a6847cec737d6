//! Breaking the glass: starting a plan at once, without its approvals. Who may, what still holds, and the review that has to
//! follow. Pure.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Demand, Group, PolicyProblem, VoidReason, may_decide};
use crate::grant::Labels;
use crate::id::{EnvironmentId, GroupName, PersonId, RequestId, RunId};
use crate::people::{Person, Role};
use crate::time::Timestamp;

/// That a policy lets the glass be broken, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glass {
    /// Who may.
    pub by: Breakers,
    /// Whether hours and freezes bind all the same.
    pub hours: GlassHours,
    /// Within so many hours somebody else has to review what was done. 1 to 720.
    pub review_hours: u16,
}

/// Who may start a plan without its approvals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakers {
    /// Everybody with the role operator.
    Operators,
    /// Admins only.
    Admins,
    /// Those operators who are in this group.
    Group(GroupName),
}

impl fmt::Display for Breakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operators => f.write_str("operators"),
            Self::Admins => f.write_str("admins"),
            Self::Group(name) => write!(f, "operators of the group {name}"),
        }
    }
}

/// Whether hours and freezes bind who breaks the glass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GlassHours {
    /// They do not.
    Pass,
    /// They do: nothing begins outside them, approved or not.
    #[default]
    Bind,
}

impl Glass {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// Names the field that cannot.
    pub fn check(&self, groups: &[Group]) -> Result<(), PolicyProblem> {
        if !(1..=720).contains(&self.review_hours) {
            let problem = "a review is due within 1 to 720 hours".to_owned();
            return Err(PolicyProblem { field: "review_hours", problem });
        }
        match &self.by {
            Breakers::Group(name) if !groups.iter().any(|group| &group.name == name) => {
                Err(PolicyProblem { field: "glass", problem: format!("there is no group {name}") })
            }
            Breakers::Operators | Breakers::Admins | Breakers::Group(_) => Ok(()),
        }
    }
}

/// What all policies that fit allow together: the glass is broken only where each of them lets it, and of each thing the
/// strictest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassRule {
    /// Who may: whoever is all of these.
    pub by: BTreeSet<Breakers>,
    /// See [`GlassHours`].
    pub hours: GlassHours,
    /// See [`Glass::review_hours`].
    pub review_hours: u16,
}

impl GlassRule {
    /// Of all policies that fit, each with what it allows; `None` if one of them allows nothing, or there is none.
    #[must_use]
    pub fn of<'a>(policies: impl Iterator<Item = Option<&'a Glass>>) -> Option<Self> {
        let all: Vec<&Glass> = policies.collect::<Option<_>>()?;
        Some(Self {
            by: all.iter().map(|glass| glass.by.clone()).collect(),
            hours: all.iter().map(|glass| glass.hours).max()?,
            review_hours: all.iter().map(|glass| glass.review_hours).min()?,
        })
    }

    /// Whether this person may break the glass in an environment with these labels.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn may_break(&self, person: &Person, labels: &Labels, groups: &[Group]) -> Result<(), String> {
        let is = |breakers: &Breakers| match breakers {
            Breakers::Operators => person.may_at(Role::Operator, labels),
            Breakers::Admins => person.may(Role::Admin),
            Breakers::Group(name) => {
                let is_in = |group: &Group| &group.name == name && group.members.contains(&person.id);
                person.may_at(Role::Operator, labels) && groups.iter().any(is_in)
            }
        };
        match self.by.iter().find(|breakers| !is(breakers)) {
            None => Ok(()),
            Some(breakers) => Err(format!("only {breakers} may start this without its approvals")),
        }
    }
}

/// A run that was started without its approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenGlass {
    /// Which.
    pub run: RunId,
    /// The request it came from.
    pub request: RequestId,
    /// Where.
    pub environment: EnvironmentId,
    /// Who started it.
    pub by: PersonId,
    /// Login name.
    pub by_name: String,
    /// Why, in their words; never empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Until when it has to be reviewed.
    pub due: Timestamp,
    /// The review, once there is one.
    pub review: Option<Review>,
}

/// What somebody says about a run that was started without its approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: PersonId,
    /// Login name.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// In their words; never empty.
    pub text: String,
}

impl BrokenGlass {
    /// Whether its review is missing and should be there: then nothing starts the usual way in this environment.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.review.is_none() && now >= self.due
    }

    /// Why nothing starts while its review is overdue.
    #[must_use]
    pub fn overdue_words(&self) -> String {
        format!(
            "{} has started a run here without approvals ({}), and its review was due {}: somebody who can has to review it \
             first, on the page of that run",
            self.by_name, self.at, self.due
        )
    }

    /// Whether this person's review counts: one of those whom the policies ask to agree, who has neither started the run,
    /// nor asked for it, nor made its plan.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn may_review(
        &self,
        person: &Person,
        labels: &Labels,
        makers: &BTreeSet<PersonId>,
        demand: &Demand,
        groups: &[Group],
    ) -> Result<(), String> {
        if let Some(review) = &self.review {
            return Err(format!("{} has reviewed it", review.by_name));
        }
        if person.id == self.by {
            return Err("you have started it: somebody else has to review it".to_owned());
        }
        match may_decide(person, labels, makers, demand, groups) {
            None => Ok(()),
            Some(VoidReason::IsMaker) => {
                Err("you asked for it, or made the plan: somebody else has to review it".into())
            }
            Some(VoidReason::NotAsked) => Err(format!("this needs {}, and you are in none of these", demand.words())),
            Some(_) => Err(format!("this needs the role {}", Role::Approver)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

    fn person(number: u8, roles: &[Role]) -> Person {
        let id = PersonId::new(format!("2e7293a0-d168-46f3-bc29-262ddbf2240{number}")).unwrap();
        Person { id, name: format!("p{number}"), roles: roles.iter().copied().collect(), disabled_at: None }
    }

    fn storage(members: &[&Person]) -> Group {
        let members = members.iter().map(|person| person.id.clone()).collect();
        Group { name: GroupName::new("storage").unwrap(), members }
    }

    fn glass(by: Breakers, hours: GlassHours, review_hours: u16) -> Glass {
        Glass { by, hours, review_hours }
    }

    fn rule(all: &[Option<Glass>]) -> Option<GlassRule> {
        GlassRule::of(all.iter().map(Option::as_ref))
    }

    #[test]
    fn nobody_breaks_the_glass_unless_every_policy_lets_them() {
        let open = Some(glass(Breakers::Operators, GlassHours::Pass, 24));
        assert_eq!(rule(&[]), None, "without a policy nobody may");
        assert_eq!(rule(&[open.clone(), None]), None);
        let strict = Some(glass(Breakers::Admins, GlassHours::Bind, 4));
        let both = rule(&[open, strict]).unwrap();
        assert_eq!((both.hours, both.review_hours, both.by.len()), (GlassHours::Bind, 4, 2));
    }

    #[test]
    fn who_may_break_it_has_to_be_all_that_is_asked_for() {
        let (operator, admin) = (person(1, &[Role::Operator]), person(2, &[Role::Admin]));
        let (viewer, gone) = (person(3, &[]), Person { disabled_at: Some(Timestamp(1)), ..person(4, &[Role::Admin]) });
        let of =
            |by: &[Breakers]| GlassRule { by: by.iter().cloned().collect(), hours: GlassHours::Bind, review_hours: 1 };
        let groups = [storage(&[&operator, &viewer])];
        let group = || Breakers::Group(GroupName::new("storage").unwrap());
        let may = |person: &Person, by: &[Breakers]| of(by).may_break(person, &Labels::new(), &groups).is_ok();
        assert!(may(&operator, &[Breakers::Operators]) && may(&admin, &[Breakers::Operators]));
        assert!(!may(&operator, &[Breakers::Admins]) && may(&admin, &[Breakers::Admins]));
        assert!(may(&operator, &[group()]) && !may(&admin, &[group()]));
        assert!(!may(&viewer, &[group()]), "in the group, and no operator");
        assert!(!may(&operator, &[group(), Breakers::Admins]) && !may(&admin, &[group(), Breakers::Admins]));
        assert!(!may(&gone, &[Breakers::Admins]) && !may(&viewer, &[Breakers::Operators]));
        assert_eq!(
            of(&[group()]).may_break(&admin, &Labels::new(), &groups).unwrap_err(),
            "only operators of the group storage may start this without its approvals"
        );
    }

    #[test]
    fn a_review_counts_from_who_could_have_agreed_and_has_not_started_it() {
        let (starter, requester) = (person(1, &[Role::Admin]), person(2, &[Role::Approver]));
        let (approver, operator) = (person(3, &[Role::Approver]), person(4, &[Role::Operator]));
        let broken = BrokenGlass {
            run: RunId::new(ID).unwrap(),
            request: RequestId::new(ID).unwrap(),
            environment: EnvironmentId::new(ID).unwrap(),
            by: starter.id.clone(),
            by_name: "p1".into(),
            reason: "the storage is full".into(),
            at: Timestamp(0),
            due: Timestamp(100),
            review: None,
        };
        let makers = BTreeSet::from([requester.id.clone()]);
        let may = |broken: &BrokenGlass, person: &Person, demand: &Demand| {
            broken.may_review(person, &Labels::new(), &makers, demand, &[storage(&[&operator])])
        };
        let demand = Demand::of_nobody();
        assert!(may(&broken, &approver, &demand).is_ok());
        for (who, why) in
            [(&starter, "have started it"), (&requester, "asked for it"), (&operator, "the role approver")]
        {
            assert!(may(&broken, who, &demand).unwrap_err().contains(why), "{}", who.name);
        }
        let group =
            super::super::Need { from: super::super::Voters::Group(GroupName::new("storage").unwrap()), count: 1 };
        let asks_group = Demand { needs: vec![group], ..Demand::of_nobody() };
        assert!(may(&broken, &approver, &asks_group).unwrap_err().contains("in none of these"));
        assert!(!broken.is_overdue(Timestamp(99)) && broken.is_overdue(Timestamp(100)));
        let review =
            Review { by: approver.id.clone(), by_name: "p3".into(), at: Timestamp(9), text: "it was right".into() };
        let reviewed = BrokenGlass { review: Some(review), ..broken };
        assert!(!reviewed.is_overdue(Timestamp(1000)));
        assert!(may(&reviewed, &approver, &demand).unwrap_err().contains("p3 has reviewed it"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_field() {
        let group = glass(Breakers::Group(GroupName::new("storage").unwrap()), GlassHours::Bind, 24);
        assert_eq!(group.check(&[]).unwrap_err().field, "glass");
        assert!(group.check(&[storage(&[])]).is_ok());
        for hours in [0, 721] {
            assert_eq!(glass(Breakers::Admins, GlassHours::Bind, hours).check(&[]).unwrap_err().field, "review_hours");
        }
    }
}
