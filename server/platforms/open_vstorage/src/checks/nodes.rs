//! Questions about each node.

use model::environment::Host;
use model::open_vstorage::Distribution;
use model::precheck::{Precheck, Verdict, bad, good};
use model::time::span_words;

use super::Look;

/// P1, P2: one question for each configured node.
pub(super) fn reachable(look: &Look<'_>) -> Vec<Precheck> {
    if look.settings.nodes.is_empty() {
        let resolution = "Add every node of the cluster: StorageRouters and pure storage nodes.";
        return vec![bad(Verdict::Blocking, "Every node can be reached", "none is configured", resolution)];
    }
    look.settings.nodes.iter().map(|host| one(host, look)).collect()
}

fn one(host: &Host, look: &Look<'_>) -> Precheck {
    let title = format!("{} can be reached and is understood", host.name);
    let seen = look.inventory.nodes.get(&host.name);
    match seen.and_then(|seen| seen.value()) {
        Some(node) => {
            let packages = match node.distribution {
                Distribution::Apt => "apt",
                Distribution::Yum => "yum",
            };
            good(title, format!("{} with {} and {packages}, {} services", node.role, node.init, node.services.len()))
        }
        None => bad(
            Verdict::Unknown,
            title,
            seen.and_then(|seen| seen.reason()).unwrap_or("it was not looked at"),
            "Without this node half of the cluster would be updated. Accept its host key, check user, key and sudo; \
             cure what stands in the evidence; then look again.",
        ),
    }
}

pub(super) fn clocks(look: &Look<'_>) -> Precheck {
    let limit = look.settings.tuning.clock_skew;
    let apart = |milliseconds: i64| milliseconds.abs() > i64::from(limit).saturating_mul(1000);
    look.none(
        "The clocks of the nodes agree with Drydock's",
        Verdict::Blocking,
        &format!("all within {limit} s"),
        "Set all clocks by NTP: arakoon, heartbeats and logs depend on them.",
        |node| {
            let skew = node.clock_skew_ms;
            apart(skew)
                .then(|| format!("{} apart, {limit} s are allowed", span_words(skew.abs())))
                .into_iter()
                .collect()
        },
    )
}

/// P9.
pub(super) fn room(look: &Look<'_>) -> Precheck {
    let wanted = u64::from(look.settings.tuning.free_mebibytes) << 20;
    look.none(
        "There is room for packages and logs",
        Verdict::Blocking,
        &format!("at least {} MiB on /, /var and /opt of every node", wanted >> 20),
        "Make room first: a package that is installed half way is worse than none.",
        |node| {
            let low = node.free_bytes.iter().filter(|(_, free)| **free < wanted);
            let lines: Vec<String> =
                low.map(|(dir, free)| format!("{} MiB on {dir}, {} are wanted", free >> 20, wanted >> 20)).collect();
            if node.free_bytes.is_empty() { vec!["how much room it has is not known".to_owned()] } else { lines }
        },
    )
}

/// P4.
pub(super) fn others_at_work(look: &Look<'_>) -> Precheck {
    look.none(
        "Nobody else updates",
        Verdict::Blocking,
        "no updater, no job of one, no lock of the package manager",
        "Wait until it has ended, then look again. Two updaters at once leave a mixture behind.",
        |node| {
            let lines = node.updaters.iter().map(|line| format!("an updater runs: {line}"));
            let jobs = node.at_jobs.iter().map(|line| format!("an update waits for its time: {line}"));
            lines.chain(jobs).chain(node.package_lock.clone()).collect()
        },
    )
}

/// P4, what earlier ones have left.
pub(super) fn flags(look: &Look<'_>) -> Precheck {
    look.none(
        "No earlier update has left its marks",
        Verdict::Blocking,
        "none of /etc/ready_for_upgrade, /etc/upgrade_ongoing and /etc/update_ongoing is there",
        "An update is under way, or ended badly. Read /var/log/ovs/update.log on each master; when you are sure that \
         none runs, remove the files.",
        |node| node.flags.iter().cloned().collect(),
    )
}
