//! An operator at a simulated Open vStorage cluster.

use std::time::Duration;

use lab::{OvsGeneration, OvsInit, OvsLab, OvsLabConfig, OvsShape, OvsTruth, Pace};

use super::{Output, ssh_to, until};

pub async fn start(generation: OvsGeneration, init: OvsInit, shape: OvsShape) -> OvsLab {
    let config = OvsLabConfig { generation, init, shape, pace: Pace::Fast };
    OvsLab::start(config).await.expect("the cluster starts")
}

/// One master of generation A under upstart.
pub async fn single() -> OvsLab {
    start(OvsGeneration::A, OvsInit::Upstart, OvsShape::Single).await
}

/// Runs a command on a node. Tries again for half a second where nobody is let in: the framework's package starts `ssh`
/// anew.
pub async fn on(lab: &OvsLab, node: usize, command: &str) -> Output {
    let mut output = ssh_to(&lab.nodes()[node], command).await;
    for _ in 0..20 {
        if output.code != 255 || !output.stderr.contains("Connection refused") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        output = ssh_to(&lab.nodes()[node], command).await;
    }
    output
}

/// Runs a command that must succeed; what it printed.
#[track_caller]
pub fn ok(output: Output) -> String {
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    output.stdout
}

/// Runs a command on all nodes at the same time; all must succeed.
pub async fn on_all(lab: &OvsLab, command: &str) {
    let mut running = tokio::task::JoinSet::new();
    for host in lab.nodes() {
        let (host, command) = (host.clone(), command.to_owned());
        running.spawn(async move { (host.name.clone(), ssh_to(&host, &command).await) });
    }
    for (name, output) in running.join_all().await {
        assert_eq!(output.code, 0, "{name}: {command}\n{}{}", output.stdout, output.stderr);
    }
}

/// Waits until the ground truth is as wanted.
pub async fn until_truth(lab: &OvsLab, wanted: impl Fn(&OvsTruth) -> bool) -> OvsTruth {
    until(async || Some(lab.truth()).filter(&wanted)).await
}

/// Waits until every service of every node runs.
pub async fn until_all_run(lab: &OvsLab) -> OvsTruth {
    until_truth(lab, |truth| truth.nodes.values().all(|node| node.running.len() == node.units.len())).await
}
