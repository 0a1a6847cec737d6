//! What the engine itself needs for a step: everything but the host.

use std::io::Write;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::instance::{Drydock, next};
use crate::measured::{Measured, percentile, row, verdict};
use crate::scripts::lines;

/// How many steps follow each other.
const CHAIN: usize = 500;

/// How often that is measured.
const TIMES: usize = 3;

const GOAL_P50: f64 = 5.0;
const GOAL_P99: f64 = 25.0;

pub async fn measure() {
    let (p50, p99) = disk();
    row("this disk: append 4 KiB and fsync, p50 and p99", &format!("{p50:.2} ms, {p99:.2} ms"));
    on("SQLite", None).await;
    match std::env::var("DRYDOCK_TEST_POSTGRES") {
        Ok(server) => on("PostgreSQL", Some(server)).await,
        Err(_) => row("own time per step, PostgreSQL", "not measured: there is none"),
    }
}

async fn on(database: &str, server: Option<String>) {
    let (mut p50, mut p99, mut many) = (Measured::default(), Measured::default(), Measured::default());
    let mut events = 0.0;
    for _ in 0..TIMES {
        let drydock = match &server {
            None => Drydock::on_sqlite(None).await,
            Some(server) => {
                let url = new_database(server).await;
                Drydock::open(&url, "bench", tempfile::tempdir().unwrap(), None).await
            }
        };
        let plan = lines(&drydock.environment, 1, CHAIN);
        let timed = drydock.engine.time_unapproved(&drydock.by, &drydock.environment, plan).await.unwrap();
        assert_eq!(timed.proofs.len(), CHAIN, "each step is proven once");
        let mut gaps: Vec<Duration> = timed.proofs.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        p50.add(percentile(&gaps, 50));
        p99.add(percentile(&gaps, 99));
        let mut count = 0;
        let mut tail = drydock.engine.follow(&timed.run, 0).await.unwrap();
        while let Some(more) = next(&mut tail).await {
            count += more.len();
        }
        events = count as f64 / CHAIN as f64;
        let plan = lines(&drydock.environment, 100, CHAIN / 100);
        let timed = drydock.engine.time_unapproved(&drydock.by, &drydock.environment, plan).await.unwrap();
        many.add((timed.ended - timed.begun).as_secs_f64() * 1000.0 / CHAIN as f64);
        drydock.engine.shutdown().await;
    }
    let met = verdict(p50.median() <= GOAL_P50 && p99.median() <= GOAL_P99);
    row(&format!("{database}: own time per step, {CHAIN} in a row, p50"), &p50.words("ms"));
    row(&format!("{database}: the same, p99"), &p99.words("ms"));
    row(&format!("{database}: goal p50 {GOAL_P50} ms, p99 {GOAL_P99} ms"), met);
    row(
        &format!("{database}: what a step consists of"),
        &format!("{events:.1} events: started, then output and exit code in one commit, then the proof"),
    );
    row(&format!("{database}: per step, 100 hosts at a time"), &many.words("ms"));
}

/// What a commit waits for at least.
fn disk() -> (f64, f64) {
    let mut file = tempfile::tempfile().unwrap();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    (percentile(&times, 50), percentile(&times, 99))
}

/// A database of our own on that server.
pub async fn new_database(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("drydock_bench_{}", uuid::Uuid::new_v4().simple());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let (base, _) = base.rsplit_once('/').unwrap();
    if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
}
