//! The same question answered in another way, for comparison: every way of giving people to needs is tried.

use std::collections::BTreeSet;

use super::{Demand, Group, Voters};
use crate::id::PersonId;
use crate::people::Person;
use crate::request::Decision;

/// One decision as the oracle sees it: who, which way, and everything that may have happened to it since.
#[derive(Debug, Clone, Copy)]
pub struct Vote {
    pub person: usize,
    pub decision: Decision,
    pub plan_is_same: bool,
    pub policy_is_same: bool,
    pub age_seconds: i64,
    pub paper: Paper,
}

/// How a decision is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    Good,
    Changed,
    OtherKey,
    Unsigned,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Waiting { missing: usize },
    Impossible { missing: usize },
    Denied,
}

/// The environment has the labels `berlin` and `storage`. `confirmers` are the groups of which somebody has to confirm later.
pub fn verdict(
    demand: &Demand,
    confirmers: &[&str],
    people: &[Person],
    groups: &[Group],
    makers: &[usize],
    votes: &[Vote],
) -> Verdict {
    let enough = ["approver", "approver@berlin", "approver@storage", "admin"];
    let is_approver = |person: &Person| {
        person.disabled_at.is_none() && person.roles.text().split(' ').any(|grant| enough.contains(&grant))
    };
    let fits = |number: usize, voters: &Voters| match voters {
        Voters::Approvers => true,
        Voters::Group(name) => groups.iter().any(|g| g.name == *name && g.members.contains(&people[number].id)),
    };
    let is_eligible = |number: usize| {
        is_approver(&people[number])
            && !makers.contains(&number)
            && demand.needs.iter().any(|need| fits(number, &need.from))
    };
    let mut against = BTreeSet::new();
    let mut agreed = BTreeSet::new();
    for vote in votes.iter().filter(|vote| vote.plan_is_same && is_eligible(vote.person)) {
        match vote.decision {
            // One that was changed says nothing; that nothing starts then is another rule.
            _ if vote.paper == Paper::Changed => {}
            Decision::Deny => {
                against.insert(vote.person);
            }
            Decision::Approve => {
                let lasts = demand.approval_lasts.map_or(i64::MAX, i64::from);
                if vote.policy_is_same && vote.age_seconds < lasts && vote.paper == Paper::Good {
                    agreed.insert(vote.person);
                }
            }
        }
    }
    if against.len() >= usize::from(demand.denials) {
        return Verdict::Denied;
    }
    let wanted: Vec<usize> = demand.needs.iter().map(|need| usize::from(need.count)).collect();
    let all: usize = wanted.iter().sum();
    let has_a_say = ["approver", "approver@berlin", "approver@storage", "admin", "operator"];
    let lost: BTreeSet<&&str> = confirmers
        .iter()
        .filter(|name| {
            let group = groups.iter().find(|group| group.name.as_str() == **name);
            !(0..people.len()).any(|number| {
                let person = &people[number];
                person.disabled_at.is_none()
                    && person.roles.text().split(' ').any(|grant| has_a_say.contains(&grant))
                    && !makers.contains(&number)
                    && group.is_some_and(|group| group.members.contains(&person.id))
            })
        })
        .collect();
    let most = |who: &[usize]| best(who, &wanted, &|number, need| fits(number, &demand.needs[need].from));
    let could: Vec<usize> =
        (0..people.len()).filter(|number| is_eligible(*number) && !against.contains(number)).collect();
    if most(&could) < all || !lost.is_empty() {
        return Verdict::Impossible { missing: all - most(&could) + lost.len() };
    }
    let agreed: Vec<usize> = agreed.difference(&against).copied().collect();
    match all - most(&agreed) {
        0 => Verdict::Approved,
        missing => Verdict::Waiting { missing },
    }
}

/// The most places that can be filled: each person in turn is given to each need with room, or to none.
fn best(who: &[usize], room: &[usize], fits: &dyn Fn(usize, usize) -> bool) -> usize {
    let Some((first, rest)) = who.split_first() else { return 0 };
    let mut most = best(rest, room, fits);
    for need in 0..room.len() {
        if room[need] > 0 && fits(*first, need) {
            let mut less = room.to_vec();
            less[need] -= 1;
            most = most.max(1 + best(rest, &less, fits));
        }
    }
    most
}

/// A number as an id.
pub fn person_id(number: usize) -> PersonId {
    PersonId::new(format!("00000000-0000-0000-0000-{number:012}")).unwrap()
}
