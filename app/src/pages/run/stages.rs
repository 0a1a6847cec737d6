//! Stages and their steps, as they are now, with the gates between them.

use leptos::prelude::*;
use model::gate::GateId;

use super::step::step;
use crate::components::ProgressBar;
use crate::live::{Scene, StageOutline, StepOutline, stage_progress};

/// All stages, `finally` last. `plan` is the page on which the whole plan stands.
pub fn stages(plan: &str, scene: Scene) -> impl IntoView + use<> {
    let outline = scene.outline.get_value();
    let stages: Vec<_> = outline.stages.iter().enumerate().map(|(at, one)| stage(at, one, plan, scene)).collect();
    let finally = finally(&outline.finally, plan, scene);
    view! { <h2>"Steps"</h2> {stages} {finally} }
}

fn stage(at: usize, stage: &StageOutline, plan: &str, scene: Scene) -> impl IntoView + use<> {
    let title = format!("{}. {}", at + 1, stage.title);
    let unit = stage.unit.clone();
    let steps = steps(at, stage, plan, scene);
    let first_gate = (!stage.is_rolling).then(|| gate_mark(GateId::before(at, 0), scene));
    let stage = stage.clone();
    let progress = Memo::new(move |_| scene.live.state.with(|state| stage_progress(&stage, state)));
    let words = move || {
        progress.with(|progress| match progress.of {
            1 => format!("{} of 1", progress.done),
            of => format!("{} of {of} {unit}", progress.done),
        })
    };
    view! {
        <section class="card">
            <div class="card-head"><h3>{title}</h3> <span class="num text-muted">{words}</span></div>
            <div class="card-body">
                <ProgressBar done=Signal::derive(move || progress.with(|progress| progress.done))
                    of=Signal::derive(move || progress.with(|progress| progress.of)) label="Progress of this stage"/>
                {first_gate}
                <ol class="steps">{steps}</ol>
            </div>
        </section>
    }
}

/// The steps, each batch under its head where the stage goes like that.
fn steps(at: usize, stage: &StageOutline, plan: &str, scene: Scene) -> Vec<impl IntoView + use<>> {
    let mut batch = None;
    let mut row = |one: &StepOutline| {
        let is_first = stage.is_rolling && batch.replace(one.batch) != Some(one.batch);
        let head = is_first.then(|| {
            let words = format!("Batch {}", one.batch + 1);
            let gate = gate_mark(GateId::before(at, one.batch), scene);
            view! { <li class="batch"><span class="eyebrow">{words}</span> {gate}</li> }
        });
        view! { {head} {step(one, plan, scene)} }
    };
    stage.steps.iter().map(&mut row).collect()
}

/// Says that the run is at this gate, as long as it is.
fn gate_mark(gate: GateId, scene: Scene) -> impl IntoView {
    let words = Memo::new(move |_| {
        scene.live.state.with(|state| match &state.gate {
            Some(at) if at.id == gate && at.wait.is_some() => Some("Stands still here; the reason is above"),
            Some(at) if at.id == gate => Some("Looks whether the plan still fits"),
            _ => None,
        })
    });
    view! { <p class="text-waiting font-medium empty:hidden">{move || words.get()}</p> }
}

fn finally(steps: &[StepOutline], plan: &str, scene: Scene) -> Option<impl IntoView + use<>> {
    let steps: Vec<_> = steps.iter().map(|one| step(one, plan, scene)).collect();
    (!steps.is_empty()).then(|| {
        view! {
            <section class="card">
                <div class="card-head"><h3>"At the end, whatever happened"</h3></div>
                <div class="card-body"><ol class="steps">{steps}</ol></div>
            </section>
        }
    })
}
