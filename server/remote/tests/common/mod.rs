//! What the tests of both links share.

#![allow(dead_code)] // each test file uses its part

use futures::StreamExt;
use remote::{
    Elevate, End, Followed, HostAccess, Job, LocalRemote, Offsets, Pipe, ReadLimit, Remote, RemoteError, SpoolId,
    SpoolState, Started, Vanished,
};
use tempfile::{NamedTempFile, TempDir};

/// What is told of a spool of which only the tombstone is left.
pub const REMOVED: SpoolState = SpoolState::Ended(End::Vanished(Vanished::Removed));

/// A host that is known by its name only, as the local one is.
pub fn named(name: &str) -> HostAccess {
    HostAccess {
        name: name.to_owned(),
        address: "127.0.0.1".to_owned(),
        port: 22,
        user: "root".to_owned(),
        identity: "/nonexistent".into(),
        host_key: Vec::new(),
        jump: None,
        elevate: Elevate::No,
    }
}

pub fn spool(id: &str) -> SpoolId {
    SpoolId::new(id).expect("a good spool name")
}

/// Hosts that have nothing but busybox and its own tools; the directory holds these.
pub fn busybox() -> (LocalRemote, TempDir) {
    let tools = tempfile::tempdir().expect("a directory for the tools");
    let install = ["--install", "-s", tools.path().to_str().expect("a plain path")];
    let done = std::process::Command::new("busybox").args(install).status();
    assert!(done.expect("busybox is needed for this test").success());
    let shell = format!("env PATH={} sh", tools.path().display());
    (LocalRemote::with_shell(&shell).expect("hosts"), tools)
}

/// A directory with three shells and what coreutils have for them, and no `setsid`.
pub fn coreutils() -> TempDir {
    let tools = tempfile::tempdir().expect("a directory for the tools");
    let path = std::env::var_os("PATH").expect("a path");
    for tool in COREUTILS {
        let found = std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|file| file.exists());
        let file = found.unwrap_or_else(|| panic!("{tool} is needed for this test"));
        std::os::unix::fs::symlink(file, tools.path().join(tool)).expect("a link to the tool");
    }
    tools
}

const COREUTILS: [&str; 27] = [
    "bash", "busybox", "cat", "chmod", "cut", "dash", "date", "dd", "df", "env", "head", "id", "ln", "ls", "mkdir",
    "mv", "od", "rm", "sh", "sleep", "stat", "tail", "timeout", "touch", "tr", "uname", "wc",
];

/// What a job printed, as far as it was read.
#[derive(Debug, Default)]
pub struct Seen {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub at: Offsets,
}

impl Seen {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Reads on from where it stopped, until the end of the job or an error.
    pub async fn follow(
        &mut self,
        remote: &impl Remote,
        host: &HostAccess,
        spool: &SpoolId,
    ) -> Result<End, RemoteError> {
        self.follow_while(remote, host, spool, |_| true).await.map(|end| end.expect("the stream ended without an end"))
    }

    /// The same, while `go_on` wants more.
    pub async fn follow_while(
        &mut self,
        remote: &impl Remote,
        host: &HostAccess,
        spool: &SpoolId,
        go_on: impl Fn(&Seen) -> bool,
    ) -> Result<Option<End>, RemoteError> {
        let mut items = remote.follow(host, spool, self.at);
        while let Some(item) = items.next().await {
            if let Some(end) = self.take_item(item?) {
                return Ok(Some(end));
            }
            if !go_on(self) {
                return Ok(None);
            }
        }
        panic!("the stream stopped without an end");
    }

    /// Takes output in; gives the end if it was that.
    pub fn take_item(&mut self, item: Followed) -> Option<End> {
        match item {
            Followed::End(end) => Some(end),
            Followed::Chunk { pipe, offset, bytes } => {
                self.take(pipe, offset, &bytes);
                None
            }
        }
    }

    fn take(&mut self, pipe: Pipe, offset: u64, bytes: &[u8]) {
        let (all, at) = match pipe {
            Pipe::Stdout => (&mut self.stdout, self.at.stdout),
            Pipe::Stderr => (&mut self.stderr, self.at.stderr),
        };
        assert_eq!(offset, at, "a gap or a repetition");
        all.extend_from_slice(bytes);
        self.at.advance(pipe, bytes.len());
    }
}

/// Looks until the state is what the test waits for.
pub async fn until(
    remote: &impl Remote,
    host: &HostAccess,
    spool: &SpoolId,
    wanted: impl Fn(&SpoolState) -> bool,
) -> SpoolState {
    loop {
        let state = remote.look(host, spool).await.expect("a host that answers");
        if wanted(&state) {
            return state;
        }
    }
}

pub fn is_over(state: &SpoolState) -> bool {
    matches!(state, SpoolState::Ended(_))
}

/// Processes whose command line has both texts in it.
pub fn processes_with(one: &str, other: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").expect("a list of processes").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(one) && line.contains(other)
    })
    .collect()
}

/// A question that must be answered.
pub async fn ask(remote: &impl Remote, host: &HostAccess, job: &Job) -> String {
    let output = remote.read(host, job, ReadLimit::default()).await.expect("a host that answers");
    assert_eq!((output.code, String::from_utf8_lossy(&output.stderr).as_ref()), (0, ""));
    String::from_utf8(output.stdout).expect("text")
}

/// Leaves a line wherever it is really run: the ground truth.
pub fn counted(count: &NamedTempFile) -> Job {
    Job::new("echo ran >>\"$1\"; echo hello; sleep 0.2").arg(count.path().display().to_string())
}

pub fn runs(count: &NamedTempFile) -> usize {
    std::fs::read_to_string(count.path()).expect("a count").lines().count()
}

/// A job from its start to the removal of what it left, with a question in between.
pub async fn a_step(remote: &impl Remote, host: &HostAccess, id: &str) {
    let id = spool(id);
    let started = remote.start(host, &id, &Job::new("echo hello; exit 3")).await;
    assert_eq!(started.expect("a start"), Started::Now);
    let mut seen = Seen::default();
    let end = seen.follow(remote, host, &id).await.expect("its end");
    assert_eq!((end, seen.stdout()), (End::Exited(3), "hello\n".to_owned()));
    assert_eq!(ask(remote, host, &Job::new("echo proof")).await, "proof\n");
    remote.remove(host, &id).await.expect("its removal");
}
