//! Versions of managers: their order, and what each can do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The version of a manager, for example `4.2.0`, in the order of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ManagerVersion {
    numbers: [u32; 4],
    /// What follows the numbers, such as the mark of a patch in `4.1.0-p3-4.0.1` (P4). Empty on most managers.
    mark: String,
}

/// A text that is no version of a manager.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no version of a manager: numbers such as 4.2.0 are expected")]
pub struct InvalidVersion {
    /// What was given, cut to 80 characters.
    pub given: String,
}

/// The columns of the dossier's table of commands (1.2): how `cfy` is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// 3.x: no tenants, no users, everything is a flag.
    V3,
    /// 4.0 and 4.0.1.
    V4_0,
    /// 4.1.x.
    V4_1,
    /// 4.2 to 4.4.
    V4_2,
    /// 4.5 to 5.x.
    V4_5,
    /// 6 and 7.
    V6,
}

impl ManagerVersion {
    /// A version without a mark.
    #[must_use]
    pub const fn of(major: u32, minor: u32, patch: u32) -> Self {
        Self { numbers: [major, minor, patch, 0], mark: String::new() }
    }

    /// Whether it is that release or a later one. Marks do not count.
    #[must_use]
    pub fn is_at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.numbers >= [major, minor, patch, 0]
    }

    /// Whether it is exactly that release, whatever its mark and its fourth number.
    #[must_use]
    pub fn is_release(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.numbers[..3] == [major, minor, patch]
    }

    /// What follows the numbers, for example `-p3-4.0.1`; empty on most managers.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// See [`Family`].
    #[must_use]
    pub fn family(&self) -> Family {
        match self.numbers {
            [0..=3, ..] => Family::V3,
            [4, 0, ..] => Family::V4_0,
            [4, 1, ..] => Family::V4_1,
            [4, 2..=4, ..] => Family::V4_2,
            [4 | 5, ..] => Family::V4_5,
            _ => Family::V6,
        }
    }

    /// The newest prefix of the API that it serves (1.1).
    #[must_use]
    pub fn api_prefix(&self) -> &'static str {
        if !self.has_tenants() {
            "v2.1"
        } else if self.is_at_least(4, 0, 1) {
            "v3.1"
        } else {
            "v3"
        }
    }

    /// Whether it may be the old manager of a migration: 3.4.2 and 4.x (S1).
    #[must_use]
    pub fn can_be_old(&self) -> bool {
        self.is_release(3, 4, 2) || self.numbers[0] == 4
    }

    /// Whether it may be the new manager of a migration: 4.2 and later (S1).
    #[must_use]
    pub fn can_be_new(&self) -> bool {
        self.is_at_least(4, 2, 0)
    }

    /// Whether it restores snapshots of 3.x: 4.0 to 4.6 (fact 5).
    #[must_use]
    pub fn restores_3x(&self) -> bool {
        self.numbers[0] == 4
    }

    /// Tenants, and users in its database, came with 4.0.
    #[must_use]
    pub const fn has_tenants(&self) -> bool {
        self.numbers[0] >= 4
    }

    /// Whether lists can be asked for over all tenants. The CLI does so since 4.2 (1.2); before, tenant by tenant is safe.
    #[must_use]
    pub fn lists_all_tenants(&self) -> bool {
        self.is_at_least(4, 2, 0)
    }

    /// Whether the states `queued`, `scheduled` and `kill_cancelling` are known to it (1.4: from 4.4 to 4.6 on).
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.is_at_least(4, 6, 0)
    }

    /// `GET /agents` (2.2).
    #[must_use]
    pub fn lists_agents(&self) -> bool {
        self.is_at_least(4, 5, 0)
    }

    /// `GET /snapshot-status`, and the newer shape of `/status` (2.2).
    #[must_use]
    pub fn has_snapshot_status(&self) -> bool {
        self.is_at_least(5, 0, 5)
    }

    /// Whether a failed snapshot ends in an execution that is `terminated` (fact 3).
    #[must_use]
    pub fn swallows_snapshot_failures(&self) -> bool {
        self.has_tenants() && !self.is_at_least(5, 1, 0)
    }

    /// Whether its snapshots carry the admin's account, which is then in force after the restore (fact 4), and what
    /// Composer and Stage hold (S5).
    #[must_use]
    pub fn snapshot_carries_admin(&self) -> bool {
        self.is_at_least(4, 2, 0)
    }

    /// Whether a restore can be watched in maintenance mode: from 4.5 on snapshots pass, but executions are shown to an
    /// admin on another machine from 7.0 on only (2.1, 2.4).
    #[must_use]
    pub fn can_be_watched_in_maintenance(&self) -> bool {
        self.is_at_least(7, 0, 0)
    }

    /// Whether times are told by the manager's own clock, with a `Z` all the same (N12).
    #[must_use]
    pub fn tells_local_time(&self) -> bool {
        !self.is_at_least(4, 3, 0)
    }

    /// Riemann, which heals, exists up to 4.6 (6.5).
    #[must_use]
    pub fn has_riemann(&self) -> bool {
        !self.is_at_least(5, 0, 0)
    }
}

impl fmt::Display for ManagerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, build] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if build > 0 {
            write!(f, ".{build}")?;
        }
        f.write_str(&self.mark)
    }
}

impl FromStr for ManagerVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion { given: text.chars().take(80).collect() };
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        // `4.3.dev1`: the dot before the mark belongs to it.
        let core = text[..end].trim_end_matches('.');
        let mark = &text[core.len()..];
        let shown =
            mark.len() <= 40 && mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
        let mut numbers = [0; 4];
        let mut count = 0;
        for part in core.split('.') {
            *numbers.get_mut(count).ok_or_else(invalid)? = part.parse().map_err(|_| invalid())?;
            count += 1;
        }
        if count < 2 || !shown {
            return Err(invalid());
        }
        Ok(Self { numbers, mark: mark.to_owned() })
    }
}

impl TryFrom<String> for ManagerVersion {
    type Error = InvalidVersion;
    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<ManagerVersion> for String {
    fn from(version: ManagerVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ManagerVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let mut all = ["4.10.0", "4.2", "3.4.2", "5.0.5.1", "5.0.5", "4.0.1", "7.0.0"].map(version);
        all.sort();
        let words = all.map(|version| version.to_string());
        assert_eq!(words, ["3.4.2", "4.0.1", "4.2.0", "4.10.0", "5.0.5", "5.0.5.1", "7.0.0"]);
    }

    #[test]
    fn the_mark_of_a_patch_is_kept_and_does_not_count() {
        let patched = version("4.1.0-p3-4.0.1");
        assert_eq!((patched.mark(), patched.to_string().as_str()), ("-p3-4.0.1", "4.1.0-p3-4.0.1"));
        assert!(patched.is_release(4, 1, 0) && patched.is_at_least(4, 1, 0));
        assert_eq!(version("4.3.dev1").to_string(), "4.3.0.dev1");
        assert_eq!(version("4.3.0.dev1"), version("4.3.dev1"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "4", "four", "4.x", "1.2.3.4.5", "4.2.0; rm", "99999999999.1"] {
            assert!(text.parse::<ManagerVersion>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn each_release_has_its_family_prefix_and_place_in_a_migration() {
        for (text, family, prefix, old, new) in [
            ("3.3.1", Family::V3, "v2.1", false, false),
            ("3.4.2", Family::V3, "v2.1", true, false),
            ("4.0.0", Family::V4_0, "v3", true, false),
            ("4.0.1", Family::V4_0, "v3.1", true, false),
            ("4.1.1", Family::V4_1, "v3.1", true, false),
            ("4.2.0", Family::V4_2, "v3.1", true, true),
            ("4.4.0", Family::V4_2, "v3.1", true, true),
            ("4.5.5", Family::V4_5, "v3.1", true, true),
            ("5.0.5", Family::V4_5, "v3.1", false, true),
            ("7.0.0", Family::V6, "v3.1", false, true),
        ] {
            let version = version(text);
            assert_eq!((version.family(), version.api_prefix()), (family, prefix), "{text}");
            assert_eq!((version.can_be_old(), version.can_be_new()), (old, new), "{text}");
        }
        assert!(version("4.6.0").restores_3x() && !version("5.0.0").restores_3x());
    }
}
