//! The lab as a program beside us: it prints its details as one line of JSON and ends when its input is closed.

use std::{
    io::{BufRead, BufReader},
    marker::PhantomData,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde::de::DeserializeOwned;

use super::details::{ClusterDetails, Details, ManagersDetails};
use crate::{
    error::Error,
    process::{POLL, Service},
    stop::Stop,
};

/// Mounts, an `sshd` and a simulated management server that takes its time.
const UP_WITHIN: Duration = Duration::from_secs(120);

/// A lab that has been started and is not up yet: several come up beside each other.
pub struct Coming<D> {
    service: Service,
    line: mpsc::Receiver<String>,
    details: PhantomData<D>,
}

/// A simulated CloudStack.
pub fn cloud(binary: &Path) -> Result<Coming<Details>, Error> {
    start(binary, &[])
}

/// A simulated cluster of Open vStorage. Needs root.
pub fn cluster(binary: &Path) -> Result<Coming<ClusterDetails>, Error> {
    start(binary, &["--open-vstorage", "a"])
}

/// Two simulated Cloudify managers, the new one on a host of its own.
pub fn managers(binary: &Path) -> Result<Coming<ManagersDetails>, Error> {
    start(binary, &["--cloudify", "4.2", "--to", "5.0.5"])
}

fn start<D>(binary: &Path, which: &[&str]) -> Result<Coming<D>, Error> {
    let mut command = Command::new(binary);
    command.args(which).args(["--pace", "demo", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut service = Service::start("lab", &mut command)?;
    let (sender, line) = mpsc::channel();
    if let Some(stdout) = service.child.stdout.take() {
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            if let Some(Ok(line)) = lines.next() {
                let _ = sender.send(line);
            }
            // Read on, so that the lab never waits for somebody to empty its pipe.
            lines.for_each(drop);
        });
    }
    Ok(Coming { service, line, details: PhantomData })
}

impl<D: DeserializeOwned> Coming<D> {
    /// Waits until it is up.
    pub fn up(self, stop: &Stop) -> Result<(Service, D), Error> {
        let line = self.first_line(stop)?;
        let unread = |why| Error::Silent { what: "the lab".into(), why: format!("its details cannot be read: {why}") };
        Ok((self.service, serde_json::from_str(&line).map_err(unread)?))
    }

    fn first_line(&self, stop: &Stop) -> Result<String, Error> {
        let deadline = Instant::now() + UP_WITHIN;
        while Instant::now() < deadline {
            match self.line.recv_timeout(POLL) {
                Ok(line) => return Ok(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) if stop.asked() => return Err(Error::Interrupted),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
        Err(Error::Silent { what: "the lab".into(), why: "it ended or hung before it was up; see above".into() })
    }
}
