//! The audit log: written in the transaction of what it tells.

use model::audit::AuditEntry;
use model::time::Timestamp;
use sqlx::{Any, Row, Transaction};

use super::Store;
use crate::Result;

/// What is to be recorded. Never holds a secret.
#[derive(Debug)]
pub struct Deed<'a> {
    pub who: &'a str,
    /// `noun.verb`.
    pub what: &'static str,
    pub subject: &'a str,
    pub detail: String,
}

/// Records a deed within the transaction that does it.
pub async fn record(tx: &mut Transaction<'static, Any>, at: Timestamp, deed: Deed<'_>) -> Result<()> {
    let seq: i64 = sqlx::query_scalar("update counter set value = value + 1 where name = 'audit' returning value")
        .fetch_one(&mut **tx)
        .await?;
    sqlx::query("insert into audit (seq, at, who, what, subject, detail) values ($1, $2, $3, $4, $5, $6)")
        .bind(seq)
        .bind(at.0)
        .bind(deed.who)
        .bind(deed.what)
        .bind(deed.subject)
        .bind(deed.detail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// Newest first, before that entry, at most 200.
    pub async fn audit(&self, before: Option<i64>) -> Result<Vec<AuditEntry>> {
        let rows = sqlx::query(
            "select seq, at, who, what, subject, detail from audit where seq < $1 order by seq desc limit 200",
        )
        .bind(before.unwrap_or(i64::MAX))
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    seq: row.try_get(0)?,
                    at: Timestamp(row.try_get(1)?),
                    who: row.try_get(2)?,
                    what: row.try_get(3)?,
                    subject: row.try_get(4)?,
                    detail: row.try_get(5)?,
                })
            })
            .collect()
    }
}
