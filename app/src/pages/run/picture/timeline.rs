//! A bar for each try of each step, over time. What a bar says stands in its pattern, not in its colour alone; the table below
//! says the same. Places are told in percent, so that it fits every window without making letters smaller.

use leptos::prelude::*;
use model::picture::sheet::{Bar, By, Row, Shows, Timeline};
use model::picture::{Ending, Idle, Picture};
use model::time::{limit_words, span_words};
use model::trend::ticks;
use model::words::count;

use super::unit;

/// Pixels: the axis, a row with its name above its bars, and where in it they lie.
const AXIS: usize = 20;
const ROW: usize = 34;
const NAME: usize = 13;
const BARS: usize = 18;
const THICK: usize = 11;

/// No bar is narrower, in percent: what took a second in a run of hours was there.
const NARROWEST: f64 = 0.3;

/// A longer name would run out of the picture; the table has it.
const LONGEST_NAME: usize = 60;

/// The picture, with what its patterns mean.
pub fn timeline(timeline: &Timeline<'_>, picture: &Picture) -> AnyView {
    let not_begun = (timeline.not_begun > 0)
        .then(|| view! { <p class="hint">{format!("Not begun: {}.", count(timeline.not_begun, "step"))}</p> });
    let stands = of_the_run(picture);
    if timeline.rows.is_empty() && stands.is_none() {
        return view! { <section class="stack-tight"><h2>"How the time went by"</h2> {not_begun}</section> }.into_any();
    }
    let marks = ticks(picture.length());
    let top = marks.last().copied().unwrap_or(1).max(1);
    let rows: Vec<&Row<'_>> = stands.iter().chain(&timeline.rows).collect();
    let height = AXIS + rows.len() * ROW;
    let words = format!(
        "How {} went by in {}: a row for each, a bar for each time in which something was done or waited for. The table below says the same.",
        count(timeline.rows.len(), &unit(timeline.by).to_lowercase()),
        span_words(picture.length())
    );
    let shown: Vec<Shows> = rows.iter().flat_map(|row| &row.bars).map(|bar| bar.shows).collect();
    let shown: Vec<Shows> = Shows::all().into_iter().filter(|one| shown.contains(one)).collect();
    let patterns: Vec<_> = shown.iter().copied().map(pattern).collect();
    let axis: Vec<_> = marks.iter().map(|mark| tick(*mark, top, height)).collect();
    let drawn: Vec<_> = rows.iter().enumerate().map(|(at, row)| drawn(AXIS + at * ROW, row, top)).collect();
    let folded = match timeline.by {
        By::Step => None,
        By::Host => Some("There are too many steps for a row each: each row is a host."),
        By::Stage => Some(
            "There are too many steps for a row each: each row is a stage, and leads to its hosts and steps in the matrix above.",
        ),
    };
    view! {
        <section class="stack-tight">
            <h2>"How the time went by"</h2>
            {folded.map(|words| view! { <p class="hint">{words}</p> })}
            <svg class="w-full" height=height.to_string() role="img" aria-label=words font-size="11">
                <defs>{patterns}</defs>
                {axis}
                {drawn}
            </svg>
            {legend(&shown)}
            {not_begun}
        </section>
    }
    .into_any()
}

/// When the run as a whole stood still.
fn of_the_run(picture: &Picture) -> Option<Row<'static>> {
    let place = |at: model::time::Timestamp| at.since(picture.began).max(0);
    let bars: Vec<Bar> = picture
        .stands
        .iter()
        .map(|one| Bar {
            from: place(one.from),
            to: place(one.to.unwrap_or(picture.until)),
            shows: Shows::Wait(one.idle),
        })
        .collect();
    let name = "The run as a whole".to_owned();
    (!bars.is_empty()).then_some(Row { name, stage: None, steps: Vec::new(), bars })
}

fn tick(mark: i64, top: i64, height: usize) -> AnyView {
    let x = percent(mark, top);
    let anchor = match mark {
        0 => "start",
        mark if mark == top => "end",
        _ => "middle",
    };
    let words = match u32::try_from(mark / 1000).unwrap_or(u32::MAX) {
        0 => "0".to_owned(),
        seconds => limit_words(seconds),
    };
    view! {
        <line class="stroke-line" x1=x.clone() x2=x.clone() y1=(AXIS - 5).to_string() y2=height.to_string()/>
        <text class="fill-muted" x=x y="11" text-anchor=anchor>{words}</text>
    }
    .into_any()
}

fn drawn(y: usize, row: &Row<'_>, top: i64) -> AnyView {
    // Where a row is folded, a bar of it is what lasted longest there: no time to be told to the second.
    let is_exact = row.steps.len() < 2;
    let bars: Vec<_> = row.bars.iter().map(|bar| rect(bar, top, is_exact.then(|| told(bar)))).collect();
    view! {
        <g transform=format!("translate(0 {y})") stroke-width="0.75">
            <text class="fill-ink" y=NAME.to_string()>{short(&row.name)}</text>
            {bars}
        </g>
    }
    .into_any()
}

/// What a bar says when one points to it.
fn told(bar: &Bar) -> String {
    format!("{}, {}", words(bar.shows), span_words(bar.to - bar.from))
}

fn rect(bar: &Bar, top: i64, title: Option<String>) -> AnyView {
    let share = |milliseconds: i64| milliseconds as f64 * 100.0 / top as f64;
    let width = share(bar.to - bar.from).max(NARROWEST);
    // What is widened at the very end must not lie outside.
    let x = share(bar.from).min(100.0 - width);
    let dashes = (bar.shows == Shows::Work(Ending::Unknown)).then_some("3 2");
    view! {
        <rect class=ink_classes(bar.shows) x=format!("{x:.2}%") y=BARS.to_string() width=format!("{width:.2}%") height=THICK.to_string()
            fill=format!("url(#{})", id(bar.shows)) stroke="currentColor" stroke-dasharray=dashes>
            {title.map(|title| view! { <title>{title}</title> })}
        </rect>
    }
    .into_any()
}

fn percent(milliseconds: i64, top: i64) -> String {
    format!("{:.2}%", milliseconds as f64 * 100.0 / top as f64)
}

fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let cut: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{cut}…")
}

fn legend(shown: &[Shows]) -> AnyView {
    let entries: Vec<_> = shown
        .iter()
        .map(|shows| {
            let dashes = (*shows == Shows::Work(Ending::Unknown)).then_some("3 2");
            view! {
                <li class="cluster gap-1">
                    <span class=ink_classes(*shows)>
                        <svg class="w-6 h-3" aria-hidden="true">
                            <rect x="0.5" y="0.5" width="23" height="11" fill=format!("url(#{})", id(*shows)) stroke="currentColor" stroke-dasharray=dashes/>
                        </svg>
                    </span>
                    {words(*shows)}
                </li>
            }
        })
        .collect();
    view! { <ul class="cluster gap-x-4 gap-y-1 text-sm">{entries}</ul> }.into_any()
}

const fn words(shows: Shows) -> &'static str {
    match shows {
        Shows::Work(ending) => ending.words(),
        Shows::Wait(idle) => idle.words(),
    }
}

const fn ink_classes(shows: Shows) -> &'static str {
    match shows {
        Shows::Work(Ending::Done) => "text-ok",
        Shows::Work(Ending::NotBegun) => "text-muted",
        Shows::Work(Ending::Settled) | Shows::Wait(Idle::World) => "text-warning",
        Shows::Work(Ending::UnderWay) | Shows::Wait(Idle::Proof) => "text-running",
        Shows::Work(Ending::Stopped | Ending::Unknown) => "text-unknown",
        Shows::Work(Ending::Failed) => "text-failed",
        Shows::Wait(Idle::People) => "text-waiting",
    }
}

const fn id(shows: Shows) -> &'static str {
    match shows {
        Shows::Work(Ending::Done) => "time-done",
        Shows::Work(Ending::NotBegun) => "time-not-begun",
        Shows::Work(Ending::Settled) => "time-settled",
        Shows::Work(Ending::UnderWay) => "time-under-way",
        Shows::Work(Ending::Stopped) => "time-stopped",
        Shows::Work(Ending::Unknown) => "time-unknown",
        Shows::Work(Ending::Failed) => "time-failed",
        Shows::Wait(Idle::People) => "time-people",
        Shows::Wait(Idle::Proof) => "time-proof",
        Shows::Wait(Idle::World) => "time-world",
    }
}

/// Full, half full, hatched, striped across or upright, dotted, crossed, empty.
fn pattern(shows: Shows) -> AnyView {
    let lines =
        |d: &'static str| view! { <path d=d stroke="currentColor" stroke-width="1.25" fill="none"/> }.into_any();
    let inside = match shows {
        Shows::Work(Ending::Done) => view! { <rect width="6" height="6" fill="currentColor"/> }.into_any(),
        Shows::Work(Ending::UnderWay) => {
            view! { <rect width="6" height="6" fill="currentColor" fill-opacity="0.4"/> }.into_any()
        }
        Shows::Work(Ending::Failed) => lines("M-1 7l8-8M-1 1l2-2M5 7l2-2"),
        Shows::Work(Ending::Settled) => lines("M0 1.5h6M0 4.5h6"),
        Shows::Work(Ending::NotBegun) => view! { <circle cx="3" cy="3" r="0.9" fill="currentColor"/> }.into_any(),
        Shows::Work(Ending::Stopped | Ending::Unknown) => ().into_any(),
        Shows::Wait(Idle::People) => lines("M1.5 0v6M4.5 0v6"),
        Shows::Wait(Idle::Proof) => view! { <circle cx="3" cy="3" r="1.6" fill="currentColor"/> }.into_any(),
        Shows::Wait(Idle::World) => lines("M1.5 1.5l3 3M4.5 1.5l-3 3"),
    };
    view! {
        <pattern id=id(shows) class=ink_classes(shows) width="6" height="6" patternUnits="userSpaceOnUse">{inside}</pattern>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_things_have_the_same_pattern_and_each_has_words() {
        let all = Shows::all();
        let ids: std::collections::BTreeSet<&str> = all.iter().map(|shows| id(*shows)).collect();
        let told: std::collections::BTreeSet<&str> = all.iter().map(|shows| words(*shows)).collect();
        assert_eq!((ids.len(), told.len(), all.len()), (10, 10, 10));
    }

    #[test]
    fn what_took_a_moment_at_the_very_end_is_seen_and_lies_inside() {
        let bar = Bar { from: 100, to: 100, shows: Shows::Work(Ending::Done) };
        let html = rect(&bar, 100, Some(told(&bar))).to_html();
        assert!(html.contains("x=\"99.70%\"") && html.contains("width=\"0.30%\""), "{html}");
        assert!(html.contains("done, 0 ms"), "{html}");
    }
}
