//! Copies of files that leave their host for Drydock's own store.

use serde::{Deserialize, Serialize};

use crate::environment::Elevate;
use crate::id::HostName;

/// Copies of files are read off a host and sealed in Drydock's own store. Nothing of what is in them enters the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// Where they are.
    pub host: HostName,
    /// As whom they are read.
    pub elevate: Elevate,
    /// Run for each file: `$1` is its SHA-256, `$2` its path, `$3` the most bytes. Prints its mode, owner and group on one
    /// line, then the file as it is.
    pub script: String,
    /// Which.
    pub files: Vec<FileCopy>,
}

/// A file as it was at some time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileCopy {
    /// Where it is.
    pub path: String,
    /// SHA-256 of what is in it.
    pub sha256: String,
}
