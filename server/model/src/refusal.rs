//! What a person is told when Drydock does not do as asked: typed, so that the page can react, and in words.

use serde::{Deserialize, Serialize};

use crate::people::Role;

/// Why something was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Refusal {
    /// Nobody is logged in.
    #[error("log in first")]
    NotLoggedIn,
    /// The person lacks a role.
    #[error("this needs the role {}", either(any_of))]
    Forbidden {
        /// One of these would do.
        any_of: Vec<Role>,
    },
    /// No such thing.
    #[error("{what} does not exist")]
    NotFound {
        /// What was looked for, in words.
        what: String,
    },
    /// A field holds something that cannot be taken.
    #[error("{field}: {problem}")]
    Invalid {
        /// Name of the field, as the form calls it, or the host.
        field: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// It cannot be done as things stand now.
    #[error("{problem}")]
    Conflict {
        /// Why not, and what would make it possible.
        problem: String,
    },
    /// Something Drydock depends on does not answer.
    #[error("{problem}")]
    Unavailable {
        /// What, and what to do.
        problem: String,
    },
    /// A fault of Drydock itself; the log has more under this reference.
    #[error("something went wrong inside Drydock; the log has it under {reference}")]
    Internal {
        /// What to search the log for.
        reference: String,
    },
}

fn either(any_of: &[Role]) -> String {
    any_of.iter().map(|role| role.word()).collect::<Vec<_>>().join(" or ")
}
