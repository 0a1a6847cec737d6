//! Whether a pack is what was made: every byte of it, and what must hold between its members.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Seek};

use model::audit::{Checkpoint, CheckpointError};
use model::evidence::{
    AuditLine, Decisions, EventLine, EvidenceRequest, Follow, Links, Manifest, ManifestError, Member, Mismatch,
    Signatures, Sum, message, name,
};
use model::id::{AuditKey, AuditSignature};
use serde::de::DeserializeOwned;
use zip::ZipArchive;

use crate::audit::key::{is_signature, is_signed};

/// Of the members that are read into memory.
const LARGEST: u64 = 256 << 20;

/// A pack in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intact {
    /// What it is of.
    pub manifest: Manifest,
    /// How the decisions in it are signed.
    pub decisions: Signatures,
    /// Whose signature nobody has asked for: if there is any, anybody may have made what it is under.
    pub unconfirmed: BTreeSet<AuditKey>,
}

impl Intact {
    /// Whether all of it was signed with keys that were asked for.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.unconfirmed.is_empty()
    }
}

/// What is wrong with a pack.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceProblem {
    /// It is something else, or damaged.
    #[error("it cannot be read as a ZIP archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// It cannot be read to its end.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// Something was taken out.
    #[error("{0:?} is missing")]
    Missing(String),
    /// Something was put in.
    #[error("{0:?} does not belong to the pack: its manifest does not name it")]
    Added(String),
    /// Two files go by one name, and who unpacks it gets one of them.
    #[error("a file is in it twice")]
    Twice,
    /// Somebody has changed a file, or put another in its place.
    #[error("{name:?} was changed: {why}")]
    Changed {
        /// Which.
        name: String,
        /// In what it differs.
        why: String,
    },
    /// The manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Somebody has changed the manifest, or its signature.
    #[error("the signature is not good: {} or {} was changed", name::MANIFEST, name::SIGNATURE)]
    Forged,
    /// Signed, but by whom?
    #[error("the pack was signed with the key {0}, which is not one to be believed")]
    OtherKey(AuditKey),
    /// A member holds something else than it should.
    #[error("{name} holds something else than it should: {why}")]
    Unreadable {
        /// Which; with the line, where it has lines.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The members do not fit each other.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A checkpoint cannot be read.
    #[error("{}: {}", name::CHECKPOINTS, .0)]
    Checkpoint(#[from] CheckpointError),
}

type Checked<T> = Result<T, EvidenceProblem>;

/// Checks a pack. If `keys` are given, no other is believed.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_evidence(file: impl Read + Seek, keys: &[AuditKey]) -> Checked<Intact> {
    let mut zip = ZipArchive::new(file)?;
    if zip.has_duplicate_names() {
        return Err(EvidenceProblem::Twice);
    }
    let text = read(&mut zip, name::MANIFEST)?;
    let signature = read(&mut zip, name::SIGNATURE)?;
    let manifest = Manifest::read(&text)?;
    let signature = AuditSignature::new(String::from_utf8_lossy(&signature).trim_end().to_owned());
    if !signature.is_ok_and(|signature| is_signature(&manifest.key, &message(&text), &signature)) {
        return Err(EvidenceProblem::Forged);
    }
    if !keys.is_empty() && !keys.contains(&manifest.key) {
        return Err(EvidenceProblem::OtherKey(manifest.key));
    }
    members(&mut zip, &manifest)?;
    let decisions = contents(&mut zip, &manifest)?;
    let used = std::iter::once(&manifest.key).chain(&decisions.keys);
    let unconfirmed = used.filter(|key| !keys.contains(key)).cloned().collect();
    Ok(Intact { manifest, decisions, unconfirmed })
}

/// That the members are those of the manifest, byte for byte.
fn members<R: Read + Seek>(zip: &mut ZipArchive<R>, manifest: &Manifest) -> Checked<()> {
    let there = zip.file_names().map(|name| Ok(name?.into_owned())).collect::<Checked<BTreeSet<String>>>()?;
    let mut known: BTreeSet<&str> = [name::MANIFEST, name::SIGNATURE].into();
    for member in &manifest.members {
        if !known.insert(&member.name) {
            return Err(EvidenceProblem::Twice);
        }
        if !there.contains(&member.name) {
            return Err(EvidenceProblem::Missing(member.name.clone()));
        }
    }
    if let Some(added) = there.iter().find(|name| !known.contains(name.as_str())) {
        return Err(EvidenceProblem::Added(added.clone()));
    }
    manifest.members.iter().try_for_each(|member| same(zip, member))
}

fn same<R: Read + Seek>(zip: &mut ZipArchive<R>, member: &Member) -> Checked<()> {
    let changed = |why: String| EvidenceProblem::Changed { name: member.name.clone(), why };
    // No more than it should have: what unpacks to a thousand times as much is noticed early.
    let mut part = zip.by_name(&member.name)?.take(member.length.saturating_add(1));
    let (mut sum, mut buffer) = (Sum::default(), vec![0; 64 * 1024]);
    loop {
        match part.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => sum.take(&buffer[..count]),
            // Also what does not fit its checksum within the archive.
            Err(error) => return Err(changed(error.to_string())),
        }
    }
    let found = sum.member(&member.name);
    if found.length != member.length {
        return Err(changed(format!("it does not have the {} bytes that it had", member.length)));
    }
    if found != *member {
        return Err(changed(format!("its SHA-256 is {}, not {}", found.sha256, member.sha256)));
    }
    Ok(())
}

/// What must hold between the members; how the decisions are signed.
fn contents<R: Read + Seek>(zip: &mut ZipArchive<R>, manifest: &Manifest) -> Checked<Signatures> {
    let request: EvidenceRequest = parsed(zip, name::REQUEST)?;
    let decisions: Decisions = parsed(zip, name::APPROVALS)?;
    let digest = |name: &str| {
        let member = manifest.members.iter().find(|member| member.name == name);
        member.map(|member| member.sha256.as_str())
    };
    let plan = digest(name::PLAN).ok_or_else(|| EvidenceProblem::Missing(name::PLAN.to_owned()))?;
    manifest.fits(plan, digest(name::POLICY), &request, &decisions)?;
    let signatures = decisions.signatures(&manifest.request, is_signature)?;
    let mut follow = Follow::default();
    lines(zip, name::EVENTS, |line: EventLine| Ok(follow.take(manifest, &line)?))?;
    follow.finish(manifest)?;
    let mut links = Links::default();
    lines(zip, name::AUDIT, |line: AuditLine| Ok(links.take(manifest, &line)?))?;
    links.finish(manifest, &checkpoints(zip)?)?;
    Ok(signatures)
}

fn checkpoints<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Checked<Vec<Checkpoint>> {
    let text = read(zip, name::CHECKPOINTS)?;
    let mut found = Vec::new();
    for (at, line) in String::from_utf8_lossy(&text).lines().enumerate() {
        let Some(checkpoint) = Checkpoint::find(at + 1, line)? else { continue };
        if !is_signed(&checkpoint) {
            let seq = checkpoint.statement.seq;
            return Err(Mismatch::Checkpoint { seq, why: "its signature is not good" }.into());
        }
        found.push(checkpoint);
    }
    Ok(found)
}

fn read<R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str) -> Checked<Vec<u8>> {
    let changed = |why: String| EvidenceProblem::Changed { name: name.to_owned(), why };
    let mut bytes = Vec::new();
    let part = match zip.by_name(name) {
        Ok(part) => part,
        Err(zip::result::ZipError::FileNotFound) => return Err(EvidenceProblem::Missing(name.to_owned())),
        Err(error) => return Err(error.into()),
    };
    part.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| changed(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(changed(format!("it has more than {} MB", LARGEST >> 20)));
    }
    Ok(bytes)
}

fn parsed<T: DeserializeOwned, R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str) -> Checked<T> {
    let bytes = read(zip, name)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| EvidenceProblem::Unreadable { name: name.to_owned(), why: error.to_string() })
}

/// Line by line: there may be many.
fn lines<T: DeserializeOwned, R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    name: &str,
    mut take: impl FnMut(T) -> Checked<()>,
) -> Checked<()> {
    let part = match zip.by_name(name) {
        Ok(part) => part,
        Err(zip::result::ZipError::FileNotFound) => return Err(EvidenceProblem::Missing(name.to_owned())),
        Err(error) => return Err(error.into()),
    };
    for (at, line) in BufReader::new(part).lines().enumerate() {
        let unreadable = |error: serde_json::Error| EvidenceProblem::Unreadable {
            name: format!("{name}, line {}", at + 1),
            why: error.to_string(),
        };
        take(serde_json::from_str(&line?).map_err(unreadable)?)?;
    }
    Ok(())
}
