//! How runs went over time, drawn on the server. Each outcome has a shape and a pattern of its own, and a table says the same.

use leptos::prelude::*;
use model::event::Outcome;
use model::time::{limit_words, span_words};
use model::trend::{Length, MOST_POINTS, Period, Trend, count_ticks, ticks};
use model::words::count;

use crate::looks::of_outcome;

/// The drawing: wide enough for a phone, and scaled up from there.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 180.0;
/// The field in it that is drawn on.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 392.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 156.0;

/// Of fewer runs a drawing would pretend to know more than it does.
const FEWEST: usize = 2;

/// Both charts, and the table.
pub fn charts(trend: &Trend) -> AnyView {
    match trend.points.len() {
        0 => return ().into_any(),
        1..FEWEST => {
            let words = format!("Charts are drawn of {FEWEST} runs or more that are over; {} fit.", trend.points.len());
            return view! { <p class="hint">{words}</p> }.into_any();
        }
        _ => {}
    }
    let (length, periods) = trend.periods();
    let cut = trend.is_cut.then(|| {
        view! { <p class="hint">{format!("Of the last {MOST_POINTS} runs that fit and are over; older ones are not in it.")}</p> }
    });
    view! {
        <section class="stack-tight" aria-label="Charts">
            <div class="grid gap-6 lg:grid-cols-2">{durations(trend)} {outcomes(length, &periods)}</div>
            {cut}
            <details class="disclosure">
                <summary>{format!("The same as a table, by {}", length.word())}</summary>
                {table(length, &periods)}
            </details>
        </section>
    }
    .into_any()
}

fn durations(trend: &Trend) -> AnyView {
    let points = &trend.points;
    let most = points.iter().map(|point| point.took).max().unwrap_or(0);
    let marks = ticks(most);
    let top = marks.last().copied().unwrap_or(1).max(1);
    let (first, last) = (points.first().map_or(0, |one| one.at.0), points.last().map_or(0, |one| one.at.0));
    let across = |at: i64| LEFT + 6.0 + (RIGHT - LEFT - 12.0) * (at - first) as f64 / (last - first).max(1) as f64;
    let shapes: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| {
            let of_it = points.iter().filter(|point| point.outcome == outcome);
            let path: String = of_it.map(|point| shape(outcome, across(point.at.0), height(point.took, top))).collect();
            view! { <g class=ink_classes(outcome)><path d=path fill=fill(outcome) stroke="currentColor" stroke-width="1.25"/></g> }
        })
        .collect();
    let lines = lines(marks.iter().map(|mark| (height(*mark, top), time_words(*mark))));
    let days = [points.first(), points.last()].map(|point| point.map(|point| point.at.day()).unwrap_or_default());
    let words = format!(
        "How long each of {} took, from {} to {}: at most {}.",
        count(points.len(), "run"),
        days[0],
        days[1],
        span_words(most)
    );
    view! {
        <figure class="stack-tight">
            <figcaption class="font-medium">"Duration of each run, with waits for people"</figcaption>
            {drawing(words, view! { {lines} {shapes} }.into_any(), days)}
            {legend(|outcome| {
                let count = points.iter().filter(|point| point.outcome == outcome).count();
                let sample = view! { <path d=shape(outcome, 6.0, 6.0) fill=fill(outcome) stroke="currentColor" stroke-width="1.25"/> };
                (count, sample.into_any())
            })}
        </figure>
    }
    .into_any()
}

fn outcomes(length: Length, periods: &[Period]) -> AnyView {
    let most = periods.iter().map(Period::sum).max().unwrap_or(0);
    let marks = count_ticks(most);
    let top = i64::from(marks.last().copied().unwrap_or(1));
    let step = (RIGHT - LEFT) / periods.len().max(1) as f64;
    // A single week is no wall.
    let width = (step * 0.75).min(40.0);
    let bars: Vec<_> = periods
        .iter()
        .enumerate()
        .map(|(index, period)| bar(LEFT + step * (index as f64 + 0.5) - width / 2.0, width, period, top))
        .collect();
    let patterns: Vec<_> = Outcome::ALL.into_iter().map(pattern).collect();
    let lines = lines(marks.iter().map(|mark| (height(i64::from(*mark), top), mark.to_string())));
    let days = [periods.first(), periods.last()].map(|one| one.map(|one| one.name.clone()).unwrap_or_default());
    let word = length.word();
    let words = format!(
        "How runs ended, by {word}, from {} to {}: at most {} in a {word}.",
        days[0],
        days[1],
        count(most as usize, "run")
    );
    let inside = view! { <defs>{patterns}</defs> {lines} {bars} };
    view! {
        <figure class="stack-tight">
            <figcaption class="font-medium">{format!("How runs ended, by {word}")}</figcaption>
            {drawing(words, inside.into_any(), days)}
            {legend(|outcome| {
                let place = Outcome::ALL.iter().position(|one| *one == outcome).unwrap_or(0);
                let count: u32 = periods.iter().map(|period| period.counts[place]).sum();
                let sample = view! { <rect x="0.5" y="0.5" width="11" height="11" fill=pattern_of(outcome) stroke="currentColor"/> };
                (count as usize, sample.into_any())
            })}
        </figure>
    }
    .into_any()
}

fn bar(x: f64, width: f64, period: &Period, top: i64) -> AnyView {
    let mut below = 0;
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .zip(period.counts)
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| {
            let foot = height(below, top);
            below += i64::from(count);
            let head = height(below, top);
            view! {
                <g class=ink_classes(outcome)>
                    <rect x=number(x) y=number(head) width=number(width) height=number(foot - head) fill=pattern_of(outcome)
                        stroke="currentColor" stroke-width="0.75"/>
                </g>
            }
        })
        .collect();
    parts.into_any()
}

/// The frame of a chart: what is in it, and where it begins and ends.
fn drawing(words: String, inside: AnyView, [from, to]: [String; 2]) -> AnyView {
    let to = (from != to).then_some(to);
    view! {
        <svg class="w-full h-auto" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=words font-size="10">
            {inside}
            <text class="fill-muted" x=number(LEFT) y=number(BOTTOM + 16.0)>{from}</text>
            {to.map(|to| view! { <text class="fill-muted" x=number(RIGHT) y=number(BOTTOM + 16.0) text-anchor="end">{to}</text> })}
        </svg>
    }
    .into_any()
}

/// Lines across at these heights, each with what it stands for.
fn lines(marks: impl Iterator<Item = (f64, String)>) -> Vec<AnyView> {
    marks
        .map(|(y, words)| {
            view! {
                <line class="stroke-line" x1=number(LEFT) x2=number(RIGHT) y1=number(y) y2=number(y)/>
                <text class="fill-muted" x=number(LEFT - 5.0) y=number(y + 3.5) text-anchor="end">{words}</text>
            }
            .into_any()
        })
        .collect()
}

/// Which sign is which outcome, and how often there is one.
fn legend(of: impl Fn(Outcome) -> (usize, AnyView)) -> AnyView {
    let entries: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, of(outcome)))
        .filter(|(_, (count, _))| *count > 0)
        .map(|(outcome, (count, sample))| {
            view! {
                <li class="cluster gap-1">
                    <span class=ink_classes(outcome)><svg class="w-3 h-3" viewBox="0 0 12 12" aria-hidden="true">{sample}</svg></span>
                    {format!("{}: {count}", of_outcome(outcome).word)}
                </li>
            }
        })
        .collect();
    view! { <ul class="cluster gap-x-4 gap-y-1 text-sm">{entries}</ul> }.into_any()
}

fn table(length: Length, periods: &[Period]) -> AnyView {
    let heads: Vec<_> =
        Outcome::ALL.into_iter().map(|outcome| view! { <th class="num">{of_outcome(outcome).word}</th> }).collect();
    let rows: Vec<_> = periods
        .iter()
        .rev()
        .map(|period| {
            let counts: Vec<_> = Outcome::ALL
                .into_iter()
                .zip(period.counts)
                .map(|(outcome, count)| view! { <td class="num" data-label=of_outcome(outcome).word>{count}</td> })
                .collect();
            let median = period.median.map_or_else(|| "none".to_owned(), span_words);
            view! {
                <tr>
                    <td data-label="From">{period.name.clone()}</td>
                    <td class="num" data-label="Runs">{period.sum()}</td>
                    {counts}
                    <td class="num" data-label="The one in the middle took">{median}</td>
                </tr>
            }
        })
        .collect();
    let first = match length {
        Length::Week => "Week from",
        Length::Month => "Month",
    };
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Runs over time">
            <table class="table table-cards">
                <thead><tr><th>{first}</th><th class="num">"Runs"</th>{heads}<th class="num">"The one in the middle took"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// How high up something stands of which the highest is `top`.
fn height(value: i64, top: i64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * value as f64 / top.max(1) as f64
}

/// A tenth of a unit is finer than anybody sees.
fn number(value: f64) -> String {
    format!("{value:.1}")
}

fn time_words(milliseconds: i64) -> String {
    let seconds = u32::try_from(milliseconds / 1000).unwrap_or(u32::MAX);
    if seconds == 0 { "0".to_owned() } else { limit_words(seconds) }
}

const fn ink_classes(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "text-ok",
        Outcome::WithErrors | Outcome::Incomplete => "text-warning",
        Outcome::Failed => "text-failed",
        Outcome::Aborted => "text-unknown",
    }
}

/// A mark around a place: a disk, a triangle, a diamond, a cross, an empty square.
fn shape(outcome: Outcome, x: f64, y: f64) -> String {
    match outcome {
        Outcome::Succeeded => format!("M{:.1} {y:.1}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0", x - 2.5),
        Outcome::WithErrors => format!("M{x:.1} {:.1}l3.5 6h-7z", y - 3.5),
        Outcome::Incomplete => format!("M{x:.1} {:.1}l3.5 3.5-3.5 3.5-3.5-3.5z", y - 3.5),
        Outcome::Failed => format!("M{:.1} {:.1}l6 6m0-6l-6 6", x - 3.0, y - 3.0),
        Outcome::Aborted => format!("M{:.1} {:.1}h5v5h-5z", x - 2.5, y - 2.5),
    }
}

const fn fill(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded | Outcome::WithErrors | Outcome::Incomplete => "currentColor",
        Outcome::Failed | Outcome::Aborted => "none",
    }
}

const fn pattern_id(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "bar-succeeded",
        Outcome::WithErrors => "bar-with-errors",
        Outcome::Incomplete => "bar-incomplete",
        Outcome::Failed => "bar-failed",
        Outcome::Aborted => "bar-aborted",
    }
}

fn pattern_of(outcome: Outcome) -> String {
    format!("url(#{})", pattern_id(outcome))
}

/// Filled, striped across, dotted, hatched, empty.
fn pattern(outcome: Outcome) -> AnyView {
    let inside = match outcome {
        Outcome::Succeeded => view! { <rect width="6" height="6" fill="currentColor"/> }.into_any(),
        Outcome::WithErrors => {
            view! { <path d="M0 1.5h6M0 4.5h6" stroke="currentColor" stroke-width="1.5"/> }.into_any()
        }
        Outcome::Incomplete => view! { <circle cx="3" cy="3" r="1.5" fill="currentColor"/> }.into_any(),
        Outcome::Failed => {
            view! { <path d="M-1 7l8-8M-1 1l2-2M5 7l2-2" stroke="currentColor" stroke-width="1.75"/> }.into_any()
        }
        Outcome::Aborted => ().into_any(),
    };
    view! {
        <pattern id=pattern_id(outcome) class=ink_classes(outcome) width="6" height="6" patternUnits="userSpaceOnUse">{inside}</pattern>
    }
    .into_any()
}
