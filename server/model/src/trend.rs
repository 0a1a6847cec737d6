//! How runs went over time: one point for each that is over, and how many ended how in each week or month.

use serde::{Deserialize, Serialize};

use crate::event::Outcome;
use crate::time::Timestamp;

/// At most so many runs are shown in charts: the latest ones.
pub const MOST_POINTS: usize = 1_000;

const DAY: i64 = 86_400_000;

/// So many weeks stand side by side; what goes back further is counted by month.
const MOST_WEEKS: i64 = 26;

/// A run that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When it was started.
    pub at: Timestamp,
    /// Milliseconds from its start to its end.
    pub took: i64,
    /// How it ended.
    pub outcome: Outcome,
}

/// What charts are drawn of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    /// Oldest first.
    pub points: Vec<Point>,
    /// Whether older ones were left out.
    pub is_cut: bool,
}

/// A week or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its first day, or the month: `2026-01-05`, `2026-01`.
    pub name: String,
    /// How many runs ended how, in the order of [`Outcome::ALL`].
    pub counts: [u32; 5],
    /// What the run in the middle took, if there was any. Milliseconds.
    pub median: Option<i64>,
}

impl Period {
    /// How many runs there were.
    #[must_use]
    pub fn sum(&self) -> u32 {
        self.counts.iter().sum()
    }
}

/// How long the periods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// From Monday to Sunday, UTC.
    Week,
    /// By the calendar, UTC.
    Month,
}

impl Length {
    /// The word for one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl Trend {
    /// Weeks or months without a gap, from the first point to the last; also those in which nothing ran.
    #[must_use]
    pub fn periods(&self) -> (Length, Vec<Period>) {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return (Length::Week, Vec::new());
        };
        let weeks = week(last.at) - week(first.at) + 1;
        let length = if weeks <= MOST_WEEKS { Length::Week } else { Length::Month };
        let number = |at: Timestamp| if length == Length::Week { week(at) } else { month(at) };
        let count = usize::try_from(number(last.at) - number(first.at) + 1).unwrap_or(1);
        let mut all: Vec<(Period, Vec<i64>)> = (0..count)
            .map(|index| {
                let number = number(first.at) + i64::try_from(index).unwrap_or(0);
                let name = if length == Length::Week { monday(number) } else { month_name(number) };
                (Period { name, counts: [0; 5], median: None }, Vec::new())
            })
            .collect();
        for point in &self.points {
            let index = usize::try_from(number(point.at) - number(first.at)).unwrap_or(0);
            let Some((period, took)) = all.get_mut(index) else { continue };
            if let Some(place) = Outcome::ALL.iter().position(|outcome| *outcome == point.outcome) {
                period.counts[place] += 1;
            }
            took.push(point.took);
        }
        let with_median = |(mut period, mut took): (Period, Vec<i64>)| {
            took.sort_unstable();
            period.median = took.get(took.len() / 2).copied();
            period
        };
        (length, all.into_iter().map(with_median).collect())
    }
}

/// Weeks since the first Monday of 1970. The first of January was a Thursday.
const fn week(at: Timestamp) -> i64 {
    (at.0.div_euclid(DAY) - 4).div_euclid(7)
}

fn monday(week: i64) -> String {
    Timestamp((week * 7 + 4) * DAY).day()
}

/// Months since the beginning of the year 0.
fn month(at: Timestamp) -> i64 {
    let day = at.day();
    let mut parts = day.split('-').map(|part| part.parse::<i64>().unwrap_or(0));
    let (year, month) = (parts.next().unwrap_or(0), parts.next().unwrap_or(1));
    year * 12 + month - 1
}

fn month_name(month: i64) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// Marks for an axis from 0 to at least `most` milliseconds: evenly spaced, in units people count in, three to six of them.
#[must_use]
pub fn ticks(most: i64) -> Vec<i64> {
    const SECOND: i64 = 1_000;
    const STEPS: [i64; 16] = [
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        20 * SECOND,
        60 * SECOND,
        120 * SECOND,
        300 * SECOND,
        600 * SECOND,
        1_200 * SECOND,
        3_600 * SECOND,
        7_200 * SECOND,
        14_400 * SECOND,
        28_800 * SECOND,
        DAY,
        2 * DAY,
    ];
    let most = most.max(1);
    let fits = |step: &i64| most.div_euclid(*step) < 5;
    // Whatever takes longer is counted in as many days as are needed.
    let step = STEPS.into_iter().find(fits).unwrap_or_else(|| (most / DAY / 5 + 1) * DAY);
    let count = (most + step - 1) / step;
    (0..=count.max(2)).map(|number| number * step).collect()
}

/// The same for an axis that counts.
#[must_use]
pub fn count_ticks(most: u32) -> Vec<u32> {
    let most = most.max(1);
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
    let step = steps.into_iter().find(|step| most.div_ceil(*step) <= 5).unwrap_or(most);
    (0..=most.div_ceil(step)).map(|number| number * step).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn point(day: &str, minutes: i64, outcome: Outcome) -> Point {
        Point { at: Timestamp(Timestamp::of_day(day).unwrap().0 + 3_600_000), took: minutes * 60_000, outcome }
    }

    #[test]
    fn weeks_begin_on_monday_and_have_no_gaps() {
        let points = vec![
            point("2026-01-04", 3, Outcome::Succeeded),
            point("2026-01-05", 5, Outcome::Failed),
            point("2026-01-11", 7, Outcome::Succeeded),
            point("2026-01-11", 9, Outcome::Succeeded),
            point("2026-01-19", 1, Outcome::Aborted),
        ];
        let (length, periods) = Trend { points, is_cut: false }.periods();
        assert_eq!(length, Length::Week);
        let told: Vec<_> =
            periods.iter().map(|one| (one.name.as_str(), one.sum(), one.median.map(|ms| ms / 60_000))).collect();
        assert_eq!(
            told,
            [
                ("2025-12-29", 1, Some(3)),
                ("2026-01-05", 3, Some(7)),
                ("2026-01-12", 0, None),
                ("2026-01-19", 1, Some(1))
            ]
        );
        assert_eq!(periods[1].counts, [2, 0, 0, 1, 0]);
    }

    #[test]
    fn what_goes_back_further_is_counted_by_month() {
        let points = vec![point("2024-12-31", 1, Outcome::Succeeded), point("2026-02-01", 1, Outcome::WithErrors)];
        let (length, periods) = Trend { points, is_cut: false }.periods();
        assert_eq!((length, periods.len()), (Length::Month, 15));
        assert_eq!((periods[0].name.as_str(), periods[14].name.as_str()), ("2024-12", "2026-02"));
        assert_eq!(Trend::default().periods().1, []);
    }

    #[test]
    fn an_axis_begins_at_zero_and_has_room_for_everything() {
        let minutes = |most: i64| ticks(most * 60_000).into_iter().map(|tick| tick / 60_000).collect::<Vec<_>>();
        assert_eq!(minutes(47), [0, 10, 20, 30, 40, 50]);
        assert_eq!(minutes(10), [0, 5, 10]);
        for most in [0, 1, 999, 59_999, 3_600_001, 90 * DAY, 4000 * DAY] {
            let ticks = ticks(most);
            assert!(
                ticks[0] == 0 && *ticks.last().unwrap() >= most && (3..=7).contains(&ticks.len()),
                "{most}: {ticks:?}"
            );
        }
        assert_eq!(count_ticks(4), [0, 1, 2, 3, 4]);
        assert_eq!(count_ticks(7), [0, 2, 4, 6, 8]);
        assert_eq!(count_ticks(101), [0, 50, 100, 150]);
        assert_eq!(count_ticks(0), [0, 1]);
        for most in 0..5_000 {
            let ticks = count_ticks(most);
            assert!(*ticks.last().unwrap() >= most && ticks.len() <= 7, "{most}: {ticks:?}");
        }
    }
}
