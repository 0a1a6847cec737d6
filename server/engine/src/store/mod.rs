//! The database: one SQL text for SQLite (embedded) and PostgreSQL (several servers).
//!
//! Writes go through [`Store::write`], one transaction each. SQLite has a single writer, so its transactions begin
//! as writers; a reader that turns into one could be refused. Only this folder contains SQL.

pub mod audit;
#[cfg(test)]
mod audit_tests;
pub mod comments;
pub mod copies;
#[cfg(test)]
mod decision_tests;
pub mod deliveries;
pub mod environments;
pub mod evidence;
#[cfg(test)]
mod evidence_tests;
pub mod glass;
pub mod history;
#[cfg(test)]
mod history_tests;
pub mod identities;
pub mod journal;
pub mod log;
pub mod notifications;
pub mod people;
mod places;
pub mod policies;
pub mod rehearsals;
pub mod replays;
pub mod requests;
pub mod sealed;
pub mod search;
#[cfg(test)]
mod search_tests;
pub mod second_factors;
#[cfg(test)]
mod session_tests;
pub mod sessions;
#[cfg(test)]
mod tests;
pub mod tokens;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyPool, Executor, Transaction};

use crate::{EngineError, Result};

/// What both databases understand. What they do not say alike lies in folders of their own, under numbers that both have, so that
/// there is one history.
static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");
static OF_SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static OF_POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long a connection is waited for before the database counts as gone.
const ACQUIRE: Duration = Duration::from_secs(10);

/// A handle on the database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    kind: Kind,
    /// The database, where it is a file.
    file: Option<PathBuf>,
    reader: AnyPool,
    writer: AnyPool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Store {
    /// Connects, without changing anything but making an SQLite file that does not exist.
    pub async fn connect(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let kind = if url.starts_with("sqlite:") { Kind::Sqlite } else { Kind::Postgres };
        let url = match kind {
            Kind::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            Kind::Sqlite | Kind::Postgres => url.to_owned(),
        };
        if let (Kind::Sqlite, Some(path)) = (kind, sqlite_path(&url))
            && let Some(folder) = path.parent()
        {
            std::fs::create_dir_all(folder)
                .map_err(|source| EngineError::File { path: folder.display().to_string(), source })?;
        }
        let file = sqlite_path(&url).filter(|_| kind == Kind::Sqlite).map(Path::to_owned);
        let options: AnyConnectOptions = url.parse()?;
        match kind {
            Kind::Sqlite => {
                let writer = sqlite_pool(1).connect_with(options.clone()).await?;
                let reader = sqlite_pool(4).connect_with(options).await?;
                Ok(Self { kind, file, reader, writer })
            }
            Kind::Postgres => {
                let pool = AnyPoolOptions::new().max_connections(20).acquire_timeout(ACQUIRE).connect_with(options);
                let pool = pool.await?;
                Ok(Self { kind, file, reader: pool.clone(), writer: pool })
            }
        }
    }

    /// The file whose lock says that a server serves from this database; `None` where several may.
    pub fn lock_file(&self) -> Option<PathBuf> {
        let mut path = self.file.clone()?.into_os_string();
        path.push(".lock");
        Some(path.into())
    }

    /// Whether no other server can use this database at the same time.
    pub fn is_exclusive(&self) -> bool {
        self.kind == Kind::Sqlite
    }

    /// Brings the tables up to date; how many migrations were applied.
    pub async fn migrate(&self) -> Result<usize> {
        let before = self.applied_migrations().await;
        self.migrations().run(&self.writer).await?;
        if !self.is_chained().await? {
            let mut tx = self.write().await?;
            audit::begin_chain(&mut tx, crate::now()).await?;
            tx.commit().await?;
        }
        Ok(self.applied_migrations().await.saturating_sub(before))
    }

    /// All of them, in the order of their numbers.
    fn migrations(&self) -> Migrator {
        let own = match self.kind {
            Kind::Sqlite => &OF_SQLITE,
            Kind::Postgres => &OF_POSTGRES,
        };
        Migrator::with_migrations(MIGRATIONS.iter().chain(own.iter()).cloned().collect())
    }

    async fn applied_migrations(&self) -> usize {
        let count: std::result::Result<i64, _> =
            sqlx::query_scalar("select count(*) from _sqlx_migrations").fetch_one(&self.reader).await;
        count.ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.audit_count().await.map(drop)
    }

    /// For reading.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.reader
    }

    /// Begins a transaction that writes. Dropping it undoes everything.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Any>> {
        Ok(match self.kind {
            Kind::Sqlite => self.writer.begin_with("begin immediate").await?,
            Kind::Postgres => self.writer.begin().await?,
        })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// WAL lets readers go on while somebody writes; `synchronous = full` because an intent that is lost with the power
/// would let a step be started twice.
fn sqlite_pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).after_connect(|connection, _| {
        Box::pin(async move {
            for pragma in [
                "pragma busy_timeout = 10000",
                "pragma journal_mode = wal",
                "pragma synchronous = full",
                "pragma foreign_keys = on",
            ] {
                connection.execute(pragma).await?;
            }
            Ok(())
        })
    })
}

fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split('?').next()?;
    (!path.is_empty() && !path.starts_with(":memory:")).then(|| Path::new(path))
}
