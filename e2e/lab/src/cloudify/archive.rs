//! The archive of a snapshot: a real zip with the files of a real one (6.4).

use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;

use super::config::ManagerConfig;
use super::data::{BOOTSTRAP, Data, Event};
use super::release::Release;
use super::shared::Security;
use super::zip::{self, Content, ZipError};

/// The internal certificates, in `/etc/cloudify/ssl` and in a snapshot's `ssl` (4.1, 7; 6.5).
pub(super) const CERTIFICATES: [&str; 5] = [
    "cloudify_internal_cert.pem",
    "cloudify_internal_key.pem",
    "cloudify_internal_ca_cert.pem",
    "cloudify_internal_ca_key.pem",
    "cloudify_internal.p12",
];
/// Files have holes where whole pages are zero.
const PAGE: usize = 4096;

/// An archive on disk. Whether it is a zip is for a restore to find out.
#[derive(Debug, Clone)]
pub(super) struct Archive {
    file: Arc<NamedTempFile>,
    pub(super) length: u64,
}

/// What a restore finds in an archive.
pub(super) struct Contents {
    /// `snapshot_version`.
    pub(super) version: String,
    pub(super) data: Data,
    /// By node instance: what its manager knew of its agent.
    pub(super) agents: Map<String, Value>,
    pub(super) networks: Option<Vec<String>>,
    pub(super) hash_salt: Option<String>,
    pub(super) security: Option<Security>,
    pub(super) admin: Option<AdminAccount>,
    /// What the internal certificates say.
    pub(super) certificates: Option<String>,
}

/// `admin_account.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AdminAccount {
    pub(super) username: String,
    pub(super) password: String,
}

/// What a snapshot is asked to hold.
pub(super) struct Wanted<'a> {
    pub(super) tenant: &'a str,
    pub(super) events: bool,
    /// What the manager's internal certificates say.
    pub(super) certificates: &'a str,
}

/// Makes the archive of a manager's data.
pub(super) fn make(config: &ManagerConfig, data: &Data, security: &Security, wanted: &Wanted) -> io::Result<Archive> {
    let release = config.release;
    let mut entries = vec![("metadata.json".to_owned(), json_entry(&metadata(config)))];
    let mut add = |name: &str, value: &Value| entries.push((name.to_owned(), json_entry(value)));
    add("agents.json", &agents(config, data, wanted.tenant));
    add("pg_data", &dump(data, wanted.events));
    if release == Release::V3_4_2 {
        add("es_data", &json!([]));
    }
    if release.dumps_salt() {
        add("networks.json", &config.networks.iter().map(|name| (name.clone(), json!("ip"))).collect());
        add("hash_salt.json", &json!(security.hash_salt));
        let admin = data.users.iter().find(|user| user.id == BOOTSTRAP);
        add(
            "admin_account.json",
            &json!(admin.map(|user| AdminAccount { username: user.name.clone(), password: user.password.clone() })),
        );
    }
    if release.dumps_security() {
        add("rest-security.conf", &json!(security));
    }
    if release.has_tenants() {
        let bytes = || Content::Bytes(wanted.certificates.as_bytes().to_vec());
        entries.extend(CERTIFICATES.iter().map(|name| (format!("ssl/{name}"), bytes())));
    }
    // The large part comes last, so that only its own numbers are large.
    entries.push(("uploaded-blueprints/resources".to_owned(), Content::Payload(config.payload)));
    let file = NamedTempFile::new()?;
    let length = zip::write(file.as_file(), &entries)?;
    Ok(Archive { file: Arc::new(file), length })
}

fn json_entry(value: &Value) -> Content {
    Content::Bytes(value.to_string().into_bytes())
}

/// The version a patched 4.0.1 stamps is one of its own (P4).
fn metadata(config: &ManagerConfig) -> Value {
    let is_patched = config.release == Release::V4_0_1 && config.update_3;
    let version = if is_patched { "4.1.0-p3-4.0.1" } else { config.release.number() };
    json!({
        "snapshot_version": version, "schema_revision": "333998bc1627", "stage_schema_revision": "",
        "composer_schema_revision": "",
    })
}

fn dump(data: &Data, events: bool) -> Value {
    let mut data = data.clone();
    if !events {
        data.events = Vec::<Event>::new();
    }
    // The brokers are in `agents.json`, and nowhere else.
    for instance in &mut data.instances {
        if let Some(Value::Object(agent)) = instance.runtime.get_mut("cloudify_agent") {
            agent.remove("broker_config");
        }
    }
    json!(data)
}

/// Tenant, deployment, node, instance. Before tenants, and in a 4.0.1 without its patch, the first level is missing
/// and only one tenant's agents are there (P4).
fn agents(config: &ManagerConfig, data: &Data, tenant: &str) -> Value {
    let by_tenant = config.release >= Release::V4_1 || (config.release == Release::V4_0_1 && config.update_3);
    let mut root = json!({});
    for instance in data.instances.iter().filter(|instance| instance.has_agent()) {
        if !by_tenant && instance.tenant != tenant {
            continue;
        }
        let agent = json!({
            "version": instance.agent("version"),
            "broker_config": { "broker_ip": config.address.to_string(), "broker_ssl_enabled": true },
        });
        let top = if by_tenant { &mut root[&instance.tenant] } else { &mut root };
        top[&instance.deployment][&instance.node][&instance.id] = agent;
    }
    root
}

impl Archive {
    /// An archive that is being received.
    pub(super) fn receive() -> io::Result<Receiving> {
        Ok(Receiving { file: NamedTempFile::new()?, length: 0 })
    }

    /// Something that calls itself one.
    pub(super) fn of(bytes: &[u8]) -> io::Result<Self> {
        let file = NamedTempFile::new()?;
        file.as_file().write_all_at(bytes, 0)?;
        Ok(Self { file: Arc::new(file), length: bytes.len() as u64 })
    }

    /// The file, to be read from that byte on.
    pub(super) async fn open_at(&self, from: u64) -> io::Result<File> {
        let mut file = self.file.reopen().map(File::from_std)?;
        file.seek(io::SeekFrom::Start(from)).await?;
        Ok(file)
    }

    /// What a restore can use of it.
    pub(super) fn contents(&self) -> Result<Contents, ZipError> {
        let file = self.file.as_file();
        let entry = |name: &str| -> Result<Option<Value>, ZipError> {
            Ok(zip::read(file, name)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
        };
        let metadata = entry("metadata.json")?.unwrap_or_default();
        let version = metadata["snapshot_version"].as_str().unwrap_or_default().to_owned();
        let data = entry("pg_data")?.and_then(|dump| serde_json::from_value(dump).ok()).unwrap_or_default();
        let certificates = zip::read(file, &format!("ssl/{}", CERTIFICATES[0]))?;
        let networks =
            entry("networks.json")?.and_then(|networks| Some(networks.as_object()?.keys().cloned().collect()));
        Ok(Contents {
            version,
            data,
            agents: flattened(entry("agents.json")?.unwrap_or_default()),
            networks,
            hash_salt: entry("hash_salt.json")?.and_then(|salt| Some(salt.as_str()?.to_owned())),
            security: entry("rest-security.conf")?.and_then(|security| serde_json::from_value(security).ok()),
            admin: entry("admin_account.json")?.and_then(|admin| serde_json::from_value(admin).ok()),
            certificates: certificates.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        })
    }
}

/// Agents by node instance, whatever they are below of.
fn flattened(value: Value) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = vec![value];
    while let Some(Value::Object(level)) = open.pop() {
        for (name, value) in level {
            if value.get("broker_config").is_some() {
                found.insert(name, value);
            } else if value.is_object() {
                open.push(value);
            }
        }
    }
    found
}

/// The file of an upload under way.
pub(super) struct Receiving {
    file: NamedTempFile,
    length: u64,
}

impl Receiving {
    /// Takes in the next bytes. Pages of zeros become holes: a snapshot of many GB has little else.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = PAGE - usize::try_from(self.length % PAGE as u64).unwrap_or_default();
            let (page, rest) = bytes.split_at(room.min(bytes.len()));
            if page.iter().any(|byte| *byte != 0) {
                self.file.as_file().write_all_at(page, self.length)?;
            }
            self.length += page.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Archive> {
        self.file.as_file().set_len(self.length)?;
        Ok(Archive { file: Arc::new(self.file), length: self.length })
    }
}
