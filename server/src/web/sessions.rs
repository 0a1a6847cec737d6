//! Sessions: a random id in a cookie, everything else in the database.
//!
//! The database holds a hash of the id, so that whoever reads a copy of it cannot take over a session.

use async_trait::async_trait;
use engine::{Engine, EngineError, StoredSession};
use model::time::Timestamp;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use super::Web;
use super::backend::AuthSession;

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

/// A session that is used lives on, but is written only once in this many seconds.
const WRITE_AGAIN_AFTER: i64 = 60;

/// Marks the session as used, so that only an unused one expires.
pub async fn keep_alive(auth: &AuthSession) {
    let used = OffsetDateTime::now_utc().unix_timestamp() / WRITE_AGAIN_AFTER;
    // The session is written when this value differs from the one before. Failing to is no reason to refuse.
    if let Err(error) = auth.session.insert("used", used).await {
        tracing::warn!(%error, "A session could not be kept alive");
    }
}

/// Sessions, kept by the engine.
#[derive(Debug, Clone)]
pub struct Sessions {
    engine: Engine,
}

fn key(id: &Id) -> String {
    hex::encode(Sha256::digest(id.to_string()))
}

fn stored(record: &Record) -> Result<StoredSession> {
    Ok(StoredSession {
        id: key(&record.id),
        data: serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
        expires: Timestamp(record.expiry_date.unix_timestamp().saturating_mul(1000)),
    })
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
        // A page that was still loading while its reader logged out must not bring the session back.
        let session = stored(record)?;
        if self.engine.load_session(&session.id).await.map_err(failed)?.is_none() {
            return Ok(());
        }
        self.engine.save_session(&session).await.map_err(failed)
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
