//! Secrets are references (invariant 9): this is all that plans, pages and the database ever hold of one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::SealedId;

/// Where a secret is to be read from at the moment it is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "in", content = "at")]
pub enum SecretRef {
    /// The first line of a file on the machine that runs Drydock (whole file for a private key).
    File(String),
    /// An environment variable of the Drydock process.
    Variable(String),
    /// Encrypted in the database with the key file.
    Sealed(SealedId),
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {path}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Sealed(_) => f.write_str("sealed in the database"),
        }
    }
}
