//! `cargo xtask bench audit`: how long it takes to be sure of a log of 100,000 entries. Prints Markdown.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use engine::{AuditLog, AuditSettings, CheckpointPlace, Checkpoints, Engine, NewPerson, Settings, verify_file};
use futures::TryStreamExt;
use model::audit::{AuditFilter, AuditFormat, AuditRange};
use model::grant::Grants;
use sqlx::{AnyPool, AssertSqlSafe};

const ENTRIES: i64 = 100_000;

/// How often each is measured; the median is shown, with the quickest and the slowest.
const TIMES: usize = 5;

/// How many entries are recorded one by one.
const ONE_BY_ONE: u32 = 500;

const GOAL: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    println!("| The audit log, 100,000 entries, SQLite | |");
    println!("|---|--:|");
    Engine::migrate(&settings).await.unwrap();
    fill(&settings).await;
    let begun = Instant::now();
    let engine = Engine::open(settings.clone()).await.unwrap();
    row("chaining what an older version has recorded", &seconds(begun.elapsed()));
    sign(&engine).await;

    let before = memory();
    let checkpoints = || Checkpoints::read(BufReader::new(File::open(places(folder.path())).unwrap()), &[]).unwrap();
    let log = engine.audit_log();
    let in_database = measured(async || {
        assert_eq!(log.verify(&checkpoints()).await.unwrap().checked.signed, Some(ENTRIES));
    })
    .await;
    row("verify it in the database, against a checkpoint", &spread(&in_database));
    let path = folder.path().join("log.jsonl");
    let exported = measured(async || export(&log, &path).await).await;
    row("export it", &spread(&exported));
    row("size of the file", &format!("{:.1} MB", path.metadata().unwrap().len() as f64 / 1e6));
    let offline = measured(async || {
        let lines = BufReader::new(File::open(&path).unwrap());
        let verified = verify_file(lines, AuditRange::default(), &checkpoints()).unwrap();
        assert_eq!(verified.checked.signed, Some(ENTRIES));
    })
    .await;
    row("verify the file, offline", &spread(&offline));
    row("memory for all of this", &format!("{:.1} MB above {:.1} MB", memory() - before, before));
    let slowest = in_database.iter().chain(&offline).max().unwrap();
    row("goal: verified within 2 s, also the slowest time", if *slowest <= GOAL { "met" } else { "**missed**" });
    record(&engine).await;
    engine.shutdown().await;
}

fn settings(folder: &Path) -> Settings {
    Settings {
        database_url: format!("sqlite://{}", folder.join("drydock.db").display()),
        archive_dir: folder.join("data").join("archives"),
        data_dir: folder.join("data"),
        key_file: folder.join("key"),
        instance: "bench".to_owned(),
        audit: AuditSettings {
            checkpoints: vec![CheckpointPlace::File(places(folder))],
            ..AuditSettings::below(folder)
        },
        webhook_ca_file: None,
    }
}

fn places(folder: &Path) -> std::path::PathBuf {
    folder.join("places.jsonl")
}

/// As a version before the chain has left them. The last entry is about the chaining.
async fn fill(settings: &Settings) {
    let pool = AnyPool::connect(&settings.database_url).await.unwrap();
    let last = ENTRIES - 1;
    let statements = [
        format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {last})
             insert into audit (seq, at, who, what, subject, detail)
             select i, 1700000000000 + i, 'person-' || (i % 40), 'run.started', '2e7293a0-d168-46f3-bc29-262ddbf22474',
                    'entry ' || i || ' with as many words as an entry usually has' from n"
        ),
        format!("update counter set value = {last} where name = 'audit'"),
    ];
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// Has the server tell its place how far the log has come.
async fn sign(engine: &Engine) {
    engine.resume().await.unwrap();
    loop {
        let view = engine.audit_view(&AuditFilter::default()).await.unwrap();
        // Its own first look at the whole log must not share the processor with what is measured.
        let is_checked = matches!(view.chain, model::audit::ChainState::Whole { .. });
        if is_checked && view.places[0].delivered.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn export(log: &AuditLog, path: &Path) {
    let mut file = File::create(path).unwrap();
    let pieces = log.export(AuditRange::default(), AuditFormat::Jsonl).await.unwrap();
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.try_next().await.unwrap() {
        file.write_all(piece.as_bytes()).unwrap();
    }
}

/// What the log costs whoever does something: a commit with an entry in it.
async fn record(engine: &Engine) {
    let new = NewPerson { name: "ada".into(), password: "a long password".into(), roles: Grants::default() };
    let ada = engine.add_person(None, new).await.unwrap();
    let begun = Instant::now();
    for _ in 0..ONE_BY_ONE {
        engine.logged_out(&ada).await.unwrap();
    }
    let each = begun.elapsed() / ONE_BY_ONE;
    row("one more entry, with its commit", &format!("{:.2} ms", each.as_secs_f64() * 1000.0));
}

async fn measured(work: impl AsyncFn()) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        work().await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times
}

fn spread(times: &[Duration]) -> String {
    let [first, .., last] = times else { return String::new() };
    let median = seconds(times[times.len() / 2]);
    format!("{median} ({:.2} to {:.2}, {} times)", first.as_secs_f64(), last.as_secs_f64(), times.len())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// Resident, in MB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1000.0
}

fn row(what: &str, value: &str) {
    println!("| {what} | {value} |");
}
