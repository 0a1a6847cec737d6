//! Both buttons, both ways, on every generation of the updater and both init systems.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says why")]

mod support;

use lab::Pace;
use lab::ovs::{OvsGeneration, OvsInit, OvsLabConfig, OvsShape, OvsTruth, OvsViolation, ViolationKind};
use model::event::Outcome;
use model::id::PackageName;
use model::inventory::Facts;
use model::open_vstorage::Component;
use model::open_vstorage::pending::{Pending, components, pending};
use model::procedure::{Inputs, UpdateMode};

use support::assert_outcome;
use support::cluster::{ClusterStory, assert_clean, framework, storage_driver};

fn config(generation: OvsGeneration, init: OvsInit) -> OvsLabConfig {
    OvsLabConfig { generation, init, shape: OvsShape::ThreeMastersOneExtra, pace: Pace::Fast }
}

/// Runs one button and asks the cluster, and then the page, what came of it.
async fn updated(config: OvsLabConfig, inputs: Inputs) {
    let wanted = Component::of_procedure(inputs.procedure());
    let story = ClusterStory::begin(config).await;
    let run = story.carry_out(inputs.clone()).await;
    let view = story.end(&run).await;
    assert_outcome(&view, Outcome::Succeeded);
    let mut truth = story.lab.truth();
    truth.violations.retain(|wrong| !is_the_updaters_own_way(wrong, config.generation, &inputs));
    assert_clean(&truth);
    assert_all_run(&truth);
    let inventory = story.engine.take_inventory(None, &story.environment).await.unwrap();
    let Facts::OpenVstorage(cluster) = &inventory.facts else { panic!("{inventory:?}") };
    for (component, state) in components(cluster) {
        if !wanted.contains(&component) {
            continue;
        }
        assert!(state.nodes > 0, "{component} is on no node");
        let mut left: Vec<_> =
            cluster.nodes.values().filter_map(|node| pending(node.value()?).remove(&component)).collect();
        left.iter_mut().for_each(|packages| packages.retain(|name, what| !is_left_out(name, what, &config, &inputs)));
        left.retain(|packages| !packages.is_empty());
        assert!(left.is_empty() && state.unclear == 0, "{component}: {state:?}, {left:#?}");
    }
    story.finish().await;
}

/// What stays pending although the run has succeeded; the plan says it of each.
fn is_left_out(name: &PackageName, what: &Pending, config: &OvsLabConfig, inputs: &Inputs) -> bool {
    let core = ["openvstorage", "openvstorage-core", "openvstorage-webapps"];
    match inputs {
        // Later updaters count the ALBA plugin and the managers of the disks to the backend, and arakoon to the framework
        // (dossier 3.4).
        Inputs::UpdateFramework(_) => {
            is_supervised(inputs) && config.generation != OvsGeneration::A && !core.contains(&name.as_str())
        }
        // And the only member of the model's cluster is not started anew while the framework goes on.
        _ => {
            name.as_str() == "arakoon"
                && (config.shape == OvsShape::Single && is_model_alone(what)
                    || is_supervised(inputs) && config.generation != OvsGeneration::A)
        }
    }
}

fn is_model_alone(what: &Pending) -> bool {
    match what {
        Pending::Restart { running, .. } => running.keys().all(|unit| unit.as_str() == "ovs-arakoon-ovsdb"),
        _ => false,
    }
}

fn is_supervised(inputs: &Inputs) -> bool {
    match inputs {
        Inputs::UpdateFramework(update) | Inputs::UpdateStorageDriver(update) => update.mode == UpdateMode::Supervised,
        Inputs::RestartSystemVms(_)
        | Inputs::MigrateManager(_)
        | Inputs::CreateSnapshot(_)
        | Inputs::UploadSnapshot(_) => false,
    }
}

/// What the vendor's updaters do to the volumes' services by themselves; the plan names it among the hazards.
fn is_the_updaters_own_way(wrong: &OvsViolation, generation: OvsGeneration, inputs: &Inputs) -> bool {
    let updates_volumes = matches!(inputs, Inputs::UpdateStorageDriver(_)) && is_supervised(inputs);
    updates_volumes
        && !wrong.lasts
        && match generation {
            // All members at once (dossier 3.4, `update_volumedriver`).
            OvsGeneration::A => wrong.place == "voldrv" && wrong.kind == ViolationKind::TwoMembersDown,
            // DTLs are started anew while volume drivers run (dossier 3.4, 13).
            OvsGeneration::B | OvsGeneration::C => wrong.kind == ViolationKind::VolumedriverWithoutWriteLog,
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
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
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
    #[ignore = "minutes: cargo xtask test open_vstorage runs it"]
    c_systemd_storage_driver_step_by_step: C, Systemd, storage_driver, StepByStep;
}

/// Where no cluster of arakoon survives a restart of its only member.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_alone_gets_a_new_storage_driver_step_by_step() {
    let config = OvsLabConfig { shape: OvsShape::Single, ..config(OvsGeneration::C, OvsInit::Systemd) };
    updated(config, storage_driver(UpdateMode::StepByStep)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
async fn one_node_alone_gets_a_new_framework_step_by_step() {
    let config = OvsLabConfig { shape: OvsShape::Single, ..config(OvsGeneration::A, OvsInit::Upstart) };
    updated(config, framework(UpdateMode::StepByStep)).await;
}

/// A node that has disks only is no StorageRouter: it runs no framework, and is updated with the backend all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: cargo xtask test open_vstorage runs it"]
async fn a_node_of_disks_alone_takes_part_in_both() {
    let shape = OvsShape::ThreeMastersOneExtraOneStorage;
    for (generation, init) in [(OvsGeneration::A, OvsInit::Upstart), (OvsGeneration::C, OvsInit::Systemd)] {
        for inputs in [storage_driver(UpdateMode::StepByStep), framework(UpdateMode::StepByStep)] {
            updated(OvsLabConfig { shape, ..config(generation, init) }, inputs).await;
        }
    }
}
