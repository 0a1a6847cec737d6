//! Who can log in.

use leptos::prelude::*;
use model::grant::Grants;
use model::id::PersonId;
use model::people::PeopleView;

use crate::error::Answer;

/// Everybody, by name.
#[server(endpoint = "load_people")]
pub async fn load_people() -> Answer<PeopleView> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.people_view().await?)
}

/// Adds somebody.
#[server(endpoint = "add_person")]
pub async fn add_person(name: String, password: String, #[server(default)] roles: Grants) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    desk.engine.add_person(Some(&desk.by), engine::NewPerson { name, password, roles }).await?;
    Ok(())
}

/// Sets what somebody may do, and where.
#[server(endpoint = "set_roles")]
pub async fn set_roles(person: PersonId, #[server(default)] roles: Grants) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    Ok(desk.engine.set_roles(Some(&desk.by), &person, roles).await?)
}

/// Lets somebody log in no more, or again.
#[server(endpoint = "set_disabled")]
pub async fn set_disabled(person: PersonId, disabled: bool) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    Ok(desk.engine.set_disabled(Some(&desk.by), &person, disabled).await?)
}

/// Sets a password; every session of that person ends.
#[server(endpoint = "set_password")]
pub async fn set_password(person: PersonId, password: String) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    Ok(desk.engine.set_password(Some(&desk.by), &person, &password).await?)
}

/// Takes away the second factor of somebody who has lost it; every session of that person ends.
#[server(endpoint = "remove_second_factor")]
pub async fn remove_second_factor(person: PersonId) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    Ok(desk.engine.remove_second_factor(Some(&desk.by), &person).await?)
}

/// Logs somebody out everywhere.
#[server(endpoint = "end_all_sessions")]
pub async fn end_all_sessions(person: PersonId) -> Answer<()> {
    let desk = crate::server::person_desk(model::people::Role::Admin)?;
    Ok(desk.engine.end_all_sessions(Some(&desk.by), &person).await?)
}
