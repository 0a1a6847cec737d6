//! Arakoon clusters, put together from what their members say (dossier 3.5).

use std::collections::{BTreeMap, BTreeSet};

use model::id::HostName;
use model::observed::Observed;
use model::open_vstorage::{ArakoonCluster, Duty, Node, UnitState};
use model::time::Timestamp;

use super::units::backend_of;

/// All clusters with a member on a node that is known. What one silent node knows may be missing, so it is unknown
/// then.
pub(crate) fn clusters(nodes: &BTreeMap<HostName, Observed<Node>>, at: Timestamp) -> Observed<Vec<ArakoonCluster>> {
    const SOURCE: &str = "arakoon on every node";
    let unseen: Vec<&str> =
        nodes.iter().filter(|(_, node)| node.value().is_none()).map(|(name, _)| name.as_str()).collect();
    if !unseen.is_empty() {
        return Observed::unknown(format!("{} could not be seen", unseen.join(", ")), SOURCE, at);
    }
    let seen: Vec<(&HostName, &Node)> = nodes.iter().filter_map(|(name, node)| Some((name, node.value()?))).collect();
    let names: BTreeSet<&str> =
        seen.iter().flat_map(|(_, node)| node.arakoon.iter().map(|member| member.cluster.as_str())).collect();
    Observed::known(names.into_iter().map(|name| cluster(name, &seen)).collect(), SOURCE, at)
}

fn cluster(name: &str, seen: &[(&HostName, &Node)]) -> ArakoonCluster {
    let mut members: BTreeMap<String, Option<HostName>> = BTreeMap::new();
    let mut down = BTreeSet::new();
    let mut masters: BTreeSet<&str> = BTreeSet::new();
    let mut silent: Vec<String> = Vec::new();
    for (host, node) in seen {
        let Some(member) = node.arakoon.iter().find(|member| member.cluster == name) else { continue };
        for id in &member.members {
            members.entry(id.clone()).or_default();
        }
        // A node without an id still is a member of its own.
        let id = if node.id.is_empty() { host.to_string() } else { node.id.clone() };
        let is_running = node.services.values().any(|service| {
            matches!(&service.duty, Duty::Arakoon { cluster } if cluster == name) && service.state == UnitState::Running
        });
        if !is_running {
            down.insert(id.clone());
        }
        members.insert(id, Some((*host).clone()));
        match &member.master {
            Ok(master) => {
                masters.insert(master);
            }
            Err(why) if is_running => silent.push(format!("{host}: {why}")),
            Err(_) => {}
        }
    }
    let mut masters = masters.into_iter();
    let master = match (masters.next(), masters.next(), silent.is_empty()) {
        (Some(master), None, true) => Ok(master.to_owned()),
        (Some(one), Some(other), _) => Err(format!("its members name different masters: {one} and {other}")),
        (None, _, true) => Err("no member runs".to_owned()),
        (_, _, false) => Err(silent.join("; ")),
    };
    ArakoonCluster { name: name.to_owned(), backend: backend_of(name), members, master, down }
}
