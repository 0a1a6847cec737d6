//! All rules of who has to agree, as they are at one moment, and what they say about a request.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::grant::Labels;
use model::id::{PersonId, PlanDigest};
use model::people::Person;
use model::policy::{self, Case, Demand, Group, Missing, Policy, Standing, Void, VoidReason, demand};
use model::procedure::Procedure;
use model::request::{Approval, Request};
use model::time::Timestamp;
use sqlx::{Any, Transaction};

use crate::Result;
use crate::store::{Store, people, policies};

/// People, policies and groups.
#[derive(Debug)]
pub struct Rules {
    pub people: Vec<Person>,
    pub policies: Vec<Policy>,
    pub groups: Vec<Group>,
}

impl Rules {
    /// As they are now, for showing.
    pub async fn read(store: &Store) -> Result<Self> {
        Ok(Self {
            people: store.people().await?,
            policies: policies::all(store.reader()).await?,
            groups: policies::groups(store.reader()).await?,
        })
    }

    /// As they stay until the transaction ends, for deciding.
    pub async fn hold(tx: &mut Transaction<'static, Any>) -> Result<Self> {
        policies::hold(tx).await?;
        Self::within(tx).await
    }

    /// As they are within the transaction, which has changed them.
    pub async fn within(tx: &mut Transaction<'static, Any>) -> Result<Self> {
        Ok(Self {
            people: people::all(tx).await?,
            policies: policies::all(&mut **tx).await?,
            groups: policies::groups(&mut **tx).await?,
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

    /// Where it stands, and which decisions do not count.
    pub fn standing(&self, about: &About<'_>, now: Timestamp) -> (Standing, Vec<Void>) {
        let demand = self.demand(about);
        let case = Case {
            makers: about.makers,
            digest: about.digest,
            demand: &demand,
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
    pub procedure: Procedure,
    pub settings: &'a Environment,
    pub digest: &'a PlanDigest,
    pub makers: &'a BTreeSet<PersonId>,
    pub decisions: &'a [Approval],
}

impl<'a> About<'a> {
    pub fn of(request: &'a Request) -> Self {
        Self {
            procedure: request.plan.inputs.procedure(),
            settings: &request.settings,
            digest: &request.digest,
            makers: &request.makers,
            decisions: &request.approvals,
        }
    }
}
