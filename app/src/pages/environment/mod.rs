//! What is known of one environment: every system VM, and what stands in the way of a restart.

mod facts;
mod vm_table;

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::id::EnvironmentId;
use model::inventory::Inventory;
use model::people::{Person, Role};
use model::refusal::Refusal;
use model::view::EnvironmentCard;

use super::params::id_of_path;
use crate::api::environments::{LookAgain, load_card};
use crate::api::session::load_viewer;
use crate::components::{
    Moment, Notice, Page, PageHead, RefusalNotice, RestartButton, RiskBadge, data_of, loaded, refusal_of,
};
use crate::error::Answer;
use crate::look::Look;
use crate::summary;

/// The inventory.
#[component]
pub fn EnvironmentPage() -> AnyView {
    let id = id_of_path::<EnvironmentId>();
    let look = ServerAction::<LookAgain>::new();
    let card = data_of(move || id.get(), load);
    view! {
        <Page title="Environment">
            <RefusalNotice refusal=refusal_of(look)/>
            {loaded(card, move |(card, viewer)| show(card, &viewer, look))}
        </Page>
    }
    .into_any()
}

async fn load(id: Answer<EnvironmentId>) -> Answer<(EnvironmentCard, Person)> {
    let card = load_card(id?).await?;
    let viewer = load_viewer().await?.ok_or(Refusal::NotLoggedIn)?;
    Ok((card, viewer))
}

fn show(card: EnvironmentCard, viewer: &Person, look: ServerAction<LookAgain>) -> AnyView {
    let id = card.environment.id.to_string();
    let address = format!("/environments/{id}");
    let body = match &card.inventory {
        Some(inventory) => inventory_view(&address, inventory),
        None => view! {
            <div class="empty">"Nobody has looked at this environment yet. Press “Look again” to see its system VMs."</div>
        }
        .into_any(),
    };
    let is_admin = viewer.may(Role::Admin);
    let (risk, error) = (card.environment.risk, card.inventory_error.clone());
    let (title, viewer) = (card.environment.name.clone(), viewer.clone());
    let settings = format!("{address}/settings");
    view! {
        <PageHead title=title crumbs=vec![("/".to_owned(), "Updates".to_owned())]>
            <RiskBadge risk/>
            <ActionForm action=look>
                <input type="hidden" name="environment" value=id/>
                <button class="btn" type="submit" data-busy="Looking …">"Look again"</button>
            </ActionForm>
            <RestartButton card viewer/>
            {is_admin.then(|| view! { <a class="btn btn-quiet" href=settings>"Settings"</a> })}
        </PageHead>
        {error.map(|error| view! {
            <Notice look=Look::unknown("The last look failed; what follows is older")>{error}</Notice>
        })}
        {body}
    }
    .into_any()
}

fn inventory_view(address: &str, inventory: &Inventory) -> AnyView {
    let cloud = summary::cloudstack(inventory);
    view! {
        <p class="text-muted">"Seen " <Moment at=inventory.taken_at/></p>
        {vm_table::by_zone(address, cloud)}
        {facts::facts(cloud)}
    }
    .into_any()
}
