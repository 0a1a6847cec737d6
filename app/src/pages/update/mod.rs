//! The form of Update Framework and Update Storage Driver: which way, which order, what stays, and why.

pub mod mend;

use std::collections::BTreeSet;

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::id::EnvironmentId;
use model::inventory::Facts;
use model::open_vstorage::{Component, OpenVstorageInventory};
use model::procedure::Procedure;
use model::view::EnvironmentCard;

use crate::api::environments::load_card;
use crate::api::requests::PrepareUpdate;
use crate::components::{
    Badge, Choice, Group, Moment, Notice, Page, PageHead, PreparePlan, RefusalNotice, data_of, loaded, refusal_of,
};
use crate::look::Look;
use crate::pages::params::{id_of_path, query};
use crate::summary::open_vstorage::by_component;

/// The form; the address says for which of the two.
#[component]
pub fn Update() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let params = use_params_map();
    let procedure = Memo::new(move |_| match params.with(|params| params.get("what")).as_deref() {
        Some("storage_driver") => Procedure::UpdateStorageDriver,
        _ => Procedure::UpdateFramework,
    });
    let mend = query("mode");
    let prepare = ServerAction::<PrepareUpdate>::new();
    let card = data_of(move || id.get(), |id| async move { load_card(id?).await });
    let title = procedure.get_untracked().to_string();
    view! {
        <Page title>
            {loaded(card, move |card| match mend.get_untracked().as_str() {
                "start_stopped" => mend::start_stopped(&card, prepare),
                "put_files_back" => mend::put_files_back(&card, prepare),
                _ => show(card, procedure.get_untracked(), prepare),
            })}
        </Page>
    }
    .into_any()
}

fn show(card: EnvironmentCard, procedure: Procedure, prepare: ServerAction<PrepareUpdate>) -> AnyView {
    let id = card.environment.id.to_string();
    let crumbs =
        vec![("/".to_owned(), "Updates".to_owned()), (format!("/environments/{id}"), card.environment.name.clone())];
    let seen = match card.inventory.as_ref().map(|inventory| (&inventory.facts, inventory.taken_at)) {
        Some((Facts::OpenVstorage(cluster), at)) => what(cluster, procedure, at),
        Some((Facts::CloudStack(_) | Facts::Cloudify(_), _)) => {
            let words = format!("{} is no Open vStorage cluster.", card.environment.name);
            return view! { <Notice look=Look::failed("Not here")>{words}</Notice> }.into_any();
        }
        None => view! {
            <Notice look=Look::unknown("Nobody has looked yet")>
                "Preparing looks first, so that you can see what would be done before anything happens."
            </Notice>
        }
        .into_any(),
    };
    let which = match procedure {
        Procedure::UpdateStorageDriver => "storage_driver",
        _ => "framework",
    };
    view! {
        <PageHead title=procedure.to_string() crumbs=crumbs/>
        <p class="max-w-3xl text-muted">
            "Nothing is updated yet. Drydock looks at every node, makes a plan down to the last command, and shows it as a request for somebody else to approve."
        </p>
        <RefusalNotice refusal=refusal_of(prepare)/>
        <ActionForm action=prepare attr:class="form max-w-4xl" attr:data-guard="">
            <input type="hidden" name="environment" value=id/>
            <input type="hidden" name="inputs[which]" value=which/>
            {seen}
            {mode(procedure)}
            {(procedure == Procedure::UpdateFramework).then(order)}
            <PreparePlan refusal=refusal_of(prepare)/>
        </ActionForm>
    }
    .into_any()
}

/// What is pending of it, and which packages may stay as they are.
fn what(cluster: &OpenVstorageInventory, procedure: Procedure, at: model::time::Timestamp) -> AnyView {
    let mine = Component::of_procedure(procedure);
    let all: Vec<_> = by_component(cluster).into_iter().filter(|one| mine.contains(&one.component)).collect();
    let rows: Vec<_> = all
        .iter()
        .map(|one| view! { <li class="flex gap-2 items-start"><Badge look=one.look()/> <span class="min-w-0">{one.words()}</span></li> })
        .collect();
    // Two components may stop the same.
    let impacts: BTreeSet<String> = all.iter().filter_map(|one| one.impact(cluster)).collect();
    let impacts: Vec<_> = impacts.into_iter().map(|words| view! { <p class="font-medium">{words}</p> }).collect();
    let keep: Vec<_> = all
        .iter()
        .flat_map(|one| one.state.candidates.iter())
        .map(|(package, version)| {
            let words = format!("{package} (would become {version})");
            view! { <Choice kind="checkbox" name="inputs[keep][]" value=package.to_string()><span class="mono">{words}</span></Choice> }
        })
        .collect();
    view! {
        <Group title="What is pending">
            <p class="hint">"Seen " <Moment at=at/> "; preparing looks again."</p>
            <ul class="stack-tight">{rows}</ul>
            {impacts}
            {(!keep.is_empty()).then(|| view! {
                <details class="disclosure">
                    <summary>"Leave packages as they are"</summary>
                    <p class="hint">"Only step by step. What depends on the new version of one that stays cannot be updated, and the plan says so."</p>
                    <div class="stack-tight">{keep}</div>
                </details>
            })}
        </Group>
    }
    .into_any()
}

fn mode(procedure: Procedure) -> AnyView {
    let outage = if procedure == Procedure::UpdateStorageDriver {
        " All volumes of the cluster are offline meanwhile, either way."
    } else {
        ""
    };
    view! {
        <Group title="How">
            <Choice kind="radio" name="inputs[mode]" value="supervised" checked=true>
                <span class="font-medium">"Supervised"</span>
                <span class="hint block">
                    "The cluster's own updater does it, started on one master. Drydock watches its flags, its log, versions and services, and does not believe it before all nodes show the new versions." {outage}
                </span>
            </Choice>
            <Choice kind="radio" name="inputs[mode]" value="step_by_step">
                <span class="font-medium">"Step by step"</span>
                <span class="hint block">
                    "The vendor's manual procedure over SSH, every command shown, each step proven before the next. Works while API and GUI are down." {outage}
                </span>
            </Choice>
        </Group>
    }
    .into_any()
}

fn order() -> AnyView {
    view! {
        <Group title="Order of the migrations">
            <p class="hint">"Only step by step. The vendor's document describes the order of an older release; the updaters of later ones do it the other way round."</p>
            <Choice kind="radio" name="inputs[order]" value="by_version" checked=true>"As the updater of the target version does it"</Choice>
            <Choice kind="radio" name="inputs[order]" value="model_first">"Document order: data model first, then extensions"</Choice>
            <Choice kind="radio" name="inputs[order]" value="extensions_first">"Code order: extensions first, then data model"</Choice>
        </Group>
    }
    .into_any()
}
