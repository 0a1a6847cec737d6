//! One step as it is now: its state, what it waits for, what was seen.

use leptos::prelude::*;
use model::event::How;
use model::run::{Status, StepState};
use model::time::{Timestamp, limit_words};
use model::verb::Verb;
use model::wait::Wait;

use super::decisions::anchor;
use super::verbs::more_time_for;
use crate::components::{Badge, Elapsed, Icon, Moment, MomentAhead, ProgressBar};
use crate::live::{Scene, StepOutline};
use crate::looks;

/// A row. Command and proof stand in the approved plan, what there is to decide at the top: both one click away.
pub fn step(step: &StepOutline, plan: &str, scene: Scene) -> impl IntoView + use<> {
    let of = step.id.clone();
    let state = Memo::new(move |_| scene.live.state.with(|state| state.steps.get(&of).cloned()));
    let is_over = Memo::new(move |_| scene.live.state.with(|state| state.ended_at.is_some()));
    let look = Memo::new(move |_| state.with(|state| looks::of_step(state.as_ref(), is_over.get())));
    let plan = format!("{plan}#{}", step.id);
    let deadline = step.deadline;
    view! {
        <li class=move || look.with(|look| look.tone.step_classes())>
            <span class="step-mark">{move || view! { <Icon sign=look.with(|look| look.sign)/> }}</span>
            <div class="stack-tight min-w-0">
                <div class="spread">
                    <a class="step-title hover:underline" href=plan title="Command and proof in the approved plan">{step.title.clone()}</a>
                    {move || state.with(|state| standing(state.as_ref(), is_over.get()))}
                </div>
                {move || state.get().map(|state| now(state, deadline))}
                {people(step, scene)}
            </div>
        </li>
    }
}

/// What people can do about it. By memos of its own: news of the step must not close what somebody is about to send.
fn people(step: &StepOutline, scene: Scene) -> impl IntoView + use<> {
    let (of, id) = (step.id.clone(), step.id.clone());
    let is_matter = Memo::new(move |_| !scene.is_record && scene.matter(&of).is_some());
    let decide = format!("#{}", anchor(&step.id));
    let of = step.id.clone();
    let may_extend = scene.barred().is_none();
    let can_extend = Memo::new(move |_| {
        let extend = Verb::ExtendStep { step: of.clone(), seconds: 1 };
        let is_running =
            scene.live.state.with(|state| state.steps.get(&of).is_some_and(|begun| begun.status == Status::Running));
        may_extend && is_running && scene.can(&extend)
    });
    view! {
        {move || is_matter.get().then(|| view! { <p><a class="link" href=decide.clone()>"Decide at the top"</a></p> })}
        {move || can_extend.get().then(|| more_time_for(scene, &id))}
    }
}

/// How it is, which try it is, and how long it takes.
pub fn standing(state: Option<&StepState>, is_over: bool) -> impl IntoView + use<> {
    let times = state.map(|state| {
        let attempt = if state.attempt > 1 { format!("try {}, ", state.attempt) } else { String::new() };
        view! { <span class="hint">{attempt} <Elapsed from=state.started_at to=state.ended_at/></span> }
    });
    view! { <span class="cluster">{times} <Badge look=looks::of_step(state, is_over)/></span> }
}

fn now(state: StepState, deadline: u32) -> impl IntoView {
    let (classes, seen) = seen(&state.status);
    let gives_up = state.started_at.plus_seconds(i64::from(deadline) + i64::from(state.granted));
    let granted = (state.granted > 0).then(|| format!("It was given {} more.", limit_words(state.granted)));
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
        {state.wait.map(|wait| wait_view(wait, gives_up))}
        {progress}
        {job.into_iter().chain(said).chain(granted).map(|words| view! { <p class="hint">{words}</p> }).collect::<Vec<_>>()}
    }
}

/// What was seen of it, and how that looks.
pub fn seen(status: &Status) -> (&'static str, Option<String>) {
    let classes = match status {
        Status::Running | Status::NotBegun => "hidden",
        Status::Freed { .. } => "text-waiting",
        Status::Done { how: How::Acted | How::AlreadySo, .. } => "text-ok",
        Status::Failed { .. } => "field-error",
        Status::Unknown { .. } => "font-medium",
        Status::Done { how: How::Signed | How::WithErrors, .. } | Status::Stopped { .. } | Status::Skipped { .. } => {
            "text-warning"
        }
    };
    let words = match status {
        Status::Running | Status::NotBegun => None,
        Status::Freed { by } => Some(format!("{by} lets it be tried once more.")),
        Status::Done { how: How::Signed, evidence } => Some(format!("Signed for, not observed: {evidence}")),
        Status::Done { evidence, .. } => Some(format!("Proof: {evidence}")),
        Status::Skipped { evidence } => Some(format!("Left out: {evidence}")),
        Status::Failed { reason: words, .. }
        | Status::Unknown { question: words, .. }
        | Status::Stopped { evidence: words } => Some(words.clone()),
    };
    (classes, words)
}

/// What for, since when, who ends it, and when the step gives up: more time counts from when it was given.
fn wait_view(wait: Wait, gives_up: Timestamp) -> impl IntoView {
    let until = wait.until.map(|_| view! { ", gives up " <MomentAhead at=gives_up/> });
    view! {
        <p class="text-running">
            {format!("Waits: {}", wait.reason.words())}
            <span class="hint block">{format!("ended by {}, since ", wait.reason.unblocked_by())} <Moment at=wait.since/> {until}</span>
        </p>
    }
}
