//! The binary itself, as an administrator and a service manager use it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn drydock(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drydock"));
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.to_string_lossy().starts_with("DRYDOCK_") {
            command.env_remove(name);
        }
    }
    command.current_dir(data).env("DRYDOCK_DATA_DIR", data.join("data")).stdin(Stdio::null());
    command
}

fn with_input(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn complained(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn version_names_the_plan_format() {
    let folder = tempfile::tempdir().unwrap();
    let text = said(&drydock(folder.path()).arg("version").output().unwrap());
    assert!(text.contains(env!("CARGO_PKG_VERSION")) && text.contains("plan format 1"), "{text}");
}

#[test]
fn a_second_migration_finds_nothing_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let first = said(&drydock(folder.path()).arg("migrate").output().unwrap());
    assert!(first.contains("applied"), "{first}");
    let second = said(&drydock(folder.path()).arg("migrate").output().unwrap());
    assert!(second.contains("up to date"), "{second}");
}

#[test]
fn people_are_added_listed_and_disabled_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let add = |name: &str, role: &str| {
        said(&with_input(drydock(folder.path()).args(["user", "add", name, "--role", role]), "a long password\n"))
    };
    add("ada", "admin");
    add("rosa", "requester");
    let list = || said(&drydock(folder.path()).args(["user", "list"]).output().unwrap());
    assert!(list().contains("rosa  requester  yes"), "{}", list());
    said(
        &drydock(folder.path())
            .args(["user", "roles", "rosa", "--role", "operator", "--role", "viewer"])
            .output()
            .unwrap(),
    );
    said(&drydock(folder.path()).args(["user", "disable", "rosa"]).output().unwrap());
    assert!(list().contains("viewer, operator  not since"), "{}", list());
    said(&drydock(folder.path()).args(["user", "enable", "rosa"]).output().unwrap());
    assert!(list().contains("SECOND FACTOR") && list().contains("yes         no"), "{}", list());
    let nothing = drydock(folder.path()).args(["user", "remove-second-factor", "rosa"]).output().unwrap();
    assert!(complained(&nothing).contains("rosa has no second factor"));
    let password = folder.path().join("password");
    std::fs::write(&password, "another long password\n").unwrap();
    said(
        &drydock(folder.path()).args(["user", "password", "rosa", "--password-file"]).arg(&password).output().unwrap(),
    );
}

#[test]
fn a_mistake_is_answered_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = |arguments: &[&str]| complained(&drydock(folder.path()).args(arguments).output().unwrap());
    assert!(complaint(&["user", "disable", "nobody"]).contains("nobody"));
    assert!(complaint(&["env", "export", "nowhere"]).contains("nowhere"));
    assert!(complaint(&["user", "add", "eve", "--role", "boss"]).contains("boss"));
    assert!(complaint(&["user", "add", "eve", "--role", "viewer"]).contains("password"));
    assert!(complaint(&["env", "add", "--file", "none.toml"]).contains("none.toml"));
    assert!(complaint(&["serve", "--listen", "nowhere"]).contains("`listen`, set by the command line"));
    let refused = drydock(folder.path()).arg("serve").env("DRYDOCK_SESSION_LIFETIME", "soon").output().unwrap();
    assert!(complained(&refused).contains("`session_lifetime`, set by the environment"));
}

#[test]
fn an_environment_survives_export_and_import() {
    let folder = tempfile::tempdir().unwrap();
    for secret in ["api-key", "secret-key", "id"] {
        std::fs::write(folder.path().join(secret), "secret").unwrap();
    }
    let text = include_str!("../environment.example.toml")
        .replace("/etc/drydock/frankfurt-api-key", &folder.path().join("api-key").display().to_string())
        .replace("/etc/drydock/frankfurt-secret-key", &folder.path().join("secret-key").display().to_string())
        .replace("/etc/drydock/id_ed25519", &folder.path().join("id").display().to_string());
    let file = folder.path().join("environment.toml");
    std::fs::write(&file, text).unwrap();
    said(&drydock(folder.path()).args(["env", "add", "--file"]).arg(&file).output().unwrap());
    let list = said(&drydock(folder.path()).args(["env", "list"]).output().unwrap());
    assert!(list.contains("Frankfurt") && list.contains("ms1, ms2"), "{list}");

    let exported = said(&drydock(folder.path()).args(["env", "export", "Frankfurt"]).output().unwrap());
    std::fs::write(&file, exported.replace("\"Frankfurt\"", "\"Copy\"")).unwrap();
    said(&drydock(folder.path()).args(["env", "add", "--file"]).arg(&file).output().unwrap());
    let copy = said(&drydock(folder.path()).args(["env", "export", "Copy"]).output().unwrap());
    assert_eq!(copy.replace("\"Copy\"", "\"Frankfurt\""), exported);
}

#[test]
fn a_file_of_all_environments_is_shown_first_and_imported_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let env = |arguments: &[&str]| drydock(folder.path()).arg("env").args(arguments).output().unwrap();
    let example = folder.path().join("environment.toml");
    std::fs::write(&example, include_str!("../environment.example.toml")).unwrap();
    said(&env(&["add", "--file", "environment.toml"]));
    let exported = said(&env(&["export"]));
    let file = folder.path().join("all.toml");
    std::fs::write(&file, &exported).unwrap();
    let shown = said(&env(&["import", "all.toml"]));
    assert!(shown.contains("unchanged  Frankfurt") && shown.contains("Everything is as the file says"), "{shown}");

    std::fs::write(&file, exported.replace("\"Frankfurt\"", "\"Vienna\"")).unwrap();
    let shown = said(&env(&["import", "all.toml"]));
    assert!(shown.contains("new  Vienna") && shown.contains("stay as they are: Frankfurt"), "{shown}");
    assert!(shown.contains("with --apply: 1 created, 0 changed, 0 unchanged"), "{shown}");
    assert!(!said(&env(&["list"])).contains("Vienna"), "what was only to be shown was done");
    let done = said(&env(&["import", "all.toml", "--apply"]));
    assert!(done.contains("Imported: 1 created"), "{done}");
    assert!(said(&env(&["list"])).contains("Vienna"));

    std::fs::write(&file, exported.replace("port = 22", "port = 0")).unwrap();
    let refused = complained(&env(&["import", "all.toml", "--apply"]));
    assert!(
        refused.contains("all.toml has 1 mistake") && refused.contains("environment Frankfurt, port of "),
        "{refused}"
    );
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_server_invites_the_first_admin_serves_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = drydock(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]).stderr(Stdio::piped());
    let mut server = Served(command.spawn().unwrap());
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let invitation = lines.by_ref().map(Result::unwrap).find(|line| line.contains("/setup?token=")).unwrap();
    let (_, rest) = invitation.split_once("http://").unwrap();
    let (address, _) = rest.split_once('/').unwrap();

    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /login?token=hidden HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // A connection that is never closed must not hold the server up.
    let idle = TcpStream::connect(address).unwrap();
    let pid = server.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(server.0.wait().unwrap().success());
    drop(idle);
    let log: Vec<String> = lines.map(Result::unwrap).collect();
    for line in &log {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}");
        assert!(!line.contains("hidden"), "a query string was logged: {line}");
    }
    assert!(log.iter().any(|line| line.contains("\"path\":\"/login\"")), "the request was not logged: {log:?}");
}
