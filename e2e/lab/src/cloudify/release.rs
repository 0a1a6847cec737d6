//! The releases of the manager, as far as its API and its snapshots differ between them.

use serde::{Deserialize, Serialize};

/// A release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Release {
    /// No tenants, no users in its database.
    V3_4_2,
    V4_0_1,
    V4_1,
    V4_2,
    V4_5,
    V4_6,
    V5_0_5,
    V7_0,
}

impl Release {
    /// All of them, oldest first.
    pub const ALL: [Self; 8] =
        [Self::V3_4_2, Self::V4_0_1, Self::V4_1, Self::V4_2, Self::V4_5, Self::V4_6, Self::V5_0_5, Self::V7_0];

    /// The full number, as `/version` tells it.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::V3_4_2 => "3.4.2",
            Self::V4_0_1 => "4.0.1",
            Self::V4_1 => "4.1.0",
            Self::V4_2 => "4.2.0",
            Self::V4_5 => "4.5.0",
            Self::V4_6 => "4.6.0",
            Self::V5_0_5 => "5.0.5",
            Self::V7_0 => "7.0.0",
        }
    }

    /// The newest prefix it serves (1.1).
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::V3_4_2 => "v2.1",
            Self::V4_0_1 | Self::V4_1 | Self::V4_2 | Self::V4_5 | Self::V4_6 | Self::V5_0_5 | Self::V7_0 => "v3.1",
        }
    }

    /// Whether it answers under this prefix (1.1).
    pub(super) fn serves(self, prefix: &str) -> bool {
        match prefix {
            "v1" | "v2" | "v2.1" => true,
            "v3" | "v3.1" => self.has_tenants(),
            _ => false,
        }
    }

    /// Tenants and users came with 4.0.
    pub(super) fn has_tenants(self) -> bool {
        self >= Self::V4_0_1
    }

    /// `visibility` replaced `resource_availability` in 4.3 (2.3).
    pub(super) fn has_visibility(self) -> bool {
        self >= Self::V4_5
    }

    /// `started_at`, `status_display` and more (2.3).
    pub(super) fn has_long_executions(self) -> bool {
        self >= Self::V4_5
    }

    /// What a list without paging parameters does (fact 10, 2.4).
    pub(super) fn unpaged(self) -> Unpaged {
        match self {
            Self::V3_4_2 | Self::V4_0_1 | Self::V4_1 => Unpaged::Everything,
            Self::V4_2 | Self::V4_5 => Unpaged::ErrorWhenLong,
            Self::V4_6 | Self::V5_0_5 | Self::V7_0 => Unpaged::FirstThousand,
        }
    }

    /// Whether executions of other tenants block a snapshot and a restore (2.4).
    pub(super) fn is_busy_across_tenants(self) -> bool {
        self >= Self::V4_6
    }

    /// Whether `creation failed` ends in an execution that is `terminated` (fact 3).
    pub(super) fn swallows_snapshot_failures(self) -> bool {
        (Self::V4_0_1..=Self::V5_0_5).contains(&self)
    }

    /// Whether snapshots hold salt, admin account and networks (4.4, 6.4).
    pub(super) fn dumps_salt(self) -> bool {
        self >= Self::V4_2
    }

    /// Whether snapshots hold the whole of `rest-security.conf` (4.2).
    pub(super) fn dumps_security(self) -> bool {
        self >= Self::V4_5
    }

    /// Whether REST restarts in the middle of a restore, with the restored salt (4.2).
    pub(super) fn restarts_in_the_middle(self) -> bool {
        self >= Self::V4_6
    }

    /// Whether REST is stopped while the database is replaced (4.2).
    pub(super) fn stops_rest(self) -> bool {
        self >= Self::V7_0
    }

    /// 3.x snapshots are refused from 5.0.0 on (fact 5).
    pub(super) fn restores_3x(self) -> bool {
        self < Self::V5_0_5
    }

    /// Snapshots may be worked with in maintenance mode (2.4).
    pub(super) fn maintenance_lets_snapshots_pass(self) -> bool {
        self >= Self::V4_5
    }

    /// `GET /agents`, where agents have states (1.4, 2.2).
    pub(super) fn has_agents(self) -> bool {
        self >= Self::V4_5
    }

    /// `/snapshot-status`, `/managers`, `/brokers`, `/db-nodes`, and the new shape of `/status` (2.2).
    pub(super) fn is_clustered(self) -> bool {
        self >= Self::V5_0_5
    }

    /// `GET /ssl`: 4.2 to 5.1 (1.2).
    pub(super) fn has_ssl(self) -> bool {
        (Self::V4_2..=Self::V5_0_5).contains(&self)
    }

    /// Whether `created_at` is the manager's local time with a literal `Z` (3.3, N12).
    pub(super) fn lies_about_utc(self) -> bool {
        self <= Self::V4_2
    }
}

/// What a list without paging parameters does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpaged {
    Everything,
    /// 400 above 1000 rows.
    ErrorWhenLong,
    /// The first 1000 rows, and nothing is said.
    FirstThousand,
}

/// The first three numbers of a version. What follows, such as the mark of a patch, is left out.
pub(super) fn numbers(version: &str) -> Option<[u32; 3]> {
    let plain = version.split('-').next().unwrap_or_default();
    let mut parts = plain.split('.').map(str::parse::<u32>);
    let mut next = || parts.next().transpose().ok().map(Option::unwrap_or_default);
    Some([next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers_and_the_mark_of_a_patch_is_left_out() {
        assert_eq!(numbers("4.1.0-p3-4.0.1"), Some([4, 1, 0]));
        assert_eq!(numbers("4.2"), Some([4, 2, 0]));
        assert_eq!(numbers("4.x"), None);
        assert!(numbers("4.10.0") > numbers("4.2.0"));
    }
}
