//! Signing in at a provider (OpenID Connect): who comes from there, and which roles their groups give them.
//!
//! Somebody is who the issuer and the subject say, never who a name or an address says: those can be given to others. Roles are
//! what the groups say at the last sign-in; a role that is lost there is lost here, with everything that hangs on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::grant::Grants;
use model::people::Person;
use model::refusal::Refusal;
use model::secret::SecretRef;
use model::time::Timestamp;
use remote::http::Trust;
use remote::oidc::{Begun, Claimed, LEEWAY, OidcError, OidcOptions, OidcProvider, SignIn};
use tokio::sync::Mutex;
use tracing::warn;

use crate::error::{conflict, not_found};
use crate::notify::rules_changed;
use crate::people::{check_name, new_id};
use crate::store::audit::{Deed, record};
use crate::store::identities;
use crate::store::people::{PersonRow, get, insert, update};
use crate::tokens::revoke_uncovered;
use crate::{Engine, Result};

/// Somebody whom the provider has let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Who.
    pub person: Person,
    /// When they have shown last, at the provider, that it is they; it may have been long ago.
    pub shown: Option<Timestamp>,
}

/// How long what the provider told of itself counts.
const TOLD_COUNTS: Duration = Duration::from_secs(300);

/// How many names are tried for somebody new before the subject is one.
const NAMES_TRIED: u32 = 50;

/// A provider as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// What people call it.
    pub name: String,
    /// Exactly as it names itself.
    pub issuer: String,
    /// As it knows us.
    pub client_id: String,
    /// None: a public client.
    pub client_secret: Option<SecretRef>,
    /// Asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim with the groups.
    pub groups_claim: String,
    /// What each group gives.
    pub grants: Vec<(String, Grants)>,
    /// A file with the authority of its certificate, if browsers do not know it.
    pub ca_file: Option<String>,
}

impl ProviderSettings {
    /// What all these groups give together.
    fn grants_of(&self, claimed: &Claimed) -> Grants {
        let theirs = self.grants.iter().filter(|(group, _)| claimed.groups.contains(group));
        theirs.flat_map(|(_, grants)| grants.iter().cloned()).collect()
    }
}

/// The provider, and the engine that knows who comes from there. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    settings: ProviderSettings,
    redirect: String,
    told: Mutex<Option<(Instant, OidcProvider)>>,
}

impl Engine {
    /// The provider of these settings, which sends browsers back to `redirect`. It is not asked anything yet.
    #[must_use]
    pub fn provider(&self, settings: ProviderSettings, redirect: String) -> Provider {
        Provider(Arc::new(Inner { engine: self.clone(), settings, redirect, told: Mutex::default() }))
    }

    /// At which issuer somebody signs in; `None` when they have a password here.
    pub async fn issuer_of(&self, person: &Person) -> Result<Option<String>> {
        identities::issuer(self.store().reader(), &person.id).await
    }

    /// Refuses what only somebody with a password here has.
    pub(crate) async fn has_password(&self, person: &Person, what: &str) -> Result<()> {
        match self.issuer_of(person).await? {
            None => Ok(()),
            Some(issuer) => Err(conflict(format!("{} signs in at {issuer}: {what} there", person.name))),
        }
    }
}

impl Provider {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// Begins a sign-in.
    pub async fn begin(&self, how: SignIn) -> Result<Begun> {
        Ok(self.asked().await?.begin(how))
    }

    /// Ends a sign-in: makes the person if they are new, and gives them the roles that their groups give. `None` when they may
    /// not log in any more.
    pub async fn finish(&self, code: &str, begun: &Begun, from: &str) -> Result<Option<Entered>> {
        let claimed = self.claimed(code, begun, from).await?;
        let person = self.0.engine.enter(&claimed, self.0.settings.grants_of(&claimed), from).await?;
        let shown = claimed.auth_time.map(|at| Timestamp(at.saturating_mul(1000)));
        Ok(person.map(|person| Entered { person, shown }))
    }

    /// Ends a sign-in with which `person`, who is logged in, shows again that it is they: since `since`, in seconds.
    pub async fn prove(&self, person: &Person, code: &str, begun: &Begun, since: i64, from: &str) -> Result<Person> {
        let claimed = self.claimed(code, begun, from).await?;
        let is_fresh = claimed.auth_time.is_some_and(|at| at >= since - LEEWAY);
        if !is_fresh {
            self.note_failed(from, "the provider does not say that they have just signed in").await?;
            return Err(conflict("the provider does not say that you have just signed in: sign in there once more"));
        }
        let entered = self.0.engine.enter(&claimed, self.0.settings.grants_of(&claimed), from).await?;
        let entered = entered.ok_or_else(|| not_found("this person"))?;
        if entered.id != person.id {
            self.note_failed(from, "somebody else has signed in").await?;
            return Err(conflict(format!("{} has signed in, but {} is logged in", entered.name, person.name)));
        }
        let engine = &self.0.engine;
        let detail = format!("from {from}, at {}", claimed.issuer);
        engine.record(Deed { who: &entered.name, what: "proof.shown", subject: "", detail }).await?;
        Ok(entered)
    }

    /// Where somebody is signed out at the provider too, if it has such a place.
    pub async fn sign_out_url(&self, back: &str) -> Option<String> {
        self.asked().await.ok()?.sign_out_url(back)
    }

    async fn claimed(&self, code: &str, begun: &Begun, from: &str) -> Result<Claimed> {
        match self.asked().await?.finish(code, begun).await {
            Ok(claimed) => Ok(claimed),
            Err(error) => {
                self.note_failed(from, &error.to_string()).await?;
                Err(refused(&error))
            }
        }
    }

    async fn note_failed(&self, from: &str, why: &str) -> Result<()> {
        let detail = format!("from {from}, at {}: {why}", self.0.settings.issuer);
        self.0.engine.record(Deed { who: "nobody", what: "login.failed", subject: "", detail }).await
    }

    /// The provider with what it has told of itself not long ago.
    async fn asked(&self) -> Result<OidcProvider> {
        let mut told = self.0.told.lock().await;
        if let Some((at, provider)) = &*told
            && at.elapsed() < TOLD_COUNTS
        {
            return Ok(provider.clone());
        }
        let settings = &self.0.settings;
        let client_secret = match &settings.client_secret {
            Some(reference) => Some(self.0.engine.secret("oidc.client_secret", reference).await?),
            None => None,
        };
        let options = OidcOptions {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret,
            redirect: self.0.redirect.clone(),
            scopes: settings.scopes.clone(),
            trust: settings.ca_file.as_ref().map_or_else(Trust::default, |path| Trust::CaFile(path.into())),
            groups_claim: settings.groups_claim.clone(),
        };
        let provider = OidcProvider::discover(options).await.map_err(|error| refused(&error))?;
        *told = Some((Instant::now(), provider.clone()));
        Ok(provider)
    }
}

fn refused(error: &OidcError) -> crate::EngineError {
    warn!(%error, "A sign-in at the provider did not work");
    match error {
        OidcError::Options(_) | OidcError::Provider(_) => Refusal::Unavailable { problem: error.to_string() }.into(),
        OidcError::Code(_) | OidcError::Token(_) => conflict(error.to_string()),
    }
}

impl Engine {
    /// Lets in who the provider says it is, with the roles that their groups give now.
    pub(crate) async fn enter(&self, claimed: &Claimed, grants: Grants, from: &str) -> Result<Option<Person>> {
        let at = self.now();
        let mut tx = self.store().write().await?;
        // Whoever starts a run meanwhile does so before this or after it.
        let before = self.hold_rules(&mut tx).await?;
        let known = identities::person(&mut tx, &claimed.issuer, &claimed.subject).await?;
        let mut row = match known {
            Some(id) => get(&mut tx, &id).await?.ok_or_else(|| not_found("this person"))?,
            None => {
                let row = newcomer(&mut tx, claimed, grants.clone()).await?;
                identities::insert(&mut tx, &claimed.issuer, &claimed.subject, &row.person.id).await?;
                let detail = format!("{} with {}, at {}", row.person.name, grants.words(), claimed.issuer);
                let subject = row.person.id.as_str();
                record(&mut tx, at, Deed { who: "drydock", what: "person.added", subject, detail }).await?;
                row
            }
        };
        let is_new_grant = row.person.roles != grants;
        if is_new_grant {
            row.person.roles = grants;
            update(&mut tx, &row).await?;
            let detail =
                format!("{}: {}, by the groups at {}", row.person.name, row.person.roles.words(), claimed.issuer);
            let subject = row.person.id.as_str();
            record(&mut tx, at, Deed { who: "drydock", what: "person.roles_set", subject, detail }).await?;
            revoke_uncovered(&mut tx, &row.person, at).await?;
        }
        let (what, who) = if row.person.may_log_in() {
            ("login.succeeded", row.person.name.as_str())
        } else {
            ("login.failed", row.person.name.as_str())
        };
        let detail = format!("from {from}, at {}", claimed.issuer);
        record(&mut tx, at, Deed { who, what, subject: "", detail }).await?;
        rules_changed(&mut tx, &before, at).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(Some(row.person).filter(Person::may_log_in))
    }
}

/// Makes somebody who was never here, under a name that nobody has: whoever has that name already stays who they are.
async fn newcomer(
    tx: &mut sqlx::Transaction<'static, sqlx::Any>,
    claimed: &Claimed,
    roles: Grants,
) -> Result<PersonRow> {
    let wanted = tidied(claimed.name.as_deref().unwrap_or(&claimed.subject));
    for number in 1..=NAMES_TRIED {
        let name = if number == 1 { wanted.clone() } else { format!("{wanted}.{number}") };
        if check_name(&name).is_err() {
            continue;
        }
        let person = Person { id: new_id(), name, roles: roles.clone(), disabled_at: None };
        // No password opens it: an empty text is the hash of none.
        let row = PersonRow { person, password: String::new(), stamp: 1 };
        if insert(tx, &row).await? {
            return Ok(row);
        }
    }
    Err(conflict(format!(
        "there are {NAMES_TRIED} people called {wanted} already: an admin has to disable or rename some"
    )))
}

/// A name as names are here.
fn tidied(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-@".contains(c) { c } else { '-' };
    let name: String = name.trim().chars().map(allowed).take(60).collect();
    if name.is_empty() { "somebody".to_owned() } else { name }
}
