//! A run: how it is, what there is to decide, how far it is, what was printed, and what can be done to it.

pub mod abort;
pub mod attention;
pub mod by_hand;
pub mod decisions;
mod log_page;
pub mod log_view;
mod people;
mod picture;
mod refusals;
mod replay;
pub mod stages;
pub mod status;
mod step;
mod verb_form;
pub mod verbs;

use leptos::prelude::*;
use leptos_meta::Title;
use model::comment::Comment;
use model::estimate::Estimate;
use model::id::{RequestId, RunId};
use model::time::Timestamp;
use model::view::RunView;

use super::params::id_of_path;
use super::request::thread;
use crate::api::runs::load_run;
use crate::components::{ClockTime, Copyable, Moment, Page, PageHead, RiskBadge, data_of, loaded};
use crate::islands::{Beginning, OneWay, RunLive};
use crate::live::{Outline, Tab};

pub use log_page::RunLog;
pub use picture::RunPicture;
pub use replay::RunReplay;

/// The page. What is loaded is only the beginning; the rest comes as events.
#[component]
pub fn RunPage() -> AnyView {
    let id = id_of_path::<RunId>();
    let run = data_of(move || id.get(), |id| async move { load_run(id?).await });
    let verbs = people::Verbs::new();
    view! {
        <Page title="Run">
            {refusals::refusals()}
            {verbs.refusals()}
            {loaded(run, move |view| show(view, verbs))}
        </Page>
    }
    .into_any()
}

fn show(view: RunView, verbs: people::Verbs) -> AnyView {
    let line = &view.line;
    let title = format!("{} on {}", line.procedure, line.environment_name);
    let outline = Outline::of(&view.plan);
    let tab = Tab::of(&view.state, &outline, &title).title;
    let name = title.clone();
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", line.environment), line.environment_name.clone()),
    ];
    let (risk, request, run) = (line.risk, format!("/requests/{}", line.request), format!("/runs/{}", line.id));
    let said = said(&view.comments, &line.request);
    let (glass, hands) = (people::glass(&view, verbs), people::hands(&view, verbs));
    let (gate, by_hand) = (people::gate(&view, verbs), by_hand::by_hand(&view));
    let (left, compare, id) = (left(&view), compare(&view), view.line.id.to_string());
    view! {
        <PageHead title=title crumbs=crumbs>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=request>"The approved plan"</a>
            <a class="btn btn-quiet" href=format!("{run}/picture")>"Matrix and timeline"</a>
            <div class="contents" data-part="compare">{compare}</div>
            <a class="btn btn-quiet" href=format!("{run}/replay")>"Replay"</a>
            <a class="btn btn-quiet" href=format!("{run}/export") download="" rel="external">"Export"</a>
            <a class="btn btn-quiet" href=format!("{run}/evidence") download="" rel="external">"Evidence pack"</a>
        </PageHead>
        <Title text=tab/>
        <noscript>
            <p class="hint">"Without JavaScript this page does not follow the run. " <a class="link" href="">"Look again"</a></p>
        </noscript>
        <div class="contents" data-part="now">{left} {glass} {gate} {by_hand}</div>
        <RunLive beginning=OneWay(beginning(view, outline, name))/>
        <div class="contents" data-part="people">{hands} {said}</div>
        <div class="stack-tight">
            <p class="hint">"Its id, for a ticket or a command:"</p>
            <Copyable what="the id"><code class="mono">{id}</code></Copyable>
        </div>
    }
    .into_any()
}

/// How long it may still take, as of when this was rendered: the moments that it names stay what they are.
fn left(view: &RunView) -> AnyView {
    let Some(left) = view.line.left else { return ().into_any() };
    let words = match left {
        Estimate::Unknown { .. } => view! { "How long it will still take is unknown. " }.into_any(),
        Estimate::Range { from, to, .. } => {
            let at = |left: i64| Timestamp(view.now.0.saturating_add(left));
            view! {
                {format!("Still to work: {}, as of ", left.words())} <Moment at=view.now/>
                "; it would be over between " <ClockTime at=at(from)/> " and " <ClockTime at=at(to)/> " if nobody has to be waited for. "
            }
            .into_any()
        }
    };
    view! { <p>{words} <span class="text-muted">{left.basis()}</span></p> }.into_any()
}

/// The way to the comparison with the run before it.
fn compare(view: &RunView) -> Option<AnyView> {
    let previous = view.previous.as_ref().filter(|_| view.line.outcome.is_some())?;
    let href = format!("/history/compare?a={previous}&b={}", view.line.id);
    Some(view! { <a class="btn btn-quiet" href=href>"Compare with the previous run"</a> }.into_any())
}

/// What was said about the request before and since; to be read here, and said there.
fn said(comments: &[Comment], request: &RequestId) -> AnyView {
    if comments.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="card">
            <div class="card-head">
                <h2>"What was said about it"</h2>
                <a class="link" href=format!("/requests/{request}#comments")>"Say something"</a>
            </div>
            <div class="card-body">{thread(comments)}</div>
        </section>
    }
    .into_any()
}

fn beginning(view: RunView, outline: Outline, name: String) -> Beginning {
    Beginning {
        run: view.line.id,
        name,
        environment: view.line.environment,
        request: view.line.request,
        outline,
        state: view.state,
        output: view.output,
        output_cut: view.output_cut,
        viewer: view.viewer,
        may_intervene: view.may_intervene,
        may_agree: view.may_agree,
    }
}
