//! **Upload Snapshot**: an archive that Drydock keeps, to a manager that is to have it. Nothing is restored.

use std::collections::BTreeSet;

use model::cloudify::{CloudifyInventory, KeptArchive};
use model::environment::{CloudifySettings, Environment};
use model::plan::{CloudifyCall, CloudifyProbe, Hazard, PLAN_FORMAT, Plan, Probe, Side, Step, Target, Undo, Weight};
use model::procedure::{Inputs, UploadSnapshot};

use super::{SnapshotPlanError, manager, version_without};
use crate::planner::steps::{LOOK, call, id, observe, on, stage};
use crate::planner::vendor;

/// The plan of **Upload Snapshot**.
///
/// # Errors
/// The manager has one of that name, nothing is kept under it, or what must be known is not.
pub fn plan_upload(
    environment: &Environment,
    settings: &CloudifySettings,
    inventory: &CloudifyInventory,
    inputs: &UploadSnapshot,
) -> Result<Plan, SnapshotPlanError> {
    let side = inputs.on;
    let version = version_without(manager(inventory, side)?, side, &inputs.snapshot)?;
    let kept = inventory.archives.iter().find(|kept| kept.snapshot == inputs.snapshot);
    let kept = kept.ok_or_else(|| SnapshotPlanError::NoArchive(inputs.snapshot.to_string()))?;
    Ok(Plan {
        format: PLAN_FORMAT,
        environment: environment.id.clone(),
        inputs: Inputs::UploadSnapshot(inputs.clone()),
        summary: format!(
            "Brings the archive {} ({} bytes, made by {}, SHA-256 {}) to {side}, {version}. Nothing is restored.",
            kept.snapshot, kept.bytes, kept.version, kept.sha256
        ),
        stages: vec![
            stage(
                "The archive is whole, and its name is free",
                "steps",
                vec![proven(settings, kept), free(side, kept)],
            ),
            stage("Upload", "steps", vec![upload(settings, side, kept)]),
        ],
        finally: Vec::new(),
        hazards: vec![
            Hazard {
                weight: Weight::Caution,
                words:
                    "Whoever may restore on that manager can then restore this archive there: what the manager has is \
                        replaced by what is in it."
                        .to_owned(),
            },
            Hazard { weight: Weight::Note, words: "The archive holds keys and salts.".to_owned() },
        ],
        left_out: Vec::new(),
        hold: 0,
        confirmations: vec![],
    })
}

fn proven(settings: &CloudifySettings, kept: &KeptArchive) -> Step {
    let versions = BTreeSet::from([kept.version.to_string()]);
    let proof = Probe::Cloudify(CloudifyProbe::ArchiveKept { snapshot: kept.snapshot.clone(), versions });
    let title = format!("The archive {} is what came", kept.snapshot);
    observe(id(&["archive", "proven"]), title, Target::Platform, proof, settings.tuning.transfer_deadline)
}

/// What a try leaves behind is removed before the next one, so nobody else's may be there under that name.
fn free(side: Side, kept: &KeptArchive) -> Step {
    let proof = Probe::Cloudify(CloudifyProbe::SnapshotUnknown { on: side, snapshot: kept.snapshot.clone() });
    observe(id(&["look", "free"]), format!("{} is no name on {side} yet", kept.snapshot), on(side), proof, LOOK)
}

fn upload(settings: &CloudifySettings, side: Side, kept: &KeptArchive) -> Step {
    let snapshot = &kept.snapshot;
    Step {
        attempts: 3,
        deadline: settings.tuning.transfer_deadline,
        hazard: Some("A manager takes any bytes for an archive, so all of them are read back and compared.".to_owned()),
        undo: Undo::ByHand(format!("cfy snapshots delete {snapshot}, on that manager.")),
        vendor: Some(vendor::upload(snapshot)),
        ..call(
            id(&["snapshot", "upload"]),
            format!("Upload the archive to {side} as {snapshot}, and read it back"),
            CloudifyCall::UploadArchive { on: side, archive: snapshot.clone(), snapshot: snapshot.clone() },
            CloudifyProbe::Uploaded { on: side, archive: snapshot.clone(), snapshot: snapshot.clone() },
        )
    }
}
