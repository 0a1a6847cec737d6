//! Hosts whose disk is full, or fills up: nothing half begun, and nothing untrue about what was run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::{REMOVED, Seen, busybox, is_over, named, spool, until};
use remote::{End, Job, LocalRemote, Remote, RemoteError, SpoolState};

/// A small file system, for as long as this lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// The spools of this host on a disk of 1.2 MB and so many files.
    ///
    /// Needs the right to mount; without it there is no small disk to fill.
    fn of(remote: &LocalRemote, host: &str, files: usize) -> Option<Self> {
        let at = remote.spool_root(host);
        std::fs::create_dir(&at).expect("the spool root is new");
        let mut mount = std::process::Command::new("mount");
        let options = format!("size=1200k,mode=700,nr_inodes={files}");
        mount.args(["-t", "tmpfs", "-o", &options, "none"]).arg(&at);
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        eprintln!("not tested: no right to mount");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_disk_that_fills_up_while_the_spool_is_made_starts_nothing() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("db1"), spool("run-1"));
    let Some(disk) = SmallDisk::of(&remote, "db1", 1000) else {
        return;
    };
    let long = Job::new(format!("# {}\necho begun", "x".repeat(1_500_000)));
    let error = remote.start(&host, &id, &long).await.unwrap_err();
    assert!(matches!(error, RemoteError::DiskFull { .. }), "{error}");
    assert_eq!(remote.look(&host, &id).await.unwrap(), SpoolState::NotThere);
    assert_eq!(std::fs::read_dir(&disk.0).unwrap().count(), 0);
    // With less room than a megabyte it is not even tried.
    std::fs::write(disk.0.join("filling"), [0; 500_000]).unwrap();
    let early = remote.start(&host, &id, &Job::new(":")).await.unwrap_err();
    assert!(matches!(early, RemoteError::DiskFull { .. }), "{early}");
    // Nothing was decided about it: with room, it is started.
    std::fs::remove_file(disk.0.join("filling")).unwrap();
    remote.start(&host, &id, &Job::new(":")).await.unwrap();
    let state = until(&remote, &host, &id, is_over).await;
    assert_eq!(state, SpoolState::Ended(End::Exited(0)));
}

#[tokio::test]
async fn a_job_whose_output_fills_the_disk_still_leaves_its_exit_code_and_what_found_room() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("db1"), spool("run-1"));
    let Some(disk) = SmallDisk::of(&remote, "db1", 1000) else {
        return;
    };
    remote.start(&host, &id, &Job::new("seq 1 9000000; exit 9")).await.unwrap();
    let mut seen = Seen::default();
    let end = seen.follow(&remote, &host, &id).await.unwrap();
    // The job was told that it could not write, and ended because of it.
    assert_eq!(end, End::Exited(1));
    let numbers: String = (1..200_000).map(|n| format!("{n}\n")).collect();
    assert!(seen.stdout.len() > 1_000_000 && numbers.as_bytes().starts_with(&seen.stdout));
    remote.remove(&host, &id).await.unwrap();
    assert_eq!(remote.look(&host, &id).await.unwrap(), REMOVED);
    drop(disk);
}

/// The disk is filled by something else while a job runs, and is emptied again.
async fn a_full_disk_on(remote: &LocalRemote) {
    let (host, id, late) = (named("db1"), spool("run-1"), spool("late"));
    let Some(disk) = SmallDisk::of(remote, "db1", 1000) else {
        return;
    };
    // How the job and this test tell each other how far they are: files on another disk.
    let signs = tempfile::tempdir().unwrap();
    let (full, tried, emptied) = (signs.path().join("full"), signs.path().join("tried"), signs.path().join("emptied"));
    let job = Job::new(
        "cd \"$1\"; wait_for() { until [ -e \"$1\" ] || [ ! -d \"$PWD\" ]; do sleep 0.1; done; }
         echo before; wait_for full; echo lost || code=$?; : >tried
         wait_for emptied; echo after; exit $((${code:-0} + 40))",
    )
    .arg(signs.path().display().to_string());
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    let before = |seen: &Seen| seen.stdout() != "before\n";
    seen.follow_while(remote, &host, &id, before).await.unwrap();
    // Its own output still has room up to the end of a page: all of that is taken, too.
    let out = disk.0.join("run-1/out");
    let mut padding = std::fs::OpenOptions::new().append(true).open(&out).unwrap();
    std::io::Write::write_all(&mut padding, &[b'x'; 4096 - 7]).unwrap();
    std::fs::write(disk.0.join("filling"), vec![0; 2_000_000]).unwrap_err();
    std::fs::write(&full, "").unwrap();

    // To the end of what is there, by a follower who comes now.
    let mut again = Seen::default();
    again.follow_while(remote, &host, &id, |seen| seen.stdout.len() < 4096).await.unwrap();
    let running = remote.look(&host, &id).await.unwrap();
    assert!(matches!(running, SpoolState::Running { .. }), "{running:?}");
    let refused = remote.start(&host, &late, &Job::new(":")).await.unwrap_err();
    assert!(matches!(refused, RemoteError::DiskFull { .. }), "{refused}");
    while !tried.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    std::fs::remove_file(disk.0.join("filling")).unwrap();
    std::fs::write(&emptied, "").unwrap();
    let end = again.follow(remote, &host, &id).await.unwrap();
    // What it could not print is not there, what it could is; and it knew, and its code says so.
    assert!(matches!(end, End::Exited(code) if code > 40), "{end:?}");
    assert_eq!(again.stdout(), format!("before\n{}after\n", "x".repeat(4096 - 7)));
    remote.remove(&host, &id).await.unwrap();
    assert_eq!(remote.look(&host, &id).await.unwrap(), REMOVED);
}

#[tokio::test]
async fn a_disk_that_is_full_for_a_while_costs_only_what_was_printed_then_in_dash() {
    a_full_disk_on(&LocalRemote::with_shell("dash").unwrap()).await;
}

#[tokio::test]
async fn a_disk_that_is_full_for_a_while_costs_only_what_was_printed_then_in_bash() {
    a_full_disk_on(&LocalRemote::with_shell("bash").unwrap()).await;
}

#[tokio::test]
async fn a_disk_that_is_full_for_a_while_costs_only_what_was_printed_then_in_busybox() {
    let (remote, _tools) = busybox();
    a_full_disk_on(&remote).await;
}

#[tokio::test]
async fn a_disk_with_room_for_no_more_files_does_not_keep_a_job_from_being_followed_ended_and_removed() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("db1"), spool("run-1"));
    let Some(disk) = SmallDisk::of(&remote, "db1", 16) else {
        return;
    };
    remote.start(&host, &id, &Job::new("echo one; sleep 2; echo two; sleep 1; exit 7")).await.unwrap();
    let taken = |n: usize| std::fs::write(disk.0.join(format!("file-{n}")), "").is_ok();
    assert!((0..).take_while(|n| taken(*n)).count() > 0);
    let mut seen = Seen::default();
    let end = seen.follow(&remote, &host, &id).await.unwrap();
    assert_eq!((end, seen.stdout()), (End::Exited(7), "one\ntwo\n".to_owned()));
    // A promise that cannot be kept is not made.
    let refused = remote.remove(&host, &spool("other")).await.unwrap_err();
    assert!(matches!(refused, RemoteError::DiskFull { .. }), "{refused}");
    remote.remove(&host, &id).await.unwrap();
    assert_eq!(remote.look(&host, &id).await.unwrap(), REMOVED);
}
