//! The way to the first look, and that nobody takes a demo for the real thing.

use axum::http::StatusCode;
use model::people::Role;

use crate::support::Server;

const DEMO: &str = "Demo: simulated platforms";

#[tokio::test]
async fn every_page_of_a_demo_says_so_and_no_other_does() {
    let demo = Server::with(|layer| layer.demo = Some("yes".to_owned())).await;
    let real = Server::start().await;
    for (server, is_demo) in [(&demo, true), (&real, false)] {
        let mut stranger = server.browser();
        let mut ada = server.logged_in("ada", &[Role::Admin]).await;
        for page in [
            stranger.get("/login").await,
            ada.get("/").await,
            ada.get("/history").await,
            ada.get("/environments/import").await,
            ada.get("/nowhere").await,
        ] {
            assert_eq!(page.body.contains(DEMO), is_demo, "{}", page.body);
        }
    }
}

#[tokio::test]
async fn an_admin_without_an_environment_is_led_to_add_one_and_nobody_else_is() {
    let server = Server::start().await;
    let setup = server.browser().get("/setup").await;
    assert_eq!(setup.status, StatusCode::OK);
    assert!(current(&setup.body).contains("1 Sign in"), "{}", setup.body);

    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let updates = ada.get("/").await.body;
    assert!(current(&updates).contains("2 Add an environment"), "{updates}");
    for link in ["/environments/new?platform=cloudify", "/environments/import", "/environments/export"] {
        assert!(updates.contains(&format!("href=\"{link}\"")), "{link} is missing: {updates}");
    }
    let new = ada.get("/environments/new?platform=open_vstorage").await.body;
    assert!(current(&new).contains("2 Add an environment"), "{new}");
    assert!(new.contains("server.crt on every MASTER"), "a field is not explained in the words of the platform: {new}");

    let mut vera = server.logged_in("vera", &[]).await;
    let updates = vera.get("/").await.body;
    assert!(!updates.contains("First use") && !updates.contains("/environments/export"), "{updates}");
}

#[tokio::test]
async fn an_environment_that_nobody_has_looked_at_says_what_comes_next() {
    let server = Server::start().await;
    let draft = engine::read_environment(include_str!("../../environment.example.toml")).unwrap();
    let id = server.engine.add_environment(None, draft).await.unwrap();
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    // Its host keys are not accepted, so a look would fail.
    for page in ["/".to_owned(), format!("/environments/{id}")] {
        let shown = ada.get(&page).await.body;
        assert!(current(&shown).contains("3 Test the connection"), "{shown}");
        assert!(shown.contains(&format!("/environments/{id}/connection")), "{shown}");
    }
    let mut vera = server.logged_in("vera", &[]).await;
    let shown = vera.get(&format!("/environments/{id}")).await.body;
    assert!(shown.contains("An admin tests the connection first") && !shown.contains("/connection\""), "{shown}");
}

/// What stands in the step that comes next.
fn current(page: &str) -> &str {
    let (_, rest) = page.split_once("aria-current=\"step\"").unwrap_or_default();
    rest.split("</li>").next().unwrap_or_default()
}
