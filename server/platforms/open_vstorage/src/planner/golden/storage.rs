//! **Update Storage Driver**, step by step.

use expect_test::expect;
use model::open_vstorage::Distribution;
use model::procedure::UpdateMode;

use super::super::tests::shape;
use super::{check, systemd};
use crate::fixture::{Shape, storage_driver};

#[test]
fn a_storage_driver_of_generation_a_step_by_step() {
    check(
        &shape(),
        &storage_driver(UpdateMode::StepByStep),
        expect![[r#"
            Installs alba 0.7.5, arakoon 1.8.12, volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on 4 nodes, with all volumes offline meanwhile.
              Get ready, while everything runs (limit 8)
                fetch/node1 [Idempotent x2] Fetch the packages on node1
                fetch/node2 [Idempotent x2] Fetch the packages on node2
                fetch/node3 [Idempotent x2] Fetch the packages on node3
                fetch/node4 [Idempotent x2] Fetch the packages on node4
              Nobody uses the volumes (limit 8)
                idle [Manual x1] Stop all virtual machines that use volumes
              Show the update as under way (limit 8)
                open/flags/node1 [Idempotent x2] Create /etc/upgrade_ongoing on node1
                open/flags/node2 [Idempotent x2] Create /etc/upgrade_ongoing on node2
                open/flags/node3 [Idempotent x2] Create /etc/upgrade_ongoing on node3
                open/flags/node4 [Idempotent x2] Create /etc/upgrade_ongoing on node4
              Stop the volumes (limit 8)
                stop/ovs-watcher-volumedriver/node1 [Idempotent x2] Stop the watcher of the volume drivers on node1
                stop/ovs-watcher-volumedriver/node2 [Idempotent x2] Stop the watcher of the volume drivers on node2
                stop/ovs-watcher-volumedriver/node3 [Idempotent x2] Stop the watcher of the volume drivers on node3
                stop/ovs-watcher-volumedriver/node4 [Idempotent x2] Stop the watcher of the volume drivers on node4
                stop/ovs-volumedriver_vpool1/node1 [Idempotent x2] Stop the volume driver of vpool1 on node1  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3, stop/ovs-watcher-volumedriver/node4
                stop/ovs-volumedriver_vpool1/node2 [Idempotent x2] Stop the volume driver of vpool1 on node2  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3, stop/ovs-watcher-volumedriver/node4
                stop/ovs-volumedriver_vpool1/node3 [Idempotent x2] Stop the volume driver of vpool1 on node3  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3, stop/ovs-watcher-volumedriver/node4
                stop/ovs-volumedriver_vpool1/node4 [Idempotent x2] Stop the volume driver of vpool1 on node4  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3, stop/ovs-watcher-volumedriver/node4
                stop/ovs-dtl_vpool1/node1 [Idempotent x2] Stop the write log (DTL) of vpool1 on node1  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3, stop/ovs-volumedriver_vpool1/node4
                stop/ovs-dtl_vpool1/node2 [Idempotent x2] Stop the write log (DTL) of vpool1 on node2  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3, stop/ovs-volumedriver_vpool1/node4
                stop/ovs-dtl_vpool1/node3 [Idempotent x2] Stop the write log (DTL) of vpool1 on node3  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3, stop/ovs-volumedriver_vpool1/node4
                stop/ovs-dtl_vpool1/node4 [Idempotent x2] Stop the write log (DTL) of vpool1 on node4  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3, stop/ovs-volumedriver_vpool1/node4
                stop/ovs-albaproxy_vpool1/node1 [Idempotent x2] Stop the ALBA proxy of vpool1 on node1  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3, stop/ovs-dtl_vpool1/node4
                stop/ovs-albaproxy_vpool1/node2 [Idempotent x2] Stop the ALBA proxy of vpool1 on node2  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3, stop/ovs-dtl_vpool1/node4
                stop/ovs-albaproxy_vpool1/node3 [Idempotent x2] Stop the ALBA proxy of vpool1 on node3  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3, stop/ovs-dtl_vpool1/node4
                stop/ovs-albaproxy_vpool1/node4 [Idempotent x2] Stop the ALBA proxy of vpool1 on node4  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3, stop/ovs-dtl_vpool1/node4
              Stop the backend (limit 8)
                stop/ovs-alba-maintenance_mybackend/node1 [Idempotent x2] Stop the maintenance of backend mybackend on node1
                stop/ovs-alba-maintenance_mybackend/node2 [Idempotent x2] Stop the maintenance of backend mybackend on node2
                stop/ovs-alba-maintenance_mybackend/node3 [Idempotent x2] Stop the maintenance of backend mybackend on node3
                stop/ovs-alba-rebalancer_mybackend/node1 [Idempotent x2] Stop the rebalancer of backend mybackend on node1  <- stop/ovs-alba-maintenance_mybackend/node1, stop/ovs-alba-maintenance_mybackend/node2, stop/ovs-alba-maintenance_mybackend/node3
                stop/ovs-alba-rebalancer_mybackend/node2 [Idempotent x2] Stop the rebalancer of backend mybackend on node2  <- stop/ovs-alba-maintenance_mybackend/node1, stop/ovs-alba-maintenance_mybackend/node2, stop/ovs-alba-maintenance_mybackend/node3
                stop/ovs-alba-rebalancer_mybackend/node3 [Idempotent x2] Stop the rebalancer of backend mybackend on node3  <- stop/ovs-alba-maintenance_mybackend/node1, stop/ovs-alba-maintenance_mybackend/node2, stop/ovs-alba-maintenance_mybackend/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Stop disk 0pXvK2mC on node1  <- stop/ovs-alba-rebalancer_mybackend/node1, stop/ovs-alba-rebalancer_mybackend/node2, stop/ovs-alba-rebalancer_mybackend/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2 [Idempotent x2] Stop disk 0pXvK2mC on node2  <- stop/ovs-alba-rebalancer_mybackend/node1, stop/ovs-alba-rebalancer_mybackend/node2, stop/ovs-alba-rebalancer_mybackend/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3 [Idempotent x2] Stop disk 0pXvK2mC on node3  <- stop/ovs-alba-rebalancer_mybackend/node1, stop/ovs-alba-rebalancer_mybackend/node2, stop/ovs-alba-rebalancer_mybackend/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node4 [Idempotent x2] Stop disk 0pXvK2mC on node4  <- stop/ovs-alba-rebalancer_mybackend/node1, stop/ovs-alba-rebalancer_mybackend/node2, stop/ovs-alba-rebalancer_mybackend/node3
              Install ALBA and arakoon (limit 8)
                install/backend/node1 [Idempotent x2] Install alba 0.7.5 and arakoon 1.8.12 on node1
                install/backend/node2 [Idempotent x2] Install alba 0.7.5 and arakoon 1.8.12 on node2  <- install/backend/node1
                install/backend/node3 [Idempotent x2] Install alba 0.7.5 and arakoon 1.8.12 on node3  <- install/backend/node1
                install/backend/node4 [Idempotent x2] Install alba 0.7.5 and arakoon 1.8.12 on node4  <- install/backend/node1
              Start the disks (limit 8)
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Start disk 0pXvK2mC on node1
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2 [Idempotent x2] Start disk 0pXvK2mC on node2
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3 [Idempotent x2] Start disk 0pXvK2mC on node3
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node4 [Idempotent x2] Start disk 0pXvK2mC on node4
              Renew arakoon mybackend-abm, one of its 3 members after the other (limit 8)
                verify/mybackend-abm/before [ReadOnly x1] Arakoon mybackend-abm has a master, and all its members are up
                renew/ovs-arakoon-mybackend-abm/node1 [Idempotent x1] Start arakoon mybackend-abm on node1 anew  <- verify/mybackend-abm/before
                renew/ovs-arakoon-mybackend-abm/node2 [Idempotent x1] Start arakoon mybackend-abm on node2 anew  <- renew/ovs-arakoon-mybackend-abm/node1
                renew/ovs-arakoon-mybackend-abm/node3 [Idempotent x1] Start arakoon mybackend-abm on node3 anew  <- renew/ovs-arakoon-mybackend-abm/node2
              Renew arakoon mybackend-nsm_0, one of its 3 members after the other (limit 8)
                verify/mybackend-nsm_0/before [ReadOnly x1] Arakoon mybackend-nsm_0 has a master, and all its members are up
                renew/ovs-arakoon-mybackend-nsm_0/node1 [Idempotent x1] Start arakoon mybackend-nsm_0 on node1 anew  <- verify/mybackend-nsm_0/before
                renew/ovs-arakoon-mybackend-nsm_0/node2 [Idempotent x1] Start arakoon mybackend-nsm_0 on node2 anew  <- renew/ovs-arakoon-mybackend-nsm_0/node1
                renew/ovs-arakoon-mybackend-nsm_0/node3 [Idempotent x1] Start arakoon mybackend-nsm_0 on node3 anew  <- renew/ovs-arakoon-mybackend-nsm_0/node2
              Renew arakoon ovsdb, one of its 3 members after the other (limit 8)
                verify/ovsdb/before [ReadOnly x1] Arakoon ovsdb has a master, and all its members are up
                renew/ovs-arakoon-ovsdb/node1 [Idempotent x1] Start arakoon ovsdb on node1 anew  <- verify/ovsdb/before
                renew/ovs-arakoon-ovsdb/node2 [Idempotent x1] Start arakoon ovsdb on node2 anew  <- renew/ovs-arakoon-ovsdb/node1
                renew/ovs-arakoon-ovsdb/node3 [Idempotent x1] Start arakoon ovsdb on node3 anew  <- renew/ovs-arakoon-ovsdb/node2
              Renew arakoon voldrv, one of its 3 members after the other (limit 8)
                verify/voldrv/before [ReadOnly x1] Arakoon voldrv has a master, and all its members are up
                renew/ovs-arakoon-voldrv/node1 [Idempotent x1] Start arakoon voldrv on node1 anew  <- verify/voldrv/before
                renew/ovs-arakoon-voldrv/node2 [Idempotent x1] Start arakoon voldrv on node2 anew  <- renew/ovs-arakoon-voldrv/node1
                renew/ovs-arakoon-voldrv/node3 [Idempotent x1] Start arakoon voldrv on node3 anew  <- renew/ovs-arakoon-voldrv/node2
              Start maintenance of the backends (limit 8)
                start/ovs-alba-maintenance_mybackend/node1 [Idempotent x2] Start the maintenance of backend mybackend on node1
                start/ovs-alba-maintenance_mybackend/node2 [Idempotent x2] Start the maintenance of backend mybackend on node2
                start/ovs-alba-maintenance_mybackend/node3 [Idempotent x2] Start the maintenance of backend mybackend on node3
                start/ovs-alba-rebalancer_mybackend/node1 [Idempotent x2] Start the rebalancer of backend mybackend on node1  <- start/ovs-alba-maintenance_mybackend/node1, start/ovs-alba-maintenance_mybackend/node2, start/ovs-alba-maintenance_mybackend/node3
                start/ovs-alba-rebalancer_mybackend/node2 [Idempotent x2] Start the rebalancer of backend mybackend on node2  <- start/ovs-alba-maintenance_mybackend/node1, start/ovs-alba-maintenance_mybackend/node2, start/ovs-alba-maintenance_mybackend/node3
                start/ovs-alba-rebalancer_mybackend/node3 [Idempotent x2] Start the rebalancer of backend mybackend on node3  <- start/ovs-alba-maintenance_mybackend/node1, start/ovs-alba-maintenance_mybackend/node2, start/ovs-alba-maintenance_mybackend/node3
              Install the volume driver (limit 8)
                install/volume-driver/node1 [Idempotent x2] Install volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on node1
                install/volume-driver/node2 [Idempotent x2] Install volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on node2  <- install/volume-driver/node1
                install/volume-driver/node3 [Idempotent x2] Install volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on node3  <- install/volume-driver/node1
                install/volume-driver/node4 [Idempotent x2] Install volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on node4  <- install/volume-driver/node1
              Start the volumes (limit 8)
                start/ovs-dtl_vpool1/node1 [Idempotent x2] Start the write log (DTL) of vpool1 on node1
                start/ovs-dtl_vpool1/node2 [Idempotent x2] Start the write log (DTL) of vpool1 on node2
                start/ovs-dtl_vpool1/node3 [Idempotent x2] Start the write log (DTL) of vpool1 on node3
                start/ovs-dtl_vpool1/node4 [Idempotent x2] Start the write log (DTL) of vpool1 on node4
                start/ovs-albaproxy_vpool1/node1 [Idempotent x2] Start the ALBA proxy of vpool1 on node1  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3, start/ovs-dtl_vpool1/node4
                start/ovs-albaproxy_vpool1/node2 [Idempotent x2] Start the ALBA proxy of vpool1 on node2  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3, start/ovs-dtl_vpool1/node4
                start/ovs-albaproxy_vpool1/node3 [Idempotent x2] Start the ALBA proxy of vpool1 on node3  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3, start/ovs-dtl_vpool1/node4
                start/ovs-albaproxy_vpool1/node4 [Idempotent x2] Start the ALBA proxy of vpool1 on node4  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3, start/ovs-dtl_vpool1/node4
                start/ovs-volumedriver_vpool1/node1 [Idempotent x2] Start the volume driver of vpool1 on node1  <- start/ovs-albaproxy_vpool1/node1, start/ovs-albaproxy_vpool1/node2, start/ovs-albaproxy_vpool1/node3, start/ovs-albaproxy_vpool1/node4
                start/ovs-volumedriver_vpool1/node2 [Idempotent x2] Start the volume driver of vpool1 on node2  <- start/ovs-albaproxy_vpool1/node1, start/ovs-albaproxy_vpool1/node2, start/ovs-albaproxy_vpool1/node3, start/ovs-albaproxy_vpool1/node4
                start/ovs-volumedriver_vpool1/node3 [Idempotent x2] Start the volume driver of vpool1 on node3  <- start/ovs-albaproxy_vpool1/node1, start/ovs-albaproxy_vpool1/node2, start/ovs-albaproxy_vpool1/node3, start/ovs-albaproxy_vpool1/node4
                start/ovs-volumedriver_vpool1/node4 [Idempotent x2] Start the volume driver of vpool1 on node4  <- start/ovs-albaproxy_vpool1/node1, start/ovs-albaproxy_vpool1/node2, start/ovs-albaproxy_vpool1/node3, start/ovs-albaproxy_vpool1/node4
                start/ovs-watcher-volumedriver/node1 [Idempotent x2] Start the watcher of the volume drivers on node1  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3, start/ovs-volumedriver_vpool1/node4
                start/ovs-watcher-volumedriver/node2 [Idempotent x2] Start the watcher of the volume drivers on node2  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3, start/ovs-volumedriver_vpool1/node4
                start/ovs-watcher-volumedriver/node3 [Idempotent x2] Start the watcher of the volume drivers on node3  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3, start/ovs-volumedriver_vpool1/node4
                start/ovs-watcher-volumedriver/node4 [Idempotent x2] Start the watcher of the volume drivers on node4  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3, start/ovs-volumedriver_vpool1/node4
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are as planned, none is half installed
                verify/packages/node2 [ReadOnly x1] All packages of node2 are as planned, none is half installed
                verify/packages/node3 [ReadOnly x1] All packages of node3 are as planned, none is half installed
                verify/packages/node4 [ReadOnly x1] All packages of node4 are as planned, none is half installed
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/packages/node2, verify/packages/node3, verify/packages/node4
              finally
                close/flags/node1 [Idempotent x3] Remove /etc/upgrade_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/upgrade_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/upgrade_ongoing on node3
                close/flags/node4 [Idempotent x3] Remove /etc/upgrade_ongoing on node4
              held after a failure: 1800 s
              Danger: All vDisks of all vPools are offline on all nodes, from the first stop to the last start.
              Caution: Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then start what this run has stopped, or make a new plan, which knows what is still stopped.
              Note: The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and starts none."#]],
    );
}

#[test]
fn a_storage_driver_with_yum_step_by_step() {
    let yum = Shape { distribution: Distribution::Yum, ..systemd() };
    check(
        &yum,
        &storage_driver(UpdateMode::StepByStep),
        expect![[r#"
            Installs alba 1.5.23, arakoon 1.9.25, volumedriver-no-dedup-base 6.16.6-0 and volumedriver-no-dedup-server 6.16.6-0 on 3 nodes, with all volumes offline meanwhile.
              Get ready, while everything runs (limit 8)
                fetch/node1 [Idempotent x2] Fetch the packages on node1
                fetch/node2 [Idempotent x2] Fetch the packages on node2
                fetch/node3 [Idempotent x2] Fetch the packages on node3
              Nobody uses the volumes (limit 8)
                idle [Manual x1] Stop all virtual machines that use volumes
              Show the update as under way (limit 8)
                open/flags/node1 [Idempotent x2] Create /etc/update_ongoing on node1
                open/flags/node2 [Idempotent x2] Create /etc/update_ongoing on node2
                open/flags/node3 [Idempotent x2] Create /etc/update_ongoing on node3
              Stop the volumes (limit 8)
                stop/ovs-watcher-volumedriver/node1 [Idempotent x2] Stop the watcher of the volume drivers on node1
                stop/ovs-watcher-volumedriver/node2 [Idempotent x2] Stop the watcher of the volume drivers on node2
                stop/ovs-watcher-volumedriver/node3 [Idempotent x2] Stop the watcher of the volume drivers on node3
                stop/ovs-volumedriver_vpool1/node1 [Idempotent x2] Stop the volume driver of vpool1 on node1  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3
                stop/ovs-volumedriver_vpool1/node2 [Idempotent x2] Stop the volume driver of vpool1 on node2  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3
                stop/ovs-volumedriver_vpool1/node3 [Idempotent x2] Stop the volume driver of vpool1 on node3  <- stop/ovs-watcher-volumedriver/node1, stop/ovs-watcher-volumedriver/node2, stop/ovs-watcher-volumedriver/node3
                stop/ovs-dtl_vpool1/node1 [Idempotent x2] Stop the write log (DTL) of vpool1 on node1  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3
                stop/ovs-dtl_vpool1/node2 [Idempotent x2] Stop the write log (DTL) of vpool1 on node2  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3
                stop/ovs-dtl_vpool1/node3 [Idempotent x2] Stop the write log (DTL) of vpool1 on node3  <- stop/ovs-volumedriver_vpool1/node1, stop/ovs-volumedriver_vpool1/node2, stop/ovs-volumedriver_vpool1/node3
                stop/ovs-albaproxy_vpool1_0/node1 [Idempotent x2] Stop the ALBA proxy of vpool1 on node1  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3
                stop/ovs-albaproxy_vpool1_0/node2 [Idempotent x2] Stop the ALBA proxy of vpool1 on node2  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3
                stop/ovs-albaproxy_vpool1_0/node3 [Idempotent x2] Stop the ALBA proxy of vpool1 on node3  <- stop/ovs-dtl_vpool1/node1, stop/ovs-dtl_vpool1/node2, stop/ovs-dtl_vpool1/node3
              Stop the backend (limit 8)
                stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node1 [Idempotent x2] Stop the maintenance of backend mybackend on node1
                stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node2 [Idempotent x2] Stop the maintenance of backend mybackend on node2
                stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node3 [Idempotent x2] Stop the maintenance of backend mybackend on node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Stop disk 0pXvK2mC on node1  <- stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node1, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node2, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2 [Idempotent x2] Stop disk 0pXvK2mC on node2  <- stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node1, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node2, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node3
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3 [Idempotent x2] Stop disk 0pXvK2mC on node3  <- stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node1, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node2, stop/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node3
              Install ALBA and arakoon (limit 8)
                install/backend/node1 [Idempotent x2] Install alba 1.5.23 and arakoon 1.9.25 on node1
                install/backend/node2 [Idempotent x2] Install alba 1.5.23 and arakoon 1.9.25 on node2  <- install/backend/node1
                install/backend/node3 [Idempotent x2] Install alba 1.5.23 and arakoon 1.9.25 on node3  <- install/backend/node1
              Start the disks (limit 8)
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Start disk 0pXvK2mC on node1
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node2 [Idempotent x2] Start disk 0pXvK2mC on node2
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node3 [Idempotent x2] Start disk 0pXvK2mC on node3
              Renew arakoon mybackend-abm, one of its 3 members after the other (limit 8)
                verify/mybackend-abm/before [ReadOnly x1] Arakoon mybackend-abm has a master, and all its members are up
                renew/ovs-arakoon-mybackend-abm/node1 [Idempotent x1] Start arakoon mybackend-abm on node1 anew  <- verify/mybackend-abm/before
                renew/ovs-arakoon-mybackend-abm/node2 [Idempotent x1] Start arakoon mybackend-abm on node2 anew  <- renew/ovs-arakoon-mybackend-abm/node1
                renew/ovs-arakoon-mybackend-abm/node3 [Idempotent x1] Start arakoon mybackend-abm on node3 anew  <- renew/ovs-arakoon-mybackend-abm/node2
              Renew arakoon mybackend-nsm_0, one of its 3 members after the other (limit 8)
                verify/mybackend-nsm_0/before [ReadOnly x1] Arakoon mybackend-nsm_0 has a master, and all its members are up
                renew/ovs-arakoon-mybackend-nsm_0/node1 [Idempotent x1] Start arakoon mybackend-nsm_0 on node1 anew  <- verify/mybackend-nsm_0/before
                renew/ovs-arakoon-mybackend-nsm_0/node2 [Idempotent x1] Start arakoon mybackend-nsm_0 on node2 anew  <- renew/ovs-arakoon-mybackend-nsm_0/node1
                renew/ovs-arakoon-mybackend-nsm_0/node3 [Idempotent x1] Start arakoon mybackend-nsm_0 on node3 anew  <- renew/ovs-arakoon-mybackend-nsm_0/node2
              Renew arakoon ovsdb, one of its 3 members after the other (limit 8)
                verify/ovsdb/before [ReadOnly x1] Arakoon ovsdb has a master, and all its members are up
                renew/ovs-arakoon-ovsdb/node1 [Idempotent x1] Start arakoon ovsdb on node1 anew  <- verify/ovsdb/before
                renew/ovs-arakoon-ovsdb/node2 [Idempotent x1] Start arakoon ovsdb on node2 anew  <- renew/ovs-arakoon-ovsdb/node1
                renew/ovs-arakoon-ovsdb/node3 [Idempotent x1] Start arakoon ovsdb on node3 anew  <- renew/ovs-arakoon-ovsdb/node2
              Renew arakoon voldrv, one of its 3 members after the other (limit 8)
                verify/voldrv/before [ReadOnly x1] Arakoon voldrv has a master, and all its members are up
                renew/ovs-arakoon-voldrv/node1 [Idempotent x1] Start arakoon voldrv on node1 anew  <- verify/voldrv/before
                renew/ovs-arakoon-voldrv/node2 [Idempotent x1] Start arakoon voldrv on node2 anew  <- renew/ovs-arakoon-voldrv/node1
                renew/ovs-arakoon-voldrv/node3 [Idempotent x1] Start arakoon voldrv on node3 anew  <- renew/ovs-arakoon-voldrv/node2
              Start maintenance of the backends (limit 8)
                start/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node1 [Idempotent x2] Start the maintenance of backend mybackend on node1
                start/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node2 [Idempotent x2] Start the maintenance of backend mybackend on node2
                start/alba-maintenance_mybackend-uqVCFfZ0nmUgoVRl/node3 [Idempotent x2] Start the maintenance of backend mybackend on node3
              Install the volume driver (limit 8)
                install/volume-driver/node1 [Idempotent x2] Install volumedriver-no-dedup-base 6.16.6-0 and volumedriver-no-dedup-server 6.16.6-0 on node1
                install/volume-driver/node2 [Idempotent x2] Install volumedriver-no-dedup-base 6.16.6-0 and volumedriver-no-dedup-server 6.16.6-0 on node2  <- install/volume-driver/node1
                install/volume-driver/node3 [Idempotent x2] Install volumedriver-no-dedup-base 6.16.6-0 and volumedriver-no-dedup-server 6.16.6-0 on node3  <- install/volume-driver/node1
              Start the volumes (limit 8)
                start/ovs-dtl_vpool1/node1 [Idempotent x2] Start the write log (DTL) of vpool1 on node1
                start/ovs-dtl_vpool1/node2 [Idempotent x2] Start the write log (DTL) of vpool1 on node2
                start/ovs-dtl_vpool1/node3 [Idempotent x2] Start the write log (DTL) of vpool1 on node3
                start/ovs-albaproxy_vpool1_0/node1 [Idempotent x2] Start the ALBA proxy of vpool1 on node1  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3
                start/ovs-albaproxy_vpool1_0/node2 [Idempotent x2] Start the ALBA proxy of vpool1 on node2  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3
                start/ovs-albaproxy_vpool1_0/node3 [Idempotent x2] Start the ALBA proxy of vpool1 on node3  <- start/ovs-dtl_vpool1/node1, start/ovs-dtl_vpool1/node2, start/ovs-dtl_vpool1/node3
                start/ovs-volumedriver_vpool1/node1 [Idempotent x2] Start the volume driver of vpool1 on node1  <- start/ovs-albaproxy_vpool1_0/node1, start/ovs-albaproxy_vpool1_0/node2, start/ovs-albaproxy_vpool1_0/node3
                start/ovs-volumedriver_vpool1/node2 [Idempotent x2] Start the volume driver of vpool1 on node2  <- start/ovs-albaproxy_vpool1_0/node1, start/ovs-albaproxy_vpool1_0/node2, start/ovs-albaproxy_vpool1_0/node3
                start/ovs-volumedriver_vpool1/node3 [Idempotent x2] Start the volume driver of vpool1 on node3  <- start/ovs-albaproxy_vpool1_0/node1, start/ovs-albaproxy_vpool1_0/node2, start/ovs-albaproxy_vpool1_0/node3
                start/ovs-watcher-volumedriver/node1 [Idempotent x2] Start the watcher of the volume drivers on node1  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3
                start/ovs-watcher-volumedriver/node2 [Idempotent x2] Start the watcher of the volume drivers on node2  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3
                start/ovs-watcher-volumedriver/node3 [Idempotent x2] Start the watcher of the volume drivers on node3  <- start/ovs-volumedriver_vpool1/node1, start/ovs-volumedriver_vpool1/node2, start/ovs-volumedriver_vpool1/node3
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are as planned, none is half installed
                verify/packages/node2 [ReadOnly x1] All packages of node2 are as planned, none is half installed
                verify/packages/node3 [ReadOnly x1] All packages of node3 are as planned, none is half installed
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/packages/node2, verify/packages/node3
              finally
                close/flags/node1 [Idempotent x3] Remove /etc/update_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/update_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/update_ongoing on node3
              held after a failure: 1800 s
              Danger: All vDisks of all vPools are offline on all nodes, from the first stop to the last start.
              Caution: Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then start what this run has stopped, or make a new plan, which knows what is still stopped.
              Note: The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and starts none."#]],
    );
}

#[test]
fn one_node_alone_has_clusters_that_are_stopped_as_a_whole() {
    let one = Shape { masters: vec![1], extras: vec![], ..shape() };
    check(
        &one,
        &storage_driver(UpdateMode::StepByStep),
        expect![[r#"
            Installs alba 0.7.5, arakoon 1.8.12, volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on 1 node, with all volumes offline meanwhile.
              Get ready, while everything runs (limit 8)
                fetch/node1 [Idempotent x2] Fetch the packages on node1
              Nobody uses the volumes (limit 8)
                idle [Manual x1] Stop all virtual machines that use volumes
              Show the update as under way (limit 8)
                open/flags/node1 [Idempotent x2] Create /etc/upgrade_ongoing on node1
              Stop the volumes (limit 8)
                stop/ovs-watcher-volumedriver/node1 [Idempotent x2] Stop the watcher of the volume drivers on node1
                stop/ovs-volumedriver_vpool1/node1 [Idempotent x2] Stop the volume driver of vpool1 on node1  <- stop/ovs-watcher-volumedriver/node1
                stop/ovs-dtl_vpool1/node1 [Idempotent x2] Stop the write log (DTL) of vpool1 on node1  <- stop/ovs-volumedriver_vpool1/node1
                stop/ovs-albaproxy_vpool1/node1 [Idempotent x2] Stop the ALBA proxy of vpool1 on node1  <- stop/ovs-dtl_vpool1/node1
              Stop the backend (limit 8)
                stop/ovs-alba-maintenance_mybackend/node1 [Idempotent x2] Stop the maintenance of backend mybackend on node1
                stop/ovs-alba-rebalancer_mybackend/node1 [Idempotent x2] Stop the rebalancer of backend mybackend on node1  <- stop/ovs-alba-maintenance_mybackend/node1
                stop/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Stop disk 0pXvK2mC on node1  <- stop/ovs-alba-rebalancer_mybackend/node1
              Install ALBA and arakoon (limit 8)
                install/backend/node1 [Idempotent x2] Install alba 0.7.5 and arakoon 1.8.12 on node1
              Start the disks (limit 8)
                start/alba-asd-0pXvK2mCwq8sJr4tYb6nLd1hGf3zUa5e/node1 [Idempotent x2] Start disk 0pXvK2mC on node1
              Renew arakoon mybackend-abm: with 1 member it is stopped as a whole (limit 8)
                stop/ovs-arakoon-mybackend-abm/node1 [Idempotent x2] Stop arakoon mybackend-abm on node1
                start/ovs-arakoon-mybackend-abm/node1 [Idempotent x2] Start arakoon mybackend-abm on node1  <- stop/ovs-arakoon-mybackend-abm/node1
                verify/mybackend-abm/after [ReadOnly x1] Arakoon mybackend-abm has a master, and all its members are up  <- start/ovs-arakoon-mybackend-abm/node1
              Renew arakoon mybackend-nsm_0: with 1 member it is stopped as a whole (limit 8)
                stop/ovs-arakoon-mybackend-nsm_0/node1 [Idempotent x2] Stop arakoon mybackend-nsm_0 on node1
                start/ovs-arakoon-mybackend-nsm_0/node1 [Idempotent x2] Start arakoon mybackend-nsm_0 on node1  <- stop/ovs-arakoon-mybackend-nsm_0/node1
                verify/mybackend-nsm_0/after [ReadOnly x1] Arakoon mybackend-nsm_0 has a master, and all its members are up  <- start/ovs-arakoon-mybackend-nsm_0/node1
              Renew arakoon voldrv: with 1 member it is stopped as a whole (limit 8)
                stop/ovs-arakoon-voldrv/node1 [Idempotent x2] Stop arakoon voldrv on node1
                start/ovs-arakoon-voldrv/node1 [Idempotent x2] Start arakoon voldrv on node1  <- stop/ovs-arakoon-voldrv/node1
                verify/voldrv/after [ReadOnly x1] Arakoon voldrv has a master, and all its members are up  <- start/ovs-arakoon-voldrv/node1
              Start maintenance of the backends (limit 8)
                start/ovs-alba-maintenance_mybackend/node1 [Idempotent x2] Start the maintenance of backend mybackend on node1
                start/ovs-alba-rebalancer_mybackend/node1 [Idempotent x2] Start the rebalancer of backend mybackend on node1  <- start/ovs-alba-maintenance_mybackend/node1
              Install the volume driver (limit 8)
                install/volume-driver/node1 [Idempotent x2] Install volumedriver-base 3.6.2-0 and volumedriver-server 3.6.2-0 on node1
              Start the volumes (limit 8)
                start/ovs-dtl_vpool1/node1 [Idempotent x2] Start the write log (DTL) of vpool1 on node1
                start/ovs-albaproxy_vpool1/node1 [Idempotent x2] Start the ALBA proxy of vpool1 on node1  <- start/ovs-dtl_vpool1/node1
                start/ovs-volumedriver_vpool1/node1 [Idempotent x2] Start the volume driver of vpool1 on node1  <- start/ovs-albaproxy_vpool1/node1
                start/ovs-watcher-volumedriver/node1 [Idempotent x2] Start the watcher of the volume drivers on node1  <- start/ovs-volumedriver_vpool1/node1
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are as planned, none is half installed
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1
              finally
                close/flags/node1 [Idempotent x3] Remove /etc/upgrade_ongoing on node1
              held after a failure: 1800 s
              left out: arakoon ovsdb: with 1 member it would have to be stopped as a whole, and the framework with it: it runs the new arakoon after Update Framework
              Danger: All vDisks of all vPools are offline on all nodes, from the first stop to the last start.
              Caution: Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then start what this run has stopped, or make a new plan, which knows what is still stopped.
              Caution: Arakoon clusters with fewer than 3 members are away as a whole while they are started anew: mybackend-abm, mybackend-nsm_0 and voldrv.
              Note: The virtual machines are stopped and started by you: the run waits until nobody uses a volume, and starts none."#]],
    );
}
