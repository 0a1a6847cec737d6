//! What is known of one environment. What there is to show differs by platform.

mod cloudify;
mod cloudstack;
mod open_vstorage;

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::first_use::{FirstStep, next_step};
use model::id::EnvironmentId;
use model::inventory::{Facts, Inventory};
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::view::EnvironmentCard;

use super::params::{id_of_path, query};
use crate::api::environments::{LookAgain, load_card};
use crate::api::session::load_viewer;
use crate::components::{
    FirstUse, Moment, Notice, Page, PageHead, ProcedureButtons, RefusalNotice, RiskBadge, data_of, loaded, refusal_of,
};
use crate::error::Answer;
use crate::look::Look;

/// The inventory.
#[component]
pub fn EnvironmentPage() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let look = ServerAction::<LookAgain>::new();
    let node = query("node");
    let card = data_of(move || id.get(), load);
    view! {
        <Page title="Environment">
            <RefusalNotice refusal=refusal_of(look)/>
            {loaded(card, move |(card, viewer)| show(card, &viewer, look, &node.get_untracked()))}
        </Page>
    }
    .into_any()
}

async fn load(id: Answer<EnvironmentId>) -> Answer<(EnvironmentCard, Person)> {
    let card = load_card(id?).await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((card, viewer))
}

fn show(card: EnvironmentCard, viewer: &Person, look: ServerAction<LookAgain>, node: &str) -> AnyView {
    let id = card.environment.id.to_string();
    let address = format!("/environments/{id}");
    let body = match &card.inventory {
        Some(inventory) => inventory_view(&address, inventory, node),
        None => nobody_has_looked(&card, viewer, look),
    };
    let is_admin = viewer.may(Role::Admin);
    let (risk, error, has_inventory) = (card.environment.risk, card.inventory_error.clone(), card.inventory.is_some());
    let (title, viewer) = (card.environment.name.clone(), viewer.clone());
    let settings = format!("{address}/settings");
    let failed = if has_inventory { "The last look failed; what follows is older" } else { "The last look failed" };
    view! {
        <PageHead title=title crumbs=vec![("/".to_owned(), "Updates".to_owned())]>
            <RiskBadge risk/>
            <ActionForm action=look>
                <input type="hidden" name="environment" value=id/>
                <button class="btn" type="submit" data-busy="Looking …">"Look again"</button>
            </ActionForm>
            <ProcedureButtons card viewer/>
            {is_admin.then(|| view! { <a class="btn btn-quiet" href=settings>"Settings"</a> })}
        </PageHead>
        {error.map(|error| view! { <Notice look=Look::unknown(failed)>{error}</Notice> })}
        {body}
    }
    .into_any()
}

/// The way to the first look, with its next step.
fn nobody_has_looked(card: &EnvironmentCard, viewer: &Person, look: ServerAction<LookAgain>) -> AnyView {
    let environment = &card.environment;
    let at = next_step(environment, card.inventory_error.is_some());
    let id = environment.id.to_string();
    let next = if at == FirstStep::Look {
        view! {
            <p>"Nobody has looked at this environment yet. A look changes nothing there."</p>
            <ActionForm action=look>
                <input type="hidden" name="environment" value=id/>
                <button class="btn btn-primary" type="submit" data-busy="Looking …">"Look for the first time"</button>
            </ActionForm>
        }
        .into_any()
    } else if viewer.may(Role::Admin) {
        view! {
            <p>"Nobody has looked at this environment yet. The test says what answers, and shows the keys of its hosts."</p>
            <a class="btn btn-primary" href=format!("/environments/{id}/connection")>"Test the connection"</a>
        }
        .into_any()
    } else {
        view! { <p>"Nobody has looked at this environment yet. An admin tests the connection first."</p> }.into_any()
    };
    view! { <FirstUse at>{next}</FirstUse> }.into_any()
}

fn inventory_view(address: &str, inventory: &Inventory, node: &str) -> AnyView {
    let facts = match &inventory.facts {
        Facts::CloudStack(cloud) => cloudstack::cloud(address, cloud),
        Facts::OpenVstorage(cluster) => open_vstorage::cluster(address, cluster, node),
        Facts::Cloudify(managers) => cloudify::managers_view(address, managers, &query("tenant").get_untracked()),
    };
    view! {
        <p class="text-muted">"Seen " <Moment at=inventory.taken_at/></p>
        {facts}
    }
    .into_any()
}
