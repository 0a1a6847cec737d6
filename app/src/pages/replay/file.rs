//! An opened file, event by event, and its plan.

use leptos::prelude::*;
use model::id::ReplayId;
use model::plan::Plan;
use model::record::{RecordView, ReplayLine};

use crate::api::records::{load_replay, load_replay_plan};
use crate::components::{Moment, Notice, Page, PageHead, RiskBadge, data_of, loaded};
use crate::look::Look;
use crate::pages::params::{id_of_path, query};
use crate::pages::record::{Place, record, until};
use crate::pages::request::{self, Part, Reading};

/// The file event by event.
#[component]
pub fn ReplayPage() -> AnyView {
    let id = id_of_path::<ReplayId>();
    let number = query("until");
    let replay =
        data_of(move || (id.get(), until(&number.get())), |(id, until)| async move { load_replay(id?, until).await });
    view! { <Page title="Replay">{loaded(replay, |(line, view)| show(&line, view))}</Page> }.into_any()
}

fn crumbs() -> Vec<(String, String)> {
    vec![("/history".to_owned(), "History".to_owned()), ("/replay".to_owned(), "Replay a file".to_owned())]
}

fn show(line: &ReplayLine, view: RecordView) -> AnyView {
    let title = format!("Replay: {}", line.title);
    let (risk, run) = (view.head.risk, view.head.run.to_string());
    let address = format!("/replay/{}", line.id);
    let plan = format!("{address}/plan");
    let (opened, at) = (format!(", opened by {} ", line.by), line.at);
    // The environment of a file need not be one of ours.
    let place = Place { record: address, plan: plan.clone(), inventory: None };
    view! {
        <PageHead title=title crumbs=crumbs()>
            <RiskBadge risk/>
            <a class="btn btn-quiet" href=plan>"The plan"</a>
        </PageHead>
        <Notice look=Look::waiting("A file")>
            "Run " <code class="mono">{run}</code> {opened} <Moment at/>
            ". Its plan is the one that was approved, and no event is missing up to the last one."
        </Notice>
        {record(view, place)}
    }
    .into_any()
}

/// The plan in the file.
#[component]
pub fn ReplayPlan() -> AnyView {
    let id = id_of_path::<ReplayId>();
    let (stage, from) = (query("stage"), query("from"));
    let plan = data_of(move || id.get(), |id| async move { load_replay_plan(id?).await });
    view! {
        <Page title="Plan">
            {loaded(plan, move |(line, plan)| {
                show_plan(&line, &plan, Part::of_query(&stage.get_untracked(), &from.get_untracked()))
            })}
        </Page>
    }
    .into_any()
}

fn show_plan(line: &ReplayLine, plan: &Plan, shown: Option<Part>) -> AnyView {
    let address = format!("/replay/{}/plan", line.id);
    let mut crumbs = crumbs();
    crumbs.push((format!("/replay/{}", line.id), "Replay".to_owned()));
    view! {
        <PageHead title=format!("The plan: {}", line.title) crumbs=crumbs/>
        <div class="stack gap-6">
            <p class="text-base font-medium">{plan.summary.clone()}</p>
            {match shown {
                Some(shown) => request::part(plan, shown, &address),
                None => request::plan(plan, &plan.digest(), &address, Reading::Screen),
            }}
        </div>
    }
    .into_any()
}
