//! Objects of the model as the API shows them (2.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::cluster::{AlbaNode, Model, NodeType, StorageDriver, StorageRouter, VDisk, VPool};
use super::package;
use super::release::Generation;
use super::route::Kind;

/// An object, with what `contents` can ask for kept apart.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) guid: String,
    fixed: Value,
    dynamics: Value,
    /// The name of a relation, the field it is shown as, and whom it leads to.
    relations: Vec<(&'static str, &'static str, Value)>,
}

impl Object {
    /// The object with the properties asked for. Without `contents` it is shown whole.
    pub(super) fn show(&self, contents: Option<&[String]>) -> Value {
        let has = |word: &str| contents.is_some_and(|words| words.iter().any(|found| found == word));
        let wanted =
            |group: &str, name: &str| (contents.is_none() || has(group) || has(name)) && !has(&format!("-{name}"));
        let mut shown: Map<String, Value> = self.fixed.as_object().cloned().unwrap_or_default();
        shown.insert("guid".to_owned(), self.guid.as_str().into());
        for (name, value) in self.dynamics.as_object().into_iter().flatten() {
            if wanted("_dynamics", name) {
                shown.insert(name.clone(), value.clone());
            }
        }
        for (name, field, value) in &self.relations {
            if wanted("_relations", name) {
                shown.insert((*field).to_owned(), value.clone());
            }
        }
        shown.into()
    }
}

/// All objects of a kind.
pub(super) fn all(model: &Model, kind: Kind, generation: Generation) -> Vec<Object> {
    match kind {
        Kind::StorageRouter => {
            model.storage_routers.iter().map(|router| storage_router(model, generation, router)).collect()
        }
        Kind::StorageDriver => model.storage_drivers.iter().map(|driver| storage_driver(model, driver)).collect(),
        Kind::VPool => model.vpools.iter().map(|vpool| self::vpool(model, vpool)).collect(),
        Kind::VDisk => model.vdisks.iter().map(|vdisk| self::vdisk(model, vdisk)).collect(),
        Kind::AlbaNode => {
            model.alba.iter().flat_map(|alba| &alba.nodes).map(|node| alba_node(model, generation, node)).collect()
        }
        Kind::AlbaBackend => {
            let backends = model.alba.iter().flat_map(|alba| &alba.backends);
            let object = |guid: &str, alba_id: &str, name: &str| Object {
                guid: guid.to_owned(),
                fixed: json!({ "alba_id": alba_id, "scaling": "LOCAL" }),
                dynamics: json!({ "name": name, "live_status": "running" }),
                relations: Vec::new(),
            };
            backends.map(|backend| object(&backend.guid, &backend.alba_id, &backend.name)).collect()
        }
    }
}

fn storage_router(model: &Model, generation: Generation, router: &StorageRouter) -> Object {
    let ago = |age: Duration| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(age);
    let (process, celery) = (ago(router.process_heartbeat), ago(router.celery_heartbeat));
    let mut fixed = json!({
        "name": router.name,
        "description": router.name,
        "machine_id": router.machine_id,
        "ip": router.ip,
        "heartbeats": { "process": process.as_secs(), "celery": celery.as_secs() },
        "last_heartbeat": process.as_secs_f64(),
        "node_type": match router.role {
            NodeType::Master => "MASTER",
            NodeType::Extra => "EXTRA",
        },
        "rdma_capable": false,
    });
    if generation != Generation::A {
        let errors = &router.package_errors;
        fixed["package_information"] =
            package::information(model, generation, Some(&router.guid), &router.package_information, errors);
    }
    let drivers: Vec<&StorageDriver> =
        model.storage_drivers.iter().filter(|driver| driver.storage_router == router.guid).collect();
    let guids = |guids: Vec<&String>| json!(guids);
    let is_here = |vdisk: &&VDisk| drivers.iter().any(|driver| driver.guid == vdisk.storage_driver);
    let vdisks = model.vdisks.iter().filter(is_here).map(|vdisk| &vdisk.guid).collect();
    Object {
        guid: router.guid.clone(),
        fixed,
        dynamics: json!({
            "status": status(router),
            "vpools_guids": guids(drivers.iter().map(|driver| &driver.vpool).collect()),
            "vdisks_guids": guids(vdisks),
            "partition_config": {},
        }),
        relations: vec![(
            "storagedrivers",
            "storagedrivers_guids",
            guids(drivers.iter().map(|driver| &driver.guid).collect()),
        )],
    }
}

/// Heartbeats are looked at in this order (2.3).
fn status(router: &StorageRouter) -> &'static str {
    let older = |age: Duration, minutes: u64| age > Duration::from_secs(60 * minutes);
    if older(router.process_heartbeat, 5) || older(router.celery_heartbeat, 5) {
        "FAILURE"
    } else if older(router.celery_heartbeat, 2) {
        "WARNING"
    } else {
        "OK"
    }
}

fn storage_driver(model: &Model, driver: &StorageDriver) -> Object {
    let vdisks: Vec<&VDisk> = model.vdisks.iter().filter(|vdisk| vdisk.storage_driver == driver.guid).collect();
    let clients: Vec<Value> = vdisks.iter().flat_map(|vdisk| edge_clients(model, vdisk)).collect();
    let ip = model.storage_routers.iter().find(|router| router.guid == driver.storage_router).map(|router| router.ip);
    Object {
        guid: driver.guid.clone(),
        fixed: json!({
            "name": driver.name,
            "description": driver.name,
            "storagedriver_id": driver.storagedriver_id,
            "mountpoint": driver.mountpoint,
            "cluster_ip": ip,
            "storage_ip": ip,
        }),
        dynamics: json!({
            "status": null,
            "vdisks_guids": vdisks.iter().map(|vdisk| &vdisk.guid).collect::<Vec<_>>(),
            "edge_clients": clients,
        }),
        relations: vec![
            ("vpool", "vpool_guid", json!(driver.vpool)),
            ("storagerouter", "storagerouter_guid", json!(driver.storage_router)),
        ],
    }
}

fn vpool(model: &Model, vpool: &VPool) -> Object {
    let drivers: Vec<&String> =
        model.storage_drivers.iter().filter(|driver| driver.vpool == vpool.guid).map(|driver| &driver.guid).collect();
    let vdisks: Vec<&String> =
        model.vdisks.iter().filter(|vdisk| vdisk.vpool == vpool.guid).map(|vdisk| &vdisk.guid).collect();
    Object {
        guid: vpool.guid.clone(),
        fixed: json!({ "name": vpool.name, "description": vpool.name, "status": "RUNNING" }),
        dynamics: json!({}),
        relations: vec![
            ("storagedrivers", "storagedrivers_guids", json!(drivers)),
            ("vdisks", "vdisks_guids", json!(vdisks)),
        ],
    }
}

fn vdisk(model: &Model, vdisk: &VDisk) -> Object {
    let driver = model.storage_drivers.iter().find(|driver| driver.guid == vdisk.storage_driver);
    Object {
        guid: vdisk.guid.clone(),
        fixed: json!({
            "name": vdisk.name,
            "description": vdisk.name,
            "size": vdisk.size,
            "devicename": format!("/{}.raw", vdisk.name),
            "volume_id": vdisk.volume_id,
        }),
        dynamics: json!({
            "info": {
                "live_status": vdisk.live_status,
                "object_type": "BASE",
                "volume_id": vdisk.volume_id,
                "vrouter_id": driver.map(|driver| &driver.storagedriver_id),
            },
            "storagerouter_guid": driver.map(|driver| &driver.storage_router),
            "edge_clients": edge_clients(model, vdisk),
        }),
        relations: vec![("vpool", "vpool_guid", json!(vdisk.vpool))],
    }
}

fn edge_clients(model: &Model, vdisk: &VDisk) -> Vec<Value> {
    let driver = model.storage_drivers.iter().find(|driver| driver.guid == vdisk.storage_driver);
    let router =
        driver.and_then(|driver| model.storage_routers.iter().find(|router| router.guid == driver.storage_router));
    let server = router.map(|router| router.ip);
    let client = |client: &super::cluster::EdgeClient| {
        json!({
            "key": format!("{}:{}", client.ip, client.port),
            "object_id": vdisk.volume_id,
            "ip": client.ip,
            "port": client.port,
            "server_ip": server,
            "server_port": 26203,
        })
    };
    vdisk.clients.iter().map(client).collect()
}

fn alba_node(model: &Model, generation: Generation, node: &AlbaNode) -> Object {
    let mut fixed = json!({
        "ip": node.ip,
        "port": node.port,
        "node_id": node.node_id,
        "username": "root",
        "type": "ASD",
    });
    if generation != Generation::A {
        let router = node.storage_router.as_deref();
        fixed["package_information"] = package::information(model, generation, router, &node.package_information, &[]);
    }
    let status = if node.responds { "ok" } else { "nodedown" };
    Object {
        guid: node.guid.clone(),
        fixed,
        dynamics: json!({ "ips": [node.ip], "storage_stack": { "status": status, "stack": {} } }),
        relations: vec![("storagerouter", "storagerouter_guid", json!(node.storage_router))],
    }
}
