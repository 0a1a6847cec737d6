//! The key that signs checkpoints: Ed25519, 32 random bytes in a file of its own.
//!
//! It is not in the database: who can change that must not be able to sign, too.

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use model::audit::{CHECKPOINT_FORMAT, Checkpoint, Statement};
use model::id::{AuditHash, AuditKey, AuditLogId, AuditSignature};
use model::time::Timestamp;
use rand::RngCore;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::error::conflict;
use crate::secrets::{file_error, write_private};
use crate::settings::AuditSettings;
use crate::{EngineError, Result};

const SEED_BYTES: usize = 32;

/// Both halves.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: AuditKey,
}

impl SigningKey {
    /// The key in that file; a new one, if there is no file.
    pub fn open_or_make(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(seed) => Self::of(path, &seed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(path),
            Err(source) => Err(file_error(path, source)),
        }
    }

    fn make(path: &Path) -> Result<Self> {
        let mut seed = [0; SEED_BYTES];
        rand::rng().fill_bytes(&mut seed);
        match write_private(path, &seed) {
            Ok(()) => Self::of(path, &seed),
            // Another process was quicker: its key is the key.
            Err(EngineError::File { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::of(path, &std::fs::read(path).map_err(|source| file_error(path, source))?)
            }
            Err(error) => Err(error),
        }
    }

    fn of(path: &Path, seed: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| {
            conflict(format!(
                "the file {} (configuration key `audit_key`) does not hold a key of {SEED_BYTES} bytes",
                path.display()
            ))
        })?;
        let public = AuditKey::new(hex::encode(pair.public_key().as_ref()))?;
        Ok(Self { pair, public })
    }

    /// What signatures are checked with.
    pub fn public(&self) -> &AuditKey {
        &self.public
    }

    /// Signs what has a line in front that says what it is, so that it never passes for something else.
    pub fn signature(&self, message: &[u8]) -> Result<AuditSignature> {
        Ok(AuditSignature::new(hex::encode(self.pair.sign(message).as_ref()))?)
    }

    /// Says that the log had come so far.
    pub fn sign(
        &self,
        log: AuditLogId,
        (seq, hash): (i64, AuditHash),
        at: Timestamp,
        instance: &str,
    ) -> Result<Checkpoint> {
        let statement = Statement { log, seq, hash, at, instance: instance.to_owned(), key: self.public.clone() };
        let signature = self.signature(&statement.message())?;
        Ok(Checkpoint { drydock_checkpoint: CHECKPOINT_FORMAT, statement, signature })
    }
}

/// The key of this server, and those that are believed besides.
#[derive(Debug)]
pub struct KeyRing {
    settings: AuditSettings,
    own: OnceLock<SigningKey>,
}

impl KeyRing {
    pub fn new(settings: &AuditSettings) -> Self {
        Self { settings: settings.clone(), own: OnceLock::new() }
    }

    /// For signing; it is made if there is none.
    pub fn own(&self) -> Result<&SigningKey> {
        if let Some(key) = self.own.get() {
            return Ok(key);
        }
        let key = SigningKey::open_or_make(&self.settings.key_file)?;
        Ok(self.own.get_or_init(|| key))
    }

    /// The keys whose signatures count. Looking makes none: a key that is not there has signed nothing.
    pub fn believed(&self) -> Vec<AuditKey> {
        let own = if self.own.get().is_some() || self.settings.key_file.exists() { self.own().ok() } else { None };
        own.map(|key| key.public().clone()).into_iter().chain(self.settings.also_believed.iter().cloned()).collect()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Whether who holds the secret half of the key in it has signed it as it is.
pub fn is_signed(checkpoint: &Checkpoint) -> bool {
    is_signature(&checkpoint.statement.key, &checkpoint.statement.message(), &checkpoint.signature)
}

/// Whether that signature was made over that message with the secret half of that key.
pub fn is_signature(key: &AuditKey, message: &[u8], signature: &AuditSignature) -> bool {
    let key = hex::decode(key.as_str()).unwrap_or_default();
    let signature = hex::decode(signature.as_str()).unwrap_or_default();
    UnparsedPublicKey::new(&ED25519, key).verify(message, &signature).is_ok()
}
