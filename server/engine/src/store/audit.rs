//! The audit log: written in the transaction of what it tells, each entry chained to the one before.

use model::audit::{AuditEntry, AuditFilter, Chain, Content, link};
use model::id::{AuditHash, AuditLogId};
use model::time::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use tracing::info;
use uuid::Uuid;

use super::Store;
use crate::{EngineError, Result};

/// How many entries are read at once.
const BATCH: i64 = 1000;

/// How many entries a page shows.
const PAGE: i64 = 200;

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
///
/// Drawing the number comes first: the lock on its row makes writers take turns, so the entry before is there.
pub async fn record(tx: &mut Transaction<'static, Any>, at: Timestamp, deed: Deed<'_>) -> Result<()> {
    let seq: i64 = sqlx::query_scalar("update counter set value = value + 1 where name = 'audit' returning value")
        .fetch_one(&mut **tx)
        .await?;
    let mut chain = chained(tx).await?;
    if chain.last() < seq - 1 {
        // A server of an older version still runs beside this one. Or an entry is gone: then nothing is done here.
        chain_rest(tx, &mut chain).await?;
    }
    let Deed { who, what, subject, detail } = deed;
    let hash = link(chain.hash(), &Content { seq, at, who, what, subject, detail: &detail });
    sqlx::query("insert into audit (seq, at, who, what, subject, detail, hash) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(seq)
        .bind(at.0)
        .bind(who)
        .bind(what)
        .bind(subject)
        .bind(detail)
        .bind(hash.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives the log its id, and chains what older versions have recorded. Does nothing where that has been done.
pub async fn begin_chain(tx: &mut Transaction<'static, Any>, at: Timestamp) -> Result<()> {
    // Servers that start at the same time take turns here, and nobody records anything meanwhile.
    sqlx::query("update counter set value = value where name = 'audit'").execute(&mut **tx).await?;
    sqlx::query("insert into audit_log (id) values ($1) on conflict do nothing")
        .bind(Uuid::now_v7().to_string())
        .execute(&mut **tx)
        .await?;
    let mut chain = chained(tx).await?;
    let first = chain.last() + 1;
    chain_rest(tx, &mut chain).await?;
    if chain.last() < first {
        return Ok(());
    }
    // From here on they are protected; before, they were not.
    let detail = format!("entries {first} to {}, recorded by an older version", chain.last());
    record(tx, at, Deed { who: "drydock", what: "audit.chained", subject: "", detail }).await
}

/// The chain up to the last entry that has a hash.
async fn chained(tx: &mut Transaction<'static, Any>) -> Result<Chain> {
    let last = sqlx::query("select seq, hash from audit where hash <> '' order by seq desc limit 1")
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(last) = last {
        return Ok(Chain::after(last.try_get(0)?, hash_of(last.try_get(1)?)));
    }
    let id: String = sqlx::query_scalar("select id from audit_log").fetch_one(&mut **tx).await?;
    Ok(Chain::begin(&log_of(&id)?))
}

/// Chains the entries at the end that have no hash.
async fn chain_rest(tx: &mut Transaction<'static, Any>, chain: &mut Chain) -> Result<()> {
    let first = chain.last() + 1;
    loop {
        let rows = sqlx::query(ENTRIES).bind(chain.last()).bind(i64::MAX).bind(BATCH).fetch_all(&mut **tx).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let entry = read(row)?;
            let hash = link(chain.hash(), &entry.content());
            sqlx::query("update audit set hash = $1 where seq = $2")
                .bind(hash.as_str())
                .bind(entry.seq)
                .execute(&mut **tx)
                .await?;
            *chain = Chain::after(entry.seq, hash);
        }
    }
    if chain.last() >= first {
        info!(first, last = chain.last(), "Audit entries of an older version were chained");
    }
    Ok(())
}

/// After $1, up to $2, at most $3.
const ENTRIES: &str = "select seq, at, who, what, subject, detail, hash from audit where seq > $1 and seq <= $2
     order by seq limit $3";

impl Store {
    /// Those that fit the filter, newest first, at most [`PAGE`].
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        let rows = sqlx::query(
            "select seq, at, who, what, subject, detail, hash from audit
             where lower(who) like lower($1) escape '!' and lower(what) like lower($2) escape '!'
             and lower(subject) like lower($3) escape '!' and lower(detail) like lower($4) escape '!'
             and at >= $5 and at < $6 and seq < $7 order by seq desc limit $8",
        )
        .bind(containing(&filter.who))
        .bind(containing(&filter.what))
        .bind(containing(&filter.subject))
        .bind(containing(&filter.text))
        .bind(filter.from.map_or(i64::MIN, |at| at.0))
        .bind(filter.until.map_or(i64::MAX, |at| at.0))
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(PAGE)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Whether there is nothing for [`begin_chain`] to do.
    pub async fn is_chained(&self) -> Result<bool> {
        let logs: i64 = sqlx::query_scalar("select count(*) from audit_log").fetch_one(self.reader()).await?;
        let last: Option<String> = sqlx::query_scalar("select hash from audit order by seq desc limit 1")
            .fetch_optional(self.reader())
            .await?;
        Ok(logs > 0 && last.is_none_or(|hash| !hash.is_empty()))
    }

    /// Which log this is.
    pub async fn audit_log(&self) -> Result<AuditLogId> {
        let id: String = sqlx::query_scalar("select id from audit_log").fetch_one(self.reader()).await?;
        log_of(&id)
    }

    /// How many numbers were given out.
    pub async fn audit_count(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select value from counter where name = 'audit'").fetch_one(self.reader()).await?)
    }

    /// The entry of the highest number up to `to`: its number and its hash.
    pub async fn audit_head(&self, to: i64) -> Result<Option<(i64, AuditHash)>> {
        let row = sqlx::query("select seq, hash from audit where seq <= $1 order by seq desc limit 1")
            .bind(to)
            .fetch_optional(self.reader())
            .await?;
        row.map(|row| Ok((row.try_get(0)?, hash_of(row.try_get(1)?)))).transpose()
    }

    /// In order, after one number and up to another, at most [`BATCH`].
    pub async fn audit_entries(&self, after: i64, to: i64) -> Result<Vec<AuditEntry>> {
        let rows = sqlx::query(ENTRIES).bind(after).bind(to).bind(BATCH).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }
}

/// For `like … escape '!'`.
fn containing(text: &str) -> String {
    let text = text.trim().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

pub(super) fn read(row: &AnyRow) -> Result<AuditEntry> {
    Ok(AuditEntry {
        seq: row.try_get(0)?,
        at: Timestamp(row.try_get(1)?),
        who: row.try_get(2)?,
        what: row.try_get(3)?,
        subject: row.try_get(4)?,
        detail: row.try_get(5)?,
        hash: hash_of(row.try_get(6)?),
    })
}

/// Somebody may have damaged it: a verification tells that, and everything else goes on.
pub(super) fn hash_of(text: String) -> AuditHash {
    AuditHash::new(text).unwrap_or_else(|_| AuditHash::unfit())
}

pub(super) fn log_of(id: &str) -> Result<AuditLogId> {
    AuditLogId::new(id).map_err(|error| EngineError::damaged("audit_log", id, error))
}
