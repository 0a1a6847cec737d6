//! Why an archive is not kept, or not good.

use std::path::Path;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// There is none.
    #[error("no archive of {0} is kept")]
    NotKept(String),
    /// A file of the server.
    #[error("{path}: {error}. Look at the space and the rights there")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        error: String,
    },
    /// Another transfer is at it.
    #[error("{0} is being written by another transfer")]
    InUse(String),
    /// Not what a manager makes.
    #[error("what came is not the zip of a snapshot: {0}")]
    NotAZip(String),
    /// Unpacked it would be far larger than anything a manager makes.
    #[error("what came would be more than {limit} bytes unpacked: that is no snapshot")]
    Bomb {
        /// The most that is believed.
        limit: u64,
    },
    /// Of a release it must not be of.
    #[error("the archive was made by {found}, and {wanted} is expected (for a 4.0.1 manager: with its update-3, S3)")]
    OtherVersion {
        /// What it says.
        found: String,
        /// What was expected.
        wanted: String,
    },
    /// It was whole when it came.
    #[error("{what} is not what it was: {problem}")]
    Damaged {
        /// Which.
        what: String,
        /// What was found.
        problem: String,
    },
    /// The server's key.
    #[error("it cannot be sealed or read with the server's key file: {0}")]
    Key(String),
}

impl ArchiveError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), error: error.to_string() }
    }

    /// Whether what came is to blame, and coming once more could help.
    pub(crate) const fn is_of_the_archive(&self) -> bool {
        matches!(self, Self::NotAZip(_) | Self::Bomb { .. } | Self::OtherVersion { .. })
    }
}
