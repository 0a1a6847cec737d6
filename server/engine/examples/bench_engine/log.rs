//! Output: how much is stored and shown at once, how late, and whether it is all there; and the memory it takes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::Tail;
use model::event::{Event, EventKind, Stream};
use model::id::StepId;
use tokio::task::JoinHandle;

use crate::drydock::{Drydock, assert_succeeded, next};
use crate::hosts::{ALL, Hosts};
use crate::machine::{memory, memory_of};
use crate::measured::{row, verdict};
use crate::scripts::plan;

const VIEWERS: usize = 50;
const RATE: usize = 5000;
const SECONDS: usize = 60;

/// The memory of 100 hosts is looked at while they run for so long.
const BUSY_SECONDS: usize = 20;

/// Milliseconds; later than this counts as this.
const LATEST: usize = 60_000;

const GOAL_P99: usize = 500;

/// Prints so many lines per second, each with its number and the time of its printing.
fn printer(seconds: usize) -> String {
    let total = RATE * seconds;
    format!(
        "exec /usr/bin/python3 - <<'END'\nimport sys, time\nbegun = time.monotonic()\nprinted = 0\n\
         while printed < {total}:\n    due = min(int((time.monotonic() - begun) * {RATE}) + 1, {total})\n    \
         while printed < due:\n        sys.stdout.write('%d %d\\n' % (printed, time.time_ns()))\n        printed += 1\n    \
         sys.stdout.flush()\n    time.sleep(0.005)\nEND\n"
    )
}

/// What a viewer has seen.
struct Seen {
    /// How many lines came with that many milliseconds of delay.
    delays: Vec<u64>,
    lines: usize,
    first: u64,
    last: u64,
}

pub async fn measure(hosts: &Hosts) {
    let idle = memory();
    let drydock = Drydock::on_sqlite(Some(hosts)).await;
    let seen = watch(&drydock, 1, SECONDS, |_| unreachable!("there is one host")).await;
    report(&seen.0);
    let loaded = format!("{:.0} MB, {:.0} MB before", seen.1, idle);
    row(&format!("memory, 1 host printing, {VIEWERS} viewers"), &loaded);
    let seen = watch(&drydock, ALL, BUSY_SECONDS, |_| format!("sleep {BUSY_SECONDS}")).await;
    let (links, shared) = seen.2;
    row(&format!("memory, {ALL} hosts, one of them printing, {VIEWERS} viewers"), &format!("{:.0} MB", seen.1));
    row("the same: its ssh processes, shared pages by their share", &format!("{shared:.0} MB in {links} processes"));
    drydock.engine.shutdown().await;
}

/// The first host prints, the others do something else; what each viewer saw, and the memory near the end.
async fn watch(
    drydock: &Drydock,
    hosts: usize,
    seconds: usize,
    other: impl Fn(usize) -> String,
) -> (Vec<Seen>, f64, (usize, f64)) {
    let script = |host: usize| vec![if host == 0 { printer(seconds) } else { other(host) }];
    let run = drydock.start(plan(&drydock.environment, hosts, script)).await;
    let mut viewers: Vec<JoinHandle<Seen>> = Vec::new();
    for _ in 0..VIEWERS {
        let tail = drydock.engine.follow(&run, 0).await.unwrap();
        viewers.push(tokio::spawn(view(tail, RATE * seconds)));
    }
    // Near the end, when everything there is has been running for long.
    tokio::time::sleep(Duration::from_secs(seconds as u64 - 3)).await;
    let used = (memory(), memory_of("drydock-bench-"));
    let mut all = Vec::new();
    for viewer in viewers {
        all.push(viewer.await.unwrap());
    }
    (all, used.0, used.1)
}

async fn view(mut tail: Tail, expected: usize) -> Seen {
    let printing = StepId::new("h000/0").unwrap();
    let mut seen = Seen { delays: vec![0; LATEST + 1], lines: 0, first: 0, last: 0 };
    let mut rest = String::new();
    let mut ends: Vec<Event> = Vec::new();
    while let Some(events) = next(&mut tail).await {
        let now = nanoseconds();
        for event in events {
            match &event.kind {
                EventKind::Output { step, stream: Stream::Stdout, text, .. } if *step == printing => {
                    rest.push_str(text);
                    let whole = rest.rfind('\n').map_or(0, |at| at + 1);
                    rest[..whole].lines().for_each(|line| seen.take(line, now));
                    rest.drain(..whole);
                }
                EventKind::StepFailed { .. } | EventKind::Finished { .. } => ends.push(event),
                _ => {}
            }
        }
    }
    assert_succeeded(&ends);
    assert!(rest.is_empty() && seen.lines == expected, "{} of {expected} lines came", seen.lines);
    seen
}

impl Seen {
    fn take(&mut self, line: &str, now: u64) {
        let words = line.split_once(' ').and_then(|(number, at)| Some((number.parse().ok()?, at.parse().ok()?)));
        let (number, at): (usize, u64) = words.unwrap_or_else(|| panic!("{line:?} is half a line"));
        assert_eq!(number, self.lines, "lines are lost, doubled or in another order");
        self.lines += 1;
        if number == 0 {
            self.first = at;
        }
        self.last = at;
        let delay = usize::try_from(now.saturating_sub(at) / 1_000_000).unwrap_or(LATEST);
        self.delays[delay.min(LATEST)] += 1;
    }
}

fn report(viewers: &[Seen]) {
    let mut delays = vec![0; LATEST + 1];
    for viewer in viewers {
        delays.iter_mut().zip(&viewer.delays).for_each(|(sum, more)| *sum += more);
    }
    let one = &viewers[0];
    let rate = (one.lines - 1) as f64 / ((one.last - one.first) as f64 / 1e9);
    let (p50, p99) = (percentile(&delays, 50), percentile(&delays, 99));
    let most = delays.iter().rposition(|count| *count > 0).unwrap_or(0);
    row("lines printed per second, by one host", &format!("{rate:.0} for {SECONDS} s, {} in all", one.lines));
    row(&format!("seen by each of {VIEWERS} viewers, once and in order"), &format!("{} of {}", one.lines, one.lines));
    row("from the host to a viewer's stream, p50", &format!("{p50} ms"));
    row("the same, p99 and latest", &format!("{p99} ms, {most} ms"));
    let met = verdict(p99 <= GOAL_P99 && rate >= RATE as f64 * 0.99);
    row(&format!("goal: {RATE} lines/s for {SECONDS} s, p99 {GOAL_P99} ms, nothing lost"), met);
}

fn percentile(delays: &[u64], percent: u64) -> usize {
    let all: u64 = delays.iter().sum();
    let mut below = 0;
    delays
        .iter()
        .position(|count| {
            below += count;
            below * 100 >= all * percent
        })
        .unwrap_or(0)
}

fn nanoseconds() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}
