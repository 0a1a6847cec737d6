//! Rehearsals, and recorded runs event by event: from the database, and from a file that somebody uploads.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{Method, StatusCode};
use model::event::{Event, EventKind, Stream};
use model::export::Export;
use model::id::HostName;
use model::people::Role;
use model::record::{RecordView, ReplayLine};
use model::rehearsal::{RehearsalLine, RehearsalsView, Trouble};

use crate::events::settings;
use crate::support::{Answer, Browser, OWN, Server};

pub const NOBODYS: &str = "0199cccc-d168-46f3-bc29-262ddbf22474";

/// A recorded run that an earlier version has exported.
pub fn history(name: &str) -> String {
    let path = format!("{}/engine/histories/format-1-{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// What a command of a recorded run has printed, as its next event.
pub fn printed(export: &Export, text: &str) -> Event {
    let step = export.head.plan.steps().next().unwrap().id.clone();
    let (host, stream) = (HostName::new("ms1").unwrap(), Stream::Stdout);
    let kind = EventKind::Output { step, attempt: 1, host, stream, offset: 0, text: text.to_owned() };
    let last = export.events.last().unwrap();
    Event { seq: last.seq + 1, at: last.at, kind }
}

/// Writes an exported run into the database, as if it had run here.
pub async fn run_of(server: &Server, export: &Export) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let person = server.person("starter", &[]).await;
    let head = &export.head;
    let environment = settings(head.environment.as_str());
    sqlx::query("insert into environment (id, name, settings) values ($1, 'cloud', $2)")
        .bind(head.environment.as_str())
        .bind(&environment)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into request (id, environment, procedure, settings, plan, digest, prechecks, by_id, reason, at, state)
         values ($1, $2, 'restart_system_vms', $3, $4, $5, '[]', $6, '', 0, 'started')",
    )
    .bind(head.request.as_str())
    .bind(head.environment.as_str())
    .bind(&environment)
    .bind(serde_json::to_string(&head.plan).unwrap())
    .bind(head.digest.as_str())
    .bind(person.id.as_str())
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into run (id, request, environment, procedure, by_name, created_at, seq, steps_total, outcome, ended_at)
         values ($1, $2, $3, 'restart_system_vms', 'starter', 0, $4, 1, 'failed', 1)",
    )
    .bind(head.run.as_str())
    .bind(head.request.as_str())
    .bind(head.environment.as_str())
    .bind(i64::try_from(export.events.len()).unwrap())
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query("insert into reading (run, seq) values ($1, 0)").bind(head.run.as_str()).execute(&pool).await.unwrap();
    for event in &export.events {
        let mut kind = event.kind.clone();
        let mut printed = (None, None, None, None);
        if let EventKind::Output { step, attempt, stream, text, .. } = &mut kind {
            let pipe = if *stream == Stream::Stdout { "stdout" } else { "stderr" };
            let bytes = std::mem::take(text).into_bytes();
            printed = (Some(step.to_string()), Some(i64::from(*attempt)), Some(pipe), Some(bytes));
        }
        let insert = "insert into event (run, seq, at, kind, step, attempt, stream, bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8)";
        sqlx::query(insert)
            .bind(head.run.as_str())
            .bind(event.seq)
            .bind(event.at.0)
            .bind(serde_json::to_string(&kind).unwrap())
            .bind(printed.0)
            .bind(printed.1)
            .bind(printed.2)
            .bind(printed.3)
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
}

/// Sends a file as the form on `/replay` does.
async fn upload(browser: &mut Browser, file: &[u8]) -> Answer {
    let start = "--border\r\nContent-Disposition: form-data; name=\"file\"; filename=\"run.jsonl\"\r\n\r\n";
    let body = [start.as_bytes(), file, b"\r\n--border--\r\n"].concat();
    let headers = [(ORIGIN, OWN), (CONTENT_TYPE, "multipart/form-data; boundary=border")];
    browser.send(Method::POST, "/replay", &headers, Body::from(body)).await
}

/// Uploads a good file and gives the id under which it is open.
async fn opened(browser: &mut Browser, file: &str) -> String {
    let answer = upload(browser, file.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let id = answer.location().strip_prefix("/replay/").unwrap().strip_suffix("?until=1").unwrap();
    id.to_owned()
}

async fn asked<T: serde::de::DeserializeOwned>(browser: &mut Browser, function: &str, form: &[(&str, &str)]) -> T {
    let answer = browser.post(&format!("/api/{function}"), form).await;
    assert_eq!(answer.status, StatusCode::OK, "{function}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn an_exported_run_that_is_opened_again_shows_at_each_event_what_the_run_itself_shows() {
    let server = Server::start().await;
    let export = Export::read(&history("job-fails")).unwrap();
    run_of(&server, &export).await;
    let mut browser = server.logged_in("vera", &[Role::Viewer]).await;
    let run = export.head.run.as_str();
    let file = browser.get(&format!("/runs/{run}/export")).await.body;
    let replay = opened(&mut browser, &file).await;
    let last = export.events.len();
    for until in (1..=last).map(|number| number.to_string()) {
        let of_run: RecordView = asked(&mut browser, "load_run_record", &[("run", run), ("until", &until)]).await;
        let form = [("replay", replay.as_str()), ("until", &until)];
        let (_, of_file): (ReplayLine, RecordView) = asked(&mut browser, "load_replay", &form).await;
        assert_eq!(of_file.state, of_run.state, "after event {until}");
        assert_eq!((of_file.until, of_file.next), (of_run.until, of_run.next), "after event {until}");
        assert_eq!(of_file.output, of_run.output, "after event {until}");
    }
    for page in [format!("/runs/{run}/replay?until=3"), format!("/replay/{replay}?until=3")] {
        let answer = browser.get(&page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.body.contains(&format!("Event 3 of {last}")), "{page} does not say where it is");
        assert!(answer.body.contains("?until=4"), "{page} leads no further");
        assert!(!answer.body.contains("action=\"/api/abort_run\""), "{page} offers to do something");
    }
    let plan = browser.get(&format!("/replay/{replay}/plan")).await;
    assert!(plan.body.contains(export.head.digest.as_str()), "the plan of the file is not shown");
}

#[tokio::test]
async fn an_address_that_names_nothing_is_not_found() {
    let server = Server::start().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    for page in ["/requests/abc", "/runs/abc", "/environments/abc", "/replay/abc", "/runs/abc/replay"] {
        assert_eq!(vera.get(page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
}

#[tokio::test]
async fn an_opened_file_is_seen_by_who_opened_it_and_by_admins_only() {
    let server = Server::start().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let replay = opened(&mut vera, &history("all-well")).await;
    let mut olaf = server.logged_in("olaf", &[Role::Operator, Role::Approver, Role::Requester]).await;
    for page in [format!("/replay/{replay}"), format!("/replay/{replay}/plan")] {
        assert_eq!(olaf.get(&page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert_eq!(asked::<Vec<ReplayLine>>(&mut olaf, "load_replays", &[]).await, []);
    let mut ada = server.logged_in("ada", &[Role::Admin]).await;
    assert_eq!(ada.get(&format!("/replay/{replay}")).await.status, StatusCode::OK);
    let seen: Vec<ReplayLine> = asked(&mut ada, "load_replays", &[]).await;
    assert_eq!(seen.iter().map(|line| (line.id.to_string(), line.by.as_str())).collect::<Vec<_>>(), [(replay, "vera")]);
}

#[tokio::test]
async fn only_the_last_ten_files_of_a_person_are_kept() {
    let server = Server::start().await;
    let mut anna = server.logged_in("anna", &[]).await;
    let first = opened(&mut anna, &history("all-well")).await;
    let mut vera = server.logged_in("vera", &[]).await;
    let other = opened(&mut vera, &history("all-well")).await;
    for _ in 0..10 {
        opened(&mut anna, &history("all-well")).await;
    }
    assert_eq!(asked::<Vec<ReplayLine>>(&mut anna, "load_replays", &[]).await.len(), 10);
    assert_eq!(anna.get(&format!("/replay/{first}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(vera.get(&format!("/replay/{other}")).await.status, StatusCode::OK, "somebody else's file is gone");
}

#[tokio::test]
async fn a_file_that_is_no_whole_record_is_refused_with_the_place_and_the_reason() {
    let server = Server::start().await;
    let mut browser = server.logged_in("vera", &[Role::Viewer]).await;
    let whole = history("all-well");
    let lines: Vec<&str> = whole.lines().collect();
    let without = |gone: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    };
    let bad: [(Vec<u8>, &str); 7] = [
        (Vec::new(), "choose a file first"),
        (b"GIF89a\xff\xfe".to_vec(), "not text"),
        (b"# Notes\n".to_vec(), "line 1 is no part of an exported run"),
        (without(3).into_bytes(), "event 3 is missing"),
        (whole.replacen("\"seq\":4,", "\"seq\":4 ", 1).into_bytes(), "line 5 is no part of an exported run"),
        (whole.replacen("For the simulation.", "For somebody else.", 1).into_bytes(), "approved was"),
        (lines[0].as_bytes().to_vec(), "nothing has happened in it"),
    ];
    for (file, problem) in bad {
        let answer = upload(&mut browser, &file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}: {}", answer.body);
        assert!(answer.body.contains(problem), "the page does not say {problem:?}: {}", answer.body);
        assert!(answer.body.contains("Open the file"), "one cannot try again");
    }
    let answer = browser.post("/replay", &[("file", "x")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert_eq!(asked::<Vec<ReplayLine>>(&mut browser, "load_replays", &[]).await, []);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_in_words() {
    let server = Server::start().await;
    let mut browser = server.logged_in("vera", &[Role::Viewer]).await;
    let answer = upload(&mut browser, &vec![b'x'; engine::LARGEST_REPLAY + 1]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("larger than 32 MB"), "{}", answer.body);
    // What is larger than any form, but not too large for a file, is read.
    let answer = upload(&mut browser, &vec![b'x'; 1024 * 1024]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("line 1 is no part"), "{}", answer.body);
}

#[tokio::test]
async fn a_file_is_taken_from_our_own_page_and_from_who_is_logged_in_only() {
    let server = Server::start().await;
    let mut stranger = server.browser();
    let answer = upload(&mut stranger, history("all-well").as_bytes()).await;
    assert!(answer.location().starts_with("/login"), "{} {}", answer.status, answer.body);
    let mut browser = server.logged_in("vera", &[Role::Viewer]).await;
    let headers = [(ORIGIN, "http://evil.example"), (CONTENT_TYPE, "multipart/form-data; boundary=border")];
    let answer = browser.send(Method::POST, "/replay", &headers, Body::from("--border--")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_rehearsal_is_asked_for_on_the_request_and_its_report_says_what_it_is() {
    let server = Server::start().await;
    let export = Export::read(&history("all-well")).unwrap();
    run_of(&server, &export).await;
    let mut rosa = server.logged_in("rosa", &[Role::Requester]).await;
    let request = export.head.request.as_str();
    let step = export.head.plan.stages[0].steps[0].id.clone();
    let page = rosa.get(&format!("/requests/{request}")).await;
    assert!(page.body.contains("Nothing outside is touched") && page.body.contains("action=\"/api/rehearse\""));

    let form = [("request", request), ("trouble", "server_dies"), ("step", step.as_str())];
    let answer = rosa.post("/api/rehearse", &form).await;
    let report = answer.location().to_owned();
    assert!(report.starts_with("/rehearsals/"), "{} {}", answer.status, answer.body);
    let form = [("request", request), ("trouble", ""), ("step", step.as_str())];
    assert!(rosa.post("/api/rehearse", &form).await.location().starts_with("/rehearsals/"));

    let kept: RehearsalsView = asked(&mut rosa, "load_rehearsals", &[("request", request)]).await;
    let troubles: Vec<Option<Trouble>> = kept.lines.iter().map(|line| line.trouble.clone()).collect();
    assert_eq!(troubles, [Some(Trouble::ServerDies { step: step.clone() }), None]);
    let page = rosa.get(&format!("/requests/{request}")).await;
    assert!(page.body.contains(&format!("href=\"{report}\"")), "the request does not lead to its rehearsal");

    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let page = vera.get(&report).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["Only a rehearsal", "Nothing outside was touched", "Drydock is killed right after", "What happened"] {
        assert!(page.body.contains(words), "the report does not say {words:?}");
    }
    assert!(!page.body.contains("run-live") && !page.body.contains("/api/pause_run"), "a record is followed");
    let id = report.strip_prefix("/rehearsals/").unwrap();
    let form = [("rehearsal", id), ("until", "1")];
    let (line, view): (RehearsalLine, RecordView) = asked(&mut vera, "load_rehearsal", &form).await;
    assert_eq!((line.by.as_str(), view.until, view.state.seq), ("rosa", 1, 1));
    let page = vera.get(&format!("/requests/{request}")).await;
    assert!(!page.body.contains("action=\"/api/rehearse\""), "a viewer is offered what they may not do");
}

#[tokio::test]
async fn records_that_do_not_exist_are_not_found() {
    let server = Server::start().await;
    let mut browser = server.logged_in("vera", &[Role::Viewer]).await;
    for place in ["/rehearsals", "/replay", "/runs"] {
        for id in [NOBODYS, "nonsense"] {
            let page = if place == "/runs" { format!("{place}/{id}/replay") } else { format!("{place}/{id}") };
            let answer = browser.get(&page).await;
            assert!(answer.body.contains("Not found"), "{page}: {}", answer.body);
        }
    }
}
