//! Output: how much is stored and shown at once, how late, and whether it is all there; and the memory it takes.

use std::time::Duration;

use crate::browsers::{LATEST, Seen, Site, VIEWERS};
use crate::hosts::{ALL, Hosts};
use crate::instance::Drydock;
use crate::machine::{memory, memory_of};
use crate::measured::{row, verdict};
use crate::scripts::plan;

const RATE: usize = 5000;
const SECONDS: usize = 60;

/// The memory of 100 hosts is looked at while they run for so long.
const BUSY_SECONDS: usize = 20;

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

pub async fn measure(hosts: &Hosts) {
    let idle = memory();
    let drydock = Drydock::on_sqlite(Some(hosts)).await;
    let site = Site::open(&drydock).await;
    let watched = watch(&drydock, &site, 1, SECONDS, |_| unreachable!("there is one host")).await;
    report(&watched.seen);
    let loaded = format!("{:.0} MB, {:.0} MB before", watched.memory, idle);
    row(&format!("memory, 1 host printing, {VIEWERS} viewers"), &loaded);
    let watched = watch(&drydock, &site, ALL, BUSY_SECONDS, |_| format!("sleep {BUSY_SECONDS}")).await;
    let (links, shared) = watched.links;
    row(&format!("memory, {ALL} hosts, one of them printing, {VIEWERS} viewers"), &format!("{:.0} MB", watched.memory));
    row("the same: its ssh processes, shared pages by their share", &format!("{shared:.0} MB in {links} processes"));
    drydock.engine.shutdown().await;
}

/// What came of watching a run.
struct Watched {
    seen: Vec<Seen>,
    /// Of the server near the end, in MB.
    memory: f64,
    /// Its ssh processes: how many, and their memory in MB.
    links: (usize, f64),
}

/// The first host prints, the others do something else.
async fn watch(
    drydock: &Drydock,
    site: &Site,
    hosts: usize,
    seconds: usize,
    other: impl Fn(usize) -> String,
) -> Watched {
    let script = |host: usize| vec![if host == 0 { printer(seconds) } else { other(host) }];
    let run = drydock.start(plan(&drydock.environment, hosts, script)).await;
    let browsers = site.browsers(&run, RATE * seconds);
    // Near the end, when everything there is has been running for long.
    tokio::time::sleep(Duration::from_secs(seconds as u64 - 3)).await;
    let (memory, links) = (memory(), memory_of("drydock-bench-"));
    Watched { seen: browsers.end().await, memory, links }
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
