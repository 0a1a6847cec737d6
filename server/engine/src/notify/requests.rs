//! What is told of requests: that somebody has to agree, and that nobody is left who could.

use std::collections::BTreeSet;

use model::environment::Environment;
use model::id::{NotificationId, RequestId};
use model::notification::{Notification, Occasion, Subject};
use model::people::{Person, Role};
use model::policy::{Missing, Standing, impossible_words};
use model::request::Request;
use model::time::Timestamp;
use model::words::capitalised;
use sqlx::{Any, Transaction};

use super::{ids_of, tell};
use crate::Result;
use crate::rules::{About, Rules};
use crate::store::requests::{self as rows, RequestHead};
use crate::store::{environments, notifications};

/// How much of a digest stands in an id.
const SHORT: usize = 12;

/// A request, as far as others are told of it.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    pub id: &'a RequestId,
    pub by: &'a str,
    pub about: About<'a>,
}

impl<'a> Matter<'a> {
    pub fn of(request: &'a Request) -> Self {
        Self { id: &request.id, by: &request.by_name, about: About::of(request) }
    }

    pub fn of_head(id: &'a RequestId, head: &'a RequestHead) -> Self {
        Self { id, by: &head.by_name, about: head.about() }
    }

    /// What is told: the same for the same plan under the same policies, and `when`.
    pub(super) fn notification(
        &self,
        rules: &Rules,
        occasion: Occasion,
        at: Timestamp,
        when: Option<Timestamp>,
        says: String,
    ) -> Result<Notification> {
        let short = |digest: &str| digest.chars().take(SHORT).collect::<String>();
        let (plan, demand) = (short(self.about.digest.as_str()), short(rules.demand(&self.about).digest().as_str()));
        let when = when.map(|at| format!("-{}", at.0)).unwrap_or_default();
        Ok(Notification {
            id: NotificationId::new(format!("request-{}-{plan}-{demand}{when}-{}", self.id, occasion.word()))?,
            occasion,
            at,
            environment: self.about.settings.id.clone(),
            environment_name: self.about.settings.name.clone(),
            procedure: self.about.procedure,
            subject: Subject::Request(self.id.clone()),
            by: self.by.to_owned(),
            says,
        })
    }

    /// Whoever asked for it, or made its plan anew.
    fn is_maker(&self, person: &Person) -> bool {
        self.about.makers.contains(&person.id)
    }
}

/// Those who could still give what is missing.
pub(super) fn could(rules: &Rules, missing: &[Missing]) -> BTreeSet<model::id::PersonId> {
    let names: BTreeSet<&String> = missing.iter().flat_map(|missing| &missing.could).collect();
    ids_of(&rules.people, |person| names.contains(&person.name))
}

/// Tells those who can still agree that they are needed, each of them once for one plan under the same policies.
pub async fn approval_needed(
    tx: &mut Transaction<'static, Any>,
    rules: &Rules,
    matter: Matter<'_>,
    now: Timestamp,
) -> Result<()> {
    let (Standing::Waiting { missing }, _) = rules.standing(&matter.about, now) else { return Ok(()) };
    let says = format!("{} asks for it. It needs {}.", matter.by, rules.demand(&matter.about).words());
    let told = matter.notification(rules, Occasion::ApprovalNeeded, now, None, says)?;
    tell(tx, now, &told, &could(rules, &missing)).await
}

/// Tells whoever asked, and the admins, that a request cannot be approved any more.
pub async fn nobody_left(
    tx: &mut Transaction<'static, Any>,
    rules: &Rules,
    matter: Matter<'_>,
    now: Timestamp,
) -> Result<()> {
    let (Standing::Impossible { missing }, _) = rules.standing(&matter.about, now) else { return Ok(()) };
    let says = format!("{}.", capitalised(&impossible_words(&missing)));
    // People may come and go again: each time is news.
    let told = matter.notification(rules, Occasion::NobodyLeft, now, Some(now), says)?;
    let labels = &matter.about.settings.labels;
    let people =
        ids_of(&rules.people, |person| matter.is_maker(person) && person.sees(labels) || person.may(Role::Admin));
    tell(tx, now, &told, &people).await
}

/// After people, groups or policies were changed within the transaction: who is needed now, and where nobody is left.
pub async fn rules_changed(tx: &mut Transaction<'static, Any>, before: &Rules, now: Timestamp) -> Result<()> {
    if notifications::targets(&mut **tx).await?.is_empty() {
        return Ok(());
    }
    let after = Rules::within(tx, before.keys.clone()).await?;
    for id in rows::open(tx).await? {
        let Some(mut head) = rows::head(tx, &id).await? else { continue };
        // The labels that it has now decide whom anybody can still turn to.
        if let Some(present) = environments::get(tx, &head.settings.id).await? {
            head.settings = present;
        }
        let matter = Matter::of_head(&id, &head);
        approval_needed(tx, &after, matter, now).await?;
        if !matches!(before.standing(&matter.about, now).0, Standing::Impossible { .. }) {
            nobody_left(tx, &after, matter, now).await?;
        }
    }
    Ok(())
}

/// After an environment's settings were changed within the transaction: where its labels or its risk leave nobody who could agree.
pub async fn settings_changed(
    tx: &mut Transaction<'static, Any>,
    rules: &Rules,
    (before, after): (&Environment, &Environment),
    now: Timestamp,
) -> Result<()> {
    if notifications::targets(&mut **tx).await?.is_empty() {
        return Ok(());
    }
    for id in rows::open(tx).await? {
        let Some(mut head) = rows::head(tx, &id).await?.filter(|head| head.settings.id == after.id) else { continue };
        head.settings = before.clone();
        let was_lost = matches!(rules.standing(&head.about(), now).0, Standing::Impossible { .. });
        head.settings = after.clone();
        if !was_lost {
            nobody_left(tx, rules, Matter::of_head(&id, &head), now).await?;
        }
    }
    Ok(())
}
