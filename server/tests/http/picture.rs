//! The picture of a run: matrix, timeline and the table that says the same.

use axum::http::StatusCode;
use model::export::Export;
use model::people::Role;

use crate::records::{history, run_of};
use crate::support::Server;

#[tokio::test]
async fn a_run_is_drawn_and_told_and_each_stage_has_an_address() {
    let server = Server::start().await;
    let export = Export::read(&history("job-fails")).unwrap();
    run_of(&server, &export).await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let place = format!("/runs/{}/picture", export.head.run);
    let page = vera.get(&place).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let plan = &export.head.plan;
    let (begun, failed): (Vec<_>, Vec<_>) = (
        export
            .events
            .iter()
            .filter(|event| matches!(event.kind, model::event::EventKind::StepStarted { .. }))
            .collect(),
        export.events.iter().filter(|event| matches!(event.kind, model::event::EventKind::StepFailed { .. })).collect(),
    );
    assert!(!failed.is_empty(), "the story has changed");
    for (number, stage) in (1..).zip(&plan.stages) {
        assert!(page.body.contains(&format!("href=\"{place}?stage={number}\"")), "stage {number} has no page");
        for step in &stage.steps {
            assert!(page.body.contains(&format!("title=\"{}: ", step.title)), "{} has no sign", step.title);
        }
    }
    assert!(page.body.contains("The same as a table") && page.body.contains("url(#time-failed)"), "{}", page.body);
    let rows = page.body.matches("data-label=\"Try\"").count();
    assert!(rows >= begun.len(), "{rows} rows for {} tries", begun.len());
    let stage = vera.get(&format!("{place}?stage=1")).await.body;
    assert!(stage.contains(&plan.stages[0].steps[0].title), "{stage}");
    let none = vera.get(&format!("{place}?stage=99")).await;
    assert!(none.status == StatusCode::OK && none.body.contains("No such stage"), "{}", none.body);
    let run = vera.get(&format!("/runs/{}", export.head.run)).await.body;
    assert!(run.contains(&place), "the run does not lead to its picture");
}
