//! Why somebody cannot decide on a request, or start it. Rules, and no IO: whoever calls holds them as long as it matters.

use model::people::{Person, Role};
use model::policy::{
    Asked, BrokenGlass, Closed as ClosedNow, Demand, Standing, Starter, Void, VoidReason, impossible_words,
    missing_words,
};
use model::request::{Approval, Request, RequestState};
use model::time::Timestamp;

use crate::error::conflict;
use crate::rules::{About, Rules};
use crate::{Result, glass, local};

/// This person's decision on the present plan that counts.
pub(crate) fn counted<'a>(rules: &Rules, request: &'a Request, by: &Person, now: Timestamp) -> Option<&'a Approval> {
    let (_, voids) = rules.standing(&About::of(request), now);
    let is_void = |approval: &Approval| voids.iter().any(|void| void.by == approval.by_name && void.at == approval.at);
    request.approvals.iter().rev().find(|approval| approval.by == by.id && !is_void(approval))
}

/// What was started, withdrawn or denied stays so.
pub(crate) fn is_open(request: &Request) -> std::result::Result<(), String> {
    if request.state == RequestState::Open { Ok(()) } else { Err("this request is closed".to_owned()) }
}

pub(crate) fn why_not_decide(
    viewer: &Person,
    request: &Request,
    rules: &Rules,
    now: Timestamp,
) -> std::result::Result<(), String> {
    is_open(request)?;
    if viewer.id == request.by {
        return Err("you asked for it: somebody else has to decide".to_owned());
    }
    if request.makers.contains(&viewer.id) {
        return Err("you made this plan: somebody else has to decide".to_owned());
    }
    match rules.may_decide(viewer, &About::of(request)) {
        None => {}
        Some(VoidReason::NotAsked) => {
            return Err(format!(
                "this needs {}, and you are in none of these",
                rules.demand(&About::of(request)).words()
            ));
        }
        Some(_) => return Err(format!("this needs the role {}", Role::Approver)),
    }
    if counted(rules, request, viewer, now).is_some() {
        return Err("you have decided on this request before".to_owned());
    }
    Void::forged(&rules.standing(&About::of(request), now).1).map_or(Ok(()), Err)
}

fn why_not_start(viewer: &Person, request: &Request, rules: &Rules, now: Timestamp) -> std::result::Result<(), String> {
    is_open(request)?;
    let demand = rules.demand(&About::of(request));
    let (standing, voids) = rules.standing(&About::of(request), now);
    if let Some(why) = Void::forged(&voids) {
        return Err(why);
    }
    let agreed = match standing {
        Standing::Approved { by } => by,
        Standing::Waiting { missing } => return Err(missing_words(&missing) + &unproven(&voids)),
        Standing::Impossible { missing } => return Err(impossible_words(&missing)),
        Standing::Denied { by } => return Err(format!("{} decided against it", by.join(", "))),
    };
    if !viewer.may_at(Role::Operator, &request.settings.labels) {
        return Err(format!("this needs the role {}", Role::Operator));
    }
    if let Some((field, problem)) = not_told(&demand, request) {
        return Err(format!("{field}: {problem}. Make a new request"));
    }
    if demand.starter == Starter::IsSomebodyElse && agreed.contains(&viewer.name) {
        return Err("you have agreed to it: somebody else has to start it".to_owned());
    }
    closed(&demand, now).map_or(Ok(()), |closed| Err(closed.words()))
}

/// Whose agreement is missing because its signature does not count.
fn unproven(voids: &[Void]) -> String {
    let is_unproven = |void: &&Void| matches!(void.why, VoidReason::Unsigned | VoidReason::OtherKey);
    let unproven = voids.iter().filter(is_unproven);
    unproven.map(|void| format!("; what {} has decided does not count: {}", void.by, void.why.words())).collect()
}

/// How a run is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// Enough people have agreed.
    Approved,
    /// At once, whoever has agreed or not.
    WithoutApprovals { reason: String },
}

impl Start {
    /// What people and rules have against it, if anything. The review of an earlier run that was started without approvals
    /// does not keep the next emergency waiting.
    pub(crate) fn why_not(
        &self,
        by: &Person,
        request: &Request,
        rules: &Rules,
        unreviewed: &[BrokenGlass],
        now: Timestamp,
    ) -> std::result::Result<(), String> {
        if request.state == RequestState::Open {
            confirmations_fit(request, rules)?;
        }
        match self {
            Self::Approved => {
                why_not_start(by, request, rules, now)?;
                glass::overdue(unreviewed, now)
            }
            Self::WithoutApprovals { .. } => glass::why_not_break(by, request, rules, now),
        }
    }
}

/// Why nothing may begin now, if so.
pub(crate) fn closed(demand: &Demand, now: Timestamp) -> Option<ClosedNow> {
    let refused = |calendar| local::moment(calendar, now).and_then(|moment| calendar.allows(moment)).err();
    demand.calendars.iter().find_map(refused)
}

/// A request that the people who are there could never approve is not taken.
pub(crate) fn could_be_approved(rules: &Rules, request: &Request) -> Result<()> {
    let missing = rules.nobody_for(&About::of(request));
    if missing.is_empty() { Ok(()) } else { Err(conflict(impossible_words(&missing))) }
}

/// A plan that does not wait for people where the policies want it to, or where they do not any more, is not agreed to, and not
/// started.
pub(crate) fn confirmations_fit(request: &Request, rules: &Rules) -> std::result::Result<(), String> {
    let wanted = rules.demand(&About::of(request)).confirmations(&request.plan);
    if wanted == request.plan.confirmations { Ok(()) } else { Err(OTHER_CONFIRMATIONS.to_owned()) }
}

const OTHER_CONFIRMATIONS: &str =
    "the policies want other confirmations in the middle of the run than the plan has: make the plan anew";

/// What the policies want to be told and was not: the field, and words.
pub(crate) fn not_told(demand: &Demand, request: &Request) -> Option<(&'static str, &'static str)> {
    if demand.reason == Asked::Required && request.reason.is_empty() {
        return Some(("reason", "the policies ask for one: say why"));
    }
    if demand.ticket == Asked::Required && request.ticket.is_empty() {
        return Some(("ticket", "the policies ask for a change ticket"));
    }
    None
}
