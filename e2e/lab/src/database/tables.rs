//! The world as tables.

use crate::world::World;
use crate::world::records::{Phase, VmKind};

/// Columns and rows; a cell without a value is NULL.
pub(super) struct Table {
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Option<String>>>,
}

pub(super) fn table(world: &World, name: &str) -> Option<Table> {
    Some(match name {
        "vm_instance" => vm_instance(world),
        "networks" => networks(world),
        "vpc" => vpc(world),
        "configuration" => configuration(world),
        "version" => version(world),
        "mshost" => mshost(world),
        "volumes" => volumes(world),
        _ => return None,
    })
}

fn some(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// What the column `removed` of a row holds.
fn removed(removed: bool) -> Option<String> {
    removed.then(|| "2026-01-02 03:04:05".to_owned())
}

fn vm_instance(world: &World) -> Table {
    let rows = world.vms.values().map(|vm| {
        let kind = match vm.kind {
            VmKind::SecondaryStorage => "SecondaryStorageVm",
            VmKind::ConsoleProxy { .. } => "ConsoleProxy",
            VmKind::Router(_) => "DomainRouter",
        };
        vec![
            some(vm.id),
            some(&vm.uuid),
            some(&vm.name),
            some(&vm.name),
            some(vm.state.word()),
            some(kind),
            some(world.zones[vm.zone].id),
            some("KVM"),
            some(vm.template),
            removed(vm.removed),
        ]
    });
    Table {
        columns: &[
            "id",
            "uuid",
            "name",
            "instance_name",
            "state",
            "type",
            "data_center_id",
            "hypervisor_type",
            "vm_template_id",
            "removed",
        ],
        rows: rows.collect(),
    }
}

fn networks(world: &World) -> Table {
    let rows = world.networks.iter().map(|network| {
        vec![
            some(network.id),
            some(&network.uuid),
            some(&network.name),
            some(world.zones[network.zone].id),
            some(i32::from(network.system)),
            removed(false),
        ]
    });
    Table { columns: &["id", "uuid", "name", "data_center_id", "system_only", "removed"], rows: rows.collect() }
}

fn vpc(world: &World) -> Table {
    let rows = world.vpcs.iter().map(|vpc| {
        vec![
            some(vpc.id),
            some(&vpc.uuid),
            some(&vpc.name),
            // Not `data_center_id`, which is why `-v -z` of the script fails.
            some(world.zones[vpc.zone].id),
            removed(false),
        ]
    });
    Table { columns: &["id", "uuid", "name", "zone_id", "removed"], rows: rows.collect() }
}

fn configuration(world: &World) -> Table {
    let rows = world.settings.iter().map(|(name, value)| vec![some("Advanced"), some(name), some(value)]);
    Table { columns: &["category", "name", "value"], rows: rows.collect() }
}

fn version(world: &World) -> Table {
    let releases = [world.version.previous_release(), world.version.release()];
    let rows = releases.iter().zip(1..).map(|(release, id)| vec![some(id), some(release), some("Complete")]);
    Table { columns: &["id", "version", "step"], rows: rows.collect() }
}

fn mshost(world: &World) -> Table {
    let rows = world.servers.iter().zip(1..).map(|(server, id)| {
        let state = if server.phase == Phase::Up { "Up" } else { "Down" };
        vec![
            some(id),
            some(server.msid),
            some(&server.name),
            some(state),
            some(world.version.release()),
            some(&server.address),
            removed(false),
        ]
    });
    Table { columns: &["id", "msid", "name", "state", "version", "service_ip", "removed"], rows: rows.collect() }
}

fn volumes(world: &World) -> Table {
    let rows = world.volumes.iter().zip(1..).map(|(volume, id)| {
        vec![
            some(id),
            some(&volume.uuid),
            some(volume.vm),
            some("ROOT"),
            some(volume.template),
            removed(volume.removed),
        ]
    });
    Table { columns: &["id", "uuid", "instance_id", "volume_type", "template_id", "removed"], rows: rows.collect() }
}
