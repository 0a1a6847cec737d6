//! One environment: what is going on, what is pending, what can be done.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::first_use::{FirstStep, next_step};
use model::people::{Person, Role};
use model::view::{EnvironmentCard, RequestLine, RunLine};
use model::words::capitalised;

use crate::api::environments::LookAgain;
use crate::components::{
    Badge, GlassBanner, Moment, Notice, ProcedureButtons, ProgressBar, RiskBadge, left_words, summary_list,
};
use crate::look::{Look, Tone};
use crate::looks;
use crate::summary::{self, Told};

/// Where an environment stands on the page.
pub fn anchor(card: &EnvironmentCard) -> String {
    format!("environment-{}", card.environment.id)
}

/// A card.
#[component]
pub fn Card(card: EnvironmentCard, viewer: Person, look: ServerAction<LookAgain>) -> AnyView {
    let address = format!("/environments/{}", card.environment.id);
    view! {
        <article class=tone(&card).card_classes() id=anchor(&card) aria-label=card.environment.name.clone()>
            <div class="card-head">
                <h3><a class="link" href=address>{card.environment.name.clone()}</a></h3>
                {labels(&card)}
            </div>
            <div class="card-body">
                {unreviewed(&card)}
                {card.active_run.clone().map(active_run)}
                {look_failed(&card)}
                {pending(&card, viewer.may(Role::Admin))}
                {requests(&card.open_requests)}
                {last_run(card.last_run.as_ref())}
            </div>
            <div class="card-foot">{deeds(&card, &viewer, look)}</div>
        </article>
    }
    .into_any()
}

/// What people call it besides its name, and how bad it would be.
pub fn labels(card: &EnvironmentCard) -> AnyView {
    let labels: Vec<_> =
        card.environment.labels.iter().cloned().map(|label| view! { <span class="badge">{label}</span> }).collect();
    view! { <div class="cluster">{labels} <RiskBadge risk=card.environment.risk/></div> }.into_any()
}

/// Runs without approvals that nobody has reviewed yet.
pub fn unreviewed(card: &EnvironmentCard) -> AnyView {
    let banners = card.unreviewed.iter().cloned().map(|glass| view! { <GlassBanner glass with_link=true/> });
    banners.collect::<Vec<_>>().into_any()
}

/// That what is shown is older than the last try to look.
pub fn look_failed(card: &EnvironmentCard) -> AnyView {
    let error = card.inventory_error.clone();
    error.map(|error| view! { <Notice look=Look::unknown("The last look failed")>{error}</Notice> }).into_any()
}

/// What can be done: the procedures, another look, and the settings.
pub fn deeds(card: &EnvironmentCard, viewer: &Person, look: ServerAction<LookAgain>) -> AnyView {
    let id = card.environment.id.to_string();
    let settings = viewer.may(Role::Admin).then(|| format!("/environments/{id}/settings"));
    view! {
        <ProcedureButtons card=card.clone() viewer=viewer.clone()/>
        <ActionForm action=look>
            <input type="hidden" name="environment" value=id/>
            <button class="btn" type="submit" data-busy="Looking …">"Look again"</button>
        </ActionForm>
        {settings.map(|href| view! { <a class="btn btn-quiet px-2" href=href>"Settings"</a> })}
    }
    .into_any()
}

/// The colour of a card: what matters most about it.
pub fn tone(card: &EnvironmentCard) -> Tone {
    if let Some(run) = &card.active_run {
        return looks::of_line(run).tone;
    }
    card.inventory.as_ref().map_or(Tone::Unknown, summary::tone)
}

/// The run under way.
pub fn active_run(run: RunLine) -> AnyView {
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
    let Told { what, lines, question, impacts } = summary::told(inventory);
    let rows = summary_list(lines, question, impacts);
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

/// The requests that are open.
pub fn requests(lines: &[RequestLine]) -> AnyView {
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

fn last_run(run: Option<&RunLine>) -> Option<AnyView> {
    Some(view! { <p class="cluster text-muted">"Last run: " {past_run(run?)}</p> }.into_any())
}

/// A run that is over: how, what, by whom, when.
pub fn past_run(run: &RunLine) -> AnyView {
    let (href, words) = (format!("/runs/{}", run.id), format!("{} by {}", run.procedure, run.by));
    view! { <Badge look=looks::of_line(run)/> <a class="link" href=href>{words}</a> <Moment at=run.ended_at.unwrap_or(run.created_at)/> }
        .into_any()
}
