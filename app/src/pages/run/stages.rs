//! Stages and their steps, as they are now.

use leptos::prelude::*;
use model::plan::{Plan, Stage, Step};

use super::step::step;
use crate::components::ProgressBar;
use crate::live::{LiveRun, stage_progress};

/// All stages, `finally` last.
pub fn stages(plan: &Plan, live: LiveRun) -> AnyView {
    let stages: Vec<_> = plan.stages.iter().enumerate().map(|(at, one)| stage(at + 1, one, live)).collect();
    view! { <h2>"Steps"</h2> {stages} {finally(&plan.finally, live)} }.into_any()
}

fn stage(number: usize, stage: &Stage, live: LiveRun) -> AnyView {
    let steps: Vec<_> = stage.steps.iter().map(|one| step(one, live)).collect();
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
    .into_any()
}

fn finally(steps: &[Step], live: LiveRun) -> AnyView {
    if steps.is_empty() {
        return ().into_any();
    }
    let steps: Vec<_> = steps.iter().map(|one| step(one, live)).collect();
    view! {
        <section class="card">
            <div class="card-head"><h3>"At the end, whatever happened"</h3></div>
            <div class="card-body"><ol class="steps">{steps}</ol></div>
        </section>
    }
    .into_any()
}
