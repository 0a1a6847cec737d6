//! What a person does by hand now, with what can go wrong there: who does it has this page open, and not the plan.

use leptos::prelude::*;
use model::plan::StepKind;
use model::run::Status;
use model::view::RunView;

use crate::components::HazardNote;

/// Steps under way that people do, and those that they are asked to sign for.
pub fn by_hand(view: &RunView) -> AnyView {
    let is_open = |status: &Status| {
        matches!(status, Status::Running | Status::Unknown { .. } | Status::Failed { again: false, .. })
    };
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
