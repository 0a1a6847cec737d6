//! One step as it is now: its state, what it waits for, what was seen.

use leptos::prelude::*;
use model::event::How;
use model::id::RequestId;
use model::run::{Status, StepState};
use model::wait::Wait;

use crate::components::{Badge, Elapsed, Icon, Moment, MomentAhead, ProgressBar};
use crate::live::{LiveRun, StepOutline};
use crate::looks;

/// A row. Command and proof stand in the approved plan, one click away.
pub fn step(step: &StepOutline, request: &RequestId, live: LiveRun) -> impl IntoView + use<> {
    let id = step.id.clone();
    let state = Memo::new(move |_| live.state.with(|state| state.steps.get(&id).cloned()));
    let look = Memo::new(move |_| state.with(|state| looks::of_step(state.as_ref())));
    let plan = format!("/requests/{request}#{}", step.id);
    view! {
        <li class=move || look.with(|look| look.tone.step_classes())>
            <span class="step-mark">{move || view! { <Icon sign=look.with(|look| look.sign)/> }}</span>
            <div class="stack-tight min-w-0">
                <div class="spread">
                    <a class="step-title hover:underline" href=plan title="Command and proof in the approved plan">{step.title.clone()}</a>
                    <span class="cluster">{move || state.get().map(times)} {move || view! { <Badge look=look.get()/> }}</span>
                </div>
                {move || state.get().map(now)}
            </div>
        </li>
    }
}

fn times(state: StepState) -> impl IntoView {
    let attempt = if state.attempt > 1 { format!("try {}, ", state.attempt) } else { String::new() };
    view! { <span class="hint">{attempt} <Elapsed from=state.started_at to=state.ended_at/></span> }
}

fn now(state: StepState) -> impl IntoView {
    let (classes, seen) = seen(&state.status);
    let job = state.job.map(|job| format!("job {job}"));
    let said = state.said.map(|said| format!("It said: {said}"));
    let progress = state.progress.map(|(done, of, note)| {
        view! {
            <ProgressBar done=done of=of label="Progress of this step"/>
            <p class="hint">{format!("{done} of {of}: {note}")}</p>
        }
    });
    view! {
        {seen.map(|words| view! { <p class=classes>{words}</p> })}
        {state.wait.map(wait_view)}
        {progress}
        {job.into_iter().chain(said).map(|words| view! { <p class="hint">{words}</p> }).collect::<Vec<_>>()}
    }
}

/// What was seen of it, and how that looks.
fn seen(status: &Status) -> (&'static str, Option<String>) {
    let classes = match status {
        Status::Running | Status::NotBegun | Status::Freed { .. } => "hidden",
        Status::Done { .. } => "text-ok",
        Status::Failed { .. } => "field-error",
        Status::Unknown { .. } => "font-medium",
        Status::Stopped { .. } | Status::Skipped { .. } => "text-warning",
    };
    let words = match status {
        Status::Running | Status::NotBegun | Status::Freed { .. } => None,
        Status::Done { how: How::Signed, evidence } => Some(format!("Signed for, not observed: {evidence}")),
        Status::Done { evidence, .. } => Some(format!("Proof: {evidence}")),
        Status::Failed { reason: words, .. }
        | Status::Unknown { question: words, .. }
        | Status::Stopped { evidence: words }
        | Status::Skipped { evidence: words } => Some(words.clone()),
    };
    (classes, words)
}

/// What for, since when, who ends it, and when it gives up.
fn wait_view(wait: Wait) -> impl IntoView {
    let until = wait.until.map(|until| view! { ", gives up " <MomentAhead at=until/> });
    view! {
        <p class="text-running">
            {format!("Waits: {}", wait.reason.words())}
            <span class="hint block">{format!("ended by {}, since ", wait.reason.unblocked_by())} <Moment at=wait.since/> {until}</span>
        </p>
    }
}
