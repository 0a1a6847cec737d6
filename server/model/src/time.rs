//! Moments and spans. Everything is UTC milliseconds; only the page turns them into local time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment plus `seconds`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The first moment of a day in UTC, written `2026-01-31`; `None` if that is no day.
    #[must_use]
    pub fn of_day(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<u16>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let days = days_before_year(i64::from(year)) + days_before_month(year, month)? + i64::from(day) - 1;
        let first = Self(days * 86_400_000);
        // The calendar itself says whether there is such a day.
        (first.day() == format!("{year:04}-{month:02}-{day:02}")).then_some(first)
    }

    /// `2026-01-31`, in UTC.
    #[must_use]
    pub fn day(self) -> String {
        self.utc().chars().take(10).collect()
    }

    /// `2026-01-31 12:00:00`, in UTC.
    #[must_use]
    pub fn utc(self) -> String {
        let seconds = self.0.div_euclid(1000);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// The proleptic Gregorian date of a count of days since 1970-01-01.
///
/// The calendar repeats every 146 097 days; years are counted from March so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// From 1970-01-01 to the first day of that year.
fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 719_162
}

/// From the first day of that year to the first of that month.
fn days_before_month(year: u16, month: u16) -> Option<i64> {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let before = BEFORE.get(usize::from(month).checked_sub(1)?)?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(before + i64::from(is_leap && month > 2))
}

/// A span in words short enough for a table: `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d`.
#[must_use]
pub fn span_words(milliseconds: i64) -> String {
    let ms = milliseconds.max(0);
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A limit that somebody has set, in words: `90 s` is `1 min 30 s`, and 1800 s are `30 min`.
#[must_use]
pub fn limit_words(seconds: u32) -> String {
    let words = span_words(i64::from(seconds) * 1000);
    words.strip_suffix(" 0 s").or_else(|| words.strip_suffix(" 0 min")).unwrap_or(&words).to_owned()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UTC", self.utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_at_the_edges_of_the_calendar() {
        assert_eq!(Timestamp(0).utc(), "1970-01-01 00:00:00");
        assert_eq!(Timestamp(951_782_400_000).utc(), "2000-02-29 00:00:00");
        assert_eq!(Timestamp(1_769_860_799_000).utc(), "2026-01-31 11:59:59");
        assert_eq!(Timestamp(4_107_542_400_000).utc(), "2100-03-01 00:00:00");
        assert_eq!(Timestamp(-1).utc(), "1969-12-31 23:59:59");
    }

    #[test]
    fn a_day_is_read_as_it_is_written_and_what_is_none_is_refused() {
        for day in ["1970-01-01", "2000-02-29", "2026-03-01", "2024-12-31", "1969-12-31", "2100-02-28"] {
            assert_eq!(Timestamp::of_day(day).map(Timestamp::utc), Some(format!("{day} 00:00:00")));
        }
        for wrong in
            ["", "2026", "2026-00-01", "2026-13-01", "2026-02-29", "2026-01-32", "-1-01-01", "2026-1-1x", "99999-01-01"]
        {
            assert_eq!(Timestamp::of_day(wrong), None, "{wrong:?} was taken");
        }
    }

    #[test]
    fn limits_are_told_without_empty_units() {
        let words = [5, 90, 600, 1800, 3600, 5400].map(limit_words);
        assert_eq!(words, ["5 s", "1 min 30 s", "10 min", "30 min", "1 h", "1 h 30 min"]);
    }

    #[test]
    fn spans_use_the_two_largest_units() {
        assert_eq!(span_words(850), "850 ms");
        assert_eq!(span_words(185_000), "3 min 5 s");
        assert_eq!(span_words(7_800_000), "2 h 10 min");
    }
}
