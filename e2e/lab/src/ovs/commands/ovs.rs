//! The parts of the `ovs` command line that ask for the state of the cluster.

use super::{Reply, systemd_show};
use crate::ovs::cluster::Cluster;
use crate::ovs::config::{OvsInit, Role};
use crate::ovs::node::arakoon_ini;
use crate::ovs::truth::StopCause;
use crate::ovs::unit::UnitPhase;

pub(super) async fn ovs(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    match words {
        ["monitor", "services"] => monitor(cluster, node),
        ["config", "list"] => Reply::says(keys(cluster).join("\n")),
        ["config", "get", key] => get(cluster, key),
        ["start", "framework", rest @ ..] => {
            for node in chosen(cluster, node, rest) {
                // Running already is what was wanted.
                let _ = cluster.start(node, "ovs-watcher-framework").await;
            }
            Reply::silent()
        }
        ["stop", "framework", rest @ ..] => {
            for node in chosen(cluster, node, rest) {
                let _ = cluster.stop(node, "ovs-watcher-framework", StopCause::Asked).await;
            }
            Reply::silent()
        }
        _ => Reply::fails(1, "ovs: wrong arguments"),
    }
}

/// Nothing: this node; an address; or `all`.
fn chosen(cluster: &Cluster, own: usize, words: &[&str]) -> Vec<usize> {
    match words.first() {
        None => vec![own],
        Some(&"all") => cluster.routers(),
        Some(ip) => {
            let nodes = cluster.nodes().iter().enumerate();
            nodes.filter(|(_, node)| node.access.address == *ip).map(|(number, _)| number).collect()
        }
    }
}

/// (7.2) The same words under both init systems.
fn monitor(cluster: &Cluster, node: usize) -> Reply {
    let own = |name: &str| ["ovs-", "alba-", "asd-"].iter().any(|prefix| name.starts_with(prefix));
    let names: Vec<String> = {
        let world = cluster.world();
        world.nodes[node].units.keys().filter(|name| own(name)).cloned().collect()
    };
    let (mut on, mut off) = (String::new(), String::new());
    for name in names {
        let word = systemd_show::active_word(cluster, node, &name);
        match cluster.phase(node, &name) {
            Some((UnitPhase::Running, Some(pid))) => on.push_str(&format!("{name:<28} {word}  {pid}\n")),
            _ => off.push_str(&format!("{name:<28} {word}\n")),
        }
    }
    let off =
        if cluster.config().init == OvsInit::Upstart { off.replace("activating", "start/pre-start") } else { off };
    Reply::says(format!(
        "Running processes\n=================\n\n{on}\nNon-running processes\n=====================\n\n{off}"
    ))
}

/// Keys of the configuration store (4.4).
fn keys(cluster: &Cluster) -> Vec<String> {
    let world = cluster.world();
    let mut keys: Vec<String> = world.clusters().into_iter().map(|name| format!("ovs/arakoon/{name}/config")).collect();
    for node in world.nodes.iter().filter(|node| node.plan.role != Role::Storage) {
        keys.push(format!("ovs/framework/hosts/{}/type", node.plan.id));
        keys.push(format!("ovs/framework/hosts/{}/versions", node.plan.id));
    }
    keys
}

fn get(cluster: &Cluster, key: &str) -> Reply {
    let key = key.trim_start_matches('/');
    let world = cluster.world();
    if !world.has_master("config") {
        return Reply::fails(1, "config: no master found");
    }
    let missing = || Reply::fails(1, format!("Key {key} not found"));
    if let Some(name) = key.strip_prefix("ovs/arakoon/").and_then(|rest| rest.strip_suffix("/config")) {
        let members = world.members(name);
        if members.is_empty() {
            return missing();
        }
        let plans: Vec<_> = members.iter().map(|member| &world.nodes[member.node].plan).collect();
        let ids: Vec<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
        return Reply::says(arakoon_ini(name, &ids.join(","), &plans));
    }
    let Some((id, what)) = key.strip_prefix("ovs/framework/hosts/").and_then(|rest| rest.split_once('/')) else {
        return missing();
    };
    match (world.nodes.iter().find(|node| node.plan.id == id), what) {
        (Some(node), "type") => Reply::says(if node.plan.role == Role::Master { "\"MASTER\"" } else { "\"EXTRA\"" }),
        (Some(node), "versions") => Reply::says(format!("{{\"ovs\": \"{}\"}}", node.extensions)),
        _ => missing(),
    }
}
