//! Rows of sessions.

use model::id::{PersonId, SessionId};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::{EngineError, Result, StoredSession, Visit};

impl Store {
    /// Writes a new session, and forgets the expired ones; `false` when that id exists.
    pub async fn create_session(&self, session: &StoredSession, now: Timestamp) -> Result<bool> {
        let mut tx = self.write().await?;
        sqlx::query("delete from session where expires < $1").bind(now.0).execute(&mut *tx).await?;
        let insert = "insert into session (id, data, expires, person, begun_at, seen_at, address, agent)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing";
        let written = write(&mut tx, insert, session).await?;
        tx.commit().await?;
        Ok(written == 1)
    }

    /// Writes a session that is there. A page that was still loading while its reader logged out does not bring it back.
    pub async fn save_session(&self, session: &StoredSession) -> Result<()> {
        let mut tx = self.write().await?;
        let update = "update session
             set data = $2, expires = $3, person = $4, begun_at = $5, seen_at = $6, address = $7, agent = $8 where id = $1";
        write(&mut tx, update, session).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads a session that has not expired.
    pub async fn load_session(&self, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>> {
        let row = sqlx::query(
            "select id, data, expires, person, begun_at, seen_at, address, agent from session
             where id = $1 and expires >= $2",
        )
        .bind(id.as_str())
        .bind(now.0)
        .fetch_optional(self.reader())
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Where somebody is logged in, used last first.
    pub async fn sessions_of(&self, person: &PersonId, now: Timestamp) -> Result<Vec<(SessionId, Visit)>> {
        let rows = sqlx::query(
            "select id, data, expires, person, begun_at, seen_at, address, agent from session
             where person = $1 and expires >= $2 order by seen_at desc, id",
        )
        .bind(person.as_str())
        .bind(now.0)
        .fetch_all(self.reader())
        .await?;
        let read = |row| read(row).map(|session| session.visit.map(|visit| (session.id, visit)));
        rows.iter().map(read).filter_map(Result::transpose).collect()
    }

    /// In how many browsers each person is logged in; who is in none is left out.
    pub async fn session_counts(&self, now: Timestamp) -> Result<Vec<(PersonId, i64)>> {
        let rows = sqlx::query(
            "select person, count(*) from session where person is not null and expires >= $1 group by person",
        )
        .bind(now.0)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let person: String = row.try_get(0)?;
                Ok((PersonId::new(person)?, row.try_get(1)?))
            })
            .collect()
    }

    /// Removes a session.
    pub async fn delete_session(&self, id: &SessionId) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("delete from session where id = $1").bind(id.as_str()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Ends one of somebody's sessions; `false` when they have none such.
pub async fn end(tx: &mut Transaction<'static, Any>, person: &PersonId, id: &SessionId) -> Result<bool> {
    let ended = sqlx::query("delete from session where person = $1 and id = $2")
        .bind(person.as_str())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends all of somebody's sessions but one; how many.
pub async fn end_others(tx: &mut Transaction<'static, Any>, person: &PersonId, but: &SessionId) -> Result<u64> {
    let ended = sqlx::query("delete from session where person = $1 and id <> $2")
        .bind(person.as_str())
        .bind(but.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(ended.rows_affected())
}

/// A statement with every column of a session; how many rows it has changed.
async fn write(tx: &mut Transaction<'_, Any>, statement: &'static str, session: &StoredSession) -> Result<u64> {
    let visit = session.visit.as_ref();
    let written = sqlx::query(statement)
        .bind(session.id.as_str())
        .bind(&session.data)
        .bind(session.expires.0)
        .bind(visit.map(|visit| visit.person.as_str()))
        .bind(visit.map(|visit| visit.begun.0))
        .bind(visit.map(|visit| visit.seen.0))
        .bind(visit.map(|visit| visit.address.as_str()))
        .bind(visit.map(|visit| visit.agent.as_str()))
        .execute(&mut **tx)
        .await?;
    Ok(written.rows_affected())
}

fn read(row: &AnyRow) -> Result<StoredSession> {
    let id: String = row.try_get(0)?;
    let id = SessionId::new(id.clone()).map_err(|error| EngineError::damaged("session", id, error))?;
    let visit = match row.try_get::<Option<String>, _>(3)? {
        Some(person) => Some(Visit {
            person: PersonId::new(person).map_err(|error| EngineError::damaged("session", id.as_str(), error))?,
            begun: Timestamp(row.try_get(4)?),
            seen: Timestamp(row.try_get(5)?),
            address: row.try_get(6)?,
            agent: row.try_get(7)?,
        }),
        None => None,
    };
    Ok(StoredSession { id, data: row.try_get(1)?, expires: Timestamp(row.try_get(2)?), visit })
}
