//! Rows of the API as what they mean (dossier 2.2, 2.3).

use std::collections::{BTreeMap, BTreeSet};

use model::open_vstorage::{AlbaNode, NodeRole, StorageRouter, VPool};
use serde_json::Value;

use crate::api::reply::{needed, text};

pub(crate) fn storage_router(row: &Value) -> Result<StorageRouter, String> {
    let role = match needed(row, "node_type")?.as_str() {
        "MASTER" => NodeRole::Master,
        "EXTRA" => NodeRole::Extra,
        other => return Err(format!("a StorageRouter is of type {other:?}; MASTER and EXTRA are known")),
    };
    Ok(StorageRouter {
        guid: needed(row, "guid")?,
        name: needed(row, "name")?,
        ip: needed(row, "ip")?,
        role,
        status: text(row, "status").unwrap_or_else(|| "not told".to_owned()),
        api_problem: None,
    })
}

pub(crate) fn alba_node(row: &Value) -> Result<AlbaNode, String> {
    Ok(AlbaNode { node_id: needed(row, "node_id")?, ip: needed(row, "ip")? })
}

/// Puts vPools, storage drivers and vDisks together.
pub(crate) fn vpools(
    vpools: &[Value],
    drivers: &[Value],
    vdisks: &[Value],
    routers: &[StorageRouter],
) -> Result<Vec<VPool>, String> {
    let ips: BTreeMap<&str, &str> = routers.iter().map(|router| (router.guid.as_str(), router.ip.as_str())).collect();
    let of = |row: &Value, guid: &str| related(row, "vpool").as_deref() == Some(guid);
    let mut found = Vec::new();
    for row in vpools {
        let guid = needed(row, "guid")?;
        let serving =
            drivers.iter().filter(|driver| of(driver, &guid)).filter_map(|driver| related(driver, "storagerouter"));
        let routers: BTreeSet<String> =
            serving.filter_map(|router| ips.get(router.as_str()).map(|ip| (*ip).to_owned())).collect();
        let disks: Vec<&Value> = vdisks.iter().filter(|disk| of(disk, &guid)).collect();
        let mut in_use: BTreeMap<String, u32> = BTreeMap::new();
        for disk in &disks {
            let clients = clients(disk).len();
            if clients > 0 {
                let name = text(disk, "name").or_else(|| text(disk, "guid")).unwrap_or_default();
                in_use.insert(name, count(clients));
            }
        }
        // A driver tells of its clients, too; what its vDisks have told already is not told twice.
        if in_use.is_empty() {
            for driver in drivers.iter().filter(|driver| of(driver, &guid)) {
                for client in clients(driver) {
                    let volume = text(client, "object_id").or_else(|| text(client, "ip"));
                    *in_use.entry(volume.unwrap_or_else(|| "a volume".to_owned())).or_default() += 1;
                }
            }
        }
        found.push(VPool { name: needed(row, "name")?, routers, vdisks: count(disks.len()), in_use });
    }
    Ok(found)
}

fn clients(row: &Value) -> &[Value] {
    row.get("edge_clients").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The guid of a related object: as a field of its own, or as the object or its guid.
fn related(row: &Value, name: &str) -> Option<String> {
    text(row, &format!("{name}_guid")).or_else(|| text(row, name)).or_else(|| text(row.get(name)?, "guid"))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Why a StorageRouter is not as it should be after a start; `None` when it is.
///
/// Its status is worked out from its heartbeats on the server (dossier 2.3): FAILURE after five minutes of silence.
pub(crate) fn missed_heartbeats(router: &StorageRouter) -> Option<String> {
    (router.status != "OK" && router.status != "not told").then(|| format!("{} is {}", router.name, router.status))
}

/// A master whose own API does not answer, and why.
pub(crate) fn silent_master(router: &StorageRouter) -> Option<String> {
    router.api_problem.as_ref().map(|problem| format!("{}: {problem}", router.name))
}

/// The name of the release in the root of the API.
pub(crate) fn release(root: &Value) -> Result<String, String> {
    let name = root.get("release").and_then(|release| text(release, "name").or_else(|| text(release, "version")));
    name.ok_or_else(|| "the answer names no release".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_volume_with_a_client_is_in_use() {
        let router = json!({"guid": "r1", "name": "node1", "ip": "10.0.0.1", "node_type": "MASTER", "status": "OK"});
        let router = storage_router(&router).unwrap();
        let pools = [json!({"guid": "p1", "name": "vpool1"})];
        let drivers = [json!({"guid": "d1", "vpool_guid": "p1", "storagerouter_guid": "r1", "edge_clients": []})];
        let disks = [
            json!({"guid": "v1", "name": "disk1", "vpool_guid": "p1", "edge_clients": [{"ip": "10.0.0.7"}]}),
            json!({"guid": "v2", "name": "disk2", "vpool_guid": "p1", "edge_clients": []}),
        ];
        let found = vpools(&pools, &drivers, &disks, &[router]).unwrap();
        assert_eq!(found[0].vdisks, 2);
        assert_eq!(found[0].in_use, BTreeMap::from([("disk1".to_owned(), 1)]));
        assert_eq!(found[0].routers, BTreeSet::from(["10.0.0.1".to_owned()]));
    }

    #[test]
    fn a_row_that_lacks_something_is_named() {
        let error = storage_router(&json!({"guid": "r1", "name": "node1", "node_type": "MASTER"})).unwrap_err();
        assert!(error.contains("node1") && error.contains("ip"), "{error}");
    }
}
