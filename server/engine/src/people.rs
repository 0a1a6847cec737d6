//! Who can log in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use argon2::password_hash::SaltString;
use argon2::password_hash::rand_core::OsRng;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use model::grant::{Grants, Reach};
use model::id::PersonId;
use model::people::{PeopleView, Person, PersonView, Role, SecondFactor};
use model::time::Timestamp;
use tokio::task::spawn_blocking;

use crate::error::{conflict, invalid, not_found};
use crate::notify::rules_changed;
use crate::store::audit::{Deed, record};
use crate::store::people::{PersonRow, all, get, insert, update};
use crate::tokens::revoke_uncovered;
use crate::{Engine, EngineError, Result};

/// Somebody who is to be able to log in.
#[derive(Clone)]
pub struct NewPerson {
    /// Login name.
    pub name: String,
    /// In clear; only its hash is kept.
    pub password: String,
    /// What is granted.
    pub roles: Grants,
}

/// Somebody whose password was right.
#[derive(Debug)]
pub enum Entrant {
    /// That was all there is to show.
    LoggedIn(Person),
    /// Still has to show a code: [`Engine::authenticate_code`].
    AwaitsCode(Person),
}

/// Shorter passwords are refused.
pub const SHORTEST_PASSWORD: usize = 12;

/// Checked when the name is unknown, so that the answer takes the same time as for a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

impl Engine {
    /// The one-time setup token, while there is no admin yet; the same until it is used or the server restarts.
    pub async fn setup_token(&self) -> Result<Option<String>> {
        let has_admin = self.store().people().await?.iter().any(|person| person.may(Role::Admin));
        Ok((!has_admin).then(|| self.setup_secret().to_owned()))
    }

    /// Makes the first admin. The token is used up with it.
    pub async fn set_up(&self, token: &str, name: &str, password: &str) -> Result<Person> {
        let expected = self.setup_token().await?;
        if expected.is_none_or(|expected| !same(&expected, token)) {
            return Err(conflict(
                "this setup link is not valid any more: an admin exists, or the server was restarted",
            ));
        }
        let new = NewPerson { name: name.to_owned(), password: password.to_owned(), roles: [Role::Admin].into() };
        self.add(None, new, Only::FirstAdmin).await
    }

    /// Checks a password. `None` when name or password are wrong; it takes the same time either way.
    /// `from` is the client's address, for the audit log.
    pub async fn authenticate(&self, name: &str, password: &str, from: &str) -> Result<Option<Entrant>> {
        let row = self.store().person_by_name(name).await?;
        let matches = is_password(password, row.as_ref()).await;
        let person = row.map(|row| row.person).filter(|person| matches && person.disabled_at.is_none());
        let awaits_code = match &person {
            Some(person) => matches!(self.second_factor(&person.id).await?, SecondFactor::Active { .. }),
            None => false,
        };
        let (what, rest) = match (&person, awaits_code) {
            (Some(_), false) => ("login.succeeded", ""),
            (Some(_), true) => ("login.password_accepted", "; the code is still to come"),
            (None, _) => ("login.failed", ""),
        };
        // The name as typed may be a password in the wrong field: only a known one is recorded.
        let who = person.as_ref().map_or("nobody", |person| &person.name);
        self.record(Deed { who, what, subject: "", detail: format!("from {from}{rest}") }).await?;
        Ok(person.map(|person| if awaits_code { Entrant::AwaitsCode(person) } else { Entrant::LoggedIn(person) }))
    }

    /// Records in the audit log that somebody has logged out.
    pub async fn logged_out(&self, who: &Person) -> Result<()> {
        self.record(Deed { who: &who.name, what: "login.ended", subject: "", detail: String::new() }).await
    }

    /// Somebody by id, for a session, with bytes that change whenever the password or the account does.
    pub async fn person_for_session(&self, id: &PersonId) -> Result<Option<(Person, Vec<u8>)>> {
        let row = self.store().person(id).await?;
        Ok(row.filter(|row| row.person.disabled_at.is_none()).map(|row| (row.person, row.stamp.to_be_bytes().to_vec())))
    }

    /// Adds somebody. `by` is `None` on the server's command line.
    pub async fn add_person(&self, by: Option<&Person>, new: NewPerson) -> Result<Person> {
        self.add(by, new, Only::Always).await
    }

    async fn add(&self, by: Option<&Person>, new: NewPerson, only: Only) -> Result<Person> {
        check_name(&new.name)?;
        let password = hashed(new.password).await?;
        let person = Person { id: new_id(), name: new.name, roles: new.roles, disabled_at: None };
        let row = PersonRow { person: person.clone(), password, stamp: 1 };
        let at = self.now();
        let mut tx = self.store().write().await?;
        if only == Only::FirstAdmin && all(&mut tx).await?.iter().any(|person| person.may(Role::Admin)) {
            return Err(conflict("this setup link is not valid any more: an admin exists"));
        }
        if !insert(&mut tx, &row).await? {
            return Err(invalid("name", format!("{:?} is taken", person.name)));
        }
        let who = by.map_or("drydock", |by| &by.name);
        let detail = format!("{} with {}", person.name, person.roles.words());
        record(&mut tx, at, Deed { who, what: "person.added", subject: person.id.as_str(), detail }).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// Sets roles, and where they count. The last admin keeps theirs.
    pub async fn set_roles(&self, by: Option<&Person>, id: &PersonId, roles: Grants) -> Result<()> {
        let person = self.store().person(id).await?.ok_or_else(|| not_found("this person"))?.person;
        self.has_password(&person, "roles follow from the groups").await?;
        let detail = roles.words();
        self.change(by, id, "person.roles_set", detail, |row| row.person.roles = roles).await
    }

    /// Lets somebody log in no more, or again. The last admin can always log in.
    pub async fn set_disabled(&self, by: Option<&Person>, id: &PersonId, disabled: bool) -> Result<()> {
        let at = disabled.then(|| self.now());
        let what = if disabled { "person.disabled" } else { "person.enabled" };
        self.change(by, id, what, String::new(), |row| row.person.disabled_at = at).await
    }

    /// Sets a password; every session of that person ends.
    pub async fn set_password(&self, by: Option<&Person>, id: &PersonId, password: &str) -> Result<()> {
        let person = self.store().person(id).await?.ok_or_else(|| not_found("this person"))?.person;
        self.has_password(&person, "the password is set").await?;
        let hash = hashed(password.to_owned()).await?;
        self.change(by, id, "person.password_set", String::new(), |row| row.password = hash).await
    }

    async fn change(
        &self,
        by: Option<&Person>,
        id: &PersonId,
        what: &'static str,
        detail: String,
        edit: impl FnOnce(&mut PersonRow) + Send,
    ) -> Result<()> {
        let mut tx = self.store().write().await?;
        // Whoever starts a run meanwhile does so before this or after it.
        let before = self.hold_rules(&mut tx).await?;
        let mut row = get(&mut tx, id).await?.ok_or_else(|| not_found("this person"))?;
        let was_admin = row.person.may(Role::Admin);
        edit(&mut row);
        update(&mut tx, &row).await?;
        if was_admin && !all(&mut tx).await?.iter().any(|person| person.may(Role::Admin)) {
            return Err(conflict("nobody would be admin any more: make somebody else admin first"));
        }
        let who = by.map_or("drydock", |by| &by.name);
        let detail = if detail.is_empty() { row.person.name.clone() } else { format!("{}: {detail}", row.person.name) };
        record(&mut tx, self.now(), Deed { who, what, subject: id.as_str(), detail }).await?;
        revoke_uncovered(&mut tx, &row.person, self.now()).await?;
        rules_changed(&mut tx, &before, self.now()).await?;
        tx.commit().await?;
        self.0.post.wake();
        Ok(())
    }

    /// Everybody, by name.
    pub async fn people(&self) -> Result<Vec<Person>> {
        self.store().people().await
    }

    /// Everybody, by name, as admins see them.
    pub async fn people_view(&self) -> Result<PeopleView> {
        let since: BTreeMap<PersonId, Timestamp> = self.store().second_factors().await?.into_iter().collect();
        let sessions: BTreeMap<PersonId, i64> = self.store().session_counts(self.now()).await?.into_iter().collect();
        let issuers: BTreeMap<PersonId, String> = self.store().identities().await?.into_iter().collect();
        let view = |person: Person| PersonView {
            issuer: issuers.get(&person.id).cloned(),
            second_factor_since: since.get(&person.id).copied(),
            sessions: sessions.get(&person.id).copied().unwrap_or_default(),
            person,
        };
        let people: Vec<PersonView> = self.people().await?.into_iter().map(view).collect();
        let mut labels = self.labels_in_use().await?;
        for grant in people.iter().flat_map(|view| view.person.roles.iter()) {
            if let Reach::Label(label) = grant.reach() {
                labels.insert(label.clone());
            }
        }
        Ok(PeopleView { people, labels })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Always,
    FirstAdmin,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson").field("name", &self.name).field("roles", &self.roles).finish_non_exhaustive()
    }
}

pub(crate) fn new_id() -> PersonId {
    PersonId::new(uuid::Uuid::now_v7().to_string()).expect("a UUID is an id")
}

pub(crate) fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        return Err(invalid("name", "1 to 64 letters, digits, dots, dashes, underscores or @ are allowed"));
    }
    if name == "drydock" || name == "nobody" {
        return Err(invalid("name", "this name is used in the audit log for what no person did"));
    }
    Ok(())
}

async fn hashed(password: String) -> Result<String> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(invalid("password", format!("at least {SHORTEST_PASSWORD} characters are needed")));
    }
    if password.len() > 1024 {
        return Err(invalid("password", "at most 1024 bytes are allowed"));
    }
    let hash = spawn_blocking(move || hash(&password)).await.ok().flatten();
    hash.ok_or_else(|| EngineError::damaged("person", "password", "it could not be hashed"))
}

fn hash(password: &str) -> Option<String> {
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default().hash_password(password.as_bytes(), &salt).ok().map(|hash| hash.to_string())
}

/// Whether this is the password of the account, or of nobody; it takes the same time either way.
pub(crate) async fn is_password(given: &str, row: Option<&PersonRow>) -> bool {
    // Whoever signs in at a provider has none.
    let row = row.filter(|row| !row.password.is_empty());
    let known = row.map_or_else(|| NOBODY.clone(), |row| row.password.clone());
    let given = given.to_owned();
    let matches = spawn_blocking(move || verify(&given, &known)).await.unwrap_or(false);
    matches && row.is_some()
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Compares without stopping at the first difference.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
