//! When parts of a master are down, and when the API itself is in trouble (2.1, 4.2, 7.7).

use lab::ovs::api::{ApiFault, Front, Grant, Release, Trouble};
use reqwest::Method;
use serde_json::json;

use crate::harness::{ROUTERS, Site, send, site, until};

fn set_front(site: &Site, place: usize, front: Front) {
    let master = site.masters[place];
    site.cluster.edit(|memory| memory.fronts.insert(master, front));
}

fn trouble(path: &str, with: Trouble) -> ApiFault {
    ApiFault::Answers { path: path.to_owned(), with, times: 1 }
}

#[tokio::test]
async fn a_master_whose_api_is_down_answers_502_and_the_others_go_on() {
    let site = site(Release::V2_13_5).await;
    set_front(&site, 0, Front::BadGateway);
    let answer = site.get(ROUTERS).await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.as_str().unwrap().contains("<h1>502 Bad Gateway</h1>"));
    assert_eq!(site.get("").await.status, 502);
    // The same token: it lives in the cluster, not in the master.
    assert_eq!(send(site.request_to(site.masters[1], Method::GET, ROUTERS)).await.status, 200);
    set_front(&site, 0, Front::Serving);
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn nginx_serves_its_pages_without_the_api() {
    let site = site(Release::V2_13_5).await;
    set_front(&site, 0, Front::BadGateway);
    let front = site.api.url(site.masters[0]).replace("/api/", "/");
    assert_eq!(send(site.http.get(&front)).await.status, 200);
    assert_eq!(send(site.http.get(format!("{front}nothing"))).await.status, 404);
    site.api.stop().await;
}

#[tokio::test]
async fn a_master_on_which_nothing_runs_refuses_connections_and_comes_back() {
    let site = site(Release::V2_13_5).await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    set_front(&site, 0, Front::Refused);
    until(async || {
        let error = site.request(Method::GET, ROUTERS).send().await.err()?;
        error.is_connect().then_some(())
    })
    .await;
    assert_eq!(send(site.request_to(site.masters[1], Method::GET, ROUTERS)).await.status, 200);
    set_front(&site, 0, Front::Serving);
    until(async || site.request(Method::GET, ROUTERS).send().await.ok()).await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn a_call_under_way_breaks_when_nginx_stops() {
    let site = site(Release::V2_13_5).await;
    // It would wait for ever.
    let waiting = site.request(Method::GET, "tasks/unknown/get/").send();
    let stop = async {
        site.get(ROUTERS).await.ok();
        set_front(&site, 0, Front::Refused);
    };
    let (broken, ()) = tokio::join!(waiting, stop);
    assert!(broken.is_err());
    site.api.stop().await;
}

#[tokio::test]
async fn a_restarted_memcached_has_forgotten_all_tokens_and_counters() {
    let mut site = site(Release::V2_13_5).await;
    let (id, secret) = site.api.credentials(Grant::ClientCredentials).unwrap();
    let form = "grant_type=client_credentials";
    for _ in 0..5 {
        site.token_for(&id, &secret, form).await;
    }
    assert_eq!(site.token_for(&id, &secret, form).await.status, 429);
    site.cluster.edit(|memory| {
        memory.set_memcached(false);
        memory.set_memcached(true);
    });
    assert_eq!(site.get(ROUTERS).await.error(), (401, "invalid_token"));
    site.log_in().await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn while_memcached_is_down_no_token_is_valid_and_none_is_given_out() {
    let site = site(Release::V2_13_5).await;
    site.cluster.edit(|memory| memory.set_memcached(false));
    assert_eq!(site.get(ROUTERS).await.error(), (401, "invalid_token"));
    let answer = site.token_for("any", "any", "grant_type=client_credentials").await;
    assert_eq!(answer.error(), (500, "internal_server"));
    site.api.stop().await;
}

#[tokio::test]
async fn while_the_model_has_no_master_everything_is_an_internal_error() {
    let site = site(Release::V2_13_5).await;
    site.cluster.edit(|memory| memory.stores.model = false);
    for path in ["", ROUTERS, "tasks/x/"] {
        assert_eq!(site.get(path).await.error(), (500, "internal_server"), "{path}");
    }
    site.cluster.edit(|memory| memory.stores.model = true);
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn a_lost_reply_is_a_broken_connection_after_the_work_was_begun() {
    let site = site(Release::V2_13_5).await;
    site.api.set_fault(trouble("update_components", Trouble::ReplyLost));
    let path = format!("{ROUTERS}{}/update_components/", site.router(0));
    let request = site.request(Method::POST, &path).header("content-type", "application/json");
    let error = request.body(json!({ "components": ["framework"] }).to_string()).send().await.unwrap_err();
    assert!(!error.is_connect(), "{error:?}");
    until(async || (site.launches().len() == 1).then_some(())).await;
    site.api.stop().await;
}

#[tokio::test]
async fn a_fault_hits_the_calls_it_is_meant_for_and_as_often_as_it_is_meant() {
    let site = site(Release::V2_13_5).await;
    for (with, status, code) in [
        (Trouble::ServerError, 500, "internal_server"),
        (Trouble::RateLimited, 429, "rate_limit_reached"),
        (Trouble::TokenExpired, 401, "token_expired"),
    ] {
        site.api.set_fault(trouble("/vpools/", with));
        assert_eq!(site.get("vdisks/").await.status, 200);
        assert_eq!(site.get("vpools/").await.error(), (status, code));
        assert_eq!(site.get("vpools/").await.status, 200);
    }
    site.api.stop().await;
}

#[tokio::test]
async fn a_stopped_lab_listens_nowhere() {
    let site = site(Release::V2_13_5).await;
    let url = site.url("");
    site.api.stop().await;
    until(async || {
        let error = site.http.get(&url).send().await.err()?;
        error.is_connect().then_some(())
    })
    .await;
}
