//! Files that were changed by hand, and where their copies are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::SealedId;
use crate::procedure::FileOn;
use crate::time::Timestamp;

/// A file that was changed by hand, as it was before an update.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptFile {
    /// Where it was.
    pub path: String,
    /// SHA-256 of the copy.
    pub sha256: String,
    /// What is there now is the same.
    pub is_back: bool,
    /// Where the copy is.
    #[serde(default)]
    pub place: CopyPlace,
}

/// Where copies of one file are.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyPlace {
    /// On its node, and nowhere else.
    #[default]
    OnNode,
    /// In Drydock's own store, and not on its node any more.
    Sealed(SealedCopy),
    /// In both.
    Both(SealedCopy),
}

impl CopyPlace {
    /// The copy in Drydock's own store.
    #[must_use]
    pub const fn sealed(&self) -> Option<&SealedCopy> {
        match self {
            Self::OnNode => None,
            Self::Sealed(copy) | Self::Both(copy) => Some(copy),
        }
    }

    /// Whether there is one on the node.
    #[must_use]
    pub const fn is_on_node(&self) -> bool {
        match self {
            Self::OnNode | Self::Both(_) => true,
            Self::Sealed(_) => false,
        }
    }
}

/// A copy in Drydock's own store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SealedCopy {
    /// Its parts in order, each in base64; none for an empty file.
    pub parts: Vec<SealedId>,
    /// What the file had.
    pub rights: FileRights,
}

/// Mode and owners of a file, as `stat -c '%a %U %G'` prints them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileRights {
    /// For example `644`.
    pub mode: String,
    /// For example `ovs`.
    pub owner: String,
    /// For example `ovs`.
    pub group: String,
}

impl FileRights {
    /// Reads what `stat` printed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [mode, owner, group] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let is_mode = (1..=4).contains(&mode.len()) && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        let is_name = |name: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            !name.is_empty() && !name.starts_with('-') && name.len() <= 64 && name.bytes().all(allowed)
        };
        let of = |text: &str| text.to_owned();
        (is_mode && is_name(owner) && is_name(group)).then(|| Self {
            mode: of(mode),
            owner: of(owner),
            group: of(group),
        })
    }
}

impl fmt::Display for FileRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.mode, self.owner, self.group)
    }
}

impl TryFrom<String> for FileRights {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no mode, owner and group"))
    }
}

impl From<FileRights> for String {
    fn from(rights: FileRights) -> Self {
        rights.to_string()
    }
}

/// What Drydock's own store has of the files of one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyStore {
    /// Copies that were sealed.
    pub has: Vec<StoredCopy>,
    /// Why it takes no copies; `None` when it does.
    pub refuses: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCopy {
    /// Where it was.
    pub file: FileOn,
    /// Of what it was.
    pub sha256: String,
    /// The copy.
    pub copy: SealedCopy,
    /// When the file was last seen like this before an update.
    pub at: Timestamp,
}

/// The largest file of which a copy is sealed. What people patch by hand are scripts and configuration.
pub const LARGEST_COPY: u64 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mode_and_two_names_are_rights() {
        for good in ["644 root root", "4755 ovs alba_1", "0 UNKNOWN UNKNOWN"] {
            assert_eq!(FileRights::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "644 root", "888 a b", "644 -R b", "644 a;b c", "644 a b c", "64444 a b"] {
            assert_eq!(FileRights::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_older_versions_have_seen_lies_on_its_node() {
        let seen = r#"{"path":"/opt/a.py","sha256":"00","is_back":false}"#;
        let kept: KeptFile = serde_json::from_str(seen).unwrap();
        assert_eq!(kept.place, CopyPlace::OnNode);
    }
}
