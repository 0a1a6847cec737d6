//! Questions about what would be restarted.

use std::collections::BTreeSet;

use model::cloudstack::{CloudStackInventory, Need, SystemVm, VmKind, VmState, Zone, same_version};
use model::precheck::{Precheck, Verdict, about, bad, good};
use model::procedure::{RestartMode, RestartSystemVms, Which};

use crate::planner::{is_in_scope, is_restartable, listed, natural};

/// How many names a finding shows.
const SHOWN: usize = 10;

pub(crate) fn pending_jobs(inventory: &CloudStackInventory) -> Precheck {
    const TITLE: &str = "No job is pending";
    about(TITLE, &inventory.pending_jobs, |jobs| {
        if jobs.is_empty() {
            return good(TITLE, "listAsyncJobs is empty");
        }
        let names = jobs.iter().map(|job| match &job.instance {
            Some(instance) => format!("{} {} on {instance} since {}", job.command, job.id, job.created),
            None => format!("{} {} since {}", job.command, job.id, job.created),
        });
        bad(
            Verdict::Blocking,
            TITLE,
            shortened(names.collect()),
            "Wait until they have ended, then look again. A job that never ends can be found in the table async_job.",
        )
    })
}

/// The template that VMs will be rebuilt from has to be in their zone.
pub(crate) fn templates(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Precheck {
    const TITLE: &str = "The system VM templates are ready in every zone";
    about(TITLE, &inventory.templates, |templates| {
        let mut needed: BTreeSet<(String, String)> = BTreeSet::new();
        let mut absent: BTreeSet<String> = BTreeSet::new();
        for vm in in_scope(inventory, inputs) {
            let zone = zone_name(inventory, vm);
            let template = vm.template_name.clone().unwrap_or_else(|| "no template".to_owned());
            let ready =
                templates.iter().any(|row| Some(&row.id) == vm.template.as_ref() && row.zone == vm.zone && row.ready);
            if !ready {
                absent.insert(format!("{template} is not ready in {zone}"));
            }
            needed.insert((zone, template));
        }
        if absent.is_empty() {
            let lines = needed.into_iter().map(|(zone, template)| format!("{template} in {zone}"));
            return good(TITLE, shortened(lines.collect()));
        }
        bad(
            Verdict::Blocking,
            TITLE,
            shortened(absent.into_iter().collect()),
            "Register the template under exactly this name, or let its download to the zone finish: a VM that is \
             stopped now could not start again.",
        )
    })
}

pub(crate) fn needs(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Precheck {
    const TITLE: &str = "What each VM needs is known";
    about(TITLE, &inventory.system_vms, |_| {
        let version = inventory.version.value().map(String::as_str);
        let unknown = in_scope(inventory, inputs).filter(|vm| vm.state == VmState::Running).filter_map(|vm| {
            match vm.need(version) {
                Need::Unknown(why) => Some(format!("cannot tell whether {} needs it: {why}", vm.name)),
                _ => None,
            }
        });
        let unknown: Vec<String> = unknown.collect();
        match (unknown.is_empty(), inputs.which) {
            (true, _) => good(TITLE, format!("{} system VMs were looked at", in_scope(inventory, inputs).count())),
            (false, Which::All) => {
                bad(Verdict::Warning, TITLE, shortened(unknown), "They are restarted regardless, as was chosen.")
            }
            (false, Which::Needed) => bad(
                Verdict::Unknown,
                TITLE,
                shortened(unknown),
                "Cure what stands in the evidence, restart them regardless with \u{201c}all\u{201d}, or leave them out.",
            ),
        }
    })
}

/// The script skips what is not Running without a word; native mode leaves it out by name.
pub(crate) fn transitions(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Precheck {
    const TITLE: &str = "No system VM is on its way up or down";
    about(TITLE, &inventory.system_vms, |_| {
        let moving: Vec<String> = in_scope(inventory, inputs)
            .filter(|vm| matches!(vm.state, VmState::Starting | VmState::Stopping))
            .map(|vm| format!("{} is {}", vm.name, vm.state))
            .collect();
        if moving.is_empty() {
            return good(TITLE, "none is Starting or Stopping");
        }
        let verdict = match inputs.mode {
            RestartMode::Native => Verdict::Warning,
            RestartMode::Script => Verdict::Blocking,
        };
        bad(verdict, TITLE, shortened(moving), "Wait until they are Running; one that stays so is stuck.")
    })
}

/// Stands here and not in the plan, because it changes from minute to minute.
pub(crate) fn consoles(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Precheck {
    const TITLE: &str = "Nobody has a console open";
    about(TITLE, &inventory.system_vms, |_| {
        let open: Vec<String> = in_scope(inventory, inputs)
            .filter(|vm| vm.kind == VmKind::ConsoleProxy)
            .filter_map(|vm| vm.active_sessions.filter(|sessions| *sessions > 0).map(|sessions| (vm, sessions)))
            .map(|(vm, sessions)| format!("{sessions} open through {}", vm.name))
            .collect();
        if open.is_empty() {
            return good(TITLE, "no session is reported");
        }
        bad(Verdict::Warning, TITLE, shortened(open), "These sessions are cut. Tell their users, or wait.")
    })
}

/// On KVM the code of a system VM comes from its host's package (dossier 4.2).
pub(crate) fn hypervisors(inventory: &CloudStackInventory, inputs: &RestartSystemVms) -> Precheck {
    const TITLE: &str = "The hypervisors are Up and their agents have the server's version";
    about(TITLE, &inventory.hypervisors, |hosts| {
        let wanted = inventory.version.value();
        let mut found: Vec<String> = Vec::new();
        for host in hosts.iter().filter(|host| inputs.zones.is_empty() || inputs.zones.contains(&host.zone)) {
            if host.state != "Up" {
                found.push(format!("{} is {}", host.name, host.state));
            }
            match (&host.version, wanted) {
                (Some(version), Some(wanted)) if !same_version(version, wanted) => {
                    found.push(format!("the agent of {} has version {version}", host.name));
                }
                _ => {}
            }
        }
        if found.is_empty() {
            return good(TITLE, format!("{} hypervisors", hosts.len()));
        }
        found.sort_by(|a, b| natural(a, b));
        bad(
            Verdict::Warning,
            TITLE,
            shortened(found),
            "Upgrade the cloudstack-agent package of these hosts first: a system VM that starts there gets their old \
             code and is then not as it should be.",
        )
    })
}

fn in_scope<'i>(
    inventory: &'i CloudStackInventory,
    inputs: &'i RestartSystemVms,
) -> impl Iterator<Item = &'i SystemVm> {
    let all = inventory.system_vms.value().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|vm| is_in_scope(vm, inputs) && is_restartable(vm))
}

fn zone_name(inventory: &CloudStackInventory, vm: &SystemVm) -> String {
    let zones: &[Zone] = inventory.zones.value().map(Vec::as_slice).unwrap_or_default();
    zones.iter().find(|zone| zone.id == vm.zone).map_or_else(|| vm.zone.to_string(), |zone| zone.name.clone())
}

fn shortened(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    if more == 0 { listed(&names) } else { format!("{} and {more} more", names.join(", ")) }
}
