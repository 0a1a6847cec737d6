//! One step as it is now: its state, what it waits for, what was seen.

use leptos::prelude::*;
use model::plan::Step;
use model::run::{Status, StepState};
use model::wait::Wait;

use crate::components::{Badge, Elapsed, Icon, Moment, MomentAhead, ProgressBar, StepDetails};
use crate::live::LiveRun;
use crate::looks;

/// A row.
pub fn step(step: &Step, live: LiveRun) -> AnyView {
    let id = step.id.clone();
    let state = Memo::new(move |_| live.state.with(|state| state.steps.get(&id).cloned()));
    let look = Memo::new(move |_| state.with(|state| looks::of_step(state.as_ref())));
    let details = step.clone();
    view! {
        <li class=move || look.get().tone.step_classes()>
            <span class="step-mark">{move || view! { <Icon sign=look.get().sign/> }}</span>
            <div class="stack-tight min-w-0">
                <div class="spread">
                    <span class="step-title">{step.title.clone()}</span>
                    <span class="cluster">{move || state.get().map(|state| times(&state))} {move || view! { <Badge look=look.get()/> }}</span>
                </div>
                {move || state.get().map(|state| now(&state))}
                <details class="disclosure">
                    <summary>"Command and proof"</summary>
                    <StepDetails step=details/>
                </details>
            </div>
        </li>
    }
    .into_any()
}

fn times(state: &StepState) -> AnyView {
    let attempt = (state.attempt > 1).then(|| format!("try {}, ", state.attempt));
    view! { <span class="hint">{attempt} <Elapsed from=state.started_at to=state.ended_at/></span> }.into_any()
}

fn now(state: &StepState) -> AnyView {
    let job = state.job.as_ref().map(|job| view! { <p class="hint mono">{format!("job {job}")}</p> });
    let progress = state.progress.clone().map(|(done, of, note)| view! {
        <div class="stack-tight"><ProgressBar done=done of=of label="Progress of this step"/> <p class="hint">{format!("{done} of {of}: {note}")}</p></div>
    });
    let said = state.said.clone().map(|said| view! { <p class="hint">{format!("It said: {said}")}</p> });
    view! { {seen(&state.status)} {state.wait.clone().map(|wait| wait_view(&wait))} {progress} {job} {said} }.into_any()
}

fn seen(status: &Status) -> AnyView {
    match status {
        Status::Running | Status::NotBegun => ().into_any(),
        Status::Done { evidence, .. } => {
            let words = format!("Proof: {evidence}");
            view! { <p class="text-ok">{words}</p> }.into_any()
        }
        Status::Failed { reason, .. } => {
            let reason = reason.clone();
            view! { <p class="field-error">{reason}</p> }.into_any()
        }
        Status::Unknown { question } => {
            let question = question.clone();
            view! { <p class="font-medium">{question}</p> }.into_any()
        }
        Status::Stopped { evidence } => {
            let evidence = evidence.clone();
            view! { <p class="text-warning">{evidence}</p> }.into_any()
        }
    }
}

/// What for, since when, who ends it, and when it gives up.
fn wait_view(wait: &Wait) -> AnyView {
    let until = wait.until.map(|until| view! { ", gives up " <MomentAhead at=until/> });
    view! {
        <p class="text-running">
            {format!("Waits: {}", wait.reason.words())}
            <span class="hint block">{format!("ended by {}, ", wait.reason.unblocked_by())} "since " <Moment at=wait.since/> {until}</span>
        </p>
    }
    .into_any()
}
