//! From a call to its answer, through every gate the real one has.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::archive::Archive;
use super::auth;
use super::call::{Call, word};
use super::config::Edition;
use super::data::{Data, User};
use super::error::Refusal;
use super::route::{Endpoint, Found};
use super::shared::Shared;
use super::{execution, maintenance, page, render, snapshot, system};

/// An answer.
#[derive(Debug)]
pub(super) enum Reply {
    Json(u16, Value),
    /// 304, with nothing in it.
    NotModified,
    Download {
        id: String,
        archive: Archive,
    },
}

impl Reply {
    pub(super) fn ok(value: Value) -> Self {
        Self::Json(200, value)
    }
}

/// A call that passed all gates.
pub(super) struct Admitted {
    pub(super) endpoint: Endpoint,
    pub(super) nests_events: bool,
    pub(super) user: User,
    /// The tenant of the call, where it matters.
    pub(super) tenant: String,
}

/// Lets a call pass that may be answered.
pub(super) fn admit(shared: &Shared, found: Found, call: &Call, user: User) -> Result<Admitted, Refusal> {
    let Found { endpoint, nests_events } = found;
    if !endpoint.takes(&call.method, shared.config.release) {
        return Err(Refusal::method());
    }
    maintenance::check(shared, &endpoint, endpoint.begins_something(&call.method), call.bypass)?;
    let tenant = if endpoint.is_tenants() { auth::tenant(shared, &user, call)? } else { String::new() };
    if shared.config.edition == Edition::Community
        && matches!(endpoint, Endpoint::Users | Endpoint::User(_) | Endpoint::License | Endpoint::LicenseCheck)
    {
        return Err(Refusal::premium());
    }
    if let Some(action) = endpoint.needs_admin(&call.method) {
        auth::need_admin(&user, action)?;
    }
    // Members of a cluster are in the database that is being replaced (2.4).
    if matches!(endpoint, Endpoint::Cluster(_)) && shared.state().restoring.is_some() {
        return Err(Refusal::in_restore());
    }
    Ok(Admitted { endpoint, nests_events, user, tenant })
}

/// Answers an admitted call. Uploads are the door's business.
pub(super) fn respond(shared: &Arc<Shared>, admitted: &Admitted, call: &Call) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let Admitted { endpoint, user, tenant, .. } = admitted;
    let is_get = call.method == Method::GET;
    match endpoint {
        Endpoint::Version => Ok(Reply::ok(system::version(shared))),
        Endpoint::Status => Ok(Reply::ok(system::status(shared))),
        Endpoint::ProviderContext => Ok(Reply::ok(system::provider_context(shared))),
        Endpoint::Tokens => Ok(Reply::ok(render::token(user, &shared.state().security))),
        Endpoint::Me => Ok(Reply::ok(render::user(user, release, call.flag("_get_data")))),
        Endpoint::Users => {
            let show = |user: &User| render::user(user, release, call.flag("_get_data"));
            let users = shared.state().data.users.iter().map(show).collect();
            page::list(users, render::USER, release, call).map(Reply::ok)
        }
        Endpoint::User(name) => one_user(shared, name, call),
        Endpoint::Tenants => {
            let tenants = tenants(&shared.state().data, user);
            page::list(tenants, render::TENANT, release, call).map(Reply::ok)
        }
        Endpoint::Executions if !is_get => execution::start(shared, tenant, user, call),
        Endpoint::Execution(id) if !is_get => execution::cancel(shared, tenant, user, id, call),
        Endpoint::Snapshot(id) if call.method == Method::PUT => snapshot::create(shared, tenant, user, id, call),
        Endpoint::Snapshot(id) if call.method == Method::DELETE => snapshot::delete(shared, tenant, id),
        Endpoint::Snapshot(id) if call.method == Method::PATCH => snapshot::patch(shared, tenant, id, call),
        Endpoint::Snapshot(id) => snapshot::show(shared, tenant, id),
        Endpoint::Archive(id) => snapshot::download(shared, tenant, id),
        Endpoint::Restore(id) => snapshot::restore(shared, tenant, user, id, call),
        Endpoint::SnapshotStatus => Ok(Reply::ok(snapshot::status(shared))),
        Endpoint::Maintenance => Ok(Reply::ok(maintenance::show(shared))),
        Endpoint::MaintenanceAction(on) => Ok(maintenance::switch(shared, user, *on)),
        Endpoint::Cluster(member) => {
            page::list(vec![system::member(shared, *member)], &["hostname"], release, call).map(Reply::ok)
        }
        Endpoint::License => page::list(vec![system::license()], &["expired"], release, call).map(Reply::ok),
        Endpoint::LicenseCheck => Ok(Reply::ok(json!({ "status": "OK" }))),
        Endpoint::Ssl => Ok(Reply::ok(json!("SSL disabled"))),
        Endpoint::Events => events(shared, admitted, call),
        Endpoint::Deployment(id) => {
            let state = shared.state();
            let found = state.data.deployment(tenant, id).ok_or_else(|| Refusal::no_such("Deployment", id))?;
            Ok(Reply::ok(render::deployment(found, release)))
        }
        Endpoint::Instance(id) => {
            let state = shared.state();
            let found = state.data.instances.iter().find(|found| found.tenant == *tenant && found.id == *id);
            let found = found.ok_or_else(|| Refusal::no_such("NodeInstance", id))?;
            Ok(Reply::ok(render::instance(found, release)))
        }
        Endpoint::Execution(id) => {
            let state = shared.state();
            let found = state.data.execution(id).filter(|found| found.tenant == *tenant);
            let found = found.ok_or_else(|| Refusal::no_such("Execution", id))?;
            Ok(Reply::ok(render::execution(found, release)))
        }
        Endpoint::Blueprints
        | Endpoint::Deployments
        | Endpoint::Nodes
        | Endpoint::Instances
        | Endpoint::Executions
        | Endpoint::Snapshots
        | Endpoint::Agents => objects(shared, admitted, call),
    }
}

/// A list of what belongs to tenants: to the one of the call, or to all that the caller may see.
fn objects(shared: &Shared, admitted: &Admitted, call: &Call) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let state = shared.state();
    let data = &state.data;
    let all = call.flag("_all_tenants");
    let is_wanted = |tenant: &str| {
        if all { auth::may_see(&admitted.user, tenant) } else { tenant == admitted.tenant }
    };
    let with_system = call.flag("_include_system_workflows");
    let (items, fields): (Vec<Value>, &[&str]) = match &admitted.endpoint {
        Endpoint::Blueprints => {
            let found = data.blueprints.iter().filter(|found| is_wanted(&found.tenant));
            (found.map(|found| render::blueprint(found, release)).collect(), render::BLUEPRINT)
        }
        Endpoint::Deployments => {
            let found = data.deployments.iter().filter(|found| is_wanted(&found.tenant));
            (found.map(|found| render::deployment(found, release)).collect(), render::DEPLOYMENT)
        }
        Endpoint::Nodes => {
            let found = render::nodes(data, release).into_iter().filter(|(tenant, _)| is_wanted(tenant));
            (found.map(|(_, node)| node).collect(), render::NODE)
        }
        Endpoint::Instances => {
            let found = data.instances.iter().filter(|found| is_wanted(&found.tenant));
            (found.map(|found| render::instance(found, release)).collect(), render::INSTANCE)
        }
        Endpoint::Executions => {
            let found = data.executions.iter().filter(|found| is_wanted(&found.tenant));
            let found = found.filter(|found| with_system || !found.is_system);
            (found.map(|found| render::execution(found, release)).collect(), render::EXECUTION)
        }
        Endpoint::Snapshots => {
            let found = state.snapshots.iter().filter(|found| is_wanted(&found.tenant));
            (found.map(|found| render::snapshot(found, release)).collect(), render::SNAPSHOT)
        }
        Endpoint::Agents => {
            let found = data.instances.iter().filter(|found| found.has_agent() && is_wanted(&found.tenant));
            (found.map(render::agent).collect(), render::AGENT)
        }
        _ => return Err(Refusal::no_page()),
    };
    page::list(items, fields, release, call).map(Reply::ok)
}

fn events(shared: &Shared, admitted: &Admitted, call: &Call) -> Result<Reply, Refusal> {
    let state = shared.state();
    let shown = state.data.events.iter().filter_map(|event| {
        let execution = state.data.execution(&event.execution);
        let is_foreign = execution.is_some_and(|execution| execution.tenant != admitted.tenant);
        (!is_foreign).then(|| render::event(event, execution))
    });
    let mut list = page::list(shown.collect(), render::EVENT, shared.config.release, call)?;
    if admitted.nests_events
        && let Some(items) = list["items"].as_array_mut()
    {
        for item in items {
            *item = render::nested(item);
        }
    }
    Ok(Reply::ok(list))
}

fn tenants(data: &Data, user: &User) -> Vec<Value> {
    let seen = data.tenants.iter().filter(|tenant| auth::may_see(user, tenant));
    let members = |tenant: &str| data.users.iter().filter(|user| auth::may_see(user, tenant)).count();
    seen.map(|tenant| json!({ "name": tenant, "groups": 0, "users": members(tenant) })).collect()
}

/// A user, whose password a POST sets.
fn one_user(shared: &Shared, name: &str, call: &Call) -> Result<Reply, Refusal> {
    let mut state = shared.state();
    let salt = state.security.hash_salt.clone();
    let user = state.data.users.iter_mut().find(|user| user.name == name);
    let user = user.ok_or_else(|| Refusal::no_such("User", name))?;
    if call.method == Method::POST {
        let body = call.json()?;
        let password = word(&body, "password")?;
        if password.len() < 5 {
            return Err(Refusal::bad_parameters("Password is too short"));
        }
        password.clone_into(&mut user.password);
        // The new hash is made with the salt in force, which cures what a restore has broken (4.4).
        user.salt = salt;
    }
    Ok(Reply::ok(render::user(user, shared.config.release, true)))
}
