//! What is run on a host, and what is told about it afterwards.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{EnvName, RemoteError, Secret};

/// A piece of POSIX sh with its arguments.
#[derive(Debug, Clone)]
pub struct Job {
    /// Runs under `set -eu`, in a new empty directory, with no input.
    pub script: String,
    /// `$1`, `$2` … of the script; never spliced into its text.
    pub args: Vec<String>,
    /// Reach the script as environment variables, and nothing else: no argument list, no file.
    pub secret_env: Vec<(EnvName, Secret)>,
}

impl Job {
    pub fn new(script: impl Into<String>) -> Self {
        Self { script: script.into(), args: Vec::new(), secret_env: Vec::new() }
    }

    /// Adds a positional parameter.
    pub fn arg(mut self, value: impl Into<String>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds a secret environment variable.
    pub fn secret(mut self, name: EnvName, value: Secret) -> Self {
        self.secret_env.push((name, value));
        self
    }
}

/// The name of a spool: the directory on the host in which one job runs.
///
/// One attempt of one step has one spool, for ever; that is what makes a start happen once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpoolId(String);

impl SpoolId {
    pub fn new(id: impl Into<String>) -> Result<Self, RemoteError> {
        let id = id.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let starts_well = id.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        if starts_well && id.len() <= 100 && id.chars().all(allowed) {
            return Ok(Self(id));
        }
        Err(RemoteError::Invalid {
            what: "spool name",
            value: id,
            rule: "at most 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SpoolId {
    type Error = RemoteError;

    fn try_from(id: String) -> Result<Self, RemoteError> {
        Self::new(id)
    }
}

impl From<SpoolId> for String {
    fn from(id: SpoolId) -> Self {
        id.0
    }
}

/// The answer to a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// This call started it.
    Now,
    /// The spool exists or existed: an earlier call did, whatever became of it, or it was cancelled
    /// before it came. Nothing was started now.
    AlreadyThere,
}

/// The output of a command that went to one of its two pipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pipe {
    Stdout,
    Stderr,
}

/// How much of each pipe has been taken in; reading goes on from here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offsets {
    pub stdout: u64,
    pub stderr: u64,
}

impl Offsets {
    /// Moves past bytes that have been taken in.
    pub fn advance(&mut self, pipe: Pipe, bytes: usize) {
        match pipe {
            Pipe::Stdout => self.stdout += bytes as u64,
            Pipe::Stderr => self.stderr += bytes as u64,
        }
    }
}

/// One item of a followed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    Chunk {
        pipe: Pipe,
        /// Where `bytes` begin in everything this pipe ever carried.
        offset: u64,
        bytes: Vec<u8>,
    },
    /// The last item. All output came before it.
    End(End),
}

/// How a job came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    Exited(i32),
    /// By this signal. A shell tells it as exit code 128 + signal, and so does a script that
    /// ends with such a code by itself; the two cannot be told apart.
    Killed(i32),
    /// The end was not recorded. What the job did is *unknown*, except for
    /// [`Vanished::NeverStarted`].
    Vanished(Vanished),
}

/// Why nothing is known about the end of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Vanished {
    /// The spool was made, its script was not begun, and now never will be.
    NeverStarted,
    /// The process is gone without having left an exit code: killed from outside.
    ProcessGone,
    /// The host was restarted meanwhile.
    Rebooted,
    /// The spool itself is gone.
    SpoolLost,
    /// The spool was removed, or cancelled before it was there. Nothing is started under its name
    /// any more, however late the request for it arrives.
    Removed,
}

/// What a single look at a spool shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpoolState {
    /// A start that is still on its way may begin it.
    NotThere,
    /// Made a moment ago; becomes `Running`, or `Ended` within a bounded time.
    Starting,
    Running {
        /// The leader of the job's process group.
        pid: u32,
    },
    Ended(End),
}

/// What cancelling achieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelReport {
    pub state: SpoolState,
    /// Processes of the job that are still there. Empty is what one hopes for.
    pub left: Vec<LeftProcess>,
}

/// A process that survived being cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftProcess {
    pub pid: u32,
    pub name: String,
}

/// How much a short question may cost.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimit {
    /// Of standard output and of standard error, each.
    pub bytes: usize,
    pub time: Duration,
}

impl Default for ReadLimit {
    fn default() -> Self {
        Self { bytes: 1 << 20, time: Duration::from_secs(30) }
    }
}

/// What a short question was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    /// The last lines of what was printed, or the exit code: enough to understand, short enough to show.
    #[must_use]
    pub fn last_words(&self) -> String {
        const SHOWN: usize = 8;
        let text = format!("{}\n{}", String::from_utf8_lossy(&self.stdout), String::from_utf8_lossy(&self.stderr));
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let shown = &lines[lines.len().saturating_sub(SHOWN)..];
        if shown.is_empty() { format!("exit code {}", self.code) } else { shown.join("; ") }
    }
}

/// What a host says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFacts {
    /// Changes with every restart of the host.
    pub boot_id: String,
    /// The host's clock.
    pub unix_time_ms: i64,
    pub hostname: String,
    /// On the file system where spools are made.
    pub spool_free_bytes: u64,
}

impl HostFacts {
    /// How far the host's clock is from ours, in milliseconds, when it was asked between these two moments of ours: what
    /// lies inside them may be the time on the way.
    pub fn clock_skew_ms(&self, before: i64, after: i64) -> i64 {
        let told = self.unix_time_ms;
        if told < before { told - before } else { (told - after).max(0) }
    }
}
