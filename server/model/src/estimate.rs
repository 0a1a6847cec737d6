//! How long a run will still take, going by runs that were: a range, or unknown.
//!
//! Of each past run in which every step has its proof, a [`Profile`] is kept: how much work was left when how much of it was
//! done. A running run is at some point of it; what was left at that point then is what may be left now. It is told from the
//! tenth to the ninetieth percentile, and of fewer than five runs nothing is told. Only runs of the same procedure in the same environment with
//! about as many steps count: how long it takes elsewhere, or for one router instead of fifty, says nothing.

use serde::{Deserialize, Serialize};

use crate::course::Course;
use crate::time::span_words;
use crate::words::count;

/// Of fewer past runs nothing is told.
pub const FEWEST: usize = 5;

/// Of more past runs only the latest count.
pub const MOST: usize = 20;

/// Into how many equal parts the steps of a run are divided.
const PARTS: usize = 40;

/// How much work was left of a past run when how much of it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// How many steps it had.
    pub steps: u32,
    /// Milliseconds of work that were left at its beginning, when a fortieth of the steps was done, and so on to its end.
    left: Vec<i64>,
}

impl Profile {
    /// Of a run that is over, with so many steps done.
    #[must_use]
    pub fn of(course: &Course) -> Self {
        let steps = course.done.len();
        let left = |part: usize| {
            let done = (part * steps).div_ceil(PARTS);
            let at = done.checked_sub(1).and_then(|last| course.done.get(last)).copied().unwrap_or(0);
            (course.worked - at).max(0)
        };
        Self { steps: u32::try_from(steps).unwrap_or(u32::MAX), left: (0..=PARTS).map(left).collect() }
    }

    /// What was left after `done` of `of` steps and `since` milliseconds more: less with each of them, but never less than was
    /// left when the next step was done, because it is not.
    fn left(&self, done: u32, of: u32, since: i64) -> i64 {
        let at = |index: usize| self.left.get(index.min(PARTS)).copied().unwrap_or(0).max(0);
        if done >= of {
            return at(PARTS);
        }
        let index = |done: u32| done as usize * PARTS / (of as usize).max(1);
        let now = index(done);
        // Of many steps several fall into one part.
        let next = at(index(done + 1).max(now + 1));
        at(now).saturating_sub(since.max(0)).max(next)
    }
}

/// Whether a run with so many steps says something about one with so many others.
#[must_use]
pub fn is_alike(steps: u32, other: u32) -> bool {
    let (steps, other) = (u64::from(steps), u64::from(other));
    steps * 4 >= other * 3 && steps * 3 <= other * 4
}

/// How much work is left, or how much there is at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimate {
    /// There are too few runs to go by.
    Unknown {
        /// So many.
        runs: u32,
    },
    /// Nine of ten past runs took longer than `from`, nine of ten less than `to`. Milliseconds.
    Range {
        /// The tenth percentile.
        from: i64,
        /// Half of them took longer.
        median: i64,
        /// The ninetieth percentile.
        to: i64,
        /// How many it goes by.
        runs: u32,
    },
}

impl Estimate {
    /// What is left when `done` of `of` steps are done and something has been done for `since` milliseconds since then. Profiles
    /// of runs that are not [alike](is_alike) do not count.
    #[must_use]
    pub fn of(profiles: &[Profile], done: u32, of: u32, since: i64) -> Self {
        let alike = profiles.iter().filter(|profile| is_alike(profile.steps, of)).take(MOST);
        let mut left: Vec<i64> = alike.map(|profile| profile.left(done, of, since)).collect();
        left.sort_unstable();
        let runs = u32::try_from(left.len()).unwrap_or(u32::MAX);
        if left.len() < FEWEST {
            return Self::Unknown { runs };
        }
        Self::Range { from: percentile(&left, 10), median: percentile(&left, 50), to: percentile(&left, 90), runs }
    }

    /// How long, in words: `4 min 0 s to 9 min 0 s`; `unknown`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unknown { .. } => "unknown".to_owned(),
            Self::Range { from, to, .. } => range_words(*from, *to),
        }
    }

    /// What it goes by, as a sentence.
    #[must_use]
    pub fn basis(&self) -> String {
        match self {
            Self::Unknown { runs: 0 } => {
                format!(
                    "No run of this procedure here with about as many steps has succeeded yet; {FEWEST} are needed."
                )
            }
            Self::Unknown { runs } => format!(
                "Only {} of this procedure here with about as many steps succeeded; {FEWEST} are needed.",
                count(*runs as usize, "run")
            ),
            Self::Range { runs, .. } => format!(
                "Going by the last {} of this procedure here that succeeded, with about as many steps: so it was in eight of ten. \
                 Time in which a run only waits for people is not in it.",
                count(*runs as usize, "run")
            ),
        }
    }
}

/// A range in words. Nobody needs the seconds of an hour.
fn range_words(from: i64, to: i64) -> String {
    let (from, to) = (rounded(from), rounded(to));
    if from == to { format!("about {to}") } else { format!("{from} to {to}") }
}

fn rounded(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1000;
    match seconds {
        0 => "less than a second".to_owned(),
        1..120 => span_words(seconds * 1000).replace(" 0 s", ""),
        120..7200 => format!("{} min", (seconds + 30) / 60),
        _ => span_words((seconds + 30) / 60 * 60_000).replace(" 0 min", ""),
    }
}

/// Of numbers in order, between the two that are nearest.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0 };
    let place = last * percent;
    let (index, rest) = (place / 100, i64::try_from(place % 100).unwrap_or(0));
    let (low, high) = (sorted[index], sorted[(index + 1).min(last)]);
    // The difference of two durations, a hundred times: a thousand years fit.
    low.saturating_add((high - low) / 100 * rest + (high - low) % 100 * rest / 100)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use proptest::prelude::*;

    use super::*;

    /// A run whose steps each took so many seconds.
    fn past(steps: &[i64]) -> Profile {
        let done: Vec<i64> = steps
            .iter()
            .scan(0, |sum, step| {
                *sum += step * 1000;
                Some(*sum)
            })
            .collect();
        let worked = done.last().copied().unwrap_or(0);
        Profile::of(&Course { worked, done, ..Course::default() })
    }

    #[test]
    fn under_five_runs_it_is_unknown() {
        let four = vec![past(&[10, 10]); 4];
        assert_eq!(Estimate::of(&four, 0, 2, 0), Estimate::Unknown { runs: 4 });
        let others = vec![past(&[10; 20]); 9];
        assert_eq!(Estimate::of(&others, 0, 2, 0), Estimate::Unknown { runs: 0 }, "ten times as many steps");
        assert!(Estimate::Unknown { runs: 4 }.basis().contains("4 runs"));
    }

    #[test]
    fn runs_that_were_all_alike_make_a_narrow_range() {
        let runs = vec![past(&[60, 120, 60]); 5];
        let range = |left: i64| Estimate::Range { from: left, median: left, to: left, runs: 5 };
        assert_eq!(Estimate::of(&runs, 0, 3, 0), range(240_000));
        assert_eq!(Estimate::of(&runs, 1, 3, 0), range(180_000));
        assert_eq!(Estimate::of(&runs, 1, 3, 100_000), range(80_000), "the second step has worked a while");
        assert_eq!(Estimate::of(&runs, 1, 3, 900_000), range(60_000), "the third step is still to come");
        assert_eq!(Estimate::of(&runs, 3, 3, 0), range(0));
    }

    #[test]
    fn the_range_leaves_out_the_slowest_and_the_quickest() {
        let runs: Vec<Profile> = (1..=11).map(|minutes| past(&[minutes * 60])).collect();
        let expected = Estimate::Range { from: 120_000, median: 360_000, to: 600_000, runs: 11 };
        assert_eq!(Estimate::of(&runs, 0, 1, 0), expected);
        assert_eq!(expected.words(), "2 min to 10 min");
    }

    #[test]
    fn ranges_are_told_in_units_that_fit() {
        let words = |from: i64, to: i64| range_words(from * 1000, to * 1000);
        assert_eq!(words(0, 45), "less than a second to 45 s");
        assert_eq!(words(60, 119), "1 min to 1 min 59 s");
        assert_eq!(words(300, 310), "about 5 min");
        assert_eq!(words(3000, 7200), "50 min to 2 h");
        assert_eq!(words(9000, 100_000), "2 h 30 min to 27 h 47 min");
    }

    fn profiles() -> impl Strategy<Value = Vec<Profile>> {
        prop::collection::vec(prop::collection::vec(0_i64..100_000, 8..=12), 0..30)
            .prop_map(|runs| runs.iter().map(|run| past(run)).collect())
    }

    proptest! {
        #[test]
        fn a_range_is_never_negative_and_holds_its_median(profiles in profiles(), done in 0_u32..20, of in 0_u32..14, since in any::<i64>()) {
            match Estimate::of(&profiles, done, of, since) {
                Estimate::Unknown { runs } => prop_assert!((runs as usize) < FEWEST),
                Estimate::Range { from, median, to, runs } => {
                    prop_assert!(0 <= from && from <= median && median <= to);
                    prop_assert!((FEWEST..=MOST).contains(&(runs as usize)));
                }
            }
        }

        #[test]
        fn with_every_step_and_every_second_less_is_left(profiles in profiles(), done in 0_u32..10, since in 0_i64..1_000_000) {
            let left = |done, since| match Estimate::of(&profiles, done, 10, since) {
                Estimate::Range { from, median, to, .. } => Some((from, median, to)),
                Estimate::Unknown { .. } => None,
            };
            if let (Some(now), Some(later), Some(next)) = (left(done, since), left(done, since + 1000), left(done + 1, 0)) {
                prop_assert!(later.0 <= now.0 && later.1 <= now.1 && later.2 <= now.2);
                prop_assert!(next.0 <= now.0 && next.1 <= now.1 && next.2 <= now.2);
            }
        }
    }
}
