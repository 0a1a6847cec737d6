//! With the cluster's own updater.

use expect_test::expect;
use model::procedure::UpdateMode;

use super::super::tests::shape;
use super::{check, systemd};
use crate::fixture::{framework, storage_driver};

#[test]
fn a_framework_of_generation_a_supervised() {
    check(
        &shape(),
        &framework(UpdateMode::Supervised),
        expect![[r#"
            Starts “ovs update framework” on node3, watches it, and looks at node1, node2, node3 and node4 afterwards.
              Start the cluster's own updater on node3 (limit 8)
                updater/ready [Idempotent x2] No updater is at work on node3
                updater/start [Once x1] Start “ovs update framework” on node3, once  <- updater/ready
              The updater works (limit 8)
                updater/watch [ReadOnly x1] The updater on node3 comes to its end, and says so
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are new
                verify/services/node1 [ReadOnly x1] All services of node1 run, with the new programs
                verify/packages/node2 [ReadOnly x1] All packages of node2 are new
                verify/services/node2 [ReadOnly x1] All services of node2 run, with the new programs
                verify/packages/node3 [ReadOnly x1] All packages of node3 are new
                verify/services/node3 [ReadOnly x1] All services of node3 run, with the new programs
                verify/packages/node4 [ReadOnly x1] All packages of node4 are new
                verify/services/node4 [ReadOnly x1] All services of node4 run, with the new programs
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/services/node1, verify/packages/node2, verify/services/node2, verify/packages/node3, verify/services/node3, verify/packages/node4, verify/services/node4
              finally
                close/updater [ReadOnly x3] No updater is at work on node3 any more
                close/flags/node1 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node3
                close/flags/node4 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node4
              held after a failure: 1800 s
              Caution: The API and the GUI of Open vStorage are gone from the first stop to the last start. Volumes go on, but nothing can be created, cloned, moved or snapshot.
              Caution: The cluster's own updater goes its own way: it cannot be paused, and aborting the run does not end it. When it fails it may leave nodes of two versions behind; it has no way back."#]],
    );
}

#[test]
fn a_storage_driver_of_generation_a_supervised() {
    check(
        &shape(),
        &storage_driver(UpdateMode::Supervised),
        expect![[r#"
            Starts “ovs update volumedriver” on node3, watches it, and looks at node1, node2, node3 and node4 afterwards.
              Nobody uses the volumes (limit 8)
                idle [Manual x1] Stop all virtual machines that use volumes
              Start the cluster's own updater on node3 (limit 8)
                updater/ready [Idempotent x2] No updater is at work on node3
                updater/start [Once x1] Start “ovs update volumedriver” on node3, once  <- updater/ready
              The updater works (limit 8)
                updater/watch [ReadOnly x1] The updater on node3 comes to its end, and says so
              Start anew what the updater leaves on the old ALBA (limit 8)
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Start disk 0pXvK2mC on node1 anew
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2 [Idempotent x2] Start disk 0pXvK2mC on node2 anew  <- start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3 [Idempotent x2] Start disk 0pXvK2mC on node3 anew  <- start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node4 [Idempotent x2] Start disk 0pXvK2mC on node4 anew  <- start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3
                start/ovs-alba-maintenance_mybackend/node1 [Idempotent x2] Start the maintenance of backend mybackend on node1 anew  <- start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node4
                start/ovs-alba-rebalancer_mybackend/node1 [Idempotent x2] Start the rebalancer of backend mybackend on node1 anew  <- start/ovs-alba-maintenance_mybackend/node1
                start/ovs-alba-maintenance_mybackend/node2 [Idempotent x2] Start the maintenance of backend mybackend on node2 anew  <- start/ovs-alba-rebalancer_mybackend/node1
                start/ovs-alba-rebalancer_mybackend/node2 [Idempotent x2] Start the rebalancer of backend mybackend on node2 anew  <- start/ovs-alba-maintenance_mybackend/node2
                start/ovs-alba-maintenance_mybackend/node3 [Idempotent x2] Start the maintenance of backend mybackend on node3 anew  <- start/ovs-alba-rebalancer_mybackend/node2
                start/ovs-alba-rebalancer_mybackend/node3 [Idempotent x2] Start the rebalancer of backend mybackend on node3 anew  <- start/ovs-alba-maintenance_mybackend/node3
              Renew arakoon ovsdb, one of its 3 members after the other (limit 8)
                verify/ovsdb/before [ReadOnly x1] Arakoon ovsdb has a master, and all its members are up
                renew/ovs-arakoon-ovsdb/node1 [Idempotent x1] Start arakoon ovsdb on node1 anew  <- verify/ovsdb/before
                renew/ovs-arakoon-ovsdb/node2 [Idempotent x1] Start arakoon ovsdb on node2 anew  <- renew/ovs-arakoon-ovsdb/node1
                renew/ovs-arakoon-ovsdb/node3 [Idempotent x1] Start arakoon ovsdb on node3 anew  <- renew/ovs-arakoon-ovsdb/node2
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are new
                verify/services/node1 [ReadOnly x1] All services of node1 run, with the new programs
                verify/packages/node2 [ReadOnly x1] All packages of node2 are new
                verify/services/node2 [ReadOnly x1] All services of node2 run, with the new programs
                verify/packages/node3 [ReadOnly x1] All packages of node3 are new
                verify/services/node3 [ReadOnly x1] All services of node3 run, with the new programs
                verify/packages/node4 [ReadOnly x1] All packages of node4 are new
                verify/services/node4 [ReadOnly x1] All services of node4 run, with the new programs
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/services/node1, verify/packages/node2, verify/services/node2, verify/packages/node3, verify/services/node3, verify/packages/node4, verify/services/node4
              finally
                close/updater [ReadOnly x3] No updater is at work on node3 any more
                close/flags/node1 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node3
                close/flags/node4 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node4
              held after a failure: 1800 s
              Danger: All vDisks of all vPools are offline on all nodes, from the first stop to the last start.
              Caution: The cluster's own updater goes its own way: it cannot be paused, and aborting the run does not end it. When it fails it may leave nodes of two versions behind; it has no way back.
              Note: In this generation the updater stops all members of arakoon voldrv at once when arakoon is updated, and does not look whether the clusters of the backends are back before it goes on. The last steps of this plan look.
              Note: The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and starts none."#]],
    );
}

#[test]
fn a_storage_driver_of_generation_c_under_systemd_supervised() {
    check(
        &systemd(),
        &storage_driver(UpdateMode::Supervised),
        expect![[r#"
            Starts “ovs update storagedriver,alba” on node3, watches it, and looks at node1, node2 and node3 afterwards.
              Nobody uses the volumes (limit 8)
                idle [Manual x1] Stop all virtual machines that use volumes
              Start the cluster's own updater on node3 (limit 8)
                updater/ready [Idempotent x2] No updater is at work on node3
                updater/start [Once x1] Start “ovs update storagedriver,alba” on node3, once  <- updater/ready
              The updater works (limit 8)
                updater/watch [ReadOnly x1] The updater on node3 comes to its end, and says so
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are new
                verify/services/node1 [ReadOnly x1] All services of node1 run, with the new programs
                verify/packages/node2 [ReadOnly x1] All packages of node2 are new
                verify/services/node2 [ReadOnly x1] All services of node2 run, with the new programs
                verify/packages/node3 [ReadOnly x1] All packages of node3 are new
                verify/services/node3 [ReadOnly x1] All services of node3 run, with the new programs
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/services/node1, verify/packages/node2, verify/services/node2, verify/packages/node3, verify/services/node3
              finally
                close/updater [ReadOnly x3] No updater is at work on node3 any more
                close/flags/node1 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node3
              held after a failure: 1800 s
              left out: arakoon on node1: the cluster does not count it to what Update Storage Driver updates, so it is not waited for
              left out: arakoon on node2: the cluster does not count it to what Update Storage Driver updates, so it is not waited for
              left out: arakoon on node3: the cluster does not count it to what Update Storage Driver updates, so it is not waited for
              Danger: All vDisks of all vPools are offline on all nodes, from the first stop to the last start.
              Caution: The cluster's own updater goes its own way: it cannot be paused, and aborting the run does not end it. When it fails it may leave nodes of two versions behind; it has no way back.
              Note: In this generation the updater starts write logs (DTL) anew while volume drivers run: for a moment no second copy of what is being written is kept.
              Note: The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and starts none."#]],
    );
}
