//! What labs tell about themselves, and the description of an environment that `drydock env add` takes of each.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::write_private;
use crate::error::Error;

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

/// What a pair of Cloudify managers tells about itself.
#[derive(Deserialize)]
pub struct ManagersDetails {
    old: Manager,
    new: Manager,
    old_host: Host,
    new_host: Host,
    cli: Host,
    /// Where faults are switched, people's part is done, and the ground truth is read.
    pub control_url: String,
}

#[derive(Deserialize)]
struct Manager {
    url: String,
    user: String,
    password: String,
    certificate: Option<String>,
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

impl ManagersDetails {
    /// As [`Details::describe`].
    pub fn describe(&self, name: &str, folder: &Path) -> Result<PathBuf, Error> {
        let of = |manager: &Manager, host: &Host, secret: &str| -> Result<Table, Error> {
            let rest = Value::Table(manager.describe(&folder.join(secret))?);
            Ok(Table::from_iter([("rest".to_owned(), rest), ("host".to_owned(), host.describe())]))
        };
        let old = of(&self.old, &self.old_host, "old-password")?;
        let mut new = of(&self.new, &self.new_host, "new-password")?;
        new.insert("on".to_owned(), Value::from("another_host"));
        // Managers of the lab are quick, and nobody else works there.
        let tuning = ["poll", "quiet_time", "restart_pause"].map(|wait| (wait.to_owned(), Value::from(1)));
        let managers = Table::from_iter([
            ("tuning".to_owned(), Value::Table(Table::from_iter(tuning))),
            ("old".to_owned(), Value::Table(old)),
            ("new".to_owned(), Value::Table(new)),
            ("cli".to_owned(), self.cli.describe()),
        ]);
        write_description(name, "cloudify", managers, folder)
    }

    /// Every machine that is reached over SSH.
    pub fn hosts(&self) -> [&Host; 3] {
        [&self.old_host, &self.new_host, &self.cli]
    }
}

impl Manager {
    /// Its REST service; the password is written to that file.
    fn describe(&self, secret: &Path) -> Result<Table, Error> {
        write_private(secret, &self.password)?;
        let certificate =
            self.certificate.as_deref().map(|sha256| ("certificate_sha256".to_owned(), Value::from(sha256)));
        let always = [
            ("endpoint".to_owned(), Value::from(self.url.as_str())),
            ("user".to_owned(), Value::from(self.user.as_str())),
            ("password".to_owned(), reference(secret)),
            ("tenant".to_owned(), Value::from("default_tenant")),
        ];
        Ok(always.into_iter().chain(certificate).collect())
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

    #[test]
    fn both_managers_are_described_each_with_its_own_password_and_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let host = |name: &str| {
            format!(
                r#"{{"name": "{name}", "address": "127.1.2.1", "port": 2222, "user": "cloud", "private_key": "/keys/id",
                    "fingerprint": "SHA256:x"}}"#
            )
        };
        let manager = |name: &str| {
            format!(
                r#"{{"url": "https://127.1.2.1", "user": "admin", "password": "{name}-VERY-SECRET", "certificate": "{name}12"}}"#
            )
        };
        let details: ManagersDetails = serde_json::from_str(&format!(
            r#"{{"form": "new_host", "old": {}, "new": {}, "old_host": {}, "new_host": {}, "cli": {}, "control_url": "http://127.1.2.3:4000"}}"#,
            manager("ab"),
            manager("cd"),
            host("old"),
            host("new"),
            host("cli"),
        ))
        .unwrap();
        let path = details.describe("Demo", folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("VERY-SECRET"), "{text}");
        let table: Table = text.parse().unwrap();
        let managers = &table["cloudify"];
        for (which, name) in [("old", "ab"), ("new", "cd")] {
            let rest = &managers[which]["rest"];
            assert_eq!(rest["certificate_sha256"].as_str(), Some(format!("{name}12").as_str()));
            let secret = rest["password"]["file"].as_str().unwrap();
            assert_eq!(std::fs::read_to_string(secret).unwrap(), format!("{name}-VERY-SECRET"));
            assert_eq!(managers[which]["host"]["name"].as_str(), Some(which));
        }
        assert_eq!(managers["new"]["on"].as_str(), Some("another_host"));
        assert_eq!(details.hosts().map(|host| host.name.as_str()), ["old", "new", "cli"]);
    }
}
