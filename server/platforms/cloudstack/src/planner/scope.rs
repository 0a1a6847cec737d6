//! Which VMs a choice means, and what becomes of the others.

use std::cmp::Ordering;

use model::cloudstack::{CloudStackInventory, Need, RootVolume, RouterRole, SystemVm, VmKind, VmState, Zone};
use model::id::CloudId;
use model::observed::Observed;
use model::plan::{DiskProof, LeftOut, VmRef};
use model::procedure::{RestartSystemVms, RouterRolling, Which};

use super::PlanError;

/// A VM that will be restarted.
#[derive(Debug, Clone)]
pub(crate) struct Chosen<'i> {
    pub(crate) vm: &'i SystemVm,
    pub(crate) disk: &'i RootVolume,
    pub(crate) need: Need,
}

impl Chosen<'_> {
    pub(crate) fn vm_ref(&self) -> VmRef {
        VmRef { id: self.vm.id.clone(), name: self.vm.name.clone(), kind: self.vm.kind }
    }

    /// Only a disk from another template is replaced by a restart (dossier 4.2, 4.3).
    pub(crate) fn gets_new_disk(&self) -> bool {
        self.need == Need::OldDisk
    }

    pub(crate) fn disk_proof(&self) -> DiskProof {
        if self.gets_new_disk() { DiskProof::New { not: self.disk.id.clone() } } else { DiskProof::Current }
    }
}

/// What a choice means.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'i> {
    /// Zones in which something is restarted or left out, by name.
    pub(crate) zones: Vec<&'i Zone>,
    /// By kind and name.
    pub(crate) chosen: Vec<Chosen<'i>>,
    /// By name.
    pub(crate) left_out: Vec<LeftOut>,
    /// Every system VM of the cloud.
    pub(crate) all: &'i [SystemVm],
    /// The version the management servers run.
    pub(crate) version: &'i str,
}

impl<'i> Scope<'i> {
    pub(crate) fn of(&self, zone: &CloudId, kind: VmKind) -> Vec<&Chosen<'i>> {
        self.chosen.iter().filter(|chosen| &chosen.vm.zone == zone && chosen.vm.kind == kind).collect()
    }

    /// Running VMs of a kind anywhere that a run of the script without a limit would restart.
    pub(crate) fn running(&self, kind: VmKind) -> impl Iterator<Item = &'i SystemVm> {
        self.all.iter().filter(move |vm| vm.kind == kind && vm.state == VmState::Running && is_restartable(vm))
    }
}

pub(crate) fn is_restartable(vm: &SystemVm) -> bool {
    vm.role == RouterRole::VirtualRouter
}

/// Reads a choice against what was seen.
pub(crate) fn scope<'i>(inventory: &'i CloudStackInventory, inputs: &RestartSystemVms) -> Result<Scope<'i>, PlanError> {
    if !(1..=50).contains(&inputs.parallel_routers) {
        return Err(PlanError::Parallel(inputs.parallel_routers));
    }
    check_rolling(inputs.rolling.as_ref())?;
    let version = seen("the version of the management server", &inventory.version)?;
    let zones = seen("the list of zones", &inventory.zones)?;
    let all = seen("the list of system VMs", &inventory.system_vms)?;
    check_names(zones, all, inputs)?;
    let mut in_scope: Vec<&SystemVm> = all.iter().filter(|vm| is_in_scope(vm, inputs)).collect();
    in_scope.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| by_name(a, b)));
    let (chosen, left_out) = divide(&in_scope, version, inputs.which)?;
    let mut zones: Vec<&Zone> = zones.iter().filter(|zone| in_scope.iter().any(|vm| vm.zone == zone.id)).collect();
    zones.sort_by(|a, b| natural(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
    if chosen.is_empty() {
        return Err(PlanError::NothingToDo(nothing_to_do(&left_out)));
    }
    Ok(Scope { zones, chosen, left_out, all, version })
}

fn check_rolling(rolling: Option<&RouterRolling>) -> Result<(), PlanError> {
    let Some(rolling) = rolling else { return Ok(()) };
    if rolling.canary > 50 {
        return Err(PlanError::Rolling("0 to 50 routers can go first"));
    }
    if !(1..=500).contains(&rolling.batch) {
        return Err(PlanError::Rolling("a batch has 1 to 500 routers"));
    }
    if rolling.budget > 500 {
        return Err(PlanError::Rolling("0 to 500 routers may fail"));
    }
    Ok(())
}

fn seen<'o, T>(what: &'static str, observed: &'o Observed<T>) -> Result<&'o T, PlanError> {
    let reason = || observed.reason().unwrap_or_default().to_owned();
    observed.value().ok_or_else(|| PlanError::NotSeen { what, reason: reason() })
}

fn check_names(zones: &[Zone], all: &[SystemVm], inputs: &RestartSystemVms) -> Result<(), PlanError> {
    if let Some(zone) = inputs.zones.iter().find(|id| !zones.iter().any(|zone| &zone.id == *id)) {
        return Err(PlanError::UnknownZone(zone.clone()));
    }
    if let Some(vm) = all.iter().find(|vm| !zones.iter().any(|zone| zone.id == vm.zone)) {
        let reason = format!("{} is in zone {}, which listZones does not show", vm.name, vm.zone);
        return Err(PlanError::NotSeen { what: "the list of zones", reason });
    }
    for id in &inputs.vms {
        match all.iter().find(|vm| &vm.id == id) {
            None => return Err(PlanError::UnknownVm(id.clone())),
            Some(vm) if !is_in_scope(vm, inputs) => return Err(PlanError::OutsideOtherChoices(vm.name.clone())),
            Some(_) => {}
        }
    }
    Ok(())
}

pub(crate) fn is_in_scope(vm: &SystemVm, inputs: &RestartSystemVms) -> bool {
    (inputs.zones.is_empty() || inputs.zones.contains(&vm.zone))
        && (inputs.kinds.is_empty() || inputs.kinds.contains(&vm.kind))
        && (inputs.vms.is_empty() || inputs.vms.contains(&vm.id))
}

fn divide<'i>(
    in_scope: &[&'i SystemVm],
    version: &str,
    which: Which,
) -> Result<(Vec<Chosen<'i>>, Vec<LeftOut>), PlanError> {
    let (mut chosen, mut left_out, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for vm in in_scope {
        let need = vm.need(Some(version));
        match (why_left_out(vm, &need, which), need, vm.root.value()) {
            (Some(why), _, _) => left_out.push(LeftOut { what: vm.name.clone(), why }),
            (None, Need::Unknown(why), _) if which == Which::Needed => {
                unknown.push(format!("{} needs it: {why}", vm.name));
            }
            (None, need, Some(disk)) => chosen.push(Chosen { vm, disk, need }),
            (None, _, None) => {
                let reason = vm.root.reason().unwrap_or_default().to_owned();
                return Err(PlanError::DiskNotSeen { vm: vm.name.clone(), reason });
            }
        }
    }
    if unknown.is_empty() { Ok((chosen, left_out)) } else { Err(PlanError::NeedUnknown(unknown)) }
}

fn why_left_out(vm: &SystemVm, need: &Need, which: Which) -> Option<String> {
    if !is_restartable(vm) {
        return Some("is an internal load balancer; those are not restarted".to_owned());
    }
    match &vm.state {
        VmState::Running => {}
        VmState::Starting => {
            return Some(
                "is Starting: that start gives it the new disk if it needs one; look again when it runs".into(),
            );
        }
        VmState::Stopping => {
            return Some("is Stopping: somebody is at work on it; look again when that is over".into());
        }
        VmState::Stopped => return Some("is Stopped: it gets the new disk when it is started next".into()),
        VmState::Other(word) => return Some(format!("is in state {word}: look at it in CloudStack")),
    }
    let up_to_date = which == Which::Needed && *need == Need::None;
    up_to_date.then(|| {
        let version = vm.version.as_deref().map_or(String::new(), |version| format!(", its version is {version}"));
        let template = vm.template_name.as_deref().unwrap_or("the right template");
        format!("is up to date: its disk was made from {template}{version}")
    })
}

fn nothing_to_do(left_out: &[LeftOut]) -> String {
    const SHOWN: usize = 5;
    if left_out.is_empty() {
        return "the choice contains no system VM".to_owned();
    }
    let shown = left_out.iter().take(SHOWN).map(|out| format!("{} {}", out.what, out.why));
    let more = left_out.len().saturating_sub(SHOWN);
    let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{tail}", shown.collect::<Vec<_>>().join("; "))
}

pub(crate) fn by_name(a: &SystemVm, b: &SystemVm) -> Ordering {
    natural(&a.name, &b.name).then_with(|| a.id.cmp(&b.id))
}

/// `r-4-VM` comes before `r-10-VM`.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

fn parts(name: &str) -> Vec<(bool, u64, &str)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut rest = name;
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next() {
        let numeric = is_digit(first);
        let end = rest.find(|c| is_digit(c) != numeric).unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        parts.push((numeric, if numeric { part.parse().unwrap_or(u64::MAX) } else { 0 }, part));
        rest = tail;
    }
    parts
}
