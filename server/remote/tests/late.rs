//! Requests that arrive late: what was removed or cancelled is not started by them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sshd;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use common::{REMOVED, Seen, busybox, counted, is_over, named, runs, spool, until};
use futures::future::join_all;
use remote::{
    End, Fault, HostAccess, Job, LocalRemote, Remote, RemoteError, SpoolFate, SpoolState, Started, Vanished, Verb,
};
use sshd::{Client, Sshd};
use tempfile::{NamedTempFile, TempDir};

async fn a_late_start_changes_nothing(remote: &impl Remote, host: &HostAccess) {
    let count = NamedTempFile::new().unwrap();
    let (done, cancelled, unused) = (spool("done"), spool("cancelled"), spool("unused"));
    remote.start(host, &done, &counted(&count)).await.unwrap();
    Seen::default().follow(remote, host, &done).await.unwrap();
    remote.remove(host, &done).await.unwrap();
    let report = remote.cancel(host, &cancelled, Duration::ZERO).await.unwrap();
    assert_eq!((report.state, report.left), (REMOVED, vec![]));
    remote.remove(host, &unused).await.unwrap();
    for id in [done, cancelled, unused] {
        assert_eq!(remote.start(host, &id, &counted(&count)).await.unwrap(), Started::AlreadyThere);
        let end = Seen::default().follow(remote, host, &id).await.unwrap();
        assert_eq!(end, End::Vanished(Vanished::Removed));
        remote.cancel(host, &id, Duration::ZERO).await.unwrap();
        remote.remove(host, &id).await.unwrap();
        assert_eq!(remote.look(host, &id).await.unwrap(), REMOVED);
    }
    assert_eq!(runs(&count), 1);
}

#[tokio::test]
async fn what_was_removed_or_cancelled_is_not_started_in_dash() {
    a_late_start_changes_nothing(&LocalRemote::with_shell("dash").unwrap(), &named("a")).await;
}

#[tokio::test]
async fn what_was_removed_or_cancelled_is_not_started_in_bash() {
    a_late_start_changes_nothing(&LocalRemote::with_shell("bash").unwrap(), &named("a")).await;
}

#[tokio::test]
async fn what_was_removed_or_cancelled_is_not_started_in_busybox() {
    let (remote, _tools) = busybox();
    a_late_start_changes_nothing(&remote, &named("a")).await;
}

#[tokio::test]
async fn what_was_removed_or_cancelled_is_not_started_over_ssh() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    a_late_start_changes_nothing(&client.ssh, &sshd.access("db1")).await;
}

#[tokio::test]
async fn a_start_that_was_given_up_and_arrives_after_its_spool_was_removed_is_told_so() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let count = NamedTempFile::new().unwrap();
    remote.inject("a", Verb::Start, Fault::Slow(Duration::from_secs(2)));
    let stalled = {
        let (remote, host, id, job) = (remote.clone(), host.clone(), id.clone(), counted(&count));
        tokio::spawn(async move { remote.start(&host, &id, &job).await })
    };
    // The stalled one has taken its fault before the retry comes.
    tokio::task::yield_now().await;
    assert_eq!(remote.start(&host, &id, &counted(&count)).await.unwrap(), Started::Now);
    Seen::default().follow(&remote, &host, &id).await.unwrap();
    remote.remove(&host, &id).await.unwrap();
    assert_eq!(stalled.await.unwrap().unwrap(), Started::AlreadyThere);
    assert_eq!((runs(&count), remote.look(&host, &id).await.unwrap()), (1, REMOVED));
}

/// Hosts on which `tool` waits, when it is used for a spool, until it is let go on.
struct Held {
    remote: LocalRemote,
    dir: TempDir,
}

impl Held {
    fn at(tool: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (at, file) = (dir.path().display(), dir.path().join(tool));
        let text = format!(
            "#!/bin/sh\ncase \"$*\" in */held*)\n: >{at}/came\nuntil [ -e {at}/go-on ] || [ ! -d {at} ]; do sleep 0.05; done\nesac\n\
             PATH=${{PATH#*:}} exec {tool} \"$@\"\n"
        );
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        let remote = LocalRemote::with_shell(&format!("env PATH={at}:{} sh", std::env::var("PATH").unwrap())).unwrap();
        Self { remote, dir }
    }

    /// Starts a job, does `meanwhile` while that start is held, and gives its answer.
    async fn start(&self, count: &NamedTempFile, meanwhile: impl Future<Output = ()>) -> Started {
        let (host, id, job) = (named("a"), spool("held"), counted(count));
        let others = async {
            while !self.dir.path().join("came").exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            meanwhile.await;
            std::fs::write(self.dir.path().join("go-on"), "").unwrap();
        };
        futures::join!(self.remote.start(&host, &id, &job), others).0.unwrap()
    }
}

#[tokio::test]
async fn a_start_that_is_overtaken_before_it_made_its_directory_begins_nothing() {
    for cancels in [true, false] {
        let (held, count) = (Held::at("mkdir"), NamedTempFile::new().unwrap());
        let (host, id) = (named("a"), spool("held"));
        let overtaking = async {
            if cancels {
                let report = held.remote.cancel(&host, &id, Duration::ZERO).await.unwrap();
                assert_eq!(report.state, REMOVED);
            } else {
                held.remote.remove(&host, &id).await.unwrap();
            }
        };
        assert_eq!(held.start(&count, overtaking).await, Started::AlreadyThere);
        assert_eq!((held.remote.look(&host, &id).await.unwrap(), runs(&count)), (REMOVED, 0));
    }
}

#[tokio::test]
async fn a_start_that_is_overtaken_before_its_process_runs_begins_nothing() {
    let (held, count) = (Held::at("setsid"), NamedTempFile::new().unwrap());
    let (host, id) = (named("a"), spool("held"));
    let overtaking = async {
        let report = held.remote.cancel(&host, &id, Duration::ZERO).await.unwrap();
        assert_eq!(report.state, SpoolState::Ended(End::Vanished(Vanished::NeverStarted)));
        held.remote.remove(&host, &id).await.unwrap();
    };
    assert_eq!(held.start(&count, overtaking).await, Started::AlreadyThere);
    assert_eq!((held.remote.look(&host, &id).await.unwrap(), runs(&count)), (REMOVED, 0));
}

/// Everything at once on one spool, until it has been removed for good.
async fn run_at_most_once(remote: &impl Remote, host: &HostAccess, rounds: usize) {
    for round in 0..rounds {
        let (id, count) = (spool(&format!("race-{round}")), NamedTempFile::new().unwrap());
        let job = counted(&count);
        let starts = join_all((0..5).map(|_| remote.start(host, &id, &job)));
        let removes = join_all((0..3).map(|_| remote.remove(host, &id)));
        // Not in every round, for a job that is never cancelled is raced as well.
        let cancels = join_all((0..round % 3).map(|_| remote.cancel(host, &id, Duration::from_secs(20))));
        let (starts, removes, cancels) = futures::join!(starts, removes, cancels);
        let now = starts.into_iter().filter(|answer| matches!(answer, Ok(Started::Now))).count();
        assert!(now <= 1, "{now} starts began it in round {round}");
        for error in removes.into_iter().filter_map(Result::err) {
            assert!(matches!(error, RemoteError::StillRunning { .. }), "{error}");
        }
        for report in cancels {
            assert_eq!(report.unwrap().left, vec![]);
        }
        let rests = |state: &SpoolState| is_over(state) || *state == SpoolState::NotThere;
        until(remote, host, &id, rests).await;
        remote.remove(host, &id).await.unwrap();
        assert_eq!(remote.start(host, &id, &job).await.unwrap(), Started::AlreadyThere);
        assert_eq!(remote.look(host, &id).await.unwrap(), REMOVED);
        assert!(runs(&count) <= 1, "it ran {} times in round {round}", runs(&count));
        assert!(now <= runs(&count) || round % 3 > 0, "it was said to be started in round {round}, and did not run");
    }
}

#[tokio::test]
async fn starts_removes_and_cancels_at_once_run_a_job_at_most_once_in_dash() {
    run_at_most_once(&LocalRemote::with_shell("dash").unwrap(), &named("a"), 12).await;
}

#[tokio::test]
async fn starts_removes_and_cancels_at_once_run_a_job_at_most_once_in_busybox() {
    let (remote, _tools) = busybox();
    run_at_most_once(&remote, &named("a"), 12).await;
}

#[tokio::test]
async fn starts_removes_and_cancels_at_once_run_a_job_at_most_once_over_ssh() {
    let (sshd, client) = (Sshd::start(), Client::new().await);
    run_at_most_once(&client.ssh, &sshd.access("db1"), 4).await;
}

fn age(tomb: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
    std::fs::File::open(tomb).unwrap().set_modified(then).unwrap();
}

async fn tombstones_are_small_and_go_after_a_week(remote: &LocalRemote) {
    let host = named("a");
    let tombs = remote.spool_root("a").join(".removed");
    for id in ["old", "older", "young", "renewed"] {
        remote.remove(&host, &spool(id)).await.unwrap();
        assert_eq!(std::fs::metadata(tombs.join(id)).unwrap().len(), 0);
    }
    for (id, days) in [("old", 8), ("older", 300), ("young", 6), ("renewed", 8)] {
        age(&tombs.join(id), days);
    }
    remote.remove(&host, &spool("renewed")).await.unwrap();
    remote.start(&host, &spool("next"), &Job::new(":")).await.unwrap();
    let mut kept: Vec<_> = std::fs::read_dir(&tombs).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["renewed", "young"]);
    assert_eq!(remote.look(&host, &spool("young")).await.unwrap(), REMOVED);
}

#[tokio::test]
async fn tombstones_are_swept_after_a_week_in_dash() {
    tombstones_are_small_and_go_after_a_week(&LocalRemote::with_shell("dash").unwrap()).await;
}

#[tokio::test]
async fn tombstones_are_swept_after_a_week_in_busybox() {
    let (remote, _tools) = busybox();
    tombstones_are_small_and_go_after_a_week(&remote).await;
}

#[tokio::test]
async fn a_restarted_host_remembers_what_was_removed() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    remote.remove(&host, &id).await.unwrap();
    remote.reboot("a", SpoolFate::Survives).await.unwrap();
    assert_eq!(remote.start(&host, &id, &Job::new(":")).await.unwrap(), Started::AlreadyThere);
    assert_eq!(remote.look(&host, &id).await.unwrap(), REMOVED);
}
