//! A cluster that is nothing but its description, for tests of the API and of its clients.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cluster::{
    Alba, AlbaBackend, AlbaNode, CheckFailure, Cluster, Component, EdgeClient, Front, Installed, Launch, Live, Model,
    NodeType, Pending, PendingPackage, StorageDriver, StorageRouter, Stores, VDisk, VPool,
};
use super::release::Release;

/// The description. A test changes it as it likes.
#[derive(Debug)]
pub struct Memory {
    pub release: Release,
    /// Of masters; one that is not named serves.
    pub fronts: BTreeMap<IpAddr, Front>,
    pub stores: Stores,
    pub model: Model,
    /// What a check of a node finds, or why it fails. A node that is not named has nothing pending.
    pub found: BTreeMap<IpAddr, Result<Pending, String>>,
    /// Why no update can be launched.
    pub launch_fails: Option<String>,
    /// What was launched.
    pub launches: Vec<Launch>,
}

/// See [`Memory`].
#[derive(Debug)]
pub struct MemoryCluster(Mutex<Memory>);

impl MemoryCluster {
    /// Masters on these addresses that all serve one vPool with two volumes, the first of them in use, and one backend
    /// on the same nodes. Nothing is pending.
    #[must_use]
    pub fn new(release: Release, masters: &[IpAddr]) -> Arc<Self> {
        let memory = Memory {
            release,
            fronts: BTreeMap::new(),
            stores: Stores { memcached: true, memcached_life: 1, model: true },
            model: model(masters),
            found: BTreeMap::new(),
            launch_fails: None,
            launches: Vec::new(),
        };
        Arc::new(Self(Mutex::new(memory)))
    }

    /// Changes or reads the description.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Stops memcached, which forgets everything, or starts it.
    pub fn set_memcached(&mut self, up: bool) {
        self.stores.memcached = up;
        self.stores.memcached_life += u64::from(!up);
    }

    /// Makes packages pending on a node: name, installed version and candidate. The next check finds them.
    pub fn make_pending(&mut self, node: IpAddr, packages: &[(&str, &str, &str)]) {
        let mut pending = self.check(node).unwrap_or_default();
        for (name, installed, candidate) in packages {
            for component in Component::of(self.release.generation(), name) {
                pending.entry(*component).or_default().push(PendingPackage {
                    name: (*name).to_owned(),
                    installed: Installed::Version((*installed).to_owned()),
                    candidate: (*candidate).to_owned(),
                });
            }
        }
        self.found.insert(node, Ok(pending));
    }

    fn check(&self, node: IpAddr) -> Result<Pending, String> {
        self.found.get(&node).cloned().unwrap_or_else(|| Ok(Pending::new()))
    }

    /// As the real one: a node whose check fails has nothing pending afterwards.
    fn refresh(&mut self) -> Vec<CheckFailure> {
        let mut failures = Vec::new();
        let routers: Vec<IpAddr> = self.model.storage_routers.iter().map(|router| router.ip).collect();
        let all = routers.iter().copied().chain(self.storage_nodes());
        let found: BTreeMap<IpAddr, Pending> = all
            .map(|node| {
                let pending = self.check(node).unwrap_or_else(|reason| {
                    failures.push(CheckFailure { node, reason });
                    Pending::new()
                });
                (node, pending)
            })
            .collect();
        for router in &mut self.model.storage_routers {
            router.package_information = found.get(&router.ip).cloned().unwrap_or_default();
        }
        // A node that is both has its pending packages stored once.
        let storage = self.model.alba.iter_mut().flat_map(|alba| &mut alba.nodes);
        for node in storage.filter(|node| node.storage_router.is_none()) {
            node.package_information = found.get(&node.ip).cloned().unwrap_or_default();
        }
        failures
    }

    fn storage_nodes(&self) -> Vec<IpAddr> {
        let nodes = self.model.alba.iter().flat_map(|alba| &alba.nodes);
        nodes.filter(|node| node.storage_router.is_none()).map(|node| node.ip).collect()
    }
}

impl Cluster for MemoryCluster {
    fn release(&self) -> Release {
        self.lock().release
    }

    fn front(&self, master: IpAddr) -> Front {
        self.lock().fronts.get(&master).copied().unwrap_or(Front::Serving)
    }

    fn stores(&self) -> Stores {
        self.lock().stores
    }

    fn model(&self) -> Model {
        self.lock().model.clone()
    }

    fn check(&self, node: IpAddr) -> Result<Pending, String> {
        self.lock().check(node)
    }

    fn refresh(&self) -> Vec<CheckFailure> {
        self.lock().refresh()
    }

    fn launch(&self, launch: &Launch) -> Result<(), String> {
        let mut memory = self.lock();
        if let Some(reason) = &memory.launch_fails {
            return Err(reason.clone());
        }
        memory.launches.push(launch.clone());
        Ok(())
    }
}

fn model(masters: &[IpAddr]) -> Model {
    let drivers = 1..=masters.len();
    let client = masters.first().map(|ip| EdgeClient { ip: *ip, port: 44_000 });
    let vdisk = |number: u64, clients| VDisk {
        guid: guid("vdisk", number as usize),
        name: format!("vdisk{number}"),
        volume_id: format!("{number:08}-volume"),
        size: number << 30,
        vpool: guid("vpool", 1),
        storage_driver: guid("driver", 1),
        live_status: "RUNNING".to_owned(),
        clients,
    };
    Model {
        cluster_id: "kX3pVd9rTq2mWs7b".to_owned(),
        storage_routers: masters.iter().zip(1..).map(|(ip, number)| storage_router(*ip, number)).collect(),
        vpools: vec![VPool { guid: guid("vpool", 1), name: "vpool1".to_owned() }],
        storage_drivers: drivers
            .map(|number| StorageDriver {
                guid: guid("driver", number),
                name: format!("vpool1 on node {number}"),
                storagedriver_id: format!("vpool1{number:016}"),
                mountpoint: "/mnt/vpool1".to_owned(),
                vpool: guid("vpool", 1),
                storage_router: guid("router", number),
            })
            .collect(),
        vdisks: vec![vdisk(1, client.into_iter().collect()), vdisk(2, Vec::new())],
        alba: Some(Alba {
            nodes: masters.iter().zip(1..).map(|(ip, number)| alba_node(*ip, number)).collect(),
            backends: vec![AlbaBackend {
                guid: guid("backend", 1),
                alba_id: "5f1f3c0e-alba".to_owned(),
                name: "mybackend".to_owned(),
            }],
        }),
        arakoon: ["ovsdb", "voldrv", "mybackend-abm", "mybackend-nsm_0"]
            .map(|cluster| (cluster.to_owned(), masters.len()))
            .into(),
    }
}

fn storage_router(ip: IpAddr, number: usize) -> StorageRouter {
    StorageRouter {
        guid: guid("router", number),
        name: format!("ovs-node{number}"),
        machine_id: format!("{number:016}"),
        ip,
        role: NodeType::Master,
        process_heartbeat: Duration::from_secs(5),
        celery_heartbeat: Duration::from_secs(5),
        package_information: Pending::new(),
        package_errors: Vec::new(),
        live: Live {
            reachable: true,
            workers: true,
            at_works: true,
            update_ongoing: false,
            versions: [("openvstorage", "2.11.3-1"), ("alba", "1.5.22")]
                .map(|(name, version)| (name.to_owned(), version.to_owned()))
                .into(),
        },
    }
}

fn alba_node(ip: IpAddr, number: usize) -> AlbaNode {
    AlbaNode {
        guid: guid("alba", number),
        node_id: format!("alba{number:028}"),
        ip,
        port: 8500,
        storage_router: Some(guid("router", number)),
        responds: true,
        package_information: Pending::new(),
    }
}

/// A guid that is the same every time.
fn guid(kind: &str, number: usize) -> String {
    let kind = kind.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    format!("{kind:08x}-0000-4000-8000-{number:012}")
}
