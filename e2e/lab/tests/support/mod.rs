//! A small signing client, and waiting for states.

// Each test binary uses a part of this, and a helper that fails is a failed test.
#![allow(dead_code, clippy::unwrap_used)]

pub mod ovs;
mod until;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use hmac::{Hmac, Mac};
use lab::{Cloud, Lab, LabConfig, LabHost, Pace, ScriptGeneration, Truth, Version};
use serde_json::Value;
use sha1::Sha1;

pub use until::until;

pub async fn start(version: Version, script: ScriptGeneration, cloud: Cloud) -> Lab {
    let config = LabConfig { version, script, cloud, pace: Pace::Fast };
    Lab::start(config).await.expect("the lab starts")
}

pub async fn small(version: Version) -> Lab {
    start(version, ScriptGeneration::G2, Cloud::Small).await
}

/// The query of a signed call, without an expiry.
pub fn signed(lab: &Lab, command: &str, params: &[(&str, &str)]) -> String {
    let mut all = vec![("apikey", lab.api_key()), ("command", command), ("response", "json")];
    all.extend(params);
    all.sort();
    let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let query = pairs.join("&");
    let mut mac = Hmac::<Sha1>::new_from_slice(lab.secret_key().as_bytes()).unwrap();
    mac.update(query.to_lowercase().as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    format!("{query}&signature={}", encode(&signature))
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b".-*_".contains(&byte) {
            out.push(byte as char);
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}

/// A signed GET: the status and the body.
pub async fn call(lab: &Lab, command: &str, params: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}?{}", lab.api_url(), signed(lab, command, params));
    get(&url).await
}

pub async fn get(url: &str) -> (u16, Value) {
    let reply = reqwest::get(url).await.expect("an answer");
    let status = reply.status().as_u16();
    let text = reply.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(text.into()))
}

/// A signed call that succeeds; what its envelope holds.
pub async fn ok(lab: &Lab, command: &str, params: &[(&str, &str)]) -> Value {
    let (status, body) = call(lab, command, params).await;
    assert_eq!(status, 200, "{command}: {body}");
    body.as_object().unwrap().values().next().unwrap().clone()
}

/// An asynchronous call, followed to its end; the job.
pub async fn job(lab: &Lab, command: &str, params: &[(&str, &str)]) -> Value {
    let id = ok(lab, command, params).await["jobid"].as_str().unwrap().to_owned();
    until(async || {
        let job = ok(lab, "queryAsyncJobResult", &[("jobid", &id)]).await;
        (job["jobstatus"] != 0).then_some(job)
    })
    .await
}

/// The item of this name in a list.
pub async fn named(lab: &Lab, command: &str, item: &str, name: &str) -> Value {
    let list = ok(lab, command, &[("listall", "true"), ("projectid", "-1")]).await;
    let items = list[item].as_array().unwrap();
    items.iter().find(|one| one["name"] == name).unwrap().clone()
}

pub async fn system_vm(lab: &Lab, name: &str) -> Value {
    let list = ok(lab, "listSystemVms", &[]).await;
    let items = list["systemvm"].as_array().unwrap();
    items.iter().find(|one| one["name"] == name).unwrap().clone()
}

/// Waits until the ground truth is as wanted.
pub async fn until_true(lab: &Lab, wanted: impl Fn(&Truth) -> bool) -> Truth {
    until(async || Some(lab.truth().await).filter(&wanted)).await
}

/// What a command on a host printed.
#[derive(Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Runs a shell command on a management host, with its host key checked.
pub async fn ssh(lab: &Lab, host: usize, command: &str) -> Output {
    ssh_to(&lab.management()[host], command).await
}

pub async fn ssh_to(host: &LabHost, command: &str) -> Output {
    let known = tempfile::NamedTempFile::new().unwrap();
    let line = format!("[{}]:{} {}\n", host.address, host.port, host.host_key);
    std::fs::write(known.path(), line).unwrap();
    let output = tokio::process::Command::new("ssh")
        .args(["-F", "none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"])
        .arg("-o")
        .arg(format!("UserKnownHostsFile={}", known.path().display()))
        .arg("-i")
        .arg(&host.private_key)
        .args(["-p", &host.port.to_string(), "-l", &host.user])
        .args([&host.address, command])
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    Output {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// Whether anything of a lab is left: its directory, a process that names it, or a mount in it.
pub fn is_left(dir: &Path) -> bool {
    let mark = dir.file_name().unwrap().to_string_lossy().into_owned();
    let names_it = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains(&mark));
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let mut left = processes.filter(|process| {
        // The mounts of a process tell of its namespace, even if its command line is somebody else's.
        names_it(process.join("cmdline")) || names_it(process.join("mounts"))
    });
    dir.exists() || left.next().is_some()
}

/// Whether these tests run as root. Without, a host has no root to become.
pub fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// The `lab` program, to be started by somebody without privileges. It lives in that folder. None where only the tests
/// without root show this, or where the machine forbids user namespaces.
pub async fn as_nobody(folder: &Path) -> Option<tokio::process::Command> {
    const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut allowed = tokio::process::Command::new("setpriv");
    allowed.args(NOBODY).args(["unshare", "--user", "--map-root-user", "true"]);
    if !is_root() || !allowed.status().await.unwrap().success() {
        eprintln!("skipped: needs root and permitted user namespaces");
        return None;
    }
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder, open).unwrap();
    let program = folder.join("lab");
    std::fs::copy(env!("CARGO_BIN_EXE_lab"), &program).unwrap();
    let mut command = tokio::process::Command::new("setpriv");
    command.args(NOBODY).arg(&program).env("TMPDIR", folder);
    Some(command)
}
