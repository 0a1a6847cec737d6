//! What a platform's API answers to a request that changes something, and what becomes of it.

use crate::id::JobId;

/// What a request that changes something was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The server works on it under this job.
    Job(JobId),
    /// It is done.
    Done {
        /// What the server said. Evidence, not proof.
        said: String,
    },
}

/// Why a request that changes something was not, or may not have been, accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It certainly never reached the server: it may be sent again.
    #[error("the request was not sent: {error}")]
    NotSent {
        /// Why not.
        error: String,
    },
    /// The server said no.
    #[error("the server refused with {code}: {text}")]
    Refused {
        /// The API's error code, or the HTTP status.
        code: u16,
        /// The server's words, and ours where they help.
        text: String,
        /// Whether the same request may well be accepted in a minute.
        transient: bool,
    },
    /// It went out and no answer came back: the server may be working on it.
    #[error("the request was sent, but its answer was lost: {error}")]
    MaybeSent {
        /// What happened.
        error: String,
    },
}

/// Where an asynchronous job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// Under way.
    Pending,
    /// The server says that it worked. Evidence, not proof.
    Succeeded {
        /// What it said.
        said: String,
    },
    /// The server says that it did not work.
    Failed {
        /// The server's number for it; 0 where it has none.
        code: i64,
        /// The server's words.
        text: String,
    },
    /// Somebody cancelled it, or its server was restarted.
    Cancelled,
    /// The server does not know it any more.
    Forgotten,
}

/// Whether the server remembers having accepted a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// It does not.
    None {
        /// What was looked at.
        evidence: String,
    },
    /// It does, or may.
    Found {
        /// What it remembers.
        words: String,
    },
    /// It could not be asked.
    Unknown {
        /// Why.
        reason: String,
    },
}
