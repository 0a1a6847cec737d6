//! How one host is reached: address, login, pinned key, the way through jump hosts.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::RemoteError;

/// Everything that is needed to log in to one host, and nothing that is secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostAccess {
    /// What people call the host; used in messages only.
    pub name: String,
    /// Host name or IP address.
    pub address: String,
    pub port: u16,
    pub user: String,
    /// The private key file on this server.
    pub identity: PathBuf,
    /// The keys an admin has accepted. Empty: nobody has, and nothing is sent.
    pub host_key: Vec<HostKey>,
    /// The host through which this one is reached.
    pub jump: Option<Box<HostAccess>>,
    /// How a command becomes root. A spool belongs to the user it was started as, so that
    /// all calls about one spool must use the same value.
    pub elevate: Elevate,
}

impl HostAccess {
    /// The same host, with commands run as `elevate` says.
    pub fn with_elevate(&self, elevate: Elevate) -> Self {
        Self { elevate, ..self.clone() }
    }
}

/// Whether a command runs as the login user or as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Elevate {
    /// As the login user (who may be root).
    No,
    /// As root by `sudo -n`.
    Sudo,
}

/// A public host key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostKey {
    algorithm: String,
    key: String,
}

impl HostKey {
    /// Reads `algorithm key`, with or without the host names that `known_hosts` puts in front.
    pub fn parse(line: &str) -> Result<Self, RemoteError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let found = words
            .iter()
            .take(2)
            .position(|word| ALGORITHMS.contains(word))
            .and_then(|at| Some((*words.get(at)?, *words.get(at + 1)?)));
        let readable = found.filter(|(_, key)| STANDARD.decode(key).is_ok());
        match readable {
            Some((algorithm, key)) => Ok(Self { algorithm: algorithm.to_owned(), key: key.to_owned() }),
            None => Err(RemoteError::Invalid {
                what: "host key",
                value: line.to_owned(),
                rule: "a line of a known_hosts file: host, algorithm, key",
            }),
        }
    }

    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// `algorithm key`, as it is stored and compared.
    pub fn line(&self) -> String {
        format!("{} {}", self.algorithm, self.key)
    }

    /// The fingerprint as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        let bytes = STANDARD.decode(&self.key).unwrap_or_default();
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(bytes)))
    }
}

const ALGORITHMS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.fingerprint())
    }
}

impl TryFrom<String> for HostKey {
    type Error = RemoteError;

    fn try_from(line: String) -> Result<Self, RemoteError> {
        Self::parse(&line)
    }
}

impl From<HostKey> for String {
    fn from(key: HostKey) -> Self {
        key.line()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJq0nsfF0PZ2RtMgzqTgn/UUZ3pZKxDzHPVdgDyMxnDS";

    #[test]
    fn a_known_hosts_line_and_a_public_key_file_mean_the_same() {
        let scanned = HostKey::parse(&format!("[10.0.0.1]:2222 ssh-ed25519 {KEY}")).unwrap();
        let file = HostKey::parse(&format!("ssh-ed25519 {KEY} root@db1")).unwrap();
        assert_eq!(scanned, file);
        assert_eq!(scanned.line(), format!("ssh-ed25519 {KEY}"));
        assert!(scanned.fingerprint().starts_with("SHA256:"));
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for bad in ["", "ssh-ed25519", "host ssh-ed25519 ***", "@revoked a b"] {
            assert!(HostKey::parse(bad).is_err(), "{bad:?}");
        }
    }
}
