//! What "Test connection" saw.

use serde::{Deserialize, Serialize};

use crate::environment::HostKey;
use crate::id::HostName;
use crate::precheck::Precheck;

/// The result of trying to reach an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionReport {
    /// API version, clock skew, rights and certificate, as questions and answers.
    pub api: Vec<Precheck>,
    /// One entry per host, in the order of the settings.
    pub hosts: Vec<HostReport>,
}

/// What was seen of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReport {
    /// Which.
    pub name: HostName,
    /// Login, sudo, clock and disk, as questions and answers.
    pub checks: Vec<Precheck>,
    /// Keys it (or its jump host) showed that nobody has accepted yet.
    pub offered: Vec<OfferedKey>,
}

/// A key an admin may accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedKey {
    /// Whose.
    pub of: KeyOwner,
    /// What it showed.
    pub key: HostKey,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOwner {
    /// The host itself.
    Host,
    /// The jump host in front of it.
    Jump,
}
