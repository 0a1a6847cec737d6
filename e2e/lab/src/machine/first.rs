//! The first process of a host, and with it the whole host.
//!
//! It holds a pipe to the lab. When the pipe ends, for whatever reason, the process ends, and the kernel
//! ends everything else in the namespace and takes the mounts away.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::lab::LabError;

/// Making a private root takes tenths of a second; a loaded machine gets much more.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running host.
#[derive(Debug)]
pub(crate) struct First {
    name: String,
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// How a host is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) name: &'a str,
    /// The lab's directory; goes with the last host.
    pub(crate) lab_dir: &'a Path,
    /// Options of `unshare` beside those for mounts, processes and the host name.
    pub(crate) own: &'a str,
    /// What the first process runs; it prints `ready` when it is.
    pub(crate) script: &'a Path,
    pub(crate) arguments: &'a [&'a str],
}

impl First {
    /// Starts the host and waits until its script says that it is ready.
    pub(crate) async fn start(start: &Start<'_>) -> Result<Self, LabError> {
        let failed = |error: io::Error| host_error(start.name, error);
        let mut process = launch(start).map_err(failed)?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        let answers = BufReader::new(answers).lines();
        let mut first = Self { name: start.name.to_owned(), process, orders, answers };
        first.expect("ready").await?;
        Ok(first)
    }

    /// Gives an order and waits until it is carried out.
    pub(crate) async fn order(&mut self, order: &str) -> Result<(), LabError> {
        let line = format!("{order}\n");
        let written = self.orders.write_all(line.as_bytes()).await;
        written.map_err(|error| host_error(&self.name, error))?;
        self.expect(&format!("{order} done")).await
    }

    /// Ends the host and waits until nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), LabError> {
        let Self { name, mut process, orders, answers } = self;
        drop(orders);
        drop(answers);
        let end = tokio::time::timeout(PATIENCE, process.wait()).await;
        match end {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(host_error(&name, error)),
            Err(_) => Err(host_error(&name, "it does not end")),
        }
    }

    /// The number of the host's first process, as it is seen outside.
    pub(crate) fn pid(&self) -> Result<u32, LabError> {
        let unknown = || host_error(&self.name, "its first process cannot be found");
        // The shell around it, `unshare`, and what that started.
        let shell = self.process.id().ok_or_else(unknown)?;
        let only_child = |of: u32| -> Option<u32> {
            let children = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).ok()?;
            children.split_whitespace().next()?.parse().ok()
        };
        only_child(shell).and_then(only_child).ok_or_else(unknown)
    }

    async fn expect(&mut self, wanted: &str) -> Result<(), LabError> {
        let answer = tokio::time::timeout(PATIENCE, self.answers.next_line()).await;
        match answer {
            Ok(Ok(Some(line))) if line == wanted => Ok(()),
            _ => {
                let mut reason = String::new();
                if let Some(stderr) = &mut self.process.stderr {
                    let read = stderr.read_to_string(&mut reason);
                    // A process that still lives keeps its stderr open.
                    let _ = tokio::time::timeout(Duration::from_secs(1), read).await;
                }
                Err(host_error(&self.name, reason.trim()))
            }
        }
    }
}

pub(crate) fn host_error(name: &str, reason: impl ToString) -> LabError {
    LabError::Host { name: name.to_owned(), reason: reason.to_string() }
}

/// The namespaces, and around them a shell that removes the lab's directory even if the lab was killed.
fn launch(start: &Start<'_>) -> io::Result<Child> {
    const AROUND: &str = "lab=$1 own=$2; shift 2; \
        unshare $own --mount --pid --fork --mount-proc --uts bash \"$@\"; \
        code=$?; rm -rf \"$lab\"; exit $code";
    Command::new("sh")
        .args(["-c", AROUND, "sh"])
        .arg(start.lab_dir)
        .arg(start.own)
        .arg(start.script)
        .args(start.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // An interrupt at the terminal is for the lab; the host then ends with it.
        .process_group(0)
        .spawn()
}
