//! From inventory and choice to plan. Pure: no clock, no network; the same facts give the same digest.
//!
//! Tables 3.1 to 3.3 of the dossier as stages. A step that answers a caution of the vendor's text (3.4) names it, S1 to
//! S13; what no step can answer is a precheck, a hazard, or a reason why there is no plan.

mod agents;
mod cfy;
mod error;
mod finish;
mod fit;
#[cfg(test)]
mod golden;
mod hazards;
mod in_place;
mod pairs;
mod prepare;
#[cfg(test)]
mod properties;
mod restore;
mod scripts;
mod snapshot;
mod snapshots;
mod steps;
#[cfg(test)]
mod tests;
mod users;
mod vendor;
mod view;

use model::cloudify::CloudifyInventory;
use model::environment::{CloudifySettings, Environment};
use model::plan::{PLAN_FORMAT, Plan, Stage, Step};
use model::procedure::{Inputs, MigrateManager, Preparation};

pub use error::PlanError;
pub use fit::{Glance, Glances, asked, fit};
pub(crate) use model::words::{count, shortened};
pub(crate) use snapshots::manager as chosen;
pub use snapshots::{SnapshotPlanError, plan_creation, plan_upload};
pub(crate) use view::View;

/// The plan of **Migrate Manager**.
///
/// # Errors
/// When the choice makes no sense here, when the vendor's text or the releases themselves forbid it, or when what must
/// be known is not.
pub fn plan(
    environment: &Environment,
    settings: &CloudifySettings,
    inventory: &CloudifyInventory,
    inputs: &MigrateManager,
) -> Result<Plan, PlanError> {
    let view = View::new(settings, inventory, inputs)?;
    pairs::check(&view)?;
    prepare::check(&view)?;
    cfy::check(&view)?;
    users::check(&view)?;
    let stages = stages(&view)?;
    Ok(Plan {
        format: PLAN_FORMAT,
        environment: environment.id.clone(),
        inputs: Inputs::MigrateManager(inputs.clone()),
        summary: summary(&view),
        stages,
        finally: finally(&view),
        hazards: hazards::hazards(&view),
        left_out: view.left_out(),
        hold: settings.tuning.hold,
        confirmations: vec![],
    })
}

fn stages(view: &View<'_>) -> Result<Vec<Stage>, PlanError> {
    let mut stages = vec![prepare::look_around(view)];
    if !view.is_retry() {
        stages.extend(prepare::prepare(view));
        stages.push(snapshot::stage_of(view)?);
        if view.in_place {
            stages.push(in_place::replace(view));
        }
    }
    stages.extend(restore::stages(view)?);
    stages.extend(users::stage_of(view));
    stages.extend(prepare::stop_healing(view));
    stages.extend(agents::stages(view)?);
    stages.push(finish::verify(view));
    stages.extend(finish::old_manager(view));
    Ok(stages)
}

fn finally(view: &View<'_>) -> Vec<Step> {
    let maintenance = view.wants(Preparation::Maintenance).then(|| restore::maintenance_off(view, "close/maintenance"));
    let boot = view.in_place.then(|| in_place::forget_boot(view));
    maintenance.into_iter().chain(boot).chain(cfy::remove_work(view)).chain(prepare::start_again(view)).collect()
}

fn summary(view: &View<'_>) -> String {
    let agents: usize = view.planned.iter().map(|planned| planned.agents.len()).sum();
    let moved = format!("{} of {}", count(agents, "agent"), count(view.planned.len(), "deployment"));
    let what = match (&view.kept, view.in_place) {
        (None, false) => {
            format!("Takes a snapshot of the manager {}, restores it on the new manager {}", view.old, view.new)
        }
        (None, true) => format!(
            "Takes a snapshot of the manager {}, waits until {} was installed in its place, restores it there",
            view.old, view.new
        ),
        (Some(kept), _) => format!(
            "Restores the archive that is kept of {} (manager {}) once more on the manager {}",
            kept.snapshot, view.old, view.new
        ),
    };
    let end =
        if view.in_place { "" } else { " The old manager may be shut down only when every one of them is proven." };
    format!("{what}, and moves {moved} to it.{end}")
}
