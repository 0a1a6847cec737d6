//! The spool protocol on unlike hosts: other shells, other tools, much output.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use futures::StreamExt;

use common::{Seen, busybox, coreutils, named, processes_with, spool};
use remote::{End, EnvName, Followed, Job, LocalRemote, ReadLimit, Remote, RemoteError, Secret, SpoolState};

/// The same story in another shell: start, follow, cancel, read, with awkward arguments.
async fn story_on(remote: &LocalRemote) {
    let (host, id) = (named("a"), spool("run-1"));
    let secret = Secret::new("s \\ \n'é");
    let job = Job::new("printf '%s|' \"$TOKEN\" \"$@\"; echo bad >&2; exit 5")
        .arg("a\n'b ")
        .arg("")
        .secret(EnvName::new("TOKEN").unwrap(), secret.clone());
    let printed = format!("{}|a\n'b ||", secret.expose());

    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    let end = seen.follow(remote, &host, &id).await.unwrap();
    assert_eq!((end, seen.stdout(), seen.stderr()), (End::Exited(5), printed.clone(), "bad\n".into()));
    // From an offset in the middle, beyond one block.
    let mut rest = Seen::default();
    rest.at.stdout = 3;
    rest.follow(remote, &host, &id).await.unwrap();
    assert_eq!(rest.stdout(), &printed[3..]);

    let read = remote.read(&host, &job, ReadLimit::default()).await.unwrap();
    assert_eq!((read.code, read.stdout), (5, printed.into_bytes()));

    let tree = spool("tree");
    let job = Job::new("trap '' TERM; (sleep 604; :) & echo up; sleep 3; echo again; while :; do sleep 1; done");
    remote.start(&host, &tree, &job).await.unwrap();
    let mut seen = Seen::default();
    // What comes after a silence is seen while the job goes on.
    seen.follow_while(remote, &host, &tree, |seen| seen.stdout() != "up\nagain\n").await.unwrap();
    let report = remote.cancel(&host, &tree, Duration::from_secs(1)).await.unwrap();
    assert_eq!((report.state, report.left), (SpoolState::Ended(End::Killed(9)), vec![]));
    remote.remove(&host, &tree).await.unwrap();
    remote.facts(&host).await.unwrap();
}

#[tokio::test]
async fn dash_will_do() {
    story_on(&LocalRemote::with_shell("dash").unwrap()).await;
}

#[tokio::test]
async fn bash_will_do() {
    story_on(&LocalRemote::with_shell("bash").unwrap()).await;
}

#[tokio::test]
async fn busybox_with_nothing_but_its_own_tools_will_do() {
    let (remote, _tools) = busybox();
    story_on(&remote).await;
}

/// A host where `setsid` is missing, with another shell each.
async fn story_without_setsid(shell: &str) {
    let tools = coreutils();
    let remote = LocalRemote::with_shell(&format!("env PATH={} {shell}", tools.path().display())).unwrap();
    story_on(&remote).await;
    let (host, id) = (named("a"), spool("group"));
    // In the group of this test, ending the job would end the test.
    // The tests of two shells run side by side.
    let mark = format!("6{}{}", std::process::id(), shell.as_bytes()[0]);
    let job = Job::new("(sleep \"$1\" & sh -c 'sleep \"$1\"; :' sh \"$1\") & echo up; wait; sleep \"$1\"").arg(&mark);
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    seen.follow_while(&remote, &host, &id, |seen| seen.stdout.is_empty()).await.unwrap();
    let state = remote.look(&host, &id).await.unwrap();
    let report = remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert!(matches!(state, SpoolState::Running { .. }), "{state:?}");
    assert_eq!((report.state, report.left), (SpoolState::Ended(End::Killed(15)), vec![]));
    assert_eq!(processes_with("sleep", &mark), Vec::<i32>::new());
}

#[tokio::test]
async fn dash_and_coreutils_will_do() {
    story_without_setsid("dash").await;
}

#[tokio::test]
async fn bash_and_coreutils_will_do() {
    story_without_setsid("bash").await;
}

#[tokio::test]
async fn the_shell_of_busybox_and_coreutils_will_do() {
    story_without_setsid("busybox sh").await;
}

#[tokio::test]
async fn a_host_with_nothing_that_makes_a_process_group_starts_nothing_and_says_what_is_missing() {
    let (remote, tools) = busybox();
    std::fs::remove_file(tools.path().join("setsid")).unwrap();
    let (host, id) = (named("a"), spool("run-1"));
    let error = remote.start(&host, &id, &Job::new(":")).await.unwrap_err();
    assert!(matches!(&error, RemoteError::MissingTool { tool, .. } if tool == "setsid"), "{error}");
    assert_eq!(remote.look(&host, &id).await.unwrap(), SpoolState::NotThere);
}

#[tokio::test]
async fn a_hundred_megabytes_come_through_in_small_pieces() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("yes 0123456789abcde | head -c 104857600");
    remote.start(&host, &id, &job).await.unwrap();
    let (mut total, mut largest) = (0, 0);
    let mut items = remote.follow(&host, &id, Default::default());
    while let Some(item) = items.next().await {
        if let Followed::Chunk { bytes, offset, .. } = item.unwrap() {
            assert_eq!(offset, total);
            assert_eq!(bytes.first(), Some(&b"0123456789abcde\n"[(offset % 16) as usize]));
            total += bytes.len() as u64;
            largest = largest.max(bytes.len());
        }
    }
    assert_eq!(total, 104_857_600);
    assert!(largest <= 1 << 18, "{largest}");
}
