//! What every answer tells the browser.

use axum::http::header::CACHE_CONTROL;

use crate::support::{Answer, Server};

fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let (_, rest) = policy.split_once("'nonce-").unwrap_or_else(|| panic!("no nonce in {policy:?}"));
    rest.split('\'').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_page_does_not_carry_along_what_it_was_made_of() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[model::people::Role::Admin]).await;
    for page in ["/", "/people", "/policies"] {
        let body = browser.get(page).await.body;
        assert!(body.contains("anna"), "{page} does not show who looks");
        assert!(
            !body.contains("__RESOLVED_RESOURCES["),
            "{page} holds data for the browser that no island has asked for"
        );
        let list = body.split("__RESOLVED_RESOURCES=[").nth(1);
        assert!(list.is_none_or(|list| list.starts_with(']')), "{page}");
    }
}

#[tokio::test]
async fn every_inline_script_of_a_page_carries_the_nonce_of_its_answer() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    let mut seen = Vec::new();
    let mut scripts = 0;
    for page in ["/", "/login", "/history", "/no/such/page"] {
        let answer = browser.get(page).await;
        let nonce = nonce(&answer);
        assert!(nonce.len() >= 16, "{page}: {nonce:?}");
        for script in answer.body.split("<script").skip(1) {
            scripts += 1;
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{page}: <script{tag}>");
        }
        seen.push(nonce);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "a nonce was used twice");
    assert!(scripts > 0, "no page has a script, so this test shows nothing");
}

#[tokio::test]
async fn pages_hold_no_style_and_no_handler_that_the_policy_would_block() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[model::people::Role::Admin]).await;
    for page in ["/", "/login", "/history", "/people", "/audit", "/inbox", "/environments/new", "/design"] {
        let body = browser.get(page).await.body;
        for forbidden in [" style=\"", "<style", " onclick=\"", " onload=\"", "javascript:"] {
            assert!(!body.contains(forbidden), "{page} holds {forbidden:?}");
        }
    }
}

#[tokio::test]
async fn answers_of_all_kinds_are_strict() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    for path in ["/", "/login", "/healthz", "/readyz", "/assets/none.js", "/api/none", "/no/such/page"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {part} is missing in {policy:?}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header(CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: not over http");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let server = Server::with(|flags| flags.public_url = Some("https://drydock.test".into())).await;
    let answer = server.browser().get("/login").await;
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}
