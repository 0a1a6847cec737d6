//! Environments and what is known of them.

use std::collections::BTreeSet;

use model::connection::{ConnectionReport, KeyOwner};
use model::environment::{
    CloudStackSettings, Environment, Host, HostKey, OpenVstorageSettings, PlatformSettings, RiskClass,
};
use model::id::{EnvironmentId, HostName};
use model::inventory::Inventory;
use model::people::Person;
use model::secret::SecretRef;
use model::view::EnvironmentCard;

use crate::error::{chain, conflict, invalid, not_found};
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
    /// Cards for the Updates page, by name.
    pub async fn environment_cards(&self) -> Result<Vec<EnvironmentCard>> {
        let mut cards = Vec::new();
        for environment in self.store().environments().await? {
            cards.push(self.card(environment).await?);
        }
        Ok(cards)
    }

    /// One card.
    pub async fn environment_card(&self, id: &EnvironmentId) -> Result<EnvironmentCard> {
        let environment = self.environment(id).await?;
        self.card(environment).await
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
        let before = get(&mut tx, id).await?.ok_or_else(|| not_found("this environment"))?;
        let mut environment = assemble(id.clone(), draft);
        keep_host_keys(&before, &mut environment);
        if !update(&mut tx, &environment).await? {
            return Err(invalid("name", format!("another environment is called {:?}", environment.name)));
        }
        self.tell(tx, by, "environment.changed", &environment).await
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
        let found = hosts_mut(&mut environment).iter_mut().find(|known| &known.name == host);
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

fn assemble(id: EnvironmentId, draft: EnvironmentDraft) -> Environment {
    Environment { id, name: draft.name, labels: draft.labels, risk: draft.risk, platform: draft.platform }
}

fn hosts_mut(environment: &mut Environment) -> &mut Vec<Host> {
    match &mut environment.platform {
        PlatformSettings::CloudStack(settings) => &mut settings.management_hosts,
        PlatformSettings::OpenVstorage(settings) => &mut settings.nodes,
    }
}

/// A key belongs to an address and port; a form does not carry it.
fn keep_host_keys(before: &Environment, after: &mut Environment) {
    for host in hosts_mut(after) {
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

fn check(draft: &EnvironmentDraft) -> Result<()> {
    let name = draft.name.trim();
    if name.is_empty() || name.len() > 80 || name != draft.name || name.chars().any(char::is_control) {
        return Err(invalid("name", "1 to 80 characters are needed, without blanks at the ends"));
    }
    if draft.labels.iter().any(|label| HostName::new(label.clone()).is_err()) {
        return Err(invalid("labels", format!("in each label, {}", HostName::RULE)));
    }
    match &draft.platform {
        PlatformSettings::CloudStack(settings) => check_cloudstack(settings),
        PlatformSettings::OpenVstorage(settings) => check_open_vstorage(settings),
    }
}

fn check_open_vstorage(settings: &OpenVstorageSettings) -> Result<()> {
    check_endpoint(&settings.endpoint, "https://10.100.199.151/api/")?;
    let shown = |c: char| c.is_ascii_graphic() && c != ':';
    if settings.client_id.is_empty() || settings.client_id.len() > 200 || !settings.client_id.chars().all(shown) {
        return Err(invalid("client_id", "1 to 200 visible characters without colon are expected"));
    }
    check_reference("client_secret", &settings.client_secret)?;
    for certificate in &settings.certificate_sha256 {
        check_fingerprint(Some(certificate))?;
    }
    if settings.nodes.is_empty() {
        return Err(invalid("nodes", "name every node: what cannot be reached cannot be updated"));
    }
    check_hosts("nodes", &settings.nodes)
}

fn check_cloudstack(settings: &CloudStackSettings) -> Result<()> {
    check_endpoint(&settings.endpoint, "https://cloud.example:8443/client/api")?;
    check_reference("api_key", &settings.api_key)?;
    check_reference("secret_key", &settings.secret_key)?;
    if let Some(reference) = &settings.database_password {
        check_reference("database_password", reference)?;
    }
    check_fingerprint(settings.certificate_sha256.as_deref())?;
    check_address("integration_address", &settings.integration_address)?;
    check_hosts("management_hosts", &settings.management_hosts)
}

fn check_endpoint(endpoint: &str, example: &str) -> Result<()> {
    let rest = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let shown = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()));
    if !shown || endpoint.contains(['?', '#', '@']) {
        let rule = format!("a URL such as {example} is expected, without user, query or fragment");
        return Err(invalid("endpoint", rule));
    }
    Ok(())
}

fn check_fingerprint(sha256: Option<&str>) -> Result<()> {
    if sha256.is_some_and(|hex| hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(invalid("certificate_sha256", "64 hexadecimal digits are expected"));
    }
    Ok(())
}

fn check_hosts(field: &str, hosts: &[Host]) -> Result<()> {
    let mut names = BTreeSet::new();
    for host in hosts {
        if !names.insert(&host.name) {
            return Err(invalid(field, format!("{} is there twice", host.name)));
        }
        for access in std::iter::once(&host.access).chain(&host.jump) {
            check_address(&format!("address of {}", host.name), &access.address)?;
            check_reference(&format!("key of {}", host.name), &access.key)?;
            let user = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if access.user.is_empty() || access.user.starts_with('-') || !access.user.chars().all(user) {
                return Err(invalid(
                    format!("user of {}", host.name),
                    "letters, digits, dot, dash and underscore are allowed",
                ));
            }
            if access.port == 0 {
                return Err(invalid(format!("port of {}", host.name), "1 to 65535 is expected"));
            }
        }
    }
    Ok(())
}

fn check_address(field: &str, address: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
    if address.is_empty() || address.len() > 255 || address.starts_with('-') || !address.chars().all(allowed) {
        return Err(invalid(field, "a host name or an IP address is expected"));
    }
    Ok(())
}

fn check_reference(field: &str, reference: &SecretRef) -> Result<()> {
    match reference {
        SecretRef::File(path) if !path.starts_with('/') => {
            Err(invalid(field, "the absolute path of a file on the Drydock server is expected"))
        }
        SecretRef::Variable(name)
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
        {
            Err(invalid(field, "the name of an environment variable is expected"))
        }
        SecretRef::File(_) | SecretRef::Variable(_) | SecretRef::Sealed(_) => Ok(()),
    }
}
