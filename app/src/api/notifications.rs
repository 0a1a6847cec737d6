//! Who is told of what, by which way.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::id::TargetId;
use model::notification::{AccountView, NotificationsView, Occasion};

use super::notification_form::{MailForm, TargetForm};
use crate::error::Answer;

/// All targets and how they stand.
#[server(endpoint = "load_notifications")]
pub async fn load_notifications() -> Answer<NotificationsView> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.notifications_view().await?)
}

/// Adds a target, or one for each address.
#[server(endpoint = "add_target")]
pub async fn add_target(form: TargetForm, #[server(default)] occasions: BTreeSet<Occasion>) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    crate::server::notification_draft::add(&desk, form, &occasions).await?;
    crate::server::go_to("/notifications");
    Ok(())
}

/// Changes a target. Secrets that are not typed anew stay as they are.
#[server(endpoint = "change_target")]
pub async fn change_target(
    target: TargetId,
    form: TargetForm,
    #[server(default)] occasions: BTreeSet<Occasion>,
) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    crate::server::notification_draft::change(&desk, &target, form, occasions).await?;
    crate::server::go_to("/notifications");
    Ok(())
}

/// Removes a target.
#[server(endpoint = "remove_target")]
pub async fn remove_target(target: TargetId) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.remove_target(&desk.by, &target).await?)
}

/// Sends a test message; what the other side said.
#[server(endpoint = "test_target")]
pub async fn test_target(target: TargetId) -> Answer<String> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.test_target(&desk.by, &target).await?)
}

/// Sets the server for mail, and when a wait is too long.
#[server(endpoint = "save_mail_server")]
pub async fn save_mail_server(form: MailForm) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    let before = desk.engine.notification_settings().await?;
    let settings = crate::server::notification_draft::settings(&desk, form, &before).await?;
    Ok(desk.engine.save_notification_settings(&desk.by, settings).await?)
}

/// One's own account.
#[server(endpoint = "load_account")]
pub async fn load_account() -> Answer<AccountView> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.account(&desk.by).await?)
}

/// Sets where one is told oneself, and of what.
#[server(endpoint = "set_own_target")]
pub async fn set_own_target(to: String, #[server(default)] occasions: BTreeSet<Occasion>) -> Answer<()> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.set_own_target(&desk.by, &to, occasions).await?)
}

/// Sends a test message to oneself; what the mail server said.
#[server(endpoint = "test_own_target")]
pub async fn test_own_target() -> Answer<String> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.test_own_target(&desk.by).await?)
}
