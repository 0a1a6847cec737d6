//! Which services a node has (4.2), and which members an Arakoon cluster.

use std::collections::BTreeMap;

use super::config::{OvsGeneration, OvsLabConfig, Role};
use super::unit::{Duty, Unit};

/// The vPool that every simulated cluster has on all its StorageRouters, and its one backend.
pub(crate) const VPOOL: &str = "vpool1";
const SECOND_VPOOL: &str = "vpool2";
pub(crate) const BACKEND: &str = "mybackend";
/// The first node's address ends in this: the string order of the addresses is not their order (1.1, 5).
pub(crate) const FIRST_ADDRESS: u8 = 9;

/// What a node is, before it runs.
#[derive(Debug, Clone)]
pub(crate) struct NodePlan {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: String,
    /// `/etc/openvstorage_id`, or `_sdm_id` on a storage node; 16 characters.
    pub(crate) id: String,
    /// `/etc/openvstorage_sdm_id`; ASDs are everywhere.
    pub(crate) sdm_id: String,
}

/// 16 characters that look like an id and are the same each time.
pub(crate) fn id(seed: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in seed.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from(state >> 33).unwrap_or_default() % ALPHABET.len();
            char::from(ALPHABET[index])
        })
        .collect()
}

/// The nodes of a cluster, given how an address is made from its last number.
pub(crate) fn nodes(config: &OvsLabConfig, address: impl Fn(u8) -> String) -> Vec<NodePlan> {
    let roles = config.shape.roles();
    (FIRST_ADDRESS..)
        .zip(roles)
        .zip(1..)
        .map(|((last, role), number)| {
            let name = match role {
                Role::Storage => format!("ovs-disks{number}"),
                Role::Master | Role::Extra => format!("ovs-node{number}"),
            };
            NodePlan { id: id(&name, 16), sdm_id: id(&format!("{name} sdm"), 16), name, role, address: address(last) }
        })
        .collect()
}

/// Names of the Arakoon clusters (3.5). All of them live on the masters.
pub(crate) fn arakoon_clusters(generation: OvsGeneration) -> Vec<String> {
    let mut clusters = vec!["ovsdb".to_owned(), "voldrv".to_owned()];
    if generation != OvsGeneration::A {
        clusters.push("config".to_owned());
    }
    clusters.extend([format!("{BACKEND}-abm"), format!("{BACKEND}-nsm_0")]);
    clusters
}

/// What `arakoon` takes after `-config` (4.4).
pub(crate) fn arakoon_config(generation: OvsGeneration, cluster: &str) -> String {
    const CACC: &str = "/opt/OpenvStorage/config/arakoon_cacc.ini";
    match (generation, cluster) {
        (OvsGeneration::A, _) => format!("/opt/OpenvStorage/config/arakoon/{cluster}/{cluster}.cfg"),
        (_, "config") => CACC.to_owned(),
        _ => {
            format!(
                "arakoon://config/ovs/arakoon/{cluster}/config?ini=%2Fopt%2FOpenvStorage%2Fconfig%2Farakoon_cacc.ini"
            )
        }
    }
}

/// The vPools of a node.
pub(crate) fn vpools(config: &OvsLabConfig, role: Role) -> Vec<&'static str> {
    match role {
        Role::Storage => Vec::new(),
        Role::Master if config.shape.has_second_vpool() => vec![VPOOL, SECOND_VPOOL],
        Role::Master | Role::Extra => vec![VPOOL],
    }
}

/// The services of a node, by unit name.
pub(crate) fn units(config: &OvsLabConfig, node: &NodePlan) -> BTreeMap<String, Unit> {
    let old = config.generation == OvsGeneration::A;
    let mut units = BTreeMap::new();
    let mut add = |name: String, duty: Duty, command: &str| {
        units.insert(name, Unit::new(duty, command.to_owned()));
    };
    let python = |what: &str| format!("/usr/bin/python2 /opt/OpenvStorage/{what}");
    if node.role != Role::Storage {
        let watcher = |of: &str| python(&format!("ovs/extensions/generic/watcher.py {of}"));
        add("ovs-watcher-framework".into(), Duty::WatcherFramework, &watcher("framework"));
        add("ovs-watcher-volumedriver".into(), Duty::WatcherVolumedriver, &watcher("volumedriver"));
        add("ovs-workers".into(), Duty::FollowsWatcher, &python("celery worker"));
        add("ovs-volumerouter-consumer".into(), Duty::FollowsWatcher, &python("ovs/extensions/rabbitmq/consumer.py"));
        add("ovs-support-agent".into(), Duty::SupportAgent, &python("ovs/extensions/support/agent.py"));
        for vpool in vpools(config, node.role) {
            let volumedriver = format!("/usr/bin/volumedriver_fs -f --mountpoint=/mnt/{vpool}");
            add(format!("ovs-volumedriver_{vpool}"), Duty::Volumedriver { vpool: vpool.into() }, &volumedriver);
            let dtl = format!("/usr/bin/dtl_server --path=/mnt/storage/{vpool}_write_dtl_1");
            add(format!("ovs-dtl_{vpool}"), Duty::Dtl { vpool: vpool.into() }, &dtl);
            let proxies = if old {
                vec![format!("ovs-albaproxy_{vpool}")]
            } else {
                (0..2).map(|number| format!("ovs-albaproxy_{vpool}_{number}")).collect()
            };
            for proxy in proxies {
                add(proxy, Duty::Proxy { vpool: vpool.into() }, "/usr/bin/alba proxy-start");
            }
        }
        if !old {
            add("ovs-watcher-config".into(), Duty::WatcherConfig, &watcher("config"));
        }
    }
    if node.role == Role::Master {
        add("memcached".into(), Duty::Memcached, "/usr/bin/memcached -m 1024 -p 11211 -u memcache");
        add("rabbitmq-server".into(), Duty::Rabbitmq, "/usr/lib/rabbitmq/beam.smp -sname rabbit");
        add("nginx".into(), Duty::Nginx, "/usr/sbin/nginx");
        add("ovs-webapp-api".into(), Duty::FollowsWatcher, "/usr/bin/gunicorn -b localhost:8002 api.wsgi");
        add("ovs-scheduled-tasks".into(), Duty::FollowsWatcher, &python("celery beat"));
        for cluster in arakoon_clusters(config.generation) {
            let config = arakoon_config(config.generation, &cluster);
            let command = format!("/usr/bin/arakoon --node {} -config {config}", node.id);
            add(format!("ovs-arakoon-{cluster}"), Duty::Arakoon { cluster }, &command);
        }
        if old {
            add(format!("ovs-alba-maintenance_{BACKEND}"), Duty::Maintenance, "/usr/bin/alba maintenance");
            add(format!("ovs-alba-rebalancer_{BACKEND}"), Duty::Maintenance, "/usr/bin/alba rebalance");
        }
    }
    for disk in 0..config.shape.disks() {
        let id = asd_id(node, disk);
        add(
            format!("alba-asd-{id}"),
            Duty::Asd,
            &format!("/usr/bin/alba asd-start --config /mnt/alba-asd/{id}/asd.json"),
        );
    }
    if old {
        add("alba-asdmanager".into(), Duty::AsdManager, "/usr/bin/python2 /opt/alba-asdmanager/source/asdmanager.py");
    } else {
        add("asd-manager".into(), Duty::AsdManager, "/usr/bin/python2 /opt/asd-manager/source/asdmanager.py");
        add("asd-watcher".into(), Duty::AsdWatcher, "/usr/bin/python2 /opt/asd-manager/source/watcher.py");
        let agent = id(&format!("{} maintenance", node.name), 16);
        add(format!("alba-maintenance_{BACKEND}-{agent}"), Duty::Maintenance, "/usr/bin/alba maintenance");
    }
    units
}

/// 32 characters.
pub(crate) fn asd_id(node: &NodePlan, disk: usize) -> String {
    id(&format!("{} asd {disk}", node.name), 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Pace;
    use crate::ovs::config::{OvsInit, OvsShape};

    #[test]
    fn the_highest_address_is_not_the_highest_text() {
        let config = OvsLabConfig { shape: OvsShape::ThreeMasters, ..OvsLabConfig::default() };
        let nodes = nodes(&config, |last| format!("127.1.1.{last}"));
        let by_text = nodes.iter().max_by_key(|node| &node.address).unwrap();
        assert_eq!((by_text.name.as_str(), nodes.last().unwrap().name.as_str()), ("ovs-node1", "ovs-node3"));
    }

    #[test]
    fn the_masters_of_the_largest_cluster_have_a_second_vpool_and_the_others_have_not() {
        let shape = OvsShape::ThreeMastersOneExtraOneStorage;
        let config = OvsLabConfig { shape, ..OvsLabConfig::default() };
        let drivers = |node: &NodePlan| {
            let names = units(&config, node).into_keys();
            names.filter(|name| name.starts_with("ovs-volumedriver_")).collect::<Vec<_>>()
        };
        let of: Vec<_> = nodes(&config, |last| format!("127.1.1.{last}")).iter().map(drivers).collect();
        let both = vec!["ovs-volumedriver_vpool1".to_owned(), "ovs-volumedriver_vpool2".to_owned()];
        assert_eq!(of, [both.clone(), both.clone(), both.clone(), both[..1].to_vec(), Vec::new()]);
    }

    #[test]
    fn ids_have_their_length_and_differ() {
        let config = OvsLabConfig {
            generation: OvsGeneration::C,
            init: OvsInit::Systemd,
            shape: OvsShape::ThreeMastersOneExtraOneStorage,
            pace: Pace::Fast,
        };
        let nodes = nodes(&config, |last| format!("127.1.1.{last}"));
        let mut ids: Vec<String> = nodes.iter().flat_map(|node| [asd_id(node, 0), asd_id(node, 1)]).collect();
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 10);
    }
}
