//! Stages and their steps, as they are now.

use leptos::prelude::*;
use model::id::RequestId;

use super::step::step;
use crate::components::ProgressBar;
use crate::islands::Beginning;
use crate::live::{LiveRun, StageOutline, StepOutline, stage_progress};

/// All stages, `finally` last.
pub fn stages(beginning: &Beginning, live: LiveRun) -> impl IntoView + use<> {
    let request = &beginning.request;
    let outline = &beginning.outline;
    let stages: Vec<_> = outline.stages.iter().enumerate().map(|(at, one)| stage(at + 1, one, request, live)).collect();
    let finally = finally(&outline.finally, request, live);
    view! { <h2>"Steps"</h2> {stages} {finally} }
}

fn stage(number: usize, stage: &StageOutline, request: &RequestId, live: LiveRun) -> impl IntoView + use<> {
    let steps: Vec<_> = stage.steps.iter().map(|one| step(one, request, live)).collect();
    let unit = stage.unit.clone();
    let title = format!("{number}. {}", stage.title);
    let stage = stage.clone();
    let progress = Memo::new(move |_| live.state.with(|state| stage_progress(&stage, state)));
    let words = move || progress.with(|progress| format!("{} of {} {unit}", progress.done, progress.of));
    view! {
        <section class="card">
            <div class="card-head"><h3>{title}</h3> <span class="num text-muted">{words}</span></div>
            <div class="card-body">
                <ProgressBar done=Signal::derive(move || progress.with(|progress| progress.done))
                    of=Signal::derive(move || progress.with(|progress| progress.of)) label="Progress of this stage"/>
                <ol class="steps">{steps}</ol>
            </div>
        </section>
    }
}

fn finally(steps: &[StepOutline], request: &RequestId, live: LiveRun) -> Option<impl IntoView + use<>> {
    let steps: Vec<_> = steps.iter().map(|one| step(one, request, live)).collect();
    (!steps.is_empty()).then(|| {
        view! {
            <section class="card">
                <div class="card-head"><h3>"At the end, whatever happened"</h3></div>
                <div class="card-body"><ol class="steps">{steps}</ol></div>
            </section>
        }
    })
}
