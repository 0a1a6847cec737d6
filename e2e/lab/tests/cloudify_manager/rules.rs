//! What may be done when: snapshots, executions, restores (1.4, 2.2, 2.4, 4.1).

use lab::cloudify::{Account, Estate, Manager, ManagerFault, NewDeployment, Release};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, TENANT, manager, manager_with, pair, pair_with, send};

async fn with_two_tenants(release: Release) -> (Manager, Client) {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.deployments = vec![NewDeployment::new(TENANT, "web", 1), NewDeployment::new("team", "data", 1)];
    };
    manager_with(&Estate::new(), "manager", release, change).await
}

#[tokio::test]
async fn a_snapshot_goes_from_creating_to_created_and_its_execution_from_pending_to_terminated() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        let answer = admin.put("/snapshots/s", &json!({ "include_metrics": false, "include_credentials": true })).await;
        assert_eq!(answer.status, 201);
        let begun = answer.ok();
        assert_eq!((&begun["workflow_id"], &begun["status"]), (&json!("create_snapshot"), &json!("pending")));
        assert_eq!(begun["is_system_workflow"], true);
        assert_eq!(begun["parameters"]["snapshot_id"], "s");
        assert_eq!(begun.get("visibility").is_some(), release >= Release::V4_5);
        assert_eq!(begun.get("tenant_name").is_some(), release >= Release::V4_0_1);
        let ended = admin.ended(&begun).await;
        assert_eq!(ended["status"], "terminated");
        if release >= Release::V4_5 {
            assert_eq!(ended["status_display"], "completed");
        }
        let snapshot = admin.get("/snapshots/s").await.ok();
        assert_eq!((&snapshot["status"], &snapshot["error"]), (&json!("created"), &json!("")));
        assert_eq!(admin.get("/snapshots?_sort=created_at").await.items(), [snapshot]);
        // System workflows are listed when they are asked for.
        assert!(admin.get("/executions").await.items().is_empty());
        assert_eq!(admin.get("/executions?_include_system_workflows=True").await.items().len(), 1);
        manager.stop().await;
    }
}

#[tokio::test]
async fn a_download_of_what_is_not_there_yet_is_an_error_of_the_server() {
    let (manager, admin) = manager(Release::V4_2).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    admin.put("/snapshots/s", &json!({})).await.ok();
    assert_eq!(admin.get("/snapshots/s").await.ok()["status"], "creating");
    assert_eq!(admin.get("/snapshots/s/archive").await.error(), (500, "internal_server_error"));
    assert_eq!(admin.get("/snapshots/none/archive").await.error(), (404, "not_found_error"));
    manager.stop().await;
}

#[tokio::test]
async fn the_id_of_a_snapshot_is_free_again_only_when_it_is_deleted() {
    let (manager, admin) = manager(Release::V4_2).await;
    admin.snapshot("s").await;
    assert_eq!(admin.put("/snapshots/s", &json!({})).await.error(), (409, "conflict_error"));
    assert_eq!(admin.delete("/snapshots/s").await.ok()["id"], "s");
    assert_eq!(admin.delete("/snapshots/s").await.error(), (404, "not_found_error"));
    assert_eq!(admin.snapshot("s").await["status"], "terminated");
    manager.stop().await;
}

#[tokio::test]
async fn up_to_4_5_only_executions_of_the_same_tenant_block_a_snapshot() {
    for (release, elsewhere) in [(Release::V4_2, 201), (Release::V4_5, 201), (Release::V4_6, 400)] {
        let (manager, admin) = with_two_tenants(release).await;
        manager.set_fault(ManagerFault::ExecutionsHang);
        let team = admin.in_tenant(Some("team"));
        team.start("data", "scale", Value::Null).await.ok();
        assert_eq!(team.put("/snapshots/s", &json!({})).await.error(), (400, "existing_running_execution_error"));
        assert_eq!(admin.put("/snapshots/s", &json!({})).await.status, elsewhere, "{release:?}");
        manager.stop().await;
    }
}

#[tokio::test]
async fn no_workflow_starts_beside_a_snapshot_and_none_twice_on_one_deployment() {
    let (manager, admin) = with_two_tenants(Release::V4_2).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    let busy = (400, "existing_running_execution_error");
    let first = admin.start("web", "scale", Value::Null).await.ok();
    assert_eq!(admin.start("web", "scale", Value::Null).await.error(), busy);
    let forced = json!({ "deployment_id": "web", "workflow_id": "scale", "force": true });
    admin.post("/executions", &forced).await.ok();
    manager.clear_faults();
    admin.ended(&first).await;

    let (manager, admin) = with_two_tenants(Release::V4_2).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    admin.put("/snapshots/s", &json!({})).await.ok();
    assert_eq!(admin.start("web", "install_new_agents", Value::Null).await.error(), busy);
    assert_eq!(manager.truth().executions.len(), 1);
    manager.stop().await;
}

#[tokio::test]
async fn a_queued_snapshot_waits_until_it_is_alone() {
    let (manager, admin) = with_two_tenants(Release::V4_6).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    let first = admin.start("web", "scale", Value::Null).await.ok();
    let second = admin.put("/snapshots/s", &json!({ "queue": true })).await.ok();
    assert_eq!(second["status"], "queued");
    manager.clear_faults();
    admin.ended(&first).await;
    assert_eq!(admin.ended(&second).await["status"], "terminated");
    manager.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_started() {
    let (manager, admin) = with_two_tenants(Release::V4_2).await;
    assert_eq!(admin.start("none", "heal", Value::Null).await.error(), (404, "not_found_error"));
    assert_eq!(admin.start("data", "scale", Value::Null).await.error(), (404, "not_found_error"));
    // Deployments made before 4.4 do not have it (3.6).
    assert_eq!(admin.start("web", "validate_agents", Value::Null).await.error(), (400, "nonexistent_workflow_error"));
    let wrong = admin.start("web", "install_new_agents", json!({ "colour": "red" })).await;
    assert_eq!(wrong.error(), (400, "illegal_execution_parameters_error"));
    assert_eq!(admin.post("/executions", &json!({ "workflow_id": "heal" })).await.error().0, 400);
    assert_eq!(admin.get("/executions/none").await.error(), (404, "not_found_error"));
    assert!(manager.truth().executions.is_empty());
    manager.stop().await;
}

#[tokio::test]
async fn an_execution_can_be_cancelled_until_it_has_ended() {
    let (manager, admin) = with_two_tenants(Release::V4_5).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    let begun = admin.start("web", "install_new_agents", Value::Null).await.ok();
    let path = format!("/executions/{}", begun["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, &json!({ "action": "stop" })).await.error(), (400, "bad_parameters_error"));
    assert_eq!(admin.post(&path, &json!({ "action": "kill" })).await.ok()["status"], "kill_cancelling");
    assert_eq!(admin.ended(&begun).await["status"], "cancelled");
    assert_eq!(admin.post(&path, &json!({ "action": "cancel" })).await.error(), (400, "illegal_action_error"));
    assert_eq!(manager.truth().executions[0].status, "cancelled");
    manager.stop().await;
}

#[tokio::test]
async fn an_execution_tells_what_it_does_in_flat_events_and_old_prefixes_nest_them() {
    let (manager, admin) = with_two_tenants(Release::V4_2).await;
    let ended = admin.install_agents("web").await;
    let query = format!("events?execution_id={}&_sort=reported_timestamp&_size=100", ended["id"].as_str().unwrap());
    let events = admin.get(&format!("/{query}")).await.items();
    assert_eq!(events[0]["event_type"], "workflow_started");
    let last = &events[events.len() - 1];
    assert_eq!((&last["type"], &last["event_type"]), (&json!("cloudify_event"), &json!("workflow_succeeded")));
    assert_eq!(last["message"], "'install_new_agents' workflow execution succeeded");
    assert_eq!((&last["deployment_id"], &last["workflow_id"]), (&json!("web"), &json!("install_new_agents")));
    let nested = admin.get(&format!("/api/v2.1/{query}&type=cloudify_event")).await.items();
    assert_eq!(nested[nested.len() - 1]["message"]["text"], last["message"]);
    assert_eq!(nested[0]["context"]["deployment_id"], "web");
    assert!(admin.get(&format!("/{query}&type=cloudify_log")).await.items().is_empty());
    manager.stop().await;
}

#[tokio::test]
async fn the_body_of_a_restore_is_checked_before_anything_is_begun() {
    let pair = pair(Release::V4_2, Release::V4_2).await;
    pair.carry_over().await;
    let bad = async |body: Value| pair.new_admin.restore("upgrade", &body).await.error().1.to_owned();
    assert_eq!(bad(json!({ "force": false })).await, "bad_parameters_error");
    let no_reboot = json!({ "recreate_deployments_envs": true, "no_reboot": true });
    assert_eq!(bad(no_reboot).await, "bad_parameters_error");
    assert_eq!(bad(json!({ "recreate_deployments_envs": 1 })).await, "bad_parameters_error");
    let timeout = json!({ "recreate_deployments_envs": true, "timeout": "long" });
    assert_eq!(bad(timeout).await, "bad_parameters_error");
    let whole = json!({ "recreate_deployments_envs": true });
    assert_eq!(pair.new_admin.restore("none", &whole).await.error(), (404, "not_found_error"));
    assert!(pair.new.truth().executions.is_empty());
    pair.stop().await;
}

/// A restore that fails validation, and changes nothing.
async fn refused(old: Release, new: Release, change: impl FnOnce(&mut lab::cloudify::ManagerConfig)) -> String {
    let pair = pair_with(old, new, change).await;
    pair.carry_over().await;
    let before = pair.new.truth();
    let (status, error) = pair.restore(&json!({ "recreate_deployments_envs": true, "force": false })).await;
    assert_eq!(status, "failed");
    let after = pair.new.truth();
    assert_eq!((before.deployments, before.users, before.admin), (after.deployments, after.users, after.admin));
    pair.stop().await;
    error
}

#[tokio::test]
async fn a_snapshot_of_a_newer_manager_is_refused() {
    let error = refused(Release::V4_5, Release::V4_2, |_| {}).await;
    assert_eq!(error, "Cannot restore a newer manager's snapshot on this manager [4.5.0 > 4.2.0]");
}

#[tokio::test]
async fn a_3x_snapshot_is_refused_from_5_0_on() {
    let error = refused(Release::V3_4_2, Release::V5_0_5, |_| {}).await;
    assert_eq!(error, "Restoring snapshot from version 3.4.2 is not supported");
}

#[tokio::test]
async fn a_manager_that_lacks_a_network_of_the_snapshot_is_refused() {
    let error = refused(Release::V4_2, Release::V4_2, |config| config.networks = vec!["other".to_owned()]).await;
    assert_eq!(error, "Snapshot requires the following networks: default");
}

#[tokio::test]
async fn a_manager_that_is_not_empty_takes_a_snapshot_only_by_force_and_loses_what_it_had() {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.deployments = vec![NewDeployment::new(TENANT, "mine", 1)];
    };
    let error = refused(Release::V4_2, Release::V4_2, change).await;
    assert_eq!(error, "Snapshot restoration on a dirty manager is not permitted.");
    let pair = pair_with(Release::V4_2, Release::V4_2, change).await;
    pair.carry_over().await;
    let (status, _) = pair.restore(&json!({ "recreate_deployments_envs": true, "force": true })).await;
    assert_eq!(status, "terminated");
    assert_eq!(pair.new.truth().deployments, pair.old.truth().deployments);
    pair.stop().await;
}

#[tokio::test]
async fn only_the_bootstrap_admin_restores_a_4x_snapshot() {
    let change = |config: &mut lab::cloudify::ManagerConfig| config.accounts = vec![Account::admin("second", "second")];
    let pair = pair_with(Release::V4_2, Release::V4_2, change).await;
    pair.carry_over().await;
    let second = pair.new_admin.as_user("second", "second");
    let begun = second.restore("upgrade", &json!({ "recreate_deployments_envs": true })).await.ok();
    let ended = second.ended(&begun).await;
    assert_eq!(ended["status"], "failed");
    assert!(ended["error"].as_str().unwrap().contains("Only the bootstrap admin"));
    assert!(pair.new.truth().deployments.is_empty());
    pair.stop().await;
}

#[tokio::test]
async fn a_members_list_is_refused_while_a_snapshot_is_restored() {
    let pair = pair(Release::V5_0_5, Release::V5_0_5).await;
    pair.carry_over().await;
    pair.new.set_fault(ManagerFault::ExecutionsHang);
    let client = &pair.new_admin;
    client.restore("upgrade", &json!({ "recreate_deployments_envs": true })).await.ok();
    crate::harness::until(async || pair.new.truth().is_restoring.then_some(())).await;
    let status = client.without_login().get("/snapshot-status").await.ok();
    assert_eq!(status, json!({ "status": "running" }));
    assert_eq!(send(client.request(Method::GET, "/brokers")).await.error(), (503, "in_snapshot_restore_error"));
    pair.stop().await;
}
