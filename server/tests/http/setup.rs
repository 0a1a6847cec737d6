//! The first admin.

use axum::http::StatusCode;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn the_setup_link_makes_one_admin_and_logs_them_in() {
    let server = Server::start().await;
    let token = server.engine.setup_token().await.unwrap().unwrap();
    let mut browser = server.browser();
    assert_eq!(browser.get("/setup").await.status, StatusCode::OK);
    let form = [("token", token.as_str()), ("name", "ada"), ("password", PASSWORD)];
    let answer = browser.post("/setup", &form).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    assert_eq!(
        server.browser().get("/setup").await.location(),
        "/login",
        "the form is shown although it leads nowhere"
    );
    let again = [("token", token.as_str()), ("name", "eve"), ("password", PASSWORD)];
    let answer = server.browser().post("/setup", &again).await;
    assert!(answer.location().starts_with("/setup?"), "a used link made another admin: {}", answer.location());
    let people = server.engine.people().await.unwrap();
    assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["ada"]);
}

#[tokio::test]
async fn a_wrong_token_makes_nobody_and_says_so() {
    let server = Server::start().await;
    let form = [("token", "guessed"), ("name", "eve"), ("password", PASSWORD)];
    let answer = server.browser().post("/setup", &form).await;
    assert!(answer.location().contains("error="), "{}", answer.location());
    assert!(server.engine.people().await.unwrap().is_empty());
}
