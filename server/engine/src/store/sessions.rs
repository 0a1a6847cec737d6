//! Sessions, opaque to the engine.

use model::time::Timestamp;
use sqlx::Row;

use super::Store;
use crate::{Result, StoredSession};

impl Store {
    /// Writes a new session; `false` when that id exists.
    pub async fn create_session(&self, session: &StoredSession) -> Result<bool> {
        let mut tx = self.write().await?;
        let written =
            sqlx::query("insert into session (id, data, expires) values ($1, $2, $3) on conflict (id) do nothing")
                .bind(&session.id)
                .bind(&session.data)
                .bind(session.expires.0)
                .execute(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(written.rows_affected() == 1)
    }

    /// Writes a session, new or not, and forgets the expired ones.
    pub async fn save_session(&self, session: &StoredSession, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("delete from session where expires < $1").bind(now.0).execute(&mut *tx).await?;
        sqlx::query(
            "insert into session (id, data, expires) values ($1, $2, $3)
             on conflict (id) do update set data = excluded.data, expires = excluded.expires",
        )
        .bind(&session.id)
        .bind(&session.data)
        .bind(session.expires.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads a session that has not expired.
    pub async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<StoredSession>> {
        let row = sqlx::query("select data, expires from session where id = $1 and expires >= $2")
            .bind(id)
            .bind(now.0)
            .fetch_optional(self.reader())
            .await?;
        row.map(|row| {
            Ok(StoredSession { id: id.to_owned(), data: row.try_get(0)?, expires: Timestamp(row.try_get(1)?) })
        })
        .transpose()
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &str) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("delete from session where id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
