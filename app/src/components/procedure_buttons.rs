//! The buttons that begin a request, or why they cannot be pressed now.

use leptos::prelude::*;
use model::environment::Platform;
use model::inventory::Facts;
use model::people::{Person, Role};
use model::procedure::Procedure;
use model::view::EnvironmentCard;

use crate::summary::open_vstorage;

/// One button for each procedure of the platform. One that would be refused later is barred here, with the reason.
#[component]
pub fn ProcedureButtons(card: EnvironmentCard, viewer: Person) -> AnyView {
    let platform = card.environment.platform.platform();
    let mine =
        Procedure::ALL.into_iter().filter(|procedure| procedure.platform() == platform && has_button(*procedure));
    let barred = why_none(&card, &viewer);
    let buttons: Vec<_> = mine
        .clone()
        .map(|procedure| {
            let reason = if barred.is_some() { Some(None) } else { why_not(&card, procedure).map(Some) };
            button(&card, procedure, reason)
        })
        .collect();
    let snapshots = (platform == Platform::Cloudify).then(
        || view! { <a class="btn" href=format!("/environments/{}/snapshots", card.environment.id)>"Snapshots"</a> },
    );
    let watch = card.active_run.map(|run| view! { <a class="link" href=format!("/runs/{}", run.id)>"Watch it"</a> });
    view! {
        <div class="stack-tight max-w-md">
            <div class="cluster">{buttons} {snapshots}</div>
            {barred.map(|reason| view! { <p class="hint">{reason} " " {watch}</p> })}
        </div>
    }
    .into_any()
}

/// `Some` bars it; the reason stands below it unless it is the same for all.
fn button(card: &EnvironmentCard, procedure: Procedure, barred: Option<Option<String>>) -> AnyView {
    match barred {
        None => {
            let href = format!("/environments/{}/{}", card.environment.id, page_of(procedure));
            view! { <a class="btn btn-primary" href=href>{procedure.to_string()}</a> }.into_any()
        }
        Some(reason) => view! {
            <div class="stack-tight">
                <div><button class="btn btn-primary" type="button" disabled=true>{procedure.to_string()}</button></div>
                {reason.map(|reason| view! { <p class="hint">{reason}</p> })}
            </div>
        }
        .into_any(),
    }
}

/// The others are reached from the page of snapshots, which shows what there is first.
const fn has_button(procedure: Procedure) -> bool {
    !matches!(procedure, Procedure::CreateSnapshot | Procedure::UploadSnapshot)
}

/// Where it is asked for, below the address of its environment.
pub const fn page_of(procedure: Procedure) -> &'static str {
    match procedure {
        Procedure::RestartSystemVms => "restart",
        Procedure::UpdateFramework => "update/framework",
        Procedure::UpdateStorageDriver => "update/storage_driver",
        Procedure::MigrateManager => "migrate",
        Procedure::CreateSnapshot => "snapshots/new",
        Procedure::UploadSnapshot => "snapshots/upload",
    }
}

/// Why nothing can be asked for now.
fn why_none(card: &EnvironmentCard, viewer: &Person) -> Option<String> {
    if !viewer.may_at(Role::Requester, &card.environment.labels) {
        let what = match card.environment.platform.platform() {
            Platform::CloudStack => "a restart",
            Platform::OpenVstorage => "an update",
            Platform::Cloudify => "a migration",
        };
        return Some(format!("Asking for {what} needs the role requester, which you do not have."));
    }
    if let Some(run) = &card.active_run {
        return Some(format!("A run started by {} holds this environment until it ends.", run.by));
    }
    None
}

/// Why this one makes no sense now.
fn why_not(card: &EnvironmentCard, procedure: Procedure) -> Option<String> {
    match &card.inventory.as_ref()?.facts {
        Facts::OpenVstorage(cluster) => open_vstorage::nothing_to_do(cluster, procedure),
        Facts::CloudStack(_) | Facts::Cloudify(_) => None,
    }
}
