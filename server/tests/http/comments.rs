//! Comments and questions on a request, as plain forms send them.

use axum::http::StatusCode;
use axum::http::header::{ACCEPT, ORIGIN, REFERER};
use model::export::Export;
use model::people::Role;

use crate::records::{history, run_of};
use crate::support::{Answer, Browser, OWN, Server};

/// A server with a request that has become a run, and its path.
async fn with_request() -> (Server, String, String) {
    let server = Server::start().await;
    let export = Export::read(&history("all-well")).unwrap();
    run_of(&server, &export).await;
    (server, export.head.request.to_string(), export.head.run.to_string())
}

async fn say(browser: &mut Browser, request: &str, text: &str) -> Answer {
    browser.post("/api/say_on_request", &[("request", request), ("text", text)]).await
}

#[tokio::test]
async fn a_comment_is_shown_as_it_was_typed_and_never_as_markup() {
    let (server, request, run) = with_request().await;
    let mut rita = server.logged_in("rita", &[Role::Requester]).await;
    let text = "one <script>alert('x')</script>\r\ntwo & \"three\" @vera";
    let page = format!("{OWN}/requests/{request}");
    let form = [("request", request.as_str()), ("text", text)];
    let headers = [(ORIGIN, OWN), (ACCEPT, "text/html"), (REFERER, page.as_str())];
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let sent = rita.post_with("/api/say_on_request", &form, &headers).await;
    assert!(sent.status.is_redirection() && sent.location().starts_with(&page), "{} {}", sent.status, sent.location());
    for path in [format!("/requests/{request}"), format!("/runs/{run}")] {
        let body = vera.get(&path).await.body;
        assert!(body.contains("one &lt;script&gt;"), "{path} does not show it");
        assert!(!body.contains("<script>alert"), "{path} runs it");
        assert!(body.contains("\ntwo &amp; "), "{path} has lost the line break");
        assert!(
            body.contains("<strong>@vera</strong>") && body.contains("Told: vera"),
            "{path} does not say who was told"
        );
    }
    let inbox = vera.get("/inbox").await.body;
    assert!(inbox.contains("You are named") && inbox.contains("one &lt;script&gt;"), "{inbox}");
    assert!(vera.get(&format!("/requests/{request}")).await.body.contains("You can only read"));
    assert_eq!(vera.post("/api/mentions_seen", &[("request", &request)]).await.status, StatusCode::OK);
    assert!(!vera.get("/inbox").await.body.contains("You are named"));
}

#[tokio::test]
async fn a_comment_from_another_page_or_of_who_only_looks_is_not_taken() {
    let (server, request, _) = with_request().await;
    let mut rita = server.logged_in("rita", &[Role::Requester]).await;
    let form = [("request", request.as_str()), ("text", "hello")];
    let elsewhere = rita.post_with("/api/say_on_request", &form, &[(ORIGIN, "https://elsewhere.example")]).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN, "{}", elsewhere.body);
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    assert_eq!(say(&mut vera, &request, "hello").await.status, StatusCode::FORBIDDEN);
    assert_eq!(say(&mut server.browser(), &request, "hello").await.status, StatusCode::UNAUTHORIZED);
    for (text, status) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY),
        (" \n", StatusCode::UNPROCESSABLE_ENTITY),
        (&*"x".repeat(4001), StatusCode::UNPROCESSABLE_ENTITY),
        (&*"ä".repeat(4000), StatusCode::OK),
    ] {
        assert_eq!(say(&mut rita, &request, text).await.status, status, "{} characters", text.chars().count());
    }
    assert!(!rita.get(&format!("/requests/{request}")).await.body.contains("hello"));
}

#[tokio::test]
async fn a_question_that_is_no_number_or_not_there_is_refused_by_name() {
    let (server, request, _) = with_request().await;
    let mut rita = server.logged_in("rita", &[Role::Requester]).await;
    let answer = |question: &'static str| {
        [("request", request.clone()), ("question", question.to_owned()), ("text", "x".to_owned())]
    };
    for (question, status) in [("one", StatusCode::UNPROCESSABLE_ENTITY), ("7", StatusCode::CONFLICT)] {
        let form = answer(question);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = rita.post("/api/answer_question", &form).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert!(refused.body.contains("question"), "{}", refused.body);
    }
}
