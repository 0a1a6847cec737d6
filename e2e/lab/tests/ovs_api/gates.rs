//! Versions, paths, methods and roles (2.1, 2.2).

use lab::ovs::api::{Account, Grant, Release, Role};
use reqwest::Method;
use serde_json::json;

use crate::harness::{ROUTERS, Site, send, site, site_with};

async fn with_version(site: &Site, version: &str) -> (u16, String) {
    let accept = format!("application/json; version={version}");
    // The first `Accept` header counts, so it is set alone.
    let token = site.request(Method::GET, ROUTERS).build().unwrap().headers()["authorization"].clone();
    let request = site.http.get(site.url(ROUTERS)).header("authorization", token).header("accept", accept);
    let answer = send(request).await;
    (answer.status, answer.body["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_call_without_a_version_is_not_acceptable() {
    let site = site(Release::V2_13_5).await;
    for accept in ["*/*", "application/json", "application/json; version="] {
        let answer = send(site.http.get(site.url(ROUTERS)).header("accept", accept)).await;
        assert_eq!(answer.error(), (406, "missing_header"), "{accept}");
    }
    site.api.stop().await;
}

#[tokio::test]
async fn an_unsupported_version_is_426_and_in_generation_a_406() {
    for (release, good, bad, status) in
        [(Release::V2_6_1, "1", "2", 406), (Release::V2_9_23, "8", "9", 426), (Release::V2_13_5, "6", "5", 426)]
    {
        let site = site(release).await;
        assert_eq!(with_version(&site, good).await.0, 200);
        assert_eq!(with_version(&site, "*").await.0, 200);
        assert_eq!(with_version(&site, bad).await, (status, "invalid_version".to_owned()));
        site.api.stop().await;
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_404_page_of_django() {
    let site = site(Release::V2_13_5).await;
    for path in
        ["storagerouter/", "storagerouters/x/y/", "storagerouters//", "storagerouters/x/y/z/", "alba/", "alba/x/"]
    {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.as_str().unwrap().contains("<h1>Not Found</h1>"), "{path}");
    }
    site.api.stop().await;
}

#[tokio::test]
async fn an_unknown_object_is_a_404_in_json() {
    let site = site(Release::V2_13_5).await;
    assert_eq!(site.get("storagerouters/nothing/").await.error(), (404, "object_not_found"));
    let answer = site.get("storagerouters/nothing/get_update_metadata/").await;
    assert_eq!(answer.error(), (404, "object_not_found"));
    site.api.stop().await;
}

#[tokio::test]
async fn the_calls_of_later_generations_do_not_exist_in_generation_a() {
    let site = site(Release::V2_7_6).await;
    let guid = site.router(0);
    for call in [
        "get_update_metadata",
        "merge_package_information",
        "get_update_information",
        "refresh_package_information",
        "update_components",
    ] {
        assert_eq!(site.get(&format!("{ROUTERS}{guid}/{call}/")).await.status, 404, "{call}");
    }
    site.api.stop().await;
}

#[tokio::test]
async fn an_unknown_parameter_is_ignored() {
    let site = site(Release::V2_13_5).await;
    assert_eq!(site.get("vpools/?colour=red").await, site.get("vpools/").await);
    site.api.stop().await;
}

#[tokio::test]
async fn a_post_without_the_slash_is_redirected_and_loses_its_body() {
    let site = site(Release::V2_13_5).await;
    let path = format!("{ROUTERS}{}/update_components", site.router(0));
    let request = || {
        let request = site.request(Method::POST, &path).header("content-type", "application/json");
        request.body(json!({ "components": ["framework"] }).to_string()).build().unwrap()
    };
    let moved = site.http.execute(request()).await.unwrap();
    assert_eq!(moved.status(), 301);
    let to = format!("/api/{path}/");
    assert_eq!(moved.headers()["location"].to_str().unwrap(), to);
    // A client that follows it asks with GET, and has started nothing.
    let follows = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy().build().unwrap();
    let answer = follows.execute(request()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.url().path()), (405, to.as_str()));
    assert_eq!(site.launches(), []);
    site.api.stop().await;
}

#[tokio::test]
async fn a_wrong_method_is_refused_in_the_words_of_django() {
    let site = site(Release::V2_13_5).await;
    let answer = send(site.request(Method::DELETE, "vpools/")).await;
    assert_eq!((answer.status, answer.body), (405, json!({ "detail": "Method 'DELETE' not allowed." })));
    let path = format!("{ROUTERS}{}/update_framework/", site.router(0));
    assert_eq!(site.get(&path).await.status, 405);
    site.api.stop().await;
}

#[tokio::test]
async fn a_reader_sees_volumes_and_may_neither_list_nodes_nor_update() {
    let reader = Account::new(Grant::ClientCredentials, "reader", "secret", &[Role::Read]);
    let mut site = site_with(Release::V2_13_5, |config| config.accounts.push(reader.clone())).await;
    let token = site.token_for("reader", "secret", "grant_type=client_credentials").await.ok();
    site.use_token(token["access_token"].as_str().unwrap());
    for path in ["storagedrivers/", "vpools/", "vdisks/", "alba/nodes/", "alba/backends/", "tasks/", "tasks/x/"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    let guid = site.router(0);
    assert_eq!(site.get(&format!("{ROUTERS}{guid}/get_version_info/")).await.status, 200);
    for path in [ROUTERS.to_owned(), format!("{ROUTERS}{guid}/"), format!("{ROUTERS}{guid}/get_update_metadata/")] {
        assert_eq!(site.get(&path).await.error(), (403, "invalid_roles"), "{path}");
    }
    let path = format!("{ROUTERS}{guid}/update_components/");
    let answer = site.post(&path, &json!({ "components": ["framework"] })).await;
    assert_eq!(answer.error(), (403, "invalid_roles"));
    assert_eq!(answer.body["error_description"], "This call needs the roles read, write, manage");
    assert_eq!(site.launches(), []);
    site.api.stop().await;
}

#[tokio::test]
async fn the_two_old_buttons_answer_later_generations_up_to_version_six() {
    let site = site(Release::V2_9_23).await;
    let path = format!("{ROUTERS}{}/update_framework/", site.router(0));
    let token = site.request(Method::POST, "").build().unwrap().headers()["authorization"].clone();
    for (version, status) in [("7", 426), ("6", 200), ("*", 200)] {
        let accept = format!("application/json; version={version}");
        let request = site.http.post(site.url(&path)).header("authorization", token.clone()).header("accept", accept);
        assert_eq!(send(request).await.status, status, "{version}");
    }
    site.api.stop().await;
}

#[tokio::test]
async fn every_call_is_on_record_with_its_answer() {
    let site = site(Release::V2_13_5).await;
    site.get("vpools/?sort=name").await;
    let last = site.api.received().pop().unwrap();
    assert_eq!((last.master, last.method.as_str()), (site.masters[0], "GET"));
    assert_eq!((last.target.as_str(), last.status), ("/api/vpools/?sort=name", 200));
    site.api.stop().await;
}
