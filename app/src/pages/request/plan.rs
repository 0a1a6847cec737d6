//! A plan as a document: what could go wrong, what stops, and every step down to the command.

use leptos::prelude::*;
use model::plan::{Hazard, LeftOut, Plan, Stage, Step};

use crate::components::{Badge, HazardNote, StepDetails};
use crate::looks;

/// The whole plan.
pub fn plan(plan: &Plan) -> AnyView {
    let stages: Vec<_> = plan.stages.iter().enumerate().map(|(at, one)| stage(at + 1, one)).collect();
    view! {
        {hazards(&plan.hazards)}
        {impact(plan)}
        <section class="stack">
            <h2>"What is done, in this order"</h2>
            {stages}
            {finally(&plan.finally)}
        </section>
        {left_out(&plan.left_out)}
        <p class="hint">"Digest of this plan, which is what is approved: " <code class="mono">{plan.digest().to_string()}</code></p>
    }
    .into_any()
}

fn hazards(hazards: &[Hazard]) -> AnyView {
    let mut hazards = hazards.to_vec();
    hazards.sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    let is_empty = hazards.is_empty();
    let rows: Vec<_> = hazards
        .into_iter()
        .map(|hazard| view! {
            <li class="flex gap-2 items-start"><Badge look=looks::of_weight(hazard.weight)/> <span class="min-w-0">{hazard.words}</span></li>
        })
        .collect();
    (!is_empty)
        .then(|| view! { <section class="stack-tight"><h2>"What to know before agreeing"</h2> <ul class="stack-tight">{rows}</ul></section> })
        .into_any()
}

/// What stops and for whom, each said once.
fn impact(plan: &Plan) -> AnyView {
    let mut seen: Vec<(&str, Vec<String>)> = Vec::new();
    for step in plan.steps().filter(|step| !step.impact.is_empty()) {
        let target = step.target.words();
        match seen.iter_mut().find(|(words, _)| *words == step.impact) {
            Some((_, targets)) if targets.contains(&target) => {}
            Some((_, targets)) => targets.push(target),
            None => seen.push((&step.impact, vec![target])),
        }
    }
    let is_empty = seen.is_empty();
    let rows: Vec<_> = seen
        .into_iter()
        .map(|(words, targets)| {
            let words = words.to_owned();
            view! { <li><span class="mono">{targets.join(", ")}</span> ": " {words}</li> }
        })
        .collect();
    (!is_empty)
        .then(|| view! { <section class="stack-tight"><h2>"What stops, and for whom"</h2> <ul class="stack-tight">{rows}</ul></section> })
        .into_any()
}

fn stage(number: usize, stage: &Stage) -> AnyView {
    let manners = match (stage.steps.len(), stage.limit) {
        (1, _) => String::new(),
        (count, 1) => format!("{count} steps, one at a time"),
        (count, limit) => format!("{count} steps, at most {limit} at a time"),
    };
    let common = common_hazard(&stage.steps);
    let steps: Vec<_> = stage.steps.iter().map(|one| step(one, common.is_none())).collect();
    view! {
        <section class="card">
            <div class="card-head"><h3>{format!("{number}. {}", stage.title)}</h3> <span class="hint">{manners}</span></div>
            <div class="card-body">
                {common.map(|words| view! { <HazardNote words=format!("at each step, {words}")/> })}
                <ol class="steps">{steps}</ol>
            </div>
        </section>
    }
    .into_any()
}

/// The hazard that every step of a stage has. It is said once: repeated for each of 50 routers it would hide the others.
fn common_hazard(steps: &[Step]) -> Option<String> {
    let (first, others) = steps.split_first()?;
    let words = first.hazard.clone()?;
    (!others.is_empty() && others.iter().all(|step| step.hazard.as_ref() == Some(&words))).then_some(words)
}

fn finally(steps: &[Step]) -> AnyView {
    if steps.is_empty() {
        return ().into_any();
    }
    let steps: Vec<_> = steps.iter().map(|one| step(one, true)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h3>"At the end, whatever happened"</h3> <span class="hint">"also after a failure or an abort"</span></div>
            <div class="card-body"><ol class="steps">{steps}</ol></div>
        </section>
    }
    .into_any()
}

fn step(step: &Step, with_hazard: bool) -> AnyView {
    let hazard = step.hazard.clone().filter(|_| with_hazard);
    let details = step.clone();
    view! {
        <li class="step scroll-mt-20" id=step.id.to_string()>
            <span class="step-mark" aria-hidden="true">"•"</span>
            <div class="stack-tight">
                <div class="spread">
                    <span class="step-title">{step.title.clone()}</span>
                    <span class="hint"><span class="mono">{step.target.words()}</span> {format!(" · {}", looks::kind_words(step.kind))}</span>
                </div>
                {hazard.map(|words| view! { <HazardNote words/> })}
                <details class="disclosure">
                    <summary>"Command and proof"</summary>
                    <StepDetails step=details/>
                </details>
            </div>
        </li>
    }
    .into_any()
}

fn left_out(left_out: &[LeftOut]) -> AnyView {
    let is_empty = left_out.is_empty();
    let count = left_out.len();
    let rows: Vec<_> = left_out
        .iter()
        .cloned()
        .map(|one| view! { <li><span class="mono">{one.what}</span> ": " {one.why}</li> })
        .collect();
    (!is_empty)
        .then(|| {
            view! {
                // A few are read at once: what is not restarted matters as much as what is.
                <details class="disclosure" open=count <= 5>
                    <summary>{format!("Left out: {count}")}</summary>
                    <ul class="stack-tight">{rows}</ul>
                </details>
            }
        })
        .into_any()
}
