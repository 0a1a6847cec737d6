//! What can go wrong between Drydock and a CloudStack, in words that say where to look.

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
