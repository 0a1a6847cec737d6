//! Snapshots: the calls, and the workflow that makes one (2.2, 6.4).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::archive::{self, Archive, Wanted};
use super::call::{Call, flag, word};
use super::data::User;
use super::error::Refusal;
use super::execution::check_idle;
use super::page;
use super::release::{Release, Unpaged};
use super::render;
use super::respond::Reply;
use super::restore::Order;
use super::shared::{Shared, Snapshot, SnapshotStatus, State};
use super::work::{self, Beginning, Run, Stop, Work};

/// What is to be made.
pub(super) struct Creation {
    id: String,
    events: bool,
}

/// `PUT /snapshots/ID`.
pub(super) fn create(shared: &Arc<Shared>, tenant: &str, user: &User, id: &str, call: &Call) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let body = call.json()?;
    let mut parameters = Map::from_iter([("snapshot_id".to_owned(), Value::from(id))]);
    let mut take = |name: &str, default| -> Result<bool, Refusal> {
        let value = flag(&body, name, default)?;
        parameters.insert(name.to_owned(), value.into());
        Ok(value)
    };
    take("include_metrics", false)?;
    take("include_credentials", true)?;
    let mut events = true;
    if release >= Release::V4_5 {
        take("include_logs", true)?;
        events = take("include_events", true)?;
    }
    if release >= Release::V7_0 {
        take("legacy", true)?;
    }
    let private = flag(&body, "private_resource", false)?;
    let queued = release >= Release::V4_5 && flag(&body, "queue", false)?;
    let now = shared.now();
    let execution = {
        let mut state = shared.state();
        if !queued {
            check_idle(&state, release, tenant)?;
        }
        new(&mut state, SnapshotStatus::Creating, &now, tenant, user, id, private)?;
        let workflow = "create_snapshot";
        work::record(&mut state, now, Beginning { workflow, tenant, user, deployment: None, parameters, queued })
    };
    work::carry_out(shared, &execution, Work::CreateSnapshot(Creation { id: id.to_owned(), events }));
    Ok(Reply::Json(201, render::execution(&execution, release)))
}

/// Writes a snapshot down. Ids are unique.
fn new(
    state: &mut State,
    status: SnapshotStatus,
    now: &str,
    tenant: &str,
    user: &User,
    id: &str,
    private: bool,
) -> Result<(), Refusal> {
    if state.snapshot(id).is_some() {
        return Err(Refusal::conflict(format!("snapshot with id={id} already exists on tenant")));
    }
    state.snapshots.push(Snapshot {
        id: id.to_owned(),
        created_at: now.to_owned(),
        status,
        error: String::new(),
        tenant: tenant.to_owned(),
        created_by: user.name.clone(),
        private,
        archive: None,
    });
    Ok(())
}

/// The workflow. When it fails, it depends on the release who says so (fact 3).
pub(super) async fn carry_out(run: &Run, creation: &Creation) -> Result<(), Stop> {
    let made = make(run, creation).await;
    let mut state = run.shared.state();
    if let Some(snapshot) = state.snapshot_mut(&creation.id) {
        match &made {
            Ok(archive) => {
                snapshot.archive = Some(archive.clone());
                snapshot.status = SnapshotStatus::Created;
            }
            Err(stop) => {
                snapshot.status = SnapshotStatus::Failed;
                snapshot.error = match stop {
                    Stop::Failed(error) => error.clone(),
                    Stop::Cancelled => "Execution was cancelled".to_owned(),
                };
            }
        }
    }
    match made {
        Err(Stop::Failed(_)) if run.shared.config.release.swallows_snapshot_failures() => Ok(()),
        Err(stop) => Err(stop),
        Ok(_) => Ok(()),
    }
}

async fn make(run: &Run, creation: &Creation) -> Result<Archive, Stop> {
    let shared = &run.shared;
    run.start()?;
    run.log(&format!("Creating snapshot {}", creation.id));
    run.step().await?;
    run.step().await?;
    let (mut data, security, certificates, failure) = {
        let state = shared.state();
        (state.data.clone(), state.security.clone(), state.certificates.clone(), state.faults.snapshot_fails())
    };
    check_room(shared)?;
    if let Some(error) = failure {
        return Err(Stop::Failed(error));
    }
    // It lists nodes without paging (fact 10).
    let nodes = render::nodes(&data, shared.config.release).into_iter().filter(|(tenant, _)| *tenant == run.tenant);
    let nodes = nodes.count();
    if shared.config.release.unpaged() == Unpaged::ErrorWhenLong && nodes > page::LARGEST {
        return Err(Stop::Failed(page::too_long(nodes).message));
    }
    // The dump leaves out the execution that makes it.
    data.executions.retain(|execution| execution.id != run.id);
    data.events.retain(|event| event.execution != run.id);
    let (config, tenant, events) = (shared.config.clone(), run.tenant.clone(), creation.events);
    let making = tokio::task::spawn_blocking(move || {
        archive::make(&config, &data, &security, &Wanted { tenant: &tenant, events, certificates: &certificates })
    });
    let made = making.await.map_err(|error| Stop::Failed(error.to_string()))?;
    made.map_err(|error| Stop::Failed(error.to_string()))
}

/// Snapshots are put together, and taken apart, in `/tmp` (4.3).
pub(super) fn check_room(shared: &Shared) -> Result<(), Stop> {
    if shared.site().is_some_and(|site| site.is_full()) {
        return Err(Stop::Failed("[Errno 28] No space left on device".to_owned()));
    }
    Ok(())
}

fn find<'a>(state: &'a State, tenant: &str, id: &str) -> Result<&'a Snapshot, Refusal> {
    let found = state.snapshot(id).filter(|snapshot| snapshot.tenant == tenant);
    found.ok_or_else(|| Refusal::no_such("Snapshot", id))
}

/// `GET /snapshots/ID`.
pub(super) fn show(shared: &Shared, tenant: &str, id: &str) -> Result<Reply, Refusal> {
    let state = shared.state();
    Ok(Reply::ok(render::snapshot(find(&state, tenant, id)?, shared.config.release)))
}

/// `DELETE /snapshots/ID`.
pub(super) fn delete(shared: &Shared, tenant: &str, id: &str) -> Result<Reply, Refusal> {
    let mut state = shared.state();
    let found = find(&state, tenant, id)?;
    if found.status == SnapshotStatus::Creating {
        return Err(Refusal::snapshot_action(format!("Snapshot {id} is being created")));
    }
    let shown = render::snapshot(found, shared.config.release);
    state.snapshots.retain(|snapshot| snapshot.id != id);
    Ok(Reply::ok(shown))
}

/// `PATCH /snapshots/ID`: real workflows tell the state of a snapshot by it.
pub(super) fn patch(shared: &Shared, tenant: &str, id: &str, call: &Call) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let status = match word(&body, "status")? {
        "creating" => SnapshotStatus::Creating,
        "created" => SnapshotStatus::Created,
        "failed" => SnapshotStatus::Failed,
        "uploaded" => SnapshotStatus::Uploaded,
        other => return Err(Refusal::bad_parameters(format!("Invalid status: {other}"))),
    };
    let mut state = shared.state();
    find(&state, tenant, id)?;
    let snapshot = state.snapshot_mut(id).ok_or_else(|| Refusal::no_such("Snapshot", id))?;
    snapshot.status = status;
    if let Some(error) = body.get("error").and_then(Value::as_str) {
        error.clone_into(&mut snapshot.error);
    }
    Ok(Reply::ok(render::snapshot(snapshot, shared.config.release)))
}

/// `GET /snapshots/ID/archive`.
pub(super) fn download(shared: &Shared, tenant: &str, id: &str) -> Result<Reply, Refusal> {
    let state = shared.state();
    let found = find(&state, tenant, id)?;
    if found.status == SnapshotStatus::Failed {
        return Err(Refusal::snapshot_action(format!("Snapshot `{id}` has failed and cannot be downloaded")));
    }
    // The file that nginx is sent to does not exist yet.
    let archive = found.archive.clone().ok_or_else(|| Refusal::internal(format!("No such file: {id}.zip")))?;
    Ok(Reply::Download { id: id.to_owned(), archive })
}

/// `PUT /snapshots/ID/archive`, before its body: the record comes first, so that an id is burnt whatever follows.
pub(super) fn begin_upload(shared: &Shared, tenant: &str, user: &User, id: &str, call: &Call) -> Result<(), Refusal> {
    if call.one("snapshot_archive_url").is_some() {
        return Err(Refusal::bad_parameters("The lab fetches nothing: send the archive itself"));
    }
    let private = match call.one("private_resource") {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("true") => true,
        Some(word) if word.eq_ignore_ascii_case("false") => false,
        Some(word) => {
            return Err(Refusal::bad_parameters(format!("private_resource must be <true/false>, got {word}")));
        }
    };
    let now = shared.now();
    new(&mut shared.state(), SnapshotStatus::Uploaded, &now, tenant, user, id, private)
}

/// The same, after its body. Whether it is a zip is not looked at.
pub(super) fn end_upload(shared: &Shared, id: &str, archive: Archive) -> Result<Reply, Refusal> {
    let mut state = shared.state();
    // A restore may have emptied the table meanwhile.
    let snapshot = state.snapshot_mut(id).ok_or_else(|| Refusal::no_such("Snapshot", id))?;
    snapshot.archive = Some(archive);
    Ok(Reply::Json(201, render::snapshot(snapshot, shared.config.release)))
}

/// `POST /snapshots/ID/restore`.
pub(super) fn restore(
    shared: &Arc<Shared>,
    tenant: &str,
    user: &User,
    id: &str,
    call: &Call,
) -> Result<Reply, Refusal> {
    let release = shared.config.release;
    let body = call.json()?;
    if release < Release::V7_0 && !body.contains_key("recreate_deployments_envs") {
        return Err(Refusal::bad_parameters("Missing recreate_deployments_envs in json request body"));
    }
    let mut parameters = Map::from_iter([("snapshot_id".to_owned(), Value::from(id))]);
    let mut take = |name: &str, default| -> Result<bool, Refusal> {
        let value = flag(&body, name, default)?;
        parameters.insert(name.to_owned(), value.into());
        Ok(value)
    };
    if release < Release::V7_0 {
        take("recreate_deployments_envs", true)?;
    }
    let force = take("force", false)?;
    let (mut certificates, mut no_reboot, mut ignore_plugins) = (false, false, false);
    if release >= Release::V4_1 {
        certificates = take("restore_certificates", false)?;
        no_reboot = take("no_reboot", false)?;
    }
    if release >= Release::V4_5 {
        ignore_plugins = take("ignore_plugin_failure", false)?;
    }
    if no_reboot && !certificates {
        let text = "`no_reboot` is only relevant when `restore_certificates` is activated";
        return Err(Refusal::bad_parameters(text));
    }
    match body.get("timeout") {
        None => {}
        Some(Value::Number(seconds)) if seconds.is_u64() => {
            parameters.insert("timeout".to_owned(), json!(seconds));
        }
        Some(other) => return Err(Refusal::bad_parameters(format!("timeout must be an integer, got {other}"))),
    }
    let now = shared.now();
    let (execution, archive) = {
        let mut state = shared.state();
        let found = find(&state, tenant, id)?;
        if found.status == SnapshotStatus::Failed {
            return Err(Refusal::snapshot_action(format!("Snapshot `{id}` has failed and cannot be restored")));
        }
        let archive = found.archive.clone();
        check_idle(&state, release, tenant)?;
        let workflow = "restore_snapshot";
        let beginning = Beginning { workflow, tenant, user, deployment: None, parameters, queued: false };
        (work::record(&mut state, now, beginning), archive)
    };
    let order = Order { archive, by: user.id, force, certificates, no_reboot, ignore_plugins };
    work::carry_out(shared, &execution, Work::Restore(Box::new(order)));
    Ok(Reply::ok(render::execution(&execution, release)))
}

/// `GET /snapshot-status`.
pub(super) fn status(shared: &Shared) -> Value {
    let is_running = shared.state().restoring.is_some();
    json!({ "status": if is_running { "running" } else { "not-running" } })
}
