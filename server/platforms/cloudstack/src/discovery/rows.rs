//! From rows of the API's lists to the nouns of the model (field lists: dossier 3.8).

use model::cloudstack::{
    AgentState, Hypervisor, ManagementServer, PendingJob, Redundancy, RootVolume, RouterRole, Serves, SystemTemplate,
    SystemVm, VmKind, VmState, Zone,
};
use model::id::JobId;
use model::observed::Observed;
use model::time::Timestamp;
use serde_json::Value;

use crate::reply::{flag, id, moment, needed, number, text};

type Row<T> = Result<T, String>;

pub(crate) fn zone(row: &Value) -> Row<Zone> {
    Ok(Zone { id: needed(id(row, "id"), row, "id")?, name: needed(text(row, "name"), row, "name")? })
}

pub(crate) fn management_server(row: &Value) -> Row<ManagementServer> {
    Ok(ManagementServer {
        name: needed(text(row, "name"), row, "name")?,
        state: needed(text(row, "state"), row, "state")?,
        version: needed(text(row, "version"), row, "version")?,
    })
}

pub(crate) fn hypervisor(row: &Value) -> Row<Hypervisor> {
    Ok(Hypervisor {
        name: needed(text(row, "name"), row, "name")?,
        state: needed(text(row, "state"), row, "state")?,
        version: text(row, "version"),
        zone: needed(id(row, "zoneid"), row, "zoneid")?,
    })
}

/// Templates that are not for system VMs, and rows without a zone, are `None`.
pub(crate) fn system_template(row: &Value) -> Row<Option<SystemTemplate>> {
    let is_system = text(row, "templatetype").is_some_and(|kind| kind.eq_ignore_ascii_case("SYSTEM"));
    let Some(zone) = id(row, "zoneid").filter(|_| is_system) else { return Ok(None) };
    Ok(Some(SystemTemplate {
        id: needed(id(row, "id"), row, "id")?,
        name: needed(text(row, "name"), row, "name")?,
        zone,
        ready: flag(row, "isready").unwrap_or(false),
    }))
}

pub(crate) fn pending_job(row: &Value) -> Row<PendingJob> {
    let class = needed(text(row, "cmd"), row, "cmd")?;
    Ok(PendingJob {
        id: needed(job(row), row, "jobid")?,
        command: class.rsplit('.').next().unwrap_or(&class).to_owned(),
        instance: id(row, "jobinstanceid"),
        created: text(row, "created").unwrap_or_default(),
    })
}

fn job(row: &Value) -> Option<JobId> {
    JobId::new(text(row, "jobid")?).ok()
}

/// The ROOT volume; `Err` when the list does not show exactly one that is in use.
pub(crate) fn root_volume(rows: &[Value]) -> Row<RootVolume> {
    const GONE: [&str; 4] = ["Destroy", "Destroyed", "Expunging", "Expunged"];
    let in_use = |row: &&Value| !text(row, "state").is_some_and(|state| GONE.contains(&state.as_str()));
    let rows: Vec<&Value> = rows.iter().filter(in_use).collect();
    let [row] = rows.as_slice() else {
        return Err(format!("{} ROOT volumes are listed, one is expected", rows.len()));
    };
    let created = text(row, "created").unwrap_or_default();
    Ok(RootVolume {
        id: needed(id(row, "id"), row, "id")?,
        template: id(row, "templateid"),
        created_at: moment(&created),
        created,
    })
}

/// A row of `listSystemVms`.
pub(crate) fn system_vm(row: &Value) -> Row<SystemVm> {
    let kind = match text(row, "systemvmtype").as_deref() {
        Some("secondarystoragevm") => VmKind::SecondaryStorage,
        Some("consoleproxy") => VmKind::ConsoleProxy,
        other => return Err(format!("a system VM of type {other:?} is not known to Drydock")),
    };
    let agent = text(row, "agentstate").map(|state| match state.as_str() {
        "Up" => AgentState::Up,
        _ => AgentState::NotUp(state),
    });
    let sessions = number(row, "activeviewersessions").and_then(|count| u32::try_from(count).ok());
    Ok(SystemVm { agent, active_sessions: sessions, ..vm(row, kind)? })
}

/// A row of `listRouters`.
pub(crate) fn router(row: &Value) -> Row<SystemVm> {
    let role = match text(row, "role").as_deref() {
        Some("INTERNAL_LB_VM") => RouterRole::InternalLoadBalancer,
        _ => RouterRole::VirtualRouter,
    };
    Ok(SystemVm {
        software_version: text(row, "softwareversion"),
        requires_upgrade: flag(row, "requiresupgrade"),
        redundancy: redundancy(row),
        role,
        serves: serves(row),
        ..vm(row, VmKind::Router)?
    })
}

fn vm(row: &Value, kind: VmKind) -> Row<SystemVm> {
    let pending = number(row, "jobstatus").is_none_or(|status| status == 0);
    Ok(SystemVm {
        id: needed(id(row, "id"), row, "id")?,
        name: needed(text(row, "name"), row, "name")?,
        kind,
        zone: needed(id(row, "zoneid"), row, "zoneid")?,
        state: needed(text(row, "state").map(state), row, "state")?,
        agent: None,
        version: text(row, "version").filter(|version| version != "UNKNOWN"),
        software_version: None,
        requires_upgrade: None,
        redundancy: Redundancy::Single,
        role: RouterRole::VirtualRouter,
        serves: None,
        template: id(row, "templateid"),
        template_name: text(row, "templatename"),
        root: Observed::unknown("not looked for yet", "listVolumes", Timestamp(0)),
        hypervisor: text(row, "hostname"),
        active_sessions: None,
        pending_job: job(row).filter(|_| pending),
    })
}

fn state(word: String) -> VmState {
    match word.as_str() {
        "Running" => VmState::Running,
        "Stopping" => VmState::Stopping,
        "Stopped" => VmState::Stopped,
        "Starting" => VmState::Starting,
        _ => VmState::Other(word),
    }
}

fn redundancy(row: &Value) -> Redundancy {
    if flag(row, "isredundantrouter") != Some(true) {
        return Redundancy::Single;
    }
    match text(row, "redundantstate").as_deref() {
        Some("PRIMARY" | "MASTER") => Redundancy::Primary,
        Some("BACKUP") => Redundancy::Backup,
        other => Redundancy::Unclear(other.unwrap_or("not reported").to_owned()),
    }
}

fn serves(row: &Value) -> Option<Serves> {
    let name = |field| text(row, field);
    if let Some(vpc) = id(row, "vpcid") {
        let name = name("vpcname").unwrap_or_else(|| vpc.to_string());
        return Some(Serves::Vpc { id: vpc, name });
    }
    let network = id(row, "guestnetworkid")?;
    let name = name("guestnetworkname").unwrap_or_else(|| network.to_string());
    Some(Serves::Network { id: network, name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

    fn router_row(more: Value) -> Value {
        let mut row = json!({"id": ID, "name": "r-4-VM", "zoneid": ID, "state": "Running"});
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        row
    }

    #[test]
    fn the_active_router_of_a_pair_has_two_names() {
        for word in ["MASTER", "PRIMARY"] {
            let row = router_row(json!({"isredundantrouter": true, "redundantstate": word}));
            assert_eq!(router(&row).unwrap().redundancy, Redundancy::Primary, "{word}");
        }
        let row = router_row(json!({"isredundantrouter": true, "redundantstate": "FAULT"}));
        assert_eq!(router(&row).unwrap().redundancy, Redundancy::Unclear("FAULT".into()));
    }

    #[test]
    fn a_router_that_is_not_redundant_may_still_report_a_redundant_state() {
        let row = router_row(json!({"isredundantrouter": false, "redundantstate": "UNKNOWN"}));
        assert_eq!(router(&row).unwrap().redundancy, Redundancy::Single);
    }

    #[test]
    fn a_finished_job_in_the_row_is_not_pending() {
        let row = |status: i64| router_row(json!({"jobid": ID, "jobstatus": status}));
        assert!(router(&row(0)).unwrap().pending_job.is_some());
        assert!(router(&row(1)).unwrap().pending_job.is_none());
    }

    #[test]
    fn a_row_that_lacks_what_is_needed_says_which_and_what() {
        let row = json!({"id": ID, "name": "s-1-VM", "systemvmtype": "secondarystoragevm", "zoneid": "1"});
        let error = system_vm(&row).unwrap_err();
        assert!(error.contains("s-1-VM") && error.contains("zoneid"), "{error}");
    }

    #[test]
    fn two_root_volumes_are_not_one() {
        let row = json!({"id": ID, "created": "2026-01-02T03:04:05+0000"});
        assert!(root_volume(&[]).is_err() && root_volume(&[row.clone(), row.clone()]).is_err());
        assert_eq!(root_volume(&[row]).unwrap().id.as_str(), ID);
    }
}
