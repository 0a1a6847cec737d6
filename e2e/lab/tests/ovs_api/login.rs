//! Tokens, rate limits, and what everybody is told (2.1).

use std::time::Duration;

use lab::ovs::api::{Account, Grant, Release, Role};
use reqwest::Method;
use serde_json::json;

use crate::harness::{ROUTERS, send, site, site_with};

const CLIENT: &str = "grant_type=client_credentials";
const USER: &str = "grant_type=password&username=admin&password=admin";

#[tokio::test]
async fn a_client_gets_a_token_of_64_characters_for_an_hour() {
    let site = site(Release::V2_13_5).await;
    let (id, secret) = site.api.credentials(Grant::ClientCredentials).unwrap();
    let token = site.token_for(&id, &secret, CLIENT).await.ok();
    assert_eq!(token["access_token"].as_str().unwrap().len(), 64);
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 3600);
    assert_eq!(token.as_object().unwrap().len(), 3);
    site.api.stop().await;
}

#[tokio::test]
async fn a_user_gets_a_token_for_a_day_in_generation_a_and_for_half_a_day_later() {
    for (release, seconds) in [(Release::V2_6_1, 86_400), (Release::Develop, 43_200)] {
        let site = site(release).await;
        let token = send(site.token_request(USER)).await.ok();
        assert_eq!(token["expires_in"], seconds);
        site.api.stop().await;
    }
}

#[tokio::test]
async fn a_token_request_that_lacks_something_or_is_wrong_gets_an_error_that_says_so() {
    let site = site_with(Release::V2_13_5, |config| config.limits = false).await;
    for (form, status, code) in [
        ("", 400, "invalid_request"),
        ("grant_type=password&username=admin", 400, "invalid_request"),
        ("grant_type=password&username=admin&password=wrong", 400, "invalid_client"),
        ("grant_type=refresh_token", 400, "unsupported_grant_type"),
        (CLIENT, 403, "missing_credentials"),
    ] {
        assert_eq!(send(site.token_request(form)).await.error(), (status, code), "{form}");
    }
    assert_eq!(site.token_for("nobody", "nothing", CLIENT).await.error(), (400, "invalid_client"));
    assert_eq!(site.token_for("admin", "admin", CLIENT).await.error(), (400, "invalid_grant"));
    // The fields are read from a form and from nothing else.
    let json = site.http.post(site.url("oauth2/token/")).header("content-type", "application/json");
    let body = json!({ "grant_type": "password", "username": "admin", "password": "admin" });
    assert_eq!(send(json.body(body.to_string())).await.error(), (400, "invalid_request"));
    assert_eq!(send(site.http.get(site.url("oauth2/token/"))).await.status, 405);
    site.api.stop().await;
}

#[tokio::test]
async fn a_scope_narrows_a_token_and_cannot_widen_it() {
    let reader = Account::new(Grant::ClientCredentials, "reader", "secret", &[Role::Read]);
    let mut site = site_with(Release::V2_13_5, |config| config.accounts.push(reader.clone())).await;
    let (id, secret) = site.api.credentials(Grant::ClientCredentials).unwrap();
    let narrow = site.token_for(&id, &secret, "grant_type=client_credentials&scope=read+write").await.ok();
    site.use_token(narrow["access_token"].as_str().unwrap());
    assert_eq!(site.get(ROUTERS).await.error(), (403, "invalid_roles"));
    assert_eq!(site.get("vpools/").await.status, 200);
    for scope in ["read+manage", "everything"] {
        let form = format!("{CLIENT}&scope={scope}");
        assert_eq!(site.token_for("reader", "secret", &form).await.error(), (400, "invalid_scope"));
    }
    site.api.stop().await;
}

#[tokio::test]
async fn a_token_that_has_run_out_is_said_to_have_once_and_is_unknown_after() {
    let mut site = site(Release::V2_13_5).await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.advance(Duration::from_secs(3601));
    assert_eq!(site.get(ROUTERS).await.error(), (401, "token_expired"));
    assert_eq!(site.get(ROUTERS).await.error(), (401, "invalid_token"));
    site.log_in().await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn without_a_valid_bearer_token_nothing_is_told() {
    let mut site = site(Release::V2_13_5).await;
    let bare = || site.http.get(site.url(ROUTERS)).header("accept", "application/json; version=*");
    assert_eq!(send(bare()).await.error(), (401, "not_authenticated"));
    assert_eq!(send(bare().basic_auth("admin", Some("admin"))).await.error(), (401, "invalid_authorization_type"));
    assert_eq!(send(bare().bearer_auth("made-up")).await.error(), (401, "invalid_token"));
    let (id, secret) = site.api.credentials(Grant::ClientCredentials).unwrap();
    site.api.set_active(&id, false);
    assert_eq!(site.get(ROUTERS).await.error(), (401, "inactive_user"));
    assert_eq!(site.token_for(&id, &secret, CLIENT).await.error(), (400, "inactive_user"));
    site.api.set_active(&id, true);
    site.log_in().await;
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn the_sixth_token_request_of_a_minute_closes_the_door_for_a_minute_on_all_masters() {
    // The harness has made the first request already.
    let site = site(Release::V2_13_5).await;
    for _ in 0..4 {
        assert_eq!(send(site.token_request(USER)).await.status, 200);
    }
    assert_eq!(send(site.token_request(USER)).await.error(), (429, "rate_limit_reached"));
    let other = site.http.post(format!("{}oauth2/token/", site.api.url(site.masters[1])));
    assert_eq!(send(other).await.error(), (429, "rate_limit_timeout"));
    assert_eq!(site.get(ROUTERS).await.status, 200);
    site.api.advance(Duration::from_secs(61));
    assert_eq!(send(site.token_request(USER)).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn rate_limits_count_by_client_address_and_can_be_switched_off() {
    let site = site(Release::V2_13_5).await;
    for _ in 0..5 {
        send(site.token_request(USER)).await;
    }
    assert_eq!(send(site.token_request(USER)).await.status, 429);
    let elsewhere = std::net::IpAddr::from([127, 0, 0, 77]);
    let builder = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy().local_address(elsewhere);
    let request = builder.build().unwrap().post(site.url("oauth2/token/"));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(USER);
    assert_eq!(send(request).await.status, 200);
    site.api.set_limits(false);
    assert_eq!(send(site.token_request(USER)).await.status, 200);
    site.api.stop().await;
}

#[tokio::test]
async fn the_front_page_of_the_api_tells_releases_versions_and_masters_to_everybody() {
    let site = site(Release::V2_7_6).await;
    let told = send(site.http.get(site.url(""))).await.ok();
    assert_eq!(told["release"], json!({ "name": "fargo" }));
    assert_eq!(told["versions"], json!([2, 3, 4, 5, 6]));
    assert_eq!(told["storagerouter_ips"], json!(site.masters));
    assert_eq!(told["authenticated"], false);
    assert_eq!(told["authentication_state"], "unauthenticated");
    assert_eq!(told["plugins"], json!({ "alba": ["backend", "gui"] }));
    assert!(told["identification"]["cluster_id"].is_string());

    let told = send(site.request(Method::GET, "")).await.ok();
    assert_eq!(told["authenticated"], true);
    assert_eq!(told["roles"], json!(["read", "write", "manage"]));
    let wrong = send(site.http.get(site.url("")).bearer_auth("made-up")).await.ok();
    assert_eq!(wrong["authentication_state"], "invalid_token");
    site.api.stop().await;
}

#[tokio::test]
async fn the_front_page_is_answered_sixty_times_a_minute() {
    let site = site(Release::V2_13_5).await;
    for _ in 0..60 {
        assert_eq!(send(site.http.get(site.url(""))).await.status, 200);
    }
    assert_eq!(send(site.http.get(site.url(""))).await.error(), (429, "rate_limit_reached"));
    site.api.stop().await;
}
