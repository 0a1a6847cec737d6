//! Whom a connection trusts, and what is told when there is none.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code)]
mod sshd;

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::processes_with;
use remote::{HostAccess, Remote, RemoteError, Ssh, SshOptions};
use sshd::{Client, Sshd, free_port, new_key};

async fn refused(client: &Client, host: &HostAccess) -> RemoteError {
    client.ssh.facts(host).await.expect_err("no connection")
}

#[tokio::test]
async fn a_host_with_another_key_is_not_talked_to() {
    let (sshd, other, client) = (Sshd::start(), Sshd::start(), Client::new().await);
    let mut host = sshd.access("db1");
    host.host_key = vec![other.host_key()];
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::HostKeyMismatch { host, .. } if host == "db1"), "{error}");
    host.host_key.clear();
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::HostKeyUnknown { .. }), "{error}");
    // One of several pins is enough: a host has keys of several kinds.
    host.host_key = vec![other.host_key(), sshd.host_key()];
    client.ssh.facts(&host).await.unwrap();
}

#[tokio::test]
async fn a_key_that_the_host_does_not_know_is_told() {
    let (sshd, other, client) = (Sshd::start(), Sshd::start(), Client::new().await);
    let mut host = sshd.access("db1");
    host.identity = other.access("x").identity;
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::Auth { host, .. } if host == "db1"), "{error}");
    assert!(!error.is_transient());
    host.identity = "/nonexistent/key".into();
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::Identity { .. }), "{error}");
    let broken = client.dir.path().join("broken");
    std::fs::write(&broken, "not a key\n").unwrap();
    host.identity = broken;
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::Identity { .. } | RemoteError::Auth { .. }), "{error}");
}

#[tokio::test]
async fn a_dead_host_is_given_up() {
    let sshd = Sshd::start();
    let client = Client::with(|options| options.connect_timeout = Duration::from_secs(1)).await;
    let mut host = sshd.access("db1");
    host.port = free_port();
    let error = refused(&client, &host).await;
    assert!(matches!(&error, RemoteError::Connect { .. }), "{error}");
    assert!(error.to_string().ends_with("Connection refused"), "{error}");
    // It accepts and says nothing, like a host whose disks hang.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    host.port = silent.local_addr().unwrap().port();
    let error = refused(&client, &host).await;
    assert!(error.is_transient(), "{error}");
    // The test net of RFC 5737: nothing answers, or the machine has no way there.
    host.address = "192.0.2.1".to_owned();
    let error = refused(&client, &host).await;
    assert!(error.is_transient(), "{error}");
    assert_eq!(client.masters(), Vec::<i32>::new());
}

#[tokio::test]
async fn a_host_shows_its_key_before_anybody_trusts_it() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    let keys = client.ssh.scan_host_key("127.0.0.1", sshd.port, None).await.unwrap();
    assert_eq!(keys, [sshd.host_key()]);
    let keygen = Command::new("ssh-keygen").arg("-lf").arg(sshd.path().join("host_key.pub")).output().unwrap();
    let told = String::from_utf8(keygen.stdout).unwrap();
    assert!(told.contains(&keys[0].fingerprint()), "{told}");

    let gate = Sshd::start();
    let keys = client.ssh.scan_host_key("127.0.0.1", sshd.port, Some(&gate.access("gate"))).await.unwrap();
    assert_eq!(keys, [sshd.host_key()]);
    let error = client.ssh.scan_host_key("127.0.0.1", free_port(), None).await.unwrap_err();
    assert!(matches!(error, RemoteError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn a_jump_host_has_a_key_and_a_pin_of_its_own() {
    let (sshd, gate, client) = (Sshd::start(), Sshd::start(), Client::new().await);
    let through = |gate: HostAccess| HostAccess { jump: Some(Box::new(gate)), ..sshd.access("db1") };
    client.ssh.facts(&through(gate.access("gate"))).await.unwrap();
    let mut double = gate.access("outer gate");
    double.jump = Some(Box::new(gate.access("gate")));
    client.ssh.facts(&through(double)).await.unwrap();

    let mut bad = gate.access("gate");
    bad.host_key = vec![sshd.host_key()];
    let error = refused(&client, &through(bad)).await;
    assert!(matches!(&error, RemoteError::HostKeyMismatch { host, .. } if host == "gate"), "{error}");
    let mut bad = gate.access("gate");
    bad.identity = client.dir.path().join("stranger");
    new_key(&bad.identity);
    let error = refused(&client, &through(bad)).await;
    assert!(matches!(&error, RemoteError::Auth { host, .. } if host == "gate"), "{error}");
    let mut bad = gate.access("gate");
    bad.port = free_port();
    let error = refused(&client, &through(bad)).await;
    assert!(matches!(&error, RemoteError::Connect { host, .. } if host == "gate"), "{error}");
    let mut closed = through(gate.access("gate"));
    closed.port = free_port();
    let error = refused(&client, &closed).await;
    assert!(matches!(&error, RemoteError::Connect { host, .. } if host == "db1"), "{error}");
}

#[tokio::test]
async fn one_place_for_two_hosts_is_taken_in_turn() {
    let (one, two) = (Sshd::start(), Sshd::start());
    let client = Client::with(|options| options.max_connections = 1).await;
    for host in [one.access("one"), two.access("two"), one.access("one")] {
        client.ssh.facts(&host).await.unwrap();
        assert_eq!(client.masters().len(), 1);
    }
}

#[tokio::test]
async fn connections_are_closed_with_their_server_or_by_the_next_one() {
    let sshd = Sshd::start();
    let client = Client::new().await;
    client.ssh.facts(&sshd.access("db1")).await.unwrap();
    let dir = client.dir.path().join("control");
    let second = Ssh::open(SshOptions::in_dir(&dir)).await;
    assert!(second.is_err(), "two servers must not share a control directory");

    // What a server that was killed leaves behind.
    let left = dir.join("c-left");
    std::fs::create_dir(&left).unwrap();
    let access = sshd.access("db1");
    let mut master = Command::new("ssh");
    master.args(["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
    master.args(["-o", "LogLevel=ERROR", "-f", "-N", "-M", "-S"]).arg(left.join("master")).arg("-i");
    master.arg(&access.identity).args(["-p", &access.port.to_string(), "-l", &access.user, "127.0.0.1"]);
    assert!(master.stderr(Stdio::null()).status().unwrap().success());
    assert_eq!(client.masters().len(), 2);
    let Client { ssh, dir: kept } = client;
    drop(ssh);
    let control = dir.display().to_string();
    // It was told to end, and does.
    while processes_with(&control, " -M ").len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(processes_with(&control, " -M ").len(), 1);
    let next = Ssh::open(SshOptions::in_dir(&dir)).await.unwrap();
    while !processes_with(&control, " -M ").is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!left.exists());
    drop((next, kept));
}
