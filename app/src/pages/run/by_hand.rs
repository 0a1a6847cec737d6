//! What a person does by hand now, with what can go wrong there: who does it has this page open, and not the plan.

use leptos::prelude::*;
use model::plan::StepKind;
use model::run::{RunState, Status};
use model::view::RunView;

use crate::components::HazardNote;
use crate::live::Outline;

const fn is_open(status: &Status) -> bool {
    matches!(status, Status::Running | Status::Unknown { .. } | Status::Failed { again: false, .. })
}

/// How many such steps there are now.
pub fn open(outline: &Outline, state: &RunState) -> usize {
    let by_hand = outline.all().filter(|step| step.kind == StepKind::Manual);
    by_hand.filter(|step| state.steps.get(&step.id).is_some_and(|begun| is_open(&begun.status))).count()
}

/// Steps under way that people do, and those that they are asked to sign for.
pub fn by_hand(view: &RunView) -> AnyView {
    let steps: Vec<_> = view
        .plan
        .steps()
        .filter(|step| step.kind == StepKind::Manual)
        .filter(|step| view.state.steps.get(&step.id).is_some_and(|begun| is_open(&begun.status)))
        .map(|step| {
            let hazard = step.hazard.clone().map(|words| view! { <HazardNote words/> });
            let seen = format!("It counts as done when this is seen: {}.", step.proof.words());
            view! {
                <li class="stack-tight">
                    <p class="font-medium">{step.title.clone()}</p>
                    {hazard}
                    <p class="hint">{seen}</p>
                </li>
            }
        })
        .collect();
    if steps.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="card" aria-label="To do by hand">
            <div class="card-head"><h2>"To do by hand"</h2></div>
            <div class="card-body"><ul class="stack">{steps}</ul></div>
        </section>
    }
    .into_any()
}
