//! Both buttons, both ways, on every generation of the updater and both init systems.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::Pace;
use lab::ovs::{OvsGeneration, OvsInit, OvsLabConfig, OvsShape, OvsTruth, ViolationKind};
use model::event::Outcome;
use model::inventory::Facts;
use model::open_vstorage::Component;
use model::open_vstorage::pending::components;
use model::procedure::{Inputs, Procedure, UpdateMode};

use support::assert_outcome;
use support::cluster::{ClusterStory, assert_clean, framework, storage_driver};

fn config(generation: OvsGeneration, init: OvsInit) -> OvsLabConfig {
    OvsLabConfig { generation, init, shape: OvsShape::ThreeMastersOneExtra, pace: Pace::Fast }
}

/// Runs one button and asks the cluster, and then the page, what came of it.
async fn updated(config: OvsLabConfig, inputs: Inputs) {
    let wanted: &[Component] = match inputs.procedure() {
        Procedure::UpdateFramework => &[Component::Framework],
        _ => &[Component::StorageDriver, Component::Alba],
    };
    // Later updaters count the ALBA plugin and the ASD manager to the backend (dossier 3.4): they stay pending, and are told.
    let is_framework = inputs.procedure() == Procedure::UpdateFramework;
    let takes_plugins_elsewhere = is_framework && is_supervised(&inputs) && config.generation != OvsGeneration::A;
    let story = ClusterStory::begin(config).await;
    let run = story.carry_out(inputs.clone()).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let mut truth = story.lab.truth();
    // That updater itself stops all members at once (dossier 3.4, `update_volumedriver`); the plan says so.
    let own_way = config.generation == OvsGeneration::A && !is_framework && is_supervised(&inputs);
    truth.violations.retain(|wrong| {
        !(own_way && wrong.place == "voldrv" && wrong.kind == ViolationKind::TwoMembersDown && !wrong.lasts)
    });
    assert_clean(&truth);
    assert_all_run(&truth);
    let inventory = story.engine.take_inventory(None, &story.environment).await.unwrap();
    let Facts::OpenVstorage(cluster) = &inventory.facts else { panic!("{inventory:?}") };
    for (component, state) in components(cluster) {
        if !wanted.contains(&component) {
            continue;
        }
        assert!(state.nodes > 0, "{component} is on no node");
        if takes_plugins_elsewhere {
            let core = state.candidates.keys().filter(|name| CORE.contains(&name.as_str()));
            assert_eq!(core.count(), 0, "{component}: {state:?}");
        } else {
            assert_eq!((state.pending, state.unclear), (0, 0), "{component}: {state:?}");
        }
    }
    story.finish().await;
}

const CORE: [&str; 3] = ["openvstorage", "openvstorage-core", "openvstorage-webapps"];

fn is_supervised(inputs: &Inputs) -> bool {
    match inputs {
        Inputs::UpdateFramework(update) | Inputs::UpdateStorageDriver(update) => update.mode == UpdateMode::Supervised,
        Inputs::RestartSystemVms(_) => false,
    }
}

#[track_caller]
fn assert_all_run(truth: &OvsTruth) {
    for (name, node) in &truth.nodes {
        let down: Vec<_> = node.units.iter().filter(|(_, phase)| **phase != lab::ovs::UnitPhase::Running).collect();
        assert!(down.is_empty(), "{name}: {down:?}");
    }
}

macro_rules! matrix {
    ($($(#[$long:meta])? $name:ident: $generation:ident, $init:ident, $button:ident, $way:ident;)+) => {
        $(
            $(#[$long])?
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let config = config(OvsGeneration::$generation, OvsInit::$init);
                updated(config, $button(UpdateMode::$way)).await;
            }
        )+
    };
}

matrix! {
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_upstart_framework_supervised: A, Upstart, framework, Supervised;
    a_upstart_framework_step_by_step: A, Upstart, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_upstart_storage_driver_supervised: A, Upstart, storage_driver, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_upstart_storage_driver_step_by_step: A, Upstart, storage_driver, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_systemd_framework_supervised: A, Systemd, framework, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_systemd_framework_step_by_step: A, Systemd, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_systemd_storage_driver_supervised: A, Systemd, storage_driver, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    a_systemd_storage_driver_step_by_step: A, Systemd, storage_driver, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_upstart_framework_supervised: B, Upstart, framework, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_upstart_framework_step_by_step: B, Upstart, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_upstart_storage_driver_supervised: B, Upstart, storage_driver, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_upstart_storage_driver_step_by_step: B, Upstart, storage_driver, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_systemd_framework_supervised: B, Systemd, framework, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_systemd_framework_step_by_step: B, Systemd, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_systemd_storage_driver_supervised: B, Systemd, storage_driver, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    b_systemd_storage_driver_step_by_step: B, Systemd, storage_driver, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_upstart_framework_supervised: C, Upstart, framework, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_upstart_framework_step_by_step: C, Upstart, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_upstart_storage_driver_supervised: C, Upstart, storage_driver, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_upstart_storage_driver_step_by_step: C, Upstart, storage_driver, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_systemd_framework_supervised: C, Systemd, framework, Supervised;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_systemd_framework_step_by_step: C, Systemd, framework, StepByStep;
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_systemd_storage_driver_supervised: C, Systemd, storage_driver, Supervised;
    c_systemd_storage_driver_step_by_step: C, Systemd, storage_driver, StepByStep;
}
