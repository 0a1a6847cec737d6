//! Everything that can go wrong in the engine, and what a person is told of it.

use model::id::InvalidId;
use model::refusal::Refusal;
use model::run::IllegalEvent;
use tracing::error;
use uuid::Uuid;

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Told to the person as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database did not do as asked.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the database could not be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row holds something that this version cannot read.
    #[error("{table} {id} cannot be read: {why}")]
    Damaged {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// The journal of a run is damaged.
    #[error("the journal of run {run} is damaged")]
    Journal {
        /// Which run.
        run: String,
        /// What cannot follow.
        source: IllegalEvent,
    },
    /// Another executor has taken the run up; this one must stop at once.
    #[error("another executor has taken the run up")]
    Fenced,
    /// A person has decided something after which this can no longer be recorded; the executor looks again.
    #[error("somebody has decided otherwise meanwhile")]
    Overtaken(#[source] IllegalEvent),
    /// The code that carries a step has a fault.
    #[error("a step could not be carried on")]
    Step(#[source] tokio::task::JoinError),
    /// A file of ours could not be used.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// An evidence pack could not be written, or nobody takes it any more.
    #[error("the evidence pack could not be written")]
    Pack(#[source] std::io::Error),
    /// The SSH side could not be prepared.
    #[error("SSH cannot be used")]
    Ssh(#[from] remote::RemoteError),
}

impl EngineError {
    /// What the person who asked is told. Faults of our own get a reference, under which the log has the whole chain.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        if let Self::Refused(refusal) = self {
            return refusal.clone();
        }
        let reference = Uuid::new_v4().simple().to_string();
        error!(reference, error = chain(self), "A request failed inside the engine");
        match self {
            Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) => {
                Refusal::Unavailable { problem: "the database does not answer; nothing was changed".to_owned() }
            }
            _ => Refusal::Internal { reference },
        }
    }

    pub(crate) fn damaged(table: &'static str, id: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Damaged { table, id: id.into(), why: why.to_string() }
    }
}

/// An error with everything that caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = error.source();
    }
    words
}

/// A field that cannot be taken.
pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> EngineError {
    Refusal::Invalid { field: field.into(), problem: problem.into() }.into()
}

/// Not as things stand now.
pub(crate) fn conflict(problem: impl Into<String>) -> EngineError {
    Refusal::Conflict { problem: problem.into() }.into()
}

/// No such thing.
pub(crate) fn not_found(what: impl Into<String>) -> EngineError {
    Refusal::NotFound { what: what.into() }.into()
}

impl From<InvalidId> for EngineError {
    fn from(error: InvalidId) -> Self {
        invalid(error.kind, error.to_string())
    }
}
