//! Lists and objects (2.3).

use std::net::IpAddr;
use std::time::Duration;

use lab::ovs::api::{Alba, Release};
use serde_json::{Value, json};

use crate::harness::{ROUTERS, Site, site};

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// Gives the cluster this many vPools.
fn make_vpools(site: &Site, count: usize) {
    site.cluster.edit(|memory| {
        let first = memory.model.vpools[0].clone();
        memory.model.vpools = (1..=count)
            .map(|number| {
                let mut vpool = first.clone();
                vpool.guid = format!("vpool-{number:03}");
                vpool.name = format!("vpool{number:03}");
                vpool
            })
            .collect();
    });
}

#[tokio::test]
async fn a_list_without_contents_is_guids() {
    let site = site(Release::V2_13_5).await;
    let list = site.get(ROUTERS).await.ok();
    assert_eq!(list["data"], json!([site.router(0), site.router(1), site.router(2)]));
    assert_eq!(
        list["_paging"],
        json!({
            "total_items": 3, "current_page": 1, "max_page": 1, "page_size": 3, "start_number": 1, "end_number": 3,
        })
    );
    assert_eq!(list["_contents"], Value::Null);
    assert_eq!(list["_sorting"], json!(["name"]));
    site.api.stop().await;
}

#[tokio::test]
async fn empty_contents_bring_the_static_properties_only() {
    let site = site(Release::V2_13_5).await;
    let list = site.get("storagerouters/?sort=name&contents=").await.ok();
    assert_eq!(list["_contents"], json!([""]));
    let node = &list["data"][0];
    let keys: Vec<&String> = node.as_object().unwrap().keys().collect();
    let expected = [
        "description",
        "guid",
        "heartbeats",
        "ip",
        "last_heartbeat",
        "machine_id",
        "name",
        "node_type",
        "package_information",
        "rdma_capable",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&node["node_type"], &node["ip"]), (&json!("MASTER"), &json!(site.masters[0])));
    site.api.stop().await;
}

#[tokio::test]
async fn package_information_is_a_property_since_generation_b() {
    for (release, has) in [(Release::V2_7_6, false), (Release::V2_9_23, true), (Release::V2_13_5, true)] {
        let site = site(release).await;
        for path in ["storagerouters/?contents=", "alba/nodes/?contents="] {
            let list = site.get(path).await.ok();
            assert_eq!(list["data"][0].get("package_information").is_some(), has, "{path}");
        }
        site.api.stop().await;
    }
}

#[tokio::test]
async fn contents_name_groups_and_single_properties_and_leave_out_others() {
    let site = site(Release::V2_13_5).await;
    let path = format!("{ROUTERS}{}/", site.router(0));
    let keys = async |contents: &str| {
        let object = site.get(&format!("{path}{contents}")).await.ok();
        let has = |key: &str| object.get(key).is_some();
        (has("status"), has("vpools_guids"), has("storagedrivers_guids"))
    };
    assert_eq!(keys("?contents=").await, (false, false, false));
    assert_eq!(keys("?contents=status").await, (true, false, false));
    assert_eq!(keys("?contents=_dynamics").await, (true, true, false));
    assert_eq!(keys("?contents=_dynamics,-status,_relations").await, (false, true, true));
    assert_eq!(keys("").await, (true, true, true));
    site.api.stop().await;
}

#[tokio::test]
async fn a_list_is_sorted_as_asked() {
    let site = site(Release::V2_13_5).await;
    make_vpools(&site, 3);
    let list = site.get("vpools/?contents=&sort=-name").await.ok();
    assert_eq!(names(&list), ["vpool003", "vpool002", "vpool001"]);
    assert_eq!(list["_sorting"], json!(["-name"]));
    site.api.stop().await;
}

#[tokio::test]
async fn pages_hold_ten_in_generation_a_whatever_is_asked_for() {
    let site = site(Release::V2_6_1).await;
    make_vpools(&site, 23);
    let list = site.get("vpools/?contents=&page=3&page_size=25").await.ok();
    assert_eq!(names(&list), ["vpool021", "vpool022", "vpool023"]);
    assert_eq!(
        list["_paging"],
        json!({
            "total_items": 23, "current_page": 3, "max_page": 3, "page_size": 10, "start_number": 21, "end_number": 23,
        })
    );
    site.api.stop().await;
}

#[tokio::test]
async fn the_size_of_a_page_can_be_chosen_later() {
    let site = site(Release::V2_13_5).await;
    make_vpools(&site, 23);
    let list = site.get("vpools/?page=1&page_size=25").await.ok();
    assert_eq!((&list["_paging"]["page_size"], &list["_paging"]["max_page"]), (&json!(25), &json!(1)));
    assert_eq!(list["data"].as_array().unwrap().len(), 23);
    site.api.stop().await;
}

#[tokio::test]
async fn a_page_beyond_the_last_is_the_last_again() {
    let site = site(Release::V2_13_5).await;
    make_vpools(&site, 12);
    let last = site.get("vpools/?page=2").await.ok();
    assert_eq!(last["data"].as_array().unwrap().len(), 2);
    assert_eq!(site.get("vpools/?page=99").await.ok(), last);
    site.api.stop().await;
}

#[tokio::test]
async fn the_status_of_a_node_follows_its_heartbeats() {
    let site = site(Release::V2_13_5).await;
    for (process, celery, status) in [(5, 5, "OK"), (5, 150, "WARNING"), (5, 301, "FAILURE"), (301, 5, "FAILURE")] {
        site.cluster.edit(|memory| {
            let router = &mut memory.model.storage_routers[0];
            router.process_heartbeat = Duration::from_secs(process);
            router.celery_heartbeat = Duration::from_secs(celery);
        });
        let list = site.get("storagerouters/?contents=status").await.ok();
        assert_eq!(list["data"][0]["status"], status, "{process} {celery}");
    }
    site.api.stop().await;
}

#[tokio::test]
async fn a_storage_driver_tells_its_node_its_volumes_and_who_has_them_open() {
    let site = site(Release::V2_13_5).await;
    let list = site.get("storagedrivers/?contents=_dynamics,_relations").await.ok();
    let driver = &list["data"][0];
    assert_eq!(driver["mountpoint"], "/mnt/vpool1");
    assert_eq!(driver["storagerouter_guid"], site.router(0));
    let vpools = site.get("vpools/").await.ok();
    assert_eq!(driver["vpool_guid"], vpools["data"][0]);
    assert_eq!(driver["vdisks_guids"].as_array().unwrap().len(), 2);
    let clients = driver["edge_clients"].as_array().unwrap();
    assert_eq!(clients.len(), 1);
    assert_eq!(clients[0]["ip"], json!(site.masters[0]));
    assert_eq!(clients[0]["object_id"], "00000001-volume");
    site.api.stop().await;
}

#[tokio::test]
async fn a_volume_tells_whether_it_runs_and_who_has_it_open() {
    let site = site(Release::V2_13_5).await;
    let show = async || site.get("vdisks/?sort=name&contents=_dynamics,_relations").await.ok();
    let list = show().await;
    assert_eq!(list["data"][0]["info"]["live_status"], "RUNNING");
    assert_eq!(list["data"][0]["edge_clients"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][1]["edge_clients"], json!([]));
    site.cluster.edit(|memory| {
        memory.model.vdisks[0].clients.clear();
        memory.model.vdisks[0].live_status = "HALTED".to_owned();
    });
    let list = show().await;
    assert_eq!(list["data"][0]["info"]["live_status"], "HALTED");
    assert_eq!(list["data"][0]["edge_clients"], json!([]));
    site.api.stop().await;
}

#[tokio::test]
async fn the_alba_plugin_brings_its_own_lists_and_without_it_there_are_none() {
    let site = site(Release::V2_13_5).await;
    site.pend(0, &[("alba", "1.5.22", "1.5.23")]);
    let nodes = site.get("alba/nodes/?contents=_relations").await.ok();
    assert_eq!(nodes["data"].as_array().unwrap().len(), 3);
    assert_eq!(nodes["data"][0]["ip"], json!(site.masters[0]));
    assert_eq!(nodes["data"][0]["storagerouter_guid"], site.router(0));
    assert!(nodes["data"][0].get("password").is_none());
    let backends = site.get("alba/backends/?contents=name").await.ok();
    assert_eq!(names(&backends), ["mybackend"]);
    let storage_only = IpAddr::from([10, 0, 0, 9]);
    site.cluster.edit(|memory| {
        let nodes = &mut memory.model.alba.get_or_insert_default().nodes;
        nodes[2].ip = storage_only;
        nodes[2].storage_router = None;
    });
    let nodes = site.get("alba/nodes/?contents=_relations").await.ok();
    assert_eq!(nodes["data"][2]["storagerouter_guid"], Value::Null);
    site.cluster.edit(|memory| memory.model.alba = None::<Alba>);
    assert_eq!(site.get("alba/nodes/").await.status, 404);
    assert_eq!(site.get("").await.ok()["plugins"], json!({}));
    site.api.stop().await;
}

#[tokio::test]
async fn a_query_that_the_lab_cannot_answer_is_not_ignored() {
    let site = site(Release::V2_13_5).await;
    assert_eq!(site.get("vdisks/?query=%7B%7D").await.error(), (500, "internal_server"));
    site.api.stop().await;
}
