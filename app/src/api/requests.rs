//! From a click to an approved plan.

use leptos::prelude::*;
use model::id::{EnvironmentId, PlanDigest, RequestId};
use model::view::{RequestLine, RequestView};

use super::migration_form::MigrationForm;
use super::restart_form::RestartForm;
use super::update_form::UpdateForm;
use crate::error::Answer;

/// Looks at the environment, makes the plan of **Restart System VMs**, and goes to the request.
#[server(endpoint = "prepare_restart")]
pub async fn prepare_restart(
    environment: EnvironmentId,
    inputs: RestartForm,
    #[server(default)] reason: String,
    #[server(default)] ticket: String,
) -> Answer<RequestId> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    desk.make_request(&environment, inputs.into(), model::request::Why { reason, ticket }).await
}

/// Looks at the cluster, makes the plan of **Update Framework** or **Update Storage Driver**, and goes to the request.
#[server(endpoint = "prepare_update")]
pub async fn prepare_update(
    environment: EnvironmentId,
    inputs: UpdateForm,
    #[server(default)] reason: String,
    #[server(default)] ticket: String,
) -> Answer<RequestId> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    let inputs = inputs.try_into().map_err(crate::server::refused)?;
    desk.make_request(&environment, inputs, model::request::Why { reason, ticket }).await
}

/// Looks at both managers, makes the plan of **Migrate Manager**, and goes to the request.
#[server(endpoint = "prepare_migration")]
pub async fn prepare_migration(
    environment: EnvironmentId,
    inputs: MigrationForm,
    #[server(default)] reason: String,
    #[server(default)] ticket: String,
) -> Answer<RequestId> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &environment).await?;
    let inputs = inputs.try_into().map_err(crate::server::refused)?;
    desk.make_request(&environment, inputs, model::request::Why { reason, ticket }).await
}

/// Everything the request page shows.
#[server(endpoint = "load_request")]
pub async fn load_request(request: RequestId) -> Answer<RequestView> {
    let desk = crate::server::desk_at(&[model::people::Role::Viewer], &request).await?;
    Ok(desk.engine.request(&desk.by, &request).await?)
}

/// Requests that are open, newest first.
#[server(endpoint = "load_open_requests")]
pub async fn load_open_requests() -> Answer<Vec<RequestLine>> {
    let desk = crate::server::anybody()?;
    Ok(desk.engine.open_requests(&desk.by).await?)
}

/// Agrees to the plan with this digest.
#[server(endpoint = "approve_request")]
pub async fn approve_request(request: RequestId, digest: PlanDigest, #[server(default)] reason: String) -> Answer<()> {
    let desk = crate::server::proven_desk_at(&[model::people::Role::Approver], &request).await?;
    let approve = model::request::Decision::Approve;
    Ok(desk.engine.decide(&desk.by, &request, &digest, approve, &reason).await?)
}

/// Decides against the plan with this digest.
#[server(endpoint = "deny_request")]
pub async fn deny_request(request: RequestId, digest: PlanDigest, reason: String) -> Answer<()> {
    let desk = crate::server::person_desk_at(&[model::people::Role::Approver], &request).await?;
    let deny = model::request::Decision::Deny;
    Ok(desk.engine.decide(&desk.by, &request, &digest, deny, &reason).await?)
}

/// Looks again and makes the plan of an open request anew.
#[server(endpoint = "replan_request")]
pub async fn replan_request(request: RequestId) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &request).await?;
    Ok(desk.engine.replan(&desk.by, &request).await?)
}

/// Takes one's own request back.
#[server(endpoint = "withdraw_request")]
pub async fn withdraw_request(request: RequestId) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Requester], &request).await?;
    Ok(desk.engine.withdraw(&desk.by, &request).await?)
}

/// Checks everything once more, starts the run, and goes to it.
#[server(endpoint = "start_run")]
pub async fn start_run(request: RequestId, digest: PlanDigest) -> Answer<()> {
    let desk = crate::server::desk_at(&[model::people::Role::Operator], &request).await?;
    let run = desk.engine.start(&desk.by, &request, &digest).await?;
    crate::server::go_to(&format!("/runs/{run}"));
    Ok(())
}

/// Starts a request at once, without its approvals, and goes to the run.
#[server(endpoint = "break_glass")]
pub async fn break_glass(request: RequestId, digest: PlanDigest, reason: String) -> Answer<()> {
    let desk = crate::server::proven_desk_at(&[model::people::Role::Operator], &request).await?;
    let run = desk.engine.break_glass(&desk.by, &request, &digest, &reason).await?;
    crate::server::go_to(&format!("/runs/{run}"));
    Ok(())
}
