//! Generations B and C: what is pending in the cluster, what it will stop, and its start (2.5 to 2.7).

use std::net::IpAddr;

use lab::ovs::api::{Component, Installed, Release};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{ROUTERS, Site, send, site};

const FRAMEWORK: &[(&str, &str, &str)] = &[("openvstorage", "2.11.3-1", "2.11.4-1"), ("arakoon", "1.9.20", "1.9.22")];

async fn refreshed(release: Release) -> Site {
    let site = site(release).await;
    site.pend(0, FRAMEWORK);
    site.pend(0, &[("alba", "1.5.22", "1.5.23")]);
    let node = site.masters[0];
    site.cluster.edit(|memory| {
        let pending = memory.found.get_mut(&node).unwrap().as_mut().unwrap();
        pending.get_mut(&Component::Framework).unwrap()[1].installed = Installed::ServiceRestart;
    });
    assert_eq!(site.result("refresh_package_information").await, Value::Null);
    site
}

/// Makes the third ALBA node a storage node with an update of its own.
fn add_storage_node(site: &Site) -> IpAddr {
    let ip = IpAddr::from([10, 100, 199, 160]);
    site.cluster.edit(|memory| {
        let node = &mut memory.model.alba.as_mut().unwrap().nodes[2];
        node.ip = ip;
        node.storage_router = None;
        memory.make_pending(ip, &[("openvstorage-sdm", "1.10.0-1", "1.10.1-1")]);
    });
    ip
}

#[tokio::test]
async fn pending_packages_are_merged_by_address_component_and_package() {
    let site = refreshed(Release::V2_13_5).await;
    let storage_node = add_storage_node(&site);
    site.result("refresh_package_information").await;
    let expected = json!({
        site.masters[0].to_string(): {
            "framework": {
                "openvstorage": {"installed": "2.11.3-1", "candidate": "2.11.4-1"},
                "arakoon": {"installed": "service_restart", "candidate": "1.9.22"},
            },
            "alba": {"alba": {"installed": "1.5.22", "candidate": "1.5.23"}},
        },
        site.masters[1].to_string(): {},
        site.masters[2].to_string(): {},
        storage_node.to_string(): {"alba": {"openvstorage-sdm": {"installed": "1.10.0-1", "candidate": "1.10.1-1"}}},
    });
    assert_eq!(site.result("merge_package_information").await, expected);
    site.api.stop().await;
}

#[tokio::test]
async fn generation_b_names_services_and_marks_a_restart_with_a_suffix() {
    let site = refreshed(Release::V2_9_23).await;
    let merged = site.result("merge_package_information").await;
    let node = &merged[site.masters[0].to_string()];
    assert_eq!(
        node["framework"]["arakoon"],
        json!({
            "installed": "1.9.22-reboot", "candidate": "1.9.22", "services_to_restart": ["ovs-arakoon-ovsdb"],
        })
    );
    assert_eq!(node["framework"]["openvstorage"]["services_to_restart"], json!([]));
    site.cluster.edit(|memory| memory.model.storage_routers[0].package_errors.push("ASD manager is slow".to_owned()));
    let merged = site.result("merge_package_information").await;
    assert_eq!(merged[site.masters[0].to_string()]["errors"], json!(["ASD manager is slow"]));
    site.api.stop().await;
}

#[tokio::test]
async fn migrations_that_still_have_to_run_are_named_as_the_installed_version() {
    let site = site(Release::V2_13_5).await;
    site.pend(0, FRAMEWORK);
    let node = site.masters[0];
    site.cluster.edit(|memory| {
        let pending = memory.found.get_mut(&node).unwrap().as_mut().unwrap();
        pending.get_mut(&Component::Framework).unwrap()[0].installed = Installed::Migrations;
    });
    site.result("refresh_package_information").await;
    let merged = site.result("merge_package_information").await;
    assert_eq!(merged[node.to_string()]["framework"]["openvstorage"]["installed"], "migrations");
    site.api.stop().await;
}

#[tokio::test]
async fn what_is_told_is_what_the_last_refresh_found() {
    let site = site(Release::V2_13_5).await;
    site.pend(0, FRAMEWORK);
    let node = site.masters[0].to_string();
    assert_eq!(site.result("merge_package_information").await[&node], json!({}));
    site.result("refresh_package_information").await;
    assert!(site.result("merge_package_information").await[&node]["framework"].is_object());
    site.api.stop().await;
}

#[tokio::test]
async fn generation_c_tells_downtime_and_prerequisites_by_component() {
    let site = refreshed(Release::V2_13_5).await;
    site.cluster.edit(|memory| {
        memory.model.arakoon.insert("ovsdb".to_owned(), 1);
        memory.model.storage_routers[2].live.reachable = false;
    });
    let down = json!([["node_down", "ovs-node3"]]);
    let expected = json!({
        "framework": {"downtime": [["api", null], ["gui", null], ["ovsdb", null]], "prerequisites": down},
        "alba": {"downtime": [["proxy", "vpool1"]], "prerequisites": down},
    });
    assert_eq!(site.result("get_update_information").await, expected);
    site.api.stop().await;
}

#[tokio::test]
async fn generation_b_tells_packages_and_services_beside_them() {
    let site = refreshed(Release::V2_9_23).await;
    let told = site.result("get_update_information").await;
    let framework = &told["framework"];
    assert_eq!(framework["services_stop_start"], json!(["ovs-watcher-framework", "memcached"]));
    assert_eq!(framework["services_post_update"], json!(["ovs-arakoon-ovsdb"]));
    assert_eq!(framework["packages"]["openvstorage"]["candidate"], "2.11.4-1");
    assert_eq!(framework["prerequisites"], json!([]));
    assert!(told.get("storagedriver").is_none());
    site.api.stop().await;
}

#[tokio::test]
async fn the_stored_record_of_generation_c_has_services_by_importance() {
    let site = site(Release::V2_13_5).await;
    site.pend(0, &[("volumedriver-no-dedup-server", "6.16.5-0", "6.16.6-0")]);
    site.result("refresh_package_information").await;
    let node = site.get(&format!("{ROUTERS}{}/?contents=", site.router(0))).await.ok();
    let expected = json!({"storagedriver": {
        "packages": {"volumedriver-no-dedup-server": {"installed": "6.16.5-0", "candidate": "6.16.6-0"}},
        "downtime": [["voldrv", "vpool1"]],
        "prerequisites": [],
        "services_stop_start": {"10": [], "20": []},
        "services_post_update": {"10": ["ovs-volumedriver_vpool1"], "20": ["ovs-dtl_vpool1"]},
    }});
    assert_eq!(node["package_information"], expected);
    site.api.stop().await;
}

#[tokio::test]
async fn a_small_cluster_of_a_backend_and_a_silent_alba_node_are_told() {
    let site = refreshed(Release::V2_13_5).await;
    let silent = site.masters[1].to_string();
    site.cluster.edit(|memory| {
        memory.model.arakoon.insert("mybackend-nsm_0".to_owned(), 1);
        memory.model.alba.as_mut().unwrap().nodes[1].responds = false;
    });
    let told = site.result("get_update_information").await;
    assert_eq!(told["alba"]["downtime"], json!([["backend", "mybackend"], ["proxy", "vpool1"]]));
    assert_eq!(told["alba"]["prerequisites"], json!([["alba_node_unresponsive", silent]]));
    assert_eq!(told["framework"]["prerequisites"], json!([]));
    site.api.stop().await;
}

#[tokio::test]
async fn a_node_whose_check_failed_looks_up_to_date_and_only_the_refresh_says_otherwise() {
    let site = refreshed(Release::V2_13_5).await;
    let (one, other) = (site.masters[0], site.masters[1]);
    site.cluster.edit(|memory| {
        memory.found.insert(one, Err("Could not resolve 'apt.openvstorage.com'".to_owned()));
        memory.found.insert(other, Err("Connection timed out".to_owned()));
    });
    let task = site.task_on(0, "refresh_package_information").await;
    assert_eq!(task["status"], "FAILURE");
    let text = format!(" - {one}: Could not resolve 'apt.openvstorage.com'\n - {other}: Connection timed out");
    assert_eq!(task["result"], text);
    assert_eq!(site.result("merge_package_information").await[one.to_string()], json!({}));
    assert_eq!(site.result("get_update_information").await, json!({}));
    site.api.stop().await;
}

#[tokio::test]
async fn the_metadata_of_a_node_that_cannot_be_reached_look_good() {
    let site = site(Release::V2_13_5).await;
    site.cluster.edit(|memory| {
        let live = &mut memory.model.storage_routers[0].live;
        (live.at_works, live.update_ongoing) = (false, true);
    });
    let told = site.result("get_update_metadata").await;
    assert_eq!(told, json!({ "at_ok": false, "reachable": true, "update_ongoing": true }));
    site.cluster.edit(|memory| memory.model.storage_routers[0].live.reachable = false);
    let told = site.result("get_update_metadata").await;
    assert_eq!(told, json!({ "at_ok": true, "reachable": false, "update_ongoing": false }));
    site.api.stop().await;
}

#[tokio::test]
async fn the_status_call_of_generation_a_is_left_over_and_broken() {
    for release in [Release::V2_9_23, Release::V2_13_5] {
        let site = site(release).await;
        let path = format!("{ROUTERS}{}/get_update_status/", site.router(0));
        assert_eq!(site.get(&path).await.error(), (500, "internal_server"));
        site.api.stop().await;
    }
}

#[tokio::test]
async fn components_in_a_json_body_are_right_in_every_release() {
    let wanted = ["framework", "storagedriver"];
    for release in [Release::V2_9_23, Release::V2_9_30, Release::V2_10_0, Release::V2_13_5, Release::Develop] {
        let site = site(release).await;
        let task = site.post_task(0, "update_components", &json!({ "components": wanted })).await;
        assert_eq!((&task["status"], &task["result"]), (&json!("SUCCESS"), &json!(null)));
        assert_eq!(site.launches()[0].1, wanted);
        site.api.stop().await;
    }
}

#[tokio::test]
async fn components_in_the_query_come_letter_by_letter_since_2_9_24() {
    // ["alba"]
    let query = "components=%5B%22alba%22%5D";
    for (release, wanted) in [
        (Release::V2_9_23, vec!["alba"]),
        (Release::V2_9_30, vec!["[", "\"", "a", "l", "b", "a", "\"", "]"]),
        (Release::V2_13_5, vec!["alba"]),
        (Release::Develop, vec!["[", "\"", "a", "l", "b", "a", "\"", "]"]),
    ] {
        let site = site(release).await;
        let task = site.post_task(0, &format!("update_components/?{query}&"), &json!({})).await;
        assert_eq!(task["status"], "SUCCESS");
        assert_eq!(site.launches()[0].1, wanted, "{release:?}");
        site.api.stop().await;
    }
}

#[tokio::test]
async fn components_in_the_body_win_over_those_in_the_query() {
    let site = site(Release::V2_9_30).await;
    let call = "update_components/?components=%5B%22alba%22%5D&";
    site.post_task(0, call, &json!({ "components": ["framework"] })).await;
    assert_eq!(site.launches()[0].1, ["framework"]);
    site.api.stop().await;
}

#[tokio::test]
async fn components_that_are_missing_or_no_json_are_refused_and_those_of_a_wrong_kind_fail_the_task() {
    let site = site(Release::V2_13_5).await;
    let path = format!("{ROUTERS}{}/update_components/", site.router(0));
    assert_eq!(site.post(&path, &json!({})).await.error(), (406, "invalid_data"));
    let broken = site.request(Method::POST, &path).header("content-type", "application/json").body("{");
    assert_eq!(send(broken).await.status, 400);
    for (components, reason) in [
        (json!(null), "'NoneType' object is not iterable"),
        (json!(7), "'int' object is not iterable"),
        (json!(["framework", 7]), "sequence item 1: expected string"),
    ] {
        let task = site.post_task(0, "update_components", &json!({ "components": components })).await;
        assert_eq!((&task["status"], &task["result"]), (&json!("FAILURE"), &json!(reason)));
    }
    assert_eq!(site.launches(), []);
    site.api.stop().await;
}

#[tokio::test]
async fn two_launches_on_the_same_node_run_on_two_nodes() {
    let site = site(Release::V2_13_5).await;
    for _ in 0..2 {
        site.post_task(0, "update_components", &json!({ "components": ["framework"] })).await;
    }
    let launches = site.launches();
    assert_eq!(launches.len(), 2);
    assert_ne!(launches[0].0, launches[1].0);
    site.api.stop().await;
}

#[tokio::test]
async fn the_old_buttons_start_the_components_of_the_new_names() {
    let site = site(Release::V2_13_5).await;
    site.post_task(0, "update_framework", &json!({})).await;
    site.post_task(0, "update_volumedriver", &json!({})).await;
    let components: Vec<_> = site.launches().into_iter().map(|(_, components)| components).collect();
    assert_eq!(components, [["framework"], ["storagedriver"]]);
    site.api.stop().await;
}
