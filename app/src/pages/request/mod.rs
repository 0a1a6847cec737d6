//! A request: the plan as a document to read before agreeing, and what the reader can do about it.

mod blast;
mod comments;
mod compared;
mod decision;
mod hours;
mod plan;
mod rehearsals;

use leptos::prelude::*;
use model::estimate::Estimate;
use model::id::RequestId;
use model::people::Proof;
use model::rehearsal::RehearsalsView;
use model::request::RequestState;
use model::view::RequestView;

use super::params::{id_of_path, query};
use crate::api::records::load_rehearsals;
use crate::api::requests::load_request;
use crate::api::session::load_wanted_proof;
use crate::components::{Badge, GlassBanner, Moment, Page, PageHead, PrecheckList, RiskBadge, data_of, loaded};
use crate::error::Answer;
use crate::looks;
use comments::Voice;
pub use comments::thread;
use decision::Verbs;
pub use plan::{Part, Reading, part, plan};

/// Seconds between two looks at who has decided.
const REFRESH: u32 = 10;

/// The page.
#[component]
pub fn RequestPage() -> AnyView {
    let id = id_of_path::<RequestId>();
    let (verbs, voice) = (Verbs::new(), Voice::new());
    let request = data_of(move || id.get(), load);
    view! {
        <Page title="Request" refresh=REFRESH>
            {verbs.refusals()}
            {voice.refusals()}
            {loaded(request, move |(view, rehearsals, wanted)| show(view, rehearsals, wanted, (verbs, voice)))}
        </Page>
    }
    .into_any()
}

/// The plan as a document: to be printed, or read without anything to press. Of a large one, the part that the address names.
#[component]
pub fn RequestPlan() -> AnyView {
    let id = id_of_path::<RequestId>();
    let (stage, from) = (query("stage"), query("from"));
    let request = data_of(move || id.get(), |id| async move { load_request(id?).await });
    view! {
        <Page title="Plan">
            {loaded(request, move |view| {
                show_plan(&view, Part::of_query(&stage.get_untracked(), &from.get_untracked()))
            })}
        </Page>
    }
    .into_any()
}

fn show_plan(view: &RequestView, shown: Option<Part>) -> AnyView {
    let request = &view.request;
    let address = format!("/requests/{}", request.id);
    let title = format!("{} on {}", request.plan.inputs.procedure(), request.settings.name);
    let place = format!("{address}/plan");
    let document = match shown {
        Some(shown) => part(&request.plan, shown, &place),
        None => {
            let plan = plan(&request.plan, &request.digest, &place, Reading::Paper);
            view! { <div class="stack gap-6">{intent(view)} {plan}</div> }.into_any()
        }
    };
    let name = if shown.is_some() { "Plan".to_owned() } else { format!("Plan: {title}") };
    view! {
        <PageHead title=name crumbs=vec![("/".to_owned(), "Updates".to_owned()), (address.clone(), title)]>
            <a class="btn" href=address>"The whole request"</a>
        </PageHead>
        {document}
    }
    .into_any()
}

async fn load(id: Answer<RequestId>) -> Answer<(RequestView, RehearsalsView, Option<Proof>)> {
    let id = id?;
    Ok((load_request(id.clone()).await?, load_rehearsals(id).await?, load_wanted_proof().await?))
}

fn show(
    view: RequestView,
    rehearsals: RehearsalsView,
    wanted: Option<Proof>,
    (verbs, voice): (Verbs, Voice),
) -> AnyView {
    let request = &view.request;
    let environment = &request.settings;
    let title = format!("{} on {}", request.plan.inputs.procedure(), environment.name);
    let crumbs = vec![
        ("/".to_owned(), "Updates".to_owned()),
        (format!("/environments/{}", environment.id), environment.name.clone()),
    ];
    let started = match &request.state {
        RequestState::Started { run } => {
            Some(view! { <a class="btn btn-primary" href=format!("/runs/{run}")>"To the run"</a> })
        }
        RequestState::Open | RequestState::Withdrawn | RequestState::Denied => None,
    };
    let look = looks::of_request(&request.state, &view.standing);
    let (risk, document) = (environment.risk, format!("/requests/{}/plan", request.id));
    view! {
        <PageHead title=title crumbs=crumbs>
            <Badge look/>
            <RiskBadge risk/>
            {started}
            <a class="btn btn-quiet" href=document>"To print"</a>
            <a class="btn btn-small lg:hidden" href="#decision">"To the decision"</a>
        </PageHead>
        {view.glass.clone().map(|glass| view! { <GlassBanner glass with_link=true/> })}
        <div class="split">
            <div class="stack gap-6">
                {intent(&view)}
                {compared::compared(&view)}
                {plan::plan(&request.plan, &request.digest, &format!("/requests/{}/plan", request.id), Reading::Screen)}
            </div>
            <div class="stack gap-6">
                {decision::decision(&view, wanted, verbs)}
                {comments::comments(&view, voice)}
                {rehearsals::rehearsals(&request.id, &request.plan, rehearsals, verbs.rehearse)}
                {prechecks(&view)}
                {hours::hours(&view)}
            </div>
        </div>
    }
    .into_any()
}

fn intent(view: &RequestView) -> AnyView {
    let request = &view.request;
    let reason = if request.reason.is_empty() { "No reason was given.".to_owned() } else { request.reason.clone() };
    view! {
        <section class="stack-tight">
            <p class="text-base font-medium">{request.plan.summary.clone()}</p>
            <p class="text-muted">{format!("Asked for by {}. This plan was made ", request.by_name)} <Moment at=request.at/></p>
            {view.usual.map(|usual| usually(&usual))}
            <p>{reason}</p>
            {(!request.ticket.is_empty()).then(|| view! { <p class="text-muted">"Change ticket " <span class="mono">{request.ticket.clone()}</span></p> })}
        </section>
    }
    .into_any()
}

/// How long runs like this one take, and what that goes by.
fn usually(usual: &Estimate) -> AnyView {
    let words = match usual {
        Estimate::Unknown { .. } => "How long it takes is unknown.".to_owned(),
        Estimate::Range { .. } => format!("It usually takes {}.", usual.words()),
    };
    view! { <p>{words} " " <span class="text-muted">{usual.basis()}</span></p> }.into_any()
}

fn prechecks(view: &RequestView) -> AnyView {
    let checks = view.request.prechecks.clone();
    let at = view.request.at;
    view! {
        <section class="card">
            <div class="card-head"><h2>"Checked before"</h2> <span class="hint"><Moment at=at/></span></div>
            <div class="card-body">
                <p class="hint">"Looked at when the plan was made. They are looked at again at the start."</p>
                <PrecheckList checks/>
            </div>
        </section>
    }
    .into_any()
}
