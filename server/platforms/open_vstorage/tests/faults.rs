//! What is wrong on a node is seen before anything begins.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

mod support;

use lab::{OvsFault, OvsGeneration, OvsInit, OvsLabConfig, OvsShape, Pace};
use model::precheck::{Precheck, Verdict};
use model::procedure::{Inputs, OpenVstorageUpdate, UpdateMode};
use support::{Site, site};

async fn single(generation: OvsGeneration, init: OvsInit) -> Site {
    site(OvsLabConfig { generation, init, shape: OvsShape::Single, pace: Pace::Fast }).await
}

fn step_by_step() -> Inputs {
    let mode = UpdateMode::StepByStep;
    Inputs::UpdateStorageDriver(OpenVstorageUpdate { mode, ..OpenVstorageUpdate::default() })
}

fn framework() -> Inputs {
    let mode = UpdateMode::StepByStep;
    Inputs::UpdateFramework(OpenVstorageUpdate { mode, ..OpenVstorageUpdate::default() })
}

async fn checks(site: &Site, inputs: &Inputs) -> Vec<Precheck> {
    let inventory = site.client.inventory().await;
    open_vstorage::prechecks(&site.environment(), &site.settings, &inventory, inputs)
}

#[track_caller]
fn finds(checks: &[Precheck], verdict: Verdict, words: &str) {
    let found = checks.iter().find(|check| check.evidence.contains(words) && check.verdict == verdict);
    assert!(found.is_some(), "{words:?} is not in {checks:#?}");
}

async fn under(site: &Site, fault: OvsFault, verdict: Verdict, words: &str) {
    site.lab.set_fault(fault).await.unwrap();
    let of_framework = checks(site, &framework()).await;
    let all: Vec<Precheck> = of_framework.into_iter().chain(checks(site, &step_by_step()).await).collect();
    finds(&all, verdict, words);
    site.lab.clear_faults().await.unwrap();
}

async fn all(site: &Site) {
    let node = || site.lab.nodes()[0].name.clone();
    under(site, OvsFault::AptLockHeld { node: node() }, Verdict::Blocking, "/var/lib/dpkg/lock").await;
    under(site, OvsFault::ForeignUpdate { node: node() }, Verdict::Blocking, "an updater runs").await;
    under(site, OvsFault::LowDisk { node: node() }, Verdict::Blocking, "MiB on /var").await;
    under(site, OvsFault::GuestRunning { node: node(), guest: "vm1".into() }, Verdict::Warning, "guest vm1 runs").await;
    under(
        site,
        OvsFault::MountBusy { node: node(), vpool: "vpool1".into() },
        Verdict::Warning,
        "/mnt/vpool1 is used by",
    )
    .await;
    under(
        site,
        OvsFault::HostileUnit { node: node(), unit: "ovs-volumedriver_; reboot".into() },
        Verdict::Unknown,
        "does not touch",
    )
    .await;
    let path = "/opt/OpenvStorage/ovs/lib/update.py".to_owned();
    under(site, OvsFault::FilePatched { node: node(), path: path.clone() }, Verdict::Warning, &path).await;
    under(site, OvsFault::ConffileChanged { node: node() }, Verdict::Warning, "(configuration, stays)").await;
    under(site, OvsFault::DpkgInterrupted { node: node(), package: "alba".into() }, Verdict::Blocking, "alba").await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn faults_under_upstart() {
    all(&single(OvsGeneration::A, OvsInit::Upstart).await).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn faults_under_systemd() {
    all(&single(OvsGeneration::C, OvsInit::Systemd).await).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_installation_starts_nothing_and_a_second_run_brings_the_framework_up() {
    let site = site(OvsLabConfig { shape: OvsShape::ThreeMasters, ..OvsLabConfig::default() }).await;
    let node = site.lab.nodes()[1].name.clone();
    site.lab
        .set_fault(OvsFault::InstallFails { node: node.clone(), package: "openvstorage-core".into() })
        .await
        .unwrap();
    let inventory = site.client.inventory().await;
    let error = site.carry_out(&site.plan(&inventory, &framework())).await.unwrap_err();
    assert!(error.starts_with(&format!("install/framework/{node}")), "{error}");
    let truth = site.lab.truth();
    assert!(truth.violations.is_empty(), "{:#?}", truth.violations);
    assert!(truth.nodes.values().all(|node| node.flags.is_empty()));
    for name in ["ovs-watcher-framework", "ovs-workers"] {
        assert!(truth.nodes.values().all(|node| node.units[name] == lab::UnitPhase::Stopped), "{name}");
    }
    site.lab.clear_faults().await.unwrap();
    let inventory = site.client.inventory().await;
    let plan = site.plan(&inventory, &framework());
    assert_eq!(site.carry_out(&plan).await, Ok(()));
    let truth = site.lab.truth();
    assert!(truth.violations.is_empty(), "{:#?}", truth.violations);
    assert!(truth.nodes.values().all(|node| node.units["ovs-watcher-framework"] == lab::UnitPhase::Running));
}

/// The first step that fails, under a fault that lasts.
async fn fails_at(inputs: &Inputs, fault: OvsFault) -> (Site, String) {
    let site = site(OvsLabConfig { shape: OvsShape::ThreeMasters, ..OvsLabConfig::default() }).await;
    let inventory = site.client.inventory().await;
    let plan = site.plan(&inventory, inputs);
    site.lab.set_fault(fault).await.unwrap();
    let error = site.carry_out(&plan).await.unwrap_err();
    let truth = site.lab.truth();
    assert!(truth.nodes.values().all(|node| node.flags.is_empty()));
    (site, error)
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_migration_stops_the_run_before_any_service_starts() {
    let fault = OvsFault::MigrationFails { node: "ovs-node2".into(), kind: lab::Migrated::Extensions };
    let (site, error) = fails_at(&framework(), fault).await;
    assert!(error.starts_with("migrate/extensions/ovs-node2"), "{error}");
    let truth = site.lab.truth();
    assert!(truth.violations.is_empty(), "{:#?}", truth.violations);
    assert!(truth.nodes.values().all(|node| node.units["ovs-watcher-framework"] == lab::UnitPhase::Stopped));
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_somebody_closes_again_stops_the_run() {
    let (site, error) = fails_at(&framework(), OvsFault::GateClosesAgain { node: "ovs-node2".into() }).await;
    assert!(error.starts_with("install/framework/ovs-node2"), "{error}");
    assert!(site.lab.truth().violations.is_empty(), "{:#?}", site.lab.truth().violations);
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_its_master_is_not_gone_on_with() {
    let fault = OvsFault::ArakoonLosesMaster { cluster: "mybackend-abm".into() };
    let (site, error) = fails_at(&step_by_step(), fault).await;
    assert!(error.starts_with("renew/ovs-arakoon-mybackend-abm/ovs-node1"), "{error}");
    let truth = site.lab.truth();
    assert_eq!(truth.starts("ovs-node2", "ovs-arakoon-mybackend-abm").count(), 0, "the second member was not touched");
}
