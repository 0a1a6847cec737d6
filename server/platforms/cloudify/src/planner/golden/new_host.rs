//! Onto another host (table 3.3).

use expect_test::expect;
use model::procedure::{CfyStep, MigrateManager, Preparation};

use super::{check, make, vendor};
use crate::fixture::{inputs, kept, known, new_host, snapshot, two_managers};

#[test]
fn from_3_4_2_to_4_2() {
    check(
        &new_host(),
        &two_managers("3.4.2", "4.2.0"),
        &inputs(),
        expect![[r#"
        Takes a snapshot of the manager 3.4.2, restores it on the new manager 4.2.0, and moves 4 agents of 3 deployments to it. The old manager may be shut down only when every one of them is proven.
          Nothing is under way, and nobody else is there (limit 1)
            look/idle/old [ReadOnly x1] Nothing is executed on the old manager
            look/empty/new [ReadOnly x1] The new manager runs 4.2.0 and has no blueprint (S1)  <- look/idle/old
          Snapshot of the old manager (limit 1)
            snapshot/create [Once x1] Create the snapshot move-1 on the old manager
            snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
            look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- snapshot/keep
          The archive on the new manager (limit 1)
            restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back
          Restore (limit 1)
            watch/before-restore [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            restore/restore [Once x1] Restore move-1 on the new manager  <- watch/before-restore
            restore/settled [ReadOnly x1] 3 good answers in a row, 0 s after the restore (S8)  <- restore/restore
            restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/settled
          Dry run: agents of tenant default_tenant (limit 5, canary 0, 3 may fail)
            agents/ask/1/default_tenant/shop [Idempotent x2] Ask 1 old agent of shop of tenant default_tenant
            agents/ask/2/default_tenant/web [Idempotent x2] Ask 2 old agents of web of tenant default_tenant
            agents/ask/3/default_tenant/data [Idempotent x2] Ask 1 old agent of data of tenant default_tenant
          Agents of tenant default_tenant (limit 5, canary 1, 3 may fail)
            watch/agents/1 [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            agents/install/1/default_tenant/shop [Once x1] Install 1 new agent of shop of tenant default_tenant
            agents/install/2/default_tenant/web [Once x1] Install 2 new agents of web of tenant default_tenant
            agents/install/3/default_tenant/data [Once x1] Install 1 new agent of data of tenant default_tenant
          All agents are proven (limit 1)
            verify/agents [ReadOnly x1] Every agent is alive at the new manager (S12)
            watch/after-agents [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- verify/agents
          The old manager may be shut down (limit 1)
            old/shut-down [Manual x1] Shut down the old manager, cfy-old (S12)
            watch/last [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- old/shut-down
          finally
          left out: agents of nothing of tenant default_tenant: it has no host with an agent
          left out: agents of stopped of tenant default_tenant: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
          Danger: The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says when it may be shut down (S12).
          Danger: 1 deployment may heal by themselves (web of tenant default_tenant). From the first new agent until the old manager is gone, a heal is likely to make machines twice. Both managers are watched, and a heal stops the run (S10).
          Danger: 2 things are left out and get no new agent; they are named below.
          Caution: After the restore the new manager's admin keeps the password that was set at its installation. Tokens do not work any more.
          Caution: What was changed in Composer and Stage is not in this snapshot: only those of 4.2 and later restore it (S5)."#]],
    );
}

#[test]
fn from_4_0_1_to_4_6_with_new_passwords() {
    let inputs = MigrateManager { reset_passwords: true, ..inputs() };
    check(
        &new_host(),
        &two_managers("4.0.1", "4.6.0"),
        &inputs,
        expect![[r#"
        Takes a snapshot of the manager 4.0.1, restores it on the new manager 4.6.0, and moves 4 agents of 3 deployments to it. The old manager may be shut down only when every one of them is proven.
          Nothing is under way, and nobody else is there (limit 1)
            look/idle/old [ReadOnly x1] Nothing is executed on the old manager
            look/nobody/old [ReadOnly x1] Nobody else has used the old manager for 15 min (S4)  <- look/idle/old
            look/empty/new [ReadOnly x1] The new manager runs 4.6.0 and has no blueprint (S1)  <- look/nobody/old
          Snapshot of the old manager (limit 1)
            snapshot/create [Once x1] Create the snapshot move-1 on the old manager
            snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
            look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- snapshot/keep
          The archive on the new manager (limit 1)
            restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back
          Restore (limit 1)
            watch/before-restore [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            restore/restore [Once x1] Restore move-1 on the new manager  <- watch/before-restore
            restore/settled [ReadOnly x1] 3 good answers in a row, 0 s after the restore (S8)  <- restore/restore
            restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/settled
          Users of the old manager (limit 1)
            users/reset/1/erika [Idempotent x2] Give erika a new password (S7)
            users/reset/2/otto [Idempotent x2] Give otto a new password (S7)  <- users/reset/1/erika
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
          The old manager may be shut down (limit 1)
            old/shut-down [Manual x1] Shut down the old manager, cfy-old (S12)
            watch/last [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- old/shut-down
          finally
          left out: agents of nothing of tenant team: it has no host with an agent
          left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
          Danger: The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says when it may be shut down (S12).
          Danger: 1 deployment may heal by themselves (web of tenant default_tenant). From the first new agent until the old manager is gone, a heal is likely to make machines twice. Both managers are watched, and a heal stops the run (S10).
          Danger: 2 users of the old manager cannot log in after the restore: this plan gives each a new password (S7).
          Danger: 2 things are left out and get no new agent; they are named below.
          Caution: After the restore the new manager's admin keeps the password that was set at its installation. Tokens do not work any more.
          Caution: Without update-3 the archive of a 4.0.1 manager knows the agents of one tenant only. The plan refuses such an archive before anything is restored (S3).
          Caution: What was changed in Composer and Stage is not in this snapshot: only those of 4.2 and later restore it (S5).
          Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn from_4_2_to_5_0_5() {
    check(
        &new_host(),
        &two_managers("4.2.0", "5.0.5"),
        &inputs(),
        expect![[r#"
        Takes a snapshot of the manager 4.2.0, restores it on the new manager 5.0.5, and moves 4 agents of 3 deployments to it. The old manager may be shut down only when every one of them is proven.
          Nothing is under way, and nobody else is there (limit 1)
            look/idle/old [ReadOnly x1] Nothing is executed on the old manager
            look/nobody/old [ReadOnly x1] Nobody else has used the old manager for 15 min (S4)  <- look/idle/old
            look/empty/new [ReadOnly x1] The new manager runs 5.0.5 and has no blueprint (S1)  <- look/nobody/old
          Snapshot of the old manager (limit 1)
            snapshot/create [Once x1] Create the snapshot move-1 on the old manager
            snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
            look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- snapshot/keep
          The archive on the new manager (limit 1)
            restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back
          Restore (limit 1)
            watch/before-restore [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            restore/restore [Once x1] Restore move-1 on the new manager  <- watch/before-restore
            restore/settled [ReadOnly x1] 3 good answers in a row, 10 s after the restore (S8)  <- restore/restore
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
          The old manager may be shut down (limit 1)
            old/shut-down [Manual x1] Shut down the old manager, cfy-old (S12)
            watch/last [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- old/shut-down
          finally
          left out: agents of nothing of tenant team: it has no host with an agent
          left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
          Danger: The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says when it may be shut down (S12).
          Danger: 1 deployment may heal by themselves (web of tenant default_tenant). From the first new agent until the old manager is gone, a heal is likely to make machines twice. Both managers are watched, and a heal stops the run (S10).
          Danger: 2 things are left out and get no new agent; they are named below.
          Caution: After the restore the new manager's admin has the old manager's name and password; its REST service restarts some seconds later (S8). Tokens of sessions do not work any more.
          Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn from_4_2_to_7_0_with_all_that_can_be_prepared() {
    let preparation = Preparation::ALL.into();
    let inputs = MigrateManager { preparation, by_cfy: CfyStep::ALL.into(), ..inputs() };
    check(
        &new_host(),
        &two_managers("4.2.0", "7.0.0"),
        &inputs,
        expect![[r#"
        Takes a snapshot of the manager 4.2.0, restores it on the new manager 7.0.0, and moves 4 agents of 3 deployments to it. The old manager may be shut down only when every one of them is proven.
          Nothing is under way, and nobody else is there (limit 1)
            look/idle/old [ReadOnly x1] Nothing is executed on the old manager
            look/nobody/old [ReadOnly x1] Nobody else has used the old manager for 15 min (S4)  <- look/idle/old
            look/empty/new [ReadOnly x1] The new manager runs 7.0.0 and has no blueprint (S1)  <- look/nobody/old
          Preparation on the old manager (limit 1)
            prepare/consoles [Idempotent x2] Stop the web interfaces of the old manager (S4)
          Snapshot of the old manager (limit 1)
            snapshot/create [Once x1] Create the snapshot move-1 on the old manager
            snapshot/keep [Idempotent x3] Download the archive of move-1, prove it and keep it  <- snapshot/create
            look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- snapshot/keep
          The archive on the new manager (limit 1)
            restore/maintenance-on [Idempotent x2] Switch maintenance mode of the new manager on
            restore/upload [Idempotent x3] Upload the archive to the new manager as move-1, and read it back  <- restore/maintenance-on
          Restore (limit 1)
            watch/before-restore [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            restore/restore [Once x1] Restore move-1 on the new manager  <- watch/before-restore
            restore/settled [ReadOnly x1] 3 good answers in a row, 10 s after the restore (S8)  <- restore/restore
            restore/maintenance-off [Idempotent x3] Switch maintenance mode of the new manager off  <- restore/settled
            restore/compare [ReadOnly x1] The new manager has the tenants, deployments and hosts of before  <- restore/maintenance-off
          No healing by the old manager (limit 1)
            prepare/healing [Idempotent x2] Stop what heals on the old manager (S11)
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
          The old manager may be shut down (limit 1)
            old/shut-down [Manual x1] Shut down the old manager, cfy-old (S12)
            watch/last [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- old/shut-down
          finally
            close/maintenance [Idempotent x3] Switch maintenance mode of the new manager off
            close/cfy [Idempotent x3] Remove the folders of cfy on cfy-cli
            close/consoles [Idempotent x3] Start the web interfaces again, where the old manager is still there
          left out: agents of nothing of tenant team: it has no host with an agent
          left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
          Danger: The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says when it may be shut down (S12).
          Danger: 1 deployment may heal by themselves (web of tenant default_tenant). From the first new agent until the old manager is gone, a heal is likely to make machines twice. Both managers are watched, and a heal stops the run (S10).
          Danger: 2 things are left out and get no new agent; they are named below.
          Caution: Confirmed: the vendor's support agrees that healing is switched off (S11). Meanwhile nothing heals or scales, and nodes that fail may stay failed (S11).
          Caution: After the restore the new manager's admin has the old manager's name and password; its REST service restarts some seconds later (S8). Tokens of sessions do not work any more.
          Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn a_retry_with_the_archive_that_is_kept() {
    let mut inventory = two_managers("4.2.0", "5.0.5");
    inventory.archives = vec![kept("move-1", "4.2.0")];
    inventory.new.as_mut().unwrap().blueprints = known(2);
    let retry = MigrateManager { retry_of: Some(snapshot("move-1")), snapshot: snapshot("move-2"), ..inputs() };
    check(
        &new_host(),
        &inventory,
        &retry,
        expect![[r#"
        Restores the archive that is kept of move-1 (manager 4.2.0) once more on the manager 5.0.5, and moves 4 agents of 3 deployments to it. The old manager may be shut down only when every one of them is proven.
          Nothing is under way, and nobody else is there (limit 1)
            look/idle/new [ReadOnly x1] Nothing is executed on the new manager
          The archive on the new manager (limit 1)
            restore/kept [ReadOnly x1] The archive that is kept of move-1 is whole
            look/networks [ReadOnly x1] The new manager has every network that the archive needs  <- restore/kept
            restore/upload [Idempotent x3] Upload the archive to the new manager as move-2, and read it back  <- look/networks
          Restore (limit 1)
            watch/before-restore [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)
            restore/restore [Once x1] Restore move-2 on the new manager  <- watch/before-restore
            restore/settled [ReadOnly x1] 3 good answers in a row, 10 s after the restore (S8)  <- restore/restore
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
          The old manager may be shut down (limit 1)
            old/shut-down [Manual x1] Shut down the old manager, cfy-old (S12)
            watch/last [ReadOnly x1] Nothing was healed since the snapshot was begun (S10)  <- old/shut-down
          finally
          left out: agents of nothing of tenant team: it has no host with an agent
          left out: agents of stopped of tenant team: the workflow wants every host started, and vm_stopped_1 is stopped. Cure that, or leave these hosts behind
          Danger: The old manager has to stay up, and reachable from the new one, until the last agent is proven; the run says when it may be shut down (S12).
          Danger: 1 deployment may heal by themselves (web of tenant default_tenant). From the first new agent until the old manager is gone, a heal is likely to make machines twice. Both managers are watched, and a heal stops the run (S10).
          Danger: The restore is forced: whatever the new manager holds by now is wiped by it. That is right for another try of the same migration, and for nothing else.
          Danger: 2 things are left out and get no new agent; they are named below.
          Caution: After the restore the new manager's admin has the old manager's name and password; its REST service restarts some seconds later (S8). Tokens of sessions do not work any more.
          Note: “If you are a premium user and are at any point uncertain about the process please discuss with your support contact before proceeding.” (S13)"#]],
    );
}

#[test]
fn the_vendors_commands_stand_beside_the_steps() {
    let plan = |old, new| make(&new_host(), &two_managers(old, new), &inputs()).unwrap();
    expect![[r#"
        look/idle/old: Not in the vendor's text.
        snapshot/create: cfy snapshots create -s move-1. It only says that it has begun; Drydock looks at the execution and at the snapshot, because up to 5.0.5 a failed one ends as terminated.
        snapshot/keep: cfy snapshots download -s move-1. The cfy of 4.2 also succeeds with half of a file; Drydock counts the bytes, reads every part of the zip, and keeps its SHA-256.
        restore/upload: cfy snapshots upload -s move-1 upgrade_snapshot.zip. The manager takes any bytes; Drydock reads them back.
        watch/before-restore: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock.
        restore/restore: cfy snapshots restore move-1. It only says that it has begun.
        restore/settled: “the manager rest service will restart a few seconds after the workflow finishes. You should wait at least 10 seconds after the workflow completes in this case.” Then good answers in a row are wanted besides.
        agents/ask/1/default_tenant/shop: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        agents/ask/2/default_tenant/web: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        agents/ask/3/default_tenant/data: Not in the vendor's text. The workflow of the next stage, told to install nothing.
        watch/agents/1: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock.
        agents/install/1/default_tenant/shop: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install shop -t default_tenant would.
        agents/install/2/default_tenant/web: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install web -t default_tenant would.
        agents/install/3/default_tenant/data: cfy agents install --all-tenants. That stops at the first tenant that fails, skips deployments without a word, and succeeds when every start was refused; Drydock asks deployment by deployment, as cfy agents install data -t default_tenant would.
        watch/after-agents: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock.
        old/shut-down: “Shut down the old manager. It may now be deleted. If you intend to keep the old manager for any purposes and you use auto heal policies then the old manager MUST be disconnected entirely from any networks it would use to conduct healing workflows.”
        watch/last: “You will be able to see if this has happened using cfy executions list --all-tenants to check for heal workflows run during that time.” That list stops at 1000 rows, oldest first; Drydock asks both managers for the newest, each by its own clock."#]].assert_eq(&vendor(&plan("3.4.2", "4.2.0")));
}
