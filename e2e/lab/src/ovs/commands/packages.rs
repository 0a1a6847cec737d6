//! What maintainer scripts and migrations ask.

use super::Reply;
use crate::ovs::cluster::Cluster;
use crate::ovs::truth::Migrated;

pub(super) fn package(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    match words {
        ["preinst", package, from, to] => {
            cluster.before_unpacking(node, package, from, to);
            Reply::silent()
        }
        ["postinst", package, from, to] => {
            if cluster.after_unpacking(node, package, from, to) {
                Reply::silent()
            } else {
                Reply::fails(1, format!("{package}: setting up failed"))
            }
        }
        _ => Reply::fails(2, "package: wrong arguments"),
    }
}

pub(super) async fn migration(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let (kind, version, arguments) = match words {
        ["model", version, rest @ ..] => (Migrated::Model, *version, rest),
        ["extensions", version, rest @ ..] => (Migrated::Extensions, *version, rest),
        _ => return Reply::fails(2, "migration: wrong arguments"),
    };
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    match cluster.migrate(node, kind, version, &arguments).await {
        Ok(()) => Reply::silent(),
        Err(reason) => Reply::fails(1, reason),
    }
}
