//! The run in one glance.

use leptos::prelude::*;
use model::event::Outcome;
use model::plan::Plan;
use model::run::{Phase, RunState};
use model::view::RunView;

use super::alarm;
use crate::components::{Badge, Elapsed, Moment, Notice, PageHead, ProgressBar, RiskBadge};
use crate::live::{Link, LiveRun};
use crate::look::Look;
use crate::looks;

/// State, progress, time, and what somebody has to know at once.
pub fn head(view: &RunView, live: LiveRun, plan: StoredValue<Plan>) -> AnyView {
    let line = &view.line;
    let title = format!("{} on {}", line.procedure, line.environment_name);
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", line.environment), line.environment_name.clone()),
    ];
    let look = Memo::new(move |_| {
        let is_alarmed = alarm(live, plan).is_some();
        live.state.with(|state| looks::of_run(state, is_alarmed))
    });
    let (risk, request) = (line.risk, format!("/requests/{}", line.request));
    view! {
        <PageHead title=title crumbs=crumbs>
            <span role="status">{move || view! { <Badge look=look.get()/> }}</span>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=request>"The approved plan"</a>
        </PageHead>
        <div role="alert" class="stack-tight">
            {move || link_notice(live.link.get())}
            {move || alarm(live, plan).map(|words| view! { <Notice look=Look::failed("Needs a person")>{words}</Notice> })}
        </div>
        {move || live.state.with(|state| state.abort.clone()).map(|abort| view! {
            <Notice look=Look::stopped(format!("{} ended this run", abort.by))>
                {if abort.reason.is_empty() { String::new() } else { format!("“{}” ", abort.reason) }} <Moment at=abort.at/>
            </Notice>
        })}
        {progress(view, live, plan)}
    }
    .into_any()
}

fn progress(view: &RunView, live: LiveRun, plan: StoredValue<Plan>) -> AnyView {
    let total = u32::try_from(plan.with_value(|plan| plan.steps().count())).unwrap_or(u32::MAX);
    let done = Memo::new(move |_| live.state.with(|state| u32::try_from(state.steps_done()).unwrap_or(u32::MAX)));
    let started = view.line.created_at;
    let by = view.line.by.clone();
    let ended = Memo::new(move |_| live.state.with(|state| state.ended_at));
    let verdict = move || live.state.with(|state| verdict(state, plan));
    view! {
        <section class="card">
            <div class="card-body">
                <div class="spread">
                    <span class="stat">{move || format!("{} of {total} steps proven", done.get())}</span>
                    <span class="text-muted">
                        {move || view! { <Elapsed from=started to=ended.get()/> }}
                        {format!(", started by {by}, ")} <Moment at=started/>
                    </span>
                </div>
                <ProgressBar done=done of=total label="Steps proven"/>
                {move || verdict().map(|words| view! { <p>{words}</p> })}
            </div>
        </section>
    }
    .into_any()
}

/// What came of it, in words.
fn verdict(state: &RunState, plan: StoredValue<Plan>) -> Option<String> {
    let closed = plan.with_value(|plan| {
        if plan.finally.is_empty() {
            "Nothing had to be closed."
        } else {
            "Everything that was opened is closed again."
        }
    });
    match state.phase {
        Phase::Stages => None,
        Phase::Finally => Some("The steps are over; what was opened is being closed.".to_owned()),
        Phase::Over(Outcome::Succeeded) => Some(format!("Every step has its proof. {closed}")),
        Phase::Over(Outcome::Failed) => Some(format!("A step failed; the steps after it were not begun. {closed}")),
        Phase::Over(Outcome::Aborted) => Some(format!("The run was ended before its last step. {closed}")),
    }
}

fn link_notice(link: Link) -> Option<AnyView> {
    match link {
        Link::Live | Link::Ended => None,
        Link::Lost => Some(
            view! {
                <Notice look=Look::warning("Connection lost, retrying")>
                    "What is shown may be old. The run goes on without this page."
                </Notice>
            }
            .into_any(),
        ),
        Link::Broken => Some(
            view! { <Notice look=Look::failed("This page has lost track")>"Reload it. The run goes on without it."</Notice> }.into_any(),
        ),
    }
}
