//! Stages by hosts: in each cell the steps there, each by its sign; of a large plan, what presses most and how many are done.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::picture::sheet::{Line, Matrix};
use model::plan::Step;
use model::run::{RunState, Status};

use crate::components::Badge;
use crate::look::{Look, Sign, Tone};
use crate::looks;

/// The matrix, and which sign is which state.
pub fn matrix(matrix: &Matrix<'_>, state: &RunState, place: &str) -> AnyView {
    let heads: Vec<_> = matrix
        .columns
        .iter()
        .map(|name| view! { <th scope="col"><span class="matrix-name">{name.clone()}</span></th> })
        .collect();
    let rows: Vec<_> = matrix.rows.iter().map(|line| row(line, matrix, state, place)).collect();
    let label = format!("{}s and hosts", matrix.of);
    view! {
        <section class="stack-tight">
            <h2>"Where it stands"</h2>
            {symbols()}
            <div class="table-wrap" tabindex="0" role="region" aria-label=label>
                <table class="matrix">
                    <thead><tr><th scope="col">{matrix.of}</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {legend(matrix, state)}
        </section>
    }
    .into_any()
}

fn row(line: &Line<'_>, matrix: &Matrix<'_>, state: &RunState, place: &str) -> AnyView {
    let name = line.name.clone();
    let name = match line.stage {
        Some(stage) => view! { <a class="link" href=format!("{place}?stage={stage}")>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let cells: Vec<_> = line
        .cells
        .iter()
        .map(|steps| {
            let inside = if matrix.is_folded { folded(steps, state) } else { unfolded(steps, state) };
            view! { <td>{inside}</td> }
        })
        .collect();
    view! { <tr><th scope="row">{name}</th>{cells}</tr> }.into_any()
}

/// Each step by its sign.
fn unfolded(steps: &[&Step], state: &RunState) -> AnyView {
    let signs: Vec<_> = steps
        .iter()
        .map(|step| {
            let look = look_of(step, state);
            let words = format!("{}: {}", step.title, look.word);
            view! { <span class=look.tone.sign_classes() role="img" title=words>{sign(look.sign)}</span> }
        })
        .collect();
    signs.into_any()
}

/// All of them by the sign of what presses most.
fn folded(steps: &[&Step], state: &RunState) -> AnyView {
    let looks: Vec<Look> = steps.iter().map(|step| look_of(step, state)).collect();
    let Some(worst) = looks.iter().max_by_key(|look| pressing(look.tone)) else { return ().into_any() };
    let counts: Vec<String> =
        counted(&looks).into_iter().map(|(look, count)| format!("{count} {}", look.word)).collect();
    let done = steps.iter().filter(|step| is_done(step, state)).count();
    view! {
        <span class=worst.tone.sign_classes() role="img" title=counts.join(", ")>{sign(worst.sign)}</span>
        {format!(" {done}/{}", steps.len())}
    }
    .into_any()
}

fn look_of(step: &Step, state: &RunState) -> Look {
    looks::of_step(state.steps.get(&step.id), state.ended_at.is_some())
}

fn is_done(step: &Step, state: &RunState) -> bool {
    state.steps.get(&step.id).is_some_and(|begun| matches!(begun.status, Status::Done { .. }))
}

/// What is seen first where only one can be. What is still to come presses more than what is done: a cell that is not done
/// must not look as if it were.
const fn pressing(tone: Tone) -> u8 {
    match tone {
        Tone::Ok => 0,
        Tone::Neutral | Tone::Accent => 1,
        Tone::Running => 2,
        Tone::Waiting => 3,
        Tone::Warning => 4,
        Tone::Unknown => 5,
        Tone::Failed => 6,
    }
}

/// How often each look is there, what presses most first.
fn counted(looks: &[Look]) -> Vec<(Look, usize)> {
    let mut counts: BTreeMap<(std::cmp::Reverse<u8>, &str), (Look, usize)> = BTreeMap::new();
    for look in looks {
        let key = (std::cmp::Reverse(pressing(look.tone)), look.word.as_str());
        counts.entry(key).or_insert_with(|| (look.clone(), 0)).1 += 1;
    }
    counts.into_values().collect()
}

/// Which sign is which state, and how many steps are in it.
fn legend(matrix: &Matrix<'_>, state: &RunState) -> AnyView {
    let steps = matrix.rows.iter().flat_map(|row| &row.cells).flatten();
    let looks: Vec<Look> = steps.map(|step| look_of(step, state)).collect();
    let entries: Vec<_> = counted(&looks)
        .into_iter()
        .map(|(look, count)| view! { <li class="cluster gap-1"><Badge look/> {count}</li> })
        .collect();
    view! { <ul class="cluster gap-x-4 gap-y-1">{entries}</ul> }.into_any()
}

/// The signs, once for all cells: written out in each they would be most of the page.
fn symbols() -> AnyView {
    let symbols: Vec<_> = Sign::ALL
        .into_iter()
        .map(|sign| {
            view! {
                <symbol id=symbol(sign) viewBox="0 0 16 16">
                    <path d=sign.strokes() fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"/>
                </symbol>
            }
        })
        .collect();
    view! { <svg class="absolute" width="0" height="0" aria-hidden="true">{symbols}</svg> }.into_any()
}

fn symbol(sign: Sign) -> String {
    format!("sign-{sign:?}")
}

fn sign(sign: Sign) -> AnyView {
    view! { <svg class="icon"><use_ href=format!("#{}", symbol(sign))></use_></svg> }.into_any()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::live::testing::{begun, done, failed, plan, state};
    use model::event::How;

    #[test]
    fn what_is_not_done_never_looks_done_together_with_what_is() {
        let done_and_to_come = [Look::ok("Done"), Look::to_come("To come")];
        assert_eq!(counted(&done_and_to_come)[0].0, Look::to_come("To come"));
        let all = [Look::ok("Done"), Look::failed("Failed"), Look::ok("Done"), Look::unknown("Unknown")];
        let told: Vec<(String, usize)> = counted(&all).into_iter().map(|(look, count)| (look.word, count)).collect();
        assert_eq!(told, [("Failed".to_owned(), 1), ("Unknown".to_owned(), 1), ("Done".to_owned(), 2)]);
    }

    #[test]
    fn each_cell_says_its_steps_in_words() {
        let plan = plan();
        let state = state(vec![begun("stop"), done("stop", How::Acted), begun("start"), failed("start", false)]);
        let drawn = Matrix::of_plan(&plan);
        let html = Owner::new().with(|| matrix(&drawn, &state, "/runs/1/picture").to_html());
        for words in ["Do stop: Done", "Do start: Failed", "Do script: To come", "Do close: To come"] {
            assert!(html.contains(&format!("title=\"{words}\"")), "{words} is missing: {html}");
        }
        assert!(html.contains("href=\"/runs/1/picture?stage=2\""), "{html}");
        let folded = Matrix { is_folded: true, ..drawn };
        let html = Owner::new().with(|| matrix(&folded, &state, "/runs/1/picture").to_html());
        assert!(html.contains("title=\"1 Failed, 1 Done\"") && html.contains("1/2"), "{html}");
    }
}
