//! The `lab` program: one line of details, a control interface, and no traces.

mod support;

use std::process::Stdio;

use lab::{Aim, Details, Fault, Truth};
use support::{as_nobody, is_left, ssh_to, until};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

async fn start(options: &[&str]) -> (Child, Details) {
    start_by(&mut Command::new(env!("CARGO_BIN_EXE_lab")), options).await
}

async fn start_by(command: &mut Command, options: &[&str]) -> (Child, Details) {
    let mut child = command
        .args(["--pace", "fast"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = child.stdout.take().expect("a pipe");
    let line = BufReader::new(stdout).lines().next_line().await;
    let line = line.expect("the pipe works").expect("a line");
    (child, serde_json::from_str(&line).expect("details"))
}

fn directory(details: &Details) -> std::path::PathBuf {
    let parent = details.management[0].private_key.parent();
    parent.expect("a directory").to_owned()
}

#[tokio::test]
async fn details_truth_and_faults_are_served_and_the_end_of_stdin_ends_it() {
    let (mut child, details) = start(&["--until-stdin-closes", "--cloud", "large"]).await;
    assert_eq!(details.management.len(), 2);
    let client = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", details.control_url);
    let same = reqwest::get(url("/details")).await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Details>(&same).unwrap(), details);

    let fault = Fault::JobFails { aim: Aim::command("stopSystemVm"), code: 530 };
    let body = serde_json::to_string(&fault).unwrap();
    let sent = client.post(url("/fault")).header("content-type", "application/json").body(body);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    assert_eq!(client.delete(url("/fault")).send().await.unwrap().status(), 200);
    let truth = reqwest::get(url("/truth")).await.unwrap().text().await.unwrap();
    let truth: Truth = serde_json::from_str(&truth).unwrap();
    assert_eq!(truth.vms.len(), 4 + 4 + 15);

    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
    assert!(!is_left(&directory(&details)));
}

#[tokio::test]
async fn a_signal_ends_it_without_traces() {
    let (mut child, details) = start(&[]).await;
    let pid = child.id().unwrap().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().await;
    assert!(killed.unwrap().success());
    assert!(child.wait().await.unwrap().success());
    assert!(!is_left(&directory(&details)));
}

#[tokio::test]
async fn a_killed_lab_leaves_nothing() {
    let (mut child, details) = start(&[]).await;
    child.kill().await.unwrap();
    until(async || (!is_left(&directory(&details))).then_some(())).await;
}

#[tokio::test]
async fn a_lab_that_watches_its_parent_ends_with_it() {
    let program = env!("CARGO_BIN_EXE_lab");
    // The shell in between is the parent; it goes when its stdin ends.
    let around = format!("{program} --pace fast --watch-parent </dev/null & read line");
    let mut shell =
        Command::new("sh").args(["-c", &around]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let details: Details = serde_json::from_str(&line).unwrap();
    assert!(is_left(&directory(&details)));
    drop(shell.stdin.take());
    shell.wait().await.unwrap();
    until(async || (!is_left(&directory(&details))).then_some(())).await;
}

#[tokio::test]
async fn without_privileges_a_user_namespace_serves() {
    // Nobody may not look into everybody's build directory.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let Some(mut command) = as_nobody(folder.path()).await else { return };
    let (mut child, details) = start_by(&mut command, &["--until-stdin-closes"]).await;

    let host = &details.management[0];
    let out = ssh_to(host, "id -un; hostname; sudo -n systemctl restart cloudstack-management && echo ok").await;
    assert_eq!(out.stdout, "cloud-admin\nmgmt1\nok\n", "{}", out.stderr);
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
    assert!(!is_left(&directory(&details)));
}
