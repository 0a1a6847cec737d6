//! Channels that are kept for the next request, over a real `sshd`: how many there are, and for how long.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sshd;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{a_step, ask, counted, is_over, processes_with, runs, spool, until};
use futures::StreamExt;
use futures::future::join_all;
use remote::{Elevate, Job, Remote, Started};
use sshd::{Client, Sshd, kill, with_sudo};
use tempfile::NamedTempFile;

/// The `ssh` processes through which channels go.
fn clients(client: &Client) -> BTreeSet<i32> {
    let all = processes_with(&client.dir.path().join("control").display().to_string(), "ssh");
    let masters = client.masters();
    all.into_iter().filter(|pid| !masters.contains(pid)).collect()
}

async fn until_clients(client: &Client, wanted: usize) {
    while clients(client).len() != wanted {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_step_takes_one_ssh_process_and_so_do_the_steps_behind_it() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    let host = sshd.access("db1");
    client.ssh.facts(&host).await.unwrap();
    let first = clients(&client);
    for id in ["run-1", "run-2"] {
        a_step(&client.ssh, &host, id).await;
    }
    assert_eq!((first.len(), clients(&client)), (1, first));
    // Killed while nobody looks. Its connection may hand one more request on before it notices, so that the start is
    // found there when it is sent again.
    kill(*clients(&client).first().unwrap());
    let (count, id) = (NamedTempFile::new().unwrap(), spool("run-3"));
    client.ssh.start(&host, &id, &counted(&count)).await.unwrap();
    until(&client.ssh, &host, &id, is_over).await;
    assert_eq!((runs(&count), client.masters().len()), (1, 1));
}

#[tokio::test]
async fn a_follow_that_nobody_listens_to_any_more_ends_and_is_not_used_for_anything_else() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let host = sshd.access("db1");
    client.ssh.start(&host, &id, &Job::new("echo up; exec sleep 600")).await.unwrap();
    let before = clients(&client);
    let mut items = client.ssh.follow(&host, &id, Default::default());
    items.next().await.unwrap().unwrap();
    assert_eq!(clients(&client), before, "it goes over the channel of the start");
    drop(items);
    until_clients(&client, 0).await;
    client.ssh.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert!(clients(&client).is_disjoint(&before));
}

#[tokio::test]
async fn a_host_that_is_let_go_has_no_connection_unless_somebody_uses_it() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let host = sshd.access("db1");
    client.ssh.start(&host, &id, &Job::new("echo up; exec sleep 600")).await.unwrap();
    let mut items = client.ssh.follow(&host, &id, Default::default());
    items.next().await.unwrap().unwrap();
    let masters = client.masters();
    client.ssh.let_go(&host).await;
    assert_eq!((masters.len(), client.masters()), (1, masters.clone()), "somebody follows");
    drop(items);
    while !client.masters().is_empty() {
        client.ssh.let_go(&host).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    client.ssh.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert!(client.masters() != masters, "and it can be asked again");
}

#[tokio::test]
async fn idle_channels_are_closed_after_a_while_and_never_hold_their_connection() {
    let (one, other) = (Sshd::start(), Sshd::start());
    let client = Client::with(|options| {
        options.channel_idle = Duration::from_millis(300);
        options.max_connections = 1;
    })
    .await;
    client.ssh.facts(&one.access("db1")).await.unwrap();
    until_clients(&client, 0).await;
    assert_eq!(client.masters().len(), 1);
    client.ssh.facts(&one.access("db1")).await.unwrap();

    let client = Client::with(|options| options.max_connections = 1).await;
    client.ssh.facts(&one.access("db1")).await.unwrap();
    let (idle, master) = (clients(&client), client.masters());
    client.ssh.facts(&other.access("db2")).await.unwrap();
    assert!(clients(&client).is_disjoint(&idle) && client.masters() != master);
    client.ssh.close().await;
    until_clients(&client, 0).await;
    while !client.masters().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn more_requests_than_channels_wait_for_each_other_and_few_channels_are_kept() {
    let sshd = Sshd::start();
    let client = Client::with(|options| options.commands_per_host = 3).await;
    let host = sshd.access("db1");
    let at_once = client.dir.path().join("at-once");
    std::fs::create_dir(&at_once).unwrap();
    let job = Job::new("cd \"$1\"; : >$$; ls | wc -l; sleep 0.3; rm $$").arg(at_once.display().to_string());
    let answers = join_all((0..9).map(|_| ask(&client.ssh, &host, &job))).await;
    let most = answers.iter().map(|answer| answer.trim().parse::<usize>().unwrap()).max();
    assert!((1..=3).contains(&most.unwrap()), "{answers:?}");
    until_clients(&client, 2).await;
}

#[tokio::test]
async fn a_kept_shell_of_root_serves_only_requests_for_root() {
    let client = Client::new().await;
    let sshd = with_sudo("#!/bin/sh\n[ \"$1 $2\" = '-n --' ] && shift 2 && RAISED=yes exec env RAISED=yes \"$@\"\n");
    let (user, root) = (sshd.access("db1"), sshd.access("db1").with_elevate(Elevate::Sudo));
    let job = Job::new("echo \"${RAISED-no}\"");
    for (host, raised) in [(&root, "yes\n"), (&user, "no\n"), (&root, "yes\n"), (&user, "no\n")] {
        assert_eq!(ask(&client.ssh, host, &job).await, raised);
    }
    assert_eq!((clients(&client).len(), client.masters().len()), (2, 1));
}

#[tokio::test]
async fn a_host_whose_shells_were_ended_while_nobody_asked_is_asked_again() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    let (host, count, id) = (sshd.access("db1"), NamedTempFile::new().unwrap(), spool("run-1"));
    client.ssh.facts(&host).await.unwrap();
    // The login tells them where they come from.
    let login = format!(" 127.0.0.1 {}\0", sshd.port);
    let ours = |pid: &i32| {
        std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|all| String::from_utf8_lossy(&all).contains(&login))
    };
    let look = || -> Vec<String> {
        processes_with("count=1", "drydock").into_iter().filter(ours).map(|pid| pid.to_string()).collect()
    };
    let mut shells = look();
    // The answer may be here before its shell has begun the one that waits.
    for _ in 0..500 {
        if shells.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        shells = look();
    }
    assert_eq!(shells.len(), 2, "one that waits for the next request, and one that goes on after it");
    // The one may be gone when the other was killed.
    let _ = std::process::Command::new("kill").arg("-KILL").args(shells).status();
    assert_eq!(client.ssh.start(&host, &id, &counted(&count)).await.unwrap(), Started::Now);
    until(&client.ssh, &host, &id, is_over).await;
    assert_eq!(runs(&count), 1);
}
