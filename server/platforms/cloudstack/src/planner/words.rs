//! What steps mean for people, in words of consequence (dossier 4.5).
//!
//! Nothing that changes by itself stands here, such as the number of open consoles: the same facts must give the same
//! digest. Such numbers are in the prechecks.

use model::cloudstack::{Redundancy, Serves, SystemVm, VmKind};

use super::pairs::partner;
use super::scope::Scope;

/// What stops while the VM is down, and for whom.
pub(crate) fn impact(vm: &SystemVm, zone: &str, scope: &Scope<'_>) -> String {
    match (vm.kind, others(vm, scope)) {
        (VmKind::SecondaryStorage, 0) => format!(
            "Until its agent is up again, templates and ISOs of {zone} cannot be registered, uploaded, copied or \
             downloaded, and snapshots cannot be backed up or restored: it is the only secondary storage VM there."
        ),
        (VmKind::SecondaryStorage, others) => format!(
            "Work on templates, ISOs and snapshots that goes through it now may fail; {zone} has {} more.",
            count(others, vm.kind)
        ),
        (VmKind::ConsoleProxy, 0) => format!(
            "Consoles that are open through it are cut. New consoles in {zone} do not open until its agent is up \
             again: it is the only console proxy there."
        ),
        (VmKind::ConsoleProxy, others) => {
            format!("Consoles that are open through it are cut; {zone} has {} more.", count(others, vm.kind))
        }
        (VmKind::Router, _) => router_impact(vm, scope),
    }
}

fn others(vm: &SystemVm, scope: &Scope<'_>) -> usize {
    scope.running(vm.kind).filter(|other| other.zone == vm.zone && other.id != vm.id).count()
}

fn router_impact(vm: &SystemVm, scope: &Scope<'_>) -> String {
    let serves = vm.serves.as_ref().map_or_else(|| "its network".to_owned(), Serves::words);
    match (&vm.redundancy, partner(vm, scope.all)) {
        (Redundancy::Single, _) | (_, None) => format!(
            "DHCP, DNS, metadata, NAT, load balancing, VPN and the way out of {serves} are down while it is rebuilt: a \
             few, sometimes several minutes."
        ),
        (Redundancy::Primary, Some(other)) => {
            format!("{serves} fails over to {}: connections may stall for some seconds.", other.name)
        }
        (Redundancy::Backup | Redundancy::Unclear(_), Some(other)) => {
            format!("{serves} goes on through {}, without a stand-by until this one is back.", other.name)
        }
    }
}

/// `1 console proxy`, `3 routers`.
pub(crate) fn count(number: usize, kind: VmKind) -> String {
    format!("{number} {}", if number == 1 { singular(kind) } else { plural(kind) })
}

fn singular(kind: VmKind) -> &'static str {
    match kind {
        VmKind::SecondaryStorage => "secondary storage VM",
        VmKind::ConsoleProxy => "console proxy",
        VmKind::Router => "router",
    }
}

pub(crate) fn plural(kind: VmKind) -> &'static str {
    match kind {
        VmKind::SecondaryStorage => "secondary storage VMs",
        VmKind::ConsoleProxy => "console proxies",
        VmKind::Router => "routers",
    }
}

/// `1 secondary storage VM, 1 console proxy and 4 routers`.
pub(crate) fn counts(scope: &Scope<'_>) -> String {
    let parts: Vec<String> = VmKind::ALL
        .into_iter()
        .map(|kind| (scope.chosen.iter().filter(|chosen| chosen.vm.kind == kind).count(), kind))
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| count(number, kind))
        .collect();
    listed(&parts)
}

/// `zone1`, `zone1 and zone2`, `12 zones`.
pub(crate) fn places(scope: &Scope<'_>) -> String {
    let names: Vec<String> = scope
        .zones
        .iter()
        .filter(|zone| scope.chosen.iter().any(|chosen| chosen.vm.zone == zone.id))
        .map(|zone| zone.name.clone())
        .collect();
    if names.len() > 4 { format!("{} zones", names.len()) } else { listed(&names) }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
