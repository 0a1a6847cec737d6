//! The live stream of a run: no gap, no repeat, an end.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method, StatusCode};
use futures::StreamExt;
use model::environment::{CloudStackSettings, Environment, PlatformSettings, RiskClass, Tuning};
use model::event::{EventKind, Outcome};
use model::id::{EnvironmentId, HostName, PlanDigest, RequestId, StepId};
use model::secret::SecretRef;

use crate::support::{Browser, Server};

const RUN: &str = "0199aaaa-d168-46f3-bc29-262ddbf22474";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Writes a run with this many events into the database, as an executor would have. Only a real cloud makes real ones.
async fn run_with(server: &Server, events: i64, outcome: Option<Outcome>) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let person = server.person("starter", &[]).await;
    let other = "0199bbbb-d168-46f3-bc29-262ddbf22474";
    let rows = [
        format!("insert into environment (id, name, settings) values ('{other}', 'cloud', '{}')", settings(other)),
        format!(
            "insert into request (id, environment, procedure, settings, plan, digest, prechecks, by_id, reason, at, state)
             values ('{other}', '{other}', 'restart_system_vms', '{{}}', '{{}}', '', '[]', '{}', '', 0, 'started')",
            person.id
        ),
        format!(
            "insert into run (id, request, environment, procedure, by_name, created_at, seq, steps_total, outcome, ended_at)
             values ('{RUN}', '{other}', '{other}', 'restart_system_vms', 'starter', 0, {events}, 1, {}, {})",
            outcome.map_or("null".to_owned(), |outcome| format!("'{}'", outcome.word())),
            outcome.map_or("null", |_| "1"),
        ),
    ];
    for row in rows {
        sqlx::query(sqlx::AssertSqlSafe(row)).execute(&pool).await.unwrap();
    }
    for seq in 1..=events {
        let kind = serde_json::to_string(&event(seq, events, outcome)).unwrap();
        sqlx::query("insert into event (run, seq, at, kind) values ($1, $2, 0, $3)")
            .bind(RUN)
            .bind(seq)
            .bind(kind)
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
}

pub fn settings(id: &str) -> String {
    let settings = CloudStackSettings {
        endpoint: "https://cloud.example/client/api".to_owned(),
        api_key: SecretRef::Variable("API_KEY".to_owned()),
        secret_key: SecretRef::Variable("SECRET_KEY".to_owned()),
        certificate_sha256: None,
        management_hosts: Vec::new(),
        integration_address: "127.0.0.1".to_owned(),
        database_password: None,
        tuning: Tuning::default(),
    };
    let environment = Environment {
        id: EnvironmentId::new(id).unwrap(),
        name: "cloud".to_owned(),
        labels: BTreeSet::new(),
        risk: RiskClass::Test,
        platform: PlatformSettings::CloudStack(settings),
    };
    serde_json::to_string(&environment).unwrap()
}

fn event(seq: i64, last: i64, outcome: Option<Outcome>) -> EventKind {
    match outcome {
        _ if seq == 1 => EventKind::Created {
            request: RequestId::new(RUN).unwrap(),
            digest: PlanDigest::new("0".repeat(64)).unwrap(),
            by: "starter".to_owned(),
        },
        Some(outcome) if seq == last => EventKind::Finished { outcome },
        _ => EventKind::Progress {
            step: StepId::new("zone1/r-4-VM").unwrap(),
            done: u32::try_from(seq).unwrap(),
            of: 100,
            note: format!("line\nbreak on {}", HostName::new("ms1").unwrap()),
        },
    }
}

/// The ids and names of the messages in a text of server-sent events.
fn messages(text: &str) -> Vec<String> {
    let fields = text.lines().filter_map(|line| line.strip_prefix("id: ").or_else(|| line.strip_prefix("event: ")));
    fields.map(str::to_owned).collect()
}

fn ids(range: std::ops::RangeInclusive<i64>, end: &[&str]) -> Vec<String> {
    range.map(|id| id.to_string()).chain(end.iter().map(ToString::to_string)).collect()
}

async fn follow(browser: &mut Browser, query: &str, last_seen: Option<&str>) -> Vec<String> {
    let headers: Vec<_> = last_seen.map(|id| (LAST_EVENT_ID, id)).into_iter().collect();
    let answer = browser.get_with(&format!("/runs/{RUN}/events{query}"), &headers).await;
    assert_eq!((answer.status, answer.header(CONTENT_TYPE)), (StatusCode::OK, "text/event-stream"), "{}", answer.body);
    messages(&answer.body)
}

#[tokio::test]
async fn a_finished_run_is_given_whole_and_its_end_is_said() {
    let server = Server::start().await;
    run_with(&server, 700, Some(Outcome::Succeeded)).await;
    let mut browser = server.logged_in("anna", &[]).await;
    assert_eq!(follow(&mut browser, "", None).await, ids(1..=700, &["end"]));
}

#[tokio::test]
async fn a_stream_goes_on_after_what_was_seen_without_gap_or_repeat() {
    let server = Server::start().await;
    run_with(&server, 9, Some(Outcome::Failed)).await;
    let mut browser = server.logged_in("anna", &[]).await;
    assert_eq!(follow(&mut browser, "?after=4", None).await, ids(5..=9, &["end"]));
    // A browser that comes back repeats the first address: what it saw last counts.
    assert_eq!(follow(&mut browser, "?after=4", Some("7")).await, ids(8..=9, &["end"]));
    assert_eq!(follow(&mut browser, "?after=9", None).await, ["end"]);
    assert_eq!(follow(&mut browser, "?after=2", Some("nonsense")).await, ids(3..=9, &["end"]));
}

#[tokio::test]
async fn each_message_is_one_event_that_the_page_can_read() {
    let server = Server::start().await;
    run_with(&server, 3, Some(Outcome::Succeeded)).await;
    let mut browser = server.logged_in("anna", &[]).await;
    let body = browser.get(&format!("/runs/{RUN}/events")).await.body;
    let data = body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "end");
    let events: Vec<model::event::Event> = data.map(|data| serde_json::from_str(data).unwrap()).collect();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams_without_saying_that_the_run_is_over() {
    let server = Server::start().await;
    run_with(&server, 2, None).await;
    let mut browser = server.logged_in("anna", &[]).await;
    let response = browser.raw(Method::GET, &format!("/runs/{RUN}/events"), &[], Body::empty()).await;
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while messages(&text).len() < 2 {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    server.stopping.cancel();
    while let Some(chunk) = body.next().await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    assert_eq!(messages(&text), ids(1..=2, &[]));
}

#[tokio::test]
async fn a_run_that_does_not_exist_is_not_found() {
    let server = Server::start().await;
    let mut browser = server.logged_in("anna", &[]).await;
    for run in [RUN, "nonsense", "1%20or%201"] {
        let answer = browser.get(&format!("/runs/{run}/events")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{run}");
    }
}
