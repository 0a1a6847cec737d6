//! Sessions: a random id in a cookie, everything else in the database.
//!
//! The database holds a hash of the id, so that whoever reads a copy of it cannot take over a session.

use async_trait::async_trait;
use engine::{Engine, EngineError, StoredSession, Visit};
use model::id::{PersonId, SessionId};
use model::people::Person;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore, session};

use super::Web;
use super::client::Visitor;

/// How the cookie is called. The prefix makes browsers refuse it from other hosts and over http.
pub fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-drydock" } else { "drydock" }
}

/// Reads and writes the session of each request.
pub fn layer(web: &Web) -> SessionManagerLayer<Sessions> {
    let https = web.config.public_url.is_https();
    let lifetime = time::Duration::try_from(web.config.session_lifetime).unwrap_or(time::Duration::HOUR);
    SessionManagerLayer::new(Sessions { engine: web.engine.clone() })
        .with_name(cookie_name(https))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(https)
        .with_expiry(Expiry::OnInactivity(lifetime))
}

/// A session that is used lives on, but is written only once in this many milliseconds.
const WRITE_AGAIN_AFTER: i64 = 60_000;

/// Under which a session keeps what its owner sees of it.
const LOGIN: &str = "login";

/// What its owner sees of a session.
#[derive(Serialize, Deserialize)]
struct Login {
    person: PersonId,
    begun: Timestamp,
    seen: Timestamp,
    /// When they have shown last that it is they.
    proven: Timestamp,
    address: String,
    agent: String,
}

impl Login {
    /// As it is used now.
    fn used_by(self, visitor: &Visitor) -> Self {
        Self { seen: now(), address: visitor.address.to_string(), agent: visitor.agent.clone(), ..self }
    }

    fn new(person: &Person, visitor: &Visitor) -> Self {
        let (person, now) = (person.id.clone(), now());
        let (address, agent) = (visitor.address.to_string(), visitor.agent.clone());
        Self { person, begun: now, seen: now, proven: now, address, agent }
    }
}

/// What is done to a session, if the database does its part.
type Kept<T> = std::result::Result<T, session::Error>;

/// Notes who has logged in in this session.
pub async fn note_login(session: &Session, person: &Person, visitor: &Visitor) -> Kept<()> {
    session.insert(LOGIN, Login::new(person, visitor)).await
}

/// Notes that somebody has shown again that it is they. The session goes on under a new id: whoever knows the old one has not
/// shown anything.
pub async fn note_proof(session: &Session, person: &Person, visitor: &Visitor) -> Kept<()> {
    let before = known(session, person).await?.unwrap_or_else(|| Login::new(person, visitor));
    session.cycle_id().await?;
    session.insert(LOGIN, Login { proven: now(), ..before }).await
}

/// Notes when somebody has shown that it is they, where that was not at this login.
pub async fn note_shown(session: &Session, person: &Person, shown: Timestamp) -> Kept<()> {
    let Some(login) = known(session, person).await? else { return Ok(()) };
    session.insert(LOGIN, Login { proven: shown, ..login }).await
}

/// When somebody has shown last, in this session, that it is they.
pub async fn proven(session: &Session, person: &Person) -> Option<Timestamp> {
    known(session, person).await.ok().flatten().map(|login| login.proven)
}

async fn known(session: &Session, person: &Person) -> Kept<Option<Login>> {
    Ok(session.get::<Login>(LOGIN).await?.filter(|login| login.person == person.id))
}

/// Marks the session as used, so that only an unused one expires.
pub async fn keep_alive(session: &Session, person: &Person, visitor: &Visitor) {
    // Failing to is no reason to refuse.
    if let Err(error) = note_use(session, person, visitor).await {
        tracing::warn!(%error, "A session could not be kept alive");
    }
}

async fn note_use(session: &Session, person: &Person, visitor: &Visitor) -> Kept<()> {
    let Some(before) = known(session, person).await? else { return note_login(session, person, visitor).await };
    if now().since(before.seen) < WRITE_AGAIN_AFTER {
        return Ok(());
    }
    session.insert(LOGIN, before.used_by(visitor)).await
}

pub fn now() -> Timestamp {
    Timestamp(OffsetDateTime::now_utc().unix_timestamp().saturating_mul(1000))
}

/// What a session is called, if there is one.
pub fn name(session: &Session) -> Option<SessionId> {
    session.id().map(|id| key(&id))
}

/// Sessions, kept by the engine.
#[derive(Debug, Clone)]
pub struct Sessions {
    engine: Engine,
}

fn key(id: &Id) -> SessionId {
    SessionId::new(hex::encode(Sha256::digest(id.to_string()))).expect("SHA-256 is 64 digits")
}

fn stored(record: &Record) -> Result<StoredSession> {
    Ok(StoredSession {
        id: key(&record.id),
        data: serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
        expires: Timestamp(record.expiry_date.unix_timestamp().saturating_mul(1000)),
        visit: visit(record)?,
    })
}

fn visit(record: &Record) -> Result<Option<Visit>> {
    let Some(login) = record.data.get(LOGIN) else { return Ok(None) };
    let Login { person, begun, seen, address, agent, .. } =
        Login::deserialize(login).map_err(|error| Error::Encode(error.to_string()))?;
    Ok(Some(Visit { person, begun, seen, address, agent }))
}

fn failed(error: EngineError) -> Error {
    Error::Backend(error.refusal().to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.engine.create_session(&stored(record)?).await.map_err(failed)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.engine.save_session(&stored(record)?).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(session) = self.engine.load_session(&key(id)).await.map_err(failed)? else { return Ok(None) };
        let data = serde_json::from_slice(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires.0 / 1000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.engine.delete_session(&key(id)).await.map_err(failed)
    }
}
