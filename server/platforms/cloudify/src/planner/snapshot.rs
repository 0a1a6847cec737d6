//! The snapshot of the old manager, and its archive (P11, P12).

use std::collections::BTreeSet;

use model::plan::{CloudifyCall, CloudifyProbe, Probe, Side, Stage, Step, Undo};
use model::procedure::CfyStep;

use super::steps::{LOOK, call, id, observe, on, once, stage};
use super::view::View;
use super::{PlanError, cfy, vendor};

pub(super) fn stage_of(view: &View<'_>) -> Result<Stage, PlanError> {
    let networks = (!view.in_place).then(|| networks_fit(view));
    let steps = [create(view)?, keep(view)].into_iter().chain(networks);
    Ok(stage("Snapshot of the old manager", "steps", steps.collect()))
}

fn create(view: &View<'_>) -> Result<Step, PlanError> {
    let snapshot = view.inputs.snapshot.clone();
    let made = Step {
        deadline: view.settings.tuning.snapshot_deadline,
        hazard: Some(
            "It needs room for the database, the files and the archive on the old manager. If it fails, its error is told \
             and nothing else has happened."
                .to_owned(),
        ),
        undo: Undo::ByHand(format!("cfy snapshots delete {snapshot}, on the old manager.")),
        vendor: Some(vendor::create(&view.old, &snapshot)),
        ..once(
            call(
                id(&["snapshot", "create"]),
                format!("Create the snapshot {snapshot} on the old manager"),
                CloudifyCall::CreateSnapshot { on: Side::Old, snapshot: snapshot.clone(), options: BTreeSet::new() },
                CloudifyProbe::SnapshotCreated { on: Side::Old, snapshot: snapshot.clone() },
            ),
            CloudifyProbe::SnapshotUnknown { on: Side::Old, snapshot: snapshot.clone() },
        )
    };
    if !view.by_cfy(CfyStep::CreateSnapshot) {
        return Ok(made);
    }
    let words: &[&str] = if view.old.has_tenants() { &["snapshots", "create"] } else { &["snapshots", "create", "-s"] };
    let words = words.iter().copied().chain([snapshot.as_str()]);
    Ok(Step { action: cfy::action(view, Side::Old, words, None)?, ..made })
}

fn keep(view: &View<'_>) -> Step {
    let snapshot = view.inputs.snapshot.clone();
    let hazard = if view.old.is_release(4, 0, 1) {
        "The archive tells whether update-3 was applied (S3): one made without it knows the agents of one tenant only, and \
         is refused here. It holds keys and salts."
    } else {
        "It holds keys and salts."
    };
    Step {
        attempts: 3,
        deadline: view.settings.tuning.transfer_deadline,
        hazard: Some(format!(
            "{hazard} A retry needs it, because the snapshot's record is gone after a restore: it stays."
        )),
        vendor: Some(vendor::download(&view.old, &snapshot)),
        ..call(
            id(&["snapshot", "keep"]),
            format!("Download the archive of {snapshot}, prove it and keep it"),
            CloudifyCall::KeepArchive { snapshot: snapshot.clone() },
            CloudifyProbe::ArchiveKept { snapshot, versions: versions(view) },
        )
    }
}

/// What its own release stamps into the archive; a patched 4.0.1 stamps something of its own (P4).
pub(super) fn versions(view: &View<'_>) -> BTreeSet<String> {
    if let Some(kept) = view.kept {
        return BTreeSet::from([kept.version.to_string()]);
    }
    if view.old.is_release(4, 0, 1) {
        return BTreeSet::from(["4.1.0-p3-4.0.1".to_owned()]);
    }
    if view.old.is_release(4, 0, 0) {
        return BTreeSet::from(["4.0.0".to_owned(), "4.1.0-p1-4.0.0".to_owned()]);
    }
    BTreeSet::from([view.old.to_string()])
}

/// N4. Without it the restore fails its own validation, and networks are set at bootstrap only.
pub(super) fn networks_fit(view: &View<'_>) -> Step {
    let archive = view.archive().clone();
    let title = "The new manager has every network that the archive needs";
    let proof = Probe::Cloudify(CloudifyProbe::NetworksFit { archive });
    Step {
        hazard: Some("Networks are set when a manager is bootstrapped, and at no other time.".to_owned()),
        ..observe(id(&["look", "networks"]), title, on(Side::New), proof, LOOK)
    }
}
