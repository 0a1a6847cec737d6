//! The log as a whole, as it lies in the database. Only reads.

use futures::{Stream, StreamExt, TryStreamExt};
use model::audit::{AUDIT_FORMAT, AuditEntry, AuditFormat, AuditHead, AuditRange, CSV_HEAD, Chain, Verifier};
use model::id::{AuditHash, AuditLogId};
use serde::Serialize;

use super::verify::{AuditProblem, Checkpoints, Verified};
use crate::error::{invalid, not_found};
use crate::settings::Settings;
use crate::store::Store;
use crate::{EngineError, Result};

/// A handle on the log of one database.
#[derive(Debug, Clone)]
pub struct AuditLog {
    store: Store,
}

impl AuditLog {
    /// Connects, and brings the tables up to date.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let store = Store::connect(&settings.database_url).await?;
        store.migrate().await?;
        Ok(Self { store })
    }

    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// A file with that range, a piece at a time: the same bytes whenever it is written.
    ///
    /// # Errors
    /// When the range is not there as a whole; later items fail when the database does.
    pub async fn export(
        &self,
        range: AuditRange,
        format: AuditFormat,
    ) -> Result<impl Stream<Item = Result<String>> + Send + use<>> {
        let head = self.store.audit_head(i64::MAX).await?.map_or(0, |(seq, _)| seq);
        let to = range.to.unwrap_or(head);
        if range.from < 1 || (range.from > to && range.to.is_some()) {
            return Err(invalid("from", format!("{} is not a number from 1 to {to}", range.from)));
        }
        if to > head || range.from > head + 1 {
            // Written again later it would hold more, under the same name.
            return Err(invalid("to", format!("the log ends with entry {head}")));
        }
        let log = self.store.audit_log().await?;
        let before = self.hash_before(&log, range.from).await?;
        let head = AuditHead { drydock_audit: AUDIT_FORMAT, log, from: range.from, before };
        let first = match format {
            AuditFormat::Jsonl => line(&head)?,
            AuditFormat::Csv => CSV_HEAD.to_owned(),
        };
        let rest = self.entries(range.from - 1, to).map(move |entries| match format {
            AuditFormat::Jsonl => entries?.iter().map(line).collect(),
            AuditFormat::Csv => Ok(entries?.iter().map(AuditEntry::csv).collect()),
        });
        Ok(futures::stream::iter([Ok(first)]).chain(rest))
    }

    async fn hash_before(&self, log: &AuditLogId, from: i64) -> Result<AuditHash> {
        if from == 1 {
            return Ok(AuditHash::origin(log));
        }
        let before = self.store.audit_head(from - 1).await?.filter(|(seq, _)| *seq == from - 1);
        before.map(|(_, hash)| hash).ok_or_else(|| not_found(format!("entry {}", from - 1)))
    }

    /// In order, after one number and up to another, many at a time.
    fn entries(&self, after: i64, to: i64) -> impl Stream<Item = Result<Vec<AuditEntry>>> + Send + use<> {
        let store = self.store.clone();
        futures::stream::try_unfold(after, move |after| {
            let store = store.clone();
            async move {
                let entries = store.audit_entries(after, to).await?;
                Ok(entries.last().map(|last| last.seq).map(|last| (entries, last)))
            }
        })
    }

    /// Checks every entry, and the log against checkpoints of it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub async fn verify(&self, checkpoints: &Checkpoints) -> std::result::Result<Verified, AuditProblem> {
        let log = self.store.audit_log().await?;
        // First how many there are: while this goes on, more may come.
        let recorded = self.store.audit_count().await?;
        let mut verifier = Verifier::new(Chain::begin(&log), checkpoints.of(&log)?)?;
        let mut entries = std::pin::pin!(self.entries(0, recorded));
        while let Some(some) = entries.try_next().await? {
            some.iter().try_for_each(|entry| verifier.take(entry))?;
        }
        let checked = verifier.finish()?;
        if checked.last < recorded {
            return Err(AuditProblem::Short { last: checked.last, recorded });
        }
        Ok(Verified { log, checked, keys: checkpoints.keys(), later: 0 })
    }
}

fn line(part: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(part).map_err(|error| EngineError::damaged("audit", "", error))?;
    Ok(format!("{text}\n"))
}
