//! Maintenance mode (2.3, 2.4).

use serde_json::{Value, json};

use super::data::User;
use super::error::Refusal;
use super::release::Release;
use super::respond::Reply;
use super::route::Endpoint;
use super::shared::{Shared, State};

/// The mode. `activating` is what it is while executions run.
#[derive(Debug, Clone, Default)]
pub(super) enum Maintenance {
    #[default]
    Off,
    On {
        requested_at: String,
        requested_by: String,
        activated_at: Option<String>,
    },
}

/// Notices that the last execution has ended.
fn settle(state: &mut State, now: &str) {
    let is_busy = state.data.executions.iter().any(|execution| execution.status.is_active());
    if let Maintenance::On { activated_at, .. } = &mut state.maintenance
        && activated_at.is_none()
        && !is_busy
    {
        *activated_at = Some(now.to_owned());
    }
}

/// `GET /maintenance`.
pub(super) fn show(shared: &Shared) -> Value {
    let now = shared.now();
    let mut state = shared.state();
    settle(&mut state, &now);
    let active = state.data.executions.iter().filter(|execution| execution.status.is_active());
    let remaining: Vec<Value> = active
        .map(|execution| {
            json!({
                "id": execution.id, "status": execution.status.word(), "deployment_id": execution.deployment,
                "workflow_id": execution.workflow,
            })
        })
        .collect();
    match &state.maintenance {
        Maintenance::Off => json!({
            "status": "deactivated", "activated_at": "", "activation_requested_at": "", "requested_by": "",
            "remaining_executions": null,
        }),
        Maintenance::On { requested_at, requested_by, activated_at } => json!({
            "status": if activated_at.is_some() { "activated" } else { "activating" },
            "activated_at": activated_at.clone().unwrap_or_default(), "activation_requested_at": requested_at,
            "requested_by": requested_by,
            "remaining_executions": if activated_at.is_some() { Value::Null } else { remaining.into() },
        }),
    }
}

/// `POST /maintenance/activate` and `deactivate`.
pub(super) fn switch(shared: &Shared, user: &User, on: bool) -> Reply {
    {
        let now = shared.now();
        let mut state = shared.state();
        let is_on = matches!(state.maintenance, Maintenance::On { .. });
        if is_on == on {
            return Reply::NotModified;
        }
        state.maintenance = if on {
            Maintenance::On { requested_at: now, requested_by: user.name.clone(), activated_at: None }
        } else {
            Maintenance::Off
        };
    }
    Reply::ok(show(shared))
}

/// Refuses what maintenance mode does not let pass. `changes` is what begins executions or makes snapshots.
pub(super) fn check(shared: &Shared, endpoint: &Endpoint, changes: bool, bypass: bool) -> Result<(), Refusal> {
    let release = shared.config.release;
    let now = shared.now();
    let mut state = shared.state();
    settle(&mut state, &now);
    // Up to 5.x only the manager's own calls may pass, and none of those come over the network (2.1).
    if bypass && release >= Release::V7_0 {
        return Ok(());
    }
    let always = matches!(
        endpoint,
        Endpoint::Maintenance
            | Endpoint::MaintenanceAction(_)
            | Endpoint::Status
            | Endpoint::Version
            | Endpoint::SnapshotStatus
    );
    let is_snapshot =
        matches!(endpoint, Endpoint::Snapshots | Endpoint::Snapshot(_) | Endpoint::Archive(_) | Endpoint::Restore(_));
    match &state.maintenance {
        Maintenance::Off => Ok(()),
        Maintenance::On { .. } if always => Ok(()),
        Maintenance::On { activated_at: Some(_), .. } => {
            if is_snapshot && release.maintenance_lets_snapshots_pass() {
                Ok(())
            } else {
                Err(Refusal::in_maintenance())
            }
        }
        Maintenance::On { activated_at: None, .. } if changes => Err(Refusal::entering_maintenance()),
        Maintenance::On { activated_at: None, .. } => Ok(()),
    }
}
