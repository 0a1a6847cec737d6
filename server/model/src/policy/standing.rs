//! Where a request stands as far as people are concerned. Pure: whoever calls says who is there and what time it is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::eyes::{Seat, seated};
use super::{Believed, Demand, Group, Need, Voters, missing_confirmers};
use crate::grant::Labels;
use crate::id::{PersonId, PlanDigest, RequestId};
use crate::people::{Person, Role};
use crate::plan::Confirmation;
use crate::request::{Approval, Decision};
use crate::time::Timestamp;

/// Everything that decides where a request stands.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Which request it is about.
    pub request: &'a RequestId,
    /// Who asked, and whoever made the plan anew: they never count.
    pub makers: &'a BTreeSet<PersonId>,
    /// The plan as it is now.
    pub digest: &'a PlanDigest,
    /// Where the plan waits for somebody to confirm.
    pub confirmations: &'a [Confirmation],
    /// What the policies ask for now.
    pub demand: &'a Demand,
    /// Everything that was decided, oldest first.
    pub decisions: &'a [Approval],
    /// Of the environment: whoever counts is an approver there.
    pub labels: &'a Labels,
    /// Everybody there is.
    pub people: &'a [Person],
    /// Who is in which group.
    pub groups: &'a [Group],
    /// Which signatures count.
    pub believed: Believed<'a>,
    /// The time.
    pub now: Timestamp,
}

/// Whether a request may be started as far as people are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// Enough people have agreed to this very plan under these very policies.
    Approved {
        /// Login names.
        by: Vec<String>,
    },
    /// Not yet.
    Waiting {
        /// What is missing; never empty.
        missing: Vec<Missing>,
    },
    /// The people who are there could never do it.
    Impossible {
        /// What nobody is left for; never empty.
        missing: Vec<Missing>,
    },
    /// Enough people have decided against it.
    Denied {
        /// Login names.
        by: Vec<String>,
    },
}

/// A need that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Of which people.
    pub from: Voters,
    /// How many more.
    pub count: u16,
    /// Login names of those who could.
    pub could: Vec<String>,
}

/// Who is still needed, in one sentence.
#[must_use]
pub fn missing_words(missing: &[Missing]) -> String {
    let one = |missing: &Missing| format!("{} more of {} ({})", missing.count, missing.from, missing.could.join(", "));
    format!("still needed: {}", missing.iter().map(one).collect::<Vec<_>>().join(" and "))
}

/// Who is missing for good, in one sentence.
#[must_use]
pub fn impossible_words(missing: &[Missing]) -> String {
    let one = |missing: &Missing| format!("{} of {}", missing.count, missing.from);
    let needs = missing.iter().map(one).collect::<Vec<_>>().join(" and ");
    format!(
        "nobody could ever approve this: {needs} are missing, besides whoever asked for it and who is counted already"
    )
}

/// A decision that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Login name of who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// See [`VoidReason`].
    pub why: VoidReason,
}

impl Void {
    /// Why nothing starts from a request in which somebody has changed a decision; `None` where nobody has. It may have been
    /// against it, so leaving it out is not enough.
    #[must_use]
    pub fn forged(voids: &[Self]) -> Option<String> {
        let forged = voids.iter().find(|void| void.why == VoidReason::Forged)?;
        Some(format!(
            "the decision of {} ({}) does not verify: {}. Nothing starts from this request: make a new one, and have an admin \
             find out who has changed it",
            forged.by,
            forged.at,
            forged.why.words()
        ))
    }
}

/// Why a decision does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// The plan was made anew since.
    PlanChanged,
    /// What the policies ask for has changed since.
    PolicyChanged,
    /// They are gone, or cannot log in any more.
    CannotLogIn,
    /// They are no approver of this environment any more.
    NoApprover,
    /// They made the plan, or asked for it.
    IsMaker,
    /// They are in none of the groups that are asked.
    NotAsked,
    /// It is too old.
    Expired,
    /// An older version, which did not sign decisions, has recorded it.
    Unsigned,
    /// It is signed with a key that is not believed.
    OtherKey,
    /// It is not what was signed.
    Forged,
}

impl VoidReason {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::PlanChanged => "the plan was made anew since",
            Self::PolicyChanged => "what the policies ask for has changed since",
            Self::CannotLogIn => "this person cannot log in any more",
            Self::NoApprover => "this person is no approver here any more",
            Self::IsMaker => "this person asked for it, or made the plan",
            Self::NotAsked => "this person is in none of the groups that are asked",
            Self::Expired => "it is older than an approval lasts",
            Self::Unsigned => "it was given before approvals were signed: it has to be given again",
            Self::OtherKey => {
                "it is signed with a key that is not believed here (a former one, or that of another server): it has to be given \
                 again, unless the configuration names that key"
            }
            Self::Forged => "its signature is not good: it was changed in the database",
        }
    }
}

/// Why this person's decision would not count, or `None`. About the person only, not about time and plan.
#[must_use]
pub fn may_decide(
    person: &Person,
    labels: &Labels,
    makers: &BTreeSet<PersonId>,
    demand: &Demand,
    groups: &[Group],
) -> Option<VoidReason> {
    if person.disabled_at.is_some() {
        return Some(VoidReason::CannotLogIn);
    }
    if !person.may_at(Role::Approver, labels) {
        return Some(VoidReason::NoApprover);
    }
    if makers.contains(&person.id) {
        return Some(VoidReason::IsMaker);
    }
    let is_asked = demand.needs.iter().any(|need| is_in(&person.id, &need.from, groups));
    (!is_asked).then_some(VoidReason::NotAsked)
}

fn is_in(person: &PersonId, voters: &Voters, groups: &[Group]) -> bool {
    match voters {
        Voters::Approvers => true,
        Voters::Group(name) => groups.iter().any(|group| &group.name == name && group.members.contains(person)),
    }
}

impl Case<'_> {
    /// Why the decision of that number, from 1, does not count, or `None` when it does.
    fn void(&self, number: usize, decision: &Approval) -> Option<VoidReason> {
        let doubt = self.believed.doubt(self.request, number, decision);
        // Nothing else that stands in it is worth looking at.
        if let Some(VoidReason::Forged) = doubt {
            return doubt;
        }
        if &decision.digest != self.digest {
            return Some(VoidReason::PlanChanged);
        }
        let Some(person) = self.people.iter().find(|person| person.id == decision.by) else {
            return Some(VoidReason::CannotLogIn);
        };
        if let Some(why) = may_decide(person, self.labels, self.makers, self.demand, self.groups) {
            return Some(why);
        }
        // Whoever is against it stays against it, whatever the policies ask for, whoever has signed it, and however long it takes.
        if decision.decision == Decision::Deny {
            return None;
        }
        if doubt.is_some() {
            return doubt;
        }
        if decision.policy != self.demand.digest() {
            return Some(VoidReason::PolicyChanged);
        }
        let lasts = self.demand.approval_lasts.map(i64::from);
        let is_old = lasts.is_some_and(|seconds| self.now >= decision.at.plus_seconds(seconds));
        is_old.then_some(VoidReason::Expired)
    }

    /// Everything that was decided and does not count, oldest first.
    #[must_use]
    pub fn voids(&self) -> Vec<Void> {
        let void = |(number, decision): (usize, &Approval)| {
            let why = self.void(number, decision)?;
            Some(Void { by: decision.by_name.clone(), at: decision.at, why })
        };
        (1..).zip(self.decisions).filter_map(void).collect()
    }

    /// Where the request stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let numbered = (1..).zip(self.decisions);
        let counted: Vec<&Approval> =
            numbered.filter(|(number, one)| self.void(*number, one).is_none()).map(|(_, one)| one).collect();
        let who = |wanted: Decision| -> BTreeSet<&PersonId> {
            counted.iter().filter(|decision| decision.decision == wanted).map(|decision| &decision.by).collect()
        };
        let (against, agreed) = (who(Decision::Deny), who(Decision::Approve));
        if against.len() >= usize::from(self.demand.denials) {
            return Standing::Denied { by: self.names(|person| against.contains(&person.id)) };
        }
        let could = |person: &&Person| {
            !against.contains(&person.id)
                && may_decide(person, self.labels, self.makers, self.demand, self.groups).is_none()
        };
        let mut eligible: Vec<&Person> = self.people.iter().filter(could).collect();
        // Those who have agreed first, so that they are the ones who count.
        eligible.sort_by_key(|person| !agreed.contains(&person.id));
        let has_agreed = |number: usize| agreed.contains(&eligible[number].id);
        let places = places(self.demand, self.groups, &eligible);
        let mut never = missing(&places, &eligible, has_agreed, |place| place.taken.is_none());
        // A run that would stand still half way, because nobody could let it go on there, is not begun.
        never.extend(missing_confirmers(self.confirmations, self.labels, self.makers, self.people, self.groups));
        if !never.is_empty() {
            return Standing::Impossible { missing: never };
        }
        let missing = missing(&places, &eligible, has_agreed, |place| !place.taken.is_some_and(has_agreed));
        if missing.is_empty() {
            return Standing::Approved { by: self.names(|person| agreed.contains(&person.id)) };
        }
        Standing::Waiting { missing }
    }

    fn names(&self, chosen: impl Fn(&Person) -> bool) -> Vec<String> {
        self.people.iter().filter(|person| chosen(person)).map(|person| person.name.clone()).collect()
    }
}

/// Who is missing even if everybody who could agree did; empty when they could do it.
#[must_use]
pub fn missing_people(
    demand: &Demand,
    labels: &Labels,
    makers: &BTreeSet<PersonId>,
    people: &[Person],
    groups: &[Group],
) -> Vec<Missing> {
    let could = |person: &&Person| may_decide(person, labels, makers, demand, groups).is_none();
    let eligible: Vec<&Person> = people.iter().filter(could).collect();
    missing(&places(demand, groups, &eligible), &eligible, |_| false, |place| place.taken.is_none())
}

/// A place for everybody who is needed, and who takes it when all that could agree did.
fn places<'a>(demand: &'a Demand, groups: &[Group], eligible: &[&Person]) -> Vec<Place<'a>> {
    let fits = |need: &Need| -> Seat {
        (0..eligible.len()).filter(|number| is_in(&eligible[*number].id, &need.from, groups)).collect()
    };
    let needs = demand.needs.iter();
    let wanted: Vec<&Need> = needs.flat_map(|need| std::iter::repeat_n(need, usize::from(need.count))).collect();
    let seats: Vec<Seat> = wanted.iter().map(|need| fits(need)).collect();
    let taken = seated(&seats, eligible.len());
    let places = wanted.into_iter().zip(seats).zip(taken);
    places.map(|((need, fits), taken)| Place { from: &need.from, fits, taken }).collect()
}

struct Place<'a> {
    from: &'a Voters,
    fits: Seat,
    taken: Option<usize>,
}

/// The needs with a place that is missing, each once.
fn missing(
    places: &[Place<'_>],
    eligible: &[&Person],
    has_agreed: impl Fn(usize) -> bool,
    is_missing: impl Fn(&Place<'_>) -> bool,
) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    for place in places.iter().filter(|place| is_missing(place)) {
        if let Some(same) = found.iter_mut().find(|missing| &missing.from == place.from) {
            same.count += 1;
            continue;
        }
        let free = place.fits.iter().filter(|number| !has_agreed(**number));
        let could = free.map(|number| eligible[*number].name.clone()).collect();
        found.push(Missing { from: place.from.clone(), count: 1, could });
    }
    found
}
