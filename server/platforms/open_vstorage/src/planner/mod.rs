//! From inventory and choice to plan. Pure: no clock, no network; the same facts give the same digest.

mod arakoon;
mod common;
mod error;
mod fit;
mod framework;
#[cfg(test)]
mod golden;
mod hazards;
#[cfg(test)]
mod mend_tests;
#[cfg(test)]
mod properties;
mod put_back;
pub(crate) mod scripts;
mod start_stopped;
mod steps;
mod storage;
mod supervised;
mod targets;
#[cfg(test)]
mod tests;
mod vendor;
mod view;
mod words;

use model::environment::{Environment, OpenVstorageSettings};
use model::open_vstorage::{Component, OpenVstorageInventory};
use model::plan::{Hazard, LeftOut, PLAN_FORMAT, Plan, Stage, Step};
use model::procedure::{Inputs, OpenVstorageUpdate, Procedure, UpdateMode};

pub(crate) use common::may_be_sealed;
pub use error::PlanError;
pub use fit::fit;
pub(crate) use targets::{choice, is_in_scope};
pub(crate) use words::shortened;

use steps::Maker;
use view::View;

/// What a mode makes.
pub(crate) struct Made {
    stages: Vec<Stage>,
    finally: Vec<Step>,
    left_out: Vec<LeftOut>,
}

/// The plan of **Update Framework** or **Update Storage Driver**.
///
/// # Errors
/// When the choice makes no sense here, or what must be known is not.
pub fn plan(
    environment: &Environment,
    settings: &OpenVstorageSettings,
    inventory: &OpenVstorageInventory,
    inputs: &Inputs,
) -> Result<Plan, PlanError> {
    let update = choice(inputs)?;
    let procedure = inputs.procedure();
    check_choice(update, procedure)?;
    let view = View::new(settings, inventory)?;
    match update.mode {
        UpdateMode::Supervised | UpdateMode::StepByStep => {}
        UpdateMode::StartStopped => {
            let targets = start_stopped::targets(&view)?;
            let maker = Maker { tuning: &settings.tuning, targets: &targets };
            let made = start_stopped::made(&view, inventory, &maker)?;
            let (summary, hazards) = (start_stopped::summary(&view), start_stopped::hazards(&view));
            return Ok(plan_of(environment, settings, inputs, summary, hazards, made));
        }
        UpdateMode::PutFilesBack => {
            let made = put_back::made(&view, &update.files)?;
            let (summary, hazards) = (put_back::summary(&view, &update.files), put_back::hazards());
            return Ok(plan_of(environment, settings, inputs, summary, hazards, made));
        }
    }
    let targets = targets::targets(&view, procedure, &update.keep)?;
    check_simulations(&view, procedure)?;
    let maker = Maker { tuning: &settings.tuning, targets: &targets };
    let made = match (update.mode, procedure) {
        (UpdateMode::Supervised, _) => supervised::made(&view, inventory, &maker, procedure)?,
        (UpdateMode::StepByStep, Procedure::UpdateFramework) => {
            framework::made(&view, inventory, &maker, update.order)?
        }
        (UpdateMode::StepByStep | UpdateMode::StartStopped | UpdateMode::PutFilesBack, _) => {
            storage::made(&view, inventory, &maker)?
        }
    };
    let kept = update.keep.iter();
    let kept =
        kept.map(|package| LeftOut { what: package.to_string(), why: "keeps its version, as was chosen".to_owned() });
    let made = Made { left_out: made.left_out.into_iter().chain(kept).collect(), ..made };
    let summary = summary(&view, inventory, update, procedure, &maker)?;
    let hazards = hazards::hazards(&view, inventory, update, procedure, &maker)?;
    Ok(plan_of(environment, settings, inputs, summary, hazards, made))
}

fn plan_of(
    environment: &Environment,
    settings: &OpenVstorageSettings,
    inputs: &Inputs,
    summary: String,
    hazards: Vec<Hazard>,
    made: Made,
) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        environment: environment.id.clone(),
        inputs: inputs.clone(),
        summary,
        stages: made.stages,
        finally: made.finally,
        hazards,
        left_out: made.left_out,
        hold: settings.tuning.hold,
        confirmations: vec![],
    }
}

fn check_choice(update: &OpenVstorageUpdate, procedure: Procedure) -> Result<(), PlanError> {
    let is_supervised = update.mode == UpdateMode::Supervised;
    if is_supervised && !update.keep.is_empty() {
        return Err(PlanError::KeepNeedsStepByStep);
    }
    if update.order.is_some() && (is_supervised || procedure != Procedure::UpdateFramework) {
        return Err(PlanError::OrderNotUsed);
    }
    Ok(())
}

/// A package manager that would remove something of ours is never let loose (5.2, P6).
fn check_simulations(view: &View<'_>, procedure: Procedure) -> Result<(), PlanError> {
    for seat in &view.seats {
        for component in Component::of_procedure(procedure) {
            let removes = seat.node.simulations.get(component).and_then(|seen| seen.value()).map(|seen| &seen.removes);
            if let Some(removes) = removes.filter(|removes| !removes.is_empty()) {
                let packages = removes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                return Err(PlanError::WouldRemove { host: seat.host.to_string(), packages });
            }
        }
    }
    Ok(())
}

fn summary(
    view: &View<'_>,
    inventory: &OpenVstorageInventory,
    update: &OpenVstorageUpdate,
    procedure: Procedure,
    maker: &Maker<'_>,
) -> Result<String, PlanError> {
    if update.mode == UpdateMode::Supervised {
        return supervised::summary(common::generation(inventory)?, procedure, view);
    }
    let changes =
        maker.targets.pending.iter().filter_map(|name| Some(format!("{name} {}", maker.targets.versions.get(name)?)));
    let changes = shortened(changes.collect());
    let nodes = words::count(view.seats.len(), "node");
    let changes = if changes.is_empty() {
        "Starts services anew that run an old program".to_owned()
    } else {
        format!("Installs {changes}")
    };
    Ok(match procedure {
        Procedure::UpdateFramework => format!("{changes} on {nodes}, with the framework stopped everywhere meanwhile."),
        _ => format!("{changes} on {nodes}, with all volumes offline meanwhile."),
    })
}
