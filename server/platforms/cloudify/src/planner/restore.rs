//! The archive on the new manager: upload, restore, and the wait until the manager is itself again (I5 to I8, N4 to N7).

use model::plan::{CloudifyCall, CloudifyProbe, Probe, Side, Stage, Step, Target, Undo};
use model::procedure::{CfyStep, Preparation};

use super::snapshot::networks_fit;
use super::steps::{LOOK, call, id, observe, on, once, stage, watch};
use super::view::View;
use super::{PlanError, cfy, in_place, vendor};

pub(super) fn stages(view: &View<'_>) -> Result<Vec<Stage>, PlanError> {
    let mut bring = Vec::new();
    if view.is_retry() {
        bring.push(still_kept(view));
        bring.push(networks_fit(view));
    }
    if view.settings_machine_is_seen() {
        bring.push(room(view));
    }
    if view.wants(Preparation::Maintenance) {
        bring.push(maintenance_on(view));
    }
    bring.push(upload(view));
    let mut restore = Vec::new();
    if !view.in_place {
        restore.push(watch(view, &["before-restore"], false));
    }
    restore.extend(view.in_place.then(|| in_place::note_boot(view)));
    restore.push(restored(view)?);
    restore.extend(view.in_place.then(|| in_place::rebooted(view)));
    restore.push(settled(view));
    if view.wants(Preparation::Maintenance) {
        restore.push(maintenance_off(view, "restore/maintenance-off"));
    }
    restore.push(same_as_before(view));
    Ok(vec![stage("The archive on the new manager", "steps", bring), stage("Restore", "steps", restore)])
}

fn still_kept(view: &View<'_>) -> Step {
    let snapshot = view.archive().clone();
    let title = format!("The archive that is kept of {snapshot} is whole");
    let proof = CloudifyProbe::ArchiveKept { snapshot, versions: super::snapshot::versions(view) };
    let deadline = LOOK.max(view.settings.tuning.transfer_deadline);
    observe(id(&["restore", "kept"]), title, Target::Platform, Probe::Cloudify(proof), deadline)
}

fn room(view: &View<'_>) -> Step {
    let (archive, times) = (view.archive().clone(), view.settings.tuning.free_factor);
    let title = format!("On the new manager's machine {times} times the size of the archive are free");
    let proof = Probe::Cloudify(CloudifyProbe::Room { archive, times });
    Step {
        hazard: Some("A restore unpacks the archive into /tmp; when that fills up it fails half way.".to_owned()),
        ..observe(id(&["look", "room"]), title, on(Side::New), proof, LOOK)
    }
}

fn maintenance_on(_view: &View<'_>) -> Step {
    let (on, active) = (Side::New, true);
    Step {
        impact: "The new manager begins nothing but what has to do with snapshots.".to_owned(),
        undo: Undo::ByStep(id(&["close", "maintenance"])),
        vendor: Some(vendor::maintenance(true)),
        ..call(
            id(&["restore", "maintenance-on"]),
            "Switch maintenance mode of the new manager on",
            CloudifyCall::SetMaintenance { on, active },
            CloudifyProbe::Maintenance { on, active },
        )
    }
}

/// Agents cannot be installed in maintenance mode, so it is a step; and whatever happens it is closed at the end.
pub(super) fn maintenance_off(_view: &View<'_>, name: &str) -> Step {
    let (on, active) = (Side::New, false);
    Step {
        attempts: 3,
        vendor: Some(vendor::maintenance(false)),
        ..call(
            id(&name.split('/').collect::<Vec<_>>()),
            "Switch maintenance mode of the new manager off",
            CloudifyCall::SetMaintenance { on, active },
            CloudifyProbe::Maintenance { on, active },
        )
    }
}

fn upload(view: &View<'_>) -> Step {
    let (archive, snapshot) = (view.archive().clone(), view.inputs.snapshot.clone());
    Step {
        attempts: 3,
        deadline: view.settings.tuning.transfer_deadline.saturating_mul(2),
        undo: Undo::ByHand(format!("cfy snapshots delete {snapshot}, on the new manager.")),
        vendor: Some(vendor::upload(&snapshot)),
        ..call(
            id(&["restore", "upload"]),
            format!("Upload the archive to the new manager as {snapshot}, and read it back"),
            CloudifyCall::UploadArchive { on: Side::New, archive: archive.clone(), snapshot: snapshot.clone() },
            CloudifyProbe::Uploaded { on: Side::New, archive, snapshot },
        )
    }
}

fn restored(view: &View<'_>) -> Result<Step, PlanError> {
    let snapshot = view.inputs.snapshot.clone();
    // On another address restored certificates would break TLS to the agents (dossier 5, docs #571).
    let (certificates, force) = (view.in_place, view.is_retry());
    let whose = if view.old.snapshot_carries_admin() { "the old manager's" } else { "the new manager's" };
    let made = Step {
        deadline: view.settings.tuning.restore_deadline,
        impact: "The new manager's API answers badly for minutes, or not at all.".to_owned(),
        hazard: Some(format!(
            "It replaces the database. Afterwards the admin's name and password are {whose}. It is never cancelled; when \
             it fails half way, retry with the archive that is kept, or set the new manager up anew."
        )),
        undo: Undo::ByHand("Set the new manager up anew; the old one is not changed by this.".to_owned()),
        vendor: Some(vendor::restore(&snapshot, certificates, force)),
        ..once(
            call(
                id(&["restore", "restore"]),
                format!("Restore {snapshot} on the new manager"),
                CloudifyCall::Restore { snapshot: snapshot.clone(), force, certificates },
                CloudifyProbe::Restored { snapshot: snapshot.clone() },
            ),
            CloudifyProbe::RestoreNotBegun { snapshot: snapshot.clone() },
        )
    };
    let undo = if view.in_place {
        Undo::ByHand(format!("Install {} again and restore the archive that is kept.", view.old))
    } else {
        made.undo.clone()
    };
    let made = Step { undo, ..made };
    if !view.by_cfy(CfyStep::Restore) {
        return Ok(made);
    }
    let flags = [(certificates, "--restore-certificates"), (force, "--force")];
    let flags = flags.into_iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| flag);
    let words = ["snapshots", "restore", snapshot.as_str()].into_iter().chain(flags);
    Ok(Step { action: cfy::action(view, Side::New, words, None)?, ..made })
}

/// S8: a wait, and then good answers in a row. Before 4.2 nothing restarts, and the answers are wanted all the same.
fn settled(view: &View<'_>) -> Step {
    let tuning = &view.settings.tuning;
    let (pause, admin) =
        if view.old.snapshot_carries_admin() { (tuning.restart_pause, Side::Old) } else { (0, Side::New) };
    let answers = tuning.good_answers;
    let title = format!("{answers} good answers in a row, {pause} s after the restore (S8)");
    let proof = Probe::Cloudify(CloudifyProbe::Settled { pause, answers, admin });
    let deadline = tuning.restart_deadline.max(tuning.restart_pause.saturating_mul(4));
    Step {
        already: model::plan::Already::ActAnyway,
        vendor: Some(vendor::SETTLED.to_owned()),
        ..observe(id(&["restore", "settled"]), title, on(Side::New), proof, deadline)
    }
}

fn same_as_before(view: &View<'_>) -> Step {
    let title = "The new manager has the tenants, deployments and hosts of before";
    let proof = Probe::Cloudify(CloudifyProbe::SameAsBefore { deployments: view.baseline.clone() });
    Step {
        hazard: Some(
            "A restore only warns of deployments whose agents it could not read: they are named here, and the run is then \
             done with errors."
                .to_owned(),
        ),
        ..observe(id(&["restore", "compare"]), title, on(Side::New), proof, LOOK.saturating_mul(4))
    }
}

impl View<'_> {
    fn settings_machine_is_seen(&self) -> bool {
        self.inventory.successor().machine.value().is_some()
    }
}
