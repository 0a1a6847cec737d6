//! Who is not logged in sees two pages and nothing else.

use axum::http::header::{ACCEPT, ORIGIN, REFERER};
use axum::http::{HeaderName, StatusCode};
use leptos_axum::generate_route_list;

use crate::support::{OWN, Server};

const RUN: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";

/// Every route of the pages, with something for its parameters.
fn pages() -> Vec<String> {
    let routes = generate_route_list(app::App);
    let fill = |part: &str| if part.starts_with('{') { RUN.to_owned() } else { part.to_owned() };
    routes.iter().map(|route| route.path().split('/').map(fill).collect::<Vec<_>>().join("/")).collect()
}

#[tokio::test]
async fn every_page_but_login_and_setup_sends_a_stranger_to_the_login_page() {
    let server = Server::start().await;
    let pages = pages();
    assert!(pages.iter().any(|page| page == "/login") && pages.len() > 5, "the routes are not known: {pages:?}");
    for page in pages {
        let answer = server.browser().get(&page).await;
        if page == "/login" || page == "/setup" {
            assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.body);
        } else {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}");
            assert!(answer.location().starts_with("/login"), "{page} leads to {}", answer.location());
        }
    }
}

#[tokio::test]
async fn a_path_that_nobody_thought_of_is_closed_too() {
    let server = Server::start().await;
    for path in ["/no/such/page", "/assets", "/login/", "/setup/x", "/readyz/x", "/api", "//login", "/%6cogin/../x"] {
        let answer = server.browser().get(path).await;
        assert!(answer.status.is_redirection(), "{path} answers {}", answer.status);
        assert!(answer.location().starts_with("/login"), "{path} leads to {}", answer.location());
    }
}

#[tokio::test]
async fn every_server_function_and_the_event_stream_answer_a_stranger_with_401() {
    let server = Server::start().await;
    let functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(!functions.is_empty(), "no server function is registered");
    for (path, method) in functions {
        let mut browser = server.browser();
        let answer = browser.send(method, path, &[(ORIGIN, OWN)], axum::body::Body::empty()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let answer = server.browser().get(&format!("/runs/{RUN}/events")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn after_the_login_the_page_that_was_asked_for_comes() {
    let server = Server::start().await;
    server.person("anna", &[]).await;
    let mut browser = server.browser();
    let asked = browser.get("/history?text=a").await;
    assert_eq!(asked.location(), "/login?next=%2Fhistory%3Ftext%3Da");
    let form = [("name", "anna"), ("password", crate::support::PASSWORD), ("next", "/history?text=a")];
    assert_eq!(browser.post("/login", &form).await.location(), "/history?text=a");
    let form = [("name", "anna"), ("password", crate::support::PASSWORD), ("next", "//evil.example")];
    assert_eq!(browser.post("/login", &form).await.location(), "/");
}

#[tokio::test]
async fn a_form_without_wasm_leads_back_to_its_page_through_the_login() {
    let server = Server::start().await;
    let headers = [(ORIGIN, OWN), (ACCEPT, "text/html"), (REFERER, "http://drydock.test/runs/7")];
    let answer = server.browser().post_with("/api/abort_run", &[], &headers).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("refresh"), "0; url=/login?next=%2Fruns%2F7");
}

/// Every route of the sources that takes a form, besides the server functions.
fn forms() -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/mod.rs");
    let text = std::fs::read_to_string(source).unwrap();
    let routes = text.split(".route(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let takes_form = |rest: &str| rest.lines().next().is_some_and(|line| line.contains("post("));
    routes.filter(|(_, rest)| takes_form(rest)).map(|(path, _)| path.to_owned()).collect()
}

#[tokio::test]
async fn a_request_from_another_site_changes_nothing() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[model::people::Role::Admin]).await;
    let paths: Vec<&str> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    let fetch_site = HeaderName::from_static("sec-fetch-site");
    let forms = forms();
    assert!(forms.len() >= 9, "the routes were not read: {forms:?}");
    for path in paths.into_iter().chain(forms.iter().map(String::as_str)) {
        for foreign in [
            vec![],
            vec![(ORIGIN, "http://evil.example")],
            vec![(ORIGIN, "null")],
            vec![(fetch_site.clone(), "cross-site")],
            vec![(ORIGIN, OWN), (fetch_site.clone(), "same-site")],
        ] {
            let answer = browser.post_with(path, &[("name", "x")], &foreign).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {foreign:?}");
        }
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK, "the person was logged out");
}

#[tokio::test]
async fn a_body_larger_than_any_form_is_refused() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    let large = "x".repeat(600 * 1024);
    let answer = browser.post("/login", &[("name", "anna"), ("password", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
