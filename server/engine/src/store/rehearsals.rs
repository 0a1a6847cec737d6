//! Rehearsals, beside the requests whose plans were played.

use model::id::{RehearsalId, RequestId};
use model::rehearsal::Rehearsal;
use sqlx::{Any, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// Keeps a rehearsal.
pub async fn insert(tx: &mut Transaction<'static, Any>, rehearsal: &Rehearsal) -> Result<()> {
    let record = serde_json::to_string(rehearsal)
        .map_err(|error| EngineError::damaged("rehearsal", rehearsal.id.as_str(), error))?;
    sqlx::query("insert into rehearsal (id, request, at, record) values ($1, $2, $3, $4)")
        .bind(rehearsal.id.as_str())
        .bind(rehearsal.request.as_str())
        .bind(rehearsal.at.0)
        .bind(record)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// The rehearsal of that id.
    pub async fn rehearsal(&self, id: &RehearsalId) -> Result<Option<Rehearsal>> {
        let record: Option<String> = sqlx::query_scalar("select record from rehearsal where id = $1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        record.as_deref().map(read).transpose()
    }

    /// The rehearsals of a request, oldest first.
    pub async fn rehearsals(&self, request: &RequestId) -> Result<Vec<Rehearsal>> {
        let records: Vec<String> =
            sqlx::query_scalar("select record from rehearsal where request = $1 order by at, id")
                .bind(request.as_str())
                .fetch_all(self.reader())
                .await?;
        records.iter().map(|record| read(record)).collect()
    }
}

fn read(record: &str) -> Result<Rehearsal> {
    serde_json::from_str(record).map_err(|error| EngineError::damaged("rehearsal", "", error))
}
