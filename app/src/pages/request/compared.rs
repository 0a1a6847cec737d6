//! What the plan has otherwise than that of the last run of the same procedure in the same environment.

use leptos::prelude::*;
use model::plan::{Part, PlanDifference, Step, StepChange};
use model::view::{Compared, RequestView};

use crate::components::{Badge, Moment};
use crate::looks;

/// So many steps of one kind stand on the page; of a large plan everything may be another.
const SHOWN: usize = 20;

/// The card above the plan.
pub fn compared(view: &RequestView) -> AnyView {
    let procedure = view.request.plan.inputs.procedure();
    let history = format!("/history?environment={}&procedure={}", view.request.environment, procedure.word());
    let body = match &view.compared {
        None => view! { <p>"There was no run of this procedure in this environment before, so there is nothing to compare it with."</p> }.into_any(),
        Some(compared) => difference(compared),
    };
    view! {
        <section class="card" id="compared">
            <div class="card-head"><h2>"Compared with the last time"</h2> <a class="link" href=history>"All runs of it here"</a></div>
            <div class="card-body">{body}</div>
        </section>
    }
    .into_any()
}

fn difference(compared: &Compared) -> AnyView {
    let Compared { run, difference } = compared;
    let (href, look) = (format!("/runs/{}", run.id), looks::of_line(run));
    let words = format!("{}.", difference.words());
    let (at, by) = (run.ended_at.unwrap_or(run.created_at), run.by.clone());
    let more = !difference.is_empty();
    view! {
        <p>
            "Compared with the " <a class="link" href=href>{format!("run of {by}")}</a> " " <Moment at/> ": "
            <span class="font-medium">{words}</span>
        </p>
        <p class="cluster text-muted">"How that run ended: " <Badge look/></p>
        {more.then(|| lists(difference))}
    }
    .into_any()
}

fn lists(difference: &PlanDifference) -> AnyView {
    let in_earnest: Vec<&StepChange> = difference.changed_in_earnest().collect();
    let only_seen = difference.changed.len() - in_earnest.len();
    let changed: Vec<_> = in_earnest.iter().take(SHOWN).map(|change| changed(change)).collect();
    let titles = |steps: &[Step]| -> Vec<AnyView> { steps.iter().take(SHOWN).map(title).collect() };
    let seen = (only_seen > 0).then(|| {
        let words = format!(
            "{only_seen} of the steps name the disk that their VM has now. That is another one after every restart, and no other work."
        );
        view! { <p class="hint">{words}</p> }
    });
    view! {
        {list("Changed", changed, in_earnest.len())}
        {list("New", titles(&difference.added), difference.added.len())}
        {list("Not there any more", titles(&difference.removed), difference.removed.len())}
        {seen}
    }
    .into_any()
}

fn list(name: &'static str, rows: Vec<AnyView>, count: usize) -> AnyView {
    if rows.is_empty() {
        return ().into_any();
    }
    let more = count.saturating_sub(rows.len());
    view! {
        <details class="disclosure" open=count <= 5>
            <summary>{format!("{name}: {count}")}</summary>
            <ul class="stack-tight">
                {rows}
                {(more > 0).then(|| view! { <li class="text-muted">{format!("and {more} more")}</li> })}
            </ul>
        </details>
    }
    .into_any()
}

fn title(step: &Step) -> AnyView {
    let (title, target) = (step.title.clone(), step.target.words());
    view! { <li class="break-words">{title} " " <span class="mono text-muted">{target}</span></li> }.into_any()
}

fn changed(change: &StepChange) -> AnyView {
    let parts: Vec<Part> = change.parts.iter().copied().filter(|part| *part != Part::Seen).collect();
    let names: Vec<&str> = parts.iter().map(|part| part.words()).collect();
    let words = format!(": {}", names.join(", "));
    let both: Vec<_> = parts.iter().map(|part| both(*part, change)).collect();
    view! {
        <li class="stack-tight">
            <span class="break-words"><span class="font-medium">{change.after.title.clone()}</span> {words}</span>
            <details class="disclosure">
                <summary>"Before and now"</summary>
                <dl class="facts">{both}</dl>
            </details>
        </li>
    }
    .into_any()
}

fn both(part: Part, change: &StepChange) -> AnyView {
    let words = |step: &Step| {
        let words = part.of(step);
        if words.is_empty() { "nothing".to_owned() } else { words }
    };
    let (before, now) = (words(&change.before), words(&change.after));
    view! {
        <dt>{format!("Before, {}", part.words())}</dt>
        <dd class="mono whitespace-pre-wrap break-words">{before}</dd>
        <dt>{format!("Now, {}", part.words())}</dt>
        <dd class="mono whitespace-pre-wrap break-words">{now}</dd>
    }
    .into_any()
}
