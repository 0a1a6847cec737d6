//! Whether this server lives, and whether it can work.

use axum::http::StatusCode;

use crate::support::Server;

#[tokio::test]
async fn without_its_database_the_server_lives_but_is_not_ready() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    server.engine.shutdown().await;
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
    let answer = browser.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.trim().is_empty(), "it does not say why");
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("database"), "the page does not say why: {:?}", page.body);
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready() {
    let server = Server::start().await;
    server.stopping.cancel();
    assert_eq!(server.browser().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
