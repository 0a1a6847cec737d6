//! What a look says is what the lab knows to be true.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use lab::cloudify::{Edition, Estate, Manager, ManagerFault, NewDeployment, Release};
use model::cloudify::{
    AgentWorkflow, CloudifyInventory, ExecutionStatus, Login, MaintenanceStatus, ManagerInventory, SnapshotStatus,
};
use model::environment::NewManager;
use model::observed::Observed;
use remote::http::Method;
use serde_json::json;
use support::{
    NEW_PASSWORD, OLD_PASSWORD, TENANT, call, client_for, client_with, furnished, local, manager, pair, rest, send,
    settings, until,
};

/// Releases with different rules about prefixes, tenants and lists.
const RELEASES: [Release; 6] =
    [Release::V3_4_2, Release::V4_0_1, Release::V4_2, Release::V4_6, Release::V5_0_5, Release::V7_0];

#[track_caller]
fn known<T>(value: &Observed<T>) -> &T {
    value.value().unwrap_or_else(|| panic!("{}: {}", value.source, value.reason().unwrap_or_default()))
}

fn deployments(seen: &ManagerInventory) -> BTreeSet<(String, String)> {
    known(&seen.deployments).iter().map(|one| (one.tenant.to_string(), one.id.to_string())).collect()
}

/// Node instance and agent of every host.
fn hosts(seen: &ManagerInventory) -> BTreeMap<String, String> {
    let all = known(&seen.deployments).iter();
    all.flat_map(|one| one.agents()).map(|(id, agent)| (id.to_string(), agent.name.clone())).collect()
}

fn real_hosts(estate: &Estate) -> BTreeMap<String, String> {
    let hosts = estate.hosts().into_iter();
    hosts.map(|host| (host.instance.clone(), host.agents.last().unwrap().name.clone())).collect()
}

#[tokio::test]
async fn what_is_seen_of_a_manager_of_each_release_is_what_is_there() {
    for release in RELEASES {
        let estate = Estate::new();
        let old = manager(&estate, "old", release, OLD_PASSWORD, furnished).await;
        let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
        let truth = old.truth();
        assert_eq!(known(&seen.version).to_string(), release.number());
        assert_eq!(known(&seen.login), &Login::Old);
        assert_eq!(deployments(&seen), truth.deployments, "{release:?}");
        assert_eq!(hosts(&seen), real_hosts(&estate), "{release:?}");
        assert_eq!(known(&seen.tenants).iter().map(ToString::to_string).collect::<BTreeSet<_>>(), truth.tenants);
        assert_eq!(known(&seen.executions).len(), 0);
        assert_eq!(known(&seen.snapshots).len(), 0);
        assert_eq!(*known(&seen.blueprints), 3);
        assert!(known(&seen.status).is_good(), "{:?}", seen.status);
        assert_eq!(known(&seen.maintenance).status, MaintenanceStatus::Deactivated);
        assert_eq!(known(&seen.networks), &BTreeSet::from(["default".to_owned()]));
        assert!(known(&seen.clock_skew_ms).abs() < 5_000, "{:?}", seen.clock_skew_ms);
        let web = known(&seen.deployments).iter().find(|one| one.id.as_str() == "web").unwrap();
        assert_eq!((web.instances(), web.others.get("started"), web.hosts_not_started().count()), (4, Some(&2), 0));
        assert!(web.workflows.contains(&AgentWorkflow::InstallNewAgents) && !web.acts_by_itself());
        let data = known(&seen.deployments).iter().find(|one| one.id.as_str() == "data").unwrap();
        assert_eq!(data.policies[0].workflow.as_deref(), Some("heal"));
        if release == Release::V3_4_2 {
            assert!(seen.users.reason().unwrap().contains("file") && seen.edition.reason().is_some());
        } else {
            let users: BTreeSet<String> = known(&seen.users).iter().map(|user| user.name.clone()).collect();
            assert_eq!(users, truth.users, "{release:?}");
            assert_eq!(known(&seen.role), "sys_admin");
        }
        let told = release >= Release::V5_0_5;
        assert_eq!(seen.restoring.value(), told.then_some(&false), "{release:?}");
    }
}

#[tokio::test]
async fn more_than_a_thousand_deployments_are_all_seen() {
    for release in [Release::V4_0_1, Release::V4_2, Release::V7_0] {
        let estate = Estate::new();
        let old = manager(&estate, "old", release, OLD_PASSWORD, |config| {
            config.deployments = (0..1203).map(|at| NewDeployment::new(TENANT, &format!("d{at}"), 1)).collect();
            config.deployments.push(NewDeployment::new("team", "d0", 1));
        })
        .await;
        let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
        assert_eq!(deployments(&seen), old.truth().deployments, "{release:?}");
        assert_eq!(hosts(&seen).len(), 1204, "{release:?}");
        let lists =
            ["/deployments", "/node-instances", "/executions", "/snapshots", "/blueprints", "/users", "/tenants"];
        for call in old.received().iter().filter(|call| lists.iter().any(|list| call.target.contains(list))) {
            assert!(call.target.contains("_size=") && call.target.contains("_offset="), "{}", call.target);
        }
    }
}

#[tokio::test]
async fn a_manager_that_is_away_is_unknown_with_its_reason_and_the_other_is_seen() {
    let pair = pair(Release::V4_2, Release::V5_0_5).await;
    let away = answering_502().await;
    let client = client_for(&settings(pair.old.url(), away));
    let seen = client.inventory().await;
    assert_eq!(deployments(&seen.old), pair.old.truth().deployments);
    let new = seen.new.unwrap();
    for reason in [new.version.reason(), new.deployments.reason(), new.executions.reason(), new.users.reason()] {
        let reason = reason.unwrap();
        assert!(reason.contains("502") && reason.contains("REST"), "{reason}");
    }
    pair.new.stop().await;
    let gone = pair.client.inventory().await.new.unwrap();
    assert!(gone.version.reason().unwrap().contains("cannot connect"), "{:?}", gone.version);
}

/// The web server of a manager whose REST service is stopped.
async fn answering_502() -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = "<html><head><title>502 Bad Gateway</title></head></html>";
            let head = format!(
                "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_told() {
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, "another", |_| {}).await;
    let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
    let reason = seen.deployments.reason().unwrap();
    assert!(reason.contains("401") && reason.contains("unauthorized_error"), "{reason}");
    assert_eq!(old.received().len(), 1, "{:?}", old.received());
}

#[tokio::test]
async fn what_is_under_way_is_seen_newest_first_with_what_the_system_does() {
    for release in [Release::V4_0_1, Release::V4_2, Release::V7_0] {
        let estate = Estate::new();
        let old = manager(&estate, "old", release, OLD_PASSWORD, furnished).await;
        old.set_fault(ManagerFault::ExecutionsHang);
        let web = json!({ "deployment_id": "web", "workflow_id": "install_new_agents" });
        call(&old, OLD_PASSWORD, Method::Post, "executions", &web).await;
        // Times of executions are told in milliseconds.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let healed = old.heal("team", "data").unwrap();
        let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
        let running = known(&seen.executions);
        let words: Vec<&str> = running.iter().map(|one| one.workflow.as_str()).collect();
        assert_eq!(words, ["heal", "install_new_agents"], "{release:?}");
        assert_eq!(running[0].id.as_str(), healed);
        assert_eq!(running[0].tenant.as_ref().unwrap().as_str(), "team");
        assert!(running.iter().all(|one| !one.status.has_ended()), "{running:?}");
    }
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, OLD_PASSWORD, furnished).await;
    old.set_fault(ManagerFault::ExecutionsHang);
    call(&old, OLD_PASSWORD, Method::Put, "snapshots/upgrade", &json!({ "include_metrics": false })).await;
    let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
    let running = known(&seen.executions);
    assert!(running.len() == 1 && running[0].is_system, "{running:?}");
    assert!(matches!(running[0].status, ExecutionStatus::Pending | ExecutionStatus::Started));
    assert_eq!(known(&seen.snapshots)[0].status, SnapshotStatus::Creating);
}

#[tokio::test]
async fn in_maintenance_mode_lists_are_unknown_and_the_mode_is_known() {
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, OLD_PASSWORD, furnished).await;
    send(&old, OLD_PASSWORD, Method::Post, "maintenance/activate", "application/json", Vec::new()).await;
    let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
    assert_eq!(known(&seen.maintenance).status, MaintenanceStatus::Activated);
    assert!(seen.deployments.reason().unwrap().contains("maintenance"), "{:?}", seen.deployments.reason());
    assert!(known(&seen.status).is_good());
}

#[tokio::test]
async fn a_community_manager_has_its_one_user() {
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, OLD_PASSWORD, |config| config.edition = Edition::Community).await;
    let seen = client_for(&settings(old.url(), "http://127.0.0.1:1".to_owned())).inventory().await.old;
    assert_eq!(known(&seen.edition), &model::cloudify::Edition::Community);
    let users = known(&seen.users);
    assert_eq!((users.len(), users[0].name.as_str()), (1, "admin"));
    assert!(users[0].last_login_at.is_some());
}

#[tokio::test]
async fn after_a_restore_the_new_manager_is_seen_as_the_old_ones_admin() {
    let pair = pair(Release::V4_2, Release::V5_0_5).await;
    assert_eq!(known(&pair.client.inventory().await.new.unwrap().login), &Login::New);
    carry_over(&pair.old, &pair.new).await;
    let admin = ("admin".to_owned(), OLD_PASSWORD.to_owned());
    let seen = until(async || {
        let new = pair.client.inventory().await.new.unwrap();
        (pair.new.truth().admin == admin && new.login.value() == Some(&Login::Old)).then_some(new)
    })
    .await;
    assert_eq!(deployments(&seen), pair.old.truth().deployments);
    // The agents still belong to the old manager: nobody has installed new ones.
    assert_eq!(hosts(&seen), real_hosts(&pair.estate));
    let agents = known(&seen.deployments).iter().flat_map(|one| one.agents());
    assert!(agents.into_iter().all(|(_, agent)| agent.replaced.is_none() && agent.status.is_none()));
}

async fn carry_over(old: &Manager, new: &Manager) {
    call(old, OLD_PASSWORD, Method::Put, "snapshots/upgrade", &json!({ "include_metrics": false })).await;
    until(async || old.truth().snapshots.first().filter(|one| one.status == "created").map(|_| ())).await;
    let archive = send(old, OLD_PASSWORD, Method::Get, "snapshots/upgrade/archive", "", Vec::new()).await;
    send(new, NEW_PASSWORD, Method::Put, "snapshots/upgrade/archive", "application/octet-stream", archive).await;
    let restore = json!({ "recreate_deployments_envs": true, "force": false, "restore_certificates": false,
                          "no_reboot": false });
    call(new, NEW_PASSWORD, Method::Post, "snapshots/upgrade/restore", &restore).await;
}

#[tokio::test]
async fn in_place_the_manager_that_is_there_is_seen_by_whoever_it_lets_in() {
    let estate = Estate::new();
    let old = manager(&estate, "old", Release::V4_2, OLD_PASSWORD, furnished).await;
    let mut place = settings(old.url(), String::new());
    place.new = NewManager::SameHost(rest(old.url()));
    let seen: CloudifyInventory = client_for(&place).inventory().await;
    assert_eq!((known(&seen.old.login), seen.new.is_none()), (&Login::Old, true));
    let address = old.address();
    old.stop().await;
    let next = manager(&estate, "next", Release::V5_0_5, NEW_PASSWORD, |config| config.address = address).await;
    let seen = client_for(&place).inventory().await.old;
    assert_eq!((known(&seen.login), known(&seen.version).to_string().as_str()), (&Login::New, "5.0.5"));
    next.stop().await;
}

#[tokio::test]
async fn a_machine_is_looked_at_and_one_that_is_none_is_unknown() {
    let pair = pair(Release::V4_2, Release::V5_0_5).await;
    let settings = settings(pair.old.url(), pair.new.url());
    let seen = client_with(&settings, [local("old")].into()).inventory().await;
    let machine = known(&seen.old.machine);
    assert!(machine.free_bytes.contains_key("/tmp") && !machine.boot_id.is_empty(), "{machine:?}");
    assert!(machine.local_time.contains('T'));
    assert!(seen.new.unwrap().machine.reason().unwrap().contains("no host of this environment"));
}
