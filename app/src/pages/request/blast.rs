//! The blast radius of a plan: three numbers for the first look, and what they are of for the second.

use leptos::prelude::*;
use model::plan::{BlastRadius, Doing, Plan, Stop};
use model::words::{capitalised, count};

/// So many lines of one list stand on the page at once.
const SHOWN: usize = 8;
/// So many are there to be opened. Nobody reads more of them here: they are steps of the plan below.
const OPENED: usize = 100;

/// The card above the plan.
pub fn blast_radius(plan: &Plan) -> AnyView {
    let radius = BlastRadius::of(plan);
    let touched = radius.hosts.len() + radius.objects.len();
    view! {
        <section class="card" id="blast-radius">
            <div class="card-head"><h2>"Blast radius"</h2> <span class="hint">{steps(&radius)}</span></div>
            <div class="card-body">
                <ul class="grid gap-3 sm:grid-cols-3">
                    {figure(radius.stopped(), "thing stops or is cut", "things stop or are cut", "Nothing stops")}
                    {figure(touched, "host or object is changed", "hosts and objects are changed", "Nothing is changed")}
                    {figure(radius.final_steps.len(), "step cannot be undone", "steps cannot be undone", "Everything can be undone")}
                </ul>
                {list("What stops, and for whom", &radius.stops, stop)}
                <p><span class="text-muted">"Changed: "</span> {radius.touched()}</p>
                {list("What cannot be undone", &radius.final_steps, doing)}
                {list("What a person would have to undo", &radius.by_hand, doing)}
            </div>
        </section>
    }
    .into_any()
}

/// A number with what it counts; words alone where there is nothing to count.
fn figure(number: usize, one: &'static str, many: &'static str, none: &'static str) -> AnyView {
    match number {
        0 => view! { <li class="font-medium">{none}</li> }.into_any(),
        1 => view! { <li><span class="stat">"1"</span> " " {one}</li> }.into_any(),
        many_of => view! { <li><span class="stat">{many_of.to_string()}</span> " " {many}</li> }.into_any(),
    }
}

/// `3 of 5 steps change something; 1 never started twice`.
fn steps(radius: &BlastRadius) -> String {
    let mut words =
        format!("{} of {} change something", radius.changing, count(radius.changing + radius.looking, "step"));
    if radius.once > 0 {
        words.push_str(&format!("; {} never started twice", radius.once));
    }
    if radius.manual > 0 {
        words.push_str(&format!("; {} done by people", radius.manual));
    }
    words
}

/// The first of them; the others are there, too, as far as somebody would read them.
fn list<T>(title: &'static str, all: &[T], row: fn(&T) -> AnyView) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let (shown, rest) = all.split_at(all.len().min(SHOWN));
    let shown: Vec<_> = shown.iter().map(row).collect();
    let opened: Vec<_> = rest.iter().take(OPENED).map(row).collect();
    let beyond = rest.len() - opened.len();
    view! {
        <div class="stack-tight">
            <h3>{title}</h3>
            <ul class="stack-tight">{shown}</ul>
            {(!rest.is_empty()).then(|| view! {
                <details class="disclosure">
                    <summary>{format!("{} more", rest.len())}</summary>
                    <ul class="stack-tight">{opened}</ul>
                    {(beyond > 0).then(|| view! { <p class="hint">{format!("And {beyond} more, in the steps of the plan.")}</p> })}
                </details>
            })}
        </div>
    }
    .into_any()
}

fn stop(stop: &Stop) -> AnyView {
    let (names, words) = (first_few(&stop.targets), stop.impact.clone());
    view! { <li class="break-words"><span class="mono">{names}</span> ": " {words}</li> }.into_any()
}

fn doing(doing: &Doing) -> AnyView {
    let undo = (!doing.undo.is_empty()).then(|| format!(": {}", capitalised(&doing.undo)));
    let (title, target) = (doing.title.clone(), doing.target.clone());
    // Most titles name what they are done to.
    let target = (!title.contains(&target)).then(|| view! { " " <span class="mono">{format!("({target})")}</span> });
    view! { <li class="break-words">{title} {target} {undo}</li> }.into_any()
}

/// The first names, and how many more there are.
fn first_few(names: &[String]) -> String {
    const TOLD: usize = 12;
    match names.len().checked_sub(TOLD) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..TOLD].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_told() {
        let names: Vec<String> = (1..=14).map(|number| format!("n{number}")).collect();
        assert_eq!(first_few(&names[..2]), "n1, n2");
        assert!(first_few(&names).ends_with("n12 and 2 more"));
    }

    #[test]
    fn what_the_steps_do_is_one_line() {
        let radius =
            |changing, looking, once, manual| BlastRadius { changing, looking, once, manual, ..BlastRadius::default() };
        assert_eq!(steps(&radius(2, 0, 0, 0)), "2 of 2 steps change something");
        assert_eq!(steps(&radius(0, 1, 0, 0)), "0 of 1 step change something");
        assert_eq!(
            steps(&radius(3, 2, 1, 1)),
            "3 of 5 steps change something; 1 never started twice; 1 done by people"
        );
    }
}
