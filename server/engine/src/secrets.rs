//! Where secrets come from: files, variables, or the database, where they lie sealed with the key file.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use model::id::SealedId;
use model::secret::SecretRef;
use rand::RngCore;
use remote::Secret;

use crate::error::{chain, conflict, invalid};
use crate::settings::Settings;
use crate::store::audit::{Deed, record};
use crate::store::sealed::{SealedRow, insert};
use crate::{Engine, EngineError, Result};
use model::people::Person;

const KEY_BYTES: usize = 32;

/// The key file, and the private keys that had to be written to files for `ssh`.
#[derive(Debug)]
pub struct Vault {
    key_file: PathBuf,
    keys: PathBuf,
    written: Mutex<BTreeMap<SecretRef, PathBuf>>,
}

impl Vault {
    pub fn open(settings: &Settings) -> Result<Self> {
        let keys = settings.data_dir.join("keys");
        // A server that was killed could not clean up behind it.
        let _ = fs::remove_dir_all(&keys);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&keys).map_err(|source| file_error(&keys, source))?;
        Ok(Self { key_file: settings.key_file.clone(), keys, written: Mutex::default() })
    }

    /// Removes the private keys that were written for `ssh`.
    pub fn forget(&self) {
        let _ = fs::remove_dir_all(&self.keys);
    }

    fn cipher(&self, make: bool) -> Result<XChaCha20Poly1305> {
        let key = match fs::read(&self.key_file) {
            Ok(key) => key,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => self.make_key()?,
            Err(source) => return Err(file_error(&self.key_file, source)),
        };
        if key.len() != KEY_BYTES {
            return Err(conflict(format!("key file {} does not hold {KEY_BYTES} bytes", self.key_file.display())));
        }
        Ok(XChaCha20Poly1305::new(Key::from_slice(&key)))
    }

    fn make_key(&self) -> Result<Vec<u8>> {
        let mut key = vec![0; KEY_BYTES];
        rand::rng().fill_bytes(&mut key);
        write_private(&self.key_file, &key)?;
        Ok(key)
    }
}

/// Bytes before what was sealed, in a file.
const NONCE: usize = 24;

/// Seals files with the key file.
pub(crate) struct FileSealer(pub(crate) Engine);

impl cloudify::Sealer for FileSealer {
    fn seal(&self, plain: &[u8]) -> std::result::Result<Vec<u8>, String> {
        let mut nonce = vec![0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let cipher = self.0.0.vault.cipher(true).map_err(|error| error.to_string())?;
        let sealed = cipher.encrypt(XNonce::from_slice(&nonce), plain).map_err(|_| "it could not be encrypted")?;
        Ok([nonce, sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> std::result::Result<Vec<u8>, String> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or("it is too short")?;
        let cipher = self.0.0.vault.cipher(false).map_err(|error| error.to_string())?;
        cipher.decrypt(XNonce::from_slice(nonce), sealed).map_err(|_| "it was sealed with another key file".to_owned())
    }
}

impl Engine {
    /// Seals a secret in the database and returns where it is. `by` is `None` on the server's command line.
    pub async fn seal_secret(&self, by: Option<&Person>, plain: String) -> Result<SealedId> {
        if plain.is_empty() {
            return Err(invalid("secret", "it is empty"));
        }
        let row = self.seal(plain.as_bytes(), true)?;
        let id = SealedId::new(uuid::Uuid::now_v7().to_string())?;
        let mut tx = self.store().write().await?;
        insert(&mut tx, &id, &row).await?;
        let who = by.map_or("drydock", |by| &by.name);
        record(&mut tx, self.now(), Deed { who, what: "secret.sealed", subject: id.as_str(), detail: String::new() })
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Encrypts with the key file; `make`: makes one when there is none.
    pub(crate) fn seal(&self, plain: &[u8], make: bool) -> Result<SealedRow> {
        let mut nonce = vec![0; 24];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self.0.vault.cipher(make)?.encrypt(XNonce::from_slice(&nonce), plain);
        let sealed = sealed.map_err(|_| EngineError::damaged("sealed", "new", "it could not be encrypted"))?;
        Ok(SealedRow { nonce, sealed })
    }

    /// What was sealed; `None` when it was made with another key file.
    pub(crate) fn unseal(&self, row: &SealedRow) -> Result<Option<Vec<u8>>> {
        let cipher = self.0.vault.cipher(false)?;
        Ok(cipher.decrypt(XNonce::from_slice(&row.nonce), row.sealed.as_slice()).ok())
    }

    /// Why nothing can be sealed without making a key file first; `None` when there is one that can be used.
    pub(crate) fn why_nothing_is_sealed(&self) -> Option<String> {
        self.0.vault.cipher(false).err().map(|error| chain(&error))
    }

    /// The value behind a reference; `field` names it in messages. One line: what follows a line end is not part of it.
    pub(crate) async fn secret(&self, field: &str, reference: &SecretRef) -> Result<Secret> {
        let value = self.secret_text(field, reference).await?;
        let line = value.lines().next().unwrap_or("").trim().to_owned();
        if line.is_empty() {
            return Err(invalid(field, format!("{reference} is empty")));
        }
        Ok(Secret::new(line))
    }

    /// A private key as a file that `ssh` can read.
    pub(crate) async fn identity(&self, field: &str, reference: &SecretRef) -> Result<PathBuf> {
        if let SecretRef::File(path) = reference {
            return Ok(PathBuf::from(path));
        }
        let known = self.0.vault.written.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned();
        if let Some(path) = known {
            return Ok(path);
        }
        let mut text = self.secret_text(field, reference).await?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let path = self.0.vault.keys.join(uuid::Uuid::new_v4().to_string());
        write_private(&path, text.as_bytes())?;
        let mut written = self.0.vault.written.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(written.entry(reference.clone()).or_insert(path).clone())
    }

    async fn secret_text(&self, field: &str, reference: &SecretRef) -> Result<String> {
        match reference {
            SecretRef::File(path) => {
                fs::read_to_string(path).map_err(|error| invalid(field, format!("file {path} cannot be read: {error}")))
            }
            SecretRef::Variable(name) => std::env::var(name)
                .map_err(|_| invalid(field, format!("environment variable {name} is not set for the Drydock server"))),
            SecretRef::Sealed(id) => {
                let row = self.store().sealed(id).await?;
                let row = row.ok_or_else(|| invalid(field, "the sealed secret is gone: enter it again"))?;
                let plain = self.unseal(&row)?.ok_or_else(|| {
                    invalid(
                        field,
                        "the sealed secret was made with another key file: enter it again, or restore the key file",
                    )
                })?;
                String::from_utf8(plain).map_err(|_| invalid(field, "the sealed secret is no text"))
            }
        }
    }
}

/// 32 random bytes as hexadecimal digits.
pub fn random_token() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| file_error(path, source))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| file_error(path, source))
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> EngineError {
    EngineError::File { path: path.display().to_string(), source }
}
