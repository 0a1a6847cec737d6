//! What can go wrong between Drydock and a manager, in words that say where to look.

use remote::http::HttpError;

/// Why a question to a manager has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloudifyError {
    /// A setting of the environment cannot be used.
    #[error("{field}: {problem}")]
    Setting {
        /// Name of the field.
        field: String,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// Nobody answered: nobody listens, the machine boots, the link is cut.
    #[error("{path}: {error}")]
    NoAnswer {
        /// What was asked.
        path: String,
        /// What the HTTP client said.
        error: String,
    },
    /// Somebody is there, and shows a certificate that is not trusted. Nothing was sent.
    #[error("{path}: {error}")]
    Untrusted {
        /// What was to be asked.
        path: String,
        /// Which certificate it shows.
        error: String,
    },
    /// The web server in front of REST answers for it: REST is stopped, starting, or too busy (dossier 2).
    #[error("{path}: the manager's web server answers with HTTP status {status}, REST behind it does not")]
    Away {
        /// What was asked.
        path: String,
        /// 502, 503 or 504.
        status: u16,
    },
    /// REST said no.
    #[error("{path} was refused with {status} {code}: {text}")]
    Refused {
        /// What was asked.
        path: String,
        /// HTTP status.
        status: u16,
        /// See [`ErrorCode`].
        code: ErrorCode,
        /// The manager's words.
        text: String,
    },
    /// Something answered that is no Cloudify manager, or not under this path.
    #[error("{path}: HTTP status {status}, but not as a Cloudify manager answers; is the address right?")]
    Foreign {
        /// What was asked.
        path: String,
        /// HTTP status.
        status: u16,
    },
    /// REST answered something that cannot be understood.
    #[error("{path}: {problem}")]
    NotUnderstood {
        /// What was asked.
        path: String,
        /// What is missing.
        problem: String,
    },
    /// A list changed each time while its pages were read.
    #[error("{path}: the list changes while it is read: {problem}")]
    Moving {
        /// What was asked.
        path: String,
        /// What did not fit.
        problem: String,
    },
}

impl CloudifyError {
    /// What it means that a request got no whole answer.
    pub(crate) fn unanswered(path: String, error: &HttpError) -> Self {
        let said = error.to_string();
        match error {
            HttpError::Tls { .. } => Self::Untrusted { path, error: said },
            HttpError::NotSent { .. }
            | HttpError::MaybeSent { .. }
            | HttpError::TooLarge { .. }
            | HttpError::Invalid { .. } => Self::NoAnswer { path, error: said },
        }
    }

    /// HTTP status and word, if REST said no.
    #[must_use]
    pub const fn refusal(&self) -> Option<(u16, &ErrorCode)> {
        match self {
            Self::Refused { status, code, .. } => Some((*status, code)),
            Self::Setting { .. }
            | Self::NoAnswer { .. }
            | Self::Untrusted { .. }
            | Self::Away { .. }
            | Self::Foreign { .. }
            | Self::NotUnderstood { .. }
            | Self::Moving { .. } => None,
        }
    }

    /// Whether the login is not (or not any more) the right one.
    #[must_use]
    pub fn is_wrong_login(&self) -> bool {
        matches!(self.refusal(), Some((401, _)))
    }

    /// Whether there is no such path or object.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.refusal(), Some((404, _))) || matches!(self, Self::Foreign { status: 404, .. })
    }

    /// Whether REST is not there at the moment. During a restore that means "it still runs" (3.5).
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Away { .. })
    }
}

/// The manager's word for why it says no (2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorCode {
    /// Something is being executed.
    ExistingRunningExecution,
    /// A snapshot is in no state for that.
    SnapshotAction,
    /// A parameter is missing or wrong.
    BadParameters,
    /// Not possible, for example a list of more than 1000 rows at once.
    IllegalAction,
    /// The deployment has no such workflow.
    NonexistentWorkflow,
    /// Wrong user or password, or a token that is not good any more.
    Unauthorized,
    /// The role does not suffice, or there is no such tenant.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// Community does not have it.
    MissingPremiumPackage,
    /// It is there already.
    Conflict,
    /// Something broke inside, which happens while a restore replaces the database.
    InternalServer,
    /// Maintenance mode is on.
    MaintenanceModeActive,
    /// Maintenance mode is being switched on.
    EnteringMaintenanceMode,
    /// The manager is short of memory.
    InsufficientMemory,
    /// A snapshot is being restored.
    InSnapshotRestore,
    /// Anything else, as reported.
    Other(String),
}

/// Both directions from one list.
const WORDS: [(&str, ErrorCode); 15] = [
    ("existing_running_execution_error", ErrorCode::ExistingRunningExecution),
    ("snapshot_action_error", ErrorCode::SnapshotAction),
    ("bad_parameters_error", ErrorCode::BadParameters),
    ("illegal_action_error", ErrorCode::IllegalAction),
    ("nonexistent_workflow_error", ErrorCode::NonexistentWorkflow),
    ("unauthorized_error", ErrorCode::Unauthorized),
    ("forbidden_error", ErrorCode::Forbidden),
    ("not_found_error", ErrorCode::NotFound),
    ("missing_premium_package_error", ErrorCode::MissingPremiumPackage),
    ("conflict_error", ErrorCode::Conflict),
    ("internal_server_error", ErrorCode::InternalServer),
    ("maintenance_mode_active", ErrorCode::MaintenanceModeActive),
    ("entering_maintenance_mode", ErrorCode::EnteringMaintenanceMode),
    ("insufficient_memory_error", ErrorCode::InsufficientMemory),
    ("in_snapshot_restore_error", ErrorCode::InSnapshotRestore),
];

impl ErrorCode {
    pub(crate) fn of(word: &str) -> Self {
        let known = WORDS.into_iter().find(|(known, _)| *known == word);
        known.map_or_else(|| Self::Other(word.to_owned()), |(_, code)| code)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self {
            Self::Other(word) => Some(word.as_str()),
            known => WORDS.iter().find(|(_, code)| code == known).map(|(word, _)| *word),
        };
        f.write_str(word.unwrap_or_default())
    }
}
