//! Where what stands in the picture of a run: rows, columns and bars. Of a large plan, steps are folded into hosts and stages,
//! so that the page stays one that can be read, and loaded. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Ending, Idle, Picture, Try, Waited};
use crate::plan::{Plan, Step};

/// So many rows of bars are told apart.
pub const MOST_ROWS: usize = 100;
/// So many steps have a sign of their own in the matrix.
pub const MOST_SIGNS: usize = 500;
/// So many columns of hosts, and rows of stages.
const MOST_COLUMNS: usize = 25;
const MOST_STAGES: usize = 30;
/// So many bars there are in all.
const MOST_BARS: usize = 600;

/// A stage of the plan, or what is done at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<'p> {
    /// Counted from 1; the one after the last stage is what is done at the end.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// Its steps.
    pub steps: &'p [Step],
}

/// The stages, and what is done at the end; or only the one of that number.
#[must_use]
pub fn sections(plan: &Plan, only: Option<usize>) -> Vec<Section<'_>> {
    let stages = plan.stages.iter().map(|stage| (stage.title.clone(), stage.steps.as_slice()));
    let finally =
        (!plan.finally.is_empty()).then(|| ("At the end, whatever happened".to_owned(), plan.finally.as_slice()));
    (1..)
        .zip(stages.chain(finally))
        .filter(|(number, _)| only.is_none_or(|only| only == *number))
        .map(|(number, (title, steps))| Section { number, title, steps })
        .collect()
}

/// Steps by stage and host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix<'p> {
    /// What its rows are: `Stage`, or `Host` where it is of one stage.
    pub of: &'static str,
    /// What its columns are: hosts and objects, or groups of them.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Line<'p>>,
    /// Whether a cell tells of its steps together, because there are too many.
    pub is_folded: bool,
}

/// A row of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'p> {
    /// Its name.
    pub name: String,
    /// The stage it is, if it is one.
    pub stage: Option<usize>,
    /// The steps of each column, in order.
    pub cells: Vec<Vec<&'p Step>>,
}

impl<'p> Matrix<'p> {
    /// Of the whole plan.
    #[must_use]
    pub fn of_plan(plan: &'p Plan) -> Self {
        let sections = sections(plan, None);
        let targets = targets(sections.iter().flat_map(|section| section.steps));
        let columns = spans(targets.len(), MOST_COLUMNS);
        let column_of = |step: &Step| {
            let place = targets.iter().position(|target| *target == step.target.words())?;
            columns.iter().position(|span| span.contains(&place))
        };
        // Looked up once for each target, not for each of thousands of steps.
        let mut known: BTreeMap<String, Option<usize>> = BTreeMap::new();
        let mut rows = Vec::new();
        for span in spans(sections.len(), MOST_STAGES) {
            let mut cells = vec![Vec::new(); columns.len()];
            for step in sections[span.clone()].iter().flat_map(|section| section.steps) {
                let column = *known.entry(step.target.words()).or_insert_with(|| column_of(step));
                if let Some(cell) = column.and_then(|column| cells.get_mut(column)) {
                    cell.push(step);
                }
            }
            let (name, stage) = section_name(&sections[span]);
            rows.push(Line { name, stage, cells });
        }
        let columns = columns.into_iter().map(|span| group_name(&targets[span])).collect();
        Self { of: "Stage", columns, rows, is_folded: plan.steps().count() > MOST_SIGNS }
    }

    /// Of one stage: a row for each host.
    #[must_use]
    pub fn of_section(section: &Section<'p>) -> Self {
        let by_target = by_target(section.steps);
        let rows = spans(by_target.len(), 2 * MOST_ROWS).into_iter().map(|span| {
            let group = &by_target[span];
            let names: Vec<String> = group.iter().map(|(name, _)| name.clone()).collect();
            let cells = vec![group.iter().flat_map(|(_, steps)| steps.iter().copied()).collect()];
            Line { name: group_name(&names), stage: None, cells }
        });
        let (rows, columns) = (rows.collect(), vec!["Steps, in their order".to_owned()]);
        Self { of: "Host", columns, rows, is_folded: section.steps.len() > MOST_SIGNS }
    }
}

/// What the rows of a timeline are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each a step.
    Step,
    /// Each a host of a stage, or some of them.
    Host,
    /// Each a stage, or some of them.
    Stage,
}

/// Bars over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<'p> {
    /// See [`By`].
    pub by: By,
    /// Only what has begun has a row.
    pub rows: Vec<Row<'p>>,
    /// So many steps have not begun.
    pub not_begun: usize,
}

/// A row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'p> {
    /// Its name.
    pub name: String,
    /// The stage it is, if it is one.
    pub stage: Option<usize>,
    /// The steps that have begun and that it tells of: one, unless it is folded.
    pub steps: Vec<&'p Step>,
    /// In order, without overlap.
    pub bars: Vec<Bar>,
}

/// A part of a row. Milliseconds since the beginning of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// From.
    pub from: i64,
    /// To.
    pub to: i64,
    /// What it shows.
    pub shows: Shows,
}

/// What a part of a row shows. Of several at the same time the last one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shows {
    /// A wait.
    Wait(Idle),
    /// Part of a try that ended so, or goes on.
    Work(Ending),
}

impl Shows {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Idle::ALL.into_iter().map(Self::Wait).chain(Ending::ALL.into_iter().map(Self::Work)).collect()
    }
}

impl<'p> Timeline<'p> {
    /// Of these parts of a plan.
    #[must_use]
    pub fn of(sections: &[Section<'p>], picture: &Picture) -> Self {
        let has_begun = |step: &&Step| picture.tries.contains_key(&step.id);
        let all: usize = sections.iter().map(|section| section.steps.len()).sum();
        let begun = sections.iter().flat_map(|section| section.steps).filter(has_begun).count();
        let (by, groups) = match (begun, sections) {
            (..=MOST_ROWS, _) => (By::Step, by_step(sections)),
            (_, [only]) => (By::Host, by_host(only)),
            _ => (By::Stage, by_stage(sections)),
        };
        let groups = groups.into_iter().map(|(name, stage, steps)| {
            let steps: Vec<&Step> = steps.into_iter().filter(has_begun).collect();
            (name, stage, steps)
        });
        let groups: Vec<Group<'p>> = groups.filter(|(.., steps)| !steps.is_empty()).collect();
        let most = (MOST_BARS / groups.len().max(1)).clamp(MOST_BARS / MOST_ROWS, 200);
        let rows = groups.into_iter().map(|(name, stage, steps)| {
            let tries = steps.iter().filter_map(|step| picture.tries.get(&step.id)).flatten();
            let bars = over_each_other(tries.flat_map(|one| bars_of(one, picture)).collect());
            Row { name, stage, steps, bars: coarse(bars, most) }
        });
        Self { by, rows: rows.collect(), not_begun: all - begun }
    }
}

/// A name, the stage it is, and its steps.
type Group<'p> = (String, Option<usize>, Vec<&'p Step>);

fn by_step<'p>(sections: &[Section<'p>]) -> Vec<Group<'p>> {
    let steps = sections.iter().flat_map(|section| section.steps);
    steps.map(|step| (step.title.clone(), None, vec![step])).collect()
}

fn by_host<'p>(section: &Section<'p>) -> Vec<Group<'p>> {
    let by_target = by_target(section.steps);
    let groups = spans(by_target.len(), MOST_ROWS).into_iter().map(|span| {
        let group = &by_target[span];
        let names: Vec<String> = group.iter().map(|(name, _)| name.clone()).collect();
        (group_name(&names), None, group.iter().flat_map(|(_, steps)| steps.iter().copied()).collect())
    });
    groups.collect()
}

fn by_stage<'p>(sections: &[Section<'p>]) -> Vec<Group<'p>> {
    let groups = spans(sections.len(), MOST_ROWS).into_iter().map(|span| {
        let (name, stage) = section_name(&sections[span.clone()]);
        (name, stage, sections[span].iter().flat_map(|section| section.steps).collect())
    });
    groups.collect()
}

/// `3. Routers`, and its number; `3 to 5. Routers … Close the port` where several stand together.
fn section_name(sections: &[Section<'_>]) -> (String, Option<usize>) {
    match sections {
        [] => (String::new(), None),
        [only] => (format!("{}. {}", only.number, only.title), Some(only.number)),
        [first, .., last] => (format!("{} to {}. {} … {}", first.number, last.number, first.title, last.title), None),
    }
}

/// `n1`; `n1 … n4 (4)` where several stand together.
fn group_name(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first, .., last] => format!("{first} … {last} ({})", names.len()),
    }
}

/// What steps act on, in the order in which it comes first.
fn targets<'p>(steps: impl Iterator<Item = &'p Step>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    steps.map(|step| step.target.words()).filter(|target| seen.insert(target.clone())).collect()
}

/// Steps by what they act on, in the order in which that comes first.
fn by_target(steps: &[Step]) -> Vec<(String, Vec<&Step>)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(String, Vec<&Step>)> = Vec::new();
    for step in steps {
        let target = step.target.words();
        let place = *places.entry(target.clone()).or_insert_with(|| {
            groups.push((target, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(step);
    }
    groups
}

/// At most `most` groups of neighbours, all of the same size but the last.
fn spans(count: usize, most: usize) -> Vec<Range<usize>> {
    let size = count.div_ceil(most.max(1)).max(1);
    (0..count).step_by(size).map(|from| from..(from + size).min(count)).collect()
}

/// The bars of a try: its waits, and what lies between them.
fn bars_of(one: &Try, picture: &Picture) -> Vec<Bar> {
    let place = |at: Option<crate::time::Timestamp>| at.unwrap_or(picture.until).since(picture.began).max(0);
    let (mut at, end) = (place(Some(one.from)), place(one.to));
    let work = |from, to| Bar { from, to, shows: Shows::Work(one.ending) };
    let mut bars = Vec::new();
    for Waited { from, to, idle, .. } in &one.waits {
        let (from, to) = (place(Some(*from)), place(*to).min(end));
        bars.push(work(at, from));
        bars.push(Bar { from, to, shows: Shows::Wait(*idle) });
        at = to;
    }
    bars.push(work(at, end));
    // A try that took no time at all is still shown to have been there.
    let is_seen = |bar: &Bar| bar.to > bar.from || (bar.from == end && bar.shows == Shows::Work(one.ending));
    bars.retain(is_seen);
    bars
}

/// One row of bars that do not overlap: where several lie over each other, the one that presses most is seen.
fn over_each_other(bars: Vec<Bar>) -> Vec<Bar> {
    let mut edges: Vec<(i64, bool, Shows)> = Vec::with_capacity(bars.len() * 2);
    let mut moments = Vec::new();
    for bar in bars {
        if bar.from == bar.to {
            moments.push(bar);
        } else {
            edges.push((bar.from, true, bar.shows));
            edges.push((bar.to, false, bar.shows));
        }
    }
    edges.sort_unstable();
    let mut open: BTreeMap<Shows, usize> = BTreeMap::new();
    let mut row: Vec<Bar> = Vec::new();
    let mut at = 0;
    for (place, begins, shows) in edges {
        if let Some((top, _)) = open.last_key_value()
            && place > at
        {
            add(&mut row, Bar { from: at, to: place, shows: *top });
        }
        at = place;
        let count = open.entry(shows).or_default();
        *count = if begins { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            open.remove(&shows);
        }
    }
    for moment in moments {
        // How something ended is seen even where it has waited until then.
        let hides = |bar: &Bar| bar.from <= moment.from && moment.to <= bar.to && bar.shows >= moment.shows;
        let is_covered = row.iter().any(hides);
        if !is_covered {
            row.push(moment);
        }
    }
    row.sort_unstable_by_key(|bar| (bar.from, bar.to));
    row
}

fn add(row: &mut Vec<Bar>, bar: Bar) {
    match row.last_mut() {
        Some(last) if last.shows == bar.shows && last.to == bar.from => last.to = bar.to,
        _ => row.push(bar),
    }
}

/// The same in at most `most` bars: what lasts longest in each of so many equal parts of the time that they take together.
fn coarse(bars: Vec<Bar>, most: usize) -> Vec<Bar> {
    let (Some(first), Some(end)) = (bars.first(), bars.iter().map(|bar| bar.to).max()) else { return bars };
    if bars.len() <= most {
        return bars;
    }
    let parts = i64::try_from(most).unwrap_or(1).max(1);
    let (begin, length) = (first.from, (end - first.from).max(1));
    let edge = |part: i64| begin + length * part / parts;
    let mut row = Vec::new();
    let mut rest = bars.as_slice();
    for (from, to) in (0..parts).map(|part| (edge(part), edge(part + 1))) {
        while rest.first().is_some_and(|bar| bar.to <= from && bar.to > bar.from) {
            rest = &rest[1..];
        }
        let mut times: BTreeMap<Shows, i64> = BTreeMap::new();
        for bar in rest.iter().take_while(|bar| bar.from < to) {
            let inside = bar.to.min(to) - bar.from.max(from);
            *times.entry(bar.shows).or_default() += inside.max(0);
        }
        let longest = times.into_iter().max_by_key(|(shows, time)| (*time, *shows));
        if let Some((shows, _)) = longest.filter(|(_, time)| *time > 0) {
            add(&mut row, Bar { from, to, shows });
        }
    }
    row
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
