//! Accounts as `axum-login` asks for them. A session ends when what the engine says about the account changes: the
//! password, the account being disabled.

use std::convert::Infallible;

use axum_login::{AuthUser, AuthnBackend};
use engine::{Engine, EngineError};
use model::id::PersonId;
use model::people::Person;

/// What handlers extract to know who is asking.
pub type AuthSession = axum_login::AuthSession<Accounts>;

/// Accounts, kept by the engine.
#[derive(Debug, Clone)]
pub struct Accounts {
    engine: Engine,
}

impl Accounts {
    /// Accounts of this engine.
    pub const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Somebody with what their session is bound to.
    pub async fn account(&self, id: &PersonId) -> Result<Option<Account>, EngineError> {
        let found = self.engine.person_for_session(id).await?;
        Ok(found.map(|(person, binding)| Account { person, binding }))
    }
}

/// A person who is logged in.
#[derive(Clone)]
pub struct Account {
    pub person: Person,
    binding: Vec<u8>,
}

impl Account {
    /// What changes with the password and with the account.
    pub fn binding(&self) -> &[u8] {
        &self.binding
    }
}

// What a session is bound to depends on the password hash, and `axum-login` logs accounts.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.person.name).finish_non_exhaustive()
    }
}

impl AuthUser for Account {
    type Id = PersonId;

    fn id(&self) -> PersonId {
        self.person.id.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.binding
    }
}

impl AuthnBackend for Accounts {
    type User = Account;
    type Credentials = Infallible;
    type Error = EngineError;

    /// Nobody is authenticated here: the engine does that, and says whether a code has still to come.
    async fn authenticate(&self, none: Infallible) -> Result<Option<Account>, EngineError> {
        match none {}
    }

    async fn get_user(&self, id: &PersonId) -> Result<Option<Account>, EngineError> {
        self.account(id).await
    }
}
