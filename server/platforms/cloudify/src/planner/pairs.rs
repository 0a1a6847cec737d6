//! Which release can follow which, and by which way: refused before anything is touched.

use std::collections::{BTreeMap, BTreeSet};

use model::cloudify::KeptArchive;
use model::id::NodeInstanceId;
use model::procedure::Confirmation;

use super::view::{View, release_of, seen};
use super::{PlanError, shortened};

pub(super) fn check(view: &View<'_>) -> Result<(), PlanError> {
    check_machines(view)?;
    check_releases(view)?;
    if view.in_place {
        check_in_place(view)?;
    }
    // P4. The archive itself tells afterwards, and the plan looks at it; but then the snapshot is made already.
    if view.old.is_release(4, 0, 1) && !view.is_retry() {
        view.needs(Confirmation::UpdateThree)?;
    }
    if !view.old.snapshot_carries_admin() {
        view.needs(Confirmation::ConsolesMayBeLost)?;
    }
    match view.kept {
        Some(_) => check_retry(view),
        None => check_first(view),
    }
}

/// Settings name two machines; two addresses may lead to one all the same.
fn check_machines(view: &View<'_>) -> Result<(), PlanError> {
    let old = view.inventory.old.machine.value();
    let new = view.inventory.new.as_ref().and_then(|new| new.machine.value());
    match (old, new) {
        (Some(old), Some(new)) if old.boot_id == new.boot_id => Err(PlanError::OneMachine {
            old: view.settings.old.host.name.clone(),
            new: view.settings.new_host().name.clone(),
            boot_id: old.boot_id.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_releases(view: &View<'_>) -> Result<(), PlanError> {
    let (old, new) = (&view.old, &view.new);
    if !old.can_be_old() {
        return Err(PlanError::OldRelease(old.clone()));
    }
    if !new.can_be_new() {
        return Err(PlanError::NewRelease(new.clone()));
    }
    if new < old {
        return Err(PlanError::Backwards { old: old.clone(), new: new.clone() });
    }
    if !old.has_tenants() && !new.restores_3x() {
        return Err(PlanError::No3x { old: old.clone(), new: new.clone() });
    }
    Ok(())
}

fn check_in_place(view: &View<'_>) -> Result<(), PlanError> {
    if view.old.is_release(4, 0, 0) {
        return Err(PlanError::InPlace400);
    }
    if !view.old.is_at_least(4, 0, 1) {
        return Err(PlanError::InPlaceRelease(view.old.clone()));
    }
    view.needs(Confirmation::SimpleBlueprint)
}

fn check_first(view: &View<'_>) -> Result<(), PlanError> {
    let managers = [Some(&view.inventory.old), view.inventory.new.as_ref()];
    for manager in managers.into_iter().flatten() {
        let snapshots = seen("the snapshots of a manager", &manager.snapshots)?;
        if snapshots.iter().any(|snapshot| snapshot.id == view.inputs.snapshot) {
            return Err(PlanError::SnapshotExists(view.inputs.snapshot.to_string()));
        }
    }
    if view.inventory.archives.iter().any(|kept| kept.snapshot == view.inputs.snapshot) {
        return Err(PlanError::SnapshotExists(view.inputs.snapshot.to_string()));
    }
    match &view.inventory.new {
        Some(new) => match *seen("the new manager's blueprints", &new.blueprints)? {
            0 => Ok(()),
            some => Err(PlanError::NotEmpty(some)),
        },
        None => Ok(()),
    }
}

/// Dossier 4.3: under a fresh id, and never 3.x on Premium.
fn check_retry(view: &View<'_>) -> Result<(), PlanError> {
    let (Some(kept), Some(new)) = (view.kept, view.new_inventory()) else { return Ok(()) };
    if kept.snapshot == view.inputs.snapshot {
        return Err(PlanError::SameName(kept.snapshot.to_string()));
    }
    if seen("the new manager's snapshots", &new.snapshots)?.iter().any(|there| there.id == view.inputs.snapshot) {
        return Err(PlanError::SnapshotExists(view.inputs.snapshot.to_string()));
    }
    if release_of(&kept.version) != view.old {
        let (snapshot, found, old) = (kept.snapshot.to_string(), kept.version.clone(), view.old.clone());
        return Err(PlanError::ForeignArchive { snapshot, found, old });
    }
    if !view.in_place {
        check_hosts(view, kept)?;
    }
    if !view.old.has_tenants() && view.is_premium(new) {
        return Err(PlanError::Retry3xPremium);
    }
    Ok(())
}

/// The settings may name another old manager by now. In place nothing is left to compare with.
fn check_hosts(view: &View<'_>, kept: &KeptArchive) -> Result<(), PlanError> {
    let known: BTreeSet<&NodeInstanceId> = view.baseline.iter().flat_map(|one| &one.hosts).collect();
    let held = kept.agents.values().flat_map(BTreeMap::values).flatten();
    let foreign: Vec<String> = held.filter(|id| !known.contains(id)).map(ToString::to_string).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(PlanError::OtherManagers { snapshot: kept.snapshot.to_string(), hosts: shortened(foreign) })
}
