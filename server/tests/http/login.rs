//! Logging in and out, and when a session ends.

use axum::http::StatusCode;
use model::audit::AuditFilter;
use model::people::Role;

use crate::support::{Browser, PASSWORD, Server, session_cookie};

async fn is_logged_in(browser: &mut Browser) -> bool {
    browser.get("/").await.status == StatusCode::OK
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let server = Server::start().await;
    server.person("anna", &[]).await;
    let mut browser = server.browser();
    for (name, password) in [("anna", "wrong"), ("nobody", PASSWORD)] {
        let answer = browser.log_in(name, password).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/login?error=wrong"));
        assert!(!is_logged_in(&mut browser).await);
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let server = Server::start().await;
    server.person("anna", &[]).await;
    let answer = server.browser().log_in("anna", PASSWORD).await;
    let cookie = session_cookie(&answer.headers).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{part} is missing: {cookie}");
    }
    assert!(!cookie.contains("Secure"), "over http a browser would drop it: {cookie}");
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let server = Server::with(|flags| flags.public_url = Some("https://drydock.test".into())).await;
    server.person("anna", &[]).await;
    let origin = [(axum::http::header::ORIGIN, "https://drydock.test")];
    let form = [("name", "anna"), ("password", PASSWORD)];
    let answer = server.browser().post_with("/login", &form, &origin).await;
    let cookie = session_cookie(&answer.headers).unwrap();
    assert!(cookie.contains("Secure") && cookie.starts_with("__Host-"), "{cookie}");
}

#[tokio::test]
async fn a_session_that_was_planted_before_the_login_is_worth_nothing() {
    let server = Server::start().await;
    let mut attacker = server.logged_in("mallory", &[]).await;
    server.person("anna", &[Role::Admin]).await;
    // The attacker has put their own session into Anna's browser.
    let mut victim = server.browser();
    victim.cookie.clone_from(&attacker.cookie);
    victim.log_in("anna", PASSWORD).await;
    assert_ne!(victim.cookie, attacker.cookie, "the session kept its id");
    assert!(is_logged_in(&mut victim).await);
    assert!(!is_logged_in(&mut attacker).await, "the planted session is still worth something");
}

#[tokio::test]
async fn an_id_that_the_server_never_gave_out_is_not_taken_over() {
    let server = Server::start().await;
    server.person("anna", &[]).await;
    let mut browser = server.browser();
    let invented = "drydock=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    browser.cookie = Some(invented.clone());
    browser.log_in("anna", PASSWORD).await;
    assert_ne!(browser.cookie, Some(invented));
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    let kept = browser.cookie.clone();
    let answer = browser.post("/logout", &[]).await;
    assert_eq!(answer.location(), "/login");
    browser.cookie = kept;
    assert!(!is_logged_in(&mut browser).await, "the old cookie still works");
    let audit = server.engine.audit(&AuditFilter::default()).await.unwrap();
    assert!(audit.iter().any(|entry| entry.what == "login.ended" && entry.who == "anna"), "{audit:?}");
}

#[tokio::test]
async fn a_new_password_or_a_disabled_account_ends_sessions() {
    let server = Server::start().await;
    server.person("root", &[Role::Admin]).await;
    let mut browser = server.logged_in("anna", &[]).await;
    let people = server.engine.people().await.unwrap();
    let anna = people.into_iter().find(|person| person.name == "anna").unwrap();
    server.engine.set_password(None, &anna.id, "another long password").await.unwrap();
    let answer = browser.get("/history").await;
    assert_eq!(answer.location(), "/login?error=expired&next=%2Fhistory");
    browser.log_in("anna", "another long password").await;
    assert!(is_logged_in(&mut browser).await);
    server.engine.set_disabled(None, &anna.id, true).await.unwrap();
    assert!(!is_logged_in(&mut browser).await);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_for_the_account_and_said_so() {
    let server = Server::with(|flags| flags.login_attempts = Some("3".into())).await;
    server.person("anna", &[]).await;
    let mut browser = server.browser();
    for _ in 0..3 {
        assert_eq!(browser.log_in("anna", "wrong").await.status, StatusCode::SEE_OTHER);
    }
    // From another address, and with the right password.
    browser.address = "198.51.100.7:1".parse().unwrap();
    let answer = browser.log_in("anna", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("refresh"), "0; url=/login?error=locked");
    assert!(!is_logged_in(&mut browser).await);
}

#[tokio::test]
async fn the_database_does_not_hold_what_is_in_the_cookie() {
    let server = Server::start().await;
    let browser = server.logged_in("anna", &[]).await;
    let id = browser.cookie.unwrap().split_once('=').unwrap().1.to_owned();
    let mut stored = Vec::new();
    for file in std::fs::read_dir(server.folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap_or_default());
    }
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("anna"), "the database was not read");
    assert!(!holds(&id), "whoever reads the database can take the session over");
    assert!(!holds(PASSWORD));
}

#[tokio::test]
async fn without_a_provider_there_is_none_to_sign_in_at() {
    let server = Server::start().await;
    let page = server.browser().get("/login").await.body;
    assert!(!page.contains("/login/provider"), "{page}");
    for path in ["/login/provider", "/login/provider/back?code=a&state=b"] {
        assert_eq!(server.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_answer_of_a_provider_that_nobody_here_has_asked_opens_nothing() {
    let server = Server::with(|flags| {
        // Nobody listens there.
        flags.oidc.issuer = Some("http://127.0.0.1:9".into());
        flags.oidc.client_id = Some("drydock".into());
        flags.oidc.grants = Some("all = admin".into());
    })
    .await;
    assert!(server.browser().get("/login").await.body.contains("Sign in with 127.0.0.1"));
    let mut browser = server.browser();
    let answer = browser.get("/login/provider/back?code=a&state=b").await;
    assert_eq!(answer.location(), "/login?error=provider&next=%2F");
    assert!(!is_logged_in(&mut browser).await);
    let answer = browser.get("/login/provider?next=//evil.example").await;
    assert_eq!(answer.location(), "/login?error=no_provider");
    let page = browser.get(answer.location()).await.body;
    assert!(page.contains("The provider does not answer."), "{page}");
}
