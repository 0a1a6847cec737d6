//! The plan that runs the vendor's script on a management host (dossier 1 and 2).
//!
//! The script needs the unauthenticated integration API, so the plan opens port 8096 before and closes it in
//! `finally`, whatever happened. Its exit code is always 0: only the state of each VM is proof.

use std::collections::BTreeSet;

use model::cloudstack::{
    CloudStackInventory, ManagementHost, Redundancy, ScriptGeneration, SysvmadmScript, VmKind, version_numbers,
};
use model::environment::{CloudStackSettings, Environment, Host};
use model::id::{CloudId, HostName};
use model::plan::{Hazard, Stage, Step, Weight};
use model::procedure::RestartSystemVms;

use super::PlanError;
use super::pairs::groups;
use super::scope::{Chosen, Scope};
use super::steps::Script;
use super::words::{count, counts};
use crate::settings::is_address;

/// What script mode adds to a plan.
pub(crate) struct Scripted {
    pub(crate) stages: Vec<Stage>,
    pub(crate) finally: Vec<Step>,
    pub(crate) hazards: Vec<Hazard>,
    pub(crate) hold: u32,
}

/// The host on which the script is run, as configured and as seen.
#[derive(Clone, Copy)]
pub(crate) struct ScriptHost<'i> {
    pub(crate) host: &'i Host,
    pub(crate) seen: &'i ManagementHost,
    pub(crate) script: &'i SysvmadmScript,
}

/// One start of the script.
pub(crate) struct Run<'s, 'i> {
    /// For the step's id.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) vms: Vec<&'s Chosen<'i>>,
    /// How many VMs go one after the other: what the deadline is made from.
    pub(crate) turns: u32,
    pub(crate) hazard: Option<String>,
}

/// The first management host that has the script.
pub(crate) fn script_host<'i>(
    settings: &'i CloudStackSettings,
    inventory: &'i CloudStackInventory,
) -> Result<ScriptHost<'i>, PlanError> {
    if settings.management_hosts.is_empty() {
        return Err(PlanError::NoManagementHost);
    }
    let mut reasons = Vec::new();
    for host in &settings.management_hosts {
        let seen = inventory.management_hosts.get(&host.name);
        match seen.map(|seen| (seen.value(), seen.reason())) {
            Some((Some(seen), _)) => match &seen.script {
                Some(script) => return Ok(ScriptHost { host, seen, script }),
                None => reasons.push(format!("{} has no such program", host.name)),
            },
            Some((None, reason)) => {
                reasons.push(format!("{} could not be seen: {}", host.name, reason.unwrap_or_default()));
            }
            None => reasons.push(format!("{} was not looked at", host.name)),
        }
    }
    Err(PlanError::NoScript(reasons.join("; ")))
}

/// Whether this script can work with this release at all (dossier 1.5).
pub(crate) fn is_fit(generation: ScriptGeneration, version: &str) -> bool {
    !generation.parses_by_position() || version_numbers(version).as_slice() < [4, 19].as_slice()
}

pub(crate) fn plan(
    environment: &Environment,
    settings: &CloudStackSettings,
    inventory: &CloudStackInventory,
    inputs: &RestartSystemVms,
    scope: &Scope<'_>,
) -> Result<Scripted, PlanError> {
    if !is_address(&settings.integration_address) {
        return Err(PlanError::IntegrationAddress(settings.integration_address.clone()));
    }
    let at = script_host(settings, inventory)?;
    let generation = at.script.generation;
    if !is_fit(generation, scope.version) {
        let (host, version) = (at.host.name.to_string(), scope.version.to_owned());
        return Err(PlanError::ScriptUnfit { host, generation, version });
    }
    let runs = runs(scope, inputs, &at)?;
    let port = port(inventory, &at)?;
    let script = Script::new(environment, settings, inventory, scope.version, at, port);
    let mut stages = vec![script.check()];
    stages.extend(script.open());
    stages.push(script.restart(&runs));
    let hold = script.hold();
    let mut finally = script.close();
    // After the port is closed: a VM that does not start must not keep it open.
    finally.extend(runs.iter().flat_map(|run| &run.vms).map(|chosen| script.keep_running(chosen)));
    Ok(Scripted { stages, finally, hazards: hazards(&runs, inventory, &at, port), hold })
}

/// What the integration port is like before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// It listens: it is used and left as found.
    Open,
    /// It does not; the setting has this value.
    Closed {
        /// What it is put back to.
        setting: u32,
    },
}

/// What the script expects; it knows no other.
pub(crate) const PORT: u32 = 8096;

fn port(inventory: &CloudStackInventory, at: &ScriptHost<'_>) -> Result<Port, PlanError> {
    let setting = inventory.integration_port.value().copied().ok_or_else(|| PlanError::NotSeen {
        what: "the setting integration.api.port",
        reason: inventory.integration_port.reason().unwrap_or_default().to_owned(),
    })?;
    Ok(if at.seen.integration_listening { Port::Open } else { Port::Closed { setting } })
}

fn runs<'s, 'i>(
    scope: &'s Scope<'i>,
    inputs: &RestartSystemVms,
    at: &ScriptHost<'_>,
) -> Result<Vec<Run<'s, 'i>>, PlanError> {
    let system = [VmKind::SecondaryStorage, VmKind::ConsoleProxy];
    let (whole_system, whole_routers) = (is_whole(scope, &system), is_whole(scope, &[VmKind::Router]));
    if whole_system && whole_routers {
        let all: Vec<&Chosen<'_>> = scope.chosen.iter().collect();
        return Ok(vec![unlimited("all", "-a", format!("Restart {}", counts(scope)), all, inputs, at)]);
    }
    let mut runs = Vec::new();
    let (routers, others): (Vec<&Chosen<'_>>, Vec<&Chosen<'_>>) =
        scope.chosen.iter().partition(|chosen| chosen.vm.kind == VmKind::Router);
    if whole_system {
        let title = "Restart all secondary storage VMs and console proxies".to_owned();
        runs.push(unlimited("system-vms", "-s", title, others, inputs, at));
    } else {
        runs.extend(others.into_iter().map(|chosen| single("-s", chosen)));
    }
    if whole_routers {
        let title = format!("Restart all {}", count(routers.len(), VmKind::Router));
        runs.push(unlimited("routers", "-r", title, routers, inputs, at));
    } else {
        let groups = groups(&routers)?;
        runs.extend(groups.into_iter().flat_map(|group| group.routers).map(|chosen| single("-r", chosen)));
    }
    let is_limited = runs.iter().any(|run| run.arguments.iter().any(|argument| argument == "-i"));
    if is_limited && !at.script.generation.takes_ids() {
        let (host, generation) = (at.host.name.to_string(), at.script.generation);
        return Err(PlanError::ScriptCannotBeLimited { host, generation });
    }
    Ok(runs)
}

/// Whether every running VM of these kinds in the whole cloud is chosen, and there is one.
fn is_whole(scope: &Scope<'_>, kinds: &[VmKind]) -> bool {
    let chosen: BTreeSet<&CloudId> = scope.chosen.iter().map(|chosen| &chosen.vm.id).collect();
    let mut running = kinds.iter().flat_map(|kind| scope.running(*kind)).peekable();
    running.peek().is_some() && running.all(|vm| chosen.contains(&vm.id))
}

/// The script takes `-i` with one id only (dossier 1.7, bug 3), so there is one run for each VM.
fn single<'s, 'i>(mode: &str, chosen: &'s Chosen<'i>) -> Run<'s, 'i> {
    Run {
        name: chosen.vm.name.clone(),
        title: format!("Restart {} {}", chosen.vm.kind, chosen.vm.name),
        arguments: vec!["-t".into(), "1".into(), mode.into(), "-i".into(), chosen.vm.id.to_string()],
        vms: vec![chosen],
        turns: 1,
        hazard: None,
    }
}

fn unlimited<'s, 'i>(
    name: &str,
    mode: &str,
    title: String,
    vms: Vec<&'s Chosen<'i>>,
    inputs: &RestartSystemVms,
    at: &ScriptHost<'_>,
) -> Run<'s, 'i> {
    let routers: Vec<&Chosen<'_>> = vms.iter().copied().filter(|chosen| chosen.vm.kind == VmKind::Router).collect();
    let chunk = chunk(&routers, inputs.parallel_routers, at.script.generation);
    let others = vms.len() - routers.len();
    Run {
        name: name.to_owned(),
        title,
        arguments: vec!["-t".into(), chunk.size.to_string(), mode.into()],
        turns: u32::try_from(others + routers.len().div_ceil(chunk.size)).unwrap_or(u32::MAX),
        vms,
        hazard: Some(format!(
            "Without a list of ids the script takes whatever is Running at that moment, also VMs that are newer than \
             this plan.{}",
            chunk.reason
        )),
    }
}

/// How many routers the script restarts at once.
struct Chunk {
    size: usize,
    /// Why so many; empty when there are no routers.
    reason: String,
}

/// The script never ends when the number of routers is above and no multiple of `-t` (dossier 1.7, bugs 1 and 9).
fn chunk(routers: &[&Chosen<'_>], parallel: u16, generation: ScriptGeneration) -> Chunk {
    let (number, parallel) = (routers.len(), usize::from(parallel.max(1)));
    if number == 0 {
        return Chunk { size: 1, reason: String::new() };
    }
    if routers.iter().any(|router| router.vm.redundancy != Redundancy::Single) {
        let reason = " -t 1: it would restart both routers of a redundant pair at once, and it takes them in no order \
                      that respects which one carries the traffic.";
        return Chunk { size: 1, reason: reason.to_owned() };
    }
    if !generation.can_hang() {
        let size = parallel.min(number);
        return Chunk { size, reason: format!(" -t {size}: as many routers at once as were asked for.") };
    }
    let size = (1..=parallel.min(number)).rev().find(|size| number % size == 0).unwrap_or(1);
    let reason = format!(
        " -t {size}: the largest number up to {parallel} that divides {number} routers evenly; with others this \
         generation of the script never ends."
    );
    Chunk { size, reason }
}

fn hazards(runs: &[Run<'_, '_>], inventory: &CloudStackInventory, at: &ScriptHost<'_>, port: Port) -> Vec<Hazard> {
    let host = &at.host.name;
    let hazard = |weight, words: String| Hazard { weight, words };
    let mut hazards = vec![hazard(
        Weight::Note,
        "The script ends with exit code 0 and prints \u{201c}Done\u{201d} whatever happened. Drydock believes neither: \
         each VM is looked at through the API."
            .to_owned(),
    )];
    hazards.push(match port {
        Port::Open => hazard(
            Weight::Danger,
            format!(
                "Port 8096 of {host} is open already, without Drydock. It is used and left open as it was found: anybody \
                 who reaches it rules the whole cloud without a password. Close it."
            ),
        ),
        Port::Closed { .. } => hazard(
            Weight::Danger,
            format!(
                "While the script runs, port 8096 of {host} listens on all interfaces: anybody who reaches it rules the \
                 whole cloud without a password. Let a firewall admit the host itself only. Native mode does not need \
                 the port."
            ),
        ),
    });
    if let Port::Closed { .. } = port {
        hazards.push(hazard(
            Weight::Caution,
            format!(
                "The management server on {host} is restarted twice. Each time its API is away for some minutes, and \
                 jobs that are under way there are cut and leave VMs half way; Drydock waits for pending jobs first."
            ),
        ));
    }
    let others = open_elsewhere(inventory, host);
    if !others.is_empty() {
        let words = format!("Port 8096 is open on {} too, without Drydock, and stays so.", others.join(", "));
        hazards.push(hazard(Weight::Danger, words));
    }
    let is_redundant = |chosen: &&&Chosen<'_>| chosen.vm.redundancy != Redundancy::Single;
    if runs.iter().any(|run| run.vms.iter().filter(is_redundant).count() > 1) {
        let words = "The script does not wait for a redundant pair to settle between its two routers.".to_owned();
        hazards.push(hazard(Weight::Caution, words));
    }
    hazards
}

fn open_elsewhere(inventory: &CloudStackInventory, host: &HostName) -> Vec<String> {
    let listens = |name: &HostName| {
        inventory
            .management_hosts
            .get(name)
            .and_then(|seen| seen.value())
            .is_some_and(|seen| seen.integration_listening)
    };
    inventory.management_hosts.keys().filter(|name| *name != host && listens(name)).map(ToString::to_string).collect()
}
