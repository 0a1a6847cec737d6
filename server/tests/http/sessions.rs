//! Where somebody is logged in: seeing it, and ending it.

use axum::http::StatusCode;
use axum::http::header::{ORIGIN, USER_AGENT};
use model::audit::AuditFilter;
use model::id::SessionId;
use model::people::{Person, Role};
use model::session::SessionView;

use crate::support::{Browser, OWN, PASSWORD, Server};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1";

async fn log_in(server: &Server, name: &str, agent: &str, address: &str) -> Browser {
    let mut browser = server.browser();
    browser.address = address.parse().unwrap();
    let form = [("name", name), ("password", PASSWORD)];
    let answer = browser.post_with("/login", &form, &[(ORIGIN, OWN), (USER_AGENT, agent)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    browser
}

async fn is_logged_in(browser: &mut Browser) -> bool {
    browser.get("/").await.status == StatusCode::OK
}

async fn sessions(server: &Server, person: &Person) -> Vec<SessionView> {
    server.engine.sessions(person, None).await.unwrap()
}

async fn session_on(server: &Server, person: &Person, browser: &str) -> SessionId {
    let all = sessions(server, person).await;
    all.into_iter().find(|session| session.browser == browser).unwrap().id
}

#[tokio::test]
async fn ones_sessions_are_listed_with_where_and_in_what_they_are() {
    let server = Server::start().await;
    let anna = server.person("anna", &[]).await;
    server.person("berta", &[]).await;
    let mut desk = log_in(&server, "anna", FIREFOX, "192.0.2.1:1").await;
    log_in(&server, "anna", IPHONE, "198.51.100.7:1").await;
    log_in(&server, "berta", "curl/8.14.1", "203.0.113.9:1").await;
    let page = desk.get_with("/account", &[(USER_AGENT, FIREFOX)]).await.body;
    for shown in ["Firefox on Linux", "192.0.2.1", "Safari on an iPhone", "198.51.100.7", "This one", "End all others"]
    {
        assert!(page.contains(shown), "{shown} is not shown: {page}");
    }
    assert_eq!(page.matches("This one").count(), 1);
    assert!(!page.contains("203.0.113.9"), "somebody else's session is shown");
    assert_eq!(sessions(&server, &anna).await.len(), 2);
    let id = desk.cookie.as_ref().unwrap().split_once('=').unwrap().1;
    assert!(!page.contains(id), "the page holds what is in the cookie");
}

#[tokio::test]
async fn one_session_is_ended_and_the_others_go_on() {
    let server = Server::start().await;
    let (anna, mallory) = (server.person("anna", &[]).await, server.person("mallory", &[]).await);
    let mut desk = log_in(&server, "anna", FIREFOX, "192.0.2.1:1").await;
    let mut phone = log_in(&server, "anna", IPHONE, "198.51.100.7:1").await;
    let mut foreign = log_in(&server, "mallory", "curl/8.14.1", "203.0.113.9:1").await;
    let id = session_on(&server, &anna, "Safari on an iPhone").await;
    let form = [("session", id.as_str())];
    assert_eq!(foreign.post("/api/end_session", &form).await.status, StatusCode::NOT_FOUND);
    assert!(is_logged_in(&mut phone).await, "somebody else has ended it");
    let answer = desk.post("/api/end_session", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(!is_logged_in(&mut phone).await);
    assert!(is_logged_in(&mut desk).await && is_logged_in(&mut foreign).await);
    assert_eq!(sessions(&server, &mallory).await.len(), 1);
}

#[tokio::test]
async fn all_others_are_ended_by_a_plain_form_and_this_one_goes_on() {
    let server = Server::start().await;
    let anna = server.person("anna", &[]).await;
    let mut desk = log_in(&server, "anna", FIREFOX, "192.0.2.1:1").await;
    let mut others = [
        log_in(&server, "anna", IPHONE, "198.51.100.7:1").await,
        log_in(&server, "anna", "curl/8.14.1", "198.51.100.8:1").await,
    ];
    let headers = [
        (ORIGIN, OWN),
        (axum::http::header::ACCEPT, "text/html"),
        (axum::http::header::REFERER, "http://drydock.test/account"),
    ];
    let answer = desk.post_with("/api/end_other_sessions", &[], &headers).await;
    assert!(answer.location().trim_end_matches('?').ends_with("/account"), "{}: {}", answer.location(), answer.body);
    for other in &mut others {
        assert!(!is_logged_in(other).await);
    }
    assert!(is_logged_in(&mut desk).await);
    assert_eq!(sessions(&server, &anna).await.len(), 1);
}

#[tokio::test]
async fn an_admin_logs_somebody_out_everywhere_and_it_is_on_record() {
    let server = Server::start().await;
    let anna = server.person("anna", &[]).await;
    let mut browsers = [
        log_in(&server, "anna", FIREFOX, "192.0.2.1:1").await,
        log_in(&server, "anna", IPHONE, "198.51.100.7:1").await,
    ];
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    assert!(ada.get("/people").await.body.contains("Logged in in 2 browsers"));
    let answer = ada.post("/api/end_all_sessions", &[("person", anna.id.as_str())]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    for browser in &mut browsers {
        assert!(!is_logged_in(browser).await);
    }
    assert!(is_logged_in(&mut ada).await);
    let audit = server.engine.audit(&AuditFilter::default()).await.unwrap();
    assert!(audit.iter().any(|entry| entry.who == "ada" && entry.what == "person.logged_out"), "{audit:?}");
}

#[tokio::test]
async fn a_session_that_has_ended_sees_no_more_of_a_run_that_is_open() {
    let server = Server::start().await;
    let anna = server.person("anna", &[]).await;
    let mut browser = log_in(&server, "anna", FIREFOX, "192.0.2.1:1").await;
    server.engine.end_all_sessions(None, &anna.id).await.unwrap();
    let answer = browser.get("/runs/2e7293a0-d168-46f3-bc29-262ddbf22474/events").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_nobody_has_used_for_too_long_opens_nothing() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[]).await;
    assert!(is_logged_in(&mut anna).await);
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("update session set expires = 1").execute(&pool).await.unwrap();
    pool.close().await;
    assert!(!is_logged_in(&mut anna).await, "an old session goes on");
}
