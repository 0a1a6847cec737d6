//! Hosts that do not answer, in all the ways there are: every verb comes back, and says why.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;
#[path = "common/sshd.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sshd;

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use common::{Seen, processes_with, spool};
use futures::StreamExt;
use remote::{End, HostAccess, Job, ReadLimit, Remote, RemoteError, Ssh, SshOptions};
use sshd::{Client, Sshd};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// Impatient, so that a test does not take long. That it ends at all is what is tested.
fn impatient(options: &mut SshOptions) {
    options.connect_timeout = Duration::from_secs(1);
    options.patience.reply = Duration::from_secs(1);
    options.patience.silence = Duration::from_secs(1);
}

/// Calls every verb, all at once; none of them may work.
async fn every_verb(ssh: &Ssh, host: &HostAccess) -> [(&'static str, RemoteError); 7] {
    let (id, job) = (spool("run-1"), Job::new("echo hello"));
    let limit = ReadLimit { time: Duration::from_secs(1), ..ReadLimit::default() };
    let mut following = ssh.follow(host, &id, Default::default());
    let (start, follow, look, cancel, remove, read, facts) = futures::join!(
        ssh.start(host, &id, &job),
        following.next(),
        ssh.look(host, &id),
        ssh.cancel(host, &id, Duration::from_secs(1)),
        ssh.remove(host, &id),
        ssh.read(host, &job, limit),
        ssh.facts(host),
    );
    [
        ("start", start.unwrap_err()),
        ("follow", follow.unwrap().unwrap_err()),
        ("look", look.unwrap_err()),
        ("cancel", cancel.unwrap_err()),
        ("remove", remove.unwrap_err()),
        ("read", read.unwrap_err()),
        ("facts", facts.unwrap_err()),
    ]
}

/// What was killed may take a moment to be gone; what was forgotten stays.
async fn all_end(processes: impl Fn() -> Vec<i32>) {
    let gone = async {
        while !processes().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = timeout(Duration::from_secs(60), gone).await;
    assert!(in_time.is_ok(), "still there: {:?}", processes());
}

/// The `ssh` of this client, with those that it reaches jump hosts through.
fn all_ssh(client: &Client) -> Vec<i32> {
    processes_with(&client.dir.path().join("control").display().to_string(), "")
}

/// A verb that was given up leaves nothing behind; the connection itself may be well.
async fn only_the_connection_is_left_of(client: &Client) {
    all_end(|| all_ssh(client).into_iter().filter(|pid| !client.masters().contains(pid)).collect()).await;
}

async fn is_given_up(host: &HostAccess) {
    let client = Client::with(impatient).await;
    for (verb, error) in every_verb(&client.ssh, host).await {
        assert!(matches!(error, RemoteError::Connect { .. } | RemoteError::Timeout { .. }), "{verb}: {error}");
        assert!(error.is_transient(), "{verb}: {error}");
    }
    all_end(|| all_ssh(&client)).await;
}

/// An address that lets nobody in: what is sent there is dropped without a word.
struct BlackHole {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl BlackHole {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // Nobody is ever taken from the queue; when it is full, the kernel drops who comes.
        let mut waiting = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            waiting.push(stream.unwrap());
        }
        Self { address, _listener: listener, _waiting: waiting }
    }
}

#[tokio::test]
async fn a_host_that_drops_all_packets_is_given_up_by_every_verb() {
    let (sshd, hole) = (Sshd::start(), BlackHole::open().await);
    let mut host = sshd.access("db1");
    host.port = hole.address.port();
    is_given_up(&host).await;
}

#[tokio::test]
async fn a_host_that_accepts_and_says_nothing_is_given_up_by_every_verb() {
    let (sshd, silent) = (Sshd::start(), TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
    let mut host = sshd.access("db1");
    host.port = silent.local_addr().unwrap().port();
    is_given_up(&host).await;
    // Behind a jump host, which is well.
    host.jump = Some(Box::new(sshd.access("gate")));
    is_given_up(&host).await;
}

#[tokio::test]
async fn a_host_where_a_login_hangs_is_given_up_by_every_verb() {
    let sshd = Sshd::with_settings("ForceCommand exec sleep 30");
    let client = Client::with(impatient).await;
    for (verb, error) in every_verb(&client.ssh, &sshd.access("db1")).await {
        assert!(matches!(error, RemoteError::Timeout { .. }), "{verb}: {error}");
    }
    only_the_connection_is_left_of(&client).await;
}

/// The way to an `sshd`, which can fall silent: nothing comes through, and nothing is closed.
struct Link {
    port: u16,
    silent: watch::Sender<bool>,
}

impl Link {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let (silent, watching) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass_on(near, port, watching.clone()));
            }
        });
        Self { port: here, silent }
    }

    fn fall_silent(&self) {
        self.silent.send_replace(true);
    }

    /// For new connections: the old ones stay as they are.
    fn heal(&self) {
        self.silent.send_replace(false);
    }
}

async fn pass_on(mut near: TcpStream, port: u16, mut silent: watch::Receiver<bool>) {
    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let falls_silent = async {
        let _ = silent.wait_for(|silent| *silent).await;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
        () = falls_silent => {}
    }
    pending::<()>().await;
}

#[tokio::test]
async fn a_link_that_falls_silent_is_given_up_by_every_verb_and_works_again_when_it_is_back() {
    let sshd = Sshd::start();
    let link = Link::to(sshd.port).await;
    let host = HostAccess { port: link.port, ..sshd.access("db1") };
    let client = Client::with(|options| {
        impatient(options);
        options.patience.reply = Duration::from_secs(20);
        (options.alive_interval, options.alive_count) = (Duration::from_secs(1), 2);
    })
    .await;
    client.ssh.facts(&host).await.unwrap();
    link.fall_silent();
    for (verb, error) in every_verb(&client.ssh, &host).await {
        assert!(error.is_transient(), "{verb}: {error}");
    }
    only_the_connection_is_left_of(&client).await;
    link.heal();
    while let Err(error) = client.ssh.facts(&host).await {
        assert!(error.is_transient(), "{error}");
    }
}

/// Follows a job over a link that falls silent in the middle, with options of the caller.
/// Gives the error that the follower was told; then nothing that the job printed may be missing.
async fn follow_over_a_silent_link(change: impl FnOnce(&mut SshOptions)) -> RemoteError {
    let (sshd, id) = (Sshd::start(), spool("run-1"));
    let link = Link::to(sshd.port).await;
    let host = HostAccess { port: link.port, ..sshd.access("db1") };
    let client = Client::with(change).await;
    let go_on = client.dir.path().join("go-on");
    let script = "echo one; i=0; until [ -e \"$1\" ] || [ $((i += 1)) -gt 600 ]; do sleep 0.1; done; echo two; exit 4";
    client.ssh.start(&host, &id, &Job::new(script).arg(go_on.display().to_string())).await.unwrap();
    let mut seen = Seen::default();
    let mut items = client.ssh.follow(&host, &id, seen.at);
    while seen.stdout.is_empty() {
        seen.take_item(items.next().await.unwrap().unwrap());
    }
    link.fall_silent();
    std::fs::write(go_on, "").unwrap();
    let error = items.next().await.unwrap().unwrap_err();
    assert!(items.next().await.is_none(), "an error ends the stream");
    drop(items);
    link.heal();
    let end = loop {
        match seen.follow(&client.ssh, &host, &id).await {
            Ok(end) => break end,
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    };
    assert_eq!((end, seen.stdout()), (End::Exited(4), "one\ntwo\n".to_owned()));
    error
}

#[tokio::test]
async fn a_link_that_dies_silently_in_the_middle_of_following_is_noticed_by_its_keep_alives() {
    let error = follow_over_a_silent_link(|options| {
        options.patience.silence = Duration::from_secs(600);
        (options.alive_interval, options.alive_count) = (Duration::from_secs(1), 2);
    })
    .await;
    assert!(matches!(error, RemoteError::LinkLost { .. }), "{error}");
}

#[tokio::test]
async fn a_link_that_dies_silently_in_the_middle_of_following_is_noticed_by_the_missing_beat() {
    let error = follow_over_a_silent_link(|options| {
        options.patience.silence = Duration::from_secs(6);
        (options.alive_interval, options.alive_count) = (Duration::from_secs(10), 1);
    })
    .await;
    assert!(matches!(error, RemoteError::Timeout { waiting_for: "output", .. }), "{error}");
}
