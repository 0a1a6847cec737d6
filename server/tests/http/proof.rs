//! Showing again that it is oneself, before what cannot be taken back.

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, ORIGIN, REFERER};
use model::audit::AuditFilter;
use model::people::Role;

use crate::functions::table;
use crate::second_factor::set_up;
use crate::support::{Answer, Browser, OWN, PASSWORD, Server};

const ID: &str = "2e7293a0-d168-46f3-bc29-262ddbf22474";
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// What cannot be taken back.
const NEED_A_FRESH_PROOF: [&str; 5] =
    ["/api/agree_abort", "/api/agree_verdict", "/api/approve_request", "/api/ask_verdict", "/api/break_glass"];

const PLAN: [(&str, &str); 2] = [("request", ID), ("digest", DIGEST)];

/// What a function that is reached says: there is no such request.
const REACHED: StatusCode = StatusCode::NOT_FOUND;
const ASKED: StatusCode = StatusCode::CONFLICT;

/// Lets so many minutes pass in all of somebody's sessions.
async fn pass(server: &Server, name: &str, minutes: i64) {
    let people = server.engine.people().await.unwrap();
    let person = people.into_iter().find(|person| person.name == name).unwrap();
    for session in server.engine.sessions(&person, None).await.unwrap() {
        let mut stored = server.engine.load_session(&session.id).await.unwrap().unwrap();
        let mut data: serde_json::Value = serde_json::from_slice(&stored.data).unwrap();
        let proven = data["login"]["proven"].as_i64().unwrap();
        data["login"]["proven"] = (proven - minutes * 60_000).into();
        stored.data = serde_json::to_vec(&data).unwrap();
        server.engine.save_session(&stored).await.unwrap();
    }
}

async fn approve(browser: &mut Browser, more: &[(&str, &str)]) -> Answer {
    browser.post("/api/approve_request", &[&PLAN[..], more].concat()).await
}

/// As a browser without scripts sends the form of the request's page.
async fn approve_plainly(browser: &mut Browser, from: &str, more: &[(&str, &str)]) -> Answer {
    let headers = [(ORIGIN, OWN), (ACCEPT, "text/html"), (REFERER, from)];
    browser.post_with("/api/approve_request", &[&PLAN[..], more].concat(), &headers).await
}

#[tokio::test]
async fn who_has_a_second_factor_shows_a_code_again_after_ten_minutes() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[Role::Approver]).await;
    let phone = set_up(&mut anna).await;
    assert_eq!(approve(&mut anna, &[]).await.status, REACHED, "a fresh login is asked again");
    pass(&server, "anna", 9).await;
    assert_eq!(approve(&mut anna, &[]).await.status, REACHED);
    pass(&server, "anna", 2).await;
    let answer = approve(&mut anna, &[]).await;
    assert_eq!((answer.status, answer.header("x-drydock-proof")), (ASKED, "code"));
    assert!(answer.body.contains("a code of your app"), "{}", answer.body);

    for wrong in ["000000", PASSWORD, ""] {
        let answer = approve(&mut anna, &[("proof", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}: {}", answer.body);
    }
    let mut stolen = server.browser();
    stolen.cookie.clone_from(&anna.cookie);
    assert_eq!(approve(&mut anna, &[("proof", &phone.recovery[0])]).await.status, REACHED);
    assert_eq!(approve(&mut anna, &[]).await.status, REACHED, "a code does not count for the next approval");
    assert_ne!(anna.cookie, stolen.cookie, "the session kept its id");
    assert_eq!(approve(&mut stolen, &[]).await.status, StatusCode::UNAUTHORIZED, "the old id is worth something");

    pass(&server, "anna", 11).await;
    let replayed = approve(&mut anna, &[("proof", &phone.recovery[0])]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY, "a code was replayed");
    let audit = server.engine.audit(&AuditFilter::default()).await.unwrap();
    let count = |what: &str| audit.iter().filter(|entry| entry.what == what && entry.who == "anna").count();
    assert_eq!((count("proof.shown"), count("proof.failed")), (1, 4));
}

#[tokio::test]
async fn who_has_only_a_password_is_asked_where_the_configuration_says_so() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[Role::Approver]).await;
    pass(&server, "anna", 600).await;
    assert_eq!(approve(&mut anna, &[]).await.status, REACHED);

    let server = Server::with(|flags| {
        flags.step_up_of = Some("everybody".into());
        flags.step_up_lasts = Some("2m".into());
    })
    .await;
    let mut anna = server.logged_in("anna", &[Role::Approver]).await;
    assert_eq!(approve(&mut anna, &[]).await.status, REACHED);
    pass(&server, "anna", 3).await;
    let answer = approve(&mut anna, &[]).await;
    assert_eq!((answer.status, answer.header("x-drydock-proof")), (ASKED, "password"));
    let wrong = approve(&mut anna, &[("proof", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert_eq!(approve(&mut anna, &[("proof", PASSWORD)]).await.status, REACHED);
}

#[tokio::test]
async fn a_plain_form_is_asked_on_a_page_of_its_own_and_loses_nothing_that_was_typed() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[Role::Approver]).await;
    let phone = set_up(&mut anna).await;
    pass(&server, "anna", 11).await;
    let page = format!("http://drydock.test/requests/{ID}");
    let asked = approve_plainly(&mut anna, &page, &[("reason", "a \"b\" & <c>")]).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "{}", asked.body);
    let kept = [
        "action=\"/api/approve_request\"",
        ID,
        DIGEST,
        "a &quot;b&quot; &amp; &lt;c&gt;",
        "name=\"proof\"",
        "name=\"back\"",
    ];
    for part in kept {
        assert!(asked.body.contains(part), "{part} is lost: {}", asked.body);
    }

    // The second form comes from that page, and names the first one.
    let here = "http://drydock.test/api/approve_request";
    let back = format!("/requests/{ID}");
    let more = [("reason", "a \"b\" & <c>"), ("back", back.as_str())];
    let wrong = approve_plainly(&mut anna, here, &[&more[..], &[("proof", "000000")]].concat()).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    for part in kept.into_iter().chain(["it is not right", back.as_str()]) {
        assert!(wrong.body.contains(part), "{part} is lost: {}", wrong.body);
    }
    assert!(!wrong.body.contains("000000"), "what was shown is on the page");
    let done = approve_plainly(&mut anna, here, &[&more[..], &[("proof", phone.recovery[0].as_str())]].concat()).await;
    assert!(done.status.is_redirection(), "{}", done.body);
    assert!(done.location().starts_with(&page), "{}", done.location());
}

#[tokio::test]
async fn guessing_what_is_asked_again_is_slowed_down_too() {
    let server = Server::with(|flags| {
        flags.step_up_of = Some("everybody".into());
        flags.login_attempts = Some("3".into());
    })
    .await;
    let mut anna = server.logged_in("anna", &[Role::Approver]).await;
    pass(&server, "anna", 11).await;
    for _ in 0..2 {
        assert_eq!(approve(&mut anna, &[("proof", "wrong")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = approve(&mut anna, &[("proof", PASSWORD)]).await;
    assert_eq!(answer.status, ASKED, "{}", answer.body);
    assert!(answer.body.contains("too many attempts"), "{}", answer.body);
    assert_eq!(approve(&mut anna, &[]).await.status, ASKED, "the right one was taken although it came too often");
}

#[tokio::test]
async fn what_cannot_be_taken_back_needs_a_fresh_proof_and_nothing_else_does() {
    let server = Server::start().await;
    server.person("last-admin", &[Role::Admin]).await;
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    set_up(&mut ada).await;
    pass(&server, "ada", 60).await;
    let mut asked = Vec::new();
    for (path, function) in table() {
        let answer = ada.post(&path, &crate::functions::pairs(&function.form)).await;
        if answer.header("x-drydock-proof") == "code" {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path}: {}", answer.body);
            asked.push(path);
        }
    }
    assert_eq!(asked, NEED_A_FRESH_PROOF);
}
