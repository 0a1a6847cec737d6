//! What is answered to whom (1.1, 2.1, 2.2, 2.4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use lab::cloudify::{Account, Edition, Estate, ManagerFault, NewDeployment, Release};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, TENANT, manager, manager_with, send, until};

#[tokio::test]
async fn every_release_answers_its_version_and_refuses_wrong_credentials() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        let version = admin.get("/version").await.ok();
        assert_eq!(version["version"], release.number());
        assert_eq!(version.get("edition").is_some(), release != Release::V3_4_2);
        assert_eq!(version.get("distribution").is_some(), release >= Release::V5_0_5);
        let wrong = admin.as_user("admin", "wrong").get("/version").await;
        assert_eq!(wrong.error(), (401, "unauthorized_error"));
        let text = "User unauthorized: Authentication failed for <User username=`admin`>";
        assert_eq!(
            wrong.body,
            json!({ "message": text, "error_code": "unauthorized_error", "server_traceback": null })
        );
        for other in [admin.as_user("nobody", "admin"), admin.without_login()] {
            assert_eq!(other.get("/version").await.error(), (401, "unauthorized_error"));
        }
        manager.stop().await;
    }
}

#[tokio::test]
async fn a_release_serves_the_prefixes_it_knows_and_no_others() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        let has_v3 = release != Release::V3_4_2;
        for (prefix, is_known) in [("v1", true), ("v2", true), ("v2.1", true), ("v3", has_v3), ("v3.1", has_v3)] {
            let status = admin.get(&format!("/api/{prefix}/version")).await.status;
            assert_eq!(status, if is_known { 200 } else { 404 }, "{release:?} {prefix}");
        }
        assert_eq!(admin.get("/api/version").await.status, if has_v3 { 200 } else { 404 });
        assert_eq!(admin.get("/api/v9/version").await.error(), (404, "not_found_error"));
        manager.stop().await;
    }
}

#[tokio::test]
async fn calls_that_came_later_are_unknown_to_older_releases() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        for (path, since) in [
            ("/tenants", Release::V4_0_1),
            ("/agents", Release::V4_5),
            ("/license-check", Release::V4_6),
            ("/snapshot-status", Release::V5_0_5),
            ("/managers", Release::V5_0_5),
            ("/brokers", Release::V5_0_5),
            ("/db-nodes", Release::V5_0_5),
        ] {
            let status = admin.get(path).await.status;
            assert_eq!(status, if release >= since { 200 } else { 404 }, "{release:?} {path}");
        }
        manager.stop().await;
    }
}

#[tokio::test]
async fn the_status_has_two_shapes() {
    for release in Release::ALL {
        let (manager, admin) = manager(release).await;
        let status = admin.get("/status").await.ok();
        if release >= Release::V5_0_5 {
            assert_eq!(status["status"], "OK");
            assert_eq!(status["services"]["RabbitMQ"]["status"], "Active");
        } else {
            assert_eq!(status["status"], "running");
            assert_eq!(status["services"][0]["instances"][0]["state"], "running");
        }
        let context = admin.get("/provider/context").await.ok();
        assert!(context["context"]["cloudify"]["cloudify_agent"]["networks"]["default"].is_string());
        manager.stop().await;
    }
}

#[tokio::test]
async fn the_snapshot_status_is_told_to_everybody() {
    let (manager, admin) = manager(Release::V5_0_5).await;
    let told = admin.without_login().in_tenant(None).get("/snapshot-status").await.ok();
    assert_eq!(told, json!({ "status": "not-running" }));
    manager.stop().await;
}

#[tokio::test]
async fn the_alphabet_of_cli_4_2_is_understood() {
    let change = |config: &mut lab::cloudify::ManagerConfig| config.admin = Account::admin("admin", ">>>???");
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, change).await;
    let header = format!("Basic {}", URL_SAFE.encode("admin:>>>???"));
    let bare = admin.without_login().request(Method::GET, "/user");
    assert_eq!(send(bare.header("authorization", header)).await.ok()["username"], "admin");
    manager.stop().await;
}

#[tokio::test]
async fn what_belongs_to_a_tenant_needs_one_that_exists_and_that_the_caller_is_in() {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.accounts = vec![Account::user("erika", "secret", &["team"])];
        config.deployments = vec![NewDeployment::new(TENANT, "web", 1), NewDeployment::new("team", "data", 1)];
    };
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, change).await;
    assert_eq!(admin.in_tenant(None).get("/deployments").await.error(), (403, "forbidden_error"));
    assert_eq!(admin.in_tenant(Some("nowhere")).get("/deployments").await.error(), (403, "forbidden_error"));
    assert_eq!(admin.in_tenant(None).get("/status").await.status, 200);
    let erika = admin.as_user("erika", "secret");
    assert_eq!(erika.get("/deployments").await.error(), (403, "forbidden_error"));
    let team = erika.in_tenant(Some("team"));
    let ids = |items: Vec<Value>| -> Vec<Value> { items.iter().map(|item| item["id"].clone()).collect() };
    assert_eq!(ids(team.get("/deployments").await.items()), ["data"]);
    assert_eq!(ids(team.get("/deployments?_all_tenants=True").await.items()), ["data"]);
    assert_eq!(ids(admin.get("/deployments?_all_tenants=true").await.items()), ["web", "data"]);
    assert_eq!(admin.get("/deployments/data").await.error(), (404, "not_found_error"));
    // Users are an admin's business, and so are snapshots.
    assert_eq!(team.get("/users").await.error(), (403, "forbidden_error"));
    assert_eq!(team.put("/snapshots/s", &json!({})).await.error(), (403, "forbidden_error"));
    assert!(manager.truth().snapshots.is_empty());
    manager.stop().await;
}

#[tokio::test]
async fn a_3_4_2_without_security_asks_nobody_for_anything() {
    let change = |config: &mut lab::cloudify::ManagerConfig| config.security = false;
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V3_4_2, change).await;
    let nobody = admin.without_login().in_tenant(None);
    assert_eq!(nobody.get("/blueprints").await.status, 200);
    manager.stop().await;
}

#[tokio::test]
async fn a_token_ends_with_the_password_it_was_given_for() {
    for (release, method) in [(Release::V4_2, Method::GET), (Release::V7_0, Method::POST)] {
        let (manager, admin) = manager(release).await;
        let token = send(admin.request(method, "/tokens")).await.ok()["value"].as_str().unwrap().to_owned();
        let ask = async |token: &str| {
            let bare = admin.without_login().request(Method::GET, "/deployments");
            send(bare.header("Authentication-Token", token)).await
        };
        assert_eq!(ask(&token).await.status, 200);
        assert_eq!(ask("made-up").await.error(), (401, "unauthorized_error"));
        admin.post("/users/admin", &json!({ "password": "another" })).await.ok();
        assert_eq!(ask(&token).await.error(), (401, "unauthorized_error"));
        assert_eq!(manager.truth().admin, ("admin".to_owned(), "another".to_owned()));
        manager.stop().await;
    }
}

#[tokio::test]
async fn the_community_edition_has_no_users() {
    let change = |config: &mut lab::cloudify::ManagerConfig| config.edition = Edition::Community;
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, change).await;
    assert_eq!(admin.get("/version").await.ok()["edition"], "community");
    assert_eq!(admin.get("/users").await.error(), (404, "missing_premium_package_error"));
    assert_eq!(admin.get("/tenants").await.items(), [json!({ "name": TENANT, "groups": 0, "users": 1 })]);
    manager.stop().await;
}

#[tokio::test]
async fn a_call_that_is_made_wrongly_is_told_so() {
    let (manager, admin) = manager(Release::V4_2).await;
    assert_eq!(admin.get("/nothing").await.error(), (404, "not_found_error"));
    assert_eq!(admin.delete("/deployments").await.status, 405);
    let bare = admin.request(Method::PUT, "/snapshots/s").body("{}");
    assert_eq!(send(bare).await.error(), (415, "unsupported_content_type_error"));
    let broken = admin.with_body(Method::PUT, "/snapshots/s", "{".to_owned()).await;
    assert_eq!(broken.error(), (400, "bad_parameters_error"));
    let odd = admin.put("/snapshots/s", &json!({ "include_metrics": "perhaps" })).await;
    assert_eq!(odd.error(), (400, "bad_parameters_error"));
    assert!(manager.truth().snapshots.is_empty());
    manager.stop().await;
}

#[tokio::test]
async fn every_call_is_written_down_with_its_caller_and_counts_as_a_login() {
    let (manager, admin) = manager(Release::V4_2).await;
    admin.get("/tenants?_sort=name").await.ok();
    admin.as_user("admin", "wrong").get("/tenants").await;
    let received = manager.received();
    let [first, second] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!((first.user.as_deref(), first.status), (Some("admin"), 200));
    assert_eq!((first.method.as_str(), first.target.as_str()), ("GET", "/api/v3.1/tenants?_sort=name"));
    assert_eq!((second.user.as_deref(), second.status), (None, 401));
    assert!(admin.get("/users").await.items()[0]["last_login_at"].is_string());
    manager.stop().await;
}

#[tokio::test]
async fn somebody_who_works_with_the_web_interface_is_seen_in_the_list_of_users() {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.accounts = vec![Account::user("erika", "secret", &[TENANT])];
    };
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, change).await;
    let last = async || admin.get("/users?username=erika").await.items()[0]["last_login_at"].clone();
    assert_eq!(last().await, Value::Null);
    manager.set_fault(ManagerFault::SomebodyLogsIn { user: "erika".to_owned() });
    until(async || last().await.is_string().then_some(())).await;
    assert!(manager.received().iter().any(|call| call.user.as_deref() == Some("erika")));
    manager.stop().await;
}

#[tokio::test]
async fn in_maintenance_mode_only_what_the_release_allows_is_answered() {
    for (release, snapshots) in [(Release::V4_2, 503), (Release::V4_5, 200)] {
        let (manager, admin) = manager(release).await;
        let act = async |word: &str| send(admin.request(Method::POST, &format!("/maintenance/{word}"))).await;
        assert_eq!(admin.get("/maintenance").await.ok()["status"], "deactivated");
        assert_eq!(act("activate").await.ok()["status"], "activated");
        assert_eq!(act("activate").await.status, 304);
        assert_eq!(admin.get("/deployments").await.error(), (503, "maintenance_mode_active"));
        assert_eq!(admin.get("/snapshots").await.status, snapshots);
        assert_eq!(admin.get("/status").await.status, 200);
        assert_eq!(act("deactivate").await.ok()["status"], "deactivated");
        assert_eq!(act("deactivate").await.status, 304);
        assert_eq!(admin.get("/deployments").await.status, 200);
        manager.stop().await;
    }
}

#[tokio::test]
async fn a_manager_with_work_to_do_enters_maintenance_mode_only_when_it_is_done() {
    let (manager, admin) = manager(Release::V4_2).await;
    manager.set_fault(ManagerFault::ExecutionsHang);
    admin.put("/snapshots/s", &json!({})).await.ok();
    let entered = send(admin.request(Method::POST, "/maintenance/activate")).await.ok();
    assert_eq!(entered["status"], "activating");
    assert_eq!(entered["remaining_executions"][0]["workflow_id"], "create_snapshot");
    assert_eq!(admin.put("/snapshots/t", &json!({})).await.error(), (503, "entering_maintenance_mode"));
    manager.clear_faults();
    until(async || (admin.get("/maintenance").await.ok()["status"] == "activated").then_some(())).await;
    assert_eq!(manager.truth().snapshots[0].status, "created");
    manager.stop().await;
}

#[tokio::test]
async fn a_stopped_manager_answers_nobody() {
    let (manager, admin) = manager(Release::V4_2).await;
    let again = Client::new(&manager, "admin", "admin");
    manager.stop().await;
    assert_eq!(admin.get("/status").await.status, 0);
    assert_eq!(again.get("/status").await.status, 0);
}
