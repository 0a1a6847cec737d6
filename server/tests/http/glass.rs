//! A run that was started without its approvals: how loud that is, and who reviews it.

use axum::http::StatusCode;
use model::export::Export;
use model::people::Role;

use crate::records::{history, run_of};
use crate::support::{Browser, Server};

const LOUD: &str = "STARTED WITHOUT APPROVALS";

/// A server with a run that somebody called `starter` has started so, and whose review was due long ago.
async fn with_broken_glass() -> (Server, Export) {
    let server = Server::start().await;
    let export = Export::read(&history("all-well")).unwrap();
    run_of(&server, &export).await;
    let people = server.engine.people().await.unwrap();
    let starter = people.iter().find(|person| person.name == "starter").unwrap();
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query(
        "insert into broken_glass (run, request, environment, by_id, reason, at, due)
         values ($1, $2, $3, $4, 'the <b>storage</b> is full', 1, 2)",
    )
    .bind(export.head.run.as_str())
    .bind(export.head.request.as_str())
    .bind(export.head.environment.as_str())
    .bind(starter.id.as_str())
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    (server, export)
}

async fn review(browser: &mut Browser, run: &str, text: &str) -> (StatusCode, String) {
    let answer = browser.post("/api/review_run", &[("run", run), ("text", text)]).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn it_is_loud_on_every_page_until_somebody_else_has_reviewed_it() {
    let (server, export) = with_broken_glass().await;
    let mut paul = server.logged_in("paul", &[Role::Approver]).await;
    let (run, request) = (export.head.run.as_str(), export.head.request.as_str());
    let pages = [format!("/runs/{run}"), format!("/requests/{request}"), "/".to_owned()];
    for page in &pages {
        let body = paul.get(page).await.body;
        assert!(body.contains(LOUD), "{page} is silent about it");
        assert!(body.contains("the &lt;b&gt;storage&lt;/b&gt; is full"), "{page} does not say why");
        assert!(body.contains("Its review was due"), "{page} does not say that the review is missing");
    }
    assert!(paul.get("/inbox").await.body.contains(LOUD), "who could review it is not asked");
    let mut olaf = server.logged_in("olaf", &[Role::Operator]).await;
    assert!(!olaf.get("/inbox").await.body.contains(LOUD), "who cannot review it is asked");
    assert_eq!(review(&mut olaf, run, "fine").await.0, StatusCode::FORBIDDEN);
    assert_eq!(review(&mut paul, run, " ").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, body) = review(&mut paul, run, "it was <i>right</i>").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let body = paul.get(&pages[0]).await.body;
    assert!(!body.contains(LOUD) && body.contains("and reviewed"), "it is still loud");
    assert!(body.contains("it was &lt;i&gt;right&lt;/i&gt;"), "what the review says is not shown");
    assert!(!paul.get("/").await.body.contains(LOUD));
    assert_eq!(review(&mut paul, run, "again").await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_glass_is_not_broken_without_a_reason_nor_twice() {
    let (server, export) = with_broken_glass().await;
    let mut olaf = server.logged_in("olaf", &[Role::Operator]).await;
    let form = |reason: &'static str| {
        [
            ("request", export.head.request.to_string()),
            ("digest", export.head.digest.to_string()),
            ("reason", reason.into()),
        ]
    };
    // The request has become a run, so breaking the glass leads there and starts nothing.
    for (reason, status) in [(" ", StatusCode::UNPROCESSABLE_ENTITY), ("it burns", StatusCode::OK)] {
        let form = form(reason);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = olaf.post("/api/break_glass", &form).await;
        assert!(answer.status == status || (status.is_success() && answer.status.is_redirection()), "{}", answer.body);
    }
}
