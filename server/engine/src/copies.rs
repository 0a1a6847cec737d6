//! Copies of files that leave their hosts: read over SSH, beside the journal, and sealed as secrets are. They may hold
//! secrets, so what is in them is in clear only while it is read or put back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::id::{EnvironmentId, HostName, SealedId};
use model::open_vstorage::{CopyStore, FileRights, LARGEST_COPY, SealedCopy, StoredCopy};
use model::plan::{Answer, Download, FileCopy};
use model::procedure::FileOn;
use remote::{HostAccess, Job, ReadLimit, Remote, RemoteError};
use sha2::{Digest as _, Sha256};

use crate::error::chain;
use crate::store::audit::{Deed, record};
use crate::store::{copies, sealed};
use crate::{Engine, EngineError, Result};

#[cfg(test)]
mod tests;

/// One part of a copy. In base64 it has to fit into an environment variable, which the kernel limits to 128 KiB.
const PART: usize = 90_000;
/// Room for the line in front of the file.
const FIRST_LINE: u64 = 256;
const READ_WITHIN: Duration = Duration::from_secs(60);

/// Why a copy is not in Drydock's store.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSealed {
    /// The same may well work in a minute.
    #[error("{0}")]
    NotNow(String),
    /// Another try would end the same way.
    #[error("{0}")]
    Refused(String),
}

impl From<EngineError> for NotSealed {
    fn from(error: EngineError) -> Self {
        match error {
            // A key file that is away or no key is for a person to mend.
            EngineError::Refused(_) | EngineError::File { .. } => Self::Refused(chain(&error)),
            other => Self::NotNow(format!("Drydock's own store does not take it: {}", chain(&other))),
        }
    }
}

impl Engine {
    /// What Drydock's own store has of an environment's files, and whether it takes more.
    pub(crate) async fn copy_store(&self, environment: &EnvironmentId) -> Result<CopyStore> {
        let refuses = self.why_nothing_is_sealed();
        Ok(CopyStore { has: self.store().copies(environment).await?, refuses })
    }

    /// Reads copies off a host and seals those that are not sealed yet.
    pub(crate) async fn download(
        &self,
        environment: &EnvironmentId,
        remote: &dyn Remote,
        access: &HostAccess,
        download: &Download,
    ) -> std::result::Result<String, NotSealed> {
        for file in &download.files {
            let known = self.copies_of(environment, &download.host).await?;
            if let Some(stored) = self.open_copy(&known, file).await? {
                self.store().copy_kept_again(environment, stored, self.now()).await?;
                continue;
            }
            let (rights, bytes) = read(remote, access, download, file).await?;
            let file_on = FileOn { host: download.host.clone(), path: file.path.clone() };
            self.seal_copy(environment, file_on, rights, &bytes).await?;
        }
        Ok(format!("read on {} and sealed", download.host))
    }

    /// Seals a copy and remembers where its parts are. The key file has to be there: one that is made in passing would be
    /// known to nobody, and be another one on each server.
    pub(crate) async fn seal_copy(
        &self,
        environment: &EnvironmentId,
        file: FileOn,
        rights: FileRights,
        bytes: &[u8],
    ) -> Result<()> {
        let mut parts = Vec::new();
        for part in bytes.chunks(PART) {
            let id = SealedId::new(uuid::Uuid::now_v7().to_string())?;
            parts.push((id, self.seal(STANDARD.encode(part).as_bytes(), false)?));
        }
        let copy = SealedCopy { parts: parts.iter().map(|(id, _)| id.clone()).collect(), rights };
        let detail = format!("{} on {}, {} bytes", file.path, file.host, bytes.len());
        let at = self.now();
        let stored = StoredCopy { file, sha256: sum(bytes), copy, at };
        let mut tx = self.store().write().await?;
        for (id, row) in &parts {
            sealed::insert(&mut tx, id, row).await?;
        }
        copies::replace(&mut tx, environment, &stored).await?;
        let deed = Deed { who: "drydock", what: "copy.sealed", subject: environment.as_str(), detail };
        record(&mut tx, at, deed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether all of these are there, can be opened, and are what they should be.
    pub(crate) async fn look_at_copies(
        &self,
        environment: &EnvironmentId,
        host: &HostName,
        files: &[FileCopy],
    ) -> Answer {
        let looked = async {
            let known = self.copies_of(environment, host).await?;
            for file in files {
                if self.open_copy(&known, file).await?.is_none() {
                    return Ok(Some(&file.path));
                }
            }
            Ok::<_, EngineError>(None)
        };
        match looked.await {
            Ok(None) => {
                let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
                Answer::Holds { evidence: format!("sealed in Drydock's own store from {host}: {}", paths.join(", ")) }
            }
            Ok(Some(path)) => {
                Answer::NotYet { evidence: format!("no copy of {path} of {host} that can be opened is sealed") }
            }
            Err(error) => Answer::Unknown { reason: chain(&error) },
        }
    }

    async fn copies_of(&self, environment: &EnvironmentId, host: &HostName) -> Result<Vec<StoredCopy>> {
        let mut all = self.store().copies(environment).await?;
        all.retain(|stored| &stored.file.host == host);
        Ok(all)
    }

    /// A copy that can be opened and is what it should be.
    async fn open_copy<'k>(&self, known: &'k [StoredCopy], file: &FileCopy) -> Result<Option<&'k StoredCopy>> {
        let is_it = |stored: &&StoredCopy| stored.file.path == file.path && stored.sha256 == file.sha256;
        let Some(stored) = known.iter().find(is_it) else { return Ok(None) };
        let mut bytes = Vec::new();
        for part in &stored.copy.parts {
            let Some(row) = self.store().sealed(part).await? else { return Ok(None) };
            let Some(opened) = self.unseal(&row)?.and_then(|text| STANDARD.decode(text).ok()) else { return Ok(None) };
            bytes.extend(opened);
        }
        Ok((sum(&bytes) == file.sha256).then_some(stored))
    }
}

/// One file over SSH. Its words never hold what is in the file.
async fn read(
    remote: &dyn Remote,
    access: &HostAccess,
    download: &Download,
    file: &FileCopy,
) -> std::result::Result<(FileRights, Vec<u8>), NotSealed> {
    let (host, path) = (&download.host, &file.path);
    let refused = |why: String| NotSealed::Refused(format!("no copy of {path} of {host} is sealed: {why}"));
    let too_large = || refused(format!("it is larger than {LARGEST_COPY} bytes"));
    let job =
        Job::new(download.script.clone()).arg(file.sha256.clone()).arg(path.clone()).arg(LARGEST_COPY.to_string());
    let limit =
        ReadLimit { bytes: usize::try_from(LARGEST_COPY + FIRST_LINE).unwrap_or(usize::MAX), time: READ_WITHIN };
    let output = match remote.read(access, &job, limit).await {
        Ok(output) => output,
        Err(RemoteError::TooLarge { .. }) => return Err(too_large()),
        Err(error) if error.is_transient() => return Err(NotSealed::NotNow(chain(&error))),
        Err(error) => return Err(refused(chain(&error))),
    };
    if output.code != 0 {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no word").to_owned();
        return Err(refused(last));
    }
    let end = output.stdout.iter().position(|byte| *byte == b'\n');
    let (first, bytes) = output.stdout.split_at(end.unwrap_or_default());
    let rights = FileRights::parse(&String::from_utf8_lossy(first));
    let rights = rights.ok_or_else(|| refused("its mode and owners are not told as expected".to_owned()))?;
    let bytes = bytes.get(1..).unwrap_or_default();
    if sum(bytes) != file.sha256 {
        return Err(refused("the copy on the host is not what it was when the plan was made".to_owned()));
    }
    if bytes.len() as u64 > LARGEST_COPY {
        return Err(too_large());
    }
    Ok((rights, bytes.to_vec()))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
