//! The releases of the framework, as far as the API differs between them.

use std::ops::RangeInclusive;

/// A release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    V2_6_1,
    V2_7_0,
    V2_7_6,
    /// The last of the 2.9 line before the arguments of `update_components` were read in another way (2.2).
    V2_9_23,
    V2_9_30,
    V2_10_0,
    V2_13_5,
    /// What came after 2.13 and was never released.
    Develop,
}

/// The generations of the updater (0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    A,
    B,
    C,
}

impl Release {
    /// Its generation.
    #[must_use]
    pub const fn generation(self) -> Generation {
        match self {
            Self::V2_6_1 | Self::V2_7_0 | Self::V2_7_6 => Generation::A,
            Self::V2_9_23 | Self::V2_9_30 | Self::V2_10_0 => Generation::B,
            Self::V2_13_5 | Self::Develop => Generation::C,
        }
    }

    /// `release.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2_6_1 => "eugene-updates",
            Self::V2_7_0 | Self::V2_7_6 => "fargo",
            Self::V2_9_23 | Self::V2_9_30 | Self::V2_10_0 | Self::V2_13_5 | Self::Develop => "unstable",
        }
    }

    /// API versions it speaks (2.1).
    pub(super) const fn versions(self) -> RangeInclusive<u32> {
        match self {
            Self::V2_6_1 => 1..=1,
            Self::V2_7_0 => 1..=3,
            Self::V2_7_6 => 2..=6,
            Self::V2_9_23 | Self::V2_9_30 => 2..=8,
            Self::V2_10_0 | Self::V2_13_5 | Self::Develop => 6..=10,
        }
    }

    /// Whether a parameter that holds JSON is decoded whatever its name is (2.2).
    pub(super) const fn decodes_every_parameter(self) -> bool {
        !matches!(self, Self::V2_9_30 | Self::Develop)
    }

    /// Whether a task that has begun is `STARTED` (2.8).
    pub(super) const fn tracks_tasks(self) -> bool {
        matches!(self, Self::Develop)
    }

    /// Whether the results of tasks live in memcached (2.8).
    pub(super) fn results_in_memcached(self) -> bool {
        self.generation() == Generation::A
    }

    /// Lifetime of a token of the password grant, in seconds (2.1).
    pub(super) fn user_token_seconds(self) -> u64 {
        if self.generation() == Generation::A { 86_400 } else { 43_200 }
    }
}
