//! Rows of copies of files. What is in them lies among the sealed.

use model::id::{EnvironmentId, HostName, SealedId};
use model::open_vstorage::{FileRights, SealedCopy, StoredCopy};
use model::procedure::FileOn;
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::{EngineError, Result};

/// Adds a copy. One of the same file and content is replaced, and its parts are gone.
pub async fn replace(
    tx: &mut Transaction<'static, Any>,
    environment: &EnvironmentId,
    stored: &StoredCopy,
) -> Result<()> {
    let old: Option<String> = sqlx::query_scalar(
        "delete from file_copy where environment = $1 and host = $2 and path = $3 and sha256 = $4 returning parts",
    )
    .bind(environment.as_str())
    .bind(stored.file.host.as_str())
    .bind(&stored.file.path)
    .bind(&stored.sha256)
    .fetch_optional(&mut **tx)
    .await?;
    for part in old.iter().flat_map(|parts| parts.split_whitespace()) {
        sqlx::query("delete from sealed where id = $1").bind(part).execute(&mut **tx).await?;
    }
    let parts: Vec<&str> = stored.copy.parts.iter().map(SealedId::as_str).collect();
    sqlx::query(
        "insert into file_copy (environment, host, path, sha256, rights, parts, at) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(environment.as_str())
    .bind(stored.file.host.as_str())
    .bind(&stored.file.path)
    .bind(&stored.sha256)
    .bind(stored.copy.rights.to_string())
    .bind(parts.join(" "))
    .bind(stored.at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// All copies of files of an environment.
    pub async fn copies(&self, environment: &EnvironmentId) -> Result<Vec<StoredCopy>> {
        let rows = sqlx::query(
            "select host, path, sha256, rights, parts, at from file_copy where environment = $1 order by host, path, at, sha256",
        )
        .bind(environment.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(read).collect()
    }

    /// The file was like this once more.
    pub async fn copy_kept_again(&self, environment: &EnvironmentId, stored: &StoredCopy, at: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "update file_copy set at = $5 where environment = $1 and host = $2 and path = $3 and sha256 = $4 and at < $5",
        )
        .bind(environment.as_str())
        .bind(stored.file.host.as_str())
        .bind(&stored.file.path)
        .bind(&stored.sha256)
        .bind(at.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<StoredCopy> {
    let text = |at: usize| -> Result<String> { Ok(row.try_get(at)?) };
    let (path, rights) = (text(1)?, text(3)?);
    let damaged = |why: String| EngineError::damaged("file_copy", path.clone(), why);
    let host = HostName::new(text(0)?).map_err(|error| damaged(error.to_string()))?;
    let rights = FileRights::parse(&rights).ok_or_else(|| damaged(format!("{rights:?} is no mode and owners")))?;
    let parts = text(4)?;
    let parts = parts.split_whitespace().map(|part| SealedId::new(part).map_err(|error| damaged(error.to_string())));
    let copy = SealedCopy { parts: parts.collect::<Result<_>>()?, rights };
    let at = Timestamp(row.try_get(5)?);
    Ok(StoredCopy { file: FileOn { host, path: path.clone() }, sha256: text(2)?, copy, at })
}
