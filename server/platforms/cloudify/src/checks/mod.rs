//! What has to be true before a migration may start. Each caution of the vendor's text has its line, S1 to S13, also
//! when it does not apply: who approves sees that it was thought of.

mod cautions;
mod managers;
mod snapshots;
#[cfg(test)]
mod tests;

use model::cloudify::CloudifyInventory;
use model::environment::CloudifySettings;
use model::precheck::Precheck;
use model::procedure::MigrateManager;

use crate::planner::View;

pub use snapshots::{creation_prechecks, upload_prechecks};

/// Questions and answers. Without a plan there are none: what forbids the plan says why.
#[must_use]
pub fn prechecks(settings: &CloudifySettings, inventory: &CloudifyInventory, inputs: &MigrateManager) -> Vec<Precheck> {
    match View::new(settings, inventory, inputs) {
        Ok(view) => [managers::checks(&view), cautions::checks(&view)].concat(),
        Err(_) => Vec::new(),
    }
}
