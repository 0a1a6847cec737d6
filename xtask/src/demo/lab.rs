//! The lab as a program beside us: it prints its details as one line of JSON and ends when its input is closed.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::write_private;
use crate::{
    error::Error,
    process::{POLL, Service},
    stop::Stop,
};

/// Mounts, an `sshd` and a simulated management server that takes its time.
const UP_WITHIN: Duration = Duration::from_secs(120);

/// What the lab tells about itself.
#[derive(Deserialize)]
pub struct Details {
    pub api_url: String,
    pub api_key: String,
    pub secret_key: String,
    pub integration_address: String,
    pub management: Vec<Host>,
    /// Where faults are switched and the ground truth is read.
    pub control_url: String,
}

#[derive(Deserialize)]
pub struct Host {
    pub name: String,
    pub address: String,
    pub port: u16,
    pub user: String,
    pub private_key: PathBuf,
    pub fingerprint: String,
}

/// What a cluster of Open vStorage tells about itself.
#[derive(Deserialize)]
pub struct ClusterDetails {
    pub api_url: String,
    pub client_id: String,
    pub client_secret: String,
    pub certificates: Vec<String>,
    pub nodes: Vec<Host>,
    /// Where faults are switched and the ground truth is read.
    pub control_url: String,
}

/// A simulated CloudStack.
pub fn start(binary: &Path, stop: &Stop) -> Result<(Service, Details), Error> {
    start_with(binary, &[], stop)
}

/// A simulated cluster of Open vStorage. Needs root.
pub fn start_cluster(binary: &Path, stop: &Stop) -> Result<(Service, ClusterDetails), Error> {
    start_with(binary, &["--open-vstorage", "a"], stop)
}

fn start_with<D: DeserializeOwned>(binary: &Path, which: &[&str], stop: &Stop) -> Result<(Service, D), Error> {
    let mut command = Command::new(binary);
    command.args(which).args(["--pace", "demo", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut service = Service::start("lab", &mut command)?;
    let line = first_line(&mut service, stop)?;
    let details = serde_json::from_str(&line)
        .map_err(|why| Error::Silent { what: "the lab".into(), why: format!("its details cannot be read: {why}") })?;
    Ok((service, details))
}

fn first_line(service: &mut Service, stop: &Stop) -> Result<String, Error> {
    let (sender, receiver) = mpsc::channel();
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
    let deadline = Instant::now() + UP_WITHIN;
    while Instant::now() < deadline {
        match receiver.recv_timeout(POLL) {
            Ok(line) => return Ok(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) if stop.asked() => return Err(Error::Interrupted),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
    Err(Error::Silent { what: "the lab".into(), why: "it ended or hung before it was up; see above".into() })
}

impl Details {
    /// Writes the description that `drydock env add` takes, and the secrets beside it.
    pub fn describe(&self, name: &str, folder: &Path) -> Result<PathBuf, Error> {
        let secret = |file: &str, content: &str| -> Result<Value, Error> {
            let path = folder.join(file);
            write_private(&path, content)?;
            Ok(reference(&path))
        };
        let hosts = self.management.iter().map(Host::describe).collect();
        let cloudstack = Table::from_iter([
            ("endpoint".to_owned(), Value::from(self.api_url.as_str())),
            ("integration_address".to_owned(), Value::from(self.integration_address.as_str())),
            ("api_key".to_owned(), secret("api-key", &self.api_key)?),
            ("secret_key".to_owned(), secret("secret-key", &self.secret_key)?),
            ("management_hosts".to_owned(), Value::Array(hosts)),
        ]);
        write_description(name, "cloudstack", cloudstack, folder)
    }
}

impl ClusterDetails {
    /// As [`Details::describe`].
    pub fn describe(&self, name: &str, folder: &Path) -> Result<PathBuf, Error> {
        let secret = folder.join("client-secret");
        write_private(&secret, &self.client_secret)?;
        let cluster = Table::from_iter([
            ("endpoint".to_owned(), Value::from(self.api_url.as_str())),
            ("client_id".to_owned(), Value::from(self.client_id.as_str())),
            ("client_secret".to_owned(), reference(&secret)),
            ("certificate_sha256".to_owned(), Value::from(self.certificates.clone())),
            // Nodes of the lab have small disks, and a minute between two members is long for somebody who looks on.
            (
                "tuning".to_owned(),
                Value::Table(Table::from_iter([
                    ("free_mebibytes".to_owned(), Value::from(1)),
                    ("arakoon_pause".to_owned(), Value::from(5)),
                ])),
            ),
            ("nodes".to_owned(), Value::Array(self.nodes.iter().map(Host::describe).collect())),
        ]);
        write_description(name, "open_vstorage", cluster, folder)
    }
}

fn write_description(name: &str, platform: &str, table: Table, folder: &Path) -> Result<PathBuf, Error> {
    let description = Table::from_iter([
        ("name".to_owned(), Value::from(name)),
        ("labels".to_owned(), Value::from(vec!["demo"])),
        ("risk".to_owned(), Value::from("production")),
        (platform.to_owned(), Value::Table(table)),
    ]);
    let path = folder.join(format!("{platform}.toml"));
    write_private(&path, &description.to_string())?;
    Ok(path)
}

impl Host {
    fn describe(&self) -> Value {
        Value::Table(Table::from_iter([
            ("name".to_owned(), Value::from(self.name.as_str())),
            ("address".to_owned(), Value::from(self.address.as_str())),
            ("port".to_owned(), Value::from(i64::from(self.port))),
            ("user".to_owned(), Value::from(self.user.as_str())),
            ("elevate".to_owned(), Value::from(if self.user == "root" { "no" } else { "sudo" })),
            ("key".to_owned(), reference(&self.private_key)),
        ]))
    }
}

/// A secret is only ever named.
fn reference(path: &Path) -> Value {
    Value::Table(Table::from_iter([("file".to_owned(), Value::from(path.to_string_lossy().as_ref()))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_names_secrets_and_never_contains_them() {
        let folder = tempfile::tempdir().unwrap();
        let details: Details = serde_json::from_str(
            r#"{"api_url": "http://127.1.2.1:8080/client/api", "api_key": "KEY", "secret_key": "VERY-SECRET",
                "integration_address": "127.1.2.1", "control_url": "http://127.1.2.1:4000", "more": 1, "management": [{"name": "ms1", "address": "127.1.2.1",
                "port": 2222, "user": "cloud", "private_key": "/keys/id", "host_key": "x", "fingerprint": "SHA256:x"}]}"#,
        )
        .unwrap();
        let path = details.describe("Demo", folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("VERY-SECRET"), "{text}");
        let table: Table = text.parse().unwrap();
        let named = table["cloudstack"]["secret_key"]["file"].as_str().unwrap();
        assert_eq!(std::fs::read_to_string(named).unwrap(), "VERY-SECRET");
        assert_eq!(table["cloudstack"]["management_hosts"][0]["port"].as_integer(), Some(2222));
    }
}
