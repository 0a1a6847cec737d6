//! `systemctl` (7.2).

use super::{Reply, systemd_show, sysv};
use crate::ovs::cluster::{Cluster, NotStarted, Started};
use crate::ovs::truth::StopCause;
use crate::ovs::unit::UnitPhase;
use crate::stand_in::systemctl::{Options, options};

pub(super) async fn systemctl(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    let (options, words) = match options(words) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    if options.version {
        return Reply::says("systemd 229");
    }
    let (verb, patterns) = words.split_first().map_or(("list-units", &[][..]), |(verb, rest)| (*verb, rest));
    match verb {
        "list-units" => return systemd_show::list_units(cluster, node, &options, patterns),
        "list-unit-files" => return systemd_show::list_unit_files(cluster, node, &options, patterns),
        "daemon-reload" | "reset-failed" | "is-system-running" => return Reply::silent(),
        _ if patterns.is_empty() => return Reply::fails(1, "Too few arguments."),
        _ => {}
    }
    let mut reply = Reply::silent();
    for pattern in patterns {
        let name = pattern.strip_suffix(".service").unwrap_or(pattern);
        if name == "ssh" || name == "sshd" {
            reply = reply.and(sysv::ssh(cluster, node, verb).await);
            continue;
        }
        let is_glob = name.contains(['*', '?', '[']);
        // A pattern stands for units that are loaded, that is, that do something (5.1).
        let names = if is_glob { systemd_show::active(cluster, node, name) } else { vec![name.to_owned()] };
        for name in names {
            if verb == "show" && !reply.out.is_empty() {
                reply.out.push(String::new());
            }
            reply = reply.and(one(cluster, node, verb, &name, &options).await);
        }
    }
    if verb == "is-active" || verb == "is-failed" {
        reply = any_of(verb, reply);
    }
    if options.quiet { Reply { out: Vec::new(), ..reply } } else { reply }
}

/// One unit in the state asked for is enough.
fn any_of(verb: &str, reply: Reply) -> Reply {
    let wanted = if verb == "is-active" { "active" } else { "failed" };
    if reply.out.iter().any(|line| line == wanted) { reply.with_code(0) } else { reply }
}

async fn one(cluster: &Cluster, node: usize, verb: &str, name: &str, options: &Options) -> Reply {
    let known = cluster.phase(node, name).is_some();
    match verb {
        "start" | "stop" | "restart" | "try-restart" | "reload-or-restart" | "reload" | "kill" if !known => {
            let why = if verb == "start" || verb == "restart" { "not found" } else { "not loaded" };
            Reply::fails(5, format!("Failed to {verb} {name}.service: Unit {name}.service {why}."))
        }
        "start" => start(cluster, node, name, options.no_block).await,
        "stop" => stop(cluster, node, name, options.no_block).await,
        "restart" | "reload-or-restart" => {
            stop(cluster, node, name, false).await;
            start(cluster, node, name, options.no_block).await
        }
        "try-restart" => match cluster.phase(node, name) {
            Some((UnitPhase::Running, _)) => {
                stop(cluster, node, name, false).await;
                start(cluster, node, name, options.no_block).await
            }
            _ => Reply::silent(),
        },
        "is-active" => {
            let word = systemd_show::active_word(cluster, node, name);
            Reply::says(word).with_code(if word == "active" { 0 } else { 3 })
        }
        "is-failed" => {
            let word = systemd_show::active_word(cluster, node, name);
            Reply::says(word).with_code(u8::from(word != "failed"))
        }
        "is-enabled" => systemd_show::is_enabled(cluster, node, name),
        "enable" | "disable" => {
            if let Some(unit) = cluster.world().nodes[node].units.get_mut(name) {
                unit.enabled = verb == "enable";
            }
            Reply::silent()
        }
        "show" => systemd_show::show(cluster, node, name, options),
        "status" => systemd_show::status(cluster, node, name),
        "cat" => systemd_show::cat(cluster, node, name),
        _ => Reply::fails(1, format!("Unknown operation {verb}.")),
    }
}

async fn start(cluster: &Cluster, node: usize, name: &str, no_block: bool) -> Reply {
    match cluster.start(node, name).await {
        Ok(Started::Running(_)) | Err(NotStarted::AlreadyRunning | NotStarted::Unknown) => Reply::silent(),
        Ok(Started::Waiting(_)) if no_block => Reply::silent(),
        Ok(Started::Waiting(_)) => {
            let settled = cluster.until(|world| {
                let unit = world.nodes[node].units.get(name)?;
                match unit.phase {
                    UnitPhase::Running => Some(true),
                    _ => (!unit.wanted).then_some(false),
                }
            });
            if settled.await { Reply::silent() } else { failed(name) }
        }
        Err(NotStarted::Failed(reason)) => {
            tracing::warn!("{name} failed to start: {reason}");
            failed(name)
        }
    }
}

fn failed(name: &str) -> Reply {
    Reply::fails(
        1,
        format!(
            "Job for {name}.service failed because the control process exited with error code. \
             See \"systemctl status {name}.service\" and \"journalctl -xe\" for details."
        ),
    )
}

async fn stop(cluster: &Cluster, node: usize, name: &str, no_block: bool) -> Reply {
    let (cluster, name) = (cluster.clone(), name.to_owned());
    let work = tokio::spawn(async move {
        // Not running is what was wanted.
        let _ = cluster.stop(node, &name, StopCause::Asked).await;
    });
    if !no_block {
        // A stop has no error of its own.
        let _ = work.await;
    }
    Reply::silent()
}
