//! The run in one glance: what it is doing, how far it is, what is out of service, and what can be done to it.

use leptos::prelude::*;
use model::event::Outcome;
use model::run::{RunState, Status, Wish};
use model::wait::WaitReason;
use model::words::capitalised;

use crate::components::{Badge, Elapsed, Moment, ProgressBar};
use crate::live::{Down, Outline, Scene, Situation, down, under_way_words};
use crate::looks;

/// The card. At its foot stands what can be done.
pub fn status(scene: Scene, foot: impl IntoView) -> impl IntoView {
    let live = scene.live;
    let look = Memo::new(move |_| {
        let alarm = scene.with(|state, outline| outline.alarm(state).is_some());
        scene.situation.with(|situation| looks::of_situation(situation, alarm))
    });
    let total = scene.outline.with_value(Outline::steps);
    let done = Memo::new(move |_| live.state.with(|state| count(state.steps_done())));
    let (started, by) = live.state.with_untracked(|state| (state.created_at, state.started_by.clone()));
    let ended = Memo::new(move |_| live.state.with(|state| state.ended_at));
    view! {
        <section class="card" aria-label="Where it stands">
            <div class="card-body">
                <div class="spread">
                    <span class="cluster">
                        <span role="status">{move || view! { <Badge look=look.get()/> }}</span>
                        <span class="stat">{move || format!("{} of {total} steps done", done.get())}</span>
                    </span>
                    <span class="text-muted">
                        {move || view! { <Elapsed from=started to=ended.get()/> }} {format!(", started by {by}, ")} <Moment at=started/>
                    </span>
                </div>
                <ProgressBar done=done of=total label="Steps done" tone=Signal::derive(move || look.with(|look| look.tone))/>
                {move || headline(scene)}
                {out_of_service(scene)}
            </div>
            {foot}
        </section>
    }
}

/// What is going on, and what comes of it.
fn headline(scene: Scene) -> impl IntoView {
    let situation = scene.situation.get();
    let words = scene.with(|state, outline| sentence(&situation, state, outline));
    let wish = match situation {
        Situation::Pausing { wish, .. } | Situation::Paused(wish) => Some(wish),
        _ => None,
    };
    view! { <p class="empty:hidden">{words} {wish.map(wished)}</p> }
}

fn wished(wish: Wish) -> impl IntoView {
    let reason = if wish.reason.is_empty() { String::new() } else { format!(": “{}”", wish.reason) };
    view! { {format!(" {} wanted this ", wish.by)} <Moment at=wish.at/> {reason} }
}

fn sentence(situation: &Situation, state: &RunState, outline: &Outline) -> Option<String> {
    let closed = if outline.finally.is_empty() {
        "Nothing had to be closed."
    } else {
        "Everything that was opened is closed again."
    };
    Some(match situation {
        Situation::Working => under_way(state, outline)?,
        Situation::Looking(gate) => format!("Looks whether the plan still fits, {}.", gate.words()),
        Situation::Closed { wait, .. } if matches!(wait.reason, WaitReason::Confirmation { .. }) => {
            "Nothing new begins until somebody has confirmed.".to_owned()
        }
        Situation::Closed { .. } => "Nothing new begins until the plan fits again.".to_owned(),
        Situation::Held(_) => "Nothing new begins until somebody decides.".to_owned(),
        Situation::Asking => "Nothing moves until somebody has said what became of the step above.".to_owned(),
        Situation::Aborting { under_way: 0 } => "Nothing new begins.".to_owned(),
        Situation::Aborting { under_way } => format!("{} is being ended.", capitalised(&under_way_words(*under_way))),
        Situation::Closing => "The steps are over; what was opened is being closed.".to_owned(),
        Situation::Over(Outcome::Succeeded) => format!("Every step has its proof. {closed}"),
        Situation::Over(Outcome::WithErrors) => {
            let flawed = flawed(state, outline).join(", ");
            format!("Every step is done, and the platform has told of errors on the way ({flawed}). {closed}")
        }
        Situation::Over(Outcome::Incomplete) => {
            let unproven = unproven(state, outline).join(", ");
            format!("Not every step has its proof: two people left some out, or signed for them ({unproven}). {closed}")
        }
        Situation::Over(Outcome::Failed) => format!("A step failed; the steps after it were not begun. {closed}"),
        Situation::Over(Outcome::Aborted) => format!("The run was ended before its last step. {closed}"),
        Situation::Pausing { under_way, .. } => {
            format!("Nothing new begins; it stands still after {}.", under_way_words(*under_way))
        }
        Situation::Paused(_) => {
            "Nothing begins until somebody resumes it; then it looks at the environment again first.".to_owned()
        }
    })
}

/// The first steps under way, by their titles.
fn under_way(state: &RunState, outline: &Outline) -> Option<String> {
    let titles: Vec<&str> = outline
        .all()
        .filter(|step| state.steps.get(&step.id).is_some_and(|begun| begun.status == Status::Running))
        .map(|step| step.title.as_str())
        .collect();
    let more = titles.len().saturating_sub(SHOWN);
    let shown = titles.get(..SHOWN).unwrap_or(&titles).join(", ");
    match (titles.len(), more) {
        (0, _) => None,
        (_, 0) => Some(format!("Under way: {shown}.")),
        (_, more) => Some(format!("Under way: {shown} and {more} more.")),
    }
}

/// How many names a sentence can take.
const SHOWN: usize = 3;

/// What was skipped or signed for.
fn unproven<'o>(state: &RunState, outline: &'o Outline) -> Vec<&'o str> {
    let by_word = |id| {
        let begun = state.steps.get(id).map(|begun| &begun.status);
        matches!(begun, Some(Status::Skipped { .. } | Status::Done { how: model::event::How::Signed, .. }))
    };
    outline.all().filter(|step| by_word(&step.id)).map(|step| step.title.as_str()).collect()
}

/// Where the platform has told of errors.
fn flawed<'o>(state: &RunState, outline: &'o Outline) -> Vec<&'o str> {
    let has_errors = |id| {
        let begun = state.steps.get(id).map(|begun| &begun.status);
        matches!(begun, Some(Status::Done { how: model::event::How::WithErrors, .. }))
    };
    outline.all().filter(|step| has_errors(&step.id)).map(|step| step.title.as_str()).collect()
}

/// What people may miss now; afterwards that stands with what is left to do.
fn out_of_service(scene: Scene) -> impl IntoView {
    let down = Memo::new(move |_| match scene.situation.get() {
        Situation::Over(_) => [String::new(), String::new()],
        _ => {
            let all = scene.with(|state, outline| down(outline, state));
            [true, false].map(|under_way| names(all.iter().filter(|one| one.is_under_way == under_way)))
        }
    });
    let line = move |words: &'static str, names: String| {
        (!names.is_empty()).then(|| view! { <p><span class="text-muted">{words}</span> {names}</p> })
    };
    move || {
        let [now, perhaps] = down.get();
        [line("Out of service meanwhile: ", now), line("May be down: ", perhaps)].into_iter().collect::<Vec<_>>()
    }
}

fn names<'d>(down: impl Iterator<Item = &'d Down>) -> String {
    down.map(|one| one.vm.as_deref().unwrap_or(&one.impact)).collect::<Vec<_>>().join(", ")
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
