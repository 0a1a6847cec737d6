//! The `lab` program with managers: details, switches, a CLI host, no traces.

use std::process::Stdio;

use lab::cloudify::{CloudifyAct, CloudifyDetails, CloudifyFault, CloudifyTruth, Form, ManagerFault, Place};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::{boot_id, is_left, ssh_to, until};
use crate::support::as_nobody;

async fn start(options: &[&str]) -> (Child, CloudifyDetails) {
    start_by(&mut Command::new(env!("CARGO_BIN_EXE_lab")), options).await
}

async fn start_by(command: &mut Command, options: &[&str]) -> (Child, CloudifyDetails) {
    let mut child = command
        .args(["--pace", "fast", "--until-stdin-closes", "--cloudify", "4.2"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = child.stdout.take().expect("a pipe");
    let line = BufReader::new(stdout).lines().next_line().await.expect("the pipe works").expect("a line");
    (child, serde_json::from_str(&line).expect("details"))
}

async fn post<B: serde::Serialize>(url: &str, body: &B) -> u16 {
    let body = serde_json::to_string(body).unwrap();
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body(body);
    request.send().await.unwrap().status().as_u16()
}

async fn truth(details: &CloudifyDetails) -> CloudifyTruth {
    let text = reqwest::get(format!("{}/truth", details.control_url)).await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn details_truth_and_switches_are_served_and_nothing_is_left() {
    let (mut child, details) = start(&["--to", "5.0.5"]).await;
    assert_eq!(details.form, Form::NewHost);
    let url = |path: &str| format!("{}{path}", details.control_url);
    let fault = CloudifyFault::Manager { place: Place::Old, fault: ManagerFault::DownloadTruncated };
    assert_eq!(post(&url("/fault"), &fault).await, 200);
    assert_eq!(reqwest::Client::new().delete(url("/fault")).send().await.unwrap().status(), 200);
    let known = truth(&details).await;
    assert_eq!(known.hosts.len(), 4);
    assert_eq!(known.managers["new"].version, "5.0.5");
    // Each manager has made its own certificate.
    assert_ne!(details.old.certificate, details.new.certificate);
    assert_eq!(post(&url("/act"), &CloudifyAct::Install).await, 422);
    assert_eq!(post(&url("/act"), &CloudifyAct::PowerOff(Place::New)).await, 200);
    assert!(truth(&details).await.machines[1].is_down);
    let directory = details.cli.private_key.parent().unwrap().to_owned();
    assert!(is_left(&directory));
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
    assert!(!is_left(&directory));
}

#[tokio::test]
async fn in_place_the_new_manager_is_told_once_it_is_there() {
    let (mut child, details) = start(&["--host", "same", "--estate", "2x3x1"]).await;
    assert_eq!(details.form, Form::SameHost);
    assert_eq!(details.old_host, details.new_host);
    assert_eq!(truth(&details).await.managers["manager"].deployments.len(), 6);
    let http = reqwest::Client::builder().danger_accept_invalid_certs(true).tls_info(true).no_proxy().build().unwrap();
    let answer = http.get(&details.old.url).send().await.unwrap();
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
    let shown = Sha256::digest(info.peer_certificate().unwrap());
    let shown: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(details.old.certificate, Some(shown));
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_person_on_the_cli_host_finds_a_cfy_that_reaches_the_managers() {
    let (mut child, details) = start(&["--to", "7.0", "--plain-http"]).await;
    let (ip, port) = details.new.url.trim_start_matches("http://").rsplit_once(':').unwrap();
    let line = format!(
        "export LC_ALL=C.UTF-8 PYTHONWARNINGS=ignore CFY_WORKDIR=$(mktemp -d) CLOUDIFY_USERNAME=admin; \
         read -r CLOUDIFY_PASSWORD <<end\nnew-secret\nend\nexport CLOUDIFY_PASSWORD; \
         cfy profiles use {ip} --rest-port {port} -t default_tenant && cfy --json tenants list"
    );
    let out = ssh_to(&details.cli, &line).await;
    if std::env::var_os("DRYDOCK_TEST_CFY").is_some() {
        assert!(out.code == 0 && out.stdout.contains("default_tenant"), "{out:?}");
    } else {
        assert_eq!(out.code, 127, "{out:?}");
    }
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn without_privileges_a_machine_boots_too() {
    // Nobody may not look into everybody's build directory.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let Some(mut command) = as_nobody(folder.path()).await else { return };
    let (mut child, details) = start_by(&mut command, &[]).await;
    let host = &details.old_host;
    let boot_id = boot_id(host).await.unwrap();
    assert_eq!(ssh_to(host, "systemctl stop cloudify-restservice").await.code, 1);
    assert_eq!(ssh_to(host, "sudo -n shutdown -r now").await.code, 0);
    until(async || crate::harness::boot_id(host).await.filter(|id| *id != boot_id)).await;
    until(async || (truth(&details).await.managers["old"].rest_starts == 2).then_some(())).await;
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
    assert!(!is_left(details.cli.private_key.parent().unwrap()));
}
