//! The simulated nodes as the cluster behind the API: what it tells is what is so on them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::api::{
    Alba, AlbaBackend, AlbaNode, CheckFailure, Cluster as Behind, Component, EdgeClient, Front, Installed, Launch,
    Live, Model, NodeType, Pending, PendingPackage, Release, StorageDriver, StorageRouter, Stores, VDisk, VPool,
};
use super::cluster::{Cluster, NodeWorld, Vdisk, Why, World};
use super::config::{OvsGeneration, Role};
use super::packages::packages_of;
use super::topology::{BACKEND, VPOOL, id};
use super::unit::Duty;

/// A sign of life is this old when everything is well.
const RECENT: Duration = Duration::from_secs(3);
const ASD_MANAGER_PORT: u16 = 8500;

impl Behind for Cluster {
    fn release(&self) -> Release {
        match self.config().generation {
            OvsGeneration::A => Release::V2_6_1,
            OvsGeneration::B => Release::V2_9_23,
            OvsGeneration::C => Release::V2_13_5,
        }
    }

    fn front(&self, master: IpAddr) -> Front {
        let world = self.world();
        match self.at(master).map(|node| &world.nodes[node]) {
            Some(node) if node.is_running("nginx") && node.is_running("ovs-webapp-api") => Front::Serving,
            Some(node) if node.is_running("nginx") => Front::BadGateway,
            _ => Front::Refused,
        }
    }

    fn stores(&self) -> Stores {
        let world = self.world();
        Stores {
            memcached: world.nodes.iter().any(|node| node.is_running("memcached")),
            memcached_life: world.memcached_life,
            model: world.has_master("ovsdb"),
        }
    }

    fn model(&self) -> Model {
        let versions: Vec<BTreeMap<String, String>> = (0..self.nodes().len()).map(|node| self.versions(node)).collect();
        let world = self.world();
        let all = || world.nodes.iter().zip(&versions);
        let is_router = |node: &NodeWorld| node.plan.role != Role::Storage;
        Model {
            cluster_id: id("cluster", 16),
            storage_routers: all()
                .filter(|(node, _)| is_router(node))
                .map(|(node, versions)| self.storage_router(node, versions.clone()))
                .collect(),
            vpools: world.nodes.iter().flat_map(vpools).collect::<BTreeSet<_>>().into_iter().map(vpool).collect(),
            storage_drivers: world.nodes.iter().flat_map(storage_drivers).collect(),
            vdisks: world.vdisks.iter().map(|vdisk| volume(&world, vdisk)).collect(),
            alba: Some(Alba {
                nodes: world.nodes.iter().map(alba_node).collect(),
                backends: vec![AlbaBackend { guid: guid("backend"), alba_id: guid("alba"), name: BACKEND.to_owned() }],
            }),
            arakoon: world.clusters().into_iter().map(|name| (name.clone(), world.members(&name).len())).collect(),
        }
    }

    fn check(&self, node: IpAddr) -> Result<Pending, String> {
        let number = self.at(node).ok_or_else(|| format!("{node} is not a node of this cluster"))?;
        self.look(number)
    }

    fn refresh(&self) -> Vec<CheckFailure> {
        self.refresh_packages()
            .into_iter()
            .filter_map(|(node, reason)| {
                let node = self.nodes()[node].access.address.parse().ok()?;
                Some(CheckFailure { node, reason })
            })
            .collect()
    }

    fn launch(&self, launch: &Launch) -> Result<(), String> {
        let node = self.at(launch.node).ok_or_else(|| format!("{} is not a node of this cluster", launch.node))?;
        let done = self.node(node).run_blocking("exec ovs update \"$1\"", &[&launch.components.join(",")]);
        let done = done.map_err(|error| error.to_string())?;
        if done.status.success() {
            return Ok(());
        }
        Err(format!("Command 'ovs update' failed: {}", String::from_utf8_lossy(&done.stderr).trim()))
    }
}

impl Cluster {
    /// The number of the node with this address.
    fn at(&self, address: IpAddr) -> Option<usize> {
        let address = address.to_string();
        self.nodes().iter().position(|node| node.access.address == address)
    }

    /// What is installed on a node.
    fn versions(&self, node: usize) -> BTreeMap<String, String> {
        let role = self.world().nodes[node].plan.role;
        let packages = packages_of(self.config().generation, role).into_iter();
        packages.filter_map(|package| Some((package.name.to_owned(), self.code(node, package.name)?))).collect()
    }

    /// What is pending on a node now, in the words of the API.
    fn look(&self, node: usize) -> Result<Pending, String> {
        let generation = self.config().generation;
        let mut pending = Pending::new();
        for found in self.pending(node)? {
            // The marks changed with the generations (1.2). The first only knows that there is something.
            let installed = match (found.why, generation) {
                (Why::Version, _) | (_, OvsGeneration::A) => Installed::Version(found.installed),
                (_, OvsGeneration::B) => Installed::Version(format!("{}-reboot", found.installed)),
                (Why::ServiceRestart, OvsGeneration::C) => Installed::ServiceRestart,
                (Why::Migrations, OvsGeneration::C) => Installed::Migrations,
            };
            for component in Component::of(generation.into(), found.package) {
                pending.entry(*component).or_default().push(PendingPackage {
                    name: found.package.to_owned(),
                    installed: installed.clone(),
                    candidate: found.candidate.to_owned(),
                });
            }
        }
        Ok(pending)
    }

    /// Looks at all nodes, and stores what was found in the model. A node whose check fails has nothing pending
    /// afterwards (1.3, P1). Answers the failures.
    pub(crate) fn refresh_packages(&self) -> Vec<(usize, String)> {
        let mut failures = Vec::new();
        for node in 0..self.nodes().len() {
            let found = self.look(node).unwrap_or_else(|reason| {
                failures.push((node, reason));
                Pending::new()
            });
            self.world().nodes[node].stored = found;
        }
        failures
    }

    fn storage_router(&self, node: &NodeWorld, versions: BTreeMap<String, String>) -> StorageRouter {
        let age = |unit: &str| match node.units.get(unit) {
            Some(unit) if unit.is_running() => RECENT,
            Some(unit) => unit.ended.map_or(RECENT, |ended| ended.elapsed() + RECENT),
            None => RECENT,
        };
        StorageRouter {
            guid: guid(&node.plan.id),
            name: node.plan.name.clone(),
            machine_id: node.plan.id.clone(),
            ip: address(node),
            role: if node.plan.role == Role::Master { NodeType::Master } else { NodeType::Extra },
            process_heartbeat: age("ovs-watcher-framework"),
            celery_heartbeat: age("ovs-workers"),
            package_information: node.stored.clone(),
            package_errors: Vec::new(),
            live: Live {
                reachable: !node.is_down,
                workers: node.is_running("ovs-workers"),
                at_works: !node.is_down,
                update_ongoing: node.flags.contains(self.config().generation.ongoing_flag()),
                versions,
            },
        }
    }
}

/// Names of the vPools of a node.
fn vpools(node: &NodeWorld) -> impl Iterator<Item = &str> {
    node.units.values().filter_map(|unit| match &unit.duty {
        Duty::Volumedriver { vpool } => Some(vpool.as_str()),
        _ => None,
    })
}

fn vpool(name: &str) -> VPool {
    VPool { guid: guid(&format!("vpool {name}")), name: name.to_owned() }
}

fn storage_drivers(node: &NodeWorld) -> impl Iterator<Item = StorageDriver> {
    vpools(node).map(|vpool| StorageDriver {
        guid: guid(&format!("driver {vpool} {}", node.plan.id)),
        name: format!("{vpool} on {}", node.plan.name),
        storagedriver_id: format!("{vpool}{}", node.plan.id),
        mountpoint: format!("/mnt/{vpool}"),
        vpool: guid(&format!("vpool {vpool}")),
        storage_router: guid(&node.plan.id),
    })
}

fn volume(world: &World, vdisk: &Vdisk) -> VDisk {
    let node = &world.nodes[vdisk.node];
    let serves = node
        .units
        .values()
        .any(|unit| unit.is_running() && matches!(&unit.duty, Duty::Volumedriver { vpool } if *vpool == vdisk.vpool));
    let guests = node.guests.iter().filter(|guest| guest.pid.is_some() && vdisk.vpool == VPOOL).count();
    let clients = usize::try_from(vdisk.clients).unwrap_or_default() + guests;
    VDisk {
        guid: guid(&vdisk.name),
        name: vdisk.name.clone(),
        volume_id: guid(&format!("volume {}", vdisk.name)),
        size: 10 << 30,
        vpool: guid(&format!("vpool {}", vdisk.vpool)),
        storage_driver: guid(&format!("driver {} {}", vdisk.vpool, node.plan.id)),
        live_status: if serves { "RUNNING" } else { "NON-RUNNING" }.to_owned(),
        clients: (44_000..).take(clients).map(|port| EdgeClient { ip: address(node), port }).collect(),
    }
}

fn alba_node(node: &NodeWorld) -> AlbaNode {
    let is_router = node.plan.role != Role::Storage;
    AlbaNode {
        guid: guid(&node.plan.sdm_id),
        node_id: node.plan.sdm_id.clone(),
        ip: address(node),
        port: ASD_MANAGER_PORT,
        storage_router: is_router.then(|| guid(&node.plan.id)),
        responds: node.is_running("alba-asdmanager") || node.is_running("asd-manager"),
        // A node that is both has its pending packages stored once.
        package_information: if is_router { Pending::new() } else { node.stored.clone() },
    }
}

/// Addresses of nodes are made by the lab; one that were none would be nobody's.
fn address(node: &NodeWorld) -> IpAddr {
    node.plan.address.parse().unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
}

/// A guid that is the same every time.
fn guid(of: &str) -> String {
    let text = id(of, 32).bytes().fold(String::new(), |mut text, byte| {
        text.push(char::from(b"0123456789abcdef"[usize::from(byte % 16)]));
        text
    });
    format!("{}-{}-4{}-8{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}
