//! Single promises of plans.

use model::id::StepId;
use model::open_vstorage::{
    ChangedFile, Component, Generation, Init, LARGEST_COPY, MigrationOrder, OpenVstorageInventory, UnitState,
};
use model::plan::{Action, Plan, StepKind};
use model::procedure::{Inputs, OpenVstorageUpdate, RestartSystemVms, UpdateMode};

use super::{PlanError, plan};
use crate::fixture::{ASD, Shape, change, framework, package, storage_driver, unit, unknown};

pub(super) fn shape() -> Shape {
    Shape::new(Generation::A, Init::Upstart)
}

pub(super) fn make(shape: &Shape, inventory: &OpenVstorageInventory, inputs: &Inputs) -> Result<Plan, PlanError> {
    plan(&shape.environment(), &shape.settings(), inventory, inputs)
}

fn made(shape: &Shape, inputs: &Inputs) -> Plan {
    make(shape, &shape.inventory(), inputs).unwrap()
}

fn keeping(name: &str) -> OpenVstorageUpdate {
    let mode = UpdateMode::StepByStep;
    OpenVstorageUpdate { mode, keep: [package(name)].into(), ..OpenVstorageUpdate::default() }
}

fn place(plan: &Plan, id: &str) -> usize {
    let id = StepId::new(id).unwrap();
    plan.steps().position(|step| step.id == id).unwrap_or_else(|| panic!("no step {id}"))
}

#[track_caller]
fn refused(inputs: &Inputs, alter: impl FnOnce(&mut OpenVstorageInventory), field: &str, words: &str) {
    let shape = shape();
    let mut inventory = shape.inventory();
    alter(&mut inventory);
    let error = make(&shape, &inventory, inputs).unwrap_err();
    assert_eq!(error.field(), field, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn a_wrong_choice_names_its_field() {
    let step = UpdateMode::StepByStep;
    refused(&Inputs::UpdateFramework(keeping("nginx")), |_| {}, "keep", "no node has a package nginx");
    refused(&Inputs::UpdateFramework(keeping("alba")), |_| {}, "keep", "not touched by Update Framework");
    refused(&Inputs::UpdateFramework(keeping("openvstorage-core")), |_| {}, "keep", "exact version");
    let supervised = OpenVstorageUpdate { mode: UpdateMode::Supervised, ..keeping("alba") };
    refused(&Inputs::UpdateStorageDriver(supervised), |_| {}, "keep", "step by step");
    let order =
        OpenVstorageUpdate { mode: step, order: Some(MigrationOrder::ModelFirst), ..OpenVstorageUpdate::default() };
    refused(&Inputs::UpdateStorageDriver(order), |_| {}, "order", "leave the order empty");
    refused(&Inputs::RestartSystemVms(RestartSystemVms::default()), |_| {}, "procedure", "Restart System VMs");
}

#[test]
fn what_is_not_known_makes_no_plan() {
    let inputs = framework(UpdateMode::StepByStep);
    let silent = |inventory: &mut OpenVstorageInventory| {
        inventory.nodes.insert(crate::fixture::host("node2"), unknown("ssh: timed out"));
    };
    refused(&inputs, silent, "inventory", "node2 could not be seen: ssh: timed out");
    let other = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.packages.get_mut(&package("openvstorage-core")).unwrap().candidate = Some("2.6.2-1".into());
        });
    };
    refused(&inputs, other, "inventory", "2.6.2-1 on node2");
    let removes = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            let mut seen = node.simulations[&Component::Framework].value().unwrap().clone();
            seen.removes.insert(package("openvstorage-core"));
            node.simulations.insert(Component::Framework, crate::fixture::known(seen));
        });
    };
    refused(&inputs, removes, "inventory", "would remove openvstorage-core");
}

#[test]
fn the_master_with_the_highest_number_is_chosen_not_the_highest_text() {
    let shape = Shape { masters: vec![9, 10], extras: vec![], ..shape() };
    let plan = made(&shape, &framework(UpdateMode::Supervised));
    assert!(plan.summary.contains("on node10"), "{}", plan.summary);
}

#[test]
fn what_was_off_before_stays_off_and_what_an_earlier_run_has_stopped_is_started() {
    let shape = shape();
    let mut inventory = shape.inventory();
    let asd = format!("alba-asd-{ASD}");
    change(&mut inventory, "node1", |node| node.services.get_mut(&unit(&asd)).unwrap().state = UnitState::Stopped);
    change(&mut inventory, "node2", |node| {
        let service = node.services.get_mut(&unit(&asd)).unwrap();
        service.state = UnitState::Stopped;
        service.stopped_by_drydock = true;
    });
    let plan = make(&shape, &inventory, &storage_driver(UpdateMode::StepByStep)).unwrap();
    let has = |id: String| plan.step(&StepId::new(id).unwrap()).is_some();
    assert!(!has(format!("start/{asd}/node1")) && !has(format!("stop/{asd}/node1")));
    assert!(has(format!("start/{asd}/node2")) && has(format!("stop/{asd}/node2")));
    assert!(plan.left_out.iter().any(|out| out.what == format!("{asd} on node1")), "{:?}", plan.left_out);
}

#[test]
fn files_changed_by_hand_are_copied_before_and_compared_after() {
    let shape = shape();
    let mut inventory = shape.inventory();
    change(&mut inventory, "node3", |node| {
        node.changed_files = vec![ChangedFile {
            path: "/opt/OpenvStorage/ovs/lib/update.py".into(),
            package: package("openvstorage-core"),
            is_config: false,
            sha256: Some("ab".repeat(32)),
            bytes: Some(20_000),
        }];
    });
    let plan = make(&shape, &inventory, &framework(UpdateMode::StepByStep)).unwrap();
    assert!(place(&plan, "keep-files/node3") < place(&plan, "seal-copies/node3"));
    assert!(place(&plan, "seal-copies/node3") < place(&plan, "install/framework/node3"));
    let seal = plan.steps().find(|step| step.id.as_str() == "seal-copies/node3").unwrap();
    assert_eq!(seal.after, [StepId::new("keep-files/node3").unwrap()]);
    assert!(place(&plan, "verify/files/node3") > place(&plan, "install/framework/node3"));
    assert!(plan.hazards.iter().any(|hazard| hazard.words.contains("update.py on node3")));
    let seals = |inventory: &OpenVstorageInventory| {
        let plan = make(&shape, inventory, &framework(UpdateMode::Supervised)).unwrap();
        assert!(
            plan.steps().any(|step| step.id.as_str() == "keep-files/node3"),
            "it is copied on the node in any case"
        );
        plan.steps().any(|step| step.id.as_str() == "seal-copies/node3")
    };
    assert!(seals(&inventory));
    let refused = OpenVstorageInventory { copies_stay: Some("no key".into()), ..inventory.clone() };
    assert!(!seals(&refused));
    change(&mut inventory, "node3", |node| node.changed_files[0].bytes = Some(LARGEST_COPY + 1));
    assert!(!seals(&inventory));
}

#[test]
fn migrations_run_once_in_the_order_of_the_target_version_or_as_chosen() {
    let shape = shape();
    let plan = made(&shape, &framework(UpdateMode::StepByStep));
    assert!(place(&plan, "migrate/extensions/node4") < place(&plan, "migrate/model/node3"));
    for step in plan.steps().filter(|step| step.id.as_str().starts_with("migrate/")) {
        assert_eq!((step.kind, step.attempts), (StepKind::Once, 1), "{}", step.id);
        let Action::Shell(shell) = &step.action else { panic!("{}", step.id) };
        if step.id.as_str().contains("extensions") {
            assert_eq!(shell.args, ["10.0.0.1,10.0.0.2,10.0.0.3", "10.0.0.4"]);
        }
    }
    let order = Some(MigrationOrder::ModelFirst);
    let inputs =
        Inputs::UpdateFramework(OpenVstorageUpdate { order, mode: UpdateMode::StepByStep, ..Default::default() });
    let plan = made(&shape, &inputs);
    assert!(place(&plan, "migrate/model/node3") < place(&plan, "migrate/extensions/node1"));
    assert!(plan.hazards.iter().any(|hazard| hazard.words.contains("another order")));
}

#[test]
fn nothing_is_planned_where_nothing_is_pending() {
    let shape = Shape { done: Component::ALL.into(), ..shape() };
    for inputs in
        [framework(UpdateMode::StepByStep), storage_driver(UpdateMode::StepByStep), framework(UpdateMode::Supervised)]
    {
        let error = make(&shape, &shape.inventory(), &inputs).unwrap_err();
        assert!(matches!(error, PlanError::NothingToDo(_)), "{error}");
    }
}

#[test]
fn a_watcher_that_says_it_runs_the_old_framework_is_started_anew_with_and_without_an_installation() {
    const RENEW: &str = "start/ovs-watcher-volumedriver/node2";
    let of = |shape: &Shape| {
        let mut inventory = shape.inventory();
        change(&mut inventory, "node2", |node| {
            let watcher = node.services.get_mut(&unit("ovs-watcher-volumedriver")).unwrap();
            watcher.running.insert(package("openvstorage-core"), "2.7.2".into());
        });
        make(shape, &inventory, &framework(UpdateMode::StepByStep)).unwrap()
    };
    let whole = of(&shape());
    assert!(place(&whole, RENEW) > place(&whole, "start/ovs-watcher-framework/node1"));

    let alone = of(&Shape { done: Component::ALL.into(), ..shape() });
    let changes = alone.steps().filter(|step| step.kind != StepKind::ReadOnly);
    assert_eq!(changes.map(|step| step.id.as_str()).collect::<Vec<_>>(), [RENEW]);
}

#[test]
fn a_service_that_says_it_runs_the_old_program_is_started_anew() {
    let shape = Shape { done: Component::ALL.into(), ..shape() };
    let mut inventory = shape.inventory();
    let asd = format!("alba-asd-{ASD}");
    change(&mut inventory, "node1", |node| {
        node.services.get_mut(&unit(&asd)).unwrap().running.insert(package("alba"), "0.7.3".into());
    });
    let plan = make(&shape, &inventory, &storage_driver(UpdateMode::StepByStep)).unwrap();
    assert!(place(&plan, &format!("stop/{asd}/node1")) < place(&plan, &format!("start/{asd}/node1")));
    assert!(!plan.steps().any(|step| step.id.as_str().starts_with("install/")));
}
