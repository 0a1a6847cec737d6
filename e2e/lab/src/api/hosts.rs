//! `listHosts`: hypervisors, and the agents inside SSVMs and console proxies.

use super::error::ApiError;
use super::lists::{matches, zone_filter};
use super::params::Params;
use crate::json::Fields;
use crate::world::World;
use crate::world::records::{Hypervisor, Vm, VmKind};

pub(super) fn hosts(world: &World, params: &Params) -> Result<Vec<Fields>, ApiError> {
    let zone = zone_filter(world, params)?;
    let here = |place: usize| zone.is_none_or(|zone| zone == place);
    let wants = |kind: &str| params.get("type").is_none_or(|_| params.is("type", kind));
    let hypervisors = world
        .hypervisors
        .iter()
        .filter(|host| wants("Routing") && here(host.zone))
        .filter(|host| matches(params, &host.uuid, &host.name, "Up"))
        .map(|host| hypervisor(world, host));
    let agents = world.vms.values().filter_map(|vm| {
        let kind = match vm.kind {
            VmKind::SecondaryStorage => "SecondaryStorageVM",
            VmKind::ConsoleProxy { .. } => "ConsoleProxy",
            VmKind::Router(_) => return None,
        };
        let shown = !vm.removed && wants(kind) && here(vm.zone);
        (shown && matches(params, &vm.uuid, &vm.name, vm.agent.word())).then(|| agent(world, vm, kind))
    });
    Ok(hypervisors.chain(agents).collect())
}

fn hypervisor(world: &World, host: &Hypervisor) -> Fields {
    let zone = &world.zones[host.zone];
    Fields::new()
        .with("id", &host.uuid)
        .with("name", &host.name)
        .with("state", "Up")
        .with("type", "Routing")
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("hypervisor", "KVM")
        .with("version", world.version.release())
        .with("resourcestate", "Enabled")
}

fn agent(world: &World, vm: &Vm, kind: &str) -> Fields {
    let zone = &world.zones[vm.zone];
    Fields::new()
        .with("id", &vm.uuid)
        .with("name", &vm.name)
        .with("state", vm.agent.word())
        .with("type", kind)
        .with("zoneid", &zone.uuid)
        .with("zonename", &zone.name)
        .with("version", &vm.version)
        .with("resourcestate", "Enabled")
}
