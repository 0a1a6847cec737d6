//! What can go wrong between Drydock and a CloudStack, in words that say where to look.

use model::id::JobId;

/// Why a question to CloudStack has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CloudStackError {
    /// A setting of the environment cannot be used.
    #[error("{field}: {problem}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// No answer came.
    #[error("{command}: {error}")]
    NoAnswer {
        /// Which command.
        command: String,
        /// What the HTTP client said.
        error: String,
    },
    /// The server said no.
    #[error("{command} was refused with {code}: {text}")]
    Refused {
        /// Which command.
        command: String,
        /// The API's error code.
        code: u16,
        /// The API's words, and ours where they help.
        text: String,
    },
    /// Something answered that is not the API.
    #[error("{command}: {endpoint} answers with HTTP status {status}, but not as the CloudStack API does{hint}")]
    Foreign {
        /// Which command.
        command: String,
        /// Where.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// What it probably means.
        hint: &'static str,
    },
    /// The API answered something that cannot be understood.
    #[error("{command}: {problem}")]
    NotUnderstood {
        /// Which command.
        command: String,
        /// What is missing.
        problem: String,
    },
}

impl CloudStackError {
    /// The API's error code, if the server said no.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Setting { .. } | Self::NoAnswer { .. } | Self::Foreign { .. } | Self::NotUnderstood { .. } => None,
        }
    }
}

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
        /// `jobresultcode`.
        code: i64,
        /// `errortext`.
        text: String,
    },
    /// Somebody cancelled it, or its management server was restarted (dossier 3.5).
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
