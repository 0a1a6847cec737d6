//! Questions about the cluster as a whole: is everything known, and does it fit together?

use std::collections::BTreeSet;

use model::environment::Host;
use model::open_vstorage::{Duty, NodeRole, OpenVstorageInventory, UnitState};
use model::precheck::{Precheck, Verdict, about, bad, good};

use super::Look;
use crate::planner::shortened;

/// P3: whoever the API knows must be among the hosts, and nobody else may be.
pub(super) fn complete(look: &Look<'_>) -> Precheck {
    const TITLE: &str = "The nodes that are configured are those of the cluster";
    about(TITLE, &look.inventory.storage_routers, |routers| {
        let disks = match look.inventory.alba_nodes.value() {
            Some(nodes) => nodes.as_slice(),
            None => {
                let reason = look.inventory.alba_nodes.reason().unwrap_or_default();
                return bad(Verdict::Unknown, TITLE, reason, "Cure what stands in the evidence, then look again.");
            }
        };
        let known = known_addresses(look);
        let routers = routers.iter().map(|router| (router.name.clone(), router.ip.as_str()));
        let disks = disks.iter().map(|node| (format!("ALBA node {}", node.node_id), node.ip.as_str()));
        let all: Vec<(String, &str)> = routers.chain(disks).collect();
        let missing: BTreeSet<String> =
            all.iter().filter(|(_, ip)| !known.contains(ip)).map(|(name, ip)| format!("{name} ({ip})")).collect();
        let foreign = look.settings.nodes.iter().filter(|host| {
            let own = look.inventory.nodes.get(&host.name).and_then(|node| node.value()).map(|node| &node.addresses);
            !all.iter().any(|(_, ip)| host.access.address == *ip || own.is_some_and(|own| own.contains(*ip)))
        });
        let foreign: Vec<String> = foreign.map(|host| host.name.to_string()).collect();
        if !foreign.is_empty() {
            return bad(
                Verdict::Blocking,
                TITLE,
                format!("the API does not know {}", shortened(foreign)),
                "Take these out of the environment, or correct their addresses: they may belong to another cluster.",
            );
        }
        if missing.is_empty() {
            return good(TITLE, format!("{} StorageRouters and ALBA nodes", all.len()));
        }
        bad(
            Verdict::Blocking,
            TITLE,
            format!("the API knows {}", shortened(missing.into_iter().collect())),
            "Add them to the environment. A node that was taken away but is still in the model has to be removed \
             there.",
        )
    })
}

fn known_addresses<'i>(look: &Look<'i>) -> BTreeSet<&'i str> {
    let own = look.nodes().flat_map(|(_, node)| node.addresses.iter().map(String::as_str));
    own.chain(look.settings.nodes.iter().map(|host| host.access.address.as_str())).collect()
}

/// The role decides where memcached and the model are stopped and started.
pub(super) fn roles(look: &Look<'_>) -> Precheck {
    const TITLE: &str = "Nodes are masters where the cluster says so";
    about(TITLE, &look.inventory.storage_routers, |routers| {
        let mut wrong = Vec::new();
        let mut masters = 0;
        for host in &look.settings.nodes {
            let Some(node) = look.inventory.nodes.get(&host.name).and_then(|node| node.value()) else { continue };
            masters += usize::from(node.role == NodeRole::Master);
            let router = routers.iter().find(|router| is_at(host, &router.ip, &node.addresses));
            if let Some(router) = router.filter(|router| router.role != node.role) {
                wrong.push(format!("{} looks like a {} and is {} in the model", host.name, node.role, router.role));
            }
        }
        match (wrong.is_empty(), masters) {
            (true, 0) => bad(
                Verdict::Blocking,
                TITLE,
                "no node that could be seen is a master",
                "Add the masters to the environment, or look why memcached and ovs-webapp-api are not found there.",
            ),
            (true, _) => good(TITLE, format!("{masters} masters")),
            (false, _) => bad(
                Verdict::Blocking,
                TITLE,
                shortened(wrong),
                "Finish the promotion or demotion of these nodes first: memcached and the model must be where they \
                 belong.",
            ),
        }
    })
}

fn is_at(host: &Host, ip: &str, addresses: &BTreeSet<String>) -> bool {
    host.access.address == ip || addresses.contains(ip)
}

pub(super) fn generation(inventory: &OpenVstorageInventory) -> Precheck {
    const TITLE: &str = "All nodes run one generation of the framework";
    about(TITLE, &inventory.generation, |generation| {
        good(TITLE, format!("generation {generation}, which shows an update by {}", generation.ongoing_flag()))
    })
}

/// P3: what is off stays off, and what is not known is not touched; both should be known.
pub(super) fn units(look: &Look<'_>) -> Precheck {
    const TITLE: &str = "All services run, and are known";
    let check = look.none(
        TITLE,
        Verdict::Warning,
        "every enabled service of Open vStorage runs, and each has a known duty",
        "A service that is off before the update is left off; one that is not known is not touched. Look at them \
         first.",
        |node| {
            let odd = node.services.iter().filter_map(|(unit, service)| match (&service.duty, &service.state) {
                (_, _) if service.stopped_by_drydock => Some(format!("{unit} is stopped since an earlier run")),
                (Duty::Other, _) if unit.as_str() != "ovs-snmp" => Some(format!("{unit} is not known")),
                (_, UnitState::Running) => None,
                (_, state) if service.enabled => Some(format!("{unit} is {state}")),
                _ => None,
            });
            odd.collect()
        },
    );
    Precheck { title: TITLE.to_owned(), ..check }
}
