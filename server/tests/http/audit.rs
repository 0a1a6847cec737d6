//! The Audit page without WASM, and the log as a file.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use engine::{Checkpoints, verify_file};
use model::audit::AuditRange;
use model::people::Role;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn the_log_is_a_file_for_admins_and_the_same_one_again_after_more_has_happened() {
    let server = Server::start().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let whole = ada.get("/audit/export?to=2").await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.body);
    assert_eq!(whole.header(CONTENT_TYPE), "application/x-ndjson");
    assert_eq!(whole.header(CONTENT_DISPOSITION), "attachment; filename=\"drydock-audit-from-1-to-2.jsonl\"");
    let range = AuditRange { from: 1, to: Some(2) };
    assert_eq!(verify_file(whole.body.as_bytes(), range, &Checkpoints::default()).unwrap().checked.last, 2);
    server.person("rosa", &[]).await;
    assert_eq!(ada.get("/audit/export?to=2&from=1&format=jsonl").await.body, whole.body);
    let sheet = ada.get("/audit/export?format=csv&from=2&to=2").await;
    assert_eq!(sheet.header(CONTENT_TYPE), "text/csv; charset=utf-8");
    assert!(sheet.body.starts_with("seq,") && sheet.body.contains(",ada,login.succeeded,"), "{}", sheet.body);
}

#[tokio::test]
async fn nobody_else_gets_the_file() {
    let server = Server::start().await;
    let stranger = server.browser().get("/audit/export").await;
    assert!(stranger.status.is_redirection() && stranger.location().starts_with("/login"), "{}", stranger.body);
    let others: Vec<Role> = Role::ALL.into_iter().filter(|role| *role != Role::Admin).collect();
    let mut browser = server.logged_in("otto", &others).await;
    for path in ["/audit/export", "/audit/export?format=csv"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("admin") && !answer.body.contains("login.succeeded"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_range_or_a_format_that_makes_no_sense_is_refused_by_name() {
    let server = Server::start().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    for (query, named) in
        [("format=xml", "format"), ("from=x", "from"), ("to=99", "to"), ("from=0", "from"), ("from=2&to=1", "from")]
    {
        let answer = ada.get(&format!("/audit/export?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", answer.body);
        assert!(answer.body.contains(named), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_page_filters_by_its_address_and_keeps_what_was_typed() {
    let server = Server::start().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    server.person("rosa", &[]).await;
    server.browser().log_in("rosa", PASSWORD).await;
    let all = ada.get("/audit").await.body;
    assert!(all.contains("person.added") && all.contains("login.succeeded"), "{all}");
    assert!(all.contains("Checkpoints go nowhere"), "what is missing is not said: {all}");
    assert!(all.contains("/audit/export?format=csv&amp;to=4"), "the links do not name the end: {all}");
    let some = ada.get("/audit?who=ROSA&what=login.").await.body;
    assert!(some.contains("login.succeeded") && !some.contains("person.added"), "{some}");
    assert!(some.contains("value=\"ROSA\"") && some.contains("Show all"), "{some}");
    let none = ada.get("/audit?until=1999-12-31&text=%3Cscript%3E").await.body;
    assert!(none.contains("No entry fits") && none.contains("value=\"1999-12-31\""), "{none}");
    assert!(!none.contains("<script>\""), "{none}");
    assert_eq!(ada.get("/audit?from=yesterday&before=x").await.status, StatusCode::OK);
}
