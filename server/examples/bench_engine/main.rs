//! `cargo xtask bench engine`: what Drydock costs beside plain ssh, ansible-core and pyinfra on the same hosts in the same
//! run, how much output it stores and shows, and how long a take-over takes. Prints Markdown.
//!
//! This program runs twice. The outer one makes a folder and the hosts, starts itself again with everything temporary in
//! that folder, and clears up whatever becomes of the inner one, which measures: a panic, Ctrl-C or a kill leave nothing.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says why, and is printed"
)]

mod browsers;
mod fleet;
mod hosts;
mod instance;
mod log;
mod machine;
mod measured;
mod scripts;
mod steps;
mod takeover;
mod tools;

use std::path::{Path, PathBuf};

use hosts::Hosts;
use tools::Tools;

/// What can be measured by itself.
const PARTS: [&str; 4] = ["steps", "hosts", "log", "takeover"];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["inside", folder, tools, only] => measure(Path::new(folder), Path::new(tools), only).await,
        ["browsers", page, cookie, lines] => browsers::follow(page, cookie, lines.parse().unwrap()).await,
        ["holder", folder, database] => takeover::hold(Path::new(folder), database).await,
        [tools] => outside(Path::new(tools), "all").await,
        [tools, "--only", part] if PARTS.contains(&part) => outside(Path::new(tools), part).await,
        _ => panic!("usage: bench_engine FOLDER_OF_ANSIBLE_AND_PYINFRA [--only {}]", PARTS.join("|")),
    }
}

async fn outside(tools: &Path, only: &str) {
    let folder = tempfile::Builder::new().prefix("drydock-bench-").tempdir().unwrap();
    let hosts = (only != "steps").then(|| Hosts::start(folder.path()));
    let inner: PathBuf = std::env::current_exe().unwrap();
    let mut command = tokio::process::Command::new(inner);
    command.arg("inside").arg(folder.path()).arg(tools).arg(only);
    // Sockets of connections and all other temporary files.
    command.env("XDG_RUNTIME_DIR", folder.path()).env("TMPDIR", folder.path());
    // Of its own, so that Ctrl-C reaches only us, and everything it has started can be ended.
    let mut child = command.process_group(0).kill_on_drop(true).spawn().unwrap();
    let group = child.id();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    let ended_well = tokio::select! {
        ended = child.wait() => ended.is_ok_and(|status| status.success()),
        _ = tokio::signal::ctrl_c() => false,
        _ = terminate.recv() => false,
    };
    if let Some(group) = group {
        let _ = machine::capture("sh", &["-c", &format!("kill -KILL -{group} 2>/dev/null || true")]);
    }
    let _ = child.wait().await;
    machine::close_connections(folder.path());
    drop(hosts);
    drop(folder);
    if !ended_well {
        std::process::exit(1);
    }
}

async fn measure(folder: &Path, tools: &Path, only: &str) {
    let wanted = |part: &str| only == "all" || only == part;
    println!("| engine bench | |");
    println!("|---|--:|");
    machine::describe();
    if wanted("steps") {
        steps::measure().await;
    }
    if wanted("hosts") {
        fleet::measure(&Hosts::found(folder), &Tools::found(tools, folder)).await;
    }
    if wanted("log") {
        log::measure(&Hosts::found(folder)).await;
    }
    if wanted("takeover") {
        takeover::measure(&Hosts::found(folder)).await;
    }
}
