//! Environments and what is known of them.

use std::collections::BTreeSet;

use model::connection::{ConnectionReport, KeyOwner};
use model::environment::{Environment, HostKey, PlatformSettings, RiskClass};
use model::estimate::Estimate;
use model::id::{EnvironmentId, HostName};
use model::inventory::Inventory;
use model::people::Person;
use model::view::EnvironmentCard;

use crate::environment_rules::check;
use crate::error::{chain, conflict, invalid, not_found};
use crate::notify::settings_changed;
use crate::store::audit::{Deed, record};
use crate::store::environments::{get, insert, remove, update};
use crate::{Engine, Result};

/// An environment as a form describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentDraft {
    /// See [`Environment::name`].
    pub name: String,
    /// See [`Environment::labels`].
    pub labels: BTreeSet<String>,
    /// See [`Environment::risk`].
    pub risk: RiskClass,
    /// See [`Environment::platform`].
    pub platform: PlatformSettings,
}

impl Engine {
    /// Every environment, by name.
    pub async fn environments(&self) -> Result<Vec<Environment>> {
        self.store().environments().await
    }

    /// Cards for the Updates page, by name: of the environments that `viewer` sees.
    pub async fn environment_cards(&self, viewer: &Person) -> Result<Vec<EnvironmentCard>> {
        let mut cards = Vec::new();
        let seen = |environment: &Environment| viewer.sees(&environment.labels);
        for environment in self.store().environments().await?.into_iter().filter(seen) {
            cards.push(self.card(environment).await?);
        }
        let left = self.all_left().await?;
        for run in cards.iter_mut().filter_map(|card| card.active_run.as_mut()) {
            run.left = Some(left.get(&run.id).copied().unwrap_or(Estimate::Unknown { runs: 0 }));
        }
        Ok(cards)
    }

    /// One card.
    pub async fn environment_card(&self, id: &EnvironmentId) -> Result<EnvironmentCard> {
        let environment = self.environment(id).await?;
        let mut card = self.card(environment).await?;
        self.tell_what_is_left(card.active_run.as_mut_slice()).await?;
        Ok(card)
    }

    async fn card(&self, environment: Environment) -> Result<EnvironmentCard> {
        let look = self.store().last_look(&environment.id).await?;
        let (active_run, last_run) = self.store().runs_of(&environment.id).await?;
        let mut open_requests = Vec::new();
        for id in self.store().open_requests(Some(&environment.id)).await? {
            open_requests.extend(self.request_line(&id).await?);
        }
        Ok(EnvironmentCard {
            inventory: look.inventory,
            inventory_error: look.error,
            open_requests,
            unreviewed: self.store().unreviewed(Some(&environment.id)).await?,
            active_run,
            last_run,
            now: self.now(),
            environment,
        })
    }

    /// One environment.
    pub async fn environment(&self, id: &EnvironmentId) -> Result<Environment> {
        self.store().environment(id).await?.ok_or_else(|| not_found("this environment"))
    }

    /// Adds an environment. Every field is checked. `by` is `None` on the server's command line.
    pub async fn add_environment(&self, by: Option<&Person>, draft: EnvironmentDraft) -> Result<EnvironmentId> {
        check(&draft)?;
        let id = EnvironmentId::new(uuid::Uuid::now_v7().to_string())?;
        let environment = assemble(id.clone(), draft);
        let mut tx = self.store().write().await?;
        if !insert(&mut tx, &environment).await? {
            return Err(invalid("name", format!("an environment {:?} exists already", environment.name)));
        }
        self.tell(tx, by, "environment.added", &environment).await?;
        Ok(id)
    }

    /// Replaces an environment's settings. Host keys that were accepted for an unchanged address stay accepted.
    /// Open requests against it can then not be started any more.
    pub async fn change_environment(
        &self,
        by: Option<&Person>,
        id: &EnvironmentId,
        draft: EnvironmentDraft,
    ) -> Result<()> {
        check(&draft)?;
        let mut tx = self.store().write().await?;
        // Labels and risk decide which policies count: whoever starts a run meanwhile does so before this or after it.
        let rules = self.hold_rules(&mut tx).await?;
        let before = get(&mut tx, id).await?.ok_or_else(|| not_found("this environment"))?;
        let mut environment = assemble(id.clone(), draft);
        keep_host_keys(&before, &mut environment);
        if !update(&mut tx, &environment).await? {
            return Err(invalid("name", format!("another environment is called {:?}", environment.name)));
        }
        settings_changed(&mut tx, &rules, (&before, &environment), self.now()).await?;
        self.tell(tx, by, "environment.changed", &environment).await?;
        self.0.post.wake();
        Ok(())
    }

    /// Removes an environment that has no run under way. Its history stays.
    pub async fn remove_environment(&self, by: Option<&Person>, id: &EnvironmentId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let environment = get(&mut tx, id).await?.ok_or_else(|| not_found("this environment"))?;
        if !remove(&mut tx, id, self.now()).await? {
            return Err(conflict("a run is under way in this environment: wait for its end, or abort it"));
        }
        self.tell(tx, by, "environment.removed", &environment).await
    }

    /// Tries to reach everything and says what it saw. Changes nothing there.
    pub async fn test_connection(&self, by: Option<&Person>, id: &EnvironmentId) -> Result<ConnectionReport> {
        let environment = self.environment(id).await?;
        let who = by.map_or("drydock", |by| &by.name);
        self.record(Deed { who, what: "environment.tested", subject: id.as_str(), detail: environment.name.clone() })
            .await?;
        self.try_connection(&environment).await
    }

    /// Pins a host key that an admin has compared.
    pub async fn accept_host_key(
        &self,
        by: Option<&Person>,
        id: &EnvironmentId,
        host: &HostName,
        of: KeyOwner,
        key: HostKey,
    ) -> Result<()> {
        let mut tx = self.store().write().await?;
        let mut environment = get(&mut tx, id).await?.ok_or_else(|| not_found("this environment"))?;
        let found = environment.platform.hosts_mut().into_iter().find(|known| &known.name == host);
        let found = found.ok_or_else(|| not_found(format!("host {host} of this environment")))?;
        let access = match of {
            KeyOwner::Host => &mut found.access,
            KeyOwner::Jump => {
                found.jump.as_mut().ok_or_else(|| not_found(format!("a jump host in front of {host}")))?
            }
        };
        let fingerprint = key.fingerprint.clone();
        access.host_key = Some(key);
        update(&mut tx, &environment).await?;
        let who = by.map_or("drydock", |by| &by.name);
        let detail = format!("{fingerprint} for {host} ({of:?}) of {}", environment.name);
        record(&mut tx, self.now(), Deed { who, what: "host_key.accepted", subject: id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Looks again at everything, and remembers it.
    pub async fn take_inventory(&self, _by: Option<&Person>, id: &EnvironmentId) -> Result<Inventory> {
        let environment = self.environment(id).await?;
        self.look(&environment).await
    }

    /// As [`Engine::take_inventory`], of an environment that was read before.
    pub(crate) async fn look(&self, environment: &Environment) -> Result<Inventory> {
        let taken_at = self.now();
        let facts = match self.platform(environment).await {
            Ok(platform) => platform.facts().await,
            Err(error) => {
                self.store().remember_failed_look(&environment.id, &chain(&error)).await?;
                return Err(error);
            }
        };
        let inventory = Inventory { taken_at, facts };
        self.store().remember_inventory(&environment.id, &inventory).await?;
        Ok(inventory)
    }

    async fn tell(
        &self,
        mut tx: sqlx::Transaction<'static, sqlx::Any>,
        by: Option<&Person>,
        what: &'static str,
        environment: &Environment,
    ) -> Result<()> {
        let who = by.map_or("drydock", |by| &by.name);
        let deed = Deed { who, what, subject: environment.id.as_str(), detail: environment.name.clone() };
        record(&mut tx, self.now(), deed).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(crate) fn assemble(id: EnvironmentId, draft: EnvironmentDraft) -> Environment {
    Environment { id, name: draft.name, labels: draft.labels, risk: draft.risk, platform: draft.platform }
}

/// A key belongs to an address and port; a form does not carry it.
pub(crate) fn keep_host_keys(before: &Environment, after: &mut Environment) {
    for host in after.platform.hosts_mut() {
        let Some(known) = before.host(&host.name) else { continue };
        let same =
            |a: &model::environment::Access, b: &model::environment::Access| a.address == b.address && a.port == b.port;
        if host.access.host_key.is_none() && same(&host.access, &known.access) {
            host.access.host_key.clone_from(&known.access.host_key);
        }
        if let (Some(jump), Some(known)) = (&mut host.jump, &known.jump)
            && jump.host_key.is_none()
            && same(jump, known)
        {
            jump.host_key.clone_from(&known.host_key);
        }
    }
}
