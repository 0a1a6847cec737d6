//! Encrypted secrets.

use model::id::SealedId;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::Result;

/// A secret as it is stored.
#[derive(Debug)]
pub struct SealedRow {
    pub nonce: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// Adds a sealed secret.
pub async fn insert(tx: &mut Transaction<'static, Any>, id: &SealedId, row: &SealedRow) -> Result<()> {
    sqlx::query("insert into sealed (id, nonce, data) values ($1, $2, $3)")
        .bind(id.as_str())
        .bind(&row.nonce)
        .bind(&row.sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets a sealed secret.
pub async fn remove(tx: &mut Transaction<'static, Any>, id: &SealedId) -> Result<()> {
    sqlx::query("delete from sealed where id = $1").bind(id.as_str()).execute(&mut **tx).await?;
    Ok(())
}

impl Store {
    /// All of them.
    #[cfg(test)]
    pub async fn all_sealed(&self) -> Result<Vec<SealedRow>> {
        let rows = sqlx::query("select nonce, data from sealed").fetch_all(self.reader()).await?;
        rows.iter().map(|row| Ok(SealedRow { nonce: row.try_get(0)?, sealed: row.try_get(1)? })).collect()
    }

    /// A sealed secret by id.
    pub async fn sealed(&self, id: &SealedId) -> Result<Option<SealedRow>> {
        let row = sqlx::query("select nonce, data from sealed where id = $1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.map(|row| Ok(SealedRow { nonce: row.try_get(0)?, sealed: row.try_get(1)? })).transpose()
    }
}
