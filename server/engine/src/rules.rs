//! All rules of who has to agree, as they are at one moment, and what they say about a request.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::grant::Labels;
use model::id::{AuditKey, PersonId, PlanDigest, RequestId};
use model::people::Person;
use model::plan::Confirmation;
use model::policy::{
    self, Believed, Case, Demand, Group, Missing, Policy, Standing, Void, VoidReason, demand, missing_confirmers,
};
use model::procedure::Procedure;
use model::request::{Approval, Request};
use model::time::Timestamp;
use sqlx::{Any, Transaction};

use crate::audit::key::is_signature;
use crate::store::{people, policies};
use crate::{Engine, Result};

/// People, policies and groups.
#[derive(Debug)]
pub struct Rules {
    pub people: Vec<Person>,
    pub policies: Vec<Policy>,
    pub groups: Vec<Group>,
    /// Whose signatures under decisions count.
    pub keys: Vec<AuditKey>,
}

impl Engine {
    /// All rules as they are now, for showing.
    pub(crate) async fn rules(&self) -> Result<Rules> {
        let store = self.store();
        Ok(Rules {
            people: store.people().await?,
            policies: policies::all(store.reader()).await?,
            groups: policies::groups(store.reader()).await?,
            keys: self.0.keys.believed(),
        })
    }

    /// All rules as they stay until the transaction ends, for deciding.
    pub(crate) async fn hold_rules(&self, tx: &mut Transaction<'static, Any>) -> Result<Rules> {
        policies::hold(tx).await?;
        Rules::within(tx, self.0.keys.believed()).await
    }
}

impl Rules {
    /// As they are within the transaction, which has changed them.
    pub async fn within(tx: &mut Transaction<'static, Any>, keys: Vec<AuditKey>) -> Result<Self> {
        Ok(Self {
            people: people::all(tx).await?,
            policies: policies::all(&mut **tx).await?,
            groups: policies::groups(&mut **tx).await?,
            keys,
        })
    }

    /// What is asked for this.
    pub fn demand(&self, about: &About<'_>) -> Demand {
        demand(&self.policies, about.procedure, about.settings)
    }

    /// Who is missing for this even if everybody who could agree did, in an environment with these labels.
    pub fn missing_people(&self, demand: &Demand, labels: &Labels, makers: &BTreeSet<PersonId>) -> Vec<Missing> {
        policy::missing_people(demand, labels, makers, &self.people, &self.groups)
    }

    /// The same, and of whom nobody could let its run go on where it waits for people.
    pub fn nobody_for(&self, about: &About<'_>) -> Vec<Missing> {
        let labels = &about.settings.labels;
        let mut missing = self.missing_people(&self.demand(about), labels, about.makers);
        missing.extend(missing_confirmers(about.confirmations, labels, about.makers, &self.people, &self.groups));
        missing
    }

    /// Where it stands, and which decisions do not count.
    pub fn standing(&self, about: &About<'_>, now: Timestamp) -> (Standing, Vec<Void>) {
        let demand = self.demand(about);
        let case = Case {
            request: about.request,
            believed: Believed { keys: &self.keys, verify: is_signature },
            makers: about.makers,
            digest: about.digest,
            demand: &demand,
            confirmations: about.confirmations,
            decisions: about.decisions,
            labels: &about.settings.labels,
            people: &self.people,
            groups: &self.groups,
            now,
        };
        (case.standing(), case.voids())
    }

    /// Somebody who can log in or could once.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.iter().find(|person| &person.id == id)
    }

    /// Why this person's decision would not count.
    pub fn may_decide(&self, person: &Person, about: &About<'_>) -> Option<VoidReason> {
        policy::may_decide(person, &about.settings.labels, about.makers, &self.demand(about), &self.groups)
    }
}

/// What the rules have to know of a request; not its plan, which may be large.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub request: &'a RequestId,
    pub procedure: Procedure,
    pub settings: &'a Environment,
    pub digest: &'a PlanDigest,
    pub makers: &'a BTreeSet<PersonId>,
    pub confirmations: &'a [Confirmation],
    pub decisions: &'a [Approval],
}

impl<'a> About<'a> {
    pub fn of(request: &'a Request) -> Self {
        Self {
            request: &request.id,
            procedure: request.plan.inputs.procedure(),
            settings: &request.settings,
            digest: &request.digest,
            makers: &request.makers,
            confirmations: &request.plan.confirmations,
            decisions: &request.approvals,
        }
    }
}
