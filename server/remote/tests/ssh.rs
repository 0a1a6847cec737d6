//! Jobs over a real `sshd`: what a link may do to them, and what may be seen of them.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/sshd.rs"]
mod sshd;

use std::time::Duration;

use futures::StreamExt;

use common::{REMOVED, Seen, coreutils, is_over, processes_with, spool, until};
use remote::{Elevate, End, EnvName, Job, ReadLimit, Remote, RemoteError, Secret, SpoolState, Started};
use sshd::{Client, Sshd, kill, with_sudo};

#[tokio::test]
async fn both_pipes_the_exit_code_and_awkward_arguments_come_through() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    let nasty = ["", "a b", "'", "\"", "$(reboot)", "`id`", "\\n", "a\nb\n", "%s", "-n", "*", "ü€", ";&|<>#!", "~"];
    let script = r#"for arg in "$@"; do printf '%s|\n' "$arg"; done; echo bad >&2; exit 9"#;
    let job = nasty.iter().fold(Job::new(script), |job, arg| job.arg(*arg));
    let expected: String = nasty.iter().map(|arg| format!("{arg}|\n")).collect();

    assert_eq!(ssh.start(&host, &id, &job).await.unwrap(), Started::Now);
    assert_eq!(ssh.start(&host, &id, &job).await.unwrap(), Started::AlreadyThere);
    let mut seen = Seen::default();
    let end = seen.follow(ssh, &host, &id).await.unwrap();
    assert_eq!((end, seen.stdout(), seen.stderr()), (End::Exited(9), expected.clone(), "bad\n".into()));

    let read = ssh.read(&host, &job, ReadLimit::default()).await.unwrap();
    assert_eq!((read.code, read.stdout, read.stderr), (9, expected.into_bytes(), b"bad\n".to_vec()));
    assert_eq!(client.masters().len(), 1, "one connection is enough");
}

#[tokio::test]
async fn exit_codes_that_ssh_uses_itself_are_not_confused() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    for code in [0, 1, 126, 127, 255] {
        let id = spool(&format!("exit-{code}"));
        let job = Job::new(format!("exit {code}"));
        ssh.start(&host, &id, &job).await.unwrap();
        let end = Seen::default().follow(ssh, &host, &id).await.unwrap();
        assert_eq!(end, End::Exited(code));
        assert_eq!(ssh.read(&host, &job, ReadLimit::default()).await.unwrap().code, code);
    }
}

#[tokio::test]
async fn a_killed_connection_stops_loses_and_repeats_nothing() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    let go_on = client.dir.path().join("go-on");
    let job = Job::new(
        "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done
         until [ -e \"$1\" ]; do sleep 0.1; done
         while [ $i -lt 10000 ]; do echo line $i; i=$((i+1)); done; exit 4",
    )
    .arg(go_on.display().to_string());
    ssh.start(&host, &id, &job).await.unwrap();
    // One stream, which is open before and broken after.
    let mut seen = Seen::default();
    let mut items = ssh.follow(&host, &id, seen.at);
    while seen.stdout.is_empty() {
        seen.take_item(items.next().await.unwrap().unwrap());
    }
    let masters = client.masters();
    assert_eq!(masters.len(), 1);
    kill(masters[0]);
    // Whatever was on its way may still arrive; then the break is told.
    let error = loop {
        match items.next().await.unwrap() {
            Ok(item) => assert_eq!(seen.take_item(item), None),
            Err(error) => break error,
        }
    };
    assert!(error.is_transient(), "{error}");

    std::fs::write(go_on, "").unwrap();
    let end = seen.follow(ssh, &host, &id).await.unwrap();
    let lines: String = (0..10_000).map(|i| format!("line {i}\n")).collect();
    assert!(seen.stdout() == lines, "{} of {} bytes", seen.stdout.len(), lines.len());
    assert_eq!(end, End::Exited(4));
}

#[tokio::test]
async fn a_cancelled_tree_leaves_nothing_behind() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    let mark = format!("6{}", sshd.port);
    let job = Job::new("(sleep \"$1\" & sh -c 'sleep \"$1\"; :' sh \"$1\") & echo up; wait; sleep \"$1\"").arg(&mark);
    ssh.start(&host, &id, &job).await.unwrap();
    let report = ssh.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert_eq!((report.state, report.left), (SpoolState::Ended(End::Killed(15)), vec![]));
    assert_eq!(processes_with("sleep", &mark), Vec::<i32>::new());
    ssh.remove(&host, &id).await.unwrap();
    assert_eq!(ssh.look(&host, &id).await.unwrap(), REMOVED);
}

#[tokio::test]
async fn a_secret_is_in_no_argument_list_and_in_no_file() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    let value = format!("s3cret-{}-\\ 'x'", sshd.port);
    let go_on = client.dir.path().join("go-on");
    let job = Job::new("until [ -e \"$1\" ]; do sleep 0.1; done; printf %s \"$TOKEN\" | wc -c")
        .arg(go_on.display().to_string())
        .secret(EnvName::new("TOKEN").unwrap(), Secret::new(&value));
    ssh.start(&host, &id, &job).await.unwrap();
    let visible = format!("s3cret-{}", sshd.port);
    assert_eq!(processes_with(&visible, ""), Vec::<i32>::new());
    let mut grep = std::process::Command::new("grep");
    grep.args(["-rlF", &visible]).arg(client.dir.path());
    assert_eq!(String::from_utf8(grep.output().unwrap().stdout).unwrap(), "");
    std::fs::write(go_on, "").unwrap();
    let mut seen = Seen::default();
    seen.follow(ssh, &host, &id).await.unwrap();
    assert_eq!(seen.stdout().trim(), value.len().to_string());
}

#[tokio::test]
async fn much_output_costs_little_memory() {
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1"));
    ssh.start(&host, &id, &Job::new("yes 0123456789abcde | head -c 104857600")).await.unwrap();
    until(ssh, &host, &id, is_over).await;
    let before = resident_kib();
    let (mut total, mut most) = (0, 0);
    let mut items = ssh.follow(&host, &id, Default::default());
    while let Some(item) = items.next().await {
        if let remote::Followed::Chunk { bytes, .. } = item.unwrap() {
            total += bytes.len();
            most = most.max(resident_kib());
        }
    }
    assert_eq!(total, 104_857_600);
    assert!(most < before + 32 * 1024, "{before} KiB grew to {most} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn what_a_login_script_prints_does_no_harm() {
    let sshd = Sshd::with_settings("ForceCommand echo Welcome; echo careful >&2; eval \"$SSH_ORIGINAL_COMMAND\"");
    let (client, id, host) = (Client::new().await, spool("run-1"), sshd.access("db1"));
    client.ssh.start(&host, &id, &Job::new("echo hello")).await.unwrap();
    let mut seen = Seen::default();
    seen.follow(&client.ssh, &host, &id).await.unwrap();
    assert_eq!(seen.stdout(), "hello\n");
    assert!(client.ssh.facts(&host).await.unwrap().boot_id.len() > 30);
}

#[tokio::test]
async fn a_job_outlives_its_link_and_is_ended_whole_where_setsid_is_missing() {
    let tools = coreutils();
    let sshd = Sshd::with_settings(&format!("SetEnv PATH={}", tools.path().display()));
    let (client, host) = (Client::new().await, sshd.access("db1"));
    let (ssh, done, endless) = (&client.ssh, spool("done"), spool("endless"));
    let found = ssh.read(&host, &Job::new("command -v setsid"), ReadLimit::default()).await.unwrap();
    assert_ne!(found.code, 0, "{found:?}");
    let go_on = client.dir.path().join("go-on");
    let wait = Job::new("echo up; until [ -e \"$1\" ]; do sleep 0.1; done; exit 3").arg(go_on.display().to_string());
    let mark = format!("6{}", sshd.port);
    ssh.start(&host, &done, &wait).await.unwrap();
    ssh.start(&host, &endless, &Job::new("(sleep \"$1\"; :) & sleep \"$1\"").arg(&mark)).await.unwrap();
    kill(client.masters()[0]);
    std::fs::write(go_on, "").unwrap();
    let mut seen = Seen::default();
    let end = loop {
        match seen.follow(ssh, &host, &done).await {
            Ok(end) => break end,
            // The dying process may have taken one more command.
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    };
    assert_eq!((end, seen.stdout()), (End::Exited(3), "up\n".to_owned()));
    let report = ssh.cancel(&host, &endless, Duration::from_secs(20)).await.unwrap();
    assert_eq!((report.state, report.left), (SpoolState::Ended(End::Killed(15)), vec![]));
    assert_eq!(processes_with("sleep", &mark), Vec::<i32>::new());
}

#[tokio::test]
async fn sudo_wraps_everything_and_a_missing_right_is_told() {
    let client = Client::new().await;
    let sshd = with_sudo("#!/bin/sh\n[ \"$1 $2\" = '-n --' ] && shift 2 && RAISED=yes exec env RAISED=yes \"$@\"\n");
    let host = sshd.access("db1").with_elevate(Elevate::Sudo);
    let output = client.ssh.read(&host, &Job::new("echo \"$RAISED\""), ReadLimit::default()).await.unwrap();
    assert_eq!(output.stdout, b"yes\n");

    let sshd = with_sudo("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n");
    let host = sshd.access("db2").with_elevate(Elevate::Sudo);
    let refused = client.ssh.start(&host, &spool("run-1"), &Job::new("echo hello")).await.unwrap_err();
    assert!(matches!(&refused, RemoteError::SudoNeedsPassword { host, .. } if host == "db2"), "{refused}");
    let refused = client.ssh.facts(&host).await.unwrap_err();
    assert!(refused.to_string().starts_with("sudo on db2 asks for a password"), "{refused}");
}

/// The real `sudo`, which may put a terminal of its own around a command.
#[tokio::test]
async fn a_job_started_through_sudo_outlives_the_request() {
    let allowed = std::process::Command::new("sudo").args(["-n", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("not tested: no right to use sudo");
        return;
    }
    let (sshd, client, id) = (Sshd::start(), Client::new().await, spool("run-1"));
    let (ssh, host) = (&client.ssh, sshd.access("db1").with_elevate(Elevate::Sudo));
    let job = Job::new("id -u; printf 'a\\r\\n\\tb\\n'; sleep 1; echo \"$TOKEN\"")
        .secret(EnvName::new("TOKEN").unwrap(), Secret::new("t"));
    ssh.start(&host, &id, &job).await.unwrap();
    kill(client.masters()[0]);
    let mut seen = Seen::default();
    let end = loop {
        match seen.follow(ssh, &host, &id).await {
            Ok(end) => break end,
            // The dying process may have taken one more command.
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    };
    assert_eq!((end, seen.stdout()), (End::Exited(0), "0\na\r\n\tb\nt\n".to_owned()));
    ssh.remove(&host, &id).await.unwrap();
}
