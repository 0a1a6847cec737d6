//! **Update Framework**, step by step.

use expect_test::expect;
use model::procedure::UpdateMode;

use super::super::tests::shape;
use super::{check, systemd};
use crate::fixture::framework;

#[test]
fn a_framework_of_generation_a_step_by_step() {
    check(
        &shape(),
        &framework(UpdateMode::StepByStep),
        expect![[r#"
            Installs openvstorage 2.6.1-rev.3402.4d1e2aa-1, openvstorage-core 2.6.1-rev.3402.4d1e2aa-1 and openvstorage-webapps 2.6.1-rev.3402.4d1e2aa-1 on 4 nodes, with the framework stopped everywhere meanwhile.
              Get ready, while everything runs (limit 8)
                fetch/node1 [Idempotent x2] Fetch the packages on node1
                fetch/node2 [Idempotent x2] Fetch the packages on node2
                fetch/node3 [Idempotent x2] Fetch the packages on node3
                fetch/node4 [Idempotent x2] Fetch the packages on node4
              Open the gate of the packages (limit 8)
                open/flags/node1 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/upgrade_ongoing on node1
                open/flags/node2 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/upgrade_ongoing on node2
                open/flags/node3 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/upgrade_ongoing on node3
                open/flags/node4 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/upgrade_ongoing on node4
              Stop the framework (limit 8)
                stop/ovs-watcher-framework/node1 [Idempotent x2] Stop the framework on node1
                stop/ovs-watcher-framework/node2 [Idempotent x2] Stop the framework on node2
                stop/ovs-watcher-framework/node3 [Idempotent x2] Stop the framework on node3
                stop/ovs-watcher-framework/node4 [Idempotent x2] Stop the framework on node4
                stop/memcached/node1 [Idempotent x2] Stop memcached on node1  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3, stop/ovs-watcher-framework/node4
                stop/memcached/node2 [Idempotent x2] Stop memcached on node2  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3, stop/ovs-watcher-framework/node4
                stop/memcached/node3 [Idempotent x2] Stop memcached on node3  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3, stop/ovs-watcher-framework/node4
                stop/ovs-arakoon-ovsdb/node1 [Idempotent x2] Stop arakoon ovsdb on node1  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
                stop/ovs-arakoon-ovsdb/node2 [Idempotent x2] Stop arakoon ovsdb on node2  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
                stop/ovs-arakoon-ovsdb/node3 [Idempotent x2] Stop arakoon ovsdb on node3  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
              Install the framework on every node (limit 8)
                install/framework/node1 [Idempotent x2] Install openvstorage 2.6.1-rev.3402.4d1e2aa-1, openvstorage-core 2.6.1-rev.3402.4d1e2aa-1 and openvstorage-webapps 2.6.1-rev.3402.4d1e2aa-1 on node1
                install/framework/node2 [Idempotent x2] Install openvstorage 2.6.1-rev.3402.4d1e2aa-1, openvstorage-core 2.6.1-rev.3402.4d1e2aa-1 and openvstorage-webapps 2.6.1-rev.3402.4d1e2aa-1 on node2  <- install/framework/node1
                install/framework/node3 [Idempotent x2] Install openvstorage 2.6.1-rev.3402.4d1e2aa-1, openvstorage-core 2.6.1-rev.3402.4d1e2aa-1 and openvstorage-webapps 2.6.1-rev.3402.4d1e2aa-1 on node3  <- install/framework/node1
                install/framework/node4 [Idempotent x2] Install openvstorage 2.6.1-rev.3402.4d1e2aa-1, openvstorage-core 2.6.1-rev.3402.4d1e2aa-1 and openvstorage-webapps 2.6.1-rev.3402.4d1e2aa-1 on node4  <- install/framework/node1
              Close the gate of the packages (limit 8)
                close/gate/node1 [Idempotent x3] Remove /etc/ready_for_upgrade on node1
                close/gate/node2 [Idempotent x3] Remove /etc/ready_for_upgrade on node2
                close/gate/node3 [Idempotent x3] Remove /etc/ready_for_upgrade on node3
                close/gate/node4 [Idempotent x3] Remove /etc/ready_for_upgrade on node4
              Start the model (limit 8)
                start/ovs-arakoon-ovsdb/node1 [Idempotent x2] Start arakoon ovsdb on node1
                start/ovs-arakoon-ovsdb/node2 [Idempotent x2] Start arakoon ovsdb on node2
                start/ovs-arakoon-ovsdb/node3 [Idempotent x2] Start arakoon ovsdb on node3
                verify/ovsdb/master [ReadOnly x1] Arakoon ovsdb has a master, and all its members are up  <- start/ovs-arakoon-ovsdb/node1, start/ovs-arakoon-ovsdb/node2, start/ovs-arakoon-ovsdb/node3
                start/memcached/node1 [Idempotent x2] Start memcached on node1  <- verify/ovsdb/master
                start/memcached/node2 [Idempotent x2] Start memcached on node2  <- verify/ovsdb/master
                start/memcached/node3 [Idempotent x2] Start memcached on node3  <- verify/ovsdb/master
              Migrate: every node first, then the data model (limit 1)
                migrate/extensions/node1 [Once x1] Migrate the configuration of node1
                migrate/extensions/node2 [Once x1] Migrate the configuration of node2  <- migrate/extensions/node1
                migrate/extensions/node3 [Once x1] Migrate the configuration of node3  <- migrate/extensions/node2
                migrate/extensions/node4 [Once x1] Migrate the configuration of node4  <- migrate/extensions/node3
                migrate/model/node3 [Once x1] Migrate the data model of the cluster, on node3 alone  <- migrate/extensions/node4
              Empty the caches (limit 8)
                renew-stop/memcached/node1 [Idempotent x2] Stop memcached on node1
                renew-stop/memcached/node2 [Idempotent x2] Stop memcached on node2
                renew-stop/memcached/node3 [Idempotent x2] Stop memcached on node3
                renew-start/memcached/node1 [Idempotent x2] Start memcached on node1  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
                renew-start/memcached/node2 [Idempotent x2] Start memcached on node2  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
                renew-start/memcached/node3 [Idempotent x2] Start memcached on node3  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
              Start the framework (limit 8)
                start/ovs-watcher-framework/node1 [Idempotent x2] Start the framework on node1
                start/ovs-watcher-framework/node2 [Idempotent x2] Start the framework on node2
                start/ovs-watcher-framework/node3 [Idempotent x2] Start the framework on node3
                start/ovs-watcher-framework/node4 [Idempotent x2] Start the framework on node4  <- start/ovs-watcher-framework/node1, start/ovs-watcher-framework/node2, start/ovs-watcher-framework/node3
              Renew the support agent (limit 8)
                start/ovs-support-agent/node1 [Idempotent x2] Start the support agent on node1 anew
                start/ovs-support-agent/node2 [Idempotent x2] Start the support agent on node2 anew
                start/ovs-support-agent/node3 [Idempotent x2] Start the support agent on node3 anew
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are as planned, none is half installed
                verify/packages/node2 [ReadOnly x1] All packages of node2 are as planned, none is half installed
                verify/packages/node3 [ReadOnly x1] All packages of node3 are as planned, none is half installed
                verify/packages/node4 [ReadOnly x1] All packages of node4 are as planned, none is half installed
                verify/alba-asdmanager/node1 [ReadOnly x1] alba-asdmanager runs on node1
                verify/alba-asdmanager/node2 [ReadOnly x1] alba-asdmanager runs on node2
                verify/alba-asdmanager/node3 [ReadOnly x1] alba-asdmanager runs on node3
                verify/alba-asdmanager/node4 [ReadOnly x1] alba-asdmanager runs on node4
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/packages/node2, verify/packages/node3, verify/packages/node4, verify/alba-asdmanager/node1, verify/alba-asdmanager/node2, verify/alba-asdmanager/node3, verify/alba-asdmanager/node4
              finally
                close/flags/node1 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node3
                close/flags/node4 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/upgrade_ongoing on node4
              held after a failure: 1800 s
              Caution: The API and the GUI of Open vStorage are gone from the first stop to the last start. Volumes go on, but nothing can be created, cloned, moved or snapshot.
              Caution: Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then start what this run has stopped, or make a new plan, which knows what is still stopped."#]],
    );
}

#[test]
fn a_framework_of_generation_c_under_systemd_step_by_step() {
    check(
        &systemd(),
        &framework(UpdateMode::StepByStep),
        expect![[r#"
            Installs openvstorage 2.11.4-1, openvstorage-core 2.11.4-1, openvstorage-sdm 1.10.1-1 and openvstorage-webapps 2.11.4-1 on 3 nodes, with the framework stopped everywhere meanwhile.
              Get ready, while everything runs (limit 8)
                fetch/node1 [Idempotent x2] Fetch the packages on node1
                fetch/node2 [Idempotent x2] Fetch the packages on node2
                fetch/node3 [Idempotent x2] Fetch the packages on node3
              Open the gate of the packages (limit 8)
                open/flags/node1 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/update_ongoing on node1
                open/flags/node2 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/update_ongoing on node2
                open/flags/node3 [Idempotent x2] Create /etc/ready_for_upgrade and /etc/update_ongoing on node3
              Stop the framework (limit 8)
                stop/ovs-watcher-framework/node1 [Idempotent x2] Stop the framework on node1
                stop/ovs-watcher-framework/node2 [Idempotent x2] Stop the framework on node2
                stop/ovs-watcher-framework/node3 [Idempotent x2] Stop the framework on node3
                stop/memcached/node1 [Idempotent x2] Stop memcached on node1  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3
                stop/memcached/node2 [Idempotent x2] Stop memcached on node2  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3
                stop/memcached/node3 [Idempotent x2] Stop memcached on node3  <- stop/ovs-watcher-framework/node1, stop/ovs-watcher-framework/node2, stop/ovs-watcher-framework/node3
                stop/ovs-arakoon-ovsdb/node1 [Idempotent x2] Stop arakoon ovsdb on node1  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
                stop/ovs-arakoon-ovsdb/node2 [Idempotent x2] Stop arakoon ovsdb on node2  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
                stop/ovs-arakoon-ovsdb/node3 [Idempotent x2] Stop arakoon ovsdb on node3  <- stop/memcached/node1, stop/memcached/node2, stop/memcached/node3
              Install the framework on every node (limit 8)
                install/framework/node1 [Idempotent x2] Install openvstorage 2.11.4-1, openvstorage-core 2.11.4-1, openvstorage-sdm 1.10.1-1 and openvstorage-webapps 2.11.4-1 on node1
                install/framework/node2 [Idempotent x2] Install openvstorage 2.11.4-1, openvstorage-core 2.11.4-1, openvstorage-sdm 1.10.1-1 and openvstorage-webapps 2.11.4-1 on node2  <- install/framework/node1
                install/framework/node3 [Idempotent x2] Install openvstorage 2.11.4-1, openvstorage-core 2.11.4-1, openvstorage-sdm 1.10.1-1 and openvstorage-webapps 2.11.4-1 on node3  <- install/framework/node1
              Close the gate of the packages (limit 8)
                close/gate/node1 [Idempotent x3] Remove /etc/ready_for_upgrade on node1
                close/gate/node2 [Idempotent x3] Remove /etc/ready_for_upgrade on node2
                close/gate/node3 [Idempotent x3] Remove /etc/ready_for_upgrade on node3
              Start the model (limit 8)
                start/ovs-arakoon-ovsdb/node1 [Idempotent x2] Start arakoon ovsdb on node1
                start/ovs-arakoon-ovsdb/node2 [Idempotent x2] Start arakoon ovsdb on node2
                start/ovs-arakoon-ovsdb/node3 [Idempotent x2] Start arakoon ovsdb on node3
                verify/ovsdb/master [ReadOnly x1] Arakoon ovsdb has a master, and all its members are up  <- start/ovs-arakoon-ovsdb/node1, start/ovs-arakoon-ovsdb/node2, start/ovs-arakoon-ovsdb/node3
                start/memcached/node1 [Idempotent x2] Start memcached on node1  <- verify/ovsdb/master
                start/memcached/node2 [Idempotent x2] Start memcached on node2  <- verify/ovsdb/master
                start/memcached/node3 [Idempotent x2] Start memcached on node3  <- verify/ovsdb/master
              Migrate: every node first, then the data model (limit 1)
                migrate/extensions/node1 [Once x1] Migrate the configuration of node1
                migrate/extensions/node2 [Once x1] Migrate the configuration of node2  <- migrate/extensions/node1
                migrate/extensions/node3 [Once x1] Migrate the configuration of node3  <- migrate/extensions/node2
                migrate/model/node3 [Once x1] Migrate the data model of the cluster, on node3 alone  <- migrate/extensions/node3
              Empty the caches (limit 8)
                renew-stop/memcached/node1 [Idempotent x2] Stop memcached on node1
                renew-stop/memcached/node2 [Idempotent x2] Stop memcached on node2
                renew-stop/memcached/node3 [Idempotent x2] Stop memcached on node3
                renew-start/memcached/node1 [Idempotent x2] Start memcached on node1  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
                renew-start/memcached/node2 [Idempotent x2] Start memcached on node2  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
                renew-start/memcached/node3 [Idempotent x2] Start memcached on node3  <- renew-stop/memcached/node1, renew-stop/memcached/node2, renew-stop/memcached/node3
              Start the framework (limit 8)
                start/ovs-watcher-framework/node1 [Idempotent x2] Start the framework on node1
                start/ovs-watcher-framework/node2 [Idempotent x2] Start the framework on node2
                start/ovs-watcher-framework/node3 [Idempotent x2] Start the framework on node3
              Renew the support agent (limit 8)
                start/ovs-support-agent/node1 [Idempotent x2] Start the support agent on node1 anew
                start/ovs-support-agent/node2 [Idempotent x2] Start the support agent on node2 anew
                start/ovs-support-agent/node3 [Idempotent x2] Start the support agent on node3 anew
              Look at the result (limit 8)
                verify/packages/node1 [ReadOnly x1] All packages of node1 are as planned, none is half installed
                verify/packages/node2 [ReadOnly x1] All packages of node2 are as planned, none is half installed
                verify/packages/node3 [ReadOnly x1] All packages of node3 are as planned, none is half installed
                verify/asd-manager/node1 [ReadOnly x1] asd-manager runs on node1
                verify/asd-watcher/node1 [ReadOnly x1] asd-watcher runs on node1
                verify/asd-manager/node2 [ReadOnly x1] asd-manager runs on node2
                verify/asd-watcher/node2 [ReadOnly x1] asd-watcher runs on node2
                verify/asd-manager/node3 [ReadOnly x1] asd-manager runs on node3
                verify/asd-watcher/node3 [ReadOnly x1] asd-watcher runs on node3
                verify/api [ReadOnly x1] The API answers on every master, and every node is heard of  <- verify/packages/node1, verify/packages/node2, verify/packages/node3, verify/asd-manager/node1, verify/asd-watcher/node1, verify/asd-manager/node2, verify/asd-watcher/node2, verify/asd-manager/node3, verify/asd-watcher/node3
              finally
                close/flags/node1 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node1
                close/flags/node2 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node2
                close/flags/node3 [Idempotent x3] Remove /etc/ready_for_upgrade and /etc/update_ongoing on node3
              held after a failure: 1800 s
              Danger: The vendor's manual text is of generation A. In generation C the cluster's own updater also runs migrations of plugins and of the disks' managers, and rewrites units; step by step does none of that. Supervised is the better choice.
              Caution: The API and the GUI of Open vStorage are gone from the first stop to the last start. Volumes go on, but nothing can be created, cloned, moved or snapshot.
              Caution: Packages and migrations have no way back. When a step fails nothing is started by itself: look first, then start what this run has stopped, or make a new plan, which knows what is still stopped.
              Note: openvstorage-sdm starts the manager of the disks anew on its nodes. The disks themselves go on."#]],
    );
}
