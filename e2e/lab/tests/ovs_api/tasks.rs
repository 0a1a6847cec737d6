//! Tasks (2.8).

use lab::ovs::api::{ApiFault, Release};
use serde_json::{Value, json};

use crate::harness::{ROUTERS, Site, site, until};

fn set_workers(site: &Site, places: &[usize], on: bool) {
    site.cluster.edit(|memory| {
        for place in places {
            memory.model.storage_routers[*place].live.workers = on;
        }
    });
}

async fn task(site: &Site, id: &str) -> Value {
    site.get(&format!("tasks/{id}/")).await.ok()
}

#[tokio::test]
async fn a_task_is_pending_until_it_has_succeeded() {
    let site = site(Release::V2_13_5).await;
    site.api.set_fault(ApiFault::TasksHang);
    let id = site.begin("get_update_metadata").await;
    let pending = json!({
        "id": id, "status": "PENDING", "successful": false, "failed": false, "ready": false, "result": null,
    });
    assert_eq!(task(&site, &id).await, pending);
    site.api.clear_faults();
    let done = site.ended(&id).await;
    assert_eq!(
        (&done["status"], &done["successful"], &done["failed"]),
        (&json!("SUCCESS"), &json!(true), &json!(false))
    );
    assert_eq!(done["result"]["reachable"], true);
    site.api.stop().await;
}

#[tokio::test]
async fn an_id_that_nobody_knows_is_pending() {
    let site = site(Release::V2_13_5).await;
    let id = "3f0f2c1e-7c61-4a7e-9c5f-0a3d7d1b6c11";
    for _ in 0..3 {
        let task = task(&site, id).await;
        assert_eq!((&task["id"], &task["status"], &task["ready"]), (&json!(id), &json!("PENDING"), &json!(false)));
    }
    site.api.stop().await;
}

#[tokio::test]
async fn the_result_of_a_failed_task_is_the_text_of_the_exception() {
    let site = site(Release::V2_13_5).await;
    let reason = "Lost connection".to_owned();
    site.api.set_fault(ApiFault::TaskFails { name: "get_update_metadata".to_owned(), reason });
    let task = site.task_on(0, "get_update_metadata").await;
    assert_eq!((&task["status"], &task["failed"]), (&json!("FAILURE"), &json!(true)));
    assert_eq!(task["result"], "Lost connection");
    assert_eq!(site.task_on(0, "get_version_info").await["status"], "SUCCESS");
    site.api.stop().await;
}

#[tokio::test]
async fn stopping_memcached_loses_all_results_in_generation_a_and_none_later() {
    for (release, status) in [(Release::V2_6_1, "PENDING"), (Release::V2_13_5, "SUCCESS")] {
        let mut site = site(release).await;
        let id = site.begin("get_version_info").await;
        site.ended(&id).await;
        site.cluster.edit(|memory| memory.set_memcached(false));
        site.cluster.edit(|memory| memory.set_memcached(true));
        site.log_in().await;
        assert_eq!(task(&site, &id).await["status"], status);
        site.api.stop().await;
    }
}

#[tokio::test]
async fn a_result_that_comes_while_memcached_is_down_is_lost_in_generation_a() {
    let mut site = site(Release::V2_6_1).await;
    site.api.set_fault(ApiFault::TasksHang);
    let id = site.begin("get_version_info").await;
    site.cluster.edit(|memory| memory.set_memcached(false));
    site.api.clear_faults();
    until(async || (site.api.open_tasks() == 0).then_some(())).await;
    site.cluster.edit(|memory| memory.set_memcached(true));
    site.log_in().await;
    assert_eq!(task(&site, &id).await["status"], "PENDING");
    site.api.stop().await;
}

#[tokio::test]
async fn a_task_waits_until_there_are_workers() {
    let site = site(Release::V2_13_5).await;
    set_workers(&site, &[0, 1, 2], false);
    let id = site.begin("get_update_metadata").await;
    let nobody = json!({ "active": null, "scheduled": null, "reserved": null, "revoked": null });
    assert_eq!(site.get("tasks/").await.ok(), nobody);
    assert_eq!(task(&site, &id).await["status"], "PENDING");
    set_workers(&site, &[2], true);
    assert_eq!(site.ended(&id).await["status"], "SUCCESS");
    site.api.stop().await;
}

#[tokio::test]
async fn a_task_for_one_node_is_done_by_that_node_only() {
    let site = site(Release::V2_13_5).await;
    set_workers(&site, &[1], false);
    let path = format!("{ROUTERS}{}/get_version_info/", site.router(1));
    let id = site.get(&path).await.ok();
    // Others take what anybody may take, and leave this one.
    site.result("get_update_metadata").await;
    assert_eq!(task(&site, id.as_str().unwrap()).await["status"], "PENDING");
    set_workers(&site, &[1], true);
    let done = site.ended(id.as_str().unwrap()).await;
    assert_eq!(done["result"]["storagerouter_guid"], site.router(1));
    assert_eq!(done["result"]["versions"]["openvstorage"], "2.11.3-1");
    site.api.stop().await;
}

#[tokio::test]
async fn the_overview_names_the_worker_of_a_task_that_has_begun() {
    let site = site(Release::V2_13_5).await;
    site.api.set_fault(ApiFault::TasksHang);
    let path = format!("{ROUTERS}{}/get_version_info/", site.router(1));
    let id = site.get(&path).await.ok();
    let active = until(async || {
        let active = site.get("tasks/").await.ok()["active"].clone();
        (active["celery@ovs-node2"] != json!([])).then_some(active)
    })
    .await;
    assert_eq!(active["celery@ovs-node2"][0]["id"], id);
    assert_eq!(active["celery@ovs-node1"], json!([]));
    site.api.stop().await;
}

#[tokio::test]
async fn only_develop_says_that_a_task_has_started() {
    for (release, status) in [(Release::V2_13_5, "PENDING"), (Release::Develop, "STARTED")] {
        let site = site(release).await;
        site.api.set_fault(ApiFault::TasksHang);
        let id = site.begin("get_update_metadata").await;
        until(async || site.get("tasks/").await.ok()["active"].to_string().contains(&id).then_some(())).await;
        assert_eq!(task(&site, &id).await["status"], status);
        site.api.stop().await;
    }
}

#[tokio::test]
async fn to_get_a_result_blocks_until_there_is_one() {
    let site = site(Release::V2_13_5).await;
    site.api.set_fault(ApiFault::TasksHang);
    let id = site.begin("get_logfiles").await;
    let path = format!("tasks/{id}/get/");
    let waiting = site.get(&path);
    let release = async {
        // It has come in and was not answered: the record holds answered calls only.
        site.get("vpools/").await.ok();
        let answered = site.api.received().iter().any(|call| call.target.ends_with("/get/"));
        site.api.clear_faults();
        answered
    };
    let (result, answered_before) = tokio::join!(waiting, release);
    assert!(!answered_before);
    assert_eq!(result.ok(), "0000000000000001.tar.gz");
    site.api.stop().await;
}
