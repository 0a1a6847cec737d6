//! Packages of a node are real: gate, dependencies, questions, locks, half-done installations (3.1, 5.5, 7.3).

#![allow(clippy::unwrap_used, reason = "in a test a panic is a failed test")]

mod support;

use lab::{OvsAct, OvsFault, OvsLab, OvsTruth, ViolationKind};
use support::ovs::{ok, on, single};

const ALL: &str = "openvstorage openvstorage-core openvstorage-webapps openvstorage-backend openvstorage-backend-core \
    openvstorage-backend-webapps openvstorage-sdm";
const STOP: &str = "stop ovs-watcher-framework; service memcached stop; stop ovs-arakoon-ovsdb";

fn install(packages: &str) -> String {
    format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install -y -o Dpkg::Options::=--force-confdef \
         -o Dpkg::Options::=--force-confold {packages}"
    )
}

fn name(lab: &OvsLab) -> String {
    lab.nodes()[0].name.clone()
}

fn installed(truth: &OvsTruth, package: &str) -> bool {
    truth.events.iter().any(|event| matches!(&event.act, OvsAct::Installed { package: of, .. } if of == package))
}

#[tokio::test]
async fn versions_come_from_dpkg_and_apt() {
    let lab = single().await;
    ok(on(&lab, 0, "apt-get update -o Dir::Etc::sourcelist=sources.list.d/ovsaptrepo.list -o Dir::Etc::sourceparts=-")
        .await);
    let policy = ok(on(&lab, 0, "apt-cache policy openvstorage-sdm").await);
    assert!(
        policy.starts_with(
            "openvstorage-sdm:\n  Installed: 1.6.3-rev.352.76af109-1\n  Candidate: 1.6.3-rev.367.5996435-1\n"
        ),
        "{policy}"
    );
    let simulated = ok(on(&lab, 0, "apt-get install -s alba arakoon").await);
    assert!(simulated.contains("\nInst alba [0.7.3] (0.7.5 Open vStorage:unstable [amd64])\n"), "{simulated}");
    assert_eq!(ok(on(&lab, 0, "dpkg-query -W -f '${Package} ${Version}\\n' alba").await), "alba 0.7.3\n");
    assert!(ok(on(&lab, 0, "dpkg -l | grep '^ii  openvstorage '").await).contains("2.6.1-rev.3298.aaaaaaa-1"));
    assert_eq!(ok(on(&lab, 0, "dpkg --audit; dpkg --verify").await), "");
    assert_eq!(ok(on(&lab, 0, "dpkg -l | grep -c ^ii").await), "11\n", "the machine's packages are not the node's");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn the_gate_refuses_an_upgrade_and_lets_it_through_when_it_is_open() {
    let lab = single().await;
    ok(on(&lab, 0, STOP).await);
    let refused = on(&lab, 0, &install("openvstorage-core")).await;
    assert_eq!(refused.code, 100);
    assert!(
        refused.stdout.contains("Start the upgrade through the GUI: all nodes must go together."),
        "{}",
        refused.stdout
    );
    assert!(refused.stdout.contains("pre-installation script subprocess returned error exit status 1"));
    // What needs no gate goes through.
    ok(on(&lab, 0, &install("alba arakoon openvstorage-sdm")).await);
    ok(on(&lab, 0, &format!("touch /etc/ready_for_upgrade && {} && rm /etc/ready_for_upgrade", install(ALL))).await);
    let truth = lab.truth();
    assert!(truth.nodes[&name(&lab)].packages.values().all(|version| !version.contains("3298")));
    assert!(truth.events.iter().any(|event| event.act == OvsAct::SshRestarted), "core restarts ssh");
    assert!(truth.starts("ovs-node1", "nginx").next().is_some(), "webapps restarts nginx");
    assert!(truth.starts("ovs-node1", "alba-asdmanager").next().is_some(), "sdm restarts its manager");
    assert_eq!(truth.violations, []);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn installing_under_running_workers_is_noticed() {
    let lab = single().await;
    ok(on(&lab, 0, &format!("touch /etc/ready_for_upgrade && {}", install(ALL))).await);
    assert!(lab.truth().count(ViolationKind::InstallUnderWorkers) > 0);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn somebody_may_close_the_gate_again() {
    let lab = single().await;
    lab.set_fault(OvsFault::GateClosesAgain { node: name(&lab) }).await.unwrap();
    let refused =
        on(&lab, 0, &format!("{STOP}; touch /etc/ready_for_upgrade && {}", install("openvstorage-core"))).await;
    assert_eq!(refused.code, 100);
    assert!(!installed(&lab.truth(), "openvstorage-core"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_package_that_fails_stays_half_configured_until_it_is_configured() {
    let lab = single().await;
    lab.set_fault(OvsFault::InstallFails { node: name(&lab), package: "alba".into() }).await.unwrap();
    assert_eq!(on(&lab, 0, &install("alba")).await.code, 100);
    assert!(ok(on(&lab, 0, "dpkg --audit").await).contains("alba"));
    assert!(ok(on(&lab, 0, "dpkg -l alba | tail -n 1").await).starts_with("iF"));
    lab.clear_faults().await.unwrap();
    ok(on(&lab, 0, "dpkg --configure -a").await);
    assert_eq!(ok(on(&lab, 0, "dpkg --audit").await), "");
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_installation_is_found_by_audit() {
    let lab = single().await;
    let fault = OvsFault::DpkgInterrupted { node: name(&lab), package: "openvstorage-sdm".into() };
    lab.set_fault(fault).await.unwrap();
    assert!(ok(on(&lab, 0, "dpkg --audit").await).contains("openvstorage-sdm"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_held_lock_has_a_holder_and_ends_in_code_100() {
    let lab = single().await;
    lab.set_fault(OvsFault::AptLockHeld { node: name(&lab) }).await.unwrap();
    let out = on(&lab, 0, &install("alba")).await;
    assert_eq!(out.code, 100);
    assert!(out.stderr.contains("E: Could not get lock /var/lib/dpkg/lock"), "{}", out.stderr);
    let holder = ok(on(&lab, 0, "cat /proc/$(fuser /var/lib/dpkg/lock 2>/dev/null | tr -d ' ')/comm").await);
    assert_eq!(holder, "apt-get\n");
    lab.clear_faults().await.unwrap();
    ok(on(&lab, 0, &install("alba")).await);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn an_edited_conffile_makes_dpkg_ask_and_nobody_answers() {
    let lab = single().await;
    lab.set_fault(OvsFault::ConffileChanged { node: name(&lab) }).await.unwrap();
    assert_eq!(
        on(&lab, 0, "dpkg --verify openvstorage-webapps").await.stdout,
        "??5?????? c /etc/nginx/sites-available/openvstorage_ssl.conf\n"
    );
    let open = format!("{STOP}; touch /etc/ready_for_upgrade; apt-get install -y openvstorage-webapps </dev/null");
    let asked = on(&lab, 0, &open).await;
    assert_eq!(asked.code, 100);
    assert!(asked.stdout.contains("conffile"), "{}{}", asked.stdout, asked.stderr);
    ok(on(&lab, 0, &format!("dpkg --configure -a --force-confdef --force-confold; {}", install(ALL))).await);
    assert!(
        ok(on(&lab, 0, "cat /etc/nginx/sites-available/openvstorage_ssl.conf").await)
            .contains("edited by an administrator")
    );
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_patched_file_is_seen_and_overwritten() {
    let lab = single().await;
    let path = "/opt/OpenvStorage/ovs/lib/vdisk.py";
    lab.set_fault(OvsFault::FilePatched { node: name(&lab), path: path.into() }).await.unwrap();
    assert_eq!(on(&lab, 0, "dpkg --verify openvstorage-core").await.stdout, format!("??5??????   {path}\n"));
    ok(on(&lab, 0, &format!("{STOP}; touch /etc/ready_for_upgrade && {}", install(ALL))).await);
    assert!(!ok(on(&lab, 0, &format!("cat {path}")).await).contains("patched"));
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn without_its_repository_a_node_cannot_refresh_its_lists() {
    let lab = single().await;
    lab.set_fault(OvsFault::VersionCheckFails { node: name(&lab) }).await.unwrap();
    assert_eq!(on(&lab, 0, "apt-get update").await.code, 100);
    lab.clear_faults().await.unwrap();
    ok(on(&lab, 0, "apt-get update").await);
    lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_has_no_room() {
    let lab = single().await;
    let free = "df -Pk /var /opt | awk 'NR > 1 && $4 > 1024' | wc -l";
    assert_eq!(ok(on(&lab, 0, free).await), "2\n");
    lab.set_fault(OvsFault::LowDisk { node: name(&lab) }).await.unwrap();
    assert_eq!(ok(on(&lab, 0, free).await), "0\n");
    lab.stop().await.unwrap();
}
