//! What somebody should know before agreeing, whatever the mode.

use model::cloudstack::{CloudStackInventory, VmKind, same_version};
use model::plan::{Hazard, Weight};

use super::PlanError;
use super::pairs;
use super::scope::{Chosen, Scope, natural};
use super::words::listed;

pub(crate) fn hazards(scope: &Scope<'_>, inventory: &CloudStackInventory) -> Result<Vec<Hazard>, PlanError> {
    let routers: Vec<&Chosen<'_>> = scope.chosen.iter().filter(|chosen| chosen.vm.kind == VmKind::Router).collect();
    let mut hazards = pairs::hazards(&pairs::groups(&routers)?, scope.all);
    hazards.extend(same_disk(scope));
    hazards.extend(old_agents(scope, inventory));
    if !routers.is_empty() {
        hazards.push(Hazard {
            weight: Weight::Caution,
            words: "While a router is down its network takes no new instances or rule changes.".to_owned(),
        });
    }
    Ok(hazards)
}

/// VMs that keep their disk: say what their proof is worth.
fn same_disk(scope: &Scope<'_>) -> Option<Hazard> {
    let names: Vec<String> =
        scope.chosen.iter().filter(|chosen| !chosen.gets_new_disk()).map(|chosen| chosen.vm.name.clone()).collect();
    (!names.is_empty()).then(|| Hazard {
        weight: Weight::Note,
        words: format!(
            "{} already run from a disk of the right template, so a restart does not replace it. What is proven of them \
             is that they run afterwards with that template and the right version, not that they were rebuilt.",
            listed(&names)
        ),
    })
}

/// On KVM the agent code of a system VM comes from its host's package (dossier 4.2).
fn old_agents(scope: &Scope<'_>, inventory: &CloudStackInventory) -> Option<Hazard> {
    let mut names: Vec<String> = inventory
        .hypervisors
        .value()
        .into_iter()
        .flatten()
        .filter(|host| scope.zones.iter().any(|zone| zone.id == host.zone))
        .filter(|host| host.version.as_ref().is_some_and(|version| !same_version(version, scope.version)))
        .map(|host| host.name.clone())
        .collect();
    names.sort_by(|a, b| natural(a, b));
    (!names.is_empty()).then(|| Hazard {
        weight: Weight::Danger,
        words: format!(
            "The agents of {} are not of version {}. A system VM that starts there gets their old code, and its proof \
             will not be seen. Upgrade the cloudstack-agent package there first.",
            listed(&names),
            scope.version
        ),
    })
}
