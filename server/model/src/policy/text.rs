//! Windows and freezes as people write them, one a line: `Fri Sat 22:00-04:00`, `2026-12-20 2026-12-31 year-end closing`.

use super::{Calendar, Freeze, GatePlace, LocalDate, Need, PolicyProblem, StageGate, Voters, Weekday, Window};
use crate::id::GroupName;

/// `2 approvers` or `1 storage`, one a line.
///
/// # Errors
/// Names the line that cannot be read.
pub fn read_needs(text: &str) -> Result<Vec<Need>, PolicyProblem> {
    lines(text)
        .map(|line| need(line).ok_or_else(|| unread("needs", line, "2 approvers, or a number and a group")))
        .collect()
}

/// As [`read_needs`] reads it.
#[must_use]
pub fn write_needs(needs: &[Need]) -> String {
    let one = |need: &Need| match &need.from {
        Voters::Approvers => format!("{} {APPROVERS}", need.count),
        Voters::Group(name) => format!("{} {name}", need.count),
    };
    needs.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// `before routers | storage | they look at the vPool`, one a line.
///
/// # Errors
/// Names the line that cannot be read.
pub fn read_gates(text: &str) -> Result<Vec<StageGate>, PolicyProblem> {
    let example = "before routers | storage | the storage team looks at the vPool";
    lines(text).map(|line| gate(line).ok_or_else(|| unread("gates", line, example))).collect()
}

/// As [`read_gates`] reads it.
#[must_use]
pub fn write_gates(gates: &[StageGate]) -> String {
    let one = |gate: &StageGate| format!("{} {} | {} | {}", gate.place, gate.stage, gate.from, gate.text);
    gates.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Windows and freezes of a calendar; `None` when there are none.
///
/// # Errors
/// Names the line that cannot be read.
pub fn read_calendar(zone: &str, windows: &str, freezes: &str) -> Result<Option<Calendar>, PolicyProblem> {
    let windows: Vec<Window> = lines(windows)
        .map(|line| window(line).ok_or_else(|| unread("windows", line, "Fri Sat 22:00-04:00")))
        .collect::<Result<_, _>>()?;
    let freezes: Vec<Freeze> = lines(freezes)
        .map(|line| freeze(line).ok_or_else(|| unread("freezes", line, "2026-12-20 2026-12-31 year-end closing")))
        .collect::<Result<_, _>>()?;
    if windows.is_empty() && freezes.is_empty() {
        return Ok(None);
    }
    Ok(Some(Calendar { zone: zone.trim().to_owned(), windows, freezes }))
}

/// The windows as [`read_calendar`] reads them.
#[must_use]
pub fn write_windows(windows: &[Window]) -> String {
    let one = |window: &Window| {
        let days: Vec<&str> = window.days.iter().map(|day| day.short()).collect();
        format!("{} {}-{}", days.join(" "), clock(window.from), clock(window.to))
    };
    windows.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The freezes as [`read_calendar`] reads them.
#[must_use]
pub fn write_freezes(freezes: &[Freeze]) -> String {
    let one = |freeze: &Freeze| format!("{} {} {}", freeze.first, freeze.last, freeze.why);
    freezes.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// `22:00`.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

const APPROVERS: &str = "approvers";

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn unread(field: &'static str, line: &str, example: &str) -> PolicyProblem {
    PolicyProblem { field, problem: format!("{line:?} cannot be read; an example is {example}") }
}

fn need(line: &str) -> Option<Need> {
    let (count, from) = line.split_once(' ')?;
    let from = from.trim();
    let from = if from == APPROVERS { Voters::Approvers } else { Voters::Group(GroupName::new(from).ok()?) };
    Some(Need { from, count: count.parse().ok()? })
}

fn gate(line: &str) -> Option<StageGate> {
    let mut parts = line.splitn(3, '|').map(str::trim);
    let (place, stage) = parts.next()?.split_once(' ')?;
    let place = [GatePlace::Before, GatePlace::After].into_iter().find(|known| known.to_string() == place)?;
    let from = GroupName::new(parts.next()?).ok()?;
    Some(StageGate { place, stage: stage.trim().to_owned(), from, text: parts.next()?.to_owned() })
}

fn window(line: &str) -> Option<Window> {
    let (days, hours) = line.rsplit_once(' ')?;
    let days = days.split([' ', ',']).filter(|word| !word.is_empty()).map(weekday).collect::<Option<_>>()?;
    let (from, to) = hours.split_once('-')?;
    Some(Window { days, from: minute(from)?, to: minute(to)? })
}

fn weekday(word: &str) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|day| day.short().eq_ignore_ascii_case(word))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && all <= 24 * 60).then_some(all)
}

fn freeze(line: &str) -> Option<Freeze> {
    let (first, rest) = line.split_once(' ')?;
    let (last, why) = rest.split_once(' ')?;
    Some(Freeze { first: date(first)?, last: date(last)?, why: why.trim().to_owned() })
}

fn date(text: &str) -> Option<LocalDate> {
    let mut parts = text.split('-');
    let date = LocalDate {
        year: parts.next()?.parse().ok()?,
        month: parts.next()?.parse().ok()?,
        day: parts.next()?.parse().ok()?,
    };
    let is_date = (1..=12).contains(&date.month) && (1..=days_in(date)).contains(&date.day);
    (parts.next().is_none() && is_date).then_some(date)
}

const fn days_in(date: LocalDate) -> u8 {
    match date.month {
        4 | 6 | 9 | 11 => 30,
        2 if date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_as_it_was() {
        let needs = read_needs("2 approvers\n\n 1 storage ").unwrap();
        assert_eq!(write_needs(&needs), "2 approvers\n1 storage");
        let gates = "before volume drivers | storage | look at the vPool | twice\nafter Routers | network | ping";
        assert_eq!(write_gates(&read_gates(gates).unwrap()), gates);
        let (windows, freezes) = ("Fri Sat 22:00-04:00\nSun 00:00-24:00", "2026-12-20 2026-12-31 year-end closing");
        let calendar = read_calendar("Europe/Berlin", windows, freezes).unwrap().unwrap();
        assert_eq!(write_windows(&calendar.windows), windows);
        assert_eq!(write_freezes(&calendar.freezes), freezes);
        assert_eq!(read_calendar("UTC", "", " \n").unwrap(), None);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for wrong in
            ["routers | storage | look", "before | storage | look", "before x | a;b | look", "after x | storage"]
        {
            assert_eq!(read_gates(wrong).unwrap_err().field, "gates", "{wrong}");
        }
        for (needs, windows, freezes, field) in [
            ("two approvers", "", "", "needs"),
            ("2", "", "", "needs"),
            ("2 a;b", "", "", "needs"),
            ("", "Fry 22:00-04:00", "", "windows"),
            ("", "Fri 22:61-04:00", "", "windows"),
            ("", "Fri 25:00-26:00", "", "windows"),
            ("", "22:00-04:00", "", "windows"),
            ("", "", "2026-02-29 2026-03-01 leap", "freezes"),
            ("", "", "2026-12-20 holidays", "freezes"),
        ] {
            let problem = read_needs(needs).err().or_else(|| read_calendar("UTC", windows, freezes).err());
            let problem = problem.unwrap_or_else(|| panic!("{needs} {windows} {freezes} was read"));
            assert_eq!(problem.field, field);
            assert!(problem.problem.contains("an example is"), "{problem}");
        }
    }
}
