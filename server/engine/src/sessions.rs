//! Where the server keeps its sessions: opaque to the engine.

use model::time::Timestamp;

use crate::{Engine, Result};

/// A session as the server wrote it.
#[derive(Clone)]
pub struct StoredSession {
    /// As in the cookie.
    pub id: String,
    /// Whatever the server keeps.
    pub data: Vec<u8>,
    /// Not given out after this.
    pub expires: Timestamp,
}

impl std::fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Whoever knows the id is logged in.
        f.debug_struct("StoredSession").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Engine {
    /// Writes a new session; `false` when that id exists.
    pub async fn create_session(&self, session: &StoredSession) -> Result<bool> {
        self.store().create_session(session).await
    }

    /// Writes a session, new or not.
    pub async fn save_session(&self, session: &StoredSession) -> Result<()> {
        self.store().save_session(session, self.now()).await
    }

    /// Reads a session that has not expired.
    pub async fn load_session(&self, id: &str) -> Result<Option<StoredSession>> {
        self.store().load_session(id, self.now()).await
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &str) -> Result<()> {
        self.store().delete_session(id).await
    }
}
