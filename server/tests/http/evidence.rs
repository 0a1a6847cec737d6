//! Evidence packs: who gets one, and what the command line says of it.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use engine::verify_evidence;
use futures::StreamExt as _;
use model::audit::AuditFilter;
use model::event::{EventKind, Outcome, Stream};
use model::evidence::SCRIPT;
use model::export::Export;
use model::id::{AuditKey, HostName};
use model::people::{Person, Role};
use model::time::Timestamp;

use sqlx::AssertSqlSafe;

use crate::records::{NOBODYS, history, run_of};
use crate::support::{Browser, Server, alone, resident};

/// A server with a run, and the address of its pack.
async fn with_run() -> (Server, Export, String) {
    let server = Server::start().await;
    let export = Export::read(&history("job-fails")).unwrap();
    run_of(&server, &export).await;
    let path = format!("/runs/{}/evidence", export.head.run);
    (server, export, path)
}

async fn taken(browser: &mut Browser, path: &str) -> Vec<u8> {
    let (parts, body) = browser.raw(Method::GET, path, &[], Body::empty()).await.into_parts();
    assert_eq!(parts.status, StatusCode::OK);
    assert_eq!(parts.headers[CONTENT_TYPE], "application/zip");
    let run = path.split('/').nth(2).unwrap();
    let disposition = format!("attachment; filename=\"drydock-evidence-{run}.zip\"");
    assert_eq!(parts.headers[CONTENT_DISPOSITION], disposition);
    to_bytes(body, usize::MAX).await.unwrap().to_vec()
}

async fn deeds(server: &Server) -> Vec<(String, String, String)> {
    let filter = AuditFilter { what: "evidence.".to_owned(), ..AuditFilter::default() };
    let entries = server.engine.audit(&filter).await.unwrap();
    entries.into_iter().map(|entry| (entry.who, entry.what, entry.subject)).collect()
}

/// As an auditor would have it from whoever runs the server.
fn key_of(server: &Server) -> AuditKey {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drydock"));
    let folder = server.folder.path();
    let output = command.current_dir(folder).env("DRYDOCK_DATA_DIR", folder).args(["audit", "key"]).output().unwrap();
    AuditKey::new(String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap()
}

#[tokio::test]
async fn whoever_may_see_the_run_gets_its_pack_and_the_audit_log_says_who_took_it() {
    let (server, export, path) = with_run().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let page = vera.get(&format!("/runs/{}", export.head.run)).await.body;
    assert!(page.contains(&format!("href=\"{path}\"")), "the page of the run does not offer it");
    let pack = taken(&mut vera, &path).await;
    let intact = verify_evidence(Cursor::new(pack), &[key_of(&server)]).unwrap();
    assert_eq!(intact.manifest.outcome, Some(Outcome::Failed));
    assert_eq!(intact.manifest.plan, export.head.digest);
    assert_eq!(intact.manifest.events, export.events.last().unwrap().seq);
    let wanted = ("vera".to_owned(), "evidence.taken".to_owned(), export.head.run.to_string());
    assert_eq!(deeds(&server).await, [wanted]);
}

#[tokio::test]
async fn nobody_else_gets_anything_and_nothing_is_recorded() {
    let (server, _, path) = with_run().await;
    let stranger = server.browser().get(&path).await;
    assert!(stranger.status.is_redirection() && stranger.location().starts_with("/login"), "{}", stranger.body);
    assert!(!stranger.body.contains("manifest.json"));
    let gone = server.person("gone", &[Role::Viewer, Role::Operator]).await;
    let mut browser = server.browser();
    browser.log_in("gone", crate::support::PASSWORD).await;
    server.engine.set_disabled(None, &gone.id, true).await.unwrap();
    let answer = browser.get(&path).await;
    assert!(answer.status.is_redirection() && !answer.body.contains("manifest.json"), "{}", answer.status);
    let refused = Person { disabled_at: Some(Timestamp(0)), ..gone };
    let run = path.split('/').nth(2).unwrap().parse().unwrap();
    assert!(server.engine.evidence(&refused, &run).await.is_err(), "the engine itself does not ask");
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    for nothing in [NOBODYS, "abc"] {
        assert_eq!(vera.get(&format!("/runs/{nothing}/evidence")).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
    assert_eq!(deeds(&server).await, []);
}

#[test]
fn a_pack_of_much_output_goes_out_without_being_held() {
    alone("evidence::a_pack_of_much_output_goes_out_without_being_held", much_goes_out);
}

async fn much_goes_out() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 2400;
    let (server, export, path) = with_run().await;
    let (run, last) = (&export.head.run, export.events.len());
    let kind = EventKind::Output {
        step: export.head.plan.steps().next().unwrap().id.clone(),
        attempt: 9,
        host: HostName::new("ms1").unwrap(),
        stream: Stream::Stdout,
        offset: 0,
        text: String::new(),
    };
    let url = format!("sqlite://{}", server.folder.path().join("drydock.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let (step, kind) = (kind.step().unwrap().clone(), serde_json::to_string(&kind).unwrap());
    // Noise does not shrink, so as much goes out as was printed.
    let insert = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {PIECES})
         insert into event (run, seq, at, kind, step, attempt, stream, bytes)
         select '{run}', {last} + i, 0, '{kind}', '{step}', 9, 'stdout', randomblob({PIECE}) from n;
         update run set seq = {last} + {PIECES} where id = '{run}'"
    );
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(&pool).await.unwrap();
    pool.close().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let before = resident();
    let mut body = vera.raw(Method::GET, &path, &[], Body::empty()).await.into_body().into_data_stream();
    let (mut length, mut most) = (0, 0);
    while let Some(piece) = body.next().await {
        length += piece.unwrap().len();
        most = most.max(resident());
    }
    assert!(length > PIECE * PIECES, "only {length} bytes came");
    let grown = most.saturating_sub(before);
    assert!(grown < (length / 6) as u64, "{grown} bytes more are resident while {length} go out");
}

fn drydock(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_drydock")).current_dir(folder).args(arguments).output().unwrap()
}

#[tokio::test]
async fn the_command_line_says_by_its_exit_code_whether_a_pack_is_good_and_confirmed() {
    let (server, _, path) = with_run().await;
    let mut vera = server.logged_in("vera", &[Role::Viewer]).await;
    let mut pack = taken(&mut vera, &path).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pack.zip"), &pack).unwrap();
    let key = key_of(&server);
    let verify =
        |arguments: &[&str]| drydock(folder.path(), &[&["evidence", "verify", "pack.zip"], arguments].concat());
    let good = verify(&["--key", key.as_str()]);
    let words = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(words.contains("signed with the key that was given") && words.contains("failed"), "{words}");
    let unconfirmed = verify(&[]);
    let words = String::from_utf8_lossy(&unconfirmed.stdout).into_owned();
    assert_eq!(unconfirmed.status.code(), Some(3), "{words}");
    assert!(words.contains("NOT CONFIRMED") && words.contains(key.as_str()), "{words}");
    let other = verify(&["--key", &"0".repeat(64)]);
    assert_eq!(other.status.code(), Some(1));
    pack.truncate(pack.len() / 2);
    std::fs::write(folder.path().join("pack.zip"), &pack).unwrap();
    let cut = verify(&["--key", key.as_str()]);
    let words = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert_eq!((cut.status.code(), words.lines().count()), (Some(1), 1), "{words}");
    let script = drydock(folder.path(), &["evidence", "script"]);
    assert_eq!(String::from_utf8_lossy(&script.stdout), SCRIPT);
}
