//! `arakoon --who-master` and its like (7.5).

use super::Reply;
use crate::ovs::cluster::Cluster;

pub(super) fn arakoon(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let config = words.iter().position(|word| *word == "-config").and_then(|at| words.get(at + 1));
    let Some(config) = config else {
        return Reply::fails(2, "arakoon: -config is missing");
    };
    let name = match cluster_name(cluster, node, config) {
        Ok(name) => name,
        Err(reason) => return Reply::fails(1, reason),
    };
    if words.contains(&"--who-master") {
        let world = cluster.world();
        return match world.masters.get(&name) {
            Some(master) => Reply::says(&world.nodes[*master].plan.id),
            None => Reply::fails(1, format!("{name}: no master found")),
        };
    }
    if words.contains(&"--drop-master") {
        cluster.drop_master(&name);
        return Reply::silent();
    }
    Reply::fails(2, format!("arakoon: unknown option in '{}'", words.join(" ")))
}

/// Which cluster a configuration is of: a file on the node, or in the configuration cluster (4.4).
fn cluster_name(cluster: &Cluster, node: usize, config: &str) -> Result<String, String> {
    if let Some(url) = config.strip_prefix("arakoon://config/ovs/arakoon/") {
        if !cluster.world().has_master("config") {
            return Err("config: no master found".to_owned());
        }
        let name = url.split('/').next().unwrap_or_default();
        return match cluster.world().clusters().into_iter().find(|known| known == name) {
            Some(name) => Ok(name),
            None => Err(format!("Not_found: ovs/arakoon/{name}/config")),
        };
    }
    let text = cluster.node(node).read(config).map_err(|_| format!("{config}: No such file or directory"))?;
    let name = text.lines().find_map(|line| line.strip_prefix("cluster_id = "));
    name.map(str::to_owned).ok_or_else(|| format!("{config}: no cluster_id"))
}
