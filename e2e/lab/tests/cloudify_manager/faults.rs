//! Each switch, and what it does to what really happens.

use std::time::Duration;

use lab::cloudify::{ManagerFault, Release, RestorePhase};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Pair, TENANT, manager, pair, until};

const LONG: Duration = Duration::from_secs(600);

fn restore() -> Value {
    json!({ "recreate_deployments_envs": true, "force": false })
}

async fn ready(old: Release, new: Release) -> Pair {
    let pair = pair(old, new).await;
    pair.carry_over().await;
    pair
}

/// A pair whose restore is done and whose old password is in force.
async fn restored(release: Release) -> (Pair, crate::harness::Client) {
    let pair = ready(release, release).await;
    pair.restore(&restore()).await;
    let admin = pair.admin_after().await;
    (pair, admin)
}

#[tokio::test]
async fn a_truncated_download_ends_before_its_announced_length() {
    let (manager, admin) = manager(Release::V4_2).await;
    admin.snapshot("s").await;
    manager.set_fault(ManagerFault::DownloadTruncated);
    let response = admin.request(Method::GET, "/snapshots/s/archive").send().await.unwrap();
    assert_eq!(response.content_length(), manager.truth().snapshots[0].length);
    assert!(response.bytes().await.is_err());
    manager.clear_faults();
    assert_eq!(Some(admin.download("s").await.len() as u64), manager.truth().snapshots[0].length);
    manager.stop().await;
}

#[tokio::test]
async fn from_4_0_to_5_0_5_a_failed_snapshot_has_an_execution_that_is_terminated() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        manager.set_fault(ManagerFault::SnapshotFails { error: "No space left on device".to_owned() });
        let ended = admin.snapshot("s").await;
        let is_honest = release == Release::V3_4_2 || release >= Release::V7_0;
        assert_eq!(ended["status"], if is_honest { "failed" } else { "terminated" }, "{release:?}");
        let snapshot = admin.get("/snapshots/s").await.ok();
        assert_eq!((&snapshot["status"], &snapshot["error"]), (&json!("failed"), &json!("No space left on device")));
        assert_eq!(admin.get("/snapshots/s/archive").await.error(), (400, "snapshot_action_error"));
        assert_eq!(admin.restore("s", &restore()).await.error(), (400, "snapshot_action_error"));
        manager.stop().await;
    }
}

#[tokio::test]
async fn a_restore_can_answer_badly_for_long_and_goes_on_all_the_same() {
    for (old, new) in [(Release::V4_2, Release::V4_2), (Release::V5_0_5, Release::V7_0)] {
        let pair = ready(old, new).await;
        pair.new.set_fault(ManagerFault::RestoreAnswersBadly { lasts: LONG });
        let client = &pair.new_admin;
        let begun = client.restore("upgrade", &restore()).await.ok();
        let path = format!("/executions/{}", begun["id"].as_str().unwrap());
        let mut seen = std::collections::BTreeSet::new();
        until(async || {
            seen.insert(client.get(&path).await.status);
            [500, 502, 401, 404].iter().all(|status| seen.contains(status)).then_some(())
        })
        .await;
        assert!(pair.new.truth().is_restoring);
        assert!(pair.new.truth().deployments.is_empty());
        pair.new.clear_faults();
        pair.admin_after().await;
        assert_eq!(pair.new.truth().executions_of("restore_snapshot")[0].status, "terminated");
        pair.stop().await;
    }
}

#[tokio::test]
async fn the_execution_of_a_restore_can_disappear_while_the_restore_succeeds() {
    let pair = ready(Release::V4_2, Release::V4_2).await;
    pair.new.set_fault(ManagerFault::ExecutionDisappears);
    let begun = pair.new_admin.restore("upgrade", &restore()).await.ok();
    let admin = pair.admin_after().await;
    let path = format!("/executions/{}", begun["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.error(), (404, "not_found_error"));
    assert_eq!(pair.new.truth().deployments, pair.old.truth().deployments);
    assert!(pair.new.truth().executions_of("restore_snapshot").is_empty());
    pair.stop().await;
}

#[tokio::test]
async fn until_rest_has_restarted_the_new_password_is_in_force() {
    let pair = ready(Release::V4_2, Release::V4_2).await;
    pair.new.set_fault(ManagerFault::RestRestartsLate { lasts: LONG });
    assert_eq!(pair.restore(&restore()).await.0, "terminated");
    assert_eq!(pair.new_admin.get("/user").await.status, 200);
    assert_eq!(pair.new_admin.as_user("admin", "old-secret").get("/user").await.status, 401);
    assert_eq!(pair.new.truth().rest_starts, 1);
    pair.new.clear_faults();
    pair.admin_after().await;
    assert_eq!(pair.new.truth().rest_starts, 2);
    assert_eq!(pair.new_admin.get("/user").await.status, 401);
    pair.stop().await;
}

#[tokio::test]
async fn where_rest_restarts_in_the_middle_neither_password_works_until_the_end() {
    let pair = ready(Release::V4_6, Release::V4_6).await;
    pair.new.set_fault(ManagerFault::RestRestartsLate { lasts: LONG });
    assert_eq!(pair.restore(&restore()).await.0, "terminated");
    for password in ["old-secret", "new-secret"] {
        assert_eq!(pair.new_admin.as_user("admin", password).get("/user").await.status, 401);
    }
    // Other users' hashes were made with the salt that is back.
    assert_eq!(pair.new_admin.as_user("erika", "erika-secret").get("/user").await.status, 200);
    pair.new.clear_faults();
    pair.admin_after().await;
    pair.stop().await;
}

#[tokio::test]
async fn a_restore_that_fails_after_its_database_phase_has_replaced_the_data_and_not_the_password() {
    for (phase, is_replaced) in [
        (RestorePhase::Unpack, false),
        (RestorePhase::Database, false),
        (RestorePhase::Plugins, true),
        (RestorePhase::Environments, true),
    ] {
        let pair = ready(Release::V4_2, Release::V4_2).await;
        pair.new.set_fault(ManagerFault::RestoreFails { at: phase, error: "it broke".to_owned() });
        assert_eq!(pair.restore(&restore()).await, ("failed".to_owned(), "it broke".to_owned()), "{phase:?}");
        let truth = pair.new.truth();
        assert_eq!(truth.deployments.is_empty(), !is_replaced, "{phase:?}");
        assert_eq!(truth.admin.1, "new-secret");
        assert_eq!(truth.rest_starts, 1);
        assert_eq!(truth.snapshots.is_empty(), is_replaced);
        pair.stop().await;
    }
}

#[tokio::test]
async fn from_4_5_5_on_the_password_changes_even_if_the_restore_fails() {
    let pair = ready(Release::V4_6, Release::V4_6).await;
    let fault = ManagerFault::RestoreFails { at: RestorePhase::Environments, error: "it broke".to_owned() };
    pair.new.set_fault(fault);
    pair.new_admin.restore("upgrade", &restore()).await.ok();
    let admin = pair.admin_after().await;
    let executions = admin.get("/executions?_include_system_workflows=true&workflow_id=restore_snapshot").await.items();
    assert_eq!(executions[0]["status"], "failed");
    assert_eq!(pair.new.truth().admin.1, "old-secret");
    pair.stop().await;
}

#[tokio::test]
async fn a_plugin_that_fails_can_be_ignored_from_4_5_on() {
    let pair = ready(Release::V4_5, Release::V4_5).await;
    pair.new.set_fault(ManagerFault::RestoreFails { at: RestorePhase::Plugins, error: "no wagon".to_owned() });
    let mut body = restore();
    body["ignore_plugin_failure"] = true.into();
    assert_eq!(pair.restore(&body).await.0, "terminated");
    pair.stop().await;
}

#[tokio::test]
async fn an_execution_can_end_without_its_end_event() {
    let (pair, admin) = restored(Release::V4_2).await;
    pair.new.set_fault(ManagerFault::EndEventMissing);
    let ended = admin.install_agents("web").await;
    assert_eq!(ended["status"], "terminated");
    let path = format!("/events?execution_id={}", ended["id"].as_str().unwrap());
    let events = admin.get(&path).await.items();
    assert!(!events.is_empty());
    let is_end = |event: &Value| {
        ["workflow_succeeded", "workflow_failed", "workflow_cancelled"].iter().any(|kind| event["event_type"] == *kind)
    };
    assert!(!events.iter().any(is_end));
    pair.stop().await;
}

#[tokio::test]
async fn the_agents_of_one_tenant_can_fail_while_another_ones_succeed() {
    let (pair, admin) = restored(Release::V4_2).await;
    pair.new.set_fault(ManagerFault::TenantAgentsFail { tenant: "team".to_owned() });
    let ended = admin.in_tenant(Some("team")).install_agents("data").await;
    assert_eq!((&ended["status"], &ended["error"]), (&json!("failed"), &json!("New agent did not start and connect")));
    assert_eq!(admin.install_agents("shop").await["status"], "terminated");
    assert_eq!(pair.owners("data"), ["old"]);
    assert_eq!(pair.owners("shop"), ["new"]);
    pair.stop().await;
}

#[tokio::test]
async fn one_dead_host_blocks_its_whole_deployment_unless_it_is_left_out() {
    let (pair, admin) = restored(Release::V4_2).await;
    let hosts = pair.estate.hosts_of(TENANT, "web");
    let (dead, alive) = (&hosts[0].instance, &hosts[1].instance);
    pair.new.set_fault(ManagerFault::AgentHostDead { instance: dead.clone() });
    let ended = admin.install_agents("web").await;
    assert_eq!(ended["status"], "failed");
    assert!(ended["error"].as_str().unwrap().contains("Agent is not responding"));
    assert_eq!(pair.owners("web"), ["old", "old"]);
    let begun = admin.start("web", "install_new_agents", json!({ "node_instance_ids": [alive] })).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "terminated");
    let hosts = pair.estate.hosts_of(TENANT, "web");
    let owner = |id: &str| hosts.iter().find(|host| host.instance == id).unwrap().manager().unwrap();
    assert_eq!((owner(dead), owner(alive)), ("old", "new"));
    pair.stop().await;
}

#[tokio::test]
async fn a_heal_that_the_old_manager_starts_in_the_window_duplicates_a_machine() {
    let (pair, admin) = restored(Release::V4_2).await;
    admin.install_agents("shop").await;
    assert!(pair.old.truth().executions_of("heal").is_empty());
    pair.old.set_fault(ManagerFault::HealStarts { tenant: TENANT.to_owned(), deployment: "shop".to_owned() });
    until(async || {
        pair.old.truth().executions_of("heal").first().map(|heal| heal.status == "terminated")?.then_some(())
    })
    .await;
    let duplicated = pair.estate.duplicated();
    assert_eq!(duplicated.len(), 1);
    assert_eq!(duplicated[0].deployment, "shop");
    let made_by: Vec<&str> = duplicated[0].machines.iter().map(|machine| machine.made_by.as_str()).collect();
    assert_eq!(made_by, ["old", "old"]);
    let seen = pair.old_admin.get("/executions?workflow_id=heal&_all_tenants=true&_sort=-created_at").await.items();
    assert_eq!(seen.len(), 1);
    pair.stop().await;
}

#[tokio::test]
async fn a_heal_waits_for_the_window() {
    let pair = ready(Release::V4_2, Release::V4_2).await;
    pair.old.set_fault(ManagerFault::HealStarts { tenant: TENANT.to_owned(), deployment: "shop".to_owned() });
    pair.restore(&restore()).await;
    let admin = pair.admin_after().await;
    assert!(pair.old.truth().executions_of("heal").is_empty());
    admin.install_agents("web").await;
    until(async || (!pair.old.truth().executions_of("heal").is_empty()).then_some(())).await;
    pair.stop().await;
}

#[tokio::test]
async fn a_heal_on_the_manager_a_host_belongs_to_replaces_its_machine() {
    let (pair, admin) = restored(Release::V4_2).await;
    admin.install_agents("shop").await;
    let before = pair.estate.hosts_of(TENANT, "shop")[0].machines.clone();
    let execution = pair.new.heal(TENANT, "shop").unwrap();
    admin.ended(&json!({ "id": execution })).await;
    let after = pair.estate.hosts_of(TENANT, "shop")[0].machines.clone();
    assert_eq!(after.len(), 1);
    assert_ne!(after, before);
    assert_eq!(pair.new.heal(TENANT, "none"), None);
    pair.stop().await;
}
