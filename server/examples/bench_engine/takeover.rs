//! A server dies in the middle of a script: how long until another one has the run, and until its output goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use model::event::{Event, EventKind, Stream};
use model::id::RunId;

use crate::hosts::Hosts;
use crate::instance::{Drydock, assert_succeeded, next, open_engine};
use crate::measured::{Measured, row};
use crate::scripts::plan;
use crate::steps::new_database;

const TIMES: usize = 3;

/// So many lines, ten per second: longer than a take-over takes.
const LINES: usize = 250;

/// Names of the two servers.
const HOLDER: &str = "holder";
const OTHER: &str = "other";

pub async fn measure(hosts: &Hosts) {
    let Ok(server) = std::env::var("DRYDOCK_TEST_POSTGRES") else {
        row("take-over after kill -9", "not measured: two servers need PostgreSQL, and there is none");
        return;
    };
    let (mut claimed, mut goes_on) = (Measured::default(), Measured::default());
    for _ in 0..TIMES {
        let (until_claim, until_output) = once(hosts, &new_database(&server).await).await;
        claimed.add(until_claim);
        goes_on.add(until_output);
    }
    row("take-over: from kill -9 of its server until another one has the run", &claimed.words("s"));
    row("take-over: until its output goes on, every line there once", &goes_on.words("s"));
    row("take-over: what it consists of", "a lease of 12 s by the watcher's own clock, looked at every 2 s");
}

/// The first server, in a process of its own: carries one run until it is killed.
pub async fn hold(folder: &Path, database: &str) {
    let own = tempfile::tempdir().unwrap();
    let drydock = Drydock::open(database, HOLDER, own, Some(&Hosts::found(folder))).await;
    let script = format!("i=0; while [ $i -lt {LINES} ]; do echo \"$i\"; i=$((i+1)); sleep 0.1; done");
    let run = drydock.start(plan(&drydock.environment, 1, |_| vec![script.clone()])).await;
    println!("{run}");
    std::future::pending().await
}

/// Seconds until the run was claimed and until output came again.
async fn once(hosts: &Hosts, database: &str) -> (f64, f64) {
    let (mut holder, run) = start_holder(hosts, database);
    let own = tempfile::tempdir().unwrap();
    let other = open_engine(database, OTHER, own.path()).await;
    other.resume().await.unwrap();
    let mut tail = other.follow(&run, 0).await.unwrap();
    let mut all: Vec<Event> = Vec::new();
    while outputs(&all) < 10 {
        all.extend(next(&mut tail).await.expect("the script prints for longer"));
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    // Events carry milliseconds of the same machine's clock.
    let killed = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    while let Some(events) = next(&mut tail).await {
        all.extend(events);
    }
    assert_succeeded(&all);
    assert_eq!(printed(&all), (0..LINES).map(|line| format!("{line}\n")).collect::<String>(), "every line once");
    other.shutdown().await;
    let claim = all.iter().find(|event| matches!(&event.kind, EventKind::Claimed { by, .. } if by == OTHER)).unwrap();
    let output = all.iter().find(|event| event.seq > claim.seq && is_output(event)).unwrap();
    let since = |event: &Event| Duration::from_millis((event.at.0 - killed).unsigned_abs()).as_secs_f64();
    (since(claim), since(output))
}

fn start_holder(hosts: &Hosts, database: &str) -> (Child, RunId) {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .arg("holder")
        .arg(&hosts.folder)
        .arg(database)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (holder, RunId::new(line.trim()).unwrap())
}

fn is_output(event: &Event) -> bool {
    matches!(event.kind, EventKind::Output { .. })
}

fn outputs(events: &[Event]) -> usize {
    events.iter().filter(|event| is_output(event)).count()
}

fn printed(events: &[Event]) -> String {
    let text = |event: &Event| match &event.kind {
        EventKind::Output { stream: Stream::Stdout, text, .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}
