//! Builds the clouds of the presets.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::records::{
    AgentState, Hypervisor, Network, Owner, Phase, Redundancy, Router, Server, Template, Vm, VmKind, VmState, Volume,
    Vpc, Zone, new_uuid,
};
use super::{ENFORCE_POST, INTEGRATION_PORT, MIN_TEMPLATE, World, now};
use crate::config::{Cloud, LabConfig, Version};
use crate::fault::Faults;
use crate::truth::Recorder;

/// Index of the template the disks were made from before the upgrade.
const OLD: usize = 0;
/// Index of the template every VM names after the upgrade.
const NEW: usize = 1;

pub(super) fn build(config: &LabConfig) -> World {
    let mut world = empty(config.version);
    match config.cloud {
        Cloud::Small => small(&mut world),
        Cloud::Large => large(&mut world),
        Cloud::Many { system_vms } => many(&mut world, system_vms.max(6)),
    }
    for (id, vm) in &mut world.vms {
        vm.first_root = world.volumes.iter().find(|volume| volume.vm == *id).map(|volume| volume.uuid.clone());
    }
    world
}

fn small(world: &mut World) {
    add_server(world);
    let zone = add_zone(world);
    add_system_vm(world, zone, VmKind::SecondaryStorage);
    add_system_vm(world, zone, VmKind::ConsoleProxy { sessions: 1 });
    add_network(world, zone, Owner::admin(), 1);
    add_network(world, zone, Owner::Account("acme".into()), 2);
    add_vpc(world, zone, Owner::admin(), 1);
}

fn large(world: &mut World) {
    add_server(world);
    add_server(world);
    for number in 0..3 {
        let zone = add_zone(world);
        add_system_vm(world, zone, VmKind::SecondaryStorage);
        if number == 0 {
            add_system_vm(world, zone, VmKind::SecondaryStorage);
        }
        add_system_vm(world, zone, VmKind::ConsoleProxy { sessions: number });
        if number == 2 {
            add_system_vm(world, zone, VmKind::ConsoleProxy { sessions: 0 });
        }
    }
    for zone in 0..3 {
        let first = if zone == 1 { Owner::Project { name: "apollo".into(), uuid: new_uuid() } } else { Owner::admin() };
        add_network(world, zone, first, 1);
        add_network(world, zone, Owner::Account("acme".into()), 2);
        // The first zone has a redundant VPC, the others a plain one and one more network.
        if zone == 0 {
            add_vpc(world, zone, Owner::admin(), 2);
        } else {
            add_vpc(world, zone, Owner::admin(), 1);
            add_network(world, zone, Owner::admin(), 1);
        }
    }
}

fn many(world: &mut World, system_vms: usize) {
    add_server(world);
    for _ in 0..3 {
        let zone = add_zone(world);
        add_system_vm(world, zone, VmKind::SecondaryStorage);
        add_system_vm(world, zone, VmKind::ConsoleProxy { sessions: 0 });
    }
    // Of ten routers two are a pair.
    let mut number = 0;
    while world.vms.len() < system_vms {
        let room = system_vms - world.vms.len();
        let routers = if number % 9 == 0 && room > 1 { 2 } else { 1 };
        add_network(world, number % 3, Owner::admin(), routers);
        number += 1;
    }
}

impl Owner {
    /// The account the lab's key belongs to.
    fn admin() -> Self {
        Self::Account("admin".into())
    }
}

fn empty(version: Version) -> World {
    let template = |number: &'static str| Template {
        uuid: new_uuid(),
        name: format!("systemvm-kvm-{number}-x86_64"),
        version: number,
    };
    let mut settings = BTreeMap::from([
        (INTEGRATION_PORT, "0".to_owned()),
        (MIN_TEMPLATE, version.template().to_owned()),
        ("default.page.size", "500".to_owned()),
        ("router.check.interval", "30".to_owned()),
        ("router.version.check", "true".to_owned()),
        ("recreate.systemvm.enabled", "false".to_owned()),
        ("api.throttling.enabled", "false".to_owned()),
    ]);
    if version >= Version::V4_22 {
        settings.insert(ENFORCE_POST, "false".to_owned());
    }
    World {
        version,
        settings,
        servers: Vec::new(),
        zones: Vec::new(),
        hypervisors: Vec::new(),
        templates: vec![template(version.previous_template()), template(version.template())],
        networks: Vec::new(),
        vpcs: Vec::new(),
        vms: BTreeMap::new(),
        volumes: Vec::new(),
        jobs: Vec::new(),
        faults: Faults::default(),
        recorder: Recorder::default(),
        account: new_uuid(),
        domain: new_uuid(),
    }
}

fn add_server(world: &mut World) {
    let number = world.servers.len() + 1;
    world.servers.push(Server {
        uuid: new_uuid(),
        msid: 90_520_000_000_000 + number as i64,
        name: format!("mgmt{number}"),
        // Known when the lab has found free addresses.
        address: String::new(),
        phase: Phase::Stopped,
        enforces_post: false,
        started: now(),
        stopped: now(),
        starts: 0,
    });
}

fn add_zone(world: &mut World) -> usize {
    let index = world.zones.len();
    let number = index as u64 + 1;
    world.zones.push(Zone { id: number, uuid: new_uuid(), name: format!("zone{number}") });
    for host in 1..=2 {
        world.hypervisors.push(Hypervisor { uuid: new_uuid(), name: format!("kvm{}", index * 2 + host), zone: index });
    }
    world.networks.push(Network {
        id: 199 + number,
        uuid: new_uuid(),
        name: format!("management{number}"),
        zone: index,
        vpc: None,
        redundant: false,
        system: true,
        owner: Owner::Account("system".into()),
        restart_required: false,
    });
    index
}

fn next_network(world: &World) -> u64 {
    let last = world.networks.iter().map(|network| network.id).max();
    last.unwrap_or(0).max(203) + 1
}

/// An isolated network with one router or a redundant pair.
fn add_network(world: &mut World, zone: usize, owner: Owner, routers: usize) {
    let id = next_network(world);
    let network = Network {
        id,
        uuid: new_uuid(),
        name: format!("net{}", id - 203),
        zone,
        vpc: None,
        redundant: routers > 1,
        system: false,
        owner: owner.clone(),
        restart_required: false,
    };
    let serves = network.uuid.clone();
    world.networks.push(network);
    let index = world.networks.len() - 1;
    for number in 0..routers {
        let router = old_router(world, &serves, owner.clone(), role(routers, number));
        let router = Router { network: Some(index), ..router };
        add_system_vm(world, zone, VmKind::Router(router));
    }
}

/// A VPC with one tier and one router or a redundant pair.
fn add_vpc(world: &mut World, zone: usize, owner: Owner, routers: usize) {
    let number = world.vpcs.len() as u64 + 1;
    let vpc = Vpc {
        id: number,
        uuid: new_uuid(),
        name: format!("vpc{number}"),
        zone,
        redundant: routers > 1,
        owner: owner.clone(),
        restart_required: false,
    };
    let serves = vpc.uuid.clone();
    world.vpcs.push(vpc);
    let index = world.vpcs.len() - 1;
    world.networks.push(Network {
        id: next_network(world),
        uuid: new_uuid(),
        name: format!("tier{number}"),
        zone,
        vpc: Some(index),
        redundant: routers > 1,
        system: false,
        owner: owner.clone(),
        restart_required: false,
    });
    for number in 0..routers {
        let router = old_router(world, &serves, owner.clone(), role(routers, number));
        let router = Router { vpc: Some(index), ..router };
        add_system_vm(world, zone, VmKind::Router(router));
    }
}

fn role(routers: usize, number: usize) -> Option<Redundancy> {
    match (routers, number) {
        (1, _) => None,
        (_, 0) => Some(Redundancy::Primary),
        _ => Some(Redundancy::Backup),
    }
}

fn old_router(world: &World, serves: &str, owner: Owner, redundancy: Option<Redundancy>) -> Router {
    let old = world.version.previous_release().to_owned();
    Router {
        serves: serves.to_owned(),
        network: None,
        vpc: None,
        redundancy,
        template_version: world.version.previous_template().to_owned(),
        software_version: (world.version > Version::V4_15).then_some(old),
        owner,
    }
}

fn add_system_vm(world: &mut World, zone: usize, kind: VmKind) {
    let id = world.next_vm_id();
    let made = long_ago(id);
    let mut vm = Vm::new(id, kind, zone, NEW, made);
    vm.hypervisor = zone * 2 + (id % 2) as usize;
    vm.version = world.version.previous_release().to_owned();
    vm.state = VmState::Running;
    vm.agent = AgentState::Up;
    vm.was_up = true;
    world.vms.insert(id, vm);
    world.volumes.push(Volume::new(id, OLD, made));
}

/// Some weeks before now, so that `created` of a new disk is plainly later.
fn long_ago(id: u64) -> OffsetDateTime {
    now() - Duration::days(30) - Duration::minutes(id as i64)
}
