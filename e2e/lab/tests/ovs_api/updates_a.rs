//! Generation A: what is pending per node, and the two buttons (2.4).

use lab::ovs::api::Release;
use serde_json::json;

use crate::harness::{Site, site};

fn pend_all(site: &Site) {
    let framework = [
        ("openvstorage-core", "2.6.1-1", "2.6.1-rev.3402.4d1e2aa-1"),
        ("openvstorage-webapps", "2.6.1-1", "2.6.1-rev.3402.4d1e2aa-1"),
        ("arakoon", "1.8.9", "1.8.12"),
        ("openvstorage-backend-core", "1.6.0-1", "1.6.1-rev.512.9f1c2d3-1"),
        ("openvstorage-sdm", "1.6.0-1", "Remote ASD"),
    ];
    site.pend(0, &framework);
    site.pend(0, &[("volumedriver-server", "3.6.1-0", "3.6.2-0")]);
}

#[tokio::test]
async fn the_status_of_a_node_lists_parts_with_what_they_stop_and_what_stands_in_their_way() {
    let site = site(Release::V2_6_1).await;
    pend_all(&site);
    site.cluster.edit(|memory| memory.model.arakoon.insert("ovsdb".to_owned(), 2));
    let expected = json!({
        "upgrade_ongoing": false,
        "framework": [
            {"name": "ovs", "namespace": "ovs", "to": "2.6.1-rev.3402.4d1e2aa-1", "gui_down": true,
             "downtime": [], "prerequisites": []},
            {"name": "arakoon", "namespace": "ovs", "to": "1.8.12", "gui_down": false,
             "downtime": [["ovs", "ovsdb", null]], "prerequisites": []},
            {"name": "openvstorage-backend", "namespace": "alba", "to": "1.6.1-rev.512.9f1c2d3-1", "gui_down": true,
             "downtime": [], "prerequisites": []},
            {"name": "openvstorage-sdm", "namespace": "alba", "to": "Remote ASD", "gui_down": false,
             "downtime": [], "prerequisites": []},
        ],
        "volumedriver": [
            {"name": "arakoon", "namespace": "ovs", "to": "1.8.12", "gui_down": false,
             "downtime": [], "prerequisites": []},
            {"name": "volumedriver", "namespace": "ovs", "to": "3.6.2-0", "gui_down": false,
             "downtime": [["ovs", "proxy", "vpool1"]], "prerequisites": [["ovs", "vmachine", null]]},
        ],
    });
    assert_eq!(site.result("get_update_status").await, expected);
    site.api.stop().await;
}

#[tokio::test]
async fn a_node_with_nothing_pending_has_two_empty_lists() {
    let site = site(Release::V2_6_1).await;
    let status = site.result("get_update_status").await;
    assert_eq!(status, json!({ "upgrade_ongoing": false, "framework": [], "volumedriver": [] }));
    site.api.stop().await;
}

#[tokio::test]
async fn a_part_without_a_version_is_dropped() {
    let site = site(Release::V2_6_1).await;
    site.pend(0, &[("arakoon", "1.8.9", "")]);
    assert_eq!(site.result("get_update_status").await["framework"], json!([]));
    site.api.stop().await;
}

#[tokio::test]
async fn since_2_7_nobody_looks_for_running_machines() {
    let site = site(Release::V2_7_0).await;
    pend_all(&site);
    assert_eq!(site.result("get_update_status").await["volumedriver"][1]["prerequisites"], json!([]));
    site.api.stop().await;
}

#[tokio::test]
async fn each_question_looks_anew() {
    let site = site(Release::V2_6_1).await;
    assert_eq!(site.result("get_update_status").await["framework"], json!([]));
    site.pend(0, &[("arakoon", "1.8.9", "1.8.12")]);
    assert_eq!(site.result("get_update_status").await["framework"][0]["name"], "arakoon");
    site.api.stop().await;
}

#[tokio::test]
async fn a_check_that_fails_is_a_failed_task_of_that_node_only() {
    let site = site(Release::V2_6_1).await;
    let reason = "Command 'apt-get update' returned non-zero exit status 100";
    let node = site.masters[1];
    site.cluster.edit(|memory| memory.found.insert(node, Err(reason.to_owned())));
    let failed = site.task_on(1, "get_update_status").await;
    assert_eq!((&failed["status"], &failed["result"]), (&json!("FAILURE"), &json!(reason)));
    assert_eq!(site.task_on(0, "get_update_status").await["status"], "SUCCESS");
    site.api.stop().await;
}

#[tokio::test]
async fn an_ongoing_update_is_seen_only_where_the_worker_sees_the_flag() {
    let site = site(Release::V2_6_1).await;
    site.cluster.edit(|memory| memory.model.storage_routers[1].live.update_ongoing = true);
    let mut seen = Vec::new();
    for _ in 0..3 {
        // Each time another node's worker, for the same node.
        seen.push(site.result("get_update_status").await["upgrade_ongoing"] == true);
    }
    assert_eq!(seen.iter().filter(|ongoing| **ongoing).count(), 1, "{seen:?}");
    site.api.stop().await;
}

#[tokio::test]
async fn a_button_starts_the_updater_on_the_node_that_was_named_and_succeeds_at_once_with_nothing() {
    let site = site(Release::V2_6_1).await;
    for (place, call, component) in [(2, "update_framework", "framework"), (0, "update_volumedriver", "volumedriver")] {
        let task = site.post_task(place, call, &json!({})).await;
        assert_eq!((&task["status"], &task["result"]), (&json!("SUCCESS"), &json!(null)));
        assert_eq!(site.launches().pop(), Some((site.masters[place], vec![component.to_owned()])));
    }
    site.api.stop().await;
}

#[tokio::test]
async fn a_launch_that_at_refuses_is_a_failed_task() {
    let site = site(Release::V2_6_1).await;
    let reason = "Can't open /var/run/atd.pid to signal atd. No atd running?";
    site.cluster.edit(|memory| memory.launch_fails = Some(reason.to_owned()));
    let task = site.post_task(0, "update_framework", &json!({})).await;
    assert_eq!((&task["status"], &task["result"]), (&json!("FAILURE"), &json!(reason)));
    site.api.stop().await;
}
