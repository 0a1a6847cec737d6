//! Policies and groups: who changes them, and what they ask for.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::grant::Labels;
use model::id::{GroupName, PersonId, PolicyId};
use model::people::{Person, Role};
use model::policy::{Group, Policy, Voters, demand, impossible_words};
use model::procedure::Procedure;
use model::view::{Needed, PoliciesView};

use crate::error::{conflict, invalid, not_found};
use crate::local;
use crate::notify::rules_changed;
use crate::rules::Rules;
use crate::store::audit::{Deed, record};
use crate::store::policies::{put_back, remove, remove_group, removed, save, save_group};
use crate::{Engine, Result};

/// For so many seconds a removed policy is offered to be put back.
const KEPT: i64 = 30 * 86_400;

/// For a policy that is new.
pub fn new_policy_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

impl Engine {
    /// All policies and groups, and what requests need because of them; with `draft`, as if it were saved.
    pub async fn policies_view(&self, viewer: &Person, draft: Option<Policy>) -> Result<PoliciesView> {
        let mut rules = self.rules().await?;
        if let Some(draft) = draft {
            check(&draft, &rules)?;
            rules.policies.retain(|policy| policy.id != draft.id);
            rules.policies.push(draft);
            rules.policies.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let mut needed = Vec::new();
        let mut seen_labels = Labels::new();
        let seen = |environment: &Environment| viewer.sees(&environment.labels);
        for environment in self.store().environments().await?.into_iter().filter(seen) {
            seen_labels.extend(environment.labels.iter().cloned());
            let procedures = Procedure::ALL.into_iter();
            let here = procedures.filter(|procedure| procedure.platform() == environment.platform.platform());
            needed.extend(here.map(|procedure| {
                let demand = demand(&rules.policies, procedure, &environment);
                let missing = rules.missing_people(&demand, &environment.labels, &BTreeSet::new());
                let missing = (!missing.is_empty()).then(|| impossible_words(&missing));
                Needed { environment: environment.name.clone(), risk: environment.risk, procedure, missing, demand }
            }));
        }
        let Rules { people, mut policies, groups, .. } = rules;
        // Of other labels not even the name; a policy that is about these alone is about nothing that the viewer knows of.
        let is_seen = |label: &String| {
            viewer.may(Role::Viewer) || seen_labels.contains(label) || viewer.sees(&[label.clone()].into())
        };
        policies.retain_mut(|policy| {
            let labels = &mut policy.scope.labels;
            let is_about_all = labels.is_empty();
            labels.retain(is_seen);
            is_about_all || !labels.is_empty()
        });
        let people = people.into_iter().filter(|person| person.disabled_at.is_none()).collect();
        let may_change = viewer.may(Role::Admin);
        let removed =
            if may_change { self.store().removed_policies(self.now().plus_seconds(-KEPT)).await? } else { Vec::new() };
        Ok(PoliciesView { policies, groups, people, needed, may_change, removed })
    }

    /// Adds a policy, or changes the one of the same id; its version is drawn here. Approvals that were given under what
    /// was asked before do not count any more.
    pub async fn save_policy(&self, by: &Person, policy: Policy) -> Result<()> {
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        check(&policy, &rules)?;
        let before = rules.policies.iter().find(|before| before.id == policy.id);
        let version = before.map_or(1, |before| before.version.saturating_add(1));
        let policy = Policy { version, ..policy };
        if !save(&mut tx, &policy).await? {
            return Err(invalid("name", format!("another policy is called {:?}", policy.name)));
        }
        let what = if before.is_some() { "policy.changed" } else { "policy.added" };
        let detail = format!("{}, version {version}: {}", policy.name, policy.words());
        record(&mut tx, self.now(), Deed { who: &by.name, what, subject: policy.id.as_str(), detail }).await?;
        rules_changed(&mut tx, &rules, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Removes a policy. Removing what is gone is no error.
    pub async fn remove_policy(&self, by: &Person, id: &PolicyId) -> Result<()> {
        let at = self.now();
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        let Some(policy) = rules.policies.iter().find(|policy| &policy.id == id) else { return Ok(()) };
        remove(&mut tx, id, at).await?;
        let detail = policy.name.clone();
        record(&mut tx, at, Deed { who: &by.name, what: "policy.removed", subject: id.as_str(), detail }).await?;
        rules_changed(&mut tx, &rules, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Puts a policy back that was removed, as it was. It is a new version: what was decided before it was removed stays void.
    pub async fn put_policy_back(&self, by: &Person, id: &PolicyId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        if rules.policies.iter().any(|policy| &policy.id == id) {
            return Ok(());
        }
        let Some(removed) = removed(&mut tx, id).await? else { return Err(not_found("this policy")) };
        let policy = Policy { version: removed.version.saturating_add(1), ..removed };
        // A group that it asks may be gone.
        check(&policy, &rules)?;
        if !put_back(&mut tx, &policy).await? {
            return Err(conflict(format!("another policy is called {:?} now: change its name first", policy.name)));
        }
        let detail = format!("{}, version {}: {}", policy.name, policy.version, policy.words());
        let deed = Deed { who: &by.name, what: "policy.put_back", subject: id.as_str(), detail };
        record(&mut tx, self.now(), deed).await?;
        rules_changed(&mut tx, &rules, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Adds a group, or changes who is in it.
    pub async fn save_group(&self, by: &Person, name: GroupName, members: BTreeSet<PersonId>) -> Result<()> {
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        let mut names = Vec::new();
        for member in &members {
            names.push(rules.person(member).ok_or_else(|| not_found("one of these people"))?.name.clone());
        }
        let group = Group { name, members };
        save_group(&mut tx, &group).await?;
        let detail = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        let deed = Deed { who: &by.name, what: "group.set", subject: group.name.as_str(), detail };
        record(&mut tx, self.now(), deed).await?;
        rules_changed(&mut tx, &rules, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Removes a group that no policy asks.
    pub async fn remove_group(&self, by: &Person, name: &GroupName) -> Result<()> {
        let mut tx = self.store().write().await?;
        let rules = self.hold_rules(&mut tx).await?;
        let asks = |policy: &&Policy| {
            let is_needed = policy.needs.iter().any(|need| need.from == Voters::Group(name.clone()));
            is_needed || policy.gates.iter().any(|gate| gate.from == *name)
        };
        if let Some(policy) = rules.policies.iter().find(asks) {
            return Err(conflict(format!("the policy {:?} asks this group: change it first", policy.name)));
        }
        if remove_group(&mut tx, name).await? {
            let deed = Deed { who: &by.name, what: "group.removed", subject: name.as_str(), detail: String::new() };
            record(&mut tx, self.now(), deed).await?;
        }
        rules_changed(&mut tx, &rules, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }
}

fn check(policy: &Policy, rules: &Rules) -> Result<()> {
    policy.check(&rules.groups).map_err(|problem| invalid(problem.field, problem.problem))?;
    match &policy.calendar {
        Some(calendar) if local::zone(&calendar.zone).is_none() => {
            Err(invalid("zone", format!("{:?} is no time zone known here, such as Europe/Berlin", calendar.zone)))
        }
        _ => Ok(()),
    }
}
