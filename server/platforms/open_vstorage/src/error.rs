//! What can go wrong between Drydock and an Open vStorage cluster, in words that say where to look.

/// Why a question to a cluster has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OvsError {
    /// A setting of the environment cannot be used.
    #[error("{field}: {problem}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// No master answered.
    #[error("{path}: {error}")]
    NoAnswer {
        /// What was asked.
        path: String,
        /// What the HTTP client said, master by master.
        error: String,
    },
    /// The API said no.
    #[error("{path} was refused with {status} {code}: {text}")]
    Refused {
        /// What was asked.
        path: String,
        /// HTTP status.
        status: u16,
        /// The API's word for it, for example `invalid_roles`.
        code: String,
        /// The API's words.
        text: String,
    },
    /// Something answered that is not the API.
    #[error("{path}: {address} answers with HTTP status {status}, but not as the Open vStorage API does{hint}")]
    Foreign {
        /// What was asked.
        path: String,
        /// Who answered.
        address: String,
        /// HTTP status.
        status: u16,
        /// What it probably means.
        hint: &'static str,
    },
    /// The API answered something that cannot be understood.
    #[error("{path}: {problem}")]
    NotUnderstood {
        /// What was asked.
        path: String,
        /// What is missing.
        problem: String,
    },
    /// A task of the cluster failed.
    #[error("{path}: the cluster's task failed: {text}")]
    TaskFailed {
        /// What was asked.
        path: String,
        /// The exception as text.
        text: String,
    },
    /// A task of the cluster did not end. An id that the cluster has forgotten looks the same (dossier 2.8).
    #[error("{path}: task {id} was still {status} after {seconds} s; its workers are stopped, or it was forgotten")]
    TaskSilent {
        /// What was asked.
        path: String,
        /// Its id.
        id: String,
        /// The last status.
        status: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

impl OvsError {
    /// Whether no API has spoken at all.
    pub(crate) const fn is_silence(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Foreign { .. })
    }

    /// HTTP status, if the API said no.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Setting { .. }
            | Self::NoAnswer { .. }
            | Self::Foreign { .. }
            | Self::NotUnderstood { .. }
            | Self::TaskFailed { .. }
            | Self::TaskSilent { .. } => None,
        }
    }
}

/// The secret of the OAuth2 client whose id stands in the settings.
#[derive(Debug, Clone)]
pub struct ClientSecret(pub remote::Secret);
