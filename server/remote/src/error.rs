//! What can go wrong on the way to a host, in words that say where to look.
//!
//! Each variant names the host. [`RemoteError::is_transient`] tells a caller whether the
//! same call may well work in a minute; it never says that a command was *not* started.

use std::path::PathBuf;
use std::time::Duration;

/// Why a host could not be asked, or did not answer as agreed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("cannot connect to {host} at {address}: {said}")]
    Connect { host: String, address: String, said: String },
    #[error(
        "the host key of {host} is not the pinned one: somebody reinstalled the host, or sits in between. \
         Compare the fingerprint on the host's console before you pin the new key. ssh said: {said}"
    )]
    HostKeyMismatch { host: String, said: String },
    #[error("no host key of {host} is pinned: an admin has to look at its fingerprint and accept it first")]
    HostKeyUnknown { host: String },
    #[error("{host} does not accept the key for user {user}: {said}")]
    Auth { host: String, user: String, said: String },
    #[error("the private key {path} for {host} cannot be used: {said}")]
    Identity { host: String, path: PathBuf, said: String },
    #[error(
        "sudo on {host} asks for a password: give user {user} the right to run commands with NOPASSWD, or log in as root"
    )]
    SudoNeedsPassword { host: String, user: String },
    #[error("sudo on {host} refuses: {said}")]
    SudoRefused { host: String, said: String },
    #[error("no room on {host} in {dir}: nothing was started. Free space there and try again")]
    DiskFull { host: String, dir: String },
    #[error("{dir} on {host} cannot be trusted as a working directory: {said}")]
    SpoolForeign { host: String, dir: String, said: String },
    #[error("{spool} on {host} is still running: it is not removed")]
    StillRunning { host: String, spool: String },
    #[error("{tool} is missing on {host}")]
    MissingTool { host: String, tool: String },
    #[error("no answer from {host} within {after:?} while waiting for {waiting_for}")]
    Timeout { host: String, waiting_for: &'static str, after: Duration },
    #[error("the connection to {host} broke: {said}")]
    LinkLost { host: String, said: String },
    #[error("{host} printed more than {limit} bytes, which is the limit for this question")]
    TooLarge { host: String, limit: usize },
    #[error("{host} answered something unexpected: {said}")]
    Protocol { host: String, said: String },
    #[error("{what} {value:?} is not allowed, it has to be {rule}")]
    Invalid { what: &'static str, value: String, rule: &'static str },
    #[error("cannot {doing} on this server")]
    Local {
        doing: String,
        #[source]
        source: std::io::Error,
    },
}

impl RemoteError {
    /// Whether the same call may well work in a minute without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::LinkLost { .. } => true,
            Self::HostKeyMismatch { .. }
            | Self::HostKeyUnknown { .. }
            | Self::Auth { .. }
            | Self::Identity { .. }
            | Self::SudoNeedsPassword { .. }
            | Self::SudoRefused { .. }
            | Self::DiskFull { .. }
            | Self::SpoolForeign { .. }
            | Self::StillRunning { .. }
            | Self::MissingTool { .. }
            | Self::TooLarge { .. }
            | Self::Protocol { .. }
            | Self::Invalid { .. }
            | Self::Local { .. } => false,
        }
    }
}
