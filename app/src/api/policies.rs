//! Who has to agree to what.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::id::{GroupName, PersonId, PolicyId};
use model::view::PoliciesView;

use super::policy_form::PolicyForm;
use crate::error::Answer;

/// All policies and groups, and what each environment's procedures need because of them.
#[server(endpoint = "load_policies")]
pub async fn load_policies() -> Answer<PoliciesView> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.policies_view(&desk.by, None).await?)
}

/// The same as if this policy were saved, without saving it.
#[server(endpoint = "preview_policy")]
pub async fn preview_policy(form: PolicyForm) -> Answer<PoliciesView> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    let draft = form.read(engine::new_policy_id).map_err(crate::server::refused)?;
    Ok(desk.engine.policies_view(&desk.by, Some(draft)).await?)
}

/// Adds a policy, or changes one.
#[server(endpoint = "save_policy")]
pub async fn save_policy(form: PolicyForm) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    let policy = form.read(engine::new_policy_id).map_err(crate::server::refused)?;
    desk.engine.save_policy(&desk.by, policy).await?;
    crate::server::go_to("/policies");
    Ok(())
}

/// Removes a policy.
#[server(endpoint = "remove_policy")]
pub async fn remove_policy(policy: PolicyId) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    desk.engine.remove_policy(&desk.by, &policy).await?;
    crate::server::go_to("/policies");
    Ok(())
}

/// Has a policy that was removed count again.
#[server(endpoint = "put_policy_back")]
pub async fn put_policy_back(policy: PolicyId) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    desk.engine.put_policy_back(&desk.by, &policy).await?;
    crate::server::go_to("/policies");
    Ok(())
}

/// Adds a group, or says anew who is in it.
#[server(endpoint = "save_group")]
pub async fn save_group(name: GroupName, #[server(default)] members: BTreeSet<PersonId>) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.save_group(&desk.by, name, members).await?)
}

/// Removes a group that no policy asks.
#[server(endpoint = "remove_group")]
pub async fn remove_group(name: GroupName) -> Answer<()> {
    let desk = crate::server::desk(model::people::Role::Admin)?;
    Ok(desk.engine.remove_group(&desk.by, &name).await?)
}
