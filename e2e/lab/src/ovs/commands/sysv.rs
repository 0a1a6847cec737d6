//! `service`, and through it the scripts in `/etc/init.d` (4.1, 7.1).

use super::{Reply, systemd, upstart};
use crate::ovs::cluster::{Cluster, NotStarted};
use crate::ovs::config::OvsInit;
use crate::ovs::truth::{OvsAct, StopCause};
use crate::ovs::unit::UnitPhase;

pub(super) async fn service(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let &[name, verb, ..] = words else {
        return Reply::fails(
            1,
            "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]",
        );
    };
    if name == "ssh" {
        return ssh(cluster, node, verb).await;
    }
    if cluster.config().init == OvsInit::Systemd {
        return systemd::systemctl(cluster, node, &[verb, name]).await;
    }
    let is_script = cluster.world().nodes[node].units.get(name).map(|unit| unit.duty.is_sysv());
    match is_script {
        None => Reply::fails(1, format!("{name}: unrecognized service")),
        Some(true) => script(cluster, node, name, verb).await,
        Some(false) if verb == "restart" => {
            // As `service` does for jobs: whether it ran does not matter.
            let stopped = upstart::stop(cluster, node, name).await;
            let started = upstart::start(cluster, node, name, true).await;
            Reply { err: started.err.clone(), ..stopped }.and(started.clone()).with_code(started.code)
        }
        Some(false) => upstart::job(cluster, node, verb, &[name]).await,
    }
}

async fn script(cluster: &Cluster, node: usize, name: &str, verb: &str) -> Reply {
    match verb {
        "status" => match cluster.phase(node, name) {
            Some((UnitPhase::Running, _)) => Reply::says(format!(" * {name} is running")),
            _ => Reply::says(format!(" * {name} is not running")).with_code(3),
        },
        "start" => {
            start(cluster, node, name).await;
            Reply::says(format!("Starting {name}: {name}."))
        }
        "stop" => {
            stop(cluster, node, name).await;
            Reply::says(format!("Stopping {name}: {name}."))
        }
        "restart" | "force-reload" => {
            stop(cluster, node, name).await;
            start(cluster, node, name).await;
            Reply::says(format!("Restarting {name}: {name}."))
        }
        _ => Reply::fails(1, format!("Usage: /etc/init.d/{name} {{start|stop|restart|force-reload|status}}")),
    }
}

/// Such scripts end well whatever became of the program.
async fn start(cluster: &Cluster, node: usize, name: &str) {
    if let Err(NotStarted::Failed(reason)) = cluster.start(node, name).await {
        tracing::warn!("{name} failed to start: {reason}");
    }
}

async fn stop(cluster: &Cluster, node: usize, name: &str) {
    // Not running is what was wanted.
    let _ = cluster.stop(node, name, StopCause::Asked).await;
}

/// New connections are refused for a moment; those that exist stay (3.7).
pub(super) async fn ssh(cluster: &Cluster, node: usize, verb: &str) -> Reply {
    match verb {
        "restart" | "reload" | "force-reload" | "try-restart" => {
            cluster.record(node, OvsAct::SshRestarted);
            match cluster.node(node).open_ssh().await {
                Ok(()) => Reply::silent(),
                Err(error) => Reply::fails(1, error.to_string()),
            }
        }
        _ => Reply::says("ssh start/running, process 812"),
    }
}
