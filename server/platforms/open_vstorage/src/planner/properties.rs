//! What holds for every cluster.

use std::collections::BTreeSet;

use model::id::StepId;
use model::open_vstorage::{Component, Generation, Init, OpenVstorageInventory, UnitState};
use model::plan::{Action, Plan, Probe, Step, Target};
use model::procedure::{Inputs, UpdateMode};
use proptest::prelude::*;

use super::scripts::{INSTALL, START, START_NO_WAIT, STOP};
use super::tests::make;
use crate::fixture::{Shape, framework, known, storage_driver};

fn shapes() -> impl Strategy<Value = Shape> {
    let numbers = prop::collection::btree_set(1u8..30, 1..7);
    let done = prop::collection::btree_set(prop_oneof![Just(Component::StorageDriver), Just(Component::Alba)], 0..2);
    let pools = prop::collection::btree_set("[a-z]{1,4}[0-9]{0,2}", 0..3);
    let generation = prop_oneof![Just(Generation::A), Just(Generation::B), Just(Generation::C)];
    (numbers, 1usize..6, done, pools, generation, any::<bool>()).prop_map(
        |(numbers, masters, done, pools, generation, upstart)| {
            let numbers: Vec<u8> = numbers.into_iter().collect();
            let (first, rest) = numbers.split_at(masters.min(numbers.len()));
            Shape {
                masters: first.to_vec(),
                extras: rest.to_vec(),
                vpools: pools.into_iter().collect(),
                done,
                ..Shape::new(generation, if upstart { Init::Upstart } else { Init::Systemd })
            }
        },
    )
}

/// Some services are off before.
fn with_some_off(mut inventory: OpenVstorageInventory, off: &[bool]) -> OpenVstorageInventory {
    let mut turn = off.iter().cycle();
    for seen in inventory.nodes.values_mut() {
        let mut node = seen.value().unwrap().clone();
        for (name, service) in &mut node.services {
            let is_core = ["memcached", "ovs-arakoon-ovsdb", "ovs-watcher-framework"].contains(&name.as_str());
            if *turn.next().unwrap() && !is_core {
                service.state = UnitState::Stopped;
            }
        }
        *seen = known(node);
    }
    inventory
}

fn all_inputs() -> impl Strategy<Value = Inputs> {
    let mode = prop_oneof![Just(UpdateMode::StepByStep), Just(UpdateMode::Supervised)];
    (mode, any::<bool>())
        .prop_map(|(mode, of_framework)| if of_framework { framework(mode) } else { storage_driver(mode) })
}

/// Steps with that script: their place in the plan, host and unit.
fn acting<'p>(plan: &'p Plan, scripts: &[&str]) -> Vec<(usize, String, &'p Step)> {
    let of = |(at, step): (usize, &'p Step)| match &step.action {
        Action::Shell(shell) if scripts.contains(&shell.script.as_str()) => {
            Some((at, format!("{}/{}", shell.host, shell.args.get(1).cloned().unwrap_or_default()), step))
        }
        _ => None,
    };
    plan.steps().enumerate().filter_map(of).collect()
}

/// Whether the plan makes sure that one comes after the other: by stages, or by what it has to wait for.
fn is_after(plan: &Plan, earlier: &Step, later: &Step) -> bool {
    let stage = |step: &Step| plan.stages.iter().position(|stage| stage.steps.iter().any(|other| other.id == step.id));
    let (first, second) = (stage(earlier), stage(later));
    if first != second {
        return first < second;
    }
    let mut waits: Vec<&Step> = vec![later];
    let mut seen = BTreeSet::new();
    while let Some(step) = waits.pop() {
        for id in &step.after {
            if id == &earlier.id {
                return true;
            }
            if seen.insert(id) {
                waits.extend(plan.step(id));
            }
        }
    }
    false
}

fn hosts_of(probe: &Probe) -> Vec<&str> {
    match probe {
        Probe::All { of } => of.iter().flat_map(hosts_of).collect(),
        Probe::OvsUpdater { node } => hosts_of(node),
        Probe::Shell { host, .. } | Probe::CopiesSealed { host, .. } => vec![host.as_str()],
        _ => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_is_stopped_is_started_again(
        shape in shapes(),
        off in prop::collection::vec(any::<bool>(), 1..40),
        inputs in all_inputs(),
    ) {
        let Ok(plan) = make(&shape, &with_some_off(shape.inventory(), &off), &inputs) else { return Ok(()) };
        let starts = acting(&plan, &[START, START_NO_WAIT]);
        for (at, what, _) in acting(&plan, &[STOP]) {
            prop_assert!(starts.iter().any(|(then, unit, _)| *then > at && *unit == what), "{} stays down", what);
        }
    }

    #[test]
    fn volume_drivers_stop_before_and_start_after_what_they_write_through(shape in shapes(), inputs in all_inputs()) {
        let Ok(plan) = make(&shape, &shape.inventory(), &inputs) else { return Ok(()) };
        let is_driver = |what: &str| what.contains("/ovs-volumedriver_");
        let is_below = |what: &str| ["/ovs-dtl_", "/ovs-albaproxy_", "/alba-asd-"].iter().any(|name| what.contains(name));
        let (stops, starts) = (acting(&plan, &[STOP]), acting(&plan, &[START]));
        for (_, driver, step) in stops.iter().filter(|(_, what, _)| is_driver(what)) {
            for (_, below, other) in stops.iter().filter(|(_, what, _)| is_below(what)) {
                prop_assert!(is_after(&plan, step, other), "{} before {}", below, driver);
            }
        }
        for (_, driver, step) in starts.iter().filter(|(_, what, _)| is_driver(what)) {
            for (_, below, other) in starts.iter().filter(|(_, what, _)| is_below(what)) {
                prop_assert!(is_after(&plan, other, step), "{} after {}", below, driver);
            }
        }
    }

    #[test]
    fn no_service_of_the_framework_starts_before_every_node_is_installed(shape in shapes()) {
        let Ok(plan) = make(&shape, &shape.inventory(), &framework(UpdateMode::StepByStep)) else { return Ok(()) };
        for (_, install, step) in acting(&plan, &[INSTALL]) {
            for (_, start, other) in acting(&plan, &[START, START_NO_WAIT]) {
                prop_assert!(is_after(&plan, step, other), "{} before {}", start, install);
            }
            let stops = acting(&plan, &[STOP]);
            // memcached is stopped once more after the migrations.
            for (_, stop, other) in stops.into_iter().filter(|(_, _, step)| step.id.as_str().starts_with("stop/")) {
                prop_assert!(is_after(&plan, other, step), "{} after {}", stop, install);
            }
        }
    }

    #[test]
    fn only_nodes_of_the_environment_are_named_and_no_id_is_there_twice(shape in shapes(), inputs in all_inputs()) {
        let Ok(plan) = make(&shape, &shape.inventory(), &inputs) else { return Ok(()) };
        let settings = shape.settings();
        let known: BTreeSet<&str> = settings.nodes.iter().map(|host| host.name.as_str()).collect();
        let mut ids = BTreeSet::new();
        for step in plan.steps() {
            prop_assert!(ids.insert(&step.id), "{} is there twice", step.id);
            if let Target::Host { host } = &step.target {
                prop_assert!(known.contains(host.as_str()));
                if let Action::Shell(shell) = &step.action {
                    prop_assert_eq!(&shell.host, host);
                }
            }
            prop_assert!(hosts_of(&step.proof).iter().all(|host| known.contains(host)));
        }
        for stage in &plan.stages {
            for step in &stage.steps {
                let is_here = |id: &StepId| stage.steps.iter().any(|other| &other.id == id);
                prop_assert!(step.after.iter().all(is_here), "{}", step.id);
                prop_assert!(!is_after(&plan, step, step), "{} waits for itself", step.id);
            }
        }
    }

    #[test]
    fn finally_starts_nothing(shape in shapes(), inputs in all_inputs()) {
        let Ok(plan) = make(&shape, &shape.inventory(), &inputs) else { return Ok(()) };
        prop_assert!(!plan.finally.is_empty());
        for step in &plan.finally {
            let is_start = match &step.action {
                Action::Shell(shell) => [START, START_NO_WAIT].contains(&shell.script.as_str()),
                _ => false,
            };
            prop_assert!(!is_start, "{}", step.id);
        }
    }

    #[test]
    fn the_same_facts_give_the_same_digest(shape in shapes(), inputs in all_inputs()) {
        let mut settings = shape.settings();
        let environment = shape.environment();
        let one = super::plan(&environment, &settings, &shape.inventory(), &inputs).map(|plan| plan.digest());
        settings.nodes.reverse();
        let other = super::plan(&environment, &settings, &shape.inventory(), &inputs).map(|plan| plan.digest());
        prop_assert_eq!(one, other);
    }
}
