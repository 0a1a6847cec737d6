//! The whole log of a run, page by page: where somebody wants to read, and what stands there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::id::{HostName, StepId};
use crate::search::Query;
use crate::time::Timestamp;

/// What somebody wants to read of the log of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogAsked {
    /// Where.
    pub place: LogPlace,
    /// What one step has printed only.
    pub step: Option<StepId>,
    /// What was printed on one host only.
    pub host: Option<HostName>,
    /// The first piece from there on in which this stands; see [`LogPage::found`].
    pub find: Option<Query>,
}

/// A place in the log of a run. Numbers are those of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogPlace {
    /// Its beginning.
    #[default]
    Beginning,
    /// Its end.
    End,
    /// What comes after that number.
    After(i64),
    /// What comes before that number.
    Before(i64),
    /// The piece with that number, with something before it.
    At(i64),
    /// What was printed from then on.
    Time(Moment),
    /// So many hundredths of the events behind the first one.
    Part(u8),
    /// What a try that failed has printed to stderr first, or else last: the first such try is 1.
    Error(u32),
}

/// A time that somebody has typed, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Milliseconds after midnight: the first such time in the run.
    OfDay(i64),
    /// This very moment.
    At(Timestamp),
}

const DAY: i64 = 86_400_000;

impl Moment {
    /// When that is, in a run that began then.
    #[must_use]
    pub const fn in_run(self, began: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::OfDay(time) => {
                let at = began.0.div_euclid(DAY) * DAY + time;
                // `02:14` in a run that began at 23:00 is that of the next morning; `22:59:30` in one of 22:59:40 is its beginning.
                Timestamp(if at < began.0 - MINUTE { at + DAY } else { at })
            }
        }
    }
}

/// Whoever types minutes means what was printed within them.
const MINUTE: i64 = 60_000;

/// A text that names no place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is neither a time such as 02:14 or 2026-01-31 02:14:05 nor a part such as 50%")]
pub struct NoPlace;

impl FromStr for LogPlace {
    type Err = NoPlace;

    /// `02:14`, `02:14:05`, `2026-01-31 02:14`, `50%`.
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let text = text.trim();
        if let Some(part) = text.strip_suffix('%') {
            let part: u8 = part.trim().parse().map_err(|_| NoPlace)?;
            return if part <= 100 { Ok(Self::Part(part)) } else { Err(NoPlace) };
        }
        let moment = match text.split_once([' ', 'T']) {
            None => Moment::OfDay(time_of_day(text).ok_or(NoPlace)?),
            Some((day, time)) => {
                let day = Timestamp::of_day(day).ok_or(NoPlace)?;
                Moment::At(Timestamp(day.0 + time_of_day(time.trim()).ok_or(NoPlace)?))
            }
        };
        Ok(Self::Time(moment))
    }
}

/// `02:14` or `02:14:05` as milliseconds after midnight.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':').map(|part| part.parse::<u8>().ok().filter(|_| part.len() <= 2));
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_time = hours < 24 && minutes < 60 && seconds < 60;
    is_time.then(|| (i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds)) * 1000)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => f.write_str(&at.utc()),
            Self::OfDay(time) => f.write_str(Timestamp(*time).utc().get(11..).unwrap_or_default()),
        }
    }
}

/// A page of the log of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// What was printed there, in order.
    pub output: Vec<Event>,
    /// Of lines that began before it what they began with. These have the number 0.
    pub begun: Vec<Event>,
    /// The piece that was asked for, if one was.
    pub at: Option<i64>,
    /// There is more before this number.
    pub earlier: Option<i64>,
    /// There is more after this number.
    pub later: Option<i64>,
    /// How many hundredths of the run come before it.
    pub part: u8,
    /// Where something has been printed so far.
    pub hosts: Vec<HostName>,
    /// How many tries have failed.
    pub errors: u32,
    /// What became of the search.
    pub found: Option<LogFound>,
}

/// What became of a search in the log of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFound {
    /// The piece that is shown.
    pub here: Option<i64>,
    /// The piece before it in which the text stands too.
    pub previous: Option<i64>,
    /// The piece after it.
    pub next: Option<i64>,
    /// The words are in so much output that not all of it was looked at.
    pub is_cut: bool,
    /// Something was printed that cannot be searched yet.
    pub is_unread: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_time_or_a_part() {
        let time = |time| Ok(LogPlace::Time(time));
        assert_eq!("02:14".parse(), time(Moment::OfDay(8_040_000)));
        assert_eq!(" 2:14:05 ".parse(), time(Moment::OfDay(8_045_000)));
        assert_eq!("1970-01-02 00:00:01".parse(), time(Moment::At(Timestamp(86_401_000))));
        assert_eq!("1970-01-02T00:01".parse(), time(Moment::At(Timestamp(86_460_000))));
        assert_eq!("50%".parse(), Ok(LogPlace::Part(50)));
        assert_eq!("0 %".parse(), Ok(LogPlace::Part(0)));
        for wrong in [
            "",
            "%",
            "101%",
            "-1%",
            "24:00",
            "02:60",
            "02",
            "02:14:60",
            "soon",
            "2026-02-30 02:14",
            "002:14",
            "1:2:3:4",
        ] {
            assert_eq!(wrong.parse::<LogPlace>(), Err(NoPlace), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_time_of_day_is_the_first_one_in_the_run() {
        let began = Timestamp(10 * DAY + 23 * 3_600_000);
        let at = |text: &str| match text.parse() {
            Ok(LogPlace::Time(moment)) => moment.in_run(began).utc(),
            other => panic!("{other:?}"),
        };
        assert_eq!(at("23:30"), "1970-01-11 23:30:00");
        assert_eq!(at("02:14"), "1970-01-12 02:14:00");
        assert_eq!(at("22:59:30"), "1970-01-11 22:59:30");
        assert_eq!(at("1970-01-11 01:00"), "1970-01-11 01:00:00");
    }
}
