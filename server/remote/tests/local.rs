//! The spool protocol against the local shell, with everything that can go wrong on the way.

mod common;

use std::time::Duration;

use common::{REMOVED, Seen, is_over, named, spool, until};
use remote::{
    End, EnvName, Fault, Job, LocalRemote, ReadLimit, Remote, RemoteError, Secret, SpoolFate, SpoolState, Started,
    Vanished, Verb,
};

#[tokio::test]
async fn output_of_both_pipes_and_the_exit_code_come_back() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("echo out; echo err >&2; exit 7");
    assert_eq!(remote.start(&host, &id, &job).await.unwrap(), Started::Now);
    let mut seen = Seen::default();
    let end = seen.follow(&remote, &host, &id).await.unwrap();
    assert_eq!(end, End::Exited(7));
    assert_eq!((seen.stdout(), seen.stderr()), ("out\n".into(), "err\n".into()));
}

#[tokio::test]
async fn the_first_failing_command_ends_a_script() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("false\necho not reached");
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    let end = seen.follow(&remote, &host, &id).await.unwrap();
    assert_eq!((end, seen.stdout()), (End::Exited(1), String::new()));
}

#[tokio::test]
async fn arguments_arrive_as_they_are() {
    let nasty = [
        "",
        " ",
        "a b",
        "'",
        "\"",
        "$(reboot)",
        "`id`",
        "\\",
        "\\n",
        "a\nb\n",
        "%s%n",
        "-n",
        "*",
        "~",
        "ü€",
        "\t;&|<>#!",
        "\u{1b}[0m",
        "--",
        "$1",
    ];
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let script = r#"for arg in "$@"; do printf '%s|\n' "$arg"; done"#;
    let job = nasty.iter().fold(Job::new(script), |job, arg| job.arg(*arg));
    let expected: String = nasty.iter().map(|arg| format!("{arg}|\n")).collect();

    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    seen.follow(&remote, &host, &id).await.unwrap();
    assert_eq!(seen.stdout(), expected);

    let read = remote.read(&host, &job, ReadLimit::default()).await.unwrap();
    assert_eq!(String::from_utf8(read.stdout).unwrap(), expected);
}

#[tokio::test]
async fn a_second_start_starts_nothing() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let count = tempfile::NamedTempFile::new().unwrap();
    let job = Job::new("echo once >>\"$1\"").arg(count.path().display().to_string());
    let starts = (0..8).map(|_| remote.start(&host, &id, &job));
    let mut answers = Vec::new();
    for answer in futures::future::join_all(starts).await {
        answers.push(answer.unwrap());
    }
    until(&remote, &host, &id, is_over).await;
    assert_eq!(answers.iter().filter(|a| **a == Started::Now).count(), 1);
    assert_eq!(std::fs::read_to_string(count.path()).unwrap(), "once\n");
}

#[tokio::test]
async fn a_lost_request_starts_nothing_and_a_lost_reply_does_not_double() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("echo hello");
    for fault in [Fault::NoConnection, Fault::LostRequest] {
        remote.inject("a", Verb::Start, fault);
        let error = remote.start(&host, &id, &job).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        assert_eq!(remote.look(&host, &id).await.unwrap(), SpoolState::NotThere);
    }
    remote.inject("a", Verb::Start, Fault::LostReply);
    let error = remote.start(&host, &id, &job).await.unwrap_err();
    assert!(matches!(error, RemoteError::LinkLost { .. }), "{error}");
    let again = remote.start(&host, &id, &job).await.unwrap();
    assert_eq!(again, Started::AlreadyThere);
    let state = until(&remote, &host, &id, is_over).await;
    assert_eq!(state, SpoolState::Ended(End::Exited(0)));
}

#[tokio::test]
async fn a_link_that_breaks_again_and_again_loses_and_repeats_nothing() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("i=0; while [ $i -lt 3000 ]; do echo line $i; echo error $i >&2; i=$((i+1)); done");
    for cut in [1, 20, 60, 700, 5000, 20_000, 33_333] {
        remote.inject("a", Verb::Follow, Fault::CutAfter(cut));
    }
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    let mut breaks = 0;
    let end = loop {
        match seen.follow(&remote, &host, &id).await {
            Ok(end) => break end,
            Err(RemoteError::LinkLost { .. }) => breaks += 1,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((end, breaks), (End::Exited(0), 7));
    let lines = |word: &str| (0..3000).map(|i| format!("{word} {i}\n")).collect::<String>();
    assert!(seen.stdout() == lines("line") && seen.stderr() == lines("error"));
}

#[tokio::test]
async fn a_restarted_host_leaves_the_end_unknown() {
    let (remote, host) = (LocalRemote::new().unwrap(), named("a"));
    let job = Job::new("echo begun; sleep 600");
    for (id, fate, why) in
        [("kept", SpoolFate::Survives, Vanished::Rebooted), ("lost", SpoolFate::Lost, Vanished::SpoolLost)]
    {
        let id = spool(id);
        remote.start(&host, &id, &job).await.unwrap();
        let mut seen = Seen::default();
        let begun = |seen: &Seen| seen.stdout.is_empty();
        seen.follow_while(&remote, &host, &id, begun).await.unwrap();
        let before = remote.facts(&host).await.unwrap().boot_id;
        remote.reboot("a", fate).await.unwrap();
        assert_ne!(remote.facts(&host).await.unwrap().boot_id, before);
        let end = seen.follow(&remote, &host, &id).await.unwrap();
        assert_eq!(end, End::Vanished(why));
        assert_eq!(seen.stdout(), "begun\n");
    }
}

#[tokio::test]
async fn a_killed_job_is_gone_and_not_done() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    remote.start(&host, &id, &Job::new("sleep 600")).await.unwrap();
    let state = remote.look(&host, &id).await.unwrap();
    let SpoolState::Running { pid } = state else {
        panic!("{state:?}");
    };
    kill(&format!("-{pid}"));
    let state = until(&remote, &host, &id, is_over).await;
    assert_eq!(state, SpoolState::Ended(End::Vanished(Vanished::ProcessGone)));
}

fn kill(target: &str) {
    let kill = ["-c", "kill -KILL \"$1\"", "kill", target];
    assert!(std::process::Command::new("sh").args(kill).status().is_ok_and(|status| status.success()));
}

#[tokio::test]
async fn a_spool_without_a_process_is_told_never_to_start_and_never_does() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let other = spool("other");
    remote.start(&host, &other, &Job::new(":")).await.unwrap();
    // A start that came no further than its first command, an hour ago.
    let dir = remote.spool_root("a").join("run-1");
    std::fs::create_dir(&dir).unwrap();
    assert_eq!(remote.look(&host, &id).await.unwrap(), SpoolState::Starting);
    let hour = std::time::SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::open(&dir).unwrap().set_modified(hour).unwrap();
    let never = SpoolState::Ended(End::Vanished(Vanished::NeverStarted));
    assert_eq!(remote.look(&host, &id).await.unwrap(), never);
    let again = remote.start(&host, &id, &Job::new(":")).await.unwrap();
    assert_eq!(again, Started::AlreadyThere);
    assert_eq!(remote.look(&host, &id).await.unwrap(), never);
}

#[tokio::test]
async fn a_full_disk_is_told_with_host_and_directory_and_starts_nothing() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("db1"), spool("run-1"));
    remote.inject("db1", Verb::Start, Fault::DiskFull);
    let error = remote.start(&host, &id, &Job::new(":")).await.unwrap_err();
    assert!(error.to_string().starts_with("no room on db1 in /"), "{error}");
    assert_eq!(remote.look(&host, &id).await.unwrap(), SpoolState::NotThere);
}

#[tokio::test]
async fn cancel_ends_the_whole_tree() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("(sleep 601 & sleep 602 & wait) & sh -c 'sleep 603; :' & echo up; wait");
    remote.start(&host, &id, &job).await.unwrap();
    let report = remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert_eq!(report.state, SpoolState::Ended(End::Killed(15)));
    assert_eq!(report.left, []);
}

/// As a process that was just forked does, but every time.
#[tokio::test]
async fn who_loses_the_signal_to_end_is_told_again() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("trap 'trap - TERM' TERM; echo up; while :; do sleep 0.1; done");
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    seen.follow_while(&remote, &host, &id, |seen| seen.stdout.is_empty()).await.unwrap();
    let report = remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert_eq!(report.state, SpoolState::Ended(End::Killed(15)));
    assert_eq!(report.left, []);
}

#[tokio::test]
async fn what_does_not_listen_is_killed_after_the_grace() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("trap '' TERM; echo deaf; while :; do sleep 1; done");
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    let deaf = |seen: &Seen| seen.stdout.is_empty();
    seen.follow_while(&remote, &host, &id, deaf).await.unwrap();
    let report = remote.cancel(&host, &id, Duration::from_secs(1)).await.unwrap();
    assert_eq!(report.state, SpoolState::Ended(End::Killed(9)));
    assert_eq!(report.left, []);
}

#[tokio::test]
async fn processes_that_outlive_their_script_do_not_hold_up_its_end_and_can_be_cancelled() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let job = Job::new("(while :; do echo noise; sleep 0.1; done) & echo done");
    remote.start(&host, &id, &job).await.unwrap();
    let end = Seen::default().follow(&remote, &host, &id).await.unwrap();
    assert_eq!(end, End::Exited(0));
    let report = remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    assert_eq!(report.state, SpoolState::Ended(End::Exited(0)));
    assert_eq!(report.left, []);
}

#[tokio::test]
async fn a_spool_is_removed_when_its_job_is_over_and_not_before() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    remote.start(&host, &id, &Job::new("sleep 600")).await.unwrap();
    let error = remote.remove(&host, &id).await.unwrap_err();
    assert!(matches!(error, RemoteError::StillRunning { .. }), "{error}");
    remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    remote.remove(&host, &id).await.unwrap();
    remote.remove(&host, &id).await.unwrap();
    assert_eq!(remote.look(&host, &id).await.unwrap(), REMOVED);
    assert!(!remote.spool_root("a").join("run-1").exists());
}

#[tokio::test]
async fn secrets_reach_the_script_and_no_file() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    let value = "p'a\"s$s\\0 w\n\nörd\n";
    let job = Job::new("printf '%s|' \"$TOKEN\" | od -An -tx1 | tr -d ' \\n'; env | grep -c '^TOKEN='")
        .secret(EnvName::new("TOKEN").unwrap(), Secret::new(value));
    remote.start(&host, &id, &job).await.unwrap();
    let mut seen = Seen::default();
    seen.follow(&remote, &host, &id).await.unwrap();
    let hex: String = format!("{value}|").bytes().map(|b| format!("{b:02x}")).collect();
    assert_eq!(seen.stdout(), format!("{hex}1\n"));
    let dir = remote.spool_root("a").join("run-1");
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let text = std::fs::read(entry.path()).unwrap_or_default();
        assert!(!text.windows(4).any(|part| part == b"p'a\""), "{entry:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_too_late_is_refused() {
    let (remote, host) = (LocalRemote::new().unwrap(), named("a"));
    let limit = ReadLimit { bytes: 1000, time: Duration::from_millis(300) };
    let endless = Job::new("while :; do echo yes; done");
    let patient = ReadLimit { time: Duration::from_secs(60), ..limit };
    let error = remote.read(&host, &endless, patient).await.unwrap_err();
    assert!(matches!(error, RemoteError::TooLarge { limit: 1000, .. }), "{error}");
    let error = remote.read(&host, &Job::new("sleep 60"), limit).await.unwrap_err();
    assert!(matches!(error, RemoteError::Timeout { .. }), "{error}");
    let exact = Job::new("head -c 1000 /dev/zero; exit 3");
    let output = remote.read(&host, &exact, patient).await.unwrap();
    assert_eq!((output.stdout.len(), output.code), (1000, 3));
}

#[tokio::test]
async fn a_spool_root_of_somebody_else_is_refused() {
    let (remote, host, id) = (LocalRemote::new().unwrap(), named("a"), spool("run-1"));
    std::os::unix::fs::symlink("/tmp", remote.spool_root("a")).unwrap();
    let error = remote.start(&host, &id, &Job::new(":")).await.unwrap_err();
    assert!(error.to_string().contains("symbolic link"), "{error}");
    std::fs::remove_file(remote.spool_root("a")).unwrap();
    std::fs::create_dir(remote.spool_root("a")).unwrap();
    let error = remote.look(&host, &id).await.unwrap_err();
    assert!(matches!(error, RemoteError::SpoolForeign { .. }), "{error}");
}

#[tokio::test]
async fn the_host_tells_its_facts() {
    let (remote, host) = (LocalRemote::new().unwrap(), named("a"));
    let facts = remote.facts(&host).await.unwrap();
    assert_eq!(facts.boot_id, "boot-0-of-a");
    assert!(facts.unix_time_ms > 1_700_000_000_000 && facts.spool_free_bytes > 0);
    assert!(!facts.hostname.is_empty());
}
