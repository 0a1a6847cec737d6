//! Tokens for programs: making one, what it opens, and what it never does.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use engine::NewToken;
use model::people::{Person, Role};

use crate::functions::table;
use crate::support::{Answer, Browser, PASSWORD, Server};

/// What no token does, whatever its roles: decisions, and everything about who gets in.
const NEED_A_PERSON: [&str; 28] = [
    "/api/accept_hand_over",
    "/api/add_person",
    "/api/agree_abort",
    "/api/agree_verdict",
    "/api/answer_question",
    "/api/approve_request",
    "/api/ask_question",
    "/api/ask_verdict",
    "/api/break_glass",
    "/api/confirm_gate",
    "/api/deny_request",
    "/api/drop_abort",
    "/api/drop_hand_over",
    "/api/drop_verdict",
    "/api/end_all_sessions",
    "/api/end_other_sessions",
    "/api/end_session",
    "/api/hand_over",
    "/api/refuse_gate",
    "/api/remove_second_factor",
    "/api/review_run",
    "/api/revoke_token",
    "/api/say_on_request",
    "/api/set_disabled",
    "/api/set_password",
    "/api/set_roles",
    "/api/settle_question",
    "/api/take_in_hand",
];

/// A token of somebody, made without the form.
async fn token(server: &Server, person: &Person, roles: &[Role], read_only: bool) -> String {
    let roles = roles.iter().copied().collect();
    let new = NewToken { name: "nightly".to_owned(), roles, read_only, days: 30 };
    server.engine.create_token(person, new).await.unwrap()
}

/// As a program sends it: no cookie, no origin.
async fn call(browser: &mut Browser, token: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    browser.post_with(path, form, &[(AUTHORIZATION, &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn a_token_is_made_with_a_plain_form_shown_once_and_revoked() {
    let server = Server::start().await;
    let mut olaf = server.logged_in("olaf", &[Role::Operator]).await;
    let form = [("name", "nightly"), ("days", "30"), ("roles[]", "operator")];
    let with = |proof| [&form[..], &[("proof", proof)]].concat();
    let wrong = olaf.post("/account/tokens", &with("wrong")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("You have none"), "a token was made for who has not shown that it is they");

    let page = olaf.post("/account/tokens", &with(PASSWORD)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let (_, rest) = page.body.split_once("drydock_").unwrap();
    let token = format!("drydock_{}", &rest[..64]);
    let account = olaf.get("/account").await.body;
    assert!(account.contains("nightly") && account.contains("never") && !account.contains(&token), "{account}");

    let mut program = server.browser();
    program.address = "203.0.113.9:1".parse().unwrap();
    let answer = call(&mut program, &token, "/api/load_viewer", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("olaf") && program.cookie.is_none(), "{}", answer.body);
    assert!(olaf.get("/account").await.body.contains("from 203.0.113.9"), "its use is not shown");

    let people = server.engine.people().await.unwrap();
    let id = server.engine.tokens(&people[0]).await.unwrap()[0].id.clone();
    assert_eq!(olaf.post("/api/revoke_token", &[("token", id.as_str())]).await.status, StatusCode::OK);
    let answer = call(&mut program, &token, "/api/load_viewer", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header(WWW_AUTHENTICATE).starts_with("Bearer"));
}

#[tokio::test]
async fn a_token_has_its_own_roles_whoever_is_logged_in_beside_it() {
    let server = Server::start().await;
    let olaf = server.person("olaf", &[Role::Operator, Role::Requester]).await;
    let token = token(&server, &olaf, &[Role::Requester], false).await;
    let run = [("run", "2e7293a0-d168-46f3-bc29-262ddbf22474")];
    let mut admin = server.logged_in("ada", &[Role::Admin]).await;
    for browser in [&mut server.browser(), &mut admin] {
        assert_eq!(call(browser, &token, "/api/pause_run", &run).await.status, StatusCode::FORBIDDEN, "not its role");
        assert_eq!(
            call(browser, &token, "/api/load_people", &[]).await.status,
            StatusCode::FORBIDDEN,
            "not olaf's role"
        );
    }
}

#[tokio::test]
async fn a_token_opens_the_functions_and_nothing_else() {
    let server = Server::start().await;
    let ada = server.person("ada", &[Role::Admin]).await;
    let token = token(&server, &ada, &[Role::Admin], false).await;
    let bearer = format!("Bearer {token}");
    for path in ["/", "/account", "/audit/export", "/runs/2e7293a0-d168-46f3-bc29-262ddbf22474/events", "/login"] {
        let answer = server.browser().get_with(path, &[(AUTHORIZATION, &bearer)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    for path in ["/login", "/setup", "/logout", "/account/tokens", "/account/second-factor"] {
        let form = [("name", "ada"), ("password", PASSWORD), ("proof", PASSWORD), ("days", "300")];
        let answer = call(&mut server.browser(), &token, path, &form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let answer =
        server.browser().send(Method::PUT, "/api/uploads/a/b", &[(AUTHORIZATION, &bearer)], Body::empty()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(server.engine.tokens(&ada).await.unwrap().len(), 1, "a token has made another one");
}

#[tokio::test]
async fn guessing_tokens_is_answered_less_and_less_and_the_right_one_goes_on() {
    let server = Server::with(|flags| flags.login_attempts = Some("3".into())).await;
    let anna = server.person("anna", &[]).await;
    let token = token(&server, &anna, &[], false).await;
    let mut program = server.browser();
    let mut answers = Vec::new();
    for number in 0..5 {
        answers.push(call(&mut program, &format!("drydock_{number}"), "/api/load_viewer", &[]).await.status);
    }
    let (unknown, locked) = (StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answers, [unknown, unknown, unknown, locked, locked]);
    assert_eq!(call(&mut program, &token, "/api/load_viewer", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_person_who_is_disabled_or_loses_the_role_loses_the_token_at_once() {
    let server = Server::start().await;
    server.person("ada", &[Role::Admin]).await;
    let olaf = server.person("olaf", &[Role::Operator]).await;
    let (operator, looker) =
        (token(&server, &olaf, &[Role::Operator], false).await, token(&server, &olaf, &[], false).await);
    let mut program = server.browser();
    server.engine.set_roles(None, &olaf.id, [Role::Requester].into()).await.unwrap();
    assert_eq!(call(&mut program, &operator, "/api/load_cards", &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&mut program, &looker, "/api/load_cards", &[]).await.status, StatusCode::OK);
    server.engine.set_disabled(None, &olaf.id, true).await.unwrap();
    assert_eq!(call(&mut program, &looker, "/api/load_cards", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_reaches_every_function_but_those_that_need_a_person() {
    let server = Server::start().await;
    let ada = server.person("ada", &[Role::Admin]).await;
    let token = token(&server, &ada, &[Role::Admin], false).await;
    let mut refused = Vec::new();
    for (path, function) in table() {
        let answer = call(&mut server.browser(), &token, &path, &crate::functions::pairs(&function.form)).await;
        if answer.header("x-drydock-person") == "yes" {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{path}: {}", answer.body);
            refused.push(path);
        } else {
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
            assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.body);
        }
    }
    assert_eq!(refused, NEED_A_PERSON);
}

#[tokio::test]
async fn a_token_that_only_looks_changes_nothing() {
    let server = Server::start().await;
    let ada = server.person("ada", &[Role::Admin]).await;
    let token = token(&server, &ada, &[Role::Admin], true).await;
    for (path, function) in table() {
        let answer = call(&mut server.browser(), &token, &path, &crate::functions::pairs(&function.form)).await;
        let is_refused = answer.status == StatusCode::FORBIDDEN;
        assert_eq!(is_refused, !path.starts_with("/api/load_"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_token_that_has_expired_opens_nothing() {
    let server = Server::start().await;
    let anna = server.person("anna", &[]).await;
    let token = token(&server, &anna, &[], false).await;
    let mut program = server.browser();
    assert_eq!(call(&mut program, &token, "/api/load_viewer", &[]).await.status, StatusCode::OK);
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("update token set expires_at = 1").execute(&pool).await.unwrap();
    pool.close().await;
    assert_eq!(call(&mut program, &token, "/api/load_viewer", &[]).await.status, StatusCode::UNAUTHORIZED);
}
