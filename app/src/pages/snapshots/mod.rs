//! Snapshots of Cloudify managers: what there is on each, what is under way, and what Drydock keeps.

mod create;
mod kept;
mod manager;
mod upload;

use leptos::prelude::*;
use model::cloudify::SnapshotsView;
use model::id::EnvironmentId;
use model::people::{Person, Role};
use model::plan::Side;
use model::refusal::Refusal;

use super::params::id_of_path;
use crate::api::session::load_viewer;
use crate::api::snapshots::{DiscardUpload, load_snapshots};
use crate::components::{Badge, Moment, Page, PageHead, RefusalNotice, data_of, loaded, refusal_of};
use crate::error::Answer;
use crate::looks;

pub use create::CreateSnapshotPage;
pub use upload::UploadSnapshotPage;

/// The list.
#[component]
pub fn Snapshots() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let discard = ServerAction::<DiscardUpload>::new();
    let seen = data_of(move || id.get(), load);
    view! {
        <Page title="Snapshots" refresh=15>
            <RefusalNotice refusal=refusal_of(discard)/>
            {loaded(seen, move |(view, viewer)| show(&view, &viewer, discard))}
        </Page>
    }
    .into_any()
}

async fn load(id: Answer<EnvironmentId>) -> Answer<(SnapshotsView, Person)> {
    let view = load_snapshots(id?).await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((view, viewer))
}

fn show(view: &SnapshotsView, viewer: &Person, discard: ServerAction<DiscardUpload>) -> AnyView {
    let address = format!("/environments/{}", view.environment);
    let managers: Vec<_> = view.managers.iter().map(|one| manager::card(&address, one, view, viewer)).collect();
    let buttons = buttons(&address, view, viewer);
    view! {
        <PageHead title="Snapshots" crumbs=crumbs(view)>{buttons}</PageHead>
        {under_way(view)}
        <div class="grid gap-4">{managers}</div>
        {kept::uploads(view, viewer, discard)}
        {kept::archives(view)}
    }
    .into_any()
}

fn crumbs(view: &SnapshotsView) -> Vec<(String, String)> {
    vec![("/".to_owned(), "Updates".to_owned()), (format!("/environments/{}", view.environment), view.name.clone())]
}

/// Below a page of the list.
fn crumbs_below(view: &SnapshotsView) -> Vec<(String, String)> {
    let list = (format!("/environments/{}/snapshots", view.environment), "Snapshots".to_owned());
    crumbs(view).into_iter().chain([list]).collect()
}

fn buttons(address: &str, view: &SnapshotsView, viewer: &Person) -> AnyView {
    let again = view! { <a class="btn" href=format!("{address}/snapshots") rel="external">"Look again"</a> };
    let may_ask = viewer.may_at(Role::Requester, &view.labels);
    let barred = if !may_ask {
        Some("Asking for a snapshot needs the role requester, which you do not have.")
    } else if view.active_run.is_some() {
        Some("A run holds this environment until it ends.")
    } else {
        None
    };
    let upload =
        may_ask.then(|| view! { <a class="btn" href=format!("{address}/snapshots/upload")>"Upload an archive"</a> });
    let create = match barred {
        None => view! { <a class="btn btn-primary" href=format!("{address}/snapshots/new")>"Create snapshot"</a> }
            .into_any(),
        Some(_) => {
            view! { <button class="btn btn-primary" type="button" disabled=true>"Create snapshot"</button> }.into_any()
        }
    };
    view! {
        <div class="stack-tight">
            <div class="cluster">{create} {upload} {again}</div>
            {barred.map(|reason| view! { <p class="hint">{reason}</p> })}
        </div>
    }
    .into_any()
}

/// The run that holds the environment, and what is asked for.
fn under_way(view: &SnapshotsView) -> AnyView {
    let run = view.active_run.clone().map(|run| {
        let words = format!("{}, started by {}", run.procedure, run.by);
        let steps = format!("{} of {} steps", run.steps_done, run.steps_total);
        view! {
            <li class="cluster">
                <Badge look=looks::of_line(&run)/> <a class="link font-medium" href=format!("/runs/{}", run.id)>{words}</a>
                <span class="text-muted"><Moment at=run.created_at/> ", " {steps}</span>
            </li>
        }
    });
    let requests: Vec<_> = view
        .open_requests
        .iter()
        .map(|line| {
            view! {
                <li class="cluster">
                    <Badge look=looks::of_standing(&line.standing)/>
                    <a class="link" href=format!("/requests/{}", line.id)>{format!("{} by {}", line.procedure, line.by)}</a>
                    <span class="text-muted"><Moment at=line.at/></span>
                </li>
            }
        })
        .collect();
    if run.is_none() && requests.is_empty() {
        return ().into_any();
    }
    view! { <ul class="stack-tight">{run} {requests}</ul> }.into_any()
}

/// What a manager is called here.
fn name_of(side: Side, view: &SnapshotsView) -> &'static str {
    match (side, view.managers.len()) {
        (_, 1) => "Manager",
        (Side::Old, _) => "Old manager",
        (Side::New, _) => "New manager",
    }
}
