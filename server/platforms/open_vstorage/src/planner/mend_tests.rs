//! Starting what a run left down, and putting files back.

use std::collections::BTreeSet;

use model::id::SealedId;
use model::open_vstorage::{CopyPlace, FileRights, Generation, Init, KeptFile, SealedCopy, UnitState};
use model::plan::{Plan, Step};
use model::procedure::{FileOn, UpdateMode};
use model::secret::SecretRef;

use super::PlanError;
use super::tests::make;
use crate::fixture::{Shape, framework, host, package, storage_driver, unit};

const SUM: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn shape() -> Shape {
    Shape::new(Generation::A, Init::Upstart)
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps().map(|step: &Step| step.id.as_str()).collect()
}

#[test]
fn only_what_a_run_has_stopped_is_started_and_disks_and_proxies_before_volumes() {
    let mut inventory = shape().inventory();
    let node = node_mut(&mut inventory, "node1");
    for (name, ours) in [
        ("ovs-volumedriver_vpool1", true),
        ("ovs-albaproxy_vpool1", true),
        ("ovs-dtl_vpool1", true),
        ("ovs-workers", false),
    ] {
        let service = node.services.get_mut(&unit(name)).unwrap();
        service.state = UnitState::Stopped;
        service.stopped_by_drydock = ours;
    }
    let plan = make(&shape(), &inventory, &storage_driver(UpdateMode::StartStopped)).unwrap();
    let expected =
        ["start/ovs-dtl_vpool1/node1", "start/ovs-albaproxy_vpool1/node1", "start/ovs-volumedriver_vpool1/node1"];
    assert_eq!(ids(&plan), expected);
    assert!(plan.finally.is_empty() && plan.hazards.is_empty(), "{:?}", plan.hazards);
}

#[test]
fn the_framework_is_started_with_a_warning_about_migrations_and_never_on_mixed_code() {
    let mut inventory = shape().inventory();
    let service = node_mut(&mut inventory, "node2").services.get_mut(&unit("ovs-watcher-framework")).unwrap();
    service.state = UnitState::Stopped;
    service.stopped_by_drydock = true;
    let plan = make(&shape(), &inventory, &framework(UpdateMode::StartStopped)).unwrap();
    assert_eq!(ids(&plan), ["start/ovs-watcher-framework/node2", "verify/api"]);
    assert!(plan.hazards[0].words.contains("migrations"), "{:?}", plan.hazards);
    let core = node_mut(&mut inventory, "node3").packages.get_mut(&package("openvstorage-core")).unwrap();
    core.installed = Some("2.6.1-rev.3402.4d1e2aa-1".to_owned());
    let refused = make(&shape(), &inventory, &framework(UpdateMode::StartStopped)).unwrap_err();
    assert!(
        matches!(&refused, PlanError::MixedVersions { package, .. } if package == "openvstorage-core"),
        "{refused}"
    );
}

#[test]
fn files_are_put_back_from_their_copies_after_the_difference_was_shown() {
    let mut inventory = shape().inventory();
    let kept = |path: &str, is_back| KeptFile {
        path: path.to_owned(),
        sha256: SUM.to_owned(),
        is_back,
        place: CopyPlace::OnNode,
    };
    node_mut(&mut inventory, "node1").kept_files = vec![kept("/opt/a.py", false), kept("/opt/b.py", false)];
    node_mut(&mut inventory, "node2").kept_files = vec![kept("/opt/a.py", true)];
    let mut inputs = framework(UpdateMode::PutFilesBack);
    let plan = make(&shape(), &inventory, &inputs).unwrap();
    assert_eq!(ids(&plan), ["show/node1", "put-back/node1"]);
    assert_eq!(plan.left_out[0].what, "/opt/a.py on node2");

    let model::procedure::Inputs::UpdateFramework(update) = &mut inputs else { panic!() };
    update.files = BTreeSet::from([FileOn { host: host("node1"), path: "/opt/b.py".to_owned() }]);
    let plan = make(&shape(), &inventory, &inputs).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("/opt/b.py") && !text.contains("put back on node1: /opt/a.py"), "{text}");

    let model::procedure::Inputs::UpdateFramework(update) = &mut inputs else { panic!() };
    update.files = BTreeSet::from([FileOn { host: host("node1"), path: "/etc/passwd".to_owned() }]);
    let refused = make(&shape(), &inventory, &inputs).unwrap_err();
    assert_eq!(refused.field(), "files");
    assert!(refused.to_string().contains("/etc/passwd"), "{refused}");
}

#[test]
fn a_copy_that_only_drydock_has_is_brought_back_to_its_node_first_and_never_stands_in_the_plan() {
    let mut inventory = shape().inventory();
    let part = |number: u8| SealedId::new(format!("2e7293a0-d168-46f3-bc29-262ddbf2247{number}")).unwrap();
    let rights = FileRights::parse("640 ovs ovs").unwrap();
    let sealed = SealedCopy { parts: vec![part(1), part(2)], rights };
    let kept = |path: &str, place| KeptFile { path: path.into(), sha256: SUM.to_owned(), is_back: false, place };
    node_mut(&mut inventory, "node1").kept_files =
        vec![kept("/opt/a.py", CopyPlace::Both(sealed.clone())), kept("/opt/b.py", CopyPlace::Sealed(sealed))];
    let plan = make(&shape(), &inventory, &framework(UpdateMode::PutFilesBack)).unwrap();
    assert_eq!(ids(&plan), ["bring/node1/2", "show/node1", "put-back/node1"]);
    let model::plan::Action::Shell(shell) = &plan.stages[0].steps[0].action else { panic!("{plan:#?}") };
    assert_eq!(shell.args, [SUM, "/opt/b.py", "640", "ovs", "ovs", "2"]);
    let secrets: Vec<_> = shell.secrets.iter().map(|secret| (secret.name.as_str(), &secret.value)).collect();
    assert_eq!(secrets, [("COPY_1", &SecretRef::Sealed(part(1))), ("COPY_2", &SecretRef::Sealed(part(2)))]);
}

#[test]
fn where_nothing_is_down_and_nothing_kept_there_is_nothing_to_do() {
    for mode in [UpdateMode::StartStopped, UpdateMode::PutFilesBack] {
        let refused = make(&shape(), &shape().inventory(), &framework(mode)).unwrap_err();
        assert!(matches!(refused, PlanError::NothingToDo(_)), "{refused}");
    }
}

fn node_mut<'i>(
    inventory: &'i mut model::open_vstorage::OpenVstorageInventory,
    name: &str,
) -> &'i mut model::open_vstorage::Node {
    match &mut inventory.nodes.get_mut(&host(name)).unwrap().seen {
        model::observed::Seen::Known(node) => node,
        model::observed::Seen::Unknown(reason) => panic!("{reason}"),
    }
}
