//! The plans of the page of snapshots: one is made, or one is brought. Pure, as those of a migration are.

mod create;
mod error;
#[cfg(test)]
mod tests;
mod upload;

use model::cloudify::{CloudifyInventory, ManagerInventory, ManagerVersion, Snapshot};
use model::id::SnapshotId;
use model::observed::Observed;
use model::plan::Side;

pub use create::plan_creation;
pub use error::SnapshotPlanError;
pub use upload::plan_upload;

/// The manager that was chosen. In place there is one, whatever it runs.
pub(crate) fn manager(inventory: &CloudifyInventory, side: Side) -> Result<&ManagerInventory, SnapshotPlanError> {
    match (side, &inventory.new) {
        (Side::Old, _) => Ok(&inventory.old),
        (Side::New, Some(new)) => Ok(new),
        (Side::New, None) => Err(SnapshotPlanError::OneManager),
    }
}

fn known<'a, T>(what: &'static str, value: &'a Observed<T>) -> Result<&'a T, SnapshotPlanError> {
    value
        .value()
        .ok_or_else(|| SnapshotPlanError::NotSeen { what, reason: value.reason().unwrap_or_default().to_owned() })
}

/// What it runs, when it has no snapshot of that name: nothing there is replaced.
fn version_without<'a>(
    manager: &'a ManagerInventory,
    side: Side,
    snapshot: &SnapshotId,
) -> Result<&'a ManagerVersion, SnapshotPlanError> {
    let version = known("the manager's version", &manager.version)?;
    let there: &Vec<Snapshot> = known("the manager's snapshots", &manager.snapshots)?;
    if there.iter().any(|one| &one.id == snapshot) {
        return Err(SnapshotPlanError::Exists { on: side, snapshot: snapshot.to_string() });
    }
    Ok(version)
}
