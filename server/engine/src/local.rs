//! What the clock on the wall of a time zone shows.

use jiff::tz::TimeZone;
use model::policy::{Calendar, Closed, LocalDate, LocalMoment, Weekday};
use model::time::Timestamp;

/// What the clock of that calendar's zone shows.
///
/// # Errors
/// A zone that is not known keeps everything from beginning: nobody can say whether it is the time for it.
pub fn moment(calendar: &Calendar, now: Timestamp) -> Result<LocalMoment, Closed> {
    let unknown =
        || Closed::OutsideWindows { windows: format!("in a time zone that is not known here, {}", calendar.zone) };
    let zone = zone(&calendar.zone).ok_or_else(unknown)?;
    let at = jiff::Timestamp::from_millisecond(now.0).map_err(|_| unknown())?.to_zoned(zone);
    let weekday = Weekday::ALL[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
    let part = |number: i8| number.unsigned_abs();
    Ok(LocalMoment {
        date: LocalDate { year: at.year(), month: part(at.month()), day: part(at.day()) },
        weekday,
        minute: u16::from(part(at.hour())) * 60 + u16::from(part(at.minute())),
    })
}

/// A zone by its name, such as `Europe/Berlin`.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, utc: &str) -> LocalMoment {
        let now = Timestamp(utc.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        moment(&Calendar { zone: zone.into(), windows: vec![], freezes: vec![] }, now).unwrap()
    }

    #[test]
    fn the_same_hour_on_the_wall_is_another_hour_of_the_world_in_summer_and_in_winter() {
        let winter = at("Europe/Berlin", "2026-01-16T21:30:00Z");
        let summer = at("Europe/Berlin", "2026-07-17T20:30:00Z");
        assert_eq!((winter.weekday, winter.minute), (Weekday::Friday, 22 * 60 + 30));
        assert_eq!((summer.weekday, summer.minute), (Weekday::Friday, 22 * 60 + 30));
    }

    #[test]
    fn the_hour_that_comes_twice_is_within_a_window_both_times() {
        let window = model::policy::Window { days: [Weekday::Sunday].into(), from: 120, to: 180 };
        let calendar = Calendar { zone: "Europe/Berlin".into(), windows: vec![window], freezes: vec![] };
        for (utc, is_open) in [
            ("2026-10-24T23:59:00Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T01:30:00Z", true),
            ("2026-10-25T02:00:00Z", false),
        ] {
            assert_eq!(calendar.allows(at("Europe/Berlin", utc)).is_ok(), is_open, "{utc}");
        }
    }

    #[test]
    fn a_zone_nobody_knows_keeps_everything_from_beginning() {
        let calendar = Calendar { zone: "Mars/Base".into(), windows: vec![], freezes: vec![] };
        assert!(moment(&calendar, Timestamp(0)).unwrap_err().words().contains("Mars/Base"));
    }
}
