//! A hundred quiet jobs followed at once: that it works, and what it costs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sshd;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::{Seen, processes_with, spool};
use futures::future::join_all;
use remote::{End, HostAccess, Job, Ssh};
use sshd::{Client, Sshd};
use tokio::sync::Semaphore;

const HOSTS: usize = 100;
/// The time over which the cost is taken.
const WHILE_QUIET: Duration = Duration::from_secs(20);

/// Both ends of every login are on this machine: more at a time only keep each other waiting.
static LOGINS: Semaphore = Semaphore::const_new(8);

/// Processor time of a process and its children so far, in hundredths of a second.
fn ticks(process: i32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').skip(11).take(4).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

fn percent(before: u64, after: u64) -> f64 {
    after.saturating_sub(before) as f64 / WHILE_QUIET.as_secs_f64() / HOSTS as f64
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Follows a job that prints the time when it is told to; gives how old that was here.
async fn follow_one(ssh: &Ssh, host: &HostAccess, name: &str, go_on: &str) -> i64 {
    use remote::Remote;
    let id = spool(name);
    let turn = LOGINS.acquire().await.unwrap();
    // It ends by itself, should this test not come to tell it.
    let script = "echo up; i=0; until [ -e \"$1\" ] || [ $((i += 1)) -gt 150 ]; do sleep 2; done; date +%s%3N; sleep 2";
    let job = Job::new(script).arg(go_on);
    ssh.start(host, &id, &job).await.unwrap();
    drop(turn);
    let mut seen = Seen::default();
    seen.follow_while(ssh, host, &id, |seen| seen.stdout.len() < 4).await.unwrap();
    let late = now_ms() - seen.stdout().lines().nth(1).unwrap().parse::<i64>().unwrap();
    let end = seen.follow(ssh, host, &id).await.unwrap();
    assert_eq!((end, seen.stdout().lines().count()), (End::Exited(0), 2));
    late
}

/// By hand, and alone: `cargo test -p remote --test many_hosts -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "takes a minute and a thousand processes"]
async fn a_hundred_quiet_jobs_are_followed_at_once_with_the_usual_settings() {
    let (sshd, client) = (Sshd::start(), Client::with(|ssh| ssh.connect_timeout = Duration::from_secs(60)).await);
    let go_on = client.dir.path().join("go-on");
    let file = go_on.display().to_string();
    let hosts: Vec<HostAccess> = (0..HOSTS).map(|n| sshd.access(&format!("host-{n}"))).collect();
    let following = join_all(hosts.iter().map(|host| follow_one(&client.ssh, host, &host.name, &file)));
    let measuring = async {
        let spools = || std::fs::read_dir(client.dir.path().join("spools")).into_iter().flatten().count();
        while spools() < HOSTS {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::sleep(WHILE_QUIET / 2).await;
        let control = client.dir.path().join("control").display().to_string();
        let here = || processes_with(&control, "ssh").into_iter().chain([std::process::id() as i32]);
        let there = || processes_with("drydock", "count=1").into_iter().filter(|pid| here().all(|one| one != *pid));
        let before = (here().map(ticks).sum(), there().map(ticks).sum());
        tokio::time::sleep(WHILE_QUIET).await;
        let after = (here().map(ticks).sum(), there().map(ticks).sum());
        std::fs::write(&go_on, "").unwrap();
        (percent(before.0, after.0), percent(before.1, after.1))
    };
    let (mut late, (here, there)) = futures::join!(following, measuring);
    late.sort_unstable();
    eprintln!("of a processor, for one of them: {here:.2} % here, {there:.2} % on the host");
    eprintln!("milliseconds from print to consumer: {} in the middle, {} at most", late[HOSTS / 2], late[HOSTS - 1]);
}
