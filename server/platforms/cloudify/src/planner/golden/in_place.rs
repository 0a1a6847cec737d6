//! In the old manager's place (table 3.2).

use expect_test::expect;
use model::procedure::MigrateManager;

use super::{check, make, vendor};
use crate::fixture::{inputs, kept, one_manager, same_host, snapshot, version};

fn to(release: &str) -> MigrateManager {
    MigrateManager { release: Some(version(release)), ..inputs() }
}

#[test]
fn from_4_2_to_5_0_5() {
    check(
        &same_host(),
        &one_manager("4.2.0"),
        &to("5.0.5"),
        expect![[r#"
            Takes a snapshot of the manager 4.2.0, waits until 5.0.5 was installed in its place, restores it there, and moves 4 agents of 3 deployments to it.
              Nothing is under way, and nobody else is there (limit 1)
                look/idle/old [ReadOnly x1] Nothing is executed on the old manager
                look/nobody/old [ReadOnly x1] Nobody else has used the old manager for 15 min (S4)  <- look/idle/old
              Snapshot of the old manager (limit 1)
                snapshot/create [Once x1] Create the snapshot move-1 on the old manager
                snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
              The new release in the old one's place (limit 1)
                in-place/proven [ReadOnly x1] What is kept is proven once more before the teardown
                in-place/teardown [Manual x1] Tear down the old manager on 10.0.0.5 (S2)  <- in-place/proven
                in-place/install [Manual x1] Install the manager 5.0.5 on 10.0.0.5  <- in-place/teardown
                look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- in-place/install
              The archive on the new manager (limit 1)
                restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back
              Restore (limit 1)
                restore/note-boot [Idempotent x2] Note how cfy-old has booted
                restore/restore [Once x1] Restore move-1 on the new manager  <- restore/note-boot
                restore/reboot [ReadOnly x1] cfy-old has rebooted by itself (S9)  <- restore/restore
                restore/settled [ReadOnly x1] 3 good answers in a row, 10 s after the restore (S8)  <- restore/reboot
                restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/settled
              Dry run: agents of tenant default_tenant (limit 5, canary 0, 2 may fail)
                agents/ask/1/default_tenant/shop [Idempotent x2] Ask 1 old agent of shop of tenant default_tenant
                agents/ask/2/default_tenant/web [Idempotent x2] Ask 2 old agents of web of tenant default_tenant
              Dry run: agents of tenant team (limit 5, canary 0, 1 may fail)
                agents/ask/3/team/data [Idempotent x2] Ask 1 old agent of data of tenant team
              Agents of tenant default_tenant (limit 5, canary 1, 2 may fail)
                watch/agents/1 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
                agents/install/1/default_tenant/shop [Once x1] Install 1 new agent of shop of tenant default_tenant
                agents/install/2/default_tenant/web [Once x1] Install 2 new agents of web of tenant default_tenant
              Agents of tenant team (limit 5, canary 1, 1 may fail)
                watch/agents/2 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
                agents/install/3/team/data [Once x1] Install 1 new agent of data of tenant team
              All agents are proven (limit 1)
                verify/agents [ReadOnly x1] Every agent is alive at the new manager (S12)
                watch/after-agents [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- verify/agents
              finally
                close/boot [Idempotent x3] Remove the note of the boot
              left out: agents of nothing of tenant team: it has no host with an agent
              left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
              Danger: The old manager is torn down in the middle of this. From then on there is no way back but from the archive that Drydock keeps (S2).
              Danger: 2 things are left out and get no new agent; they are named below.
              Caution: The manager's machine reboots by itself after the restore (S9).
              Caution: 1 deployment may heal by themselves (web of tenant default_tenant). One manager is there at a time; while it is away nothing is healed, and what it does afterwards is watched (S10).
              Caution: After the restore the new manager's admin has the old manager's name and password; its REST service restarts some seconds later (S8). Tokens of sessions do not work any more.
              Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn from_4_1_with_several_users() {
    check(
        &same_host(),
        &one_manager("4.1.0"),
        &to("4.2.0"),
        expect![[r#"
            Takes a snapshot of the manager 4.1.0, waits until 4.2.0 was installed in its place, restores it there, and moves 4 agents of 3 deployments to it.
              Nothing is under way, and nobody else is there (limit 1)
                look/idle/old [ReadOnly x1] Nothing is executed on the old manager
                look/nobody/old [ReadOnly x1] Nobody else has used the old manager for 15 min (S4)  <- look/idle/old
              Preparation on the old manager (limit 1)
                prepare/security [Idempotent x2] Keep a sealed copy of rest-security.conf (S7)
              Snapshot of the old manager (limit 1)
                snapshot/create [Once x1] Create the snapshot move-1 on the old manager
                snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
              The new release in the old one's place (limit 1)
                in-place/proven [ReadOnly x1] What is kept is proven once more before the teardown
                in-place/teardown [Manual x1] Tear down the old manager on 10.0.0.5 (S2)  <- in-place/proven
                in-place/install [Manual x1] Install the manager 4.2.0 on 10.0.0.5  <- in-place/teardown
                look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- in-place/install
              The archive on the new manager (limit 1)
                restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back
              Restore (limit 1)
                restore/note-boot [Idempotent x2] Note how cfy-old has booted
                restore/restore [Once x1] Restore move-1 on the new manager  <- restore/note-boot
                restore/reboot [ReadOnly x1] cfy-old has rebooted by itself (S9)  <- restore/restore
                restore/settled [ReadOnly x1] 3 good answers in a row, 0 s after the restore (S8)  <- restore/reboot
                restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/settled
              Dry run: agents of tenant default_tenant (limit 5, canary 0, 2 may fail)
                agents/ask/1/default_tenant/shop [Idempotent x2] Ask 1 old agent of shop of tenant default_tenant
                agents/ask/2/default_tenant/web [Idempotent x2] Ask 2 old agents of web of tenant default_tenant
              Dry run: agents of tenant team (limit 5, canary 0, 1 may fail)
                agents/ask/3/team/data [Idempotent x2] Ask 1 old agent of data of tenant team
              Agents of tenant default_tenant (limit 5, canary 1, 2 may fail)
                watch/agents/1 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
                agents/install/1/default_tenant/shop [Once x1] Install 1 new agent of shop of tenant default_tenant
                agents/install/2/default_tenant/web [Once x1] Install 2 new agents of web of tenant default_tenant
              Agents of tenant team (limit 5, canary 1, 1 may fail)
                watch/agents/2 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
                agents/install/3/team/data [Once x1] Install 1 new agent of data of tenant team
              All agents are proven (limit 1)
                verify/agents [ReadOnly x1] Every agent is alive at the new manager (S12)
                watch/after-agents [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- verify/agents
              finally
                close/boot [Idempotent x3] Remove the note of the boot
              left out: agents of nothing of tenant team: it has no host with an agent
              left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
              left out: passwords of erika and otto: a snapshot before 4.2 does not hold what they are salted with: these users cannot log in until the vendor's support has put rest-security.conf back, or each was given a new password (S7)
              Danger: The old manager is torn down in the middle of this. From then on there is no way back but from the archive that Drydock keeps (S2).
              Danger: 2 users of the old manager cannot log in after the restore: the vendor's support puts rest-security.conf back, or each gets a new password (S7).
              Danger: 2 things are left out and get no new agent; they are named below.
              Caution: The manager's machine reboots by itself after the restore (S9).
              Caution: 1 deployment may heal by themselves (web of tenant default_tenant). One manager is there at a time; while it is away nothing is healed, and what it does afterwards is watched (S10).
              Caution: After the restore the new manager's admin keeps the password that was set at its installation. Tokens do not work any more.
              Caution: What was changed in Composer and Stage is not in this snapshot: only those of 4.2 and later restore it (S5).
              Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

/// What answers at the address is the new manager by now; what the old one had stands in the archive.
#[test]
fn a_retry_after_the_teardown() {
    let mut inventory = one_manager("5.0.5");
    inventory.archives = vec![kept("move-1", "4.2.0")];
    let retry = MigrateManager { retry_of: Some(snapshot("move-1")), snapshot: snapshot("move-2"), ..inputs() };
    check(
        &same_host(),
        &inventory,
        &retry,
        expect![[r#"
            Restores the archive that is kept of move-1 (manager 4.2.0) once more on the manager 5.0.5, and moves 2 agents of 1 deployment to it.
              Nothing is under way, and nobody else is there (limit 1)
                look/idle/new [ReadOnly x1] Nothing is executed on the new manager
              The archive on the new manager (limit 1)
                restore/kept [ReadOnly x1] The archive that is kept of move-1 is whole
                look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- restore/kept
                restore/upload [Idempotent x3] Upload the archive to the new manager as move-2, and read it back  <- look/networks
              Restore (limit 1)
                restore/note-boot [Idempotent x2] Note how cfy-old has booted
                restore/restore [Once x1] Restore move-2 on the new manager  <- restore/note-boot
                restore/reboot [ReadOnly x1] cfy-old has rebooted by itself (S9)  <- restore/restore
                restore/settled [ReadOnly x1] 3 good answers in a row, 10 s after the restore (S8)  <- restore/reboot
                restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/settled
              Dry run: agents of tenant default_tenant (limit 5, canary 0, 1 may fail)
                agents/ask/1/default_tenant/web [Idempotent x2] Ask 2 old agents of web of tenant default_tenant
              Agents of tenant default_tenant (limit 5, canary 1, 1 may fail)
                watch/agents/1 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
                agents/install/1/default_tenant/web [Once x1] Install 2 new agents of web of tenant default_tenant
              All agents are proven (limit 1)
                verify/agents [ReadOnly x1] Every agent is alive at the new manager (S12)
                watch/after-agents [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- verify/agents
              finally
                close/boot [Idempotent x3] Remove the note of the boot
              Danger: The old manager is torn down in the middle of this. From then on there is no way back but from the archive that Drydock keeps (S2).
              Danger: The restore is forced: whatever the new manager holds by now is wiped by it. That is right for another try of the same migration, and for nothing else.
              Caution: The manager's machine reboots by itself after the restore (S9).
              Caution: 1 deployment may heal by themselves (web of tenant default_tenant). One manager is there at a time; while it is away nothing is healed, and what it does afterwards is watched (S10).
              Caution: After the restore the new manager's admin has the old manager's name and password; its REST service restarts some seconds later (S8). Tokens of sessions do not work any more.
              Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn the_vendors_commands_stand_beside_the_steps() {
    let plan = make(&same_host(), &one_manager("4.1.0"), &to("4.2.0")).unwrap();
    expect![[r#"
        look/idle/old: Not in the vendor's text.
        look/nobody/old: “Ensure that during the upgrade process no other users are connecting to any manager services (e.g. to the web UI or the composer).”
        prepare/security: “ensure that you copy the rest security configuration. By default this is in /opt/manager/rest-security.conf. If you do not do this then you will need to reset the password of every user after the snapshot is restored.” Support puts it back.
        snapshot/create: cfy snapshots create move-1. It only says that it has begun; Drydock looks at the execution and at the snapshot, because up to 5.0.5 a failed one ends as terminated.
        snapshot/keep: cfy snapshots download move-1. The cfy of 4.2 also succeeds with half of a file; Drydock counts the bytes, reads every part of the zip, and keeps its SHA-256.
        in-place/teardown: “Tear down the old manager- consult the documentation for the old version”: cfy teardown -f --ignore-deployments, on the CLI host that bootstrapped it (it leaves what is deployed alone). Afterwards remove ~/.cloudify/profiles/<its address> on the CLI host.
        in-place/install: “bootstrapping over the top”: cfy bootstrap with the simple manager blueprint for 4.2.0, with the same address, the same user and password of RabbitMQ, and an admin as in the settings of this environment.
        restore/upload: cfy snapshots upload -s move-1 upgrade_snapshot.zip. The manager takes any bytes; Drydock reads them back.
        restore/note-boot: Not in the vendor's text.
        restore/restore: cfy snapshots restore move-1 --restore-certificates. It only says that it has begun.
        restore/reboot: “The manager will reboot once the restore process is complete.”
        restore/settled: “the manager rest service will restart a few seconds after the workflow finishes. You should wait at least 10 seconds after the workflow completes in this case.” Then good answers in a row are wanted besides.
        agents/ask/1/default_tenant/shop: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        agents/ask/2/default_tenant/web: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        agents/ask/3/team/data: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        watch/agents/1: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock.
        agents/install/1/default_tenant/shop: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install shop -t default_tenant would.
        agents/install/2/default_tenant/web: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install web -t default_tenant would.
        watch/agents/2: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock.
        agents/install/3/team/data: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install data -t team would.
        watch/after-agents: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock."#]].assert_eq(&vendor(&plan));
}
