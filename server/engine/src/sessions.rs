//! Where the server keeps its sessions. What they hold is opaque to the engine; whose they are is not.

use model::id::{PersonId, SessionId};
use model::people::Person;
use model::session::{SessionView, browser_words};
use model::time::Timestamp;

use crate::error::not_found;
use crate::store::audit::{Deed, record};
use crate::store::people::{end_sessions, get};
use crate::store::sessions;
use crate::{Engine, Result};

/// A session as the server wrote it.
#[derive(Clone)]
pub struct StoredSession {
    /// A hash of what is in the cookie.
    pub id: SessionId,
    /// Whatever the server keeps.
    pub data: Vec<u8>,
    /// Not given out after this.
    pub expires: Timestamp,
    /// Whose it is; nobody's until they have shown everything that is asked for.
    pub visit: Option<Visit>,
}

/// Somebody who is logged in in one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub person: PersonId,
    /// When they logged in.
    pub begun: Timestamp,
    /// When it was used last.
    pub seen: Timestamp,
    /// From where.
    pub address: String,
    /// What the browser says of itself.
    pub agent: String,
}

impl std::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSession").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Engine {
    /// Writes a new session; `false` when that id exists.
    pub async fn create_session(&self, session: &StoredSession) -> Result<bool> {
        self.store().create_session(session, self.now()).await
    }

    /// Writes a session again. One that has ended meanwhile is not brought back.
    pub async fn save_session(&self, session: &StoredSession) -> Result<()> {
        self.store().save_session(session).await
    }

    /// Reads a session that has not expired.
    pub async fn load_session(&self, id: &SessionId) -> Result<Option<StoredSession>> {
        self.store().load_session(id, self.now()).await
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &SessionId) -> Result<()> {
        self.store().delete_session(id).await
    }

    /// Where somebody is logged in, used last first. `this` is the session that asks.
    pub async fn sessions(&self, person: &Person, this: Option<&SessionId>) -> Result<Vec<SessionView>> {
        let found = self.store().sessions_of(&person.id, self.now()).await?;
        let view = |(id, visit): (SessionId, Visit)| SessionView {
            is_this: Some(&id) == this,
            id,
            begun: visit.begun,
            seen: visit.seen,
            address: visit.address,
            browser: browser_words(&visit.agent),
        };
        Ok(found.into_iter().map(view).collect())
    }

    /// Ends one of one's own sessions.
    pub async fn end_session(&self, by: &Person, id: &SessionId) -> Result<()> {
        let session = self.sessions(by, None).await?.into_iter().find(|session| session.id == *id);
        let session = session.ok_or_else(|| not_found("this session"))?;
        let mut tx = self.store().write().await?;
        if !sessions::end(&mut tx, &by.id, id).await? {
            return Err(not_found("this session"));
        }
        let detail = format!("{}, last used from {}", session.browser, session.address);
        record(&mut tx, self.now(), Deed { who: &by.name, what: "session.ended", subject: "", detail }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends all of one's own sessions but the one that asks.
    pub async fn end_other_sessions(&self, by: &Person, this: &SessionId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let ended = sessions::end_others(&mut tx, &by.id, this).await?;
        if ended == 0 {
            return Ok(());
        }
        let detail = format!("all but the one that asked: {ended}");
        record(&mut tx, self.now(), Deed { who: &by.name, what: "session.ended", subject: "", detail }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Logs somebody out everywhere. `by` is `None` on the server's command line.
    pub async fn end_all_sessions(&self, by: Option<&Person>, id: &PersonId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let person = get(&mut tx, id).await?.ok_or_else(|| not_found("this person"))?.person;
        end_sessions(&mut tx, id).await?;
        let who = by.map_or("drydock", |by| &by.name);
        let (what, subject, detail) = ("person.logged_out", id.as_str(), person.name);
        record(&mut tx, self.now(), Deed { who, what, subject, detail }).await?;
        tx.commit().await?;
        Ok(())
    }
}
