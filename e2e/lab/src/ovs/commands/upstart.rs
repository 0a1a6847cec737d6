//! `start`, `stop`, `restart`, `status`, `initctl` of upstart (7.1).

use super::Reply;
use crate::ovs::cluster::{Cluster, NotStarted, NotStopped, Started};
use crate::ovs::truth::StopCause;
use crate::ovs::unit::{Unit, UnitPhase};

/// Jobs that every machine has; one has instances.
const OTHERS: [&str; 3] =
    ["cron start/running, process 801", "network-interface (lo) start/running", "rc stop/waiting"];

pub(super) async fn initctl(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let words: Vec<&str> = words.iter().copied().filter(|word| !["--system", "--session"].contains(word)).collect();
    match words.split_first() {
        Some((&"list", _)) => list(cluster, node),
        Some((&("version" | "--version"), _)) => Reply::says("init (upstart 1.12.1)"),
        Some((&("reload-configuration" | "emit"), _)) => Reply::silent(),
        Some((verb @ &("start" | "stop" | "restart" | "reload" | "status"), rest)) => {
            job(cluster, node, verb, rest).await
        }
        Some((other, _)) => Reply::fails(1, format!("initctl: invalid command: {other}")),
        None => Reply::fails(1, "initctl: missing command"),
    }
}

pub(super) async fn job(cluster: &Cluster, node: usize, verb: &str, words: &[&str]) -> Reply {
    let mut wait = true;
    let mut quiet = false;
    let mut names = Vec::new();
    for word in words {
        match *word {
            "-n" | "--no-wait" => wait = false,
            "-q" | "--quiet" => quiet = true,
            "--system" | "-v" | "--verbose" => {}
            option if option.starts_with('-') => {
                return Reply::fails(1, format!("{verb}: invalid option: {option}"));
            }
            // The rest is environment: KEY=value.
            word if !names.is_empty() && word.contains('=') => {}
            name => names.push(name),
        }
    }
    let Some(name) = names.first() else {
        return Reply::fails(1, format!("{verb}: missing job name"));
    };
    if !is_known(cluster, node, name) {
        return Reply::fails(1, format!("{verb}: Unknown job: {name}"));
    }
    let reply = match verb {
        "start" => start(cluster, node, name, wait).await,
        "stop" => stop(cluster, node, name).await,
        "restart" => restart(cluster, node, name, wait).await,
        "reload" => Reply::silent(),
        _ => Reply::says(status(cluster, node, name)),
    };
    if quiet { Reply { out: Vec::new(), ..reply } } else { reply }
}

fn is_known(cluster: &Cluster, node: usize, name: &str) -> bool {
    let world = cluster.world();
    let node = &world.nodes[node];
    node.units.get(name).is_some_and(|unit| !unit.duty.is_sysv()) || node.foreign_units.contains(name)
}

pub(super) async fn start(cluster: &Cluster, node: usize, name: &str, wait: bool) -> Reply {
    match cluster.start(node, name).await {
        Ok(Started::Running(pid)) => Reply::says(format!("{name} start/running, process {pid}")),
        Ok(Started::Waiting(pid)) if !wait => Reply::says(format!("{name} start/pre-start, process {pid}")),
        Ok(Started::Waiting(_)) => until_settled(cluster, node, name).await,
        Err(NotStarted::AlreadyRunning) => Reply::fails(1, format!("start: Job is already running: {name}")),
        Err(NotStarted::Unknown) => Reply::fails(1, format!("start: Unknown job: {name}")),
        Err(NotStarted::Failed(reason)) => {
            tracing::warn!("{name} failed to start: {reason}");
            Reply::fails(1, "start: Job failed to start")
        }
    }
}

/// A watcher's pre-start blocks `start`, for ever if need be (4.2).
async fn until_settled(cluster: &Cluster, node: usize, name: &str) -> Reply {
    let phase = cluster
        .until(|world| {
            let unit = world.nodes[node].units.get(name)?;
            match (unit.phase, unit.pid) {
                (UnitPhase::Running, Some(pid)) => Some(Some(pid)),
                _ if !unit.wanted => Some(None),
                _ => None,
            }
        })
        .await;
    match phase {
        Some(pid) => Reply::says(format!("{name} start/running, process {pid}")),
        None => Reply::fails(1, "start: Job failed to start"),
    }
}

pub(super) async fn stop(cluster: &Cluster, node: usize, name: &str) -> Reply {
    match cluster.stop(node, name, StopCause::Asked).await {
        Ok(()) => Reply::says(format!("{name} stop/waiting")),
        Err(NotStopped::Unknown | NotStopped::NotRunning) => Reply::fails(1, "stop: Unknown instance: "),
    }
}

async fn restart(cluster: &Cluster, node: usize, name: &str, wait: bool) -> Reply {
    match cluster.stop(node, name, StopCause::Asked).await {
        Ok(()) => start(cluster, node, name, wait).await,
        Err(NotStopped::Unknown | NotStopped::NotRunning) => Reply::fails(1, "restart: Unknown instance: "),
    }
}

pub(super) fn status(cluster: &Cluster, node: usize, name: &str) -> String {
    match cluster.world().nodes[node].units.get(name) {
        Some(unit) => state(name, unit),
        None => format!("{name} stop/waiting"),
    }
}

fn state(name: &str, unit: &Unit) -> String {
    let process = unit.pid.map(|pid| format!(", process {pid}")).unwrap_or_default();
    match unit.phase {
        UnitPhase::Stopped | UnitPhase::Failed => format!("{name} stop/waiting"),
        UnitPhase::Starting => format!("{name} start/pre-start{process}"),
        UnitPhase::Running => format!("{name} start/running{process}"),
        UnitPhase::Stopping => format!("{name} stop/killed{process}"),
    }
}

fn list(cluster: &Cluster, node: usize) -> Reply {
    let world = cluster.world();
    let units = world.nodes[node].units.iter().filter(|(_, unit)| !unit.duty.is_sysv());
    let mut lines: Vec<String> = OTHERS.iter().map(|line| (*line).to_owned()).collect();
    lines.extend(units.map(|(name, unit)| state(name, unit)));
    lines.extend(world.nodes[node].foreign_units.iter().map(|name| format!("{name} stop/waiting")));
    Reply::says(lines.join("\n"))
}
