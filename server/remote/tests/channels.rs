//! One request after another over the same channel: that this happens, and that none of them can tell.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Seen, a_step, ask, busybox, counted, named, runs, spool};
use remote::{
    End, EnvName, Fault, Job, LocalRemote, ReadLimit, Remote, RemoteError, Secret, SpoolState, Started, Verb,
};
use tempfile::NamedTempFile;

/// Waits for a file that somebody makes.
async fn made(file: &Path) {
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Everything that is promised of a channel that is used again, in one kind of shell.
async fn one_channel_serves_all(remote: &LocalRemote) {
    let host = named("a");
    for id in ["run-1", "run-2"] {
        a_step(remote, &host, id).await;
    }
    assert_eq!(remote.channels_opened("a"), 1);
    // Longer than what is read as a line, and with the words that end a request.
    let long = "#complete\n".repeat(5_000);
    assert_eq!(ask(remote, &host, &Job::new(format!("echo long\n{long}"))).await, "long\n");
    let counting = Job::new("printf %s \"$1\" | wc -c").arg("é\n".repeat(20_000));
    assert_eq!(ask(remote, &host, &counting).await.trim(), "60000");
    // An error of the host's is an answer, too.
    let refused = Job::new("echo no >&2; exit 7");
    assert_eq!(remote.read(&host, &refused, ReadLimit::default()).await.unwrap().code, 7);
    let running = spool("running");
    remote.start(&host, &running, &Job::new("sleep 600")).await.unwrap();
    let refused = remote.remove(&host, &running).await.unwrap_err();
    assert!(matches!(refused, RemoteError::StillRunning { .. }), "{refused}");
    remote.cancel(&host, &running, Duration::from_secs(20)).await.unwrap();
    assert_eq!(remote.channels_opened("a"), 1);

    nothing_is_left_for_the_next(remote).await;
    what_is_left_behind_spoils_nothing(remote).await;
    a_dead_one_is_replaced(remote).await;
    a_dropped_follow_takes_its_channel_with_it(remote).await;
}

async fn nothing_is_left_for_the_next(remote: &LocalRemote) {
    let host = named("secret");
    let (token, value) = (EnvName::new("TOKEN").unwrap(), "s3cret value");
    let with_secret = |script: &str| Job::new(script).arg("one").secret(token.clone(), Secret::new(value));
    let script = "printf '%s %s' \"$TOKEN\" $#; cd /tmp; umask 0; trap 'echo trapped' EXIT HUP; set -f; TOKEN=other";
    assert_eq!(ask(remote, &host, &with_secret(script)).await, format!("{value} 1trapped\n"));
    let id = spool("run-1");
    remote.start(&host, &id, &with_secret("printf %s \"$TOKEN\"")).await.unwrap();
    let mut seen = Seen::default();
    seen.follow(remote, &host, &id).await.unwrap();
    assert_eq!(seen.stdout(), value);
    // All of its ancestors up to this test are the shells that serve.
    let next = Job::new(
        "p=$$; while [ \"$p\" != \"$1\" ]; do
             ! tr '\\0' '\\n' <\"/proc/$p/environ\" | grep s3cret
             while read -r key value; do case $key in PPid:) p=$value ;; esac; done <\"/proc/$p/status\"
         done
         echo \"${TOKEN-unset} ${names-unset} ${argument-unset} $# $(umask) $PWD\"",
    )
    .arg(std::process::id().to_string());
    assert_eq!(ask(remote, &host, &next).await, "unset unset unset 1 0077 /\n");
    assert_eq!(remote.channels_opened("secret"), 1);
}

async fn what_is_left_behind_spoils_nothing(remote: &LocalRemote) {
    let host = named("noisy");
    let dir = tempfile::tempdir().unwrap();
    // Its own pipes are waited for; and then it finds the way to those of the channel, which nobody should.
    let leaves_one_behind = Job::new(
        "p=$$; while
             while read -r key value; do case $key in PPid:) up=$value ;; esac; done <\"/proc/$p/status\"
             [ \"$up\" != \"$1\" ]; do p=$up; done
         (sleep 0.2; echo late >&2) &
         (cd \"$2\"; until [ -e go ]; do sleep 0.05; done
             for word in end drydock-reply 'state exit 000' 'end '; do echo \"$word\"; printf '%s' \"$word\" >&2; done
             : >done) </dev/null >\"/proc/$p/fd/1\" 2>\"/proc/$p/fd/2\" &
         echo early",
    )
    .arg(std::process::id().to_string())
    .arg(dir.path().display().to_string());
    let output = remote.read(&host, &leaves_one_behind, ReadLimit::default()).await.unwrap();
    assert_eq!((output.code, output.stdout, output.stderr), (0, b"early\n".to_vec(), b"late\n".to_vec()));
    std::fs::write(dir.path().join("go"), "").unwrap();
    made(&dir.path().join("done")).await;
    assert_eq!(remote.look(&host, &spool("none")).await.unwrap(), SpoolState::NotThere);
    assert_eq!(ask(remote, &host, &Job::new("echo clean")).await, "clean\n");
}

async fn a_dead_one_is_replaced(remote: &LocalRemote) {
    let (host, count) = (named("dead"), NamedTempFile::new().unwrap());
    remote.facts(&host).await.unwrap();
    remote.cut("dead").await.unwrap();
    assert_eq!(remote.start(&host, &spool("run-1"), &counted(&count)).await.unwrap(), Started::Now);
    Seen::default().follow(remote, &host, &spool("run-1")).await.unwrap();
    assert_eq!((remote.channels_opened("dead"), runs(&count)), (2, 1));

    // It died before the host had the request, or after: nobody can tell, and it does not matter.
    for (id, fault, answer) in
        [("lost", Fault::LostRequest, Started::Now), ("late", Fault::LostReply, Started::AlreadyThere)]
    {
        let (id, count) = (spool(id), NamedTempFile::new().unwrap());
        remote.inject("dead", Verb::Start, Fault::WhileIdle(Box::new(fault)));
        assert_eq!(remote.start(&host, &id, &counted(&count)).await.unwrap(), answer);
        let mut seen = Seen::default();
        remote.inject("dead", Verb::Follow, Fault::WhileIdle(Box::new(Fault::LostReply)));
        let end = seen.follow(remote, &host, &id).await.unwrap();
        assert_eq!((end, seen.stdout(), runs(&count)), (End::Exited(0), "hello\n".to_owned(), 1));
        remote.inject("dead", Verb::Remove, Fault::WhileIdle(Box::new(Fault::LostReply)));
        remote.remove(&host, &id).await.unwrap();
    }
    // Once more, and no more; and not at all when something of the answer was heard.
    let (id, count) = (spool("broken"), NamedTempFile::new().unwrap());
    for faults in [
        vec![Fault::WhileIdle(Box::new(Fault::LostReply)), Fault::LostRequest],
        vec![Fault::WhileIdle(Box::new(Fault::CutAfter(40)))],
    ] {
        for fault in faults {
            remote.inject("dead", Verb::Start, fault);
        }
        let error = remote.start(&host, &id, &counted(&count)).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
    Seen::default().follow(remote, &host, &id).await.unwrap();
    assert_eq!(runs(&count), 1);
}

async fn a_dropped_follow_takes_its_channel_with_it(remote: &LocalRemote) {
    let (host, id) = (named("dropped"), spool("run-1"));
    remote.start(&host, &id, &Job::new("echo up; exec sleep 600")).await.unwrap();
    let mut seen = Seen::default();
    seen.follow_while(remote, &host, &id, |seen| seen.stdout.is_empty()).await.unwrap();
    assert_eq!(remote.channels_opened("dropped"), 1);
    assert!(matches!(remote.look(&host, &id).await.unwrap(), SpoolState::Running { .. }));
    assert_eq!(remote.channels_opened("dropped"), 2);
    remote.cancel(&host, &id, Duration::from_secs(20)).await.unwrap();
    let end = seen.follow(remote, &host, &id).await.unwrap();
    assert_eq!((end, seen.stdout(), remote.channels_opened("dropped")), (End::Killed(15), "up\n".to_owned(), 2));
}

#[tokio::test]
async fn one_channel_serves_request_after_request_as_if_each_were_alone_in_dash() {
    one_channel_serves_all(&LocalRemote::with_shell("dash").unwrap()).await;
}

#[tokio::test]
async fn one_channel_serves_request_after_request_as_if_each_were_alone_in_bash() {
    one_channel_serves_all(&LocalRemote::with_shell("bash").unwrap()).await;
}

#[tokio::test]
async fn one_channel_serves_request_after_request_as_if_each_were_alone_in_busybox() {
    let (remote, _tools) = busybox();
    one_channel_serves_all(&remote).await;
}

#[tokio::test]
async fn a_name_that_the_login_gave_does_not_make_a_secret_visible() {
    // What is exported once stays so: the text of a request must not be.
    let names = "request=x part=x argument=x script=x c=x p=x hello=x";
    let remote = LocalRemote::with_shell(&format!("env {names} sh")).unwrap();
    let job = Job::new("env | grep -c s3cret").secret(EnvName::new("TOKEN").unwrap(), Secret::new("s3cret"));
    assert_eq!(ask(&remote, &named("a"), &job).await, "1\n");
}
