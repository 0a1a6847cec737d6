//! From inventory and choice to plan. Pure: no clock, no network; the same facts give the same digest.

mod error;
mod fit;
#[cfg(test)]
mod golden;
mod hazards;
mod native;
mod pairs;
#[cfg(test)]
mod properties;
mod scope;
mod scripted;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use model::cloudstack::CloudStackInventory;
use model::environment::{CloudStackSettings, Environment};
use model::plan::{PLAN_FORMAT, Plan};
use model::procedure::{Inputs, RestartMode, RestartSystemVms};

pub use error::PlanError;
pub use fit::fit;
pub(crate) use scope::{is_in_scope, is_restartable, natural};
pub(crate) use scripted::{ScriptHost, is_fit, script_host};
pub(crate) use words::listed;

/// The plan of **Restart System VMs**.
///
/// # Errors
/// When the choice makes no sense here, or what must be known is not.
pub fn plan(
    environment: &Environment,
    settings: &CloudStackSettings,
    inventory: &CloudStackInventory,
    inputs: &RestartSystemVms,
) -> Result<Plan, PlanError> {
    let scope = scope::scope(inventory, inputs)?;
    let mut hazards = hazards::hazards(&scope, inventory)?;
    let (how, stages, finally, hold) = match inputs.mode {
        RestartMode::Native => {
            let stages = native::stages(&scope, settings, inputs)?;
            ("by signed API requests", stages, Vec::new(), settings.tuning.hold)
        }
        RestartMode::Script => {
            let scripted = scripted::plan(environment, settings, inventory, inputs, &scope)?;
            hazards.extend(scripted.hazards);
            ("with cloudstack-sysvmadm", scripted.stages, scripted.finally, scripted.hold)
        }
    };
    hazards.sort_by_key(|hazard| std::cmp::Reverse(hazard.weight));
    Ok(Plan {
        format: PLAN_FORMAT,
        environment: environment.id.clone(),
        inputs: Inputs::RestartSystemVms(inputs.clone()),
        summary: format!("Restarts {} in {} {how}.", words::counts(&scope), words::places(&scope)),
        stages,
        finally,
        hazards,
        left_out: scope.left_out,
        hold,
        confirmations: Vec::new(),
    })
}
