//! Archives of snapshots, kept in a folder of the server. A retry needs them: a restore removes the snapshot's record
//! from the manager (dossier 0, fact 9).
//!
//! Beside an archive lies what was found in it when it came (`.json`). What is secret, `rest-security.conf` and new
//! passwords, is sealed with the server's key. Everything is readable by the server only.

mod error;
mod look;
mod sealed;
#[cfg(test)]
mod tests;
mod upload;
#[cfg(test)]
mod upload_tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::cloudify::KeptArchive;
use model::id::SnapshotId;
use tokio::io::AsyncWriteExt as _;

pub use error::ArchiveError;
pub use sealed::Sealer;
pub use upload::{Incoming, UploadError};

/// The folder of one environment.
#[derive(Clone)]
pub struct Archives {
    folder: PathBuf,
    sealer: Arc<dyn Sealer>,
}

impl std::fmt::Debug for Archives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archives").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// An archive on its way in.
pub(crate) struct Coming {
    file: tokio::fs::File,
    path: PathBuf,
    /// So many bytes are there from an earlier try.
    pub(crate) there: u64,
}

impl Archives {
    /// Nothing is made yet.
    pub fn new(folder: impl Into<PathBuf>, sealer: Arc<dyn Sealer>) -> Self {
        Self { folder: folder.into(), sealer }
    }

    fn path(&self, snapshot: &SnapshotId, end: &str) -> PathBuf {
        // A snapshot's id has no slash and does not begin with a dot.
        self.folder.join(format!("{snapshot}.{end}"))
    }

    fn make_folder(&self) -> Result<(), ArchiveError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|error| ArchiveError::file(&self.folder, &error))
    }

    /// Everything that is kept whole, by snapshot. What cannot be read is not there.
    pub async fn list(&self) -> Vec<KeptArchive> {
        let archives = self.clone();
        tokio::task::spawn_blocking(move || archives.listed()).await.unwrap_or_default()
    }

    fn listed(&self) -> Vec<KeptArchive> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let snapshots = names.filter_map(|name| SnapshotId::new(name.strip_suffix(".zip")?).ok());
        let mut kept: Vec<KeptArchive> = snapshots.filter_map(|snapshot| self.kept(&snapshot).ok()).collect();
        kept.sort_by(|one, other| one.snapshot.cmp(&other.snapshot));
        kept
    }

    /// What was found in it when it came. The archive itself is not read.
    pub(crate) fn kept(&self, snapshot: &SnapshotId) -> Result<KeptArchive, ArchiveError> {
        let path = self.path(snapshot, "json");
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ArchiveError::NotKept(snapshot.to_string()));
            }
            Err(error) => return Err(ArchiveError::file(&path, &error)),
        };
        serde_json::from_slice(&text)
            .map_err(|error| ArchiveError::Damaged { what: path.display().to_string(), problem: error.to_string() })
    }

    /// Opens what has come so far, to go on behind it; nobody else may be at it.
    pub(crate) async fn receive(&self, snapshot: &SnapshotId) -> Result<Coming, ArchiveError> {
        self.receive_as(snapshot, "part")
    }

    fn receive_as(&self, snapshot: &SnapshotId, end: &str) -> Result<Coming, ArchiveError> {
        self.make_folder()?;
        let path = self.path(snapshot, end);
        let opened = fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| ArchiveError::file(&path, &error))?;
        file.try_lock().map_err(|_| ArchiveError::InUse(path.display().to_string()))?;
        let there = file.metadata().map_err(|error| ArchiveError::file(&path, &error))?.len();
        Ok(Coming { file: tokio::fs::File::from_std(file), path, there })
    }

    /// Looks at all of it, and only then calls it kept. What is no good is removed, so that the next try begins anew.
    pub(crate) async fn keep(&self, snapshot: &SnapshotId, coming: Coming) -> Result<KeptArchive, ArchiveError> {
        self.keep_or(snapshot, coming, |_| Ok(())).await
    }

    /// The same; why it is no good is told before it is removed, so that it is never gone without a word.
    async fn keep_or(
        &self,
        snapshot: &SnapshotId,
        coming: Coming,
        tell: impl FnOnce(&ArchiveError) -> Result<(), ArchiveError> + Send + 'static,
    ) -> Result<KeptArchive, ArchiveError> {
        let Coming { mut file, path, .. } = coming;
        let flushed = async {
            file.flush().await?;
            file.sync_all().await
        };
        flushed.await.map_err(|error| ArchiveError::file(&path, &error))?;
        let (archives, snapshot) = (self.clone(), snapshot.clone());
        blocking(move || {
            let looked = look::look(&path, &snapshot);
            if let Err(error) = &looked
                && error.is_of_the_archive()
            {
                tell(error)?;
                let _ = fs::remove_file(&path);
            }
            let kept = looked?;
            let text = serde_json::to_vec_pretty(&kept).map_err(|error| ArchiveError::Damaged {
                what: "its description".to_owned(),
                problem: error.to_string(),
            })?;
            archives.write(&archives.path(&snapshot, "json"), &text)?;
            let whole = archives.path(&snapshot, "zip");
            fs::rename(&path, &whole).map_err(|error| ArchiveError::file(&whole, &error))?;
            Ok(kept)
        })
        .await
    }

    /// Whether it is still what came, made by one of these versions. Reads all of it.
    pub(crate) async fn prove(
        &self,
        snapshot: &SnapshotId,
        versions: &BTreeSet<String>,
    ) -> Result<KeptArchive, ArchiveError> {
        let (archives, snapshot, versions) = (self.clone(), snapshot.clone(), versions.clone());
        blocking(move || {
            let kept = archives.kept(&snapshot)?;
            if !versions.contains(&kept.version.to_string()) {
                let wanted = versions.into_iter().collect::<Vec<_>>().join(" or ");
                return Err(ArchiveError::OtherVersion { found: kept.version.to_string(), wanted });
            }
            let (bytes, sha256) = look::digest(&archives.path(&snapshot, "zip"))?;
            if (bytes, sha256.as_str()) != (kept.bytes, kept.sha256.as_str()) {
                let problem =
                    format!("{bytes} bytes with SHA-256 {sha256}, and {} with {} came", kept.bytes, kept.sha256);
                return Err(ArchiveError::Damaged { what: format!("the archive of {snapshot}"), problem });
            }
            Ok(kept)
        })
        .await
    }

    /// The archive, to be sent.
    pub(crate) async fn open(&self, snapshot: &SnapshotId) -> Result<tokio::fs::File, ArchiveError> {
        let path = self.path(snapshot, "zip");
        tokio::fs::File::open(&path).await.map_err(|error| ArchiveError::file(&path, &error))
    }

    /// Writes a small file as a whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.make_folder()?;
        let new = path.with_extension("new");
        let written = || {
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        written().map_err(|error| ArchiveError::file(path, &error))
    }
}

impl Coming {
    /// The next bytes.
    pub(crate) async fn take(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.file.write_all(bytes).await.map_err(|error| ArchiveError::file(&self.path, &error))?;
        self.there += bytes.len() as u64;
        Ok(())
    }

    /// Hands everything over to the system.
    async fn flush(&mut self) -> Result<(), ArchiveError> {
        self.file.flush().await.map_err(|error| ArchiveError::file(&self.path, &error))
    }

    /// Forgets what has come: the manager sends all of it again.
    pub(crate) async fn begin_anew(&mut self) -> Result<(), ArchiveError> {
        self.file.set_len(0).await.map_err(|error| ArchiveError::file(&self.path, &error))?;
        self.there = 0;
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(ArchiveError::Damaged { what: "the look at it".to_owned(), problem: error.to_string() }),
    }
}
