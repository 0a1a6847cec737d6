//! One environment: what is going on, what is pending, what can be done.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::cloudify::CloudifyInventory;
use model::cloudstack::CloudStackInventory;
use model::first_use::{FirstStep, next_step};
use model::inventory::Facts;
use model::observed::Observed;
use model::people::{Person, Role};
use model::view::{EnvironmentCard, RequestLine, RunLine};
use model::words::capitalised;

use crate::api::environments::LookAgain;
use crate::components::{
    Badge, GlassBanner, Moment, Notice, ProcedureButtons, ProgressBar, RiskBadge, cluster_summary, left_words,
    summary_list,
};
use crate::look::{Look, Tone};
use crate::looks;
use crate::summary::{self, cloudify, cloudstack};

/// A card.
#[component]
pub fn Card(card: EnvironmentCard, viewer: Person, look: ServerAction<LookAgain>) -> AnyView {
    let id = card.environment.id.to_string();
    let address = format!("/environments/{id}");
    let is_admin = viewer.may(Role::Admin);
    let labels: Vec<String> = card.environment.labels.iter().cloned().collect();
    view! {
        <article class=tone(&card).card_classes() aria-label=card.environment.name.clone()>
            <div class="card-head">
                <h3><a class="link" href=address.clone()>{card.environment.name.clone()}</a></h3>
                <div class="cluster">
                    {labels.into_iter().map(|label| view! { <span class="badge">{label}</span> }).collect::<Vec<_>>()}
                    <RiskBadge risk=card.environment.risk/>
                </div>
            </div>
            <div class="card-body">
                {card.unreviewed.clone().into_iter().map(|glass| view! { <GlassBanner glass with_link=true/> }).collect::<Vec<_>>()}
                {card.active_run.clone().map(active_run)}
                {card.inventory_error.clone().map(|error| view! {
                    <Notice look=Look::unknown("The last look failed")>{error}</Notice>
                })}
                {pending(&card, is_admin)}
                {requests(&card.open_requests)}
                {last_run(card.last_run.as_ref())}
            </div>
            <div class="card-foot">
                <ProcedureButtons card=card.clone() viewer/>
                <ActionForm action=look>
                    <input type="hidden" name="environment" value=id.clone()/>
                    <button class="btn" type="submit" data-busy="Looking …">"Look again"</button>
                </ActionForm>
                {is_admin.then(|| view! {
                    <a class="btn btn-quiet px-2" href=format!("{address}/settings")>"Settings"</a>
                })}
            </div>
        </article>
    }
    .into_any()
}

/// The colour of a card: what matters most about it.
fn tone(card: &EnvironmentCard) -> Tone {
    if let Some(run) = &card.active_run {
        return looks::of_line(run).tone;
    }
    card.inventory.as_ref().map_or(Tone::Unknown, summary::tone)
}

fn active_run(run: RunLine) -> AnyView {
    let href = format!("/runs/{}", run.id);
    let (done, of) = (run.steps_done, run.steps_total);
    view! {
        <div class="stack-tight">
            <div class="spread">
                <span class="cluster"><Badge look=looks::of_line(&run)/> <a class="link font-medium" href=href>{run.procedure.to_string()}</a></span>
                <span class="text-muted">{format!("{done} of {of} steps")}</span>
            </div>
            <ProgressBar done=done of=of label="Steps done"/>
            {run.left.map(|left| view! { <p class="hint" title=left.basis()>{capitalised(&left_words(&left))}</p> })}
            {run.alarm.clone().map(|alarm| view! { <p class="field-error">{alarm}</p> })}
            <p class="text-muted">{format!("Started by {}, ", run.by)} <Moment at=run.created_at/> ". It holds this environment until it ends."</p>
        </div>
    }.into_any()
}

fn pending(card: &EnvironmentCard, is_admin: bool) -> AnyView {
    let Some(inventory) = &card.inventory else { return nobody_has_looked(card, is_admin) };
    let (what, rows) = match &inventory.facts {
        Facts::CloudStack(cloud) => (version_words("CloudStack", &cloud.version), cloud_rows(cloud)),
        Facts::OpenVstorage(cluster) => (version_words("Open vStorage", &cluster.release), cluster_summary(cluster)),
        Facts::Cloudify(managers) => (cloudify::versions(managers), managers_rows(managers)),
    };
    view! {
        <p class="text-muted">{what} ", seen " <Moment at=inventory.taken_at/></p>
        {rows}
    }
    .into_any()
}

fn nobody_has_looked(card: &EnvironmentCard, is_admin: bool) -> AnyView {
    let at = next_step(&card.environment, card.inventory_error.is_some());
    let connection = format!("/environments/{}/connection", card.environment.id);
    view! {
        <Notice look=Look::unknown("Nobody has looked yet")>
            {match (at, is_admin) {
                (FirstStep::Look, _) => "Press “Look again” to find out what is pending.".into_any(),
                (_, true) => view! { "Next: " <a class="link" href=connection>"test the connection"</a> "." }.into_any(),
                (_, false) => "An admin tests the connection first.".into_any(),
            }}
        </Notice>
    }
    .into_any()
}

fn version_words(product: &str, version: &Observed<String>) -> String {
    match version.value() {
        Some(version) => format!("{product} {version}"),
        None => format!("Version unknown: {}", version.reason().unwrap_or_default()),
    }
}

fn cloud_rows(cloud: &CloudStackInventory) -> AnyView {
    match cloudstack::by_kind(cloud) {
        Ok(kinds) => {
            let impacts = kinds.iter().filter_map(cloudstack::KindSummary::impact).map(str::to_owned).collect();
            let rows = kinds.iter().map(|kind| (kind.look(), kind.words(), None)).collect();
            summary_list(rows, "What a restart would stop", impacts)
        }
        Err(reason) => {
            let reason = reason.to_owned();
            view! { <Notice look=Look::unknown("System VMs unknown")>{reason}</Notice> }.into_any()
        }
    }
}

fn managers_rows(managers: &CloudifyInventory) -> AnyView {
    let rows = cloudify::managers(managers).iter().map(|one| (one.look(), one.words(), one.below())).collect();
    let impacts = vec![cloudify::IMPACT.to_owned()];
    summary_list(rows, "What a migration would stop", impacts)
}

fn requests(lines: &[RequestLine]) -> AnyView {
    let rows: Vec<_> = lines
        .iter()
        .map(|line| view! {
            <li class="cluster">
                <Badge look=looks::of_standing(&line.standing)/>
                <a class="link" href=format!("/requests/{}", line.id)>{format!("{} by {}", line.procedure, line.by)}</a>
                <span class="text-muted"><Moment at=line.at/></span>
            </li>
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <div class="stack-tight"><p class="eyebrow">"Open requests"</p> <ul class="stack-tight">{rows}</ul></div> }).into_any()
}

fn last_run(run: Option<&RunLine>) -> AnyView {
    run.cloned()
        .map(|run| {
            view! {
                <p class="cluster text-muted">
                    "Last run: " <Badge look=looks::of_line(&run)/>
                    <a class="link" href=format!("/runs/{}", run.id)>{format!("{} by {}", run.procedure, run.by)}</a>
                    <Moment at=run.ended_at.unwrap_or(run.created_at)/>
                </p>
            }
        })
        .into_any()
}
