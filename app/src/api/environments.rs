//! Environments and what is known of them.

use leptos::prelude::*;
use model::connection::{ConnectionReport, KeyOwner};
use model::environment::{Environment, HostKey};
use model::id::{EnvironmentId, HostName};
use model::view::EnvironmentCard;

use super::environment_form::EnvironmentForm;
use crate::error::Answer;

/// Cards for the Updates page, by name.
#[server(endpoint = "load_cards")]
pub async fn load_cards() -> Answer<Vec<EnvironmentCard>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.environment_cards(&desk.by).await?)
}

/// One card.
#[server(endpoint = "load_card")]
pub async fn load_card(environment: EnvironmentId) -> Answer<EnvironmentCard> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &environment).await?;
    Ok(desk.engine.environment_card(&environment).await?)
}

/// The settings of one environment.
#[server(endpoint = "load_settings")]
pub async fn load_settings(environment: EnvironmentId) -> Answer<Environment> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.environment(&environment).await?)
}

/// Looks again at everything. Changes nothing on the platform.
#[server(endpoint = "look_again")]
pub async fn look_again(environment: EnvironmentId) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &environment).await?;
    desk.engine.take_inventory(Some(&desk.by), &environment).await?;
    Ok(())
}

/// Adds an environment and goes to its connection test.
#[server(endpoint = "add_environment")]
pub async fn add_environment(form: EnvironmentForm) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    let draft = crate::server::environment_draft::read(&desk, form, None).await?;
    let environment = desk.engine.add_environment(Some(&desk.by), draft).await?;
    crate::server::go_to(&format!("/environments/{environment}/connection"));
    Ok(())
}

/// Replaces the settings of an environment and goes to its connection test.
#[server(endpoint = "change_environment")]
pub async fn change_environment(environment: EnvironmentId, form: EnvironmentForm) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    let before = desk.engine.environment(&environment).await?;
    let draft = crate::server::environment_draft::read(&desk, form, Some(&before)).await?;
    desk.engine.change_environment(Some(&desk.by), &environment, draft).await?;
    crate::server::go_to(&format!("/environments/{environment}/connection"));
    Ok(())
}

/// Removes an environment that has no run under way.
#[server(endpoint = "remove_environment")]
pub async fn remove_environment(environment: EnvironmentId) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    desk.engine.remove_environment(Some(&desk.by), &environment).await?;
    crate::server::go_to("/");
    Ok(())
}

/// Tries to reach everything and says what it saw. Changes nothing.
#[server(endpoint = "test_connection")]
pub async fn test_connection(environment: EnvironmentId) -> Answer<ConnectionReport> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.test_connection(Some(&desk.by), &environment).await?)
}

/// Pins a host key that somebody has compared.
#[server(endpoint = "accept_host_key")]
pub async fn accept_host_key(environment: EnvironmentId, host: HostName, of: KeyOwner, key: HostKey) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.accept_host_key(Some(&desk.by), &environment, &host, of, key).await?)
}
