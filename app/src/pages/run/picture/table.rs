//! The timeline in words: who cannot see it, or wants to copy a number, finds everything here.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::picture::sheet::{By, Row, Timeline};
use model::picture::{Ending, Picture, Try, Waited};
use model::time::span_words;
use model::words::count;

use super::unit;
use crate::components::{ClockTime, Column, Table};

/// So many rows are shown: a step that was tried a hundred times needs no hundred rows here.
const MOST: usize = 200;

/// Of so many waits of one try the reason is told, the longest first.
const REASONS: usize = 3;

/// A row of what is shown.
struct Told {
    what: String,
    try_of: String,
    began: model::time::Timestamp,
    took: i64,
    waited: String,
    how: String,
}

/// The table, to be opened.
pub fn table(timeline: &Timeline<'_>, picture: &Picture) -> AnyView {
    let mut all: Vec<Told> = picture.stands.iter().map(|one| stand(one, picture)).collect();
    for row in &timeline.rows {
        match timeline.by {
            By::Step => all.extend(tries(row, picture)),
            By::Host | By::Stage => all.extend(together(row, picture)),
        }
    }
    if all.is_empty() {
        return ().into_any();
    }
    let more = all.len().saturating_sub(MOST);
    let rows: Vec<_> = all.into_iter().take(MOST).map(shown).collect();
    view! {
        <details class="disclosure">
            <summary>"The same as a table"</summary>
            <Table label="How the time went by" rows
                columns=vec![
                    Column::Plain(unit(timeline.by)), Column::Number("Try"), Column::Plain("Began"),
                    Column::Number("Took"), Column::Plain("Waited for"), Column::Plain("Then"),
                ]/>
            {(more > 0).then(|| view! { <p class="hint">{format!("And {more} more, in the record of the run event by event.")}</p> })}
        </details>
    }
    .into_any()
}

fn shown(told: Told) -> AnyView {
    let Told { what, try_of, began, took, waited, how } = told;
    view! {
        <tr>
            <td data-label="What">{what}</td>
            <td class="num" data-label="Try">{try_of}</td>
            <td data-label="Began"><ClockTime at=began/></td>
            <td class="num" data-label="Took">{span_words(took)}</td>
            <td class="break-words" data-label="Waited for">{waited}</td>
            <td data-label="Then">{how}</td>
        </tr>
    }
    .into_any()
}

fn stand(one: &Waited, picture: &Picture) -> Told {
    let took = length(one, picture);
    let how = if one.to.is_some() { "went on" } else { "still waits" };
    Told {
        what: "The run as a whole".to_owned(),
        try_of: String::new(),
        began: one.from,
        took,
        waited: one.why.clone(),
        how: how.to_owned(),
    }
}

/// Each try of a step.
fn tries(row: &Row<'_>, picture: &Picture) -> Vec<Told> {
    let tries = row.steps.iter().filter_map(|step| picture.tries.get(&step.id)).flatten();
    let told = |one: &Try| Told {
        what: row.name.clone(),
        try_of: one.number.to_string(),
        began: one.from,
        took: one.took(picture.until),
        waited: waits(one, picture),
        how: one.ending.words().to_owned(),
    };
    tries.map(told).collect()
}

/// Several steps in one row: from when the first began until the last came to rest.
fn together(row: &Row<'_>, picture: &Picture) -> Option<Told> {
    let tries: Vec<&Try> = row.steps.iter().filter_map(|step| picture.tries.get(&step.id)).flatten().collect();
    let began = tries.iter().map(|one| one.from).min()?;
    let ended = tries.iter().map(|one| one.to.unwrap_or(picture.until)).max()?;
    let mut endings: BTreeMap<Ending, usize> = BTreeMap::new();
    for one in &tries {
        *endings.entry(one.ending).or_default() += 1;
    }
    let how: Vec<String> = endings.iter().rev().map(|(ending, count)| format!("{count} {}", ending.words())).collect();
    let waited: i64 = tries.iter().flat_map(|one| &one.waits).map(|one| length(one, picture)).sum();
    Some(Told {
        what: format!("{}: {}", row.name, count(row.steps.len(), "step")),
        try_of: String::new(),
        began,
        took: ended.since(began).max(0),
        waited: if waited > 0 { format!("{} in all", span_words(waited)) } else { String::new() },
        how: how.join(", "),
    })
}

fn waits(one: &Try, picture: &Picture) -> String {
    let mut waits: Vec<&Waited> = one.waits.iter().collect();
    waits.sort_by_key(|wait| std::cmp::Reverse(length(wait, picture)));
    let more = waits.len().saturating_sub(REASONS);
    let told = waits.iter().take(REASONS).map(|wait| {
        let why: String = wait.why.chars().take(160).collect();
        format!("{}: {why}", span_words(length(wait, picture)))
    });
    let rest = (more > 0).then(|| format!("and {more} more"));
    told.chain(rest).collect::<Vec<_>>().join("; ")
}

fn length(one: &Waited, picture: &Picture) -> i64 {
    one.to.unwrap_or(picture.until).since(one.from).max(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::live::testing::{begun, done, failed, id, plan};
    use model::event::{Event, EventKind, How};
    use model::picture::sheet::sections;
    use model::time::Timestamp;

    fn events(kinds: Vec<EventKind>) -> Vec<Event> {
        let event = |(at, kind)| Event { seq: at as i64 + 1, at: Timestamp(at as i64 * 1000), kind };
        kinds.into_iter().enumerate().map(event).collect()
    }

    #[test]
    fn the_table_has_every_try_and_says_what_became_of_it() {
        let plan = plan();
        let again = EventKind::StepStarted { step: id("stop"), attempt: 2, spool: None, expires: None };
        let events = events(vec![begun("stop"), failed("stop", true), again, done("stop", How::Acted)]);
        let (picture, _) = Picture::of(&events, Timestamp(9_000)).unwrap();
        let timeline = Timeline::of(&sections(&plan, None), &picture);
        let told = tries(&timeline.rows[0], &picture);
        let told: Vec<_> = told.iter().map(|one| (one.try_of.as_str(), one.took, one.how.as_str())).collect();
        assert_eq!(told, [("1", 1_000, "failed"), ("2", 1_000, "done")]);
        let folded = together(&timeline.rows[0], &picture).unwrap();
        assert_eq!((folded.took, folded.how.as_str()), (3_000, "1 failed, 1 done"));
    }
}
