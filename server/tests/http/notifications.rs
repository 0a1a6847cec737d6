//! Notifications as admins and as everybody else see them, without scripts.

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, ORIGIN};
use model::people::Role;

use crate::support::{OWN, Server};

#[tokio::test]
async fn an_admin_names_places_and_their_addresses_are_shown_nowhere() {
    let server = Server::start().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let form = [
        ("form[channel]", "slack"),
        ("form[address][place]", "sealed"),
        ("form[address][typed]", "https://hooks.example.org/services/T0KEN/MARK"),
        ("occasions[0]", "failed"),
        ("occasions[1]", "alarm"),
    ];
    let answer = ada.post("/api/add_target", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mails = [("form[to]", "ops@example.org, night@example.org"), ("occasions[0]", "failed")];
    assert_eq!(ada.post("/api/add_target", &mails).await.status, StatusCode::OK);
    let page = ada.get("/notifications").await.body;
    for shown in ["Slack at https://hooks.example.org", "Mail to ops@example.org", "Mail to night@example.org"] {
        assert!(page.contains(shown), "{shown} is missing: {page}");
    }
    assert!(!page.contains("MARK") && !page.contains("T0KEN"), "{page}");
    let id = page.split("/notifications/change?target=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let change = ada.get(&format!("/notifications/change?target={id}")).await.body;
    assert!(change.contains("Save") && !change.contains("MARK"), "{change}");
    let bad = ada.post("/api/add_target", &[("form[to]", "nobody"), ("occasions[0]", "failed")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("no mail address"), "{}", bad.body);
    let bad = ada.post("/api/add_target", &[("form[to]", "ops@example.org")]).await;
    assert!(bad.body.contains("choose at least one"), "{}", bad.body);
}

#[tokio::test]
async fn a_place_is_changed_and_its_secret_stays_unless_another_one_is_typed() {
    let server = Server::start().await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let new = [
        ("form[channel]", "slack"),
        ("form[address][place]", "sealed"),
        ("form[address][typed]", "https://hooks.example.org/services/MARK"),
        ("occasions[0]", "failed"),
    ];
    assert_eq!(ada.post("/api/add_target", &new).await.status, StatusCode::OK);
    let page = ada.get("/notifications").await.body;
    let id = page.split("/notifications/change?target=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [
        ("target", id.as_str()),
        ("form[channel]", "teams"),
        ("form[address][place]", "sealed"),
        ("form[address][typed]", ""),
        ("occasions[0]", "alarm"),
    ];
    let answer = ada.post("/api/change_target", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let page = ada.get("/notifications").await.body;
    assert!(page.contains("Teams at https://hooks.example.org") && !page.contains("Slack at"), "{page}");
    let other = [form[0], form[1], form[2], ("form[address][typed]", "https://other.example.org/x"), form[4]];
    assert_eq!(ada.post("/api/change_target", &other).await.status, StatusCode::OK);
    assert!(ada.get("/notifications").await.body.contains("Teams at https://other.example.org"));
    let two = [form[0], ("form[channel]", "mail"), ("form[to]", "a@example.org, b@example.org"), form[4]];
    let refused = ada.post("/api/change_target", &two).await;
    assert!(refused.body.contains("one address is expected"), "{}", refused.body);
    let none = ada.post("/api/change_target", &form[..4]).await;
    assert!(none.body.contains("choose at least one"), "{}", none.body);
}

#[tokio::test]
async fn everybody_has_an_account_and_a_plain_form_sets_where_they_are_told() {
    let server = Server::start().await;
    let mut vera = server.logged_in("vera", &[]).await;
    let page = vera.get("/account").await.body;
    assert!(page.contains("Your mail address") && page.contains("An admin has not named a mail server"), "{page}");
    let form = [("to", "vera@example.org"), ("occasions[]", "failed"), ("occasions[]", "unknown")];
    let answer = vera.post_with("/api/set_own_target", &form, &[(ORIGIN, OWN), (ACCEPT, "text/html")]).await;
    assert!(answer.status.is_redirection(), "{} {}", answer.status, answer.body);
    let page = vera.get("/account").await.body;
    assert!(page.contains("value=\"vera@example.org\"") && page.contains("Nothing delivered yet"), "{page}");
    let page = vera.get("/notifications").await.body;
    assert!(!page.contains("vera@example.org"), "{page}");
    let test = vera.post("/api/test_own_target", &[]).await;
    assert_eq!(test.status, StatusCode::CONFLICT);
    assert!(test.body.contains("no mail server is named"), "{}", test.body);
    assert!(vera.get("/account").await.body.contains("Test not taken"));
}
