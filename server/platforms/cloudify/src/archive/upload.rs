//! Archives that people bring: they come in parts, each behind the last, for as long as it takes and across restarts.
//!
//! Beside the bytes (`.upload`) lies who brings how many (`.coming`), and why they were no good, if so (`.refused`). What is
//! complete is looked at as any other archive, and is kept only then. Nothing of it is ever held in memory.

use std::fs;
use std::io::ErrorKind;

use model::cloudify::{KeptArchive, Upload, UploadState};
use model::id::SnapshotId;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ArchiveError, Archives, Coming, blocking};

/// What is left to the database, which may lie on the same disk.
const RESERVE: u64 = 1 << 30;

/// Why bytes are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// Nothing is replaced: a retry of a migration may need what is there.
    #[error("an archive of {0} is kept already: choose another name")]
    Kept(String),
    /// What is there is the beginning of another file.
    #[error(
        "somebody has begun to bring another file as {snapshot}, of {known} bytes and not {given}: go on with that one, discard \
         it, or choose another name"
    )]
    AnotherFile {
        /// Under which name.
        snapshot: String,
        /// How long that one is.
        known: u64,
        /// How long this one is.
        given: u64,
    },
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It does not fit.
    #[error(
        "{wanted} more bytes are to come, and there is room for {room} where archives are kept, {RESERVE} of the free bytes being \
         left to the database"
    )]
    NoRoom {
        /// What is still to come.
        wanted: u64,
        /// What may come.
        room: u64,
    },
    /// These bytes belong somewhere else.
    #[error("{there} bytes are there, so byte {there} is the next, and not {given}")]
    NotNext {
        /// So many are there.
        there: u64,
        /// Where these begin.
        given: u64,
    },
    /// More came than was said.
    #[error("more came than the {0} bytes that were told")]
    TooMuch(u64),
    /// Nothing of that name is on its way.
    #[error("nothing is being uploaded as {0}")]
    NotBegun(String),
    /// A file of the server, or somebody else is at it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// `.coming`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Announced {
    of: u64,
    by: String,
    at: Timestamp,
}

/// A file on its way in; nobody else can write to it meanwhile.
pub struct Incoming {
    coming: Coming,
    of: u64,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("there", &self.coming.there).field("of", &self.of).finish_non_exhaustive()
    }
}

impl Incoming {
    /// So many bytes are there: the next one is the one behind them.
    #[must_use]
    pub fn there(&self) -> u64 {
        self.coming.there
    }

    /// Whether all of it is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.coming.there == self.of
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// They are more than were told, or cannot be written.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        if self.coming.there + bytes.len() as u64 > self.of {
            return Err(UploadError::TooMuch(self.of));
        }
        Ok(self.coming.take(bytes).await?)
    }

    /// Sees to it that what was taken stays.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn settle(&mut self) -> Result<(), UploadError> {
        Ok(self.coming.flush().await?)
    }
}

impl Archives {
    /// How many bytes may still come.
    ///
    /// # Errors
    /// The file system does not tell.
    pub fn room(&self) -> Result<u64, ArchiveError> {
        self.make_folder()?;
        let told =
            rustix::fs::statvfs(&self.folder).map_err(|error| ArchiveError::file(&self.folder, &error.into()))?;
        Ok(told.f_bavail.saturating_mul(told.f_frsize).saturating_sub(RESERVE))
    }

    /// Begins with a file of so many bytes, or goes on with it. Every part of it comes through here.
    ///
    /// # Errors
    /// The name is taken, it does not fit, or another request is at it.
    pub fn incoming(&self, snapshot: &SnapshotId, of: u64, by: &str, at: Timestamp) -> Result<Incoming, UploadError> {
        if of == 0 {
            return Err(UploadError::Empty);
        }
        if self.kept(snapshot).is_ok() {
            return Err(UploadError::Kept(snapshot.to_string()));
        }
        let announced = self.announced(snapshot)?;
        if let Some(known) = announced.as_ref().filter(|known| known.of != of) {
            return Err(UploadError::AnotherFile { snapshot: snapshot.to_string(), known: known.of, given: of });
        }
        let there = fs::metadata(self.path(snapshot, "upload")).map_or(0, |file| file.len());
        let (wanted, room) = (of.saturating_sub(there), self.room()?);
        if wanted > room {
            return Err(UploadError::NoRoom { wanted, room });
        }
        let coming = self.receive_as(snapshot, "upload")?;
        if announced.is_none() {
            self.announce(snapshot, &Announced { of, by: by.to_owned(), at })?;
        }
        let _ = fs::remove_file(self.path(snapshot, "refused"));
        Ok(Incoming { coming, of })
    }

    /// Looks at all of it, and keeps it. What is no good is gone, and the reason stays until somebody begins anew.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn complete(&self, snapshot: &SnapshotId, incoming: Incoming) -> Result<KeptArchive, UploadError> {
        let (archives, path) = (self.clone(), self.path(snapshot, "refused"));
        let tell = move |error: &ArchiveError| archives.write(&path, error.to_string().as_bytes());
        let kept = self.keep_or(snapshot, incoming.coming, tell).await?;
        self.forget(snapshot, &["coming"])?;
        Ok(kept)
    }

    /// Everything that people have begun to bring.
    pub async fn uploads(&self) -> Vec<Upload> {
        let archives = self.clone();
        let listed = blocking(move || Ok(archives.listed_uploads())).await;
        listed.unwrap_or_default()
    }

    fn listed_uploads(&self) -> Vec<Upload> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let snapshots = names.filter_map(|name| SnapshotId::new(name.strip_suffix(".coming")?).ok());
        let mut found: Vec<Upload> = snapshots.filter_map(|snapshot| self.upload(&snapshot).ok()).collect();
        found.sort_by(|one, other| one.snapshot.cmp(&other.snapshot));
        found
    }

    /// How one stands.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn upload(&self, snapshot: &SnapshotId) -> Result<Upload, UploadError> {
        if let Ok(kept) = self.kept(snapshot) {
            let (by, at) = (String::new(), Timestamp(0));
            let (there, of, state) = (kept.bytes, kept.bytes, UploadState::Kept);
            return Ok(Upload { snapshot: snapshot.clone(), there, of, by, at, state });
        }
        let Announced { of, by, at } =
            self.announced(snapshot)?.ok_or_else(|| UploadError::NotBegun(snapshot.to_string()))?;
        let there = fs::metadata(self.path(snapshot, "upload")).map_or(0, |file| file.len());
        let state = match fs::read_to_string(self.path(snapshot, "refused")) {
            Ok(why) => UploadState::Refused(why),
            Err(_) if there == of && self.is_written(snapshot) => UploadState::Checking,
            Err(_) => UploadState::Incomplete,
        };
        Ok(Upload { snapshot: snapshot.clone(), there, of, by, at, state })
    }

    /// Whether a request, or the look at it, holds it. After a restart nobody does.
    fn is_written(&self, snapshot: &SnapshotId) -> bool {
        fs::File::open(self.path(snapshot, "upload")).is_ok_and(|file| file.try_lock_shared().is_err())
    }

    /// Removes what has come of a file.
    ///
    /// # Errors
    /// There is none of that name, or another request is at it.
    pub fn discard(&self, snapshot: &SnapshotId) -> Result<(), UploadError> {
        if self.announced(snapshot)?.is_none() {
            return Err(UploadError::NotBegun(snapshot.to_string()));
        }
        let held = self.receive_as(snapshot, "upload")?;
        self.forget(snapshot, &["refused", "upload", "coming"])?;
        drop(held);
        Ok(())
    }

    fn announced(&self, snapshot: &SnapshotId) -> Result<Option<Announced>, ArchiveError> {
        let path = self.path(snapshot, "coming");
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| ArchiveError::Damaged {
                what: path.display().to_string(),
                problem: error.to_string(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ArchiveError::file(&path, &error)),
        }
    }

    fn announce(&self, snapshot: &SnapshotId, announced: &Announced) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec(announced)
            .map_err(|error| ArchiveError::Damaged { what: "what comes".to_owned(), problem: error.to_string() })?;
        self.write(&self.path(snapshot, "coming"), &text)
    }

    fn forget(&self, snapshot: &SnapshotId, ends: &[&str]) -> Result<(), ArchiveError> {
        for end in ends {
            let path = self.path(snapshot, end);
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(ArchiveError::file(&path, &error)),
            }
        }
        Ok(())
    }
}
