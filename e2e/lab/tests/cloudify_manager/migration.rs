//! From one manager to another: snapshot, download, upload, restore, agents (3.3, 4).

use lab::cloudify::{Account, Estate, EstateViolation, Manager, ManagerConfig, NewDeployment, Release};
use serde_json::{Value, json};

use crate::harness::{Client, Pair, TENANT, manager_with, pair, until};

fn restore() -> Value {
    json!({ "recreate_deployments_envs": true, "force": false })
}

async fn migrated(old: Release, new: Release) -> Pair {
    let pair = pair(old, new).await;
    pair.carry_over().await;
    let (status, error) = pair.restore(&restore()).await;
    assert_eq!((status.as_str(), error.as_str()), ("terminated", ""), "{old:?} {new:?}");
    pair
}

#[tokio::test]
async fn after_a_restore_of_a_4_2_snapshot_the_old_password_is_in_force_and_agents_can_be_taken_over() {
    for (old, new) in [
        (Release::V4_2, Release::V4_2),
        (Release::V4_2, Release::V4_6),
        (Release::V4_5, Release::V5_0_5),
        (Release::V5_0_5, Release::V7_0),
    ] {
        let pair = migrated(old, new).await;
        let admin = pair.admin_after().await;
        assert_eq!(pair.new_admin.get("/user").await.status, 401);
        let truth = pair.new.truth();
        assert_eq!(truth.admin, ("admin".to_owned(), "old-secret".to_owned()));
        assert!(truth.able_to_log_in.contains("erika"));
        assert_eq!(truth.deployments, pair.old.truth().deployments);
        assert_eq!(truth.tenants, pair.old.truth().tenants);
        // The table of snapshots was emptied (fact 9).
        assert!(truth.snapshots.is_empty());
        assert!(truth.rest_starts > 1);
        assert_eq!(admin.as_user("erika", "erika-secret").get("/deployments").await.items().len(), 2);

        // The agents are the old manager's until they are installed.
        assert_eq!(pair.owners("web"), ["old", "old"]);
        assert_eq!(admin.install_agents("web").await["status"], "terminated");
        assert_eq!(pair.owners("web"), ["new", "new"]);
        assert_eq!(pair.owners("shop"), ["old"]);
        assert_eq!(admin.in_tenant(Some("team")).install_agents("data").await["status"], "terminated");
        assert_eq!(pair.owners("data"), ["new"]);
        assert!(pair.estate.duplicated().is_empty());
        pair.stop().await;
    }
}

#[tokio::test]
async fn a_host_shows_that_it_has_a_new_agent_and_the_old_one_runs_on() {
    let pair = migrated(Release::V4_2, Release::V4_5).await;
    let admin = pair.admin_after().await;
    let path = "/node-instances?deployment_id=shop&node_id=vm";
    let before = admin.get(path).await.items()[0]["runtime_properties"].clone();
    assert_eq!(before["cloudify_agent"]["broker_config"]["broker_ip"], pair.old.address().to_string());
    assert!(before.get("agent_status").is_none());
    assert_eq!(admin.get("/agents?state=restored&_all_tenants=true").await.items().len(), 4);
    admin.install_agents("shop").await;
    let after = admin.get(path).await.items()[0]["runtime_properties"].clone();
    assert_eq!(after["agent_status"]["agent_alive"], true);
    assert!(after["agent_status"]["timestamp"].is_string());
    assert_ne!(after["cloudify_agent"]["name"], before["cloudify_agent"]["name"]);
    assert_eq!(after["old_cloudify_agent"]["name"], before["cloudify_agent"]["name"]);
    assert_eq!(admin.get("/agents?state=started").await.items()[0]["version"], "4.5.0");
    let hosts = pair.estate.hosts_of(TENANT, "shop");
    let managers: Vec<&str> = hosts[0].agents.iter().map(|agent| agent.manager.as_str()).collect();
    assert_eq!(managers, ["old", "new"]);
    pair.stop().await;
}

#[tokio::test]
async fn old_agents_are_stopped_where_that_is_asked_for() {
    let pair = migrated(Release::V4_5, Release::V4_5).await;
    let admin = pair.admin_after().await;
    let begun = admin.start("shop", "install_new_agents", json!({ "stop_old_agent": true })).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "terminated");
    let hosts = pair.estate.hosts_of(TENANT, "shop");
    assert_eq!(hosts[0].agents.len(), 1);
    assert_eq!(hosts[0].manager(), Some("new"));
    pair.stop().await;
}

#[tokio::test]
async fn a_dry_run_asks_the_old_agents_and_installs_nothing() {
    let pair = migrated(Release::V4_5, Release::V4_5).await;
    let admin = pair.admin_after().await;
    let begun = admin.start("web", "install_new_agents", json!({ "install": false })).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "terminated");
    let begun = admin.start("web", "validate_agents", Value::Null).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "terminated");
    assert_eq!(pair.owners("web"), ["old", "old"]);
    let instances = admin.get("/node-instances?deployment_id=web&node_id=vm").await.items();
    assert_eq!(instances[0]["runtime_properties"]["agent_status"]["agent_alive_crossbroker"], true);
    pair.stop().await;
}

#[tokio::test]
async fn after_a_4_1_snapshot_the_new_password_stays_and_others_need_theirs_set() {
    let pair = migrated(Release::V4_1, Release::V4_2).await;
    assert_eq!(pair.new.truth().admin, ("admin".to_owned(), "new-secret".to_owned()));
    let erika = pair.new_admin.as_user("erika", "erika-secret");
    assert_eq!(erika.get("/deployments").await.error(), (401, "unauthorized_error"));
    assert!(!pair.new.truth().able_to_log_in.contains("erika"));
    pair.new_admin.post("/users/erika", &json!({ "password": "erika-again" })).await.ok();
    assert_eq!(erika.as_user("erika", "erika-again").get("/deployments").await.status, 200);
    // Nothing was restarted for it.
    assert_eq!(pair.new.truth().rest_starts, 1);
    assert_eq!(pair.new_admin.install_agents("web").await["status"], "terminated");
    assert_eq!(pair.owners("web"), ["new", "new"]);
    pair.stop().await;
}

#[tokio::test]
async fn everything_of_a_3_4_2_becomes_the_tenants_of_the_call() {
    let pair = migrated(Release::V3_4_2, Release::V4_2).await;
    let truth = pair.new.truth();
    assert_eq!(truth.admin, ("admin".to_owned(), "new-secret".to_owned()));
    assert!(truth.deployments.iter().all(|(tenant, _)| tenant == TENANT));
    assert_eq!(truth.deployments.len(), 3);
    // Its database was not replaced, so the snapshot is still there.
    assert_eq!(truth.snapshots.len(), 1);
    // The types of 3.x do not know the dry run (3.6).
    let dry = json!({ "install": false });
    let refused = pair.new_admin.start("web", "install_new_agents", dry.clone()).await;
    assert_eq!(refused.error(), (400, "illegal_execution_parameters_error"));
    let body = json!({
        "deployment_id": "web", "workflow_id": "install_new_agents", "parameters": dry,
        "allow_custom_parameters": "true",
    });
    let begun = pair.new_admin.post("/executions", &body).await.ok();
    assert_eq!(pair.new_admin.ended(&begun).await["status"], "terminated");
    assert_eq!(pair.owners("web"), ["old", "old"]);
    assert_eq!(pair.new_admin.install_agents("web").await["status"], "terminated");
    assert_eq!(pair.owners("web"), ["new", "new"]);
    pair.stop().await;
}

#[tokio::test]
async fn an_unpatched_4_0_1_loses_the_agents_of_other_tenants() {
    for (update_3, expected) in [(false, "failed"), (true, "terminated")] {
        let estate = Estate::new();
        let (old, old_admin) = manager_with(&estate, "old", Release::V4_0_1, |config| {
            config.update_3 = update_3;
            config.deployments = vec![NewDeployment::new(TENANT, "web", 1), NewDeployment::new("team", "data", 1)];
        })
        .await;
        let (new, new_admin) = manager_with(&estate, "new", Release::V4_2, |_| {}).await;
        let pair = Pair { estate, old, old_admin, new, new_admin };
        pair.carry_over().await;
        assert_eq!(pair.restore(&restore()).await.0, "terminated");
        assert_eq!(pair.new_admin.install_agents("web").await["status"], "terminated");
        let team = pair.new_admin.in_tenant(Some("team"));
        assert_eq!(team.install_agents("data").await["status"], expected);
        let owner = if update_3 { "new" } else { "old" };
        assert_eq!(pair.owners("data"), [owner]);
        pair.stop().await;
    }
}

#[tokio::test]
async fn restored_certificates_boot_the_machine_unless_that_is_forbidden() {
    for no_reboot in [false, true] {
        let pair = pair(Release::V4_2, Release::V4_2).await;
        pair.carry_over().await;
        let boot_id = pair.new.boot_id();
        let mut body = restore();
        body["restore_certificates"] = true.into();
        body["no_reboot"] = no_reboot.into();
        assert_eq!(pair.restore(&body).await.0, "terminated");
        pair.admin_after().await;
        assert_eq!(pair.new.boot_id() == boot_id, no_reboot);
        pair.stop().await;
    }
}

#[tokio::test]
async fn without_the_old_manager_no_agent_is_found() {
    let pair = migrated(Release::V4_2, Release::V4_2).await;
    let admin = pair.admin_after().await;
    pair.old.stop().await;
    let ended = admin.install_agents("web").await;
    assert_eq!(ended["status"], "failed");
    assert!(ended["error"].as_str().unwrap().contains("Could not access tasks list for agent"));
    let instances = admin.get("/node-instances?deployment_id=web&node_id=vm").await.items();
    let alive = |item: &Value| item["runtime_properties"]["agent_status"]["agent_alive_crossbroker"].clone();
    assert!(instances.iter().all(|item| alive(item) == false));
    assert!(pair.estate.hosts().iter().all(|host| host.manager() == Some("old")));
    pair.new.stop().await;
}

#[tokio::test]
async fn switching_the_old_manager_off_while_agents_have_nobody_else_is_a_violation() {
    for early in [true, false] {
        let pair = migrated(Release::V4_2, Release::V4_2).await;
        let admin = pair.admin_after().await;
        admin.install_agents("web").await;
        admin.install_agents("shop").await;
        let data: Vec<String> = pair.estate.hosts_of("team", "data").into_iter().map(|host| host.instance).collect();
        if !early {
            admin.in_tenant(Some("team")).install_agents("data").await;
        }
        pair.old.switch_off().await;
        let lost: Vec<String> = pair.estate.lost().into_iter().map(|host| host.instance).collect();
        if early {
            assert_eq!(lost, data);
            let violation = EstateViolation::SwitchedOffEarly { manager: "old".to_owned(), instances: data };
            assert_eq!(pair.estate.violations(), [violation]);
        } else {
            assert!(lost.is_empty());
            assert!(pair.estate.violations().is_empty());
        }
        pair.new.stop().await;
    }
}

#[tokio::test]
async fn a_host_that_is_not_started_keeps_its_deployment_out() {
    let (manager, admin) = manager_with(&Estate::new(), "manager", Release::V4_2, |config| {
        let mut stopped = NewDeployment::new(TENANT, "web", 1);
        stopped.state = "stopped".to_owned();
        config.deployments = vec![stopped];
    })
    .await;
    let ended = admin.install_agents("web").await;
    assert!(ended["error"].as_str().unwrap().contains("is not started (state: stopped)"), "{ended}");
    manager.stop().await;
}

#[tokio::test]
async fn an_upgrade_in_place_finds_its_agents_on_the_broker_of_the_same_address() {
    let estate = Estate::new();
    let (old, old_admin) = manager_with(&estate, "manager", Release::V4_1, |config| {
        config.deployments = vec![NewDeployment::new(TENANT, "web", 2)];
    })
    .await;
    old_admin.snapshot("upgrade").await;
    let archive = old_admin.download("upgrade").await;
    let address = old.address();
    old.stop().await;
    let mut config = ManagerConfig::new("manager", address, Release::V4_2);
    config.admin = Account::admin("admin", "fresh");
    let new = Manager::start(&estate, config).await.unwrap();
    let admin = Client::new(&new, "admin", "fresh");
    admin.upload("upgrade", archive).await.ok();
    let begun = admin.restore("upgrade", &restore()).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "terminated");
    assert_eq!(admin.install_agents("web").await["status"], "terminated");
    assert!(estate.hosts().iter().all(|host| host.agents.len() == 2));
    new.stop().await;
}

#[tokio::test]
async fn a_second_restore_needs_the_archive_again_and_force() {
    let pair = pair(Release::V4_2, Release::V4_2).await;
    pair.carry_over().await;
    let archive = pair.old_admin.download("upgrade").await;
    pair.restore(&restore()).await;
    let admin = pair.admin_after().await;
    assert_eq!(admin.restore("upgrade", &restore()).await.error(), (404, "not_found_error"));
    admin.upload("again", archive).await.ok();
    let begun = admin.restore("again", &restore()).await.ok();
    assert_eq!(admin.ended(&begun).await["status"], "failed");
    let mut forced = restore();
    forced["force"] = true.into();
    let starts = pair.new.truth().rest_starts;
    admin.restore("again", &forced).await.ok();
    until(async || (pair.new.truth().rest_starts > starts).then_some(())).await;
    assert_eq!(pair.new.truth().deployments, pair.old.truth().deployments);
    pair.stop().await;
}
