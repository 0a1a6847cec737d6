//! What is secret beside an archive.

use std::fs;

use model::id::SnapshotId;
use remote::Secret;

use super::{ArchiveError, Archives};

/// Seals with the server's key.
pub trait Sealer: Send + Sync {
    /// For a file.
    ///
    /// # Errors
    /// In words.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String>;
    /// The reverse.
    ///
    /// # Errors
    /// In words.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String>;
}

const SECURITY: &str = "security.sealed";

impl Archives {
    fn seal_file(&self, snapshot: &SnapshotId, end: &str, plain: &[u8]) -> Result<(), ArchiveError> {
        let sealed = self.sealer.seal(plain).map_err(ArchiveError::Key)?;
        self.write(&self.path(snapshot, end), &sealed)
    }

    fn sealed_file(&self, snapshot: &SnapshotId, end: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        let path = self.path(snapshot, end);
        match fs::read(&path) {
            Ok(sealed) => self.sealer.open(&sealed).map(Some).map_err(ArchiveError::Key),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ArchiveError::file(&path, &error)),
        }
    }

    /// `rest-security.conf`, as it was on the old manager.
    pub(crate) fn keep_security(&self, snapshot: &SnapshotId, text: &[u8]) -> Result<(), ArchiveError> {
        if !names_a_salt(text) {
            let problem = "it is no JSON with a hash_salt".to_owned();
            return Err(ArchiveError::Damaged { what: "rest-security.conf".to_owned(), problem });
        }
        self.seal_file(snapshot, SECURITY, text)
    }

    /// Whether it is kept and can be read.
    pub(crate) fn has_security(&self, snapshot: &SnapshotId) -> Result<bool, ArchiveError> {
        Ok(self.sealed_file(snapshot, SECURITY)?.is_some_and(|text| names_a_salt(&text)))
    }

    /// A user's new password.
    pub(crate) fn keep_password(&self, snapshot: &SnapshotId, user: &str, new: &Secret) -> Result<(), ArchiveError> {
        self.seal_file(snapshot, &password_of(user), new.expose().as_bytes())
    }

    /// The same, if one was made.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn password(&self, snapshot: &SnapshotId, user: &str) -> Result<Option<Secret>, ArchiveError> {
        let plain = self.sealed_file(snapshot, &password_of(user))?;
        Ok(plain.and_then(|plain| String::from_utf8(plain).ok()).map(Secret::new))
    }
}

/// Names of users may hold anything.
fn password_of(user: &str) -> String {
    format!("password-{}.sealed", hex::encode(user))
}

fn names_a_salt(text: &[u8]) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_slice(text).ok();
    value.is_some_and(|value| value.get("hash_salt").is_some_and(serde_json::Value::is_string))
}
