//! One promise a test: a cluster as it should be raises nothing, and each thing that is wrong is named.

use model::open_vstorage::{ChangedFile, Generation, Init, LARGEST_COPY, OpenVstorageInventory, UnitState};
use model::precheck::{Precheck, Verdict, allow_start};
use model::procedure::{Inputs, UpdateMode};

use super::prechecks;
use crate::fixture::{Shape, change, framework, host, known, package, storage_driver, unit, unknown};

fn ask(inputs: &Inputs, alter: impl FnOnce(&mut OpenVstorageInventory)) -> Vec<Precheck> {
    let shape = Shape::new(Generation::A, Init::Upstart);
    let mut inventory = shape.inventory();
    alter(&mut inventory);
    prechecks(&shape.environment(), &shape.settings(), &inventory, inputs)
}

#[track_caller]
fn finds(alter: impl FnOnce(&mut OpenVstorageInventory), verdict: Verdict, words: &str) {
    let checks = ask(&storage_driver(UpdateMode::StepByStep), alter);
    let found = checks.iter().find(|check| check.evidence.contains(words));
    let found = found.unwrap_or_else(|| panic!("{words:?} is not in {checks:#?}"));
    assert_eq!(found.verdict, verdict, "{found:?}");
    assert!(!found.resolution.is_empty(), "{found:?}");
}

#[test]
fn a_cluster_as_it_should_be_may_be_updated() {
    for inputs in
        [framework(UpdateMode::StepByStep), framework(UpdateMode::Supervised), storage_driver(UpdateMode::Supervised)]
    {
        let checks = ask(&inputs, |_| {});
        assert!(allow_start(&checks), "{checks:#?}");
        let odd: Vec<&Precheck> = checks.iter().filter(|check| check.verdict != Verdict::Good).collect();
        // Whether everything is in the backend cannot be seen from outside.
        assert!(odd.iter().all(|check| check.title.contains("backend")), "{odd:#?}");
    }
}

#[test]
fn a_node_that_is_silent_or_not_configured_stops_everything() {
    let silent = |inventory: &mut OpenVstorageInventory| {
        inventory.nodes.insert(host("node2"), unknown("ssh: timed out"));
    };
    finds(silent, Verdict::Unknown, "ssh: timed out");
    let stranger = |inventory: &mut OpenVstorageInventory| {
        let mut routers = inventory.storage_routers.value().unwrap().clone();
        routers.remove(0);
        inventory.storage_routers = known(routers);
        inventory.alba_nodes = known(Vec::new());
    };
    finds(stranger, Verdict::Blocking, "the API does not know node1");
    let more = |inventory: &mut OpenVstorageInventory| {
        let mut routers = inventory.storage_routers.value().unwrap().clone();
        let mut one = routers[0].clone();
        (one.ip, one.name) = ("10.0.0.77".into(), "forgotten".into());
        routers.push(one);
        inventory.storage_routers = known(routers);
    };
    finds(more, Verdict::Blocking, "forgotten (10.0.0.77)");
}

#[test]
fn others_at_work_are_named() {
    finds(
        |all| change(all, "node2", |node| node.updaters = vec!["ovs update framework (process 7)".into()]),
        Verdict::Blocking,
        "process 7",
    );
    finds(
        |all| change(all, "node2", |node| node.at_jobs = vec!["job 3 of at".into()]),
        Verdict::Blocking,
        "job 3 of at",
    );
    finds(
        |all| change(all, "node2", |node| node.package_lock = Some("apt-get (process 9) has the lock".into())),
        Verdict::Blocking,
        "process 9",
    );
    finds(
        |all| {
            change(all, "node2", |node| {
                node.flags.insert("/etc/upgrade_ongoing".into());
            })
        },
        Verdict::Blocking,
        "node2: /etc/upgrade_ongoing",
    );
}

#[test]
fn versions_are_compared_across_nodes() {
    let installed = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.packages.get_mut(&package("alba")).unwrap().installed = Some("0.7.4".into())
        });
    };
    finds(installed, Verdict::Warning, "0.7.4 on node2");
    let candidate = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.packages.get_mut(&package("alba")).unwrap().candidate = Some("0.7.9".into())
        });
    };
    finds(candidate, Verdict::Blocking, "0.7.9 on node2");
}

#[test]
fn packages_that_are_broken_or_would_go_stop_everything() {
    finds(
        |all| change(all, "node2", |node| node.broken_packages = vec!["alba half-configured".into()]),
        Verdict::Blocking,
        "half-configured",
    );
    let removes = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            let component = model::open_vstorage::Component::Alba;
            let mut seen = node.simulations[&component].value().unwrap().clone();
            seen.removes.insert(package("openvstorage-core"));
            node.simulations.insert(component, known(seen));
        });
    };
    finds(removes, Verdict::Blocking, "openvstorage-core would be removed");
}

#[test]
fn a_cluster_without_a_master_or_with_a_member_down_stops_everything() {
    let no_master = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node1", |node| node.arakoon[0].master = Err("no master".into()));
    };
    finds(no_master, Verdict::Blocking, "mybackend-abm has no master");
    let down = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.services.get_mut(&unit("ovs-arakoon-voldrv")).unwrap().state = UnitState::Stopped;
        });
    };
    finds(down, Verdict::Blocking, "voldrv: id00000000000002 is down");
}

#[test]
fn clocks_room_and_arakoons_version_are_looked_at() {
    finds(|all| change(all, "node2", |node| node.clock_skew_ms = -95_000), Verdict::Blocking, "1 min 35 s apart");
    finds(
        |all| {
            change(all, "node2", |node| {
                node.free_bytes.insert("/var".into(), 100 << 20);
            })
        },
        Verdict::Blocking,
        "100 MiB on /var",
    );
    let needs = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.arakoon_needs.insert(package("alba"), vec!["arakoon (>= 1.9.0)".into()]);
        });
    };
    finds(needs, Verdict::Blocking, "alba on node2 needs arakoon (>= 1.9.0), and 1.8.12 will be there");
}

#[test]
fn what_people_should_know_is_a_warning() {
    let changed = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.changed_files = vec![ChangedFile {
                path: "/opt/alba/patched".into(),
                package: package("alba"),
                is_config: false,
                sha256: Some("ab".repeat(32)),
                bytes: Some(100),
            }];
        });
    };
    finds(changed, Verdict::Warning, "/opt/alba/patched");
    let checks = ask(&storage_driver(UpdateMode::StepByStep), changed);
    let words = "sealed in Drydock's own store: node2: /opt/alba/patched";
    assert!(checks.iter().any(|check| check.verdict == Verdict::Good && check.evidence.contains(words)), "{checks:#?}");
    let large = |inventory: &mut OpenVstorageInventory| {
        changed(inventory);
        change(inventory, "node2", |node| node.changed_files[0].bytes = Some(LARGEST_COPY + 1));
    };
    finds(large, Verdict::Warning, "refuses what is larger than 262144 bytes: node2: /opt/alba/patched (262145 bytes)");
    let no_key = |inventory: &mut OpenVstorageInventory| {
        changed(inventory);
        inventory.copies_stay = Some("/etc/drydock.key cannot be used".into());
    };
    finds(
        no_key,
        Verdict::Warning,
        "on their nodes only: /etc/drydock.key cannot be used. Of node2: /opt/alba/patched",
    );
    finds(
        |all| change(all, "node2", |node| node.guests = Some(vec!["vm1".into()])),
        Verdict::Warning,
        "guest vm1 runs",
    );
    let kills = |inventory: &mut OpenVstorageInventory| {
        change(inventory, "node2", |node| {
            node.services.get_mut(&unit("ovs-volumedriver_vpool1")).unwrap().stop_kills_all = true;
        });
    };
    finds(kills, Verdict::Warning, "node2: ovs-volumedriver_vpool1");
}

#[test]
fn a_framework_that_an_earlier_run_has_left_down_may_be_updated_again() {
    let down = |inventory: &mut OpenVstorageInventory| {
        for node in ["node1", "node2", "node3"] {
            change(inventory, node, |node| {
                for name in ["memcached", "ovs-arakoon-ovsdb", "ovs-watcher-framework"] {
                    let service = node.services.get_mut(&unit(name)).unwrap();
                    (service.state, service.stopped_by_drydock) = (UnitState::Stopped, true);
                }
            });
        }
        inventory.storage_routers = unknown("the API does not answer");
        inventory.release = unknown("the API does not answer");
        inventory.told = unknown("the API does not answer");
    };
    assert!(allow_start(&ask(&framework(UpdateMode::StepByStep), down)));
    assert!(!allow_start(&ask(&framework(UpdateMode::Supervised), down)));
    assert!(!allow_start(&ask(&storage_driver(UpdateMode::StepByStep), down)));
}
