//! The run in one glance.

use leptos::prelude::*;
use model::event::Outcome;
use model::id::EnvironmentId;
use model::run::{Phase, RunState, Status};

use crate::components::{Badge, Elapsed, Moment, Notice, ProgressBar};
use crate::live::{Link, LiveRun, Outline};
use crate::look::Look;
use crate::looks;

/// State, progress, time, and what somebody has to know at once.
pub fn status(live: LiveRun, outline: StoredValue<Outline>, environment: &EnvironmentId) -> impl IntoView + use<> {
    let inventory = format!("/environments/{environment}");
    let alarm = Memo::new(move |_| live.state.with(|state| outline.with_value(|outline| outline.alarm(state))));
    let abort = Memo::new(move |_| live.state.with(|state| state.abort.clone()));
    view! {
        <div role="alert" class="stack-tight empty:hidden">
            {move || link_notice(live.link.get()).map(|(look, words)| view! { <Notice look>{words}</Notice> })}
            {move || alarm.get().map(|words| view! { <Notice look=Look::failed("Needs a person")>{words}</Notice> })}
        </div>
        {move || abort.get().map(|abort| view! {
            <Notice look=Look::stopped(format!("{} ended this run", abort.by))>
                {if abort.reason.is_empty() { String::new() } else { format!("“{}” ", abort.reason) }}
                <Moment at=abort.at/>
            </Notice>
        })}
        {progress(live, outline, alarm)}
        {move || live.state.with(|state| what_now(state, &inventory))}
    }
}

fn progress(live: LiveRun, outline: StoredValue<Outline>, alarm: Memo<Option<String>>) -> impl IntoView {
    let look = Memo::new(move |_| live.state.with(|state| looks::of_run(state, alarm.with(Option::is_some))));
    let total = outline.with_value(Outline::steps);
    let done = Memo::new(move |_| live.state.with(|state| u32::try_from(state.steps_done()).unwrap_or(u32::MAX)));
    let (started, by) = live.state.with_untracked(|state| (state.created_at, state.started_by.clone()));
    let ended = Memo::new(move |_| live.state.with(|state| state.ended_at));
    let nothing_to_close = outline.with_value(|outline| outline.finally.is_empty());
    let verdict = Memo::new(move |_| live.state.with(|state| verdict(state, nothing_to_close)));
    view! {
        <section class="card" aria-label="Where it stands">
            <div class="card-body">
                <div class="spread">
                    <span class="cluster">
                        <span role="status">{move || view! { <Badge look=look.get()/> }}</span>
                        <span class="stat">{move || format!("{} of {total} steps proven", done.get())}</span>
                    </span>
                    <span class="text-muted">
                        {move || view! { <Elapsed from=started to=ended.get()/> }} {format!(", started by {by}, ")} <Moment at=started/>
                    </span>
                </div>
                <ProgressBar done=done of=total label="Steps proven"/>
                {move || verdict.get().map(|words| view! { <p>{words}</p> })}
            </div>
        </section>
    }
}

/// After a failure: what failed, and how to go on.
fn what_now(state: &RunState, inventory: &str) -> Option<impl IntoView + use<>> {
    if state.phase != Phase::Over(Outcome::Failed) {
        return None;
    }
    let failed = state.steps.iter().filter_map(|(id, step)| match &step.status {
        Status::Failed { reason, .. } => Some(format!("{id}: {reason}")),
        _ => None,
    });
    let failed: Vec<_> = failed.map(|words| view! { <li>{words}</li> }).collect();
    let inventory = inventory.to_owned();
    Some(view! {
        <Notice look=Look::failed("What failed, and what now")>
            <ul class="stack-tight">{failed}</ul>
            <p class="mt-2">
                "Something may be down. " <a class="link" href=inventory>"Look at the environment"</a>
                " and press “Look again”. When the cause is gone, ask for a new restart: it covers what still needs it."
            </p>
        </Notice>
    })
}

/// What came of it, in words.
fn verdict(state: &RunState, nothing_to_close: bool) -> Option<String> {
    let closed =
        if nothing_to_close { "Nothing had to be closed." } else { "Everything that was opened is closed again." };
    match state.phase {
        Phase::Stages => None,
        Phase::Finally => Some("The steps are over; what was opened is being closed.".to_owned()),
        Phase::Over(Outcome::Succeeded) => Some(format!("Every step has its proof. {closed}")),
        Phase::Over(Outcome::Incomplete) => {
            Some(format!("Not every step has its proof: two people left some out, or signed for them. {closed}"))
        }
        Phase::Over(Outcome::Failed) => Some(format!("A step failed; the steps after it were not begun. {closed}")),
        Phase::Over(Outcome::Aborted) => Some(format!("The run was ended before its last step. {closed}")),
    }
}

fn link_notice(link: Link) -> Option<(Look, &'static str)> {
    match link {
        Link::Live | Link::Ended => None,
        Link::Lost => Some((
            Look::warning("Connection lost, retrying"),
            "What is shown may be old. The run goes on without this page.",
        )),
        Link::Broken => Some((Look::failed("This page has lost track"), "Reload it. The run goes on without it.")),
    }
}
