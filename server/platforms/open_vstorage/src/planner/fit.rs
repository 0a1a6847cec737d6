//! Whether the rest of a plan that is under way still fits what is there. Pure.
//!
//! Much has changed on purpose by then: services are stopped, packages are new, the API is away. Only what the steps
//! still to come depend on counts: that their nodes can be seen, that packages have the version they had or the one
//! they get, that no service has come that the plan does not know, that nobody else is at work, that a cluster which
//! is gone through member by member has its majority. Once the cluster's own updater was started by the plan it is
//! nobody else.

use std::collections::{BTreeMap, BTreeSet};

use model::gate::Fit;
use model::id::{HostName, PackageName};
use model::open_vstorage::{Duty, Node, OpenVstorageInventory, UnitState};
use model::plan::{Action, Probe, Shell, Step, Target};

use super::scripts::{INSTALL, RESTART_MEMBER, START, START_NO_WAIT, STOP, UPDATER_START};
use super::words::listed;

/// Looks at the steps that have not begun yet.
#[must_use]
pub fn fit(inventory: &OpenVstorageInventory, rest: &[&Step]) -> Fit {
    let hosts: BTreeSet<&HostName> = rest.iter().filter_map(|step| host_of(step)).collect();
    let mut nodes = BTreeMap::new();
    for host in hosts {
        let seen = inventory.nodes.get(host);
        match seen.and_then(|seen| seen.value()) {
            Some(node) => {
                nodes.insert(host, node);
            }
            None => {
                let reason =
                    seen.and_then(|seen| seen.reason()).unwrap_or("it is no node of this environment any more");
                return Fit::Unseen { error: format!("{host}: {reason}") };
            }
        }
    }
    if updater_is_ours(rest) {
        return Fit::Fits { evidence: "the updater that this run has started is at work, or has been".to_owned() };
    }
    if rest.iter().all(|step| shell_of(step).is_none()) {
        return Fit::Fits { evidence: "only looks are to come".to_owned() };
    }
    let shells: Vec<(&Step, &Shell)> = rest.iter().filter_map(|step| Some((*step, shell_of(step)?))).collect();
    let mut differences = package_differences(&shells, &nodes);
    differences.extend(unit_differences(&shells, &nodes));
    differences.extend(strangers(&shells, &nodes));
    differences.extend(cluster_differences(&shells, inventory));
    differences.extend(users(rest, &shells, &nodes));
    if !differences.is_empty() {
        return Fit::Differs { differences };
    }
    let busy: Vec<String> =
        nodes.iter().filter_map(|(host, node)| Some(format!("{} on {host}", at_work(node)?))).collect();
    if !busy.is_empty() {
        return Fit::Busy { by: listed(&busy) };
    }
    Fit::Fits {
        evidence: format!(
            "{} to come are as planned; nobody else is at work",
            super::words::count(nodes.len(), "node")
        ),
    }
}

fn host_of(step: &Step) -> Option<&HostName> {
    match &step.target {
        Target::Host { host } => Some(host),
        Target::SystemVm(_) | Target::Platform | Target::Manager { .. } | Target::Deployment(_) => None,
    }
}

fn shell_of(step: &Step) -> Option<&Shell> {
    match &step.action {
        Action::Shell(shell) => Some(shell),
        Action::CloudStack(_) | Action::Cloudify(_) | Action::Download(_) | Action::Observe => None,
    }
}

/// The watch is still to come, and the start is not.
fn updater_is_ours(rest: &[&Step]) -> bool {
    let watches = |step: &&Step| matches!(&step.proof, Probe::OvsUpdater { .. });
    let starts = |step: &&Step| shell_of(step).is_some_and(|shell| shell.script == UPDATER_START);
    rest.iter().any(watches) && !rest.iter().any(starts)
}

fn package_differences(shells: &[(&Step, &Shell)], nodes: &BTreeMap<&HostName, &Node>) -> Vec<String> {
    let mut found = Vec::new();
    for (_, shell) in shells.iter().filter(|(_, shell)| shell.script == INSTALL) {
        let Some(node) = nodes.get(&shell.host) else { continue };
        for words in shell.args.get(2..).unwrap_or_default().chunks_exact(3) {
            let [name, from, to] = words else { continue };
            let Ok(package) = PackageName::new(name.clone()) else { continue };
            let now = node.packages.get(&package).and_then(|package| package.installed.as_deref());
            if now != Some(from.as_str()) && now != Some(to.as_str()) {
                let now = now.unwrap_or("not installed");
                found.push(format!("{name} on {} is {now}; the plan knows {from} and {to}", shell.host));
            }
        }
        if !node.broken_packages.is_empty() {
            found.push(format!("packages of {} are half installed: {}", shell.host, node.broken_packages.join("; ")));
        }
    }
    found
}

const UNITS: [&str; 4] = [STOP, START, START_NO_WAIT, RESTART_MEMBER];

fn unit_differences(shells: &[(&Step, &Shell)], nodes: &BTreeMap<&HostName, &Node>) -> Vec<String> {
    let ours = shells.iter().filter(|(_, shell)| UNITS.contains(&shell.script.as_str()));
    let gone = ours.filter_map(|(_, shell)| {
        let (node, unit) = (nodes.get(&shell.host)?, shell.args.get(1)?);
        let is_there = node.services.keys().any(|name| name.as_str() == unit);
        (!is_there).then(|| format!("{unit} is gone from {}", shell.host))
    });
    gone.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Running services of a kind that is still to be stopped, which the plan does not know.
fn strangers(shells: &[(&Step, &Shell)], nodes: &BTreeMap<&HostName, &Node>) -> Vec<String> {
    let stops: BTreeSet<(&HostName, &str)> = shells
        .iter()
        .filter(|(_, shell)| shell.script == STOP)
        .filter_map(|(_, shell)| Some((&shell.host, shell.args.get(1)?.as_str())))
        .collect();
    let kind = |duty: &Duty| std::mem::discriminant(duty);
    let duty_of = |(host, unit): &(&HostName, &str)| {
        let services = &nodes.get(host)?.services;
        services.iter().find(|(name, _)| name.as_str() == *unit).map(|(_, service)| &service.duty)
    };
    let duties: Vec<&Duty> = stops.iter().filter_map(duty_of).collect();
    let mut found = Vec::new();
    for (host, node) in nodes {
        for (unit, service) in &node.services {
            let is_up = matches!(service.state, UnitState::Running | UnitState::Starting);
            // Arakoon is chosen cluster by cluster; all others by what they are for.
            let is_of_kind = !matches!(service.duty, Duty::Arakoon { .. })
                && duties.iter().any(|duty| kind(duty) == kind(&service.duty));
            if is_up && is_of_kind && !stops.contains(&(*host, unit.as_str())) {
                found.push(format!("{unit} runs on {host} and is not in the plan"));
            }
        }
    }
    found
}

fn cluster_differences(shells: &[(&Step, &Shell)], inventory: &OpenVstorageInventory) -> Vec<String> {
    let rolled: BTreeSet<&str> = shells
        .iter()
        .filter(|(_, shell)| shell.script == RESTART_MEMBER)
        .filter_map(|(_, shell)| shell.args.get(1)?.strip_prefix("ovs-arakoon-"))
        .collect();
    let clusters =
        inventory.clusters.value().into_iter().flatten().filter(|cluster| rolled.contains(cluster.name.as_str()));
    let wrong = clusters.filter_map(|cluster| match &cluster.master {
        Err(why) => Some(format!("arakoon {} has no master: {why}", cluster.name)),
        Ok(_) if !cluster.down.is_empty() => Some(format!("a member of arakoon {} is down", cluster.name)),
        Ok(_) if !cluster.can_roll() => Some(format!("arakoon {} has fewer than 3 members now", cluster.name)),
        Ok(_) => None,
    });
    wrong.collect()
}

/// Once the run has waited for the volumes, nobody may have begun to use them again before they are stopped.
fn users(rest: &[&Step], shells: &[(&Step, &Shell)], nodes: &BTreeMap<&HostName, &Node>) -> Vec<String> {
    let waits = rest.iter().any(|step| step.id.as_str() == "idle");
    let is_driver = |shell: &Shell| {
        shell.script == STOP && shell.args.get(1).is_some_and(|unit| unit.starts_with("ovs-volumedriver_"))
    };
    if waits || !shells.iter().any(|(_, shell)| is_driver(shell)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (host, node) in nodes {
        found.extend(node.guests.iter().flatten().map(|guest| format!("guest {guest} runs on {host}")));
        let busy = node.mounts.iter().filter(|mount| !mount.users.is_empty());
        found.extend(busy.map(|mount| format!("{} on {host} is used by {}", mount.path, mount.users.join(", "))));
    }
    found
}

fn at_work(node: &Node) -> Option<String> {
    let updater = node.updaters.first().or(node.at_jobs.first());
    updater.cloned().or_else(|| node.package_lock.clone())
}

#[cfg(test)]
mod tests {
    use model::plan::Plan;
    use model::procedure::{Inputs, UpdateMode};

    use super::super::tests::{make, shape};
    use super::*;
    use crate::fixture::{change, framework, package, storage_driver, unit, unknown};

    fn plan(inputs: &Inputs) -> Plan {
        make(&shape(), &shape().inventory(), inputs).unwrap()
    }

    /// What a look says after `alter`, of the steps that `to_come` keeps.
    fn look(inputs: &Inputs, alter: impl FnOnce(&mut OpenVstorageInventory), to_come: impl Fn(&Step) -> bool) -> Fit {
        let (plan, mut now) = (plan(inputs), shape().inventory());
        alter(&mut now);
        let stages = plan.stages.iter().flat_map(|stage| &stage.steps);
        let rest: Vec<&Step> = stages.filter(|step| to_come(step)).collect();
        fit(&now, &rest)
    }

    fn storage() -> Inputs {
        storage_driver(UpdateMode::StepByStep)
    }

    #[track_caller]
    fn differs(found: &Fit, wanted: &str) {
        match found {
            Fit::Differs { differences } => {
                assert!(differences.iter().any(|one| one.contains(wanted)), "{differences:?}")
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cluster_as_it_was_fits_every_plan() {
        for mode in [UpdateMode::StepByStep, UpdateMode::Supervised] {
            for inputs in [framework(mode), storage_driver(mode)] {
                assert!(matches!(look(&inputs, |_| {}, |_| true), Fit::Fits { .. }));
            }
        }
    }

    #[test]
    fn a_cluster_that_the_run_itself_has_stopped_fits() {
        let stopped = |inventory: &mut OpenVstorageInventory| {
            for node in ["node1", "node2", "node3", "node4"] {
                change(inventory, node, |node| {
                    for (_, service) in node.services.iter_mut().filter(|(name, _)| name.as_str().contains("vpool1")) {
                        service.state = UnitState::Stopped;
                    }
                });
            }
            inventory.storage_routers = unknown("the API does not answer");
        };
        let is_past = |step: &Step| step.id.as_str() == "idle" || step.id.as_str().starts_with("stop/ovs-volumedriver");
        assert!(matches!(look(&storage(), stopped, |step| !is_past(step)), Fit::Fits { .. }));
    }

    #[test]
    fn what_the_rest_depends_on_is_named_when_it_has_changed() {
        let version = |all: &mut OpenVstorageInventory| {
            change(all, "node2", |node| {
                node.packages.get_mut(&package("alba")).unwrap().installed = Some("0.8.0".into())
            });
        };
        differs(&look(&storage(), version, |_| true), "alba on node2 is 0.8.0");
        let gone = |all: &mut OpenVstorageInventory| {
            change(all, "node2", |node| drop(node.services.remove(&unit("ovs-dtl_vpool1"))));
        };
        differs(&look(&storage(), gone, |_| true), "ovs-dtl_vpool1 is gone from node2");
        let another = |all: &mut OpenVstorageInventory| {
            change(all, "node2", |node| {
                let mut service = node.services[&unit("ovs-volumedriver_vpool1")].clone();
                service.duty = Duty::Volumedriver { vpool: "vpool2".into() };
                node.services.insert(unit("ovs-volumedriver_vpool2"), service);
            });
        };
        differs(&look(&storage(), another, |_| true), "ovs-volumedriver_vpool2 runs on node2 and is not in the plan");
        let down = |all: &mut OpenVstorageInventory| {
            change(all, "node2", |node| {
                node.services.get_mut(&unit("ovs-arakoon-voldrv")).unwrap().state = UnitState::Stopped;
            });
        };
        differs(&look(&storage(), down, |_| true), "a member of arakoon voldrv is down");
    }

    #[test]
    fn a_guest_that_came_back_stops_the_run_before_the_volumes_stop_and_not_before_it_has_waited() {
        let guest =
            |all: &mut OpenVstorageInventory| change(all, "node2", |node| node.guests = Some(vec!["vm1".into()]));
        assert!(matches!(look(&storage(), guest, |_| true), Fit::Fits { .. }));
        differs(&look(&storage(), guest, |step| step.id.as_str() != "idle"), "guest vm1 runs on node2");
        assert!(matches!(look(&framework(UpdateMode::StepByStep), guest, |_| true), Fit::Fits { .. }));
    }

    #[test]
    fn somebody_else_at_work_is_named_and_our_own_updater_is_nobody_else() {
        let works = |all: &mut OpenVstorageInventory| {
            change(all, "node3", |node| node.updaters = vec!["ovs update framework (process 7)".into()]);
        };
        let supervised = framework(UpdateMode::Supervised);
        assert!(matches!(look(&storage(), works, |_| true), Fit::Busy { by } if by.contains("process 7")));
        assert!(matches!(look(&supervised, works, |_| true), Fit::Busy { .. }));
        let started = |step: &Step| !step.id.as_str().starts_with("updater/") || step.id.as_str() == "updater/watch";
        assert!(matches!(look(&supervised, works, started), Fit::Fits { .. }));
    }

    #[test]
    fn a_node_that_cannot_be_seen_is_no_fit() {
        let silent = |all: &mut OpenVstorageInventory| {
            all.nodes.insert(crate::fixture::host("node2"), unknown("ssh: timed out"));
        };
        assert!(
            matches!(look(&storage(), silent, |_| true), Fit::Unseen { error } if error == "node2: ssh: timed out")
        );
    }
}
