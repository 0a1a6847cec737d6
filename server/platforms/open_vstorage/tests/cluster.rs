//! Plans are carried out on simulated clusters, which write down whatever must not happen.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

mod support;

use lab::{OvsGeneration, OvsInit, OvsLabConfig, OvsShape, Pace, ViolationKind};
use model::procedure::{Inputs, OpenVstorageUpdate, UpdateMode};
use support::{Site, site};

fn config(generation: OvsGeneration, init: OvsInit, shape: OvsShape) -> OvsLabConfig {
    OvsLabConfig { generation, init, shape, pace: Pace::Fast }
}

fn inputs(framework: bool, mode: UpdateMode) -> Inputs {
    let update = OpenVstorageUpdate { mode, ..OpenVstorageUpdate::default() };
    if framework { Inputs::UpdateFramework(update) } else { Inputs::UpdateStorageDriver(update) }
}

fn mode_of(inputs: &Inputs) -> UpdateMode {
    match inputs {
        Inputs::UpdateFramework(update) | Inputs::UpdateStorageDriver(update) => update.mode,
        Inputs::RestartSystemVms(_)
        | Inputs::MigrateManager(_)
        | Inputs::CreateSnapshot(_)
        | Inputs::UploadSnapshot(_) => panic!("no procedure of Open vStorage"),
    }
}

async fn updates(site: &Site, inputs: &Inputs) {
    let inventory = site.client.inventory().await;
    for (name, node) in &inventory.nodes {
        assert!(node.value().is_some(), "{name}: {:?}", node.reason());
    }
    let plan = site.plan(&inventory, inputs);
    let outcome = site.carry_out(&plan).await;
    let truth = site.lab.truth();
    assert_eq!(outcome, Ok(()), "{:#?}", truth.violations);
    let is_vendors = |kind: ViolationKind| {
        // In the later generations the cluster's own updater starts write logs anew under running volume drivers (3.4, 13).
        mode_of(inputs) == UpdateMode::Supervised && kind == ViolationKind::VolumedriverWithoutWriteLog
    };
    let ours: Vec<_> = truth.violations.iter().filter(|violation| !is_vendors(violation.kind)).collect();
    assert!(ours.is_empty(), "{ours:#?}");
    for (name, node) in &truth.nodes {
        assert!(node.flags.is_empty(), "{name}: {:?}", node.flags);
    }
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn step_by_step_generation_a_upstart() {
    let site = site(config(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtra)).await;
    updates(&site, &inputs(false, UpdateMode::StepByStep)).await;
    updates(&site, &inputs(true, UpdateMode::StepByStep)).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn step_by_step_generation_c_systemd() {
    let site = site(config(OvsGeneration::C, OvsInit::Systemd, OvsShape::ThreeMasters)).await;
    updates(&site, &inputs(false, UpdateMode::StepByStep)).await;
    updates(&site, &inputs(true, UpdateMode::StepByStep)).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn step_by_step_on_one_node() {
    let site = site(config(OvsGeneration::A, OvsInit::Upstart, OvsShape::Single)).await;
    updates(&site, &inputs(false, UpdateMode::StepByStep)).await;
    updates(&site, &inputs(true, UpdateMode::StepByStep)).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn supervised_generation_a_upstart() {
    let site = site(config(OvsGeneration::A, OvsInit::Upstart, OvsShape::ThreeMastersOneExtra)).await;
    updates(&site, &inputs(true, UpdateMode::Supervised)).await;
    updates(&site, &inputs(false, UpdateMode::Supervised)).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn supervised_generation_b_systemd() {
    supervised(OvsGeneration::B).await;
}

#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn supervised_generation_c_systemd() {
    supervised(OvsGeneration::C).await;
}

async fn supervised(generation: OvsGeneration) {
    let site = site(config(generation, OvsInit::Systemd, OvsShape::ThreeMasters)).await;
    let inventory = site.client.inventory().await;
    let node = inventory.nodes.values().next().unwrap().value().unwrap();
    let pending: Vec<(String, String, String)> = node
        .packages
        .iter()
        .filter_map(|(name, package)| Some((name.to_string(), package.installed.clone()?, package.candidate.clone()?)))
        .filter(|(_, from, to)| from != to)
        .collect();
    let pending: Vec<(&str, &str, &str)> =
        pending.iter().map(|(name, from, to)| (name.as_str(), from.as_str(), to.as_str())).collect();
    site.tell(&pending);
    updates(&site, &inputs(true, UpdateMode::Supervised)).await;
    updates(&site, &inputs(false, UpdateMode::Supervised)).await;
}
