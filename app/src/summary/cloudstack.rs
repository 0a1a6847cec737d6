//! What is pending in a CloudStack, and what restarting it would stop.

use model::cloudstack::{CloudStackInventory, Need, RouterRole, SystemVm, VmKind, VmState};

use crate::look::{Look, Tone};

/// One kind of system VM, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindSummary {
    pub kind: VmKind,
    pub all: usize,
    /// Still run an old disk or version.
    pub needed: usize,
    /// Could not be told.
    pub unknown: usize,
    /// Neither run nor are on their way: whoever they serve is without them, whatever disk they have.
    pub down: usize,
}

/// Whether Drydock would ever restart it.
#[must_use]
pub fn is_ours(vm: &SystemVm) -> bool {
    vm.role == RouterRole::VirtualRouter
}

/// What each VM needs.
#[must_use]
pub fn need_of(cloud: &CloudStackInventory, vm: &SystemVm) -> Need {
    vm.need(cloud.version.value().map(String::as_str))
}

/// What matters most about it.
#[must_use]
pub fn tone(cloud: &CloudStackInventory) -> Tone {
    match by_kind(cloud) {
        Ok(kinds) if kinds.iter().any(|kind| kind.down > 0) => Tone::Failed,
        Ok(kinds) if kinds.iter().any(|kind| kind.needed > 0) => Tone::Warning,
        Ok(kinds) if kinds.iter().all(|kind| kind.unknown == 0) => Tone::Ok,
        Ok(_) | Err(_) => Tone::Unknown,
    }
}

/// All kinds, in the order in which they are restarted; why not, when the VMs are unknown.
pub fn by_kind(cloud: &CloudStackInventory) -> Result<Vec<KindSummary>, &str> {
    let vms = cloud.system_vms.value().ok_or_else(|| cloud.system_vms.reason().unwrap_or_default())?;
    Ok(VmKind::ALL.into_iter().map(|kind| count(cloud, vms, kind)).collect())
}

fn count(cloud: &CloudStackInventory, vms: &[SystemVm], kind: VmKind) -> KindSummary {
    let mut summary = KindSummary { kind, all: 0, needed: 0, unknown: 0, down: 0 };
    for vm in vms.iter().filter(|vm| vm.kind == kind && is_ours(vm)) {
        summary.all += 1;
        if matches!(vm.state, VmState::Stopped | VmState::Other(_)) {
            summary.down += 1;
        }
        match need_of(cloud, vm) {
            Need::OldDisk | Need::RequiresUpgrade | Need::OldVersion { .. } => summary.needed += 1,
            Need::Unknown(_) => summary.unknown += 1,
            Need::None => {}
        }
    }
    summary
}

impl KindSummary {
    /// For example `2 of 3 secondary storage VMs still run the old disk or version`.
    #[must_use]
    pub fn words(&self) -> String {
        let name = plural(self.kind, self.all);
        let down = match (self.down, self.all) {
            (0, _) => return self.need(),
            (_, 1) => return format!("The {name} is not running"),
            (1, all) => format!("1 of {all} {name} is not running"),
            (down, all) => format!("{down} of {all} {name} are not running"),
        };
        if self.needed == 0 && self.unknown == 0 { down } else { format!("{down}. {}", self.need()) }
    }

    fn need(&self) -> String {
        let Self { all, needed, unknown, .. } = self;
        let name = plural(self.kind, *all);
        let needed = match (*needed, *all) {
            (0, _) => None,
            (1, 1) => Some(format!("The {name} still runs the old disk or version")),
            (needed, all) if needed == all => Some(format!("All {all} {name} still run the old disk or version")),
            (1, all) => Some(format!("1 of {all} {name} still runs the old disk or version")),
            (needed, all) => Some(format!("{needed} of {all} {name} still run the old disk or version")),
        };
        match (needed, *all, *unknown) {
            (Some(words), _, 0) => words,
            (Some(words), _, unknown) => format!("{words}, {unknown} unknown"),
            (None, 0, _) => format!("No {name}"),
            (None, all, 0) => format!("{all} {name}, up to date"),
            (None, 1, _) => format!("Whether the {name} needs a restart is unknown"),
            (None, all, unknown) => format!("{unknown} of {all} {name} unknown"),
        }
    }

    /// Its sign and colour.
    #[must_use]
    pub fn look(&self) -> Look {
        match (self.all, self.needed, self.unknown) {
            (0, _, _) => Look::quiet("None"),
            _ if self.down > 0 => Look::failed("Down"),
            (_, 0, 0) => Look::ok("Up to date"),
            (_, 0, _) => Look::unknown("Unknown"),
            _ => Look::warning("Pending"),
        }
    }

    /// What stops for whom while those that need it are restarted (dossier 4.5).
    #[must_use]
    pub fn impact(&self) -> Option<&'static str> {
        (self.needed > 0).then_some(match self.kind {
            VmKind::SecondaryStorage => {
                "Templates, uploads, snapshots and volume downloads wait while a secondary storage VM is rebuilt."
            }
            VmKind::ConsoleProxy => "Open consoles are cut and new ones fail until the console proxy is back.",
            VmKind::Router => {
                "DHCP, DNS, NAT, load balancing and VPN of a network stop while its router is rebuilt, for seconds to a few minutes; redundant pairs go one after the other."
            }
        })
    }
}

fn plural(kind: VmKind, count: usize) -> String {
    let ending = match (kind, count) {
        (_, 1) => "",
        (VmKind::ConsoleProxy, _) => "proxies",
        (VmKind::SecondaryStorage | VmKind::Router, _) => "s",
    };
    let stem = kind.to_string();
    match ending {
        "proxies" => stem.replace("proxy", ending),
        ending => format!("{stem}{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: VmKind, all: usize, needed: usize, unknown: usize, expected: &str) {
        assert_eq!(KindSummary { kind, all, needed, unknown, down: 0 }.words(), expected);
    }

    #[test]
    fn a_vm_that_does_not_run_is_never_told_as_fine() {
        let routers = KindSummary { kind: VmKind::Router, all: 3, needed: 0, unknown: 0, down: 1 };
        assert_eq!(routers.words(), "1 of 3 routers is not running");
        assert_eq!(routers.look(), Look::failed("Down"));
        let pending = KindSummary { needed: 3, ..routers };
        assert_eq!(pending.words(), "1 of 3 routers is not running. All 3 routers still run the old disk or version");
        let storage = KindSummary { kind: VmKind::SecondaryStorage, all: 1, needed: 1, unknown: 0, down: 1 };
        assert_eq!(storage.words(), "The secondary storage VM is not running");
    }

    #[test]
    fn what_is_pending_is_told_per_kind_and_unknown_is_never_told_as_fine() {
        let storage = VmKind::SecondaryStorage;
        check(storage, 3, 2, 0, "2 of 3 secondary storage VMs still run the old disk or version");
        check(VmKind::ConsoleProxy, 2, 0, 0, "2 console proxies, up to date");
        check(storage, 1, 1, 0, "The secondary storage VM still runs the old disk or version");
        check(VmKind::Router, 4, 4, 0, "All 4 routers still run the old disk or version");
        check(VmKind::Router, 1, 0, 1, "Whether the router needs a restart is unknown");
        check(VmKind::Router, 3, 0, 2, "2 of 3 routers unknown");
        check(VmKind::Router, 4, 1, 1, "1 of 4 routers still runs the old disk or version, 1 unknown");
        check(storage, 0, 0, 0, "No secondary storage VMs");
    }
}
