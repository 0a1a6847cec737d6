//! `virsh` of the node's hypervisor (5.2, P10).

use super::Reply;
use crate::ovs::cluster::Cluster;
use crate::ovs::config::Role;

pub(super) async fn virsh(cluster: &Cluster, node: usize, words: &[&str]) -> Reply {
    if cluster.world().nodes[node].plan.role == Role::Storage {
        return Reply::fails(127, "virsh: command not found");
    }
    let all = words.contains(&"--all");
    let names = words.contains(&"--name");
    let plain: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    match plain.as_slice() {
        ["list"] => list(cluster, node, all, names),
        ["shutdown" | "destroy", guest] => {
            if cluster.stop_guest(node, guest).await {
                Reply::says(format!("Domain {guest} is being shutdown\n\n"))
            } else {
                Reply::fails(1, format!("error: failed to get domain '{guest}'"))
            }
        }
        ["start", guest] => match cluster.start_guest(node, guest).await {
            Ok(()) => Reply::says(format!("Domain {guest} started\n\n")),
            Err(reason) => Reply::fails(1, format!("error: Failed to start domain {guest}: {reason}")),
        },
        _ => Reply::fails(1, format!("error: unknown command: '{}'", words.join(" "))),
    }
}

fn list(cluster: &Cluster, node: usize, all: bool, names: bool) -> Reply {
    let world = cluster.world();
    let guests = world.nodes[node].guests.iter().filter(|guest| all || guest.pid.is_some());
    let mut lines: Vec<String> = Vec::new();
    if !names {
        lines.push(" Id    Name                           State".to_owned());
        lines.push("-".repeat(52));
    }
    for (number, guest) in guests.enumerate() {
        let (id, state) = match guest.pid {
            Some(_) => ((number + 1).to_string(), "running"),
            None => ("-".to_owned(), "shut off"),
        };
        lines.push(if names { guest.name.clone() } else { format!(" {id:<5} {:<30} {state}", guest.name) });
    }
    lines.push(String::new());
    Reply::says(lines.join("\n") + "\n")
}
