//! The manual procedure (5.3), by hand and over ssh: in the right order nothing is violated.

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{Migrated, OvsAct, OvsGeneration, OvsInit, OvsLab, OvsShape};
use support::ovs::{ok, on, on_all, start, until_all_run};

/// Starts or stops every unit of a node that fits, one command each, as 5.1 asks for.
fn each(init: OvsInit, verb: &str, pattern: &str) -> String {
    match init {
        OvsInit::Upstart => format!(
            "for file in /etc/init/{pattern}.conf; do [ -e \"$file\" ] || continue; unit=${{file##*/}}; unit=${{unit%.conf}}; \
             case $({verb} $unit 2>&1) in *'Unknown instance'*|*start/*|*stop/waiting*|*'already running'*) ;; *) exit 1; esac; done"
        ),
        OvsInit::Systemd => format!(
            "for file in /lib/systemd/system/{pattern}.service; do [ -e \"$file\" ] || continue; systemctl {verb} ${{file##*/}}; done"
        ),
    }
}

fn memcached(init: OvsInit, verb: &str) -> String {
    let service = if init == OvsInit::Upstart { "service memcached" } else { "systemctl" };
    let tail = if init == OvsInit::Upstart { "" } else { " memcached" };
    format!("[ ! -e /opt/OpenvStorage/config/ssl/server.crt ] || {service} {verb}{tail}")
}

/// Installs what is installed of these.
fn install(packages: &str) -> String {
    format!(
        "set -- $(for package in {packages}; do ! dpkg-query -W $package >/dev/null 2>&1 || echo $package; done); \
         [ $# = 0 ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -o Dpkg::Options::=--force-confdef \
         -o Dpkg::Options::=--force-confold \"$@\""
    )
}

async fn by_hand(lab: &OvsLab) {
    let init = lab.config().init;
    let (masters, routers) = (lab.masters().len(), lab.routers().len());
    // One connection for what a node can do without waiting for others.
    let all = async |commands: Vec<String>| on_all(lab, &format!("set -e\n{}", commands.join("\n"))).await;
    let stop = |pattern: &str| each(init, "stop", pattern);
    let begin = |pattern: &str| each(init, "start", pattern);
    // Steps 2 to 10, maintenance before the disks.
    all(vec![stop("ovs-watcher-framework")]).await;
    let volumes = ["ovs-watcher-volumedriver", "ovs-volumedriver_*", "ovs-dtl_*", "ovs-albaproxy_*"];
    let mut commands = vec![memcached(init, "stop"), stop("ovs-arakoon-ovsdb")];
    commands.extend(volumes.map(stop));
    commands.extend(["*alba-maintenance_*", "ovs-alba-rebalancer_*"].map(stop));
    all(commands).await;
    all(vec![stop("alba-asd-*")]).await;
    // 13 to 17.
    let mut commands = vec![install("alba arakoon"), begin("alba-asd-*")];
    if init == OvsInit::Systemd {
        commands.push(begin("ovs-albaproxy_*"));
    }
    all(commands).await;
    for cluster in ["mybackend-abm", "mybackend-nsm_0", "voldrv", "config"] {
        for node in 0..masters {
            let unit = format!("ovs-arakoon-{cluster}");
            ok(on(lab, node, &format!("{}; {}", stop(&unit), begin(&unit))).await);
        }
    }
    all(["*alba-maintenance_*", "ovs-alba-rebalancer_*"].map(begin).to_vec()).await;
    // 18 to 20b.
    let drivers = "volumedriver-base volumedriver-server volumedriver-no-dedup-base volumedriver-no-dedup-server";
    all(vec![install(drivers), begin("ovs-dtl_*"), begin("ovs-volumedriver_*"), begin("ovs-watcher-volumedriver")])
        .await;
    // 21 to 24.
    let framework = "openvstorage openvstorage-core openvstorage-webapps openvstorage-backend openvstorage-backend-core \
        openvstorage-backend-webapps openvstorage-sdm openvstorage-extensions";
    all(vec!["touch /etc/ready_for_upgrade".to_owned(), install(framework), "rm /etc/ready_for_upgrade".to_owned()])
        .await;
    // 25 to 28.
    all(vec![begin("ovs-arakoon-ovsdb"), memcached(init, "start")]).await;
    let addresses: Vec<&str> = lab.nodes().iter().map(|node| node.address.as_str()).collect();
    let (of_masters, of_extras) = (addresses[..masters].join("','"), addresses[masters..routers].join("','"));
    let run = "cd /opt/OpenvStorage && PYTHONPATH=/opt/OpenvStorage python -c";
    for node in 0..routers {
        let call = format!(
            "{run} \"from ovs.extensions.migration.migrator import Migrator; Migrator.migrate(['{of_masters}'], ['{of_extras}'])\""
        );
        ok(on(lab, node, &call).await);
    }
    ok(on(lab, 0, &format!("{run} 'from ovs.dal.helpers import Migration; Migration.migrate()'")).await);
    all(vec![memcached(init, "restart")]).await;
    // 29.
    all(vec![begin("ovs-watcher-framework")]).await;
}

async fn ends_new_and_clean(generation: OvsGeneration, init: OvsInit, shape: OvsShape) {
    let lab = start(generation, init, shape).await;
    by_hand(&lab).await;
    let truth = until_all_run(&lab).await;
    assert_eq!(truth.violations, []);
    for (name, node) in &truth.nodes {
        assert_eq!(node.flags.len(), 0, "{name}");
        for (unit, code) in &node.running {
            for (package, version) in code {
                let installed = node.packages.get(package);
                // The procedure does not restart these after the framework's packages.
                let stays = ["ovs-support-agent", "ovs-watcher-config", "ovs-watcher-volumedriver", "asd-watcher"];
                assert!(
                    stays.contains(&unit.as_str()) || installed == Some(version),
                    "{name} {unit}: {package} {version}"
                );
            }
        }
    }
    assert_eq!(ok(on(&lab, 0, "apt-get -s upgrade | grep -c ^Inst || :").await), "0\n");
    let migrated = truth.events.iter().filter(|event| matches!(&event.act, OvsAct::MigrationStarted { .. })).count();
    assert_eq!(migrated, lab.routers().len() + 1);
    let model = OvsAct::MigrationStarted { kind: Migrated::Model, arguments: Vec::new() };
    assert_eq!(
        truth.events.iter().filter(|event| event.act == model).map(|event| event.node.as_str()).collect::<Vec<_>>(),
        ["ovs-node1"]
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn under_upstart_with_four_nodes() {
    ends_new_and_clean(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtra).await;
}

#[tokio::test]
async fn under_systemd_with_a_storage_node() {
    ends_new_and_clean(OvsGeneration::C, OvsInit::Systemd, OvsShape::ThreeMastersOneExtraOneStorage).await;
}

#[tokio::test]
async fn on_one_node_of_generation_b() {
    ends_new_and_clean(OvsGeneration::B, OvsInit::Systemd, OvsShape::Single).await;
}
