//! A job that prints far more than anybody wants in memory, and a consumer who takes his time.
//!
//! The only test that runs in this process, for it measures what the process needs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sshd;

use std::process::id as own_process;
use std::time::Instant;

use common::{is_over, processes_with, spool, until};
use futures::StreamExt;
use remote::{End, Followed, HostAccess, Job, Offsets, ReadLimit, Remote, Ssh};
use sha2::{Digest, Sha256};
use sshd::{Client, Sshd};

const MIB: u64 = 1 << 20;

/// What following may need on top. There is one piece of 256 KiB in memory, a buffer of 64 KiB and the pipe's 64 KiB;
/// the rest is room for what the allocator keeps. A sixteenth of the shortest log that is read here.
const OWN_LIMIT_KIB: u64 = 16 * 1024;

/// What one `ssh` may have at its most: 10 MiB of program, and two windows of 2 MiB that the host may fill unasked.
const SSH_LIMIT_KIB: u64 = 32 * 1024;

/// The most memory that a process ever had, since [`forget_peak`].
fn peak_kib(process: u32) -> u64 {
    field(process, "VmHWM:")
}

fn field(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// The sum that the host itself makes of the whole output.
async fn sum_on_host(ssh: &Ssh, host: &HostAccess, client: &Client) -> String {
    let out = client.dir.path().join("spools/run-1/out");
    let job = Job::new("sha256sum <\"$1\"").arg(out.display().to_string());
    let limit = ReadLimit { time: std::time::Duration::from_secs(600), ..ReadLimit::default() };
    let output = ssh.read(host, &job, limit).await.unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

async fn a_long_log_of(bytes: u64) {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    // No two pieces of it are alike, so that a piece twice or in the wrong place changes the sum.
    let job = Job::new("seq 1 999999999 | head -c \"$1\"; exit 3").arg(bytes.to_string());
    ssh.start(&host, &id, &job).await.unwrap();

    let before = field(own_process(), "VmRSS:");
    forget_peak();
    let (mut sum, mut at, mut largest) = (Sha256::new(), Offsets::default(), 0);
    let mut items = ssh.follow(&host, &id, at);
    let mut take = |item: Followed| match item {
        Followed::End(end) => Some(end),
        Followed::Chunk { pipe, offset, bytes } => {
            assert_eq!(offset, at.stdout);
            at.advance(pipe, bytes.len());
            sum.update(&bytes);
            largest = largest.max(bytes.len());
            None
        }
    };
    assert_eq!(take(items.next().await.unwrap().unwrap()), None);
    // The consumer takes no more until the job is over, which does not wait for him.
    let state = until(ssh, &host, &id, is_over).await;
    let begun = Instant::now();
    let end = loop {
        if let Some(end) = take(items.next().await.unwrap().unwrap()) {
            break end;
        }
    };
    let took = begun.elapsed();
    let own = peak_kib(own_process()).saturating_sub(before);
    let links = processes_with(&client.dir.path().join("control").display().to_string(), "ssh");
    let link = links.iter().map(|pid| peak_kib(pid.unsigned_abs())).max().unwrap();

    eprintln!("{} MiB in {took:?}: at most {own} KiB more here, {link} KiB in one ssh", bytes / MIB);
    assert_eq!((state, end), (remote::SpoolState::Ended(End::Exited(3)), End::Exited(3)));
    assert_eq!((at.stdout, at.stderr), (bytes, 0));
    assert_eq!(hex::encode(sum.finalize()), sum_on_host(ssh, &host, &client).await);
    assert!(largest <= 1 << 18, "a piece of {largest} bytes");
    assert!(own < OWN_LIMIT_KIB, "{own} KiB");
    assert!(link < SSH_LIMIT_KIB, "{link} KiB");
    ssh.remove(&host, &id).await.unwrap();
}

#[tokio::test]
async fn a_log_of_256_mb_is_followed_whole_in_little_memory_and_does_not_wait_for_a_slow_consumer() {
    a_long_log_of(256 * MIB).await;
}

/// By hand, and alone: `cargo test -p remote --test long_log -- --ignored --nocapture`. Needs 2 GB of disk.
#[tokio::test]
#[ignore = "takes a minute and 2 GB of disk"]
async fn a_log_of_2_gb_is_followed_whole_in_little_memory_and_does_not_wait_for_a_slow_consumer() {
    a_long_log_of(2048 * MIB).await;
}
