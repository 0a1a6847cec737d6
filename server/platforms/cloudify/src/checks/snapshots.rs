//! What has to be true before a snapshot is made, or an archive brought.

use model::cloudify::{CloudifyInventory, KeptArchive, MaintenanceStatus, ManagerInventory};
use model::plan::Side;
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::procedure::{CreateSnapshot, UploadSnapshot};

use super::managers::{idle, services};
use crate::planner::{chosen, shortened};

/// For **Create Snapshot**. Without a plan there are none: what forbids the plan says why.
#[must_use]
pub fn creation_prechecks(inventory: &CloudifyInventory, inputs: &CreateSnapshot) -> Vec<Precheck> {
    let side = inputs.on;
    let Ok(manager) = chosen(inventory, side) else { return Vec::new() };
    vec![
        about(&format!("All services of {side} run"), &manager.status, |status| services(side, status)),
        about(&format!("Nothing is executed on {side}"), &manager.executions, |all| idle(side, all)),
        maintenance(side, manager),
        restoring(side, manager),
        room(side, manager, None),
    ]
}

/// For **Upload Snapshot**.
#[must_use]
pub fn upload_prechecks(inventory: &CloudifyInventory, inputs: &UploadSnapshot) -> Vec<Precheck> {
    let side = inputs.on;
    let Ok(manager) = chosen(inventory, side) else { return Vec::new() };
    let Some(kept) = inventory.archives.iter().find(|kept| kept.snapshot == inputs.snapshot) else { return Vec::new() };
    vec![
        about(&format!("All services of {side} run"), &manager.status, |status| services(side, status)),
        maintenance(side, manager),
        restoring(side, manager),
        release(side, manager, kept),
        room(side, manager, Some(kept.bytes)),
    ]
}

/// Up to 4.4 it refuses everything about snapshots; later it hides what becomes of them (2.4).
fn maintenance(side: Side, manager: &ManagerInventory) -> Precheck {
    let title = format!("Maintenance mode of {side} is off");
    let may = manager.version.value().is_some_and(model::cloudify::ManagerVersion::can_be_watched_in_maintenance);
    about(&title, &manager.maintenance, |maintenance| {
        let said = format!("it is {}", maintenance.status);
        match maintenance.status {
            MaintenanceStatus::Deactivated => good(title.clone(), said),
            MaintenanceStatus::Activated if may => {
                good(title.clone(), format!("{said}; from 7.0 on snapshots may pass, and can be watched"))
            }
            _ => bad(
                Verdict::Blocking,
                title.clone(),
                said,
                "cfy maintenance-mode deactivate: up to 4.4 a manager in it knows nothing of snapshots, and up to 6 it does \
                 not show what becomes of them.",
            ),
        }
    })
}

fn restoring(side: Side, manager: &ManagerInventory) -> Precheck {
    let title = format!("No snapshot is being restored on {side}");
    match manager.restoring.value() {
        Some(true) => bad(Verdict::Blocking, title, "one is", "Wait until it is over, then look again."),
        Some(false) => good(title, "snapshot-status says not-running"),
        None => good(title, "releases before 5.0.5 tell by their executions"),
    }
}

/// Its validator refuses what is newer; the upload itself takes anything (2.2, 4.3).
fn release(side: Side, manager: &ManagerInventory, kept: &KeptArchive) -> Precheck {
    let title = format!("{side} can restore what {} has made", kept.version);
    about(&title, &manager.version, |version| {
        if *version >= kept.version {
            return good(title.clone(), format!("it runs {version}"));
        }
        let words =
            "It can be brought there all the same, but a snapshot is restored by its own release or a later one.";
        bad(Verdict::Warning, title.clone(), format!("it runs {version}"), words)
    })
}

/// How large a snapshot becomes is not known before it is there; of an archive it is.
fn room(side: Side, manager: &ManagerInventory, wanted: Option<u64>) -> Precheck {
    // No green light for what nobody can know.
    let title = match wanted {
        Some(_) => format!("There is room on the machine of {side}"),
        None => format!("It is known how much room the machine of {side} has"),
    };
    let Some(machine) = manager.machine.value() else {
        let why = manager.machine.reason().unwrap_or_default();
        let words = "Nothing can be said about it without SSH. Look with df, in /tmp and /opt/manager.";
        return bad(Verdict::Warning, title, format!("{}: {why}", manager.machine.source), words);
    };
    let free: Vec<String> =
        machine.free_bytes.iter().map(|(path, bytes)| format!("{path}: {} MB", bytes / 1_000_000)).collect();
    let said = format!("{} free", shortened(free));
    let most = machine.free_bytes.values().max().copied().unwrap_or_default();
    match wanted {
        Some(bytes) if most < bytes => {
            let said = format!("{said}, and the archive has {} MB", bytes / 1_000_000);
            bad(
                Verdict::Blocking,
                title,
                said,
                "Make room there first: the manager would take its beginning and break off.",
            )
        }
        Some(bytes) => good(title, format!("{said}, and the archive has {} MB", bytes / 1_000_000)),
        None => good(title, format!("{said}; whether that is enough nobody knows before the snapshot is there")),
    }
}
