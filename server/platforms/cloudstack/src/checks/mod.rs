//! What has to be true before anything is started, each with what was seen and what to do about it. Pure.

mod api;
mod cloud;
mod hosts;
#[cfg(test)]
mod tests;

use model::cloudstack::CloudStackInventory;
use model::environment::{CloudStackSettings, Environment};
use model::precheck::Precheck;
use model::procedure::{RestartMode, RestartSystemVms};

pub(crate) use api::{clocks, management_servers, rights, version};

/// The prechecks of **Restart System VMs**.
#[must_use]
pub fn prechecks(
    _environment: &Environment,
    settings: &CloudStackSettings,
    inventory: &CloudStackInventory,
    inputs: &RestartSystemVms,
) -> Vec<Precheck> {
    let mut checks = vec![
        version(&inventory.version),
        clocks(&inventory.clock_skew_ms, settings.tuning.clock_skew),
        rights(&inventory.missing_rights, Some(inputs.mode)),
        management_servers(&inventory.management_servers, &inventory.version),
        cloud::pending_jobs(inventory),
        cloud::templates(inventory, inputs),
        cloud::needs(inventory, inputs),
        cloud::transitions(inventory, inputs),
        cloud::consoles(inventory, inputs),
        cloud::hypervisors(inventory, inputs),
    ];
    checks.extend(hosts::reachable(settings, inventory, inputs.mode));
    checks.push(hosts::port(settings, inventory, inputs.mode));
    if inputs.mode == RestartMode::Script {
        checks.extend(hosts::script(settings, inventory));
    }
    checks
}
