//! Lists: pages, filters, order, fields (2.4, fact 10).

use lab::cloudify::{Estate, Manager, NewDeployment, Release};
use serde_json::{Value, json};

use crate::harness::{Client, TENANT, manager, manager_with};

/// 1200 node instances in one deployment.
async fn large(release: Release) -> (Manager, Client) {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.deployments = vec![NewDeployment::new(TENANT, "large", 600)];
    };
    manager_with(&Estate::new(), "large", release, change).await
}

#[tokio::test]
async fn before_4_2_an_unpaged_list_holds_everything() {
    for release in [Release::V3_4_2, Release::V4_1] {
        let (manager, admin) = large(release).await;
        let (items, paging) = admin.get("/node-instances").await.list();
        assert_eq!(items.len(), 1200);
        assert_eq!(paging, json!({ "total": 1200, "size": 0, "offset": 0 }));
        manager.stop().await;
    }
}

#[tokio::test]
async fn from_4_2_to_4_5_an_unpaged_list_of_more_than_1000_is_an_error() {
    for release in [Release::V4_2, Release::V4_5] {
        let (manager, admin) = large(release).await;
        assert_eq!(admin.get("/node-instances").await.error(), (400, "illegal_action_error"));
        let (items, paging) = admin.get("/node-instances?_size=500&_offset=1000").await.list();
        assert_eq!(items.len(), 200);
        assert_eq!(paging, json!({ "total": 1200, "size": 500, "offset": 1000 }));
        // Shorter ones are told whole.
        let (items, paging) = admin.get("/deployments").await.list();
        assert_eq!((items.len(), paging), (1, json!({ "total": 1, "size": 0, "offset": 0 })));
        manager.stop().await;
    }
}

#[tokio::test]
async fn later_an_unpaged_list_silently_ends_after_1000() {
    for release in [Release::V4_6, Release::V5_0_5, Release::V7_0] {
        let (manager, admin) = large(release).await;
        let (items, paging) = admin.get("/node-instances").await.list();
        assert_eq!(items.len(), 1000);
        assert_eq!(paging, json!({ "total": 1200, "size": 1000, "offset": 0 }));
        let (items, _) = admin.get("/node-instances?_get_all_results=True").await.list();
        assert_eq!(items.len(), 1200);
        manager.stop().await;
    }
}

#[tokio::test]
async fn an_offset_alone_is_an_empty_page_up_to_4_5() {
    for (release, expected) in [(Release::V4_2, 0), (Release::V4_5, 0), (Release::V4_6, 200)] {
        let (manager, admin) = large(release).await;
        let (items, paging) = admin.get("/node-instances?_offset=1000").await.list();
        assert_eq!((items.len(), &paging["total"]), (expected, &json!(1200)), "{release:?}");
        manager.stop().await;
    }
}

#[tokio::test]
async fn pages_together_are_the_whole_list_without_repeats() {
    let (manager, admin) = large(Release::V4_2).await;
    let mut ids = std::collections::BTreeSet::new();
    for offset in [0, 500, 1000] {
        let path = format!("/node-instances?_sort=id&_size=500&_offset={offset}");
        ids.extend(admin.get(&path).await.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids.len(), 1200);
    manager.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_page_is_refused() {
    let (manager, admin) = large(Release::V4_5).await;
    assert_eq!(admin.get("/node-instances?_size=1001").await.error(), (400, "illegal_action_error"));
    assert_eq!(admin.get("/node-instances?_size=-1").await.error(), (400, "bad_parameters_error"));
    assert_eq!(admin.get("/node-instances?_size=x").await.error(), (400, "bad_parameters_error"));
    manager.stop().await;
}

#[tokio::test]
async fn a_snapshot_of_a_tenant_with_more_than_1000_nodes_fails_where_it_lists_them_unpaged() {
    let deployments = (0..501).map(|place| NewDeployment::new(TENANT, &format!("d{place}"), 1));
    let deployments: Vec<_> = deployments.collect();
    for (release, status) in [(Release::V4_1, "created"), (Release::V4_2, "failed"), (Release::V4_6, "created")] {
        let change = |config: &mut lab::cloudify::ManagerConfig| config.deployments.clone_from(&deployments);
        let (manager, admin) = manager_with(&Estate::new(), "large", release, change).await;
        admin.snapshot("many").await;
        assert_eq!(admin.get("/snapshots/many").await.ok()["status"], status, "{release:?}");
        manager.stop().await;
    }
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_narrowed_by_their_fields() {
    let change = |config: &mut lab::cloudify::ManagerConfig| {
        config.deployments = ["b", "c", "a"].map(|id| NewDeployment::new(TENANT, id, 1)).to_vec();
    };
    let (manager, admin) = manager_with(&Estate::new(), "some", Release::V4_5, change).await;
    let ids = |items: Vec<Value>| -> Vec<String> {
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(admin.get("/deployments?_sort=id").await.items()), ["a", "b", "c"]);
    assert_eq!(ids(admin.get("/deployments?_sort=-id").await.items()), ["c", "b", "a"]);
    assert_eq!(ids(admin.get("/deployments?_sort=id&id=a&id=c").await.items()), ["a", "c"]);
    assert_eq!(ids(admin.get("/deployments?_search=b").await.items()), ["b"]);
    let narrow = admin.get("/deployments?_include=id,tenant_name&id=a").await.items();
    assert_eq!(narrow, [json!({ "id": "a", "tenant_name": TENANT })]);
    assert_eq!(admin.get("/deployments?colour=red").await.error(), (400, "bad_parameters_error"));
    assert_eq!(admin.get("/deployments?_sort=colour").await.error(), (400, "bad_parameters_error"));
    assert_eq!(admin.get("/deployments?_include=colour").await.error(), (400, "no_such_include_field_error"));
    manager.stop().await;
}

#[tokio::test]
async fn an_empty_list_is_an_envelope_too() {
    let (manager, admin) = manager(Release::V4_2).await;
    let answer = admin.get("/blueprints").await.ok();
    assert_eq!(answer, json!({ "items": [], "metadata": { "pagination": { "total": 0, "size": 0, "offset": 0 } } }));
    manager.stop().await;
}
