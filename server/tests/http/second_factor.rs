//! The second factor: setting it up, logging in with it, losing it.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use model::audit::AuditFilter;
use model::people::{Person, Role};
use totp_rs::{Builder, Secret};

use crate::support::{Answer, Browser, PASSWORD, Server};

/// The app on somebody's phone, and the paper in their drawer.
pub struct Phone {
    key: String,
    pub recovery: Vec<String>,
}

impl Phone {
    /// What the app shows in so many steps. The server takes the code of one step ahead, so two can be had without waiting.
    fn code(&self, steps: u64) -> String {
        let secret = Secret::try_from_base32(&self.key).unwrap();
        let app = Builder::new().with_secret(secret).with_account_name("anybody").build().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        app.generate(now + 30 * steps).to_string()
    }
}

/// The text between two others.
#[track_caller]
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{before:?} is not on the page: {page}"));
    rest.split_once(after).unwrap().0
}

fn key_on(page: &str) -> String {
    let tag = between(page, "id=\"key\"", "</p>");
    tag.split_once('>').unwrap().1.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn recovery_on(page: &str) -> Vec<String> {
    let list = between(page, "id=\"recovery-codes\"", "</ul>");
    list.split("<li class=\"mono\">").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

pub async fn set_up(browser: &mut Browser) -> Phone {
    let page = browser.post("/account/second-factor", &[("password", PASSWORD)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let mut phone = Phone { key: key_on(&page.body), recovery: Vec::new() };
    let page = browser.post("/account/second-factor/confirm", &[("code", &phone.code(0))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    phone.recovery = recovery_on(&page.body);
    phone
}

async fn send_code(browser: &mut Browser, code: &str) -> Answer {
    browser.post("/login/code", &[("code", code)]).await
}

async fn is_logged_in(browser: &mut Browser) -> bool {
    browser.get("/").await.status == StatusCode::OK
}

async fn somebody(server: &Server, name: &str) -> Person {
    let people = server.engine.people().await.unwrap();
    people.into_iter().find(|person| person.name == name).unwrap()
}

#[tokio::test]
async fn a_key_is_set_up_with_plain_forms_and_everything_secret_is_shown_once() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    let mut other = server.browser();
    other.log_in("anna", PASSWORD).await;

    let page = browser.post("/account/second-factor", &[("password", "wrong")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("it is wrong") && !page.body.contains("id=\"key\""), "{}", page.body);

    let page = browser.post("/account/second-factor", &[("password", PASSWORD)]).await.body;
    let phone = Phone { key: key_on(&page), recovery: Vec::new() };
    assert_eq!(phone.key.len(), 32);
    assert!(page.contains("<svg role=\"img\"") && page.contains("QR code with the key"), "{page}");
    for path in ["/account", "/account/second-factor"] {
        let page = browser.get(path).await.body;
        assert!(!page.contains("id=\"key\"") && !page.contains("<svg role=\"img\""), "{path} shows the key again");
    }

    let wrong = browser.post("/account/second-factor/confirm", &[("code", "000 00x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.body.contains(&phone.key) && wrong.body.contains("is not the code"), "{}", wrong.body);
    assert!(is_logged_in(&mut other).await);

    let before = browser.cookie.clone();
    let page = browser.post("/account/second-factor/confirm", &[("code", &phone.code(0))]).await.body;
    let recovery = recovery_on(&page);
    assert_eq!(recovery.len(), 10);
    assert!(is_logged_in(&mut browser).await, "who has just proven everything is logged out");
    assert_ne!(browser.cookie, before, "the session kept its id");
    assert!(!is_logged_in(&mut other).await, "a session that never showed a code goes on");
    let account = browser.get("/account").await.body;
    assert!(account.contains("10 recovery codes are left"), "{account}");
    assert!(!recovery.iter().any(|code| account.contains(code)), "recovery codes are shown again");

    let mut stored = Vec::new();
    for file in std::fs::read_dir(server.folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap_or_default());
    }
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("anna"), "the database was not read");
    assert!(!holds(&phone.key) && !recovery.iter().any(|code| holds(code)), "the database holds them in clear");
}

#[tokio::test]
async fn the_password_alone_opens_nothing_and_each_code_works_once() {
    let server = Server::start().await;
    let phone = set_up(&mut server.logged_in("anna", &[]).await).await;
    let mut browser = server.browser();
    let form = [("name", "anna"), ("password", PASSWORD), ("next", "/history")];
    let answer = browser.post("/login", &form).await;
    assert_eq!(answer.location(), "/login?step=code&next=%2Fhistory");
    let page = browser.get(answer.location()).await.body;
    assert!(page.contains("action=\"/login/code\"") && page.contains("value=\"/history\""), "{page}");
    assert!(!is_logged_in(&mut browser).await);
    assert_eq!(browser.post("/api/load_people", &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get("/account").await.location().split('?').next(), Some("/login"));

    let code = phone.code(1);
    let form = [("code", code.as_str()), ("next", "/history")];
    assert_eq!(browser.post("/login/code", &form).await.location(), "/history");
    assert!(is_logged_in(&mut browser).await);

    let mut second = server.browser();
    second.log_in("anna", PASSWORD).await;
    let replayed = send_code(&mut second, &code).await;
    assert_eq!(replayed.location(), "/login?step=code&error=wrong_code");
    assert!(!is_logged_in(&mut second).await, "a code was replayed");
    let page = second.get(replayed.location()).await.body;
    assert!(page.contains("was used before"), "{page}");
    assert_eq!(send_code(&mut second, &phone.recovery[0]).await.location(), "/");
    assert!(is_logged_in(&mut second).await);
}

#[tokio::test]
async fn half_a_login_is_worth_nothing_in_another_session_or_after_a_change() {
    let server = Server::start().await;
    let phone = set_up(&mut server.logged_in("anna", &[]).await).await;
    assert_eq!(send_code(&mut server.browser(), &phone.recovery[0]).await.location(), "/login?error=expired");

    // The attacker has put their own session into Anna's browser, and waits for her to type the password.
    let mut attacker = server.logged_in("mallory", &[]).await;
    let mut victim = server.browser();
    victim.cookie.clone_from(&attacker.cookie);
    victim.log_in("anna", PASSWORD).await;
    assert_ne!(victim.cookie, attacker.cookie, "the session kept its id");
    assert_eq!(send_code(&mut attacker, &phone.recovery[0]).await.location(), "/login?error=expired");

    let half = victim.cookie.clone();
    send_code(&mut victim, &phone.recovery[1]).await;
    assert!(is_logged_in(&mut victim).await);
    assert_ne!(victim.cookie, half, "the session kept its id");

    let mut late = server.browser();
    late.log_in("anna", PASSWORD).await;
    let anna = somebody(&server, "anna").await;
    server.engine.set_password(None, &anna.id, "another long password").await.unwrap();
    let answer = send_code(&mut late, &phone.recovery[2]).await;
    assert_eq!(answer.location(), "/login?error=expired", "an old password counts");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_as_guessing_passwords_is() {
    let server = Server::with(|flags| flags.login_attempts = Some("5".into())).await;
    // Two of the five are for setting it up, one of them for the first login.
    let mut owner = server.logged_in("anna", &[]).await;
    let phone = set_up(&mut owner).await;
    let mut browser = server.browser();
    browser.address = "198.51.100.7:1".parse().unwrap();
    browser.log_in("anna", PASSWORD).await;
    assert_eq!(send_code(&mut browser, "000000").await.status, StatusCode::SEE_OTHER);
    let answer = send_code(&mut browser, &phone.recovery[0]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the right one");
    assert_eq!(answer.header("refresh"), "0; url=/login?step=code&error=locked");
    assert!(!is_logged_in(&mut browser).await);
    let form = [("code", phone.recovery[0].as_str())];
    let answer = owner.post("/account/second-factor/off", &form).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "there is a way around on the account");
}

#[tokio::test]
async fn after_five_wrong_codes_the_password_is_asked_for_again() {
    let server = Server::start().await;
    let phone = set_up(&mut server.logged_in("anna", &[]).await).await;
    let mut browser = server.browser();
    browser.log_in("anna", PASSWORD).await;
    for _ in 0..4 {
        assert_eq!(send_code(&mut browser, "000000").await.location(), "/login?step=code&error=wrong_code");
    }
    assert_eq!(send_code(&mut browser, "000000").await.location(), "/login?error=wrong_code");
    assert_eq!(send_code(&mut browser, &phone.recovery[0]).await.location(), "/login?error=expired");
    assert!(!is_logged_in(&mut browser).await);
}

#[tokio::test]
async fn who_has_lost_the_app_is_let_in_by_an_admin_and_everything_is_on_record() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[]).await;
    set_up(&mut anna).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    let page = ada.get("/people").await.body;
    assert_eq!(page.matches("Take the second factor away").count(), 1, "{page}");
    let id = somebody(&server, "anna").await.id;
    let form = [("person", id.as_str())];
    assert_eq!(anna.post("/api/remove_second_factor", &form).await.status, StatusCode::FORBIDDEN);
    let answer = ada.post("/api/remove_second_factor", &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(!is_logged_in(&mut anna).await, "a session of the person who lost it goes on");
    assert_eq!(anna.log_in("anna", PASSWORD).await.location(), "/");
    let audit = server.engine.audit(&AuditFilter::default()).await.unwrap();
    assert!(audit.iter().any(|entry| entry.who == "ada" && entry.what == "second_factor.removed"), "{audit:?}");
}

#[tokio::test]
async fn it_is_switched_off_and_codes_are_renewed_with_a_code_only() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[]).await;
    let phone = set_up(&mut anna).await;
    for path in ["/account/second-factor/codes", "/account/second-factor/off"] {
        let answer = anna.post(path, &[("code", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.body.contains("it is not right"), "{path}: {}", answer.body);
    }
    let page = anna.post("/account/second-factor/codes", &[("code", &phone.recovery[0])]).await;
    let renewed = recovery_on(&page.body);
    assert_eq!(renewed.len(), 10);
    assert!(!renewed.iter().any(|code| phone.recovery.contains(code)));
    let answer = anna.post("/account/second-factor/off", &[("code", &phone.recovery[1])]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "an old recovery code works");
    assert_eq!(anna.post("/account/second-factor/off", &[("code", &renewed[0])]).await.location(), "/account");
    assert!(is_logged_in(&mut anna).await);
    assert_eq!(server.browser().log_in("anna", PASSWORD).await.location(), "/");
}
